# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Installations on an enterprise, and on its organizations."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List

import pytest
from standin_client import NOT_FOUND, PAT, Client, outcome

from github_standin import SeedError, StandIn
from github_standin.unverified import table

SLUG = "octo-enterprise"
APPS = "/enterprises/octo-enterprise/apps"
ORGANIZATIONS = APPS + "/organizations"
NOT_BY_INTEGRATION = (403, "Resource not accessible by integration")
NO_REPOSITORIES = (
    422,
    "This installation does not use repository permissions, so it cannot be given access to any repositories.",
)
DEMO = "Iv1.standin-demo"
MEMBERS = "Iv1.standin-members"  # an app without repository permissions


class Enterprise:
    """A client with a token for the enterprise."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.state = client.server.state
        self.token = client.mint(2301, "hubops-installer")

    def call(self, method: str, path: str, **more: Any) -> Any:
        """Send a request to a path below the apps of the enterprise."""
        return self.client.call(method, APPS + path, self.token, **more)

    def names(self, path: str, key: str = "name") -> List[str]:
        """Return the values of a key in a list of at most 100 items."""
        return [item[key] for item in self.call("GET", path + "?per_page=100").json()]

    def install(self, organization: str, selection: str, client_id: str = DEMO, **more: Any) -> Any:
        """Install an app."""
        body = {"client_id": client_id, "repository_selection": selection, **more}
        return self.call("POST", "/organizations/%s/installations" % organization, json=body)

    def change(self, organization: str, number: int, change: str = "", **body: Any) -> Any:
        """Change the repositories of an installation."""
        path = "/organizations/%s/installations/%d/repositories%s" % (organization, number, change)
        return self.call("PATCH", path, json=body)

    def grant(self, **permissions: str) -> None:
        """Change the permissions of the installation on the enterprise, and create a new token."""
        self.state.installations[2301].permissions = permissions
        self.token = self.client.mint(2301, "hubops-installer")


@pytest.fixture(name="enterprise")
def enterprise_fixture(cloud: Client) -> Enterprise:
    """Return a client with a token for the enterprise."""
    return Enterprise(cloud)


# the installation on the enterprise


def test_installation(cloud):
    """By slug, by ID and in the list; with an enterprise as the account."""
    jwt = cloud.jwt("hubops-installer")
    found = cloud.call("GET", "/enterprises/%s/installation" % SLUG, jwt).json()
    assert (found["id"], found["target_type"], found["repository_selection"]) == (2301, "Enterprise", "selected")
    assert (found["account"]["slug"], found["account"]["name"]) == (SLUG, "Octo Enterprise")
    assert "login" not in found["account"]
    assert found["html_url"].endswith("/enterprises/octo-enterprise/settings/installations/2301")
    assert cloud.call("GET", "/app/installations/2301", jwt).json() == found
    assert cloud.call("GET", "/app/installations", jwt).json() == [found]
    assert cloud.call("GET", "/enterprises/OCTO-Enterprise/installation", jwt).json() == found


@pytest.mark.parametrize("slug", ["octo-enterprise", "octo-org", "no-such-enterprise"])
def test_app_without_installation(cloud, slug):
    """404, also for an unknown enterprise and for the login of an organization."""
    assert outcome(cloud.app("GET", "/enterprises/%s/installation" % slug)) == NOT_FOUND
    assert outcome(cloud.call("GET", "/orgs/octo-enterprise/installation", cloud.jwt("hubops-installer"))) == NOT_FOUND


@pytest.mark.parametrize(
    "body", [{"permissions": {"metadata": "read"}}, {"repositories": ["hello-world"]}, {"repository_ids": [5001]}]
)
def test_limited_token(cloud, body):
    """422: a token for an enterprise cannot be limited."""
    jwt = cloud.jwt("hubops-installer")
    answer = cloud.call("POST", "/app/installations/2301/access_tokens", jwt, json=body)
    assert answer.status_code == 422
    assert "cannot be limited" in answer.json()["message"]


def test_token(cloud):
    """It has no repositories, and the rate limit of GitHub Enterprise Cloud."""
    jwt = cloud.jwt("hubops-installer")
    minted = cloud.call("POST", "/app/installations/2301/access_tokens", jwt, json={}).json()
    assert set(minted["permissions"]) == {
        "enterprise_organization_installation_repositories",
        "enterprise_organization_installations",
    }
    assert "repositories" not in minted
    answer = cloud.call("GET", "/installation/repositories", minted["token"])
    assert outcome(answer) == NOT_BY_INTEGRATION
    assert answer.headers["X-RateLimit-Limit"] == "15000"
    assert cloud.call("GET", "/repos/octo-org/hello-world", minted["token"]).status_code == 404
    assert cloud.call("DELETE", "/installation/token", minted["token"]).status_code == 204


def test_suspension(cloud):
    """As for other installations."""
    jwt = cloud.jwt("hubops-installer")
    token = cloud.mint(2301, "hubops-installer")
    assert cloud.call("PUT", "/app/installations/2301/suspended", jwt).status_code == 204
    assert outcome(cloud.call("GET", APPS + "/installable_organizations", token)) == (
        403,
        "This installation has been suspended",
    )


def test_permissions_of_accounts():
    """Enterprises grant enterprise permissions, all others grant the rest."""
    app = {"slug": "a", "owner": "o", "permissions": {"contents": "read", "enterprise_people": "read"}}
    seed = {
        "accounts": [{"login": "o"}],
        "enterprises": [{"slug": "E", "organizations": ["o"]}],
        "apps": [app],
        "installations": [{"id": 1, "app": "a", "account": "o"}, {"id": 2, "app": "a", "enterprise": "e"}],
    }
    installations = StandIn(seed=seed).state.installations
    assert installations[1].permissions == {"contents": "read"}
    assert installations[2].permissions == {"enterprise_people": "read"}
    assert not installations[1].outdated
    assert not installations[2].outdated


@pytest.mark.parametrize(
    "change",
    [
        {"enterprises": [{"slug": "e"}, {"slug": "E"}]},
        {"enterprises": [{"slug": "e", "organizations": ["nobody"]}]},
        {"enterprises": [{"slug": "e", "organizations": ["u"]}]},
        {"enterprises": [{"slug": "e", "organizations": ["o"]}, {"slug": "f", "organizations": ["o"]}]},
        {"installations": [{"app": "a"}]},
        {"installations": [{"app": "a", "account": "o", "enterprise": "e"}]},
        {"installations": [{"app": "a", "enterprise": "unknown"}]},
        {"installations": [{"app": "a", "enterprise": "e", "repository_selection": "all"}]},
        {"installation_requests": [{"app": "a", "account": "o", "requester": "o"}]},
    ],
)
def test_wrong_seeds(change):
    """SeedError."""
    seed: Dict[str, Any] = {
        "accounts": [{"login": "o"}, {"login": "u", "type": "User"}],
        "enterprises": [{"slug": "e"}],
        "apps": [{"slug": "a", "owner": "o"}],
        **change,
    }
    with pytest.raises(SeedError):
        StandIn(seed=seed)


# who can use the operations


OPERATIONS = [
    ("GET", "/installable_organizations", "read", False),
    ("GET", "/installable_organizations/octo-org/accessible_repositories", "read", True),
    ("GET", "/organizations/octo-org/installations", "read", False),
    ("POST", "/organizations/octo-org/installations", "write", False),
    ("DELETE", "/organizations/octo-org/installations/2001", "write", False),
    ("GET", "/organizations/octo-org/installations/2001/repositories", "read", True),
    ("PATCH", "/organizations/octo-org/installations/2001/repositories", "write", True),
    ("PATCH", "/organizations/octo-org/installations/2001/repositories/add", "write", True),
    ("PATCH", "/organizations/octo-org/installations/2001/repositories/remove", "write", True),
]


@pytest.mark.parametrize("method, path, level, is_either", OPERATIONS)
def test_permissions(enterprise, method, path, level, is_either):
    """403 without the permission, and with too low a level. Operations on repositories accept either permission."""
    names = ["enterprise_organization_installation_repositories"] if is_either else []
    names.append("enterprise_organization_installations")
    enough = 422 if level == "write" and method != "DELETE" else 204 if method == "DELETE" else 200  # without a body
    for granted, status in (
        ({"enterprise_people": "write"}, 403),
        ({names[-1]: "read"}, 403 if level == "write" else 200),
        ({names[0]: "write"}, enough),
    ):
        enterprise.grant(**granted)
        answer = enterprise.call(method, path)
        assert answer.status_code == status, answer.text
        assert answer.headers["X-Accepted-GitHub-Permissions"] == "; ".join("%s=%s" % (name, level) for name in names)
        if status == 403:
            assert outcome(answer) == NOT_BY_INTEGRATION


@pytest.mark.parametrize("method, path, _level, _is_either", OPERATIONS)
def test_other_credentials(cloud, method, path, _level, _is_either):
    """403 for JWTs, users' tokens and tokens of installations on organizations; 401 for none and for unknown tokens."""
    for token in (cloud.jwt("hubops-installer"), cloud.mint(2001), "standin-user-access-admin"):
        assert outcome(cloud.call(method, APPS + path, token)) == NOT_BY_INTEGRATION
    by_pat = (403, "Resource not accessible by personal access token")
    assert outcome(cloud.call(method, APPS + path, PAT)) == by_pat
    assert outcome(cloud.call(method, APPS + path, "ghs_unknown")) == (401, "Bad credentials")
    assert outcome(cloud.call(method, APPS + path)) == (401, "Requires authentication")
    assert outcome(cloud.call(method, APPS + path, cloud.jwt("hubops-installer", iss="424242"))) == (
        404,
        "Integration not found",
    )


