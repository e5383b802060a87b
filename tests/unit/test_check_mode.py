# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode predicts the result of the real run, for combinations of modules, states, tokens and servers."""

from __future__ import annotations

import os
import random
from itertools import product
from typing import Any, Dict, Iterable, List

import pytest
from planted_secrets import planted
from scenarios import OAUTH, OCTOCAT

from ansible_collections.hubops.github_apps.plugins.module_utils._resources.scopes import NO_TOKEN
from ansible_collections.hubops.github_apps.plugins.modules import (
    github_app_access,
    github_app_installation,
    github_installation_repo,
    github_installation_token,
    github_oauth_authorization,
    github_oauth_grant,
    github_oauth_token,
)
from github_standin.render import summary

RELEASES = pytest.mark.parametrize("standin", ["2.20", "2.22", "3.19", "cloud"], indirect=True)
ACCOUNTS = ["octo-org", "acme", "suspended-org", "big-org", "limited-org", "empty-org", "no-such-org"]

# Users' tokens: those of the stand-in server, and others whose prefix shows their kind.
TOKENS = {
    "classic, of an administrator": "standin-pat-classic-admin",
    "classic, without the scope": "standin-pat-classic-no-repo",
    "classic, of a member": "standin-pat-classic-monalisa",
    "unknown": "ghp_neverheardofthistoken",
    "fine-grained by its prefix": planted("fine-grained personal access token", 1),
    "of the app's user by its prefix": planted("user token of an app", 1),
    "of an OAuth application by its prefix": planted("OAuth token", 1),
    "of an installation by its prefix": planted("installation token", 1),
    "none": "",
}
REPOSITORIES = [
    *(["hello-world"], ["linguist"], ["website"], ["hello-old"], ["hello-old", "linguist"], ["no-such-repository"]),
    *(
        ["hello-world", "spoon-knife"],
        ["octo-org/private-plans"],
        ["acme/anvil"],
        ["anvil"],
        ["service-001"],
        ["service-200"],
    ),
    *(["*"], ["*-*", "website"], ["[lw]*"], ["hello-*", "hello-old"], ["service-2*"], ["nope-*"], ["acme/*"], ["a["]),
]
SELECTIONS = [
    {},
    {"repository_topics": ["standin"]},
    {"repository_topics": ["nope"], "allow_no_match": True},
    {"repository_topics": ["octocat"], "exclude": ["hello-*"], "allow_no_match": True},
    {"exclude": ["spoon-*", "service-1*"], "include_archived": False},
]


# CHECK_MODE_SAMPLE=1000 tests every combination, some 10,000 runs.
SAMPLE = int(os.environ.get("CHECK_MODE_SAMPLE", "4"))


def sampled(*axes: Iterable[Any]) -> List[Any]:
    """Return some of the combinations, always the same ones."""
    combinations = list(product(*axes))
    return random.Random(4711).sample(combinations, min(SAMPLE, len(combinations)))


@pytest.fixture()
def both(run_module, standin):
    """Run a task in check mode and, from the same state, for real. Compare both results."""

    def compare(module: Any, params: Dict[str, Any]) -> Dict[str, Any]:
        standin.reset()
        before = summary(standin.state)
        predicted = run_module(module, params, check_mode=True)
        for seen in (before, after := summary(standin.state)):
            for installation in seen["installations"]:
                installation.pop("live_tokens", None)
        assert after == before, params
        standin.reset()
        done = run_module(module, params)
        for key in ("failed", "changed", "diff", "cause", "added", "removed", "matched"):
            if key == "changed" and done.get("failed"):
                continue  # check mode cannot predict the progress before a failure
            if key in ("added", "removed") and done.get("failed"):
                continue
            shown = {name: value for name, value in params.items() if name != "private_key"}
            assert predicted.get(key) == done.get(key), f"{key} of {shown}:\n{predicted}\n{done}"
        if not done.get("failed"):
            assert set(predicted) == set(done) or "installation" in done or "authorization" in done, params
        return done

    return compare


