# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Installations, tokens and repository selection."""

from __future__ import annotations

import time

import pytest
from standin_client import NOT_FOUND, PAT, outcome

from github_standin import SeedError, StandIn

BY_INTEGRATION = (403, "Resource not accessible by integration")
SUSPENDED = (403, "This installation has been suspended")
MINT = "/app/installations/2001/access_tokens"


def seed_with_installation(count, **installation):
    """Return a seed with one app on one organization with some repositories."""
    return {
        "accounts": [{"login": "o", "admins": ["boss"]}, {"login": "boss", "type": "User"}],
        "apps": [{"slug": "app", "owner": "o", "id": 1, "permissions": {"metadata": "read", "contents": "write"}}],
        "repositories": [{"owner": "o", "prefix": "r-", "count": count}],
        "installations": [dict({"id": 11, "app": "app", "account": "o"}, **installation)],
        "tokens": [{"token": "standin-boss", "user": "boss", "kind": "pat_classic", "scopes": ["repo"]}],
    }


def links(answer):
    """Return the Link header as pairs of relation and URL."""
    return {rel: item["url"] for rel, item in answer.links.items()}


def test_pagination(cloud):
    """30 by default, at most 100, absolute URLs, prev and first from page 2 on."""
    token, url = cloud.mint(2004), cloud.server.api_url + "/installation/repositories"
    first = cloud.call("GET", "/installation/repositories", token)
    assert len(first.json()["repositories"]) == 30
    assert links(first) == {"next": url + "?page=2", "last": url + "?page=4"}
    wide = cloud.call("GET", "/installation/repositories?per_page=1000", token)
    assert (len(wide.json()["repositories"]), wide.json()["total_count"]) == (100, 120)
    assert links(wide) == {"next": url + "?per_page=1000&page=2", "last": url + "?per_page=1000&page=2"}
    end = cloud.call("GET", "/installation/repositories?per_page=100&page=2", token)
    assert len(end.json()["repositories"]) == 20
    assert links(end) == {"prev": url + "?per_page=100&page=1", "first": url + "?per_page=100&page=1"}
    beyond = cloud.call("GET", "/installation/repositories?per_page=100&page=9", token)
    assert beyond.json()["repositories"] == []
    assert "next" not in links(beyond)


@pytest.mark.parametrize(
    "query", ["per_page=0", "per_page=-1", "per_page=x", "page=0", "page=x", "per_page=" + "9" * 20]
)
def test_pagination_ignores_nonsense(cloud, query):
    """Values that are not valid are replaced by the defaults."""
    assert len(cloud.app("GET", "/app/installations?" + query).json()) == 6


def test_installation_filters(start):
    """since and outdated exist from 2.22 on; older releases ignore them."""
    for profile, count in (("cloud", 1), ("2.22", 1), ("2.21", 6)):
        client = start(profile)
        outdated = client.app("GET", "/app/installations?outdated=true").json()
        assert len(outdated) == count
        client.server.state.installations[2001].updated_at = "2025-01-01T00:00:00Z"
        assert len(client.app("GET", "/app/installations?since=2024-06-01T00:00:00Z").json()) == count


def test_outdated_installations(cloud):
    """An installation is outdated if it lacks a permission or a level, but not if it has more than requested."""
    permissions = cloud.server.state.installations[2001].permissions
    for changes, outdated in (
        ({"packages": "read"}, False),
        ({"administration": "write"}, False),
        ({"contents": "read"}, True),
        ({"contents": "write"}, False),
        ({"issues": None}, True),
    ):
        permissions.update(changes)
        for name in [name for name, level in permissions.items() if level is None]:
            del permissions[name]
        listed = cloud.app("GET", "/app/installations?outdated=true").json()
        assert [item["id"] for item in listed] == ([2001, 2006] if outdated else [2006])
    assert len(cloud.app("GET", "/app/installations?outdated=false").json()) == 6