@pytest.mark.parametrize("method, path, _level, _is_either", OPERATIONS)
@pytest.mark.parametrize("profile, status", [("3.18", 404), ("3.19", 403), ("3.21", 403)])
def test_releases(start, profile, status, method, path, _level, _is_either):
    """From 3.19 on."""
    client = start(profile)
    assert client.call(method, APPS + path, client.mint(2001)).status_code == status


@pytest.mark.parametrize("profile, status", [("3.19", 404), ("3.20", 404), ("3.21", 200), ("cloud", 200)])
def test_releases_of_the_installation(start, profile, status):
    """From 3.21 on."""
    client = start(profile)
    jwt = client.jwt("hubops-installer")
    assert client.call("GET", "/enterprises/octo-enterprise/installation", jwt).status_code == status


@pytest.mark.parametrize("method, path, _level, _is_either", OPERATIONS)
@pytest.mark.parametrize(
    "wrong, right",
    [
        ("/enterprises/other/", "/enterprises/octo-enterprise/"),
        ("/enterprises/octo-org/", "/enterprises/octo-enterprise/"),
        ("/outside-org/", "/octo-org/"),
        ("/octocat/", "/octo-org/"),
        ("/no-such-org/", "/octo-org/"),
        ("/2002", "/2001"),
        ("/2301", "/2001"),
    ],
)
def test_unknown_paths(enterprise, method, path, _level, _is_either, wrong, right):
    """404 for other enterprises, other accounts and installations on other organizations."""
    known = APPS + path
    if right in known:
        answer = enterprise.client.call(method, known.replace(right, wrong), enterprise.token)
        assert outcome(answer) == NOT_FOUND


