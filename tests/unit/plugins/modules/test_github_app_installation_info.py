# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys

import pytest
from ansible.module_utils.basic import AnsibleModule

from ansible_collections.hubops.github_apps.plugins.module_utils._github import transport
from ansible_collections.hubops.github_apps.plugins.modules import github_app_installation_info as module
from ansible_collections.hubops.github_apps.plugins.modules import github_installation_repo_info
from github_standin import Fault, StandIn

EVERY_SERVER = pytest.mark.parametrize("standin", ["2.19", "2.20", "3.19", "cloud"], indirect=True)


def ids(result):
    return [installation["id"] for installation in result["installations"]]


@EVERY_SERVER
@pytest.mark.parametrize("check_mode", [True, False])
def test_all_installations_of_the_app(run_module, options, requests_made, check_mode):
    result = run_module(module, options, check_mode)
    assert result["changed"] is False
    assert ids(result) == [2001, 2002, 2003, 2004, 2005, 2006]
    assert requests_made() == ["GET /app/installations", "GET /app"]
    assert (result["api_url"], result["server_url"]) == (options["api_url"], options["api_url"].partition("/api/")[0])
    drift = {item["id"]: item["permission_drift"] for item in result["installations"]}
    assert drift[2001] == {}
    assert drift[2006]["contents"] == {"app": "write", "installation": "read"}
    assert result["permissions_url"].endswith("/settings/apps/hubops-demo/permissions")
    assert result["install_url"].endswith("/hubops-demo/installations/new")


@pytest.mark.parametrize(
    "selector, number",
    [
        ({"organization": "acme"}, 2002),
        ({"user": "octocat"}, 2005),
        ({"installation_id": 2003}, 2003),
        ({"repository": "octo-org/hello-world"}, 2001),
    ],
)
def test_one_installation(run_module, options, selector, number):
    assert ids(run_module(module, {**options, **selector})) == [number]


def test_one_installation_that_is_not_there(run_module, options):
    result = run_module(module, {**options, "organization": "empty-org"})
    assert result["failed"]
    assert "/installations/new" in result["msg"]


@pytest.mark.parametrize(
    "filters, numbers",
    [
        ({"account": "ACME"}, [2002]),
        ({"suspended": True}, [2003]),
        ({"suspended": False, "repository_selection": "all"}, [2002, 2006]),
        ({"repository_selection": "selected"}, [2001, 2004, 2005]),
        ({"permissions": {"contents": "write"}}, [2001, 2002, 2003, 2004, 2005]),
        ({"permissions": {"contents": "read"}, "account": "limited-org"}, [2006]),
        ({"permissions": {"members": "read"}}, []),
        ({"since": "2199-01-01T00:00:00Z"}, []),
        ({"since": "2199-01-01"}, []),
        ({"since": "2199-01-01T00:00:00.000+02:00"}, []),
    ],
)
def test_filters(run_module, options, filters, numbers):
    assert ids(run_module(module, {**options, **filters})) == numbers


@pytest.mark.parametrize("standin", ["2.20"], indirect=True)
@pytest.mark.parametrize("name", ["since", "outdated"])
def test_a_filter_that_the_server_does_not_know_is_refused(run_module, options, name):
    result = run_module(module, {**options, name: "2020-01-01T00:00:00Z"})
    assert result["failed"]
    assert name in result["msg"]
    assert "2.22" in result["msg"]


@EVERY_SERVER
def test_all_apps_on_an_organization(run_module, options, standin):
    params = {**options, "list": "organization", "organization": "octo-org", "token": "standin-pat-classic-admin"}
    result = run_module(module, params)
    assert ids(result) == [2001, 2101]
    assert "permissions_url" not in result
    assert [entry["auth"] for entry in standin.log] == ["pat_classic"]
    assert ids(run_module(module, {**params, "permissions": {"issues": "write"}})) == [2001]


@EVERY_SERVER
def test_what_the_user_of_a_token_may_see(run_module, options, standin):
    result = run_module(module, {**options, "list": "user", "token": "standin-user-access-admin"})
    assert 2001 in ids(result)
    assert 2101 not in ids(result)
    assert [entry["auth"] for entry in standin.log] == ["user_access_token"]


@pytest.mark.parametrize(
    "params, says",
    [
        ({"list": "organization"}, "requires organization"),
        ({"list": "organization", "organization": "../x"}, "organization"),
        ({"list": "user"}, "GITHUB_TOKEN"),
        (
            {"list": "organization", "organization": "octo-org", "include": ["repositories"]},
            "include requires list=app",
        ),
        ({"list": "user", "include": ["repository_count"]}, "Set list=app and the app's credentials"),
        ({"include": ["repositories"], "read_concurrency": 0}, "read_concurrency must be between 1 and 10, not 0"),
        ({"include": ["repositories"], "read_concurrency": 11}, "read_concurrency must be between 1 and 10, not 11"),
        ({"organization": "acme", "user": "octocat"}, "exactly one"),
        ({"organization": "acme", "since": "2020-01-01T00:00:00Z"}, "cannot be used with organization"),
        ({"since": "last week"}, "since must be a time such as 2026-01-31T12:00:00Z, not 'last week'."),
        ({"since": "1700000000"}, "since must be a time"),
        ({"since": "2026-01-31 12:00:00"}, "since must be a time"),
    ],
)
def test_bad_input(run_module, options, standin, params, says):
    result = run_module(module, {**options, **params})
    assert result["failed"]
    assert says in result["msg"]
    assert not standin.log