def test_lookups_are_case_insensitive_and_typed(cloud):
    """An organization is not found as a user, and vice versa."""
    assert cloud.app("GET", "/orgs/OCTO-ORG/installation").json()["id"] == 2001
    assert cloud.app("GET", "/repos/Octo-Org/Hello-World/installation").json()["id"] == 2001
    for path in (
        "/users/octo-org/installation",
        "/orgs/octocat/installation",
        "/users/monalisa/installation",
        "/orgs/empty-org/installation",
        "/orgs/nobody/installation",
        "/repos/octo-org/linguist/installation",
        "/repos/octo-org/nothing/installation",
        "/app/installations/2101",
        "/app/installations/1",
    ):
        assert outcome(cloud.app("GET", path)) == NOT_FOUND


def test_renamed_repository(cloud):
    """301 to the URL with the ID."""
    answer = cloud.app("GET", "/repos/octo-org/hello-old/installation")
    assert outcome(answer) == (301, "Moved Permanently")
    assert answer.headers["Location"] == cloud.server.api_url + "/repositories/5001/installation"
    assert cloud.app("GET", "/repositories/5001/installation").json()["id"] == 2001
    moved = cloud.call("GET", "/repos/octo-org/hello-old", PAT, allow_redirects=True)
    assert moved.json()["full_name"] == "octo-org/hello-world"
    issues = cloud.call("GET", "/repos/octo-org/hello-old", cloud.mint(2101, "other-app"))
    assert outcome(issues) == NOT_FOUND


def test_mint_without_body(cloud):
    """Without a body, the token has everything that the installation has, and there is no key repositories."""
    body = cloud.app("POST", MINT).json()
    assert body["permissions"] == cloud.server.state.installations[2001].permissions
    assert body["repository_selection"] == "selected"
    assert "repositories" not in body
    assert body["expires_at"].endswith("Z")


@pytest.mark.parametrize(
    "body, message",
    [
        ({"permissions": {"actions": "read"}}, "The permissions requested are not granted to this installation."),
        (
            {"permissions": {"administration": "write"}},
            "The level of access for permissions requested are not granted to this installation.",
        ),
        ({"repositories": ["linguist"]}, None),
        ({"repositories": ["nothing"]}, None),
        ({"repositories": ["octo-org/hello-world"]}, None),
        ({"repository_ids": [5003]}, None),
        ({"repository_ids": [5001, 1]}, None),
        ({"permissions": {"contents": "none"}}, "Invalid request."),
        ({"permissions": ["contents"]}, "Invalid request."),
        ({"repositories": "hello-world"}, "Invalid request."),
        ({"repositories": [5001]}, "Invalid request."),
        ({"repository_ids": ["5001"]}, "Invalid request."),
        ({"repository_ids": [True]}, "Invalid request."),
        ({"repository_ids": list(range(1, 502))}, "Invalid request."),
    ],
)
def test_mint_refusals(cloud, body, message):
    """GitHub rejects the request instead of reducing the permissions."""
    status, text = outcome(cloud.app("POST", MINT, json=body))
    expected = message or (
        "There is at least one repository that does not exist or is not accessible to the parent installation."
    )
    assert status == 422
    assert text.startswith(expected)
    assert cloud.server.state.live_tokens(cloud.server.state.installations[2001]) == 0


def test_mint_for_foreign_and_suspended_installations(cloud):
    """404 for another app's installation, 403 for a suspended installation."""
    assert outcome(cloud.app("POST", "/app/installations/2101/access_tokens")) == NOT_FOUND
    assert outcome(cloud.app("POST", "/app/installations/2003/access_tokens")) == SUSPENDED
    assert cloud.app("GET", "/app/installations/2003").status_code == 200


@pytest.mark.parametrize(
    "profile, narrowed", [("2.19", False), ("2.20", False), ("2.21", False), ("2.22", True), ("cloud", True)]
)
def test_mint_by_name_is_not_understood_before_2_22(start, profile, narrowed):
    """The names are silently ignored, so the token can access all repositories."""
    client = start(profile)
    body = client.app("POST", MINT, json={"repositories": ["hello-world"]}).json()
    assert ("repositories" in body) is narrowed
    listed = client.call("GET", "/installation/repositories", body["token"]).json()
    assert listed["total_count"] == (1 if narrowed else 2)
    by_id = client.app("POST", MINT, json={"repository_ids": [5001]}).json()
    assert [repo["id"] for repo in by_id["repositories"]] == [5001]