def test_second_app(cloud):
    """An app that is not installed on the enterprise cannot use the token operations of one that is."""
    assert outcome(cloud.call("POST", "/app/installations/2301/access_tokens", cloud.jwt())) == NOT_FOUND


# reading


def test_organizations(enterprise):
    """Those of the enterprise, by ID."""
    names = enterprise.names("/installable_organizations", "login")
    assert names == ["octo-org", "acme", "suspended-org", "empty-org", "big-org", "limited-org"]
    first = enterprise.call("GET", "/installable_organizations?per_page=1")
    assert 'rel="last"' in first.headers["Link"]
    assert set(first.json()[0]) == {"id", "login", "accessible_repositories_url"}
    path = first.json()[0]["accessible_repositories_url"].partition(APPS)[2]
    assert "private-plans" in enterprise.names(path)


def test_accessible_repositories(enterprise):
    """All repositories of the organization."""
    path = "/installable_organizations/big-org/accessible_repositories"
    page = enterprise.call("GET", path).json()
    assert len(page) == 30
    assert page[0] == {"id": 6001, "name": "service-001", "full_name": "big-org/service-001"}


def test_installations(enterprise):
    """Those of all apps; suspension is not shown."""
    found = enterprise.call("GET", "/organizations/octo-org/installations").json()
    assert [(item["id"], item["app_slug"], item["client_id"]) for item in found] == [
        (2001, "hubops-demo", DEMO),
        (2101, "other-app", "Iv1.standin-other"),
    ]
    assert not {"suspended_at", "account", "app_id"} & set(found[0])
    path = found[0]["repositories_url"].partition(APPS)[2]
    assert enterprise.names(path) == ["hello-world", "spoon-knife"]
    suspended = enterprise.call("GET", "/organizations/suspended-org/installations").json()
    assert set(suspended[0]) == set(found[0])


