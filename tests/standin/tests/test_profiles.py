# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations, requirements and responses of each release."""

from __future__ import annotations

import re

import pytest
from standin_client import JSON, outcome
from standin_client import RELEASES as ALL

from github_standin import PROFILES, Profile, ProfileError, StandIn

MACHINE_MAN = {"Accept": "application/vnd.github.machine-man-preview+json"}
GAMBIT = {"Accept": "application/vnd.github.gambit-preview+json"}
BOTH = {"Accept": MACHINE_MAN["Accept"] + "," + GAMBIT["Accept"]}


@pytest.mark.parametrize("profile", ALL)
def test_base_of_every_profile(start, profile):
    """Prefix, version and headers."""
    client = start(profile)
    assert profile in PROFILES
    answer = client.call("GET", "/meta")
    cloud = profile == "cloud"
    assert client.server.api_url == client.server.url + ("" if cloud else "/api/v3")
    assert answer.json().get("installed_version") == (None if cloud else profile + ".0")
    assert answer.headers.get("X-GitHub-Enterprise-Version") == (None if cloud else "enterprise-server@%s.0" % profile)
    assert ("X-RateLimit-Limit" in answer.headers) is cloud
    assert client.app("GET", "/app").status_code == 200
    assert client.call("GET", "/rate_limit").status_code == (200 if cloud else 404)


def test_path_without_prefix_on_ghes(start):
    """406 without JSON on GHES; 404 for a path with the prefix on github.com."""
    client = start("3.19")
    answer = client.http.get(client.server.url + "/meta")
    assert answer.status_code == 406
    assert "json" not in answer.headers["Content-Type"]
    assert outcome(start("cloud").call("GET", "/api/v3/meta")) == (404, "Not Found")


@pytest.mark.parametrize("name", ["", "x", "3", "3.x", "3.19.1", "Cloud", "3.19\n", "2.17", "2.9", "1.20"])
def test_unknown_profiles(name):
    """Values that are not a release, or are too old."""
    with pytest.raises(ProfileError):
        StandIn(name)


def test_any_release_works():
    """Releases that are not listed work, too."""
    assert Profile("3.12").since("3.9")
    assert not Profile("3.12").since("3.18")
    assert Profile("3.10").since("3.9")
    assert Profile("2.18").until("2.20")


PREVIEWS = [
    ("GET", "/app", "2.21", JSON, 415),
    ("GET", "/app", "2.21", MACHINE_MAN, 200),
    ("GET", "/app", "2.22", JSON, 200),
    ("GET", "/app", "2.20", GAMBIT, 415),
    ("GET", "/app/installations", "2.19", JSON, 415),
    ("DELETE", "/app/installations/2001", "2.20", MACHINE_MAN, 415),
    ("DELETE", "/app/installations/2001", "2.20", GAMBIT, 415),
    ("DELETE", "/app/installations/2001", "2.20", BOTH, 204),
    ("DELETE", "/app/installations/2001", "2.19", BOTH, 204),
    ("DELETE", "/app/installations/2001", "2.21", MACHINE_MAN, 204),
    ("DELETE", "/app/installations/2001", "2.22", JSON, 204),
]


@pytest.mark.parametrize("method, path, profile, headers, status", PREVIEWS)
def test_previews(start, method, path, profile, headers, status):
    """Required up to their last release, ignored afterwards."""
    answer = start(profile).app(method, path, headers=headers)
    assert answer.status_code == status
    if status == 415:
        assert answer.json()["message"].startswith("If you would like to help us test the ")
        assert answer.json()["documentation_url"].startswith("https://developer.github.com/enterprise/%s/v3" % profile)


@pytest.mark.parametrize(
    "accept, status",
    [
        ("text/html", 415),
        ("application/xml, text/*", 415),
        ("*/*", 200),
        ("application/*;q=0.5", 200),
        ("text/html, application/json", 200),
    ],
)
def test_accept_without_json(cloud, accept, status):
    """The API supports only JSON."""
    assert cloud.app("GET", "/app", headers={"Accept": accept}).status_code == status


@pytest.mark.parametrize(
    "profile, accept, status",
    [("2.19", BOTH, 404), ("2.20", MACHINE_MAN, 415), ("2.20", GAMBIT, 204), ("2.21", JSON, 204), ("cloud", JSON, 204)],
)
def test_revoke_by_release(start, profile, accept, status):
    """DELETE /installation/token: from 2.20 on, where it requires gambit."""
    client = start(profile)
    assert client.call("DELETE", "/installation/token", client.mint(), headers=accept).status_code == status


@pytest.mark.parametrize("profile, status", [("2.19", 404), ("2.21", 404), ("2.22", 204), ("3.0", 204), ("cloud", 204)])
def test_suspend_by_release(start, profile, status):
    """From 2.22 on."""
    assert start(profile).app("PUT", "/app/installations/2001/suspended").status_code == status


@pytest.mark.parametrize("profile, status", [("2.22", 404), ("3.0", 422), ("cloud", 422)])
def test_scoped_user_token_by_release(start, profile, status):
    """token/scoped: from 3.0 on."""
    client = start(profile)
    answer = client.call(
        "POST",
        "/applications/Iv1.standin-demo/token/scoped",
        ("Iv1.standin-demo", "standin-demo-client-secret"),
        json={},
    )
    assert answer.status_code == status