def test_scope_of_a_token(cloud):
    """404 for repositories outside the scope, 403 with the name of the missing permission."""
    token = cloud.mint(repository_ids=[5001], permissions={"issues": "read"})
    listed = cloud.call("GET", "/installation/repositories", token).json()
    assert (listed["total_count"], listed["repository_selection"]) == (1, "selected")
    assert cloud.call("GET", "/repos/octo-org/hello-world", token).status_code == 200
    assert cloud.call("GET", "/repos/octo-org/hello-world/issues", token).json() == []
    for path in ("/repos/octo-org/spoon-knife", "/repos/octo-org/spoon-knife/issues", "/repos/acme/anvil"):
        assert outcome(cloud.call("GET", path, token)) == NOT_FOUND
    refused = cloud.call("POST", "/repos/octo-org/hello-world/issues", token, json={"title": "x"})
    assert outcome(refused) == BY_INTEGRATION
    assert refused.headers["X-Accepted-GitHub-Permissions"] == "issues=write"
    contents = cloud.call("GET", "/repos/octo-org/hello-world/contents/README.md", token)
    assert contents.headers["X-Accepted-GitHub-Permissions"] == "contents=read"


def test_installation_with_fewer_permissions_than_the_app(cloud):
    """limited-org granted less than the app requests."""
    status, text = outcome(
        cloud.app("POST", "/app/installations/2006/access_tokens", json={"permissions": {"issues": "write"}})
    )
    assert (status, text) == (422, "The permissions requested are not granted to this installation.")


def test_issue_needs_a_title(cloud):
    """422 with errors."""
    answer = cloud.call("POST", "/repos/octo-org/hello-world/issues", cloud.mint(), json={})
    assert outcome(answer) == (422, "Validation Failed")
    assert answer.json()["errors"] == [{"resource": "Issue", "code": "missing_field", "field": "title"}]


def test_revoke_twice(cloud):
    """204, then 401; other tokens stay valid."""
    token, other = cloud.mint(), cloud.mint()
    assert cloud.call("DELETE", "/installation/token", token).status_code == 204
    assert outcome(cloud.call("DELETE", "/installation/token", token)) == (401, "Bad credentials")
    assert cloud.call("GET", "/installation/repositories", other).status_code == 200
    assert cloud.call("DELETE", "/installation/token", PAT).status_code == 403


def test_suspension(cloud):
    """Tokens are rejected immediately and work again afterwards; repeating the request is 204."""
    token, path = cloud.mint(), "/app/installations/2001/suspended"
    assert [cloud.app("PUT", path).status_code for _twice in (1, 2)] == [204, 204]
    body = cloud.app("GET", "/app/installations/2001").json()
    assert body["suspended_at"]
    assert body["suspended_by"]["login"] == "octo-org"
    assert outcome(cloud.call("GET", "/installation/repositories", token)) == SUSPENDED
    assert 2001 in [item["id"] for item in cloud.app("GET", "/app/installations").json()]
    assert [cloud.app("DELETE", path).status_code for _twice in (1, 2)] == [204, 204]
    assert cloud.call("GET", "/installation/repositories", token).status_code == 200


def test_uninstall(cloud):
    """204, then 404; the tokens are not valid."""
    token = cloud.mint()
    assert cloud.app("DELETE", "/app/installations/2001").status_code == 204
    assert outcome(cloud.app("DELETE", "/app/installations/2001")) == NOT_FOUND
    assert outcome(cloud.call("GET", "/installation/repositories", token)) == (401, "Bad credentials")
    assert outcome(cloud.app("GET", "/orgs/octo-org/installation")) == NOT_FOUND


def test_uninstall_in_the_background(start):
    """202 with 2026-03-10; the installation exists for a while."""
    client = start("cloud", uninstall_delay=0.3)
    headers = {"X-GitHub-Api-Version": "2026-03-10"}
    assert client.app("DELETE", "/app/installations/2001", headers=headers).status_code == 202
    assert client.app("GET", "/app/installations/2001").status_code == 200
    assert outcome(client.app("POST", MINT)) == NOT_FOUND
    time.sleep(0.35)
    assert outcome(client.app("GET", "/app/installations/2001")) == NOT_FOUND