# installing


def test_install(enterprise):
    """201 with the installation; the app can use it."""
    answer = enterprise.install("empty-org", "selected", repositories=["lonely"])
    assert answer.status_code == 201
    body = answer.json()
    assert (body["account"]["login"], body["app_slug"], body["repository_selection"]) == (
        "empty-org",
        "hubops-demo",
        "selected",
    )
    path = "/organizations/empty-org/installations/%d/repositories" % body["id"]
    assert enterprise.names(path) == ["lonely"]
    assert enterprise.client.app("GET", "/orgs/empty-org/installation").json() == body
    assert enterprise.client.mint(body["id"])


def test_install_approves_requests(enterprise):
    """The request of a member disappears."""
    requests = enterprise.client.app("GET", "/app/installation-requests").json()
    assert [(item["account"]["login"], item["requester"]["login"]) for item in requests] == [("empty-org", "monalisa")]
    enterprise.install("octo-org", "all")
    assert enterprise.client.app("GET", "/app/installation-requests").json() == requests
    enterprise.install("empty-org", "all")
    assert enterprise.client.app("GET", "/app/installation-requests").json() == []


@pytest.mark.parametrize("profile, status", [("3.7", 404), ("3.8", 200), ("cloud", 200)])
def test_requests_by_release(start, profile, status):
    """From 3.8 on."""
    assert start(profile).app("GET", "/app/installation-requests").status_code == status


def test_install_again(enterprise):
    """200; the repositories do not change."""
    answer = enterprise.install("octo-org", "all")
    assert answer.status_code == 200
    assert answer.json()["repository_selection"] == "selected"
    assert enterprise.names("/organizations/octo-org/installations/2001/repositories") == ["hello-world", "spoon-knife"]
    assert answer.json()["updated_at"] > "2026"


def test_install_unsuspends(enterprise):
    """The installation is no longer suspended."""
    answer = enterprise.install("suspended-org", "all")
    assert (answer.status_code, answer.json()["suspended_at"], answer.json()["suspended_by"]) == (200, None, None)


def test_install_accepts_permissions(enterprise):
    """The installation has the permissions that the app requests, except those for enterprises."""
    enterprise.state.app_by_slug("hubops-demo").permissions["enterprise_people"] = "read"
    before = enterprise.state.installations[2006].permissions
    answer = enterprise.install("limited-org", "all")
    assert before == {"contents": "read", "metadata": "read"}
    assert answer.json()["permissions"]["contents"] == "write"
    assert "enterprise_people" not in answer.json()["permissions"]