def test_the_environment_does_not_reduce_the_list(run_module, options, monkeypatch):
    monkeypatch.setenv("GITHUB_APP_INSTALLATION_ID", "2002")
    assert len(ids(run_module(module, options))) == 6


@pytest.fixture()
def warnings(monkeypatch):
    said = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda self, text: said.append(text))
    return said


def by_id(result):
    return {installation["id"]: installation for installation in result["installations"]}


LISTED = ["GET /app/installations", "GET /app"]
ACTIVE = [2001, 2002, 2004, 2005, 2006]  # 2003 is suspended
TOKENS = [f"POST /app/installations/{number}/access_tokens" for number in ACTIVE]


@pytest.mark.parametrize("standin", ["2.22", "3.19", "cloud"], indirect=True)
@pytest.mark.parametrize("check_mode", [True, False])
def test_repositories_of_all_installations(run_module, options, requests_made, warnings, check_mode):
    found = by_id(run_module(module, {**options, "include": ["repositories"]}, check_mode))
    pages = ["GET /installation/repositories"] * 6  # an installation has 120 repositories
    assert sorted(requests_made()) == sorted([*LISTED, *TOKENS, *pages])
    for number in ACTIVE:
        alone = run_module(github_installation_repo_info, {**options, "installation_id": number})
        assert found[number]["repositories"] == alone["repositories"]
        assert found[number]["repository_count"] == len(alone["repositories"])
        assert "failure" not in found[number]
    assert not {"repositories", "repository_count", "failure"} & set(found[2003])
    assert found[2001]["permission_drift"] == {}
    assert warnings == []


@pytest.mark.parametrize("concurrency", [1, 10])
def test_number_of_repositories(run_module, options, requests_made, concurrency):
    params = {**options, "include": ["repository_count"], "read_concurrency": concurrency}
    found = by_id(run_module(module, params))
    assert sorted(requests_made()) == sorted([*LISTED, *TOKENS, *["GET /installation/repositories"] * 5])
    counts = {number: item.get("repository_count") for number, item in found.items()}
    assert counts == {2001: 2, 2002: 3, 2003: None, 2004: 120, 2005: 1, 2006: 1}
    assert not any("repositories" in item for item in found.values())


def test_tokens_for_reading_can_only_read_metadata(run_module, options, standin):
    run_module(module, {**options, "include": ["repository_count"]})
    tokens = standin.state.installation_tokens.values()
    assert [token.permissions for token in tokens] == [{"metadata": "read"}] * len(ACTIVE)


def test_only_the_wanted_installations_are_read(run_module, options, requests_made):
    params = {**options, "include": ["repositories"], "account": "acme"}
    assert by_id(run_module(module, params))[2002]["repository_count"] == 3
    assert len(requests_made()) == 4
    params = {**options, "include": ["repositories"], "organization": "octo-org"}
    assert by_id(run_module(module, params))[2001]["repository_count"] == 2
    assert len(requests_made()) == 4


@pytest.mark.parametrize("include", ["repositories", "repository_count"])
def test_an_installation_that_cannot_be_read(run_module, options, standin, warnings, include):
    standin.inject(
        Fault(method="POST", path="/2002/access_tokens", status=404, body={"message": "Not Found"}, times=9),
    )
    result = run_module(module, {**options, "include": [include]})
    assert not result.get("failed")
    found = by_id(result)
    failure = found[2002]["failure"]
    assert failure["cause"] == "not_found"
    assert "/app/installations/2002/access_tokens returned 404: Not Found" in failure["message"]
    assert "repository_count" not in found[2002]
    assert [number for number, item in found.items() if "repository_count" in item] == [2001, 2004, 2005, 2006]
    assert warnings == [
        "Installations whose repositories could not be read: 1 of 5. For each of them, the key 'failure' contains the reason."
    ]


@pytest.mark.parametrize("standin", ["2.20"], indirect=True)
def test_an_old_server_does_not_show_that_an_installation_is_suspended(run_module, options, standin):
    found = by_id(run_module(module, {**options, "include": ["repository_count"]}))
    assert found[2003]["failure"]["cause"] == "suspended"