# repository selection by a user


def selection(client, method, installation, repository, token=PAT):
    """PUT or DELETE a repository."""
    return client.call(method, "/user/installations/%d/repositories/%d" % (installation, repository), token)


def test_add_and_remove_repository(cloud):
    """204 each time, also when repeated; the last repository cannot be removed."""
    state = cloud.server.state.installations[2001]
    assert [selection(cloud, "PUT", 2001, 5003).status_code for _twice in (1, 2)] == [204, 204]
    assert state.repository_ids == {5001, 5002, 5003}
    assert [selection(cloud, "DELETE", 2001, 5003).status_code for _twice in (1, 2)] == [204, 204]
    assert selection(cloud, "DELETE", 2001, 5002).status_code == 204
    assert outcome(selection(cloud, "DELETE", 2001, 5001)) == (
        422,
        "Cannot remove the last repository from this installation.",
    )
    assert state.repository_ids == {5001}


def test_selection_on_all_repositories(cloud):
    """PUT has no effect, DELETE is rejected."""
    assert selection(cloud, "PUT", 2002, 5101).status_code == 204
    assert outcome(selection(cloud, "DELETE", 2002, 5101)) == (
        422,
        "This installation is on all repositories, please update in the Web UI.",
    )


@pytest.mark.parametrize(
    "token, expected",
    [
        ("standin-pat-classic-no-repo", NOT_FOUND),
        ("standin-pat-classic-monalisa", NOT_FOUND),
        ("standin-pat-fine-grained", (403, "Resource not accessible by personal access token")),
        ("standin-user-access-admin", BY_INTEGRATION),
        ("standin-oauth-monalisa", BY_INTEGRATION),
        ("unknown", (401, "Bad credentials")),
        (None, (401, "Requires authentication")),
    ],
)
def test_selection_needs_a_classic_token_of_an_admin(cloud, token, expected):
    """All other credentials are rejected."""
    for method in ("PUT", "DELETE"):
        assert outcome(selection(cloud, method, 2001, 5001, token)) == expected


def test_selection_refuses_the_app_and_unknown_numbers(cloud):
    """403 for an installation token, 401 for a JWT, 404 for an unknown installation or repository."""
    assert outcome(selection(cloud, "PUT", 2001, 5001, cloud.mint())) == BY_INTEGRATION
    assert outcome(selection(cloud, "PUT", 2001, 5001, cloud.jwt())) == (401, "Bad credentials")
    for installation, repository in ((1, 5001), (2001, 1), (2001, 5101)):
        assert outcome(selection(cloud, "PUT", installation, repository)) == NOT_FOUND


def test_lists_of_a_user(cloud):
    """A ghu_ token sees the installations of its own app; a classic PAT can list repositories, but no installations."""
    user = "standin-user-access-admin"
    listed = cloud.call("GET", "/user/installations", user).json()
    assert (listed["total_count"], len(listed["installations"])) == (5, 5)
    status, text = outcome(cloud.call("GET", "/user/installations", PAT))
    assert status == 403
    assert text.startswith("You must authenticate with an access token authorized to a GitHub App")
    for token in (user, PAT):
        body = cloud.call("GET", "/user/installations/2001/repositories", token).json()
        assert [repo["id"] for repo in body["repositories"]] == [5001, 5002]
    assert outcome(cloud.call("GET", "/user/installations/2101/repositories", user)) == NOT_FOUND
    assert outcome(cloud.call("GET", "/user/installations/2001/repositories", "standin-pat-fine-grained")) == (
        403,
        "Resource not accessible by personal access token",
    )


def test_organization_installations(cloud):
    """Only owners with a scope can see the list."""
    body = cloud.call("GET", "/orgs/octo-org/installations", PAT).json()
    assert [item["id"] for item in body["installations"]] == [2001, 2101]
    assert outcome(cloud.call("GET", "/orgs/octo-org/installations", "standin-pat-classic-monalisa")) == NOT_FOUND
    assert outcome(cloud.call("GET", "/orgs/octo-org/installations", cloud.mint())) == BY_INTEGRATION