@pytest.mark.parametrize(
    "profile, pattern",
    [
        ("2.19", r"v1\.[0-9a-f]{40}"),
        ("2.22", r"v1\.[0-9a-f]{40}"),
        ("3.0", "ghs_[A-Za-z0-9]{36}"),
        ("3.22", "ghs_[A-Za-z0-9]{36}"),
        ("cloud", r"ghs_1001_[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"),
    ],
)
def test_token_formats(start, profile, pattern):
    """Depends on the release; about 520 characters on github.com."""
    token = start(profile).mint()
    assert re.fullmatch(pattern, token)
    assert len(token) == 520 if profile == "cloud" else len(token) <= 43


@pytest.mark.parametrize(
    "profile, keys",
    [
        ("2.20", set()),
        ("2.21", set()),
        ("2.22", {"app_slug", "suspended_by", "suspended_at"}),
        ("3.16", {"app_slug", "suspended_by", "suspended_at", "single_file_paths"}),
        ("3.17", {"app_slug", "suspended_by", "suspended_at", "single_file_paths", "client_id"}),
        ("cloud", {"app_slug", "suspended_by", "suspended_at", "single_file_paths", "client_id"}),
    ],
)
def test_installation_keys(start, profile, keys):
    """Newer releases have more keys."""
    body = start(profile).app("GET", "/app/installations/2001").json()
    optional = {"app_slug", "suspended_by", "suspended_at", "single_file_paths", "client_id"}
    assert optional & set(body) == keys


VERSIONS = [
    ("cloud", None, 200, "2022-11-28"),
    ("cloud", "2022-11-28", 200, "2022-11-28"),
    ("cloud", "2026-03-10", 200, "2026-03-10"),
    ("cloud", "2021-01-01", 400, None),
    ("3.21", "2026-03-10", 200, "2026-03-10"),
    ("3.20", "2026-03-10", 400, None),
    ("3.9", "2022-11-28", 200, "2022-11-28"),
    ("3.9", "2026-03-10", 400, None),
    ("3.8", "2026-03-10", 200, None),
    ("2.20", "nonsense", 200, None),
]


@pytest.mark.parametrize("profile, version, status, selected", VERSIONS)
def test_api_versions(start, profile, version, status, selected):
    """The response has the selected version; unknown versions are 400, and ignored before 3.9."""
    answer = start(profile).call("GET", "/meta", headers={"X-GitHub-Api-Version": version} if version else {})
    assert answer.status_code == status
    assert answer.headers.get("X-GitHub-Api-Version-Selected") == selected
    if status == 400:
        assert 'request header, "%s", is not a supported version.' % version in answer.json()["message"]


def test_version_2026_answers(start):
    """202 on uninstall, shorter repositories, no rate in rate_limit."""
    client, new = start("3.21"), {"X-GitHub-Api-Version": "2026-03-10"}
    assert client.app("DELETE", "/app/installations/2005", headers=new).status_code == 202
    assert client.app("DELETE", "/app/installations/2006").status_code == 204
    token = client.mint()
    old = client.call("GET", "/installation/repositories", token).json()["repositories"][0]
    newer = client.call("GET", "/installation/repositories", token, headers=new).json()["repositories"][0]
    assert set(old) - set(newer) == {"has_downloads", "master_branch", "use_squash_pr_title_as_default"}
    assert set(newer) <= set(old)
    minted = client.app("POST", "/app/installations/2001/access_tokens", headers=new, json={"repository_ids": [5001]})
    assert set(minted.json()["repositories"][0]) == set(newer) - {"permissions"}
    full = client.call("GET", "/repos/octo-org/hello-world", token, headers=new).json()
    assert not set(full) & {"has_downloads", "master_branch", "use_squash_pr_title_as_default"}
    assert "rate" not in start("cloud").call("GET", "/rate_limit", headers=new).json()


@pytest.mark.parametrize("profile, status", [("cloud", "404"), ("3.19", "404"), ("2.20", None)])
def test_error_body(start, profile, status):
    """message, documentation_url and, on newer servers, status."""
    body = start(profile).app("GET", "/app/installations/1").json()
    assert (body["message"], body.get("status")) == ("Not Found", status)
    assert body["documentation_url"].startswith("https://")


def test_rate_limit_counts_tokens(cloud):
    """x-ratelimit headers count down for tokens and are missing for JWTs."""
    token = cloud.mint(2004)
    left = [
        int(cloud.call("GET", "/installation/repositories", token).headers["X-RateLimit-Remaining"])
        for _twice in (1, 2)
    ]
    assert left == [9999, 9998]
    assert "X-RateLimit-Limit" not in cloud.app("GET", "/app").headers


def test_media_type_and_topics(start):
    """X-GitHub-Media-Type contains the previews; mercy adds topics before 3.3."""
    client = start("2.22")
    token, mercy = client.mint(), {"Accept": "application/vnd.github.mercy-preview+json"}
    plain = client.call("GET", "/installation/repositories", token, headers=JSON)
    assert plain.headers["X-GitHub-Media-Type"] == "github.v3; format=json"
    assert "topics" not in plain.json()["repositories"][0]
    with_topics = client.call("GET", "/installation/repositories", token, headers=mercy)
    assert with_topics.headers["X-GitHub-Media-Type"] == "github.mercy-preview; format=json"
    assert with_topics.json()["repositories"][0]["topics"] == ["standin", "octocat"]


@pytest.mark.parametrize("profile", ALL)
def test_topics_by_release(start, profile):
    """Only with mercy up to 3.2, always from 3.3."""
    client, always = start(profile), Profile(profile).since("3.3")
    for name, wanted in (("machine-man", always), ("mercy", True)):
        accept = "application/vnd.github.machine-man-preview+json, application/vnd.github.%s-preview+json" % name
        answer = client.call("GET", "/installation/repositories", client.mint(), headers={"Accept": accept}).json()
        assert all(("topics" in repository) is wanted for repository in answer["repositories"])