def test_a_server_that_does_not_count(run_module, options, standin):
    standin.inject(Fault(path="/installation/repositories", status=200, body={"repositories": []}, times=1))
    params = {**options, "include": ["repository_count"], "account": "octo-org"}
    failure = by_id(run_module(module, params))[2001]["failure"]
    assert failure["cause"] == "connection"
    assert "did not return the number of repositories" in failure["message"]


@pytest.fixture(scope="module")
def large():
    """40 installations, each with a repository."""
    names = [f"org-{number}" for number in range(40)]
    seed = {
        "accounts": [{"login": name} for name in ("owner", *names)],
        "apps": [{"slug": "large", "id": 7, "owner": "owner", "permissions": {"metadata": "read"}}],
        "repositories": [{"name": f"{name}/code"} for name in names],
        "installations": [{"app": "large", "account": name, "repositories": ["code"]} for name in names],
    }
    with StandIn("3.19", seed=seed) as server:
        yield server


@pytest.fixture()
def of_large(large):
    large.reset()
    return {
        "api_url": large.api_url,
        "server_version": "3.19",
        "app_id": "7",
        "private_key": large.private_key("large"),
        "retries": 0,
        "include": ["repositories"],
    }


@pytest.mark.parametrize("status, headers, cause", [(None, {}, "connection"), (403, {"Retry-After": "99999"}, "limit")])
def test_the_rest_is_not_read_if_the_server_is_not_reachable(run_module, of_large, large, status, headers, cause):
    end = {"end": "drop", "status": 500} if status is None else {"status": status, "headers": headers}
    large.inject(Fault(method="POST", path="/access_tokens", times=99, **end))
    result = run_module(module, {**of_large, "read_concurrency": 1})
    assert not result.get("failed")
    failures = [item["failure"] for item in result["installations"]]
    assert {failure["cause"] for failure in failures} == {cause}
    unread = [
        failure["message"].startswith("Not processed, because 5 installations in a row failed") for failure in failures
    ]
    assert unread == [False] * 5 + [True] * 35


@pytest.fixture()
def often_switching():
    """Let threads take turns so often that they disturb each other if they share data without care."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.parametrize("concurrency", [1, 8])
def test_other_failures_do_not_affect_the_rest(run_module, of_large, large, concurrency, often_switching):
    refusal = {"message": "Resource not accessible", "documentation_url": "https://docs.github.com/rest"}
    large.inject(Fault(path="/installation/repositories", status=451, body=refusal, times=30))
    result = run_module(module, {**of_large, "read_concurrency": concurrency})
    read = ["repositories" in item for item in result["installations"]]
    assert sum(read) == 10
    if concurrency == 1:
        assert read == [False] * 30 + [True] * 10


def test_a_gateway_that_returns_the_token(run_module, of_large, monkeypatch):
    sent = []
    send = transport.Transport._send

    def echo(self, request):
        response = send(self, request)
        authorization = request.sign_in()["Authorization"].partition(" ")[2]
        sent.append(authorization)
        response._content = response._content.replace(b"org-1/code", f"org-1/{authorization}".encode())
        return response

    monkeypatch.setattr(transport.Transport, "_send", echo)
    result = run_module(module, of_large)
    assert "org-1/" + 8 * "*" in str(result)
    assert not [token for token in sent if token in str(result)]


def test_only_the_chosen_installations_are_read(run_module, options, standin):
    standin.clear_log()
    result = run_module(module, {**options, "installation_ids": [2001, 2005], "include": ["repository_count"]})
    assert sorted(item["id"] for item in result["installations"]) == [2001, 2005]
    assert all(item["repository_count"] for item in result["installations"])
    assert sum(entry["path"].endswith("/access_tokens") for entry in standin.log) == 2


@pytest.mark.parametrize("selector", [{"enterprise": "octo-enterprise"}, {"installation_id": 2301}, {}])
def test_an_installation_on_an_enterprise(run_module, installer, standin, selector):
    app = standin.state.app_by_slug("hubops-installer")
    app.permissions.update(contents="read", enterprise_people="read")
    result = run_module(module, {**installer, **selector, "account": "Octo-Enterprise"})
    (found,) = result["installations"]
    assert (found["id"], found["account"]["slug"], found["target_type"]) == (2301, "octo-enterprise", "Enterprise")
    assert found["permission_drift"] == {"enterprise_people": {"app": "read", "installation": None}}


def test_an_installation_on_an_organization_does_not_lack_permissions_of_enterprises(run_module, options, standin):
    standin.state.app_by_slug("hubops-demo").permissions["enterprise_people"] = "read"
    result = run_module(module, {**options, "organization": "octo-org"})
    assert result["installations"][0]["permission_drift"] == {}


@pytest.mark.parametrize("standin", ["3.20"], indirect=True)
def test_an_enterprise_needs_3_21(run_module, installer):
    result = run_module(module, {**installer, "enterprise": "octo-enterprise"})
    assert result["failed"]
    assert "Set installation_id to the ID" in result["msg"]