def test_private_repositories_are_hidden(cloud):
    """Hidden from non-members, anonymous requests and tokens without scope."""
    for token in (None, "standin-pat-classic-no-repo", "standin-oauth-octocat-one"):
        assert outcome(cloud.call("GET", "/repos/octo-org/private-plans", token)) == NOT_FOUND
        assert [repo["name"] for repo in cloud.call("GET", "/orgs/octo-org/repos", token).json()] == ["website"]


def test_own_repositories_by_affiliation(start):
    """``affiliation`` selects among the user's own repositories, those of other users, and those of organizations."""
    seed = {
        "accounts": [
            {"login": "o", "admins": ["boss"]},
            {"login": "boss", "type": "User"},
            {"login": "friend", "type": "User", "members": ["boss"]},
        ],
        "repositories": [{"name": "o/r"}, {"name": "boss/r", "archived": True}, {"name": "friend/r"}],
        "tokens": [{"token": "standin-boss", "user": "boss", "kind": "pat_classic", "scopes": ["repo"]}],
    }
    client = start(seed=seed)

    def names(query=""):
        return [repo["full_name"] for repo in client.call("GET", "/user/repos" + query, "standin-boss").json()]

    assert sorted(names()) == ["boss/r", "friend/r", "o/r"]
    assert names("?affiliation=owner") == ["boss/r"]
    assert names("?affiliation=owner,collaborator") == ["boss/r", "friend/r"]
    assert names("?affiliation=organization_member") == ["o/r"]
    assert outcome(client.call("GET", "/user/repos?affiliation=x", "standin-boss")) == (422, "Validation Failed")
    assert client.call("GET", "/repos/boss/r", "standin-boss").json()["archived"] is True
    assert client.call("GET", "/repos/o/r", "standin-boss").json()["archived"] is False


def test_large_seed(start):
    """The compact form of a seed, with three-digit names."""
    client = start(seed=seed_with_installation(120, repositories=[{"prefix": "r-", "count": 2}]))
    assert client.call("GET", "/repos/o/r-120", "standin-boss").status_code == 200
    token = client.mint(11, "app")
    names = [repo["name"] for repo in client.call("GET", "/installation/repositories", token).json()["repositories"]]
    assert names == ["r-001", "r-002"]


@pytest.mark.parametrize("profile", ["2.19", "2.21", "3.0", "cloud"])
def test_quirk_bare_tokens(start, profile):
    """The response contains only the token and its expiry; the token still has its scope."""
    client = start(profile, seed=seed_with_installation(3, quirks=["bare_tokens"]))
    number = client.server.state.repository("o", "r-001").id
    for body, count in (({}, 3), ({"repository_ids": [number]}, 1)):
        minted = client.call("POST", "/app/installations/11/access_tokens", client.jwt("app"), json=body)
        assert minted.status_code == 201
        assert set(minted.json()) == {"token", "expires_at"}
        listed = client.call("GET", "/installation/repositories", minted.json()["token"]).json()
        assert listed["total_count"] == count


@pytest.mark.parametrize("profile", ["2.19", "2.21", "3.0", "cloud"])
@pytest.mark.parametrize("quirk", ["no_target", "no_account"])
def test_quirks_of_installations(start, profile, quirk):
    """In lists, by ID and by organization."""
    client = start(profile, seed=seed_with_installation(1, quirks=[quirk]))
    listed = client.call("GET", "/app/installations", client.jwt("app")).json()
    for path in ("/app/installations/11", "/orgs/o/installation", "/repos/o/r-001/installation"):
        body = client.call("GET", path, client.jwt("app")).json()
        assert [body] == listed
        assert ("target_id" in body) is (quirk != "no_target")
        assert (body["account"] is None) is (quirk == "no_account")


def test_unknown_quirk():
    """SeedError."""
    with pytest.raises(SeedError):
        StandIn(seed=seed_with_installation(1, quirks=["unknown"]))