@pytest.mark.parametrize("standin", ["2.20", "cloud"], indirect=True)
@pytest.mark.parametrize("state", ["present", "absent", "exact"])
@pytest.mark.parametrize("kind", list(TOKENS))
def test_repositories_of_an_installation(both, options, standin, state, kind):
    token = {"token": TOKENS[kind]} if TOKENS[kind] else {}
    always = [
        ("octo-org", ["linguist"] if state != "absent" else ["spoon-knife"], {}),
        ("octo-org", ["*-*"], {"exclude": ["hello-*"], "repository_topics": ["octocat"]}),
    ]
    ends = set()
    sample = sampled(["octo-org", "acme", "big-org", "empty-org"], REPOSITORIES, SELECTIONS)
    for account, names, more in (*always, *sample):
        done = both(
            github_installation_repo,
            {**options, **token, "organization": account, "repositories": names, "state": state, **more},
        )
        ends.add((done.get("failed", False), done["changed"]))
    assert ((False, True) in ends) is (kind == "classic, of an administrator")


@RELEASES
@pytest.mark.parametrize("permissions", [None, {"contents": "read"}, {"administration": "write"}, {"metadata": "read"}])
def test_tokens_of_an_installation(both, options, standin, permissions):
    limits = [{}, {"repository_ids": [5001]}, *({"repositories": names} for names in REPOSITORIES), *SELECTIONS[1:]]
    # Releases before 2.22 cannot suspend installations, and do not show whether they are suspended.
    accounts = [name for name in ACCOUNTS if name != "suspended-org" or standin.service.profile.name != "2.20"]
    wanted = {"permissions": permissions} if permissions else {}
    always = [
        ("octo-org", {}),
        ("octo-org", {"repositories": ["*"], "repository_ids": [5001]}),
        ("acme", {"repository_ids": [5001]}),
    ]
    for account, limit in (*always, *sampled(accounts, limits)):
        both(github_installation_token, {**options, **wanted, **limit, "organization": account})
    for repository in ("octo-org/hello-world", "octo-org/hello-old", "octo-org/linguist", "nobody/nothing"):
        both(
            github_installation_token, {**options, "repository": repository, "repositories": [repository.split("/")[1]]}
        )


@RELEASES
@pytest.mark.parametrize("change", [{}, {"suspended": True}, {"suspended": False}, {"state": "absent"}])
def test_installations(both, options, standin, change):
    for account in ACCOUNTS:
        both(github_app_installation, {**options, "organization": account, **change})
    for selector in (
        {"repository": "octo-org/hello-old"},
        {"user": "octocat"},
        {"installation_id": 2003},
        {"installation_id": 9},
    ):
        both(github_app_installation, {**options, **selector, **change})


@pytest.mark.parametrize("standin", ["3.19", "3.21", "cloud"], indirect=True)
@pytest.mark.parametrize("app", ["options", "installer"])
def test_installations_on_enterprises(both, request, standin, app):
    params = request.getfixturevalue(app)
    for selector in ({"enterprise": "octo-enterprise"}, {"enterprise": "octo-org"}, {"installation_id": 2301}):
        for change in ({}, {"suspended": True}, {"state": "absent"}):
            both(github_app_installation, {**params, **selector, **change})
        for limit in ({}, {"permissions": {"metadata": "read"}}, {"repositories": ["acme/anvil"]}):
            both(github_installation_token, {**params, **selector, **limit})


@pytest.mark.parametrize("standin", ["3.19", "3.21", "cloud"], indirect=True)
@pytest.mark.parametrize(
    "change",
    [
        *({}, {"accept_permissions": True}, {"state": "absent"}, {"suspended": True}),
        *({"repository_selection": selection} for selection in ("all", "selected")),
    ],
)
def test_installations_via_an_enterprise(both, installer, standin, change):
    params = {**installer, "via_enterprise": "octo-enterprise", "enterprise_installation_id": 2301, **change}
    apps = ({}, {"app_client_id": "Iv1.standin-demo"})
    names = [None, ["website"], ["hello-world", "spoon-knife"], ["service-001"], ["lonely"], ["no-such-repository"]]
    for account, app, repositories in sampled([*ACCOUNTS, "outside-org"], apps, names):
        both(github_app_installation, {**params, **app, "organization": account, "repositories": repositories})