def test_install_without_repositories(enterprise):
    """None is for apps without repository permissions."""
    answer = enterprise.install("empty-org", "none", MEMBERS)
    assert answer.status_code == 201
    number = answer.json()["id"]
    assert enterprise.names("/organizations/empty-org/installations/%d/repositories" % number) == []
    for change, body in (("", {"repository_selection": "all"}), ("/add", {"repositories": ["lonely"]})):
        assert outcome(enterprise.change("empty-org", number, change, **body)) == NO_REPOSITORIES
    assert enterprise.install("empty-org", "none", DEMO).status_code == 422


def test_install_with_new_repository_permissions(enterprise):
    """An app that newly requests repository permissions needs a selection, and gets it."""
    app = enterprise.state.app_by_slug("members-app")
    number = enterprise.install("empty-org", "none", MEMBERS).json()["id"]
    app.permissions["contents"] = "read"
    assert enterprise.install("empty-org", "none", MEMBERS).status_code == 422
    answer = enterprise.install("empty-org", "selected", MEMBERS, repositories=["lonely"])
    assert (answer.status_code, answer.json()["permissions"]["contents"]) == (200, "read")
    assert enterprise.names("/organizations/empty-org/installations/%d/repositories" % number) == ["lonely"]


@pytest.mark.parametrize(
    "body, status",
    [
        ({}, 422),
        ({"client_id": DEMO}, 422),
        ({"repository_selection": "all"}, 422),
        ({"client_id": 1001, "repository_selection": "all"}, 422),
        ({"client_id": "Iv1.unknown", "repository_selection": "all"}, 404),
        ({"client_id": "1001", "repository_selection": "all"}, 404),
        ({"client_id": DEMO, "repository_selection": "some"}, 422),
        ({"client_id": DEMO, "repository_selection": "selected"}, 422),
        ({"client_id": DEMO, "repository_selection": "selected", "repositories": []}, 422),
        ({"client_id": DEMO, "repository_selection": "all", "repositories": ["lonely"]}, 422),
        ({"client_id": DEMO, "repository_selection": "none"}, 422),
        ({"client_id": DEMO, "repository_selection": "selected", "repositories": ["unknown"]}, 422),
        ({"client_id": DEMO, "repository_selection": "selected", "repositories": ["empty-org/lonely"]}, 422),
        ({"client_id": DEMO, "repository_selection": "selected", "repositories": ["hello-world"]}, 422),
        ({"client_id": DEMO, "repository_selection": "selected", "repositories": "lonely"}, 422),
    ],
)
def test_wrong_installs(enterprise, body, status):
    """Nothing is installed."""
    before = len(enterprise.state.installations)
    answer = enterprise.call("POST", "/organizations/empty-org/installations", json=body)
    assert answer.status_code == status, answer.text
    assert len(enterprise.state.installations) == before


def test_install_of_private_apps(enterprise):
    """Possible for an app whose owner belongs to the enterprise."""
    app = enterprise.state.app_by_slug("hubops-demo")
    app.public = False
    assert enterprise.install("empty-org", "all").status_code == 201
    app.owner = enterprise.state.account("octocat")
    assert enterprise.install("big-org", "all").status_code == 404


def test_uninstall(enterprise):
    """204 for any app; then 404. Tokens of the installation are invalid."""
    token = enterprise.client.mint(2101, "other-app")
    path = "/organizations/octo-org/installations/2101"
    assert enterprise.call("DELETE", path).status_code == 204
    assert outcome(enterprise.call("DELETE", path)) == NOT_FOUND
    assert enterprise.client.call("GET", "/installation/repositories", token).status_code == 401
    assert enterprise.names("/organizations/octo-org/installations", "id") == [2001]


# repositories


def test_change_selection(enterprise):
    """From selected to all and back."""
    answer = enterprise.change("octo-org", 2001, repository_selection="all")
    assert (answer.status_code, answer.json()["repository_selection"]) == (200, "all")
    assert len(enterprise.names("/organizations/octo-org/installations/2001/repositories")) == 5
    answer = enterprise.change("octo-org", 2001, repository_selection="selected", repositories=["Linguist"])
    assert (answer.status_code, answer.json()["repository_selection"]) == (200, "selected")
    assert enterprise.names("/organizations/octo-org/installations/2001/repositories") == ["linguist"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"repository_selection": "none"},
        {"repository_selection": "selected"},
        {"repository_selection": "selected", "repositories": []},
        {"repository_selection": "selected", "repositories": ["hello-world", "unknown"]},
        {"repository_selection": "selected", "repositories": ["octo-org/hello-world"]},
        {"repository_selection": "all", "repositories": ["hello-world"]},
    ],
)
def test_wrong_selections(enterprise, body):
    """422; nothing is changed."""
    assert enterprise.change("octo-org", 2001, **body).status_code == 422
    assert enterprise.state.installations[2001].repository_ids == {5001, 5002}
    assert enterprise.state.installations[2001].repository_selection == "selected"


def test_add_repositories(enterprise):
    """Known ones are ignored."""
    answer = enterprise.change("octo-org", 2001, "/add", repositories=["linguist", "hello-world"])
    assert answer.status_code == 200
    assert [item["full_name"] for item in answer.json()] == ["octo-org/linguist", "octo-org/hello-world"]
    assert enterprise.state.installations[2001].repository_ids == {5001, 5002, 5003}
    assert enterprise.change("acme", 2002, "/add", repositories=["anvil"]).status_code == 200
    assert enterprise.state.installations[2002].repository_selection == "all"


def test_remove_repositories(enterprise):
    """Returns those that were removed. The last one cannot be removed, nor those of an installation on all."""
    answer = enterprise.change("octo-org", 2001, "/remove", repositories=["linguist", "hello-world"])
    assert [item["name"] for item in answer.json()] == ["hello-world"]
    assert outcome(enterprise.change("octo-org", 2001, "/remove", repositories=["spoon-knife"])) == (
        422,
        "Cannot remove the last repository from this installation.",
    )
    assert outcome(enterprise.change("acme", 2002, "/remove", repositories=["anvil"])) == (
        422,
        "This installation is on all repositories, please update in the Web UI.",
    )
    assert enterprise.change("octo-org", 2001, "/remove", repositories=["linguist"]).json() == []
    assert enterprise.state.installations[2001].repository_ids == {5002}


@pytest.mark.parametrize("change", ["/add", "/remove"])
@pytest.mark.parametrize("names", [None, [], ["unknown"], ["octo-org/linguist"], "linguist", [5003]])
def test_wrong_names(enterprise, change, names):
    """422; nothing is changed."""
    assert enterprise.change("octo-org", 2001, change, repositories=names).status_code == 422
    assert enterprise.state.installations[2001].repository_ids == {5001, 5002}


def test_limit_of_names(enterprise):
    """50 names are allowed, 51 are not."""
    names = ["service-%03d" % number for number in range(101, 152)]
    assert enterprise.change("big-org", 2004, "/add", repositories=names).status_code == 422
    assert enterprise.change("big-org", 2004, "/add", repositories=names[:50]).status_code == 200
    assert enterprise.change("big-org", 2004, "/remove", repositories=names).status_code == 422
    selected = {"repository_selection": "selected"}
    assert enterprise.change("big-org", 2004, repositories=names, **selected).status_code == 422
    assert enterprise.change("big-org", 2004, repositories=names[:50], **selected).status_code == 200
    assert enterprise.install("big-org", "selected", MEMBERS, repositories=names).status_code == 422
    assert enterprise.install("big-org", "selected", MEMBERS, repositories=names[:50]).status_code == 201


def test_readme():
    """Contains the list of what is unverified."""
    assert table() in (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8"), (
        "replace the table with the output of python -m github_standin.unverified"
    )