@pytest.mark.parametrize("standin", ["3.19", "3.21", "cloud"], indirect=True)
@pytest.mark.parametrize("state", ["present", "absent", "exact"])
def test_repositories_via_an_enterprise(both, installer, standin, state):
    params = {**installer, "via_enterprise": "octo-enterprise", "enterprise_installation_id": 2301, "state": state}
    params["app_client_id"] = "Iv1.standin-demo"
    accounts, choices = ["octo-org", "acme", "big-org", "empty-org", "outside-org"], [None, "all", "selected"]
    always = [("octo-org", ["linguist" if state != "absent" else "spoon-knife"], {}, None)]
    ends = set()
    for account, names, more, choice in (*always, *sampled(accounts, REPOSITORIES, SELECTIONS, choices)):
        task = {"organization": account, "repositories": names, "repository_selection": choice, **more}
        done = both(github_installation_repo, {**params, **task})
        ends.add((done.get("failed", False), done["changed"]))
    assert (False, True) in ends


@pytest.mark.parametrize("standin", ["3.19", "3.21", "cloud"], indirect=True)
@pytest.mark.parametrize("accept", [False, True])
def test_access_documents_via_an_enterprise(both, installer, standin, accept):
    params = {**installer, "via_enterprise": "octo-enterprise", "enterprise_installation_id": 2301}
    params.update(accept_permissions=accept, app_client_id="Iv1.standin-demo")
    entries = [
        *({"state": "absent"}, {"repository_selection": "all"}, {"permissions": {"contents": "write"}}),
        {"repositories": ["*o*"], "allow_no_match": True, "repositories_state": "present"},
        {"repositories": ["hello-world", "service-001"], "permissions": {"contents": "read"}},
    ]
    organizations = ["octo-org", "acme", "big-org", "empty-org", "limited-org", "outside-org"]
    for first, second, pattern in sampled(product(organizations, entries), entries, ["*", "*-org", "[ab]*", "nope-*"]):
        accounts = [{"organization": first[0], **first[1]}, {"organizations": [pattern], **second}]
        both(github_app_access, {**params, "accounts": accounts, "unlisted": "ignore"})


@RELEASES
@pytest.mark.parametrize("state", ["present", "absent", "reset"])  # state scoped cannot be predicted; the module warns
def test_tokens_of_oauth_applications(both, oauth, standin, state):
    for token in ("standin-oauth-octocat-one", "standin-oauth-monalisa", "gho_neverheardofthistoken"):
        both(github_oauth_token, {**oauth, "access_token": token, "state": state})


@RELEASES
def test_grants_of_oauth_applications(both, oauth, standin):
    for token in ("standin-oauth-octocat-one", "standin-oauth-monalisa", "gho_neverheardofthistoken"):
        both(github_oauth_grant, {**oauth, "access_token": token})


@pytest.mark.parametrize("standin", ["2.20", "3.19"], indirect=True)
@pytest.mark.parametrize("state", ["present", "absent"])
def test_authorizations(both, oauth, standin, state):
    server = {name: oauth[name] for name in ("api_url", "server_version", "retries")}
    for who in ({"note": "deployments"}, {**OAUTH, "fingerprint": "deploy"}, {"authorization_id": 99}):
        both(github_oauth_authorization, {**server, **OCTOCAT, **who, "scopes": ["repo"], "state": state})


@RELEASES
def test_a_token_that_is_created_used_and_revoked(run_module, options, standin):
    """A created token can be used and revoked in check mode, where a placeholder replaces it."""
    steps = [
        lambda token: {**options, "organization": "octo-org"},
        lambda token: {
            "api_url": options["api_url"],
            "server_version": options["server_version"],
            "token": token,
            "state": "absent",
        },
    ]
    ends = {}
    for check_mode in (True, False):
        token, ends[check_mode] = "", []
        for step in steps:
            result = run_module(github_installation_token, step(token), check_mode)
            token = result.get("token", token)
            ends[check_mode].append((result.get("failed", False), result["changed"], result.get("diff")))
        assert (token == NO_TOKEN) is check_mode
    assert ends[True] == ends[False]
