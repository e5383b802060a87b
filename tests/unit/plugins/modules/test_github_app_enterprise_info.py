# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.hubops.github_apps.plugins.modules import github_app_enterprise_info as module

BASE = "/enterprises/octo-enterprise"
ALL = ["acme", "big-org", "empty-org", "limited-org", "octo-org", "suspended-org"]
NEWER_SERVER = pytest.mark.parametrize("standin", ["3.21", "cloud"], indirect=True)


@pytest.fixture()
def octo(installer):
    return {**installer, "enterprise": "octo-enterprise"}


def logins(result):
    return [organization["login"] for organization in result["organizations"]]


@NEWER_SERVER
@pytest.mark.parametrize("check_mode", [True, False])
def test_organizations(run_module, octo, requests_made, check_mode):
    result = run_module(module, octo, check_mode)
    assert result["changed"] is False
    assert logins(result) == ALL
    assert result["organizations"][4] == {"id": 101, "login": "octo-org"}
    assert result["installation_id"] == 2301
    assert result["permissions"]["enterprise_organization_installations"] == "write"
    assert (result["api_url"], result["server_url"]) == (octo["api_url"], octo["api_url"].partition("/api/")[0])
    assert requests_made() == [
        f"GET {BASE}/installation",
        "POST /app/installations/2301/access_tokens",
        f"GET {BASE}/apps/installable_organizations",
        "DELETE /installation/token",
    ]


@pytest.mark.parametrize("standin", ["3.19", "3.20"], indirect=True)
def test_servers_that_need_the_id(run_module, octo, requests_made, monkeypatch):
    monkeypatch.setenv("GITHUB_APP_INSTALLATION_ID", "2001")
    assert logins(run_module(module, {**octo, "installation_id": 2301})) == ALL
    assert requests_made()[0] == "GET /app/installations/2301"
    result = run_module(module, octo)
    assert result["failed"]
    assert result["cause"] == "unsupported"
    assert "Set installation_id to the ID of the installation on the enterprise." in result["msg"]
    assert requests_made() == []


@pytest.mark.parametrize("standin", ["2.20", "3.18"], indirect=True)
def test_old_servers(run_module, octo, requests_made):
    result = run_module(module, {**octo, "installation_id": 2301})
    assert result["failed"]
    assert "3.19 is the first release that supports it" in result["msg"]
    assert requests_made() == []


@pytest.mark.parametrize("read_concurrency", [1, 10])
def test_repositories_and_installations(run_module, octo, requests_made, read_concurrency):
    params = {**octo, "include": ["repositories", "installations"], "read_concurrency": read_concurrency}
    organizations = {item["login"]: item for item in run_module(module, params)["organizations"]}
    assert list(organizations) == ALL
    assert organizations["octo-org"]["repositories"][0] == {
        "id": 5001,
        "name": "hello-world",
        "full_name": "octo-org/hello-world",
    }
    assert len(organizations["big-org"]["repositories"]) == 250
    assert [item["app_slug"] for item in organizations["octo-org"]["installations"]] == ["hubops-demo", "other-app"]
    assert organizations["empty-org"]["installations"] == []
    assert len(requests_made()) == 4 + 6 + 6 + 2  # big-org has three pages of repositories


@pytest.mark.parametrize(
    "include, keys",
    [
        ([], {"id", "login"}),
        (["installations"], {"id", "login", "installations"}),
        ("repositories", {"id", "login", "repositories"}),
    ],
)
def test_only_what_is_included_is_read(run_module, octo, include, keys):
    (organization,) = run_module(module, {**octo, "include": include, "organizations": "acme"})["organizations"]
    assert set(organization) == keys


@pytest.mark.parametrize(
    "organizations, expected",
    [
        (["Octo-Org"], ["octo-org"]),
        (["octo-org", "acme", "octo-org"], ["acme", "octo-org"]),
        (["*E*-org", "acme"], ["acme", "empty-org", "limited-org", "suspended-org"]),
        (["no-such-*"], []),
        ([], []),
        (None, ALL),
    ],
)
def test_some_organizations(run_module, octo, organizations, expected):
    assert logins(run_module(module, {**octo, "organizations": organizations})) == expected


@pytest.mark.parametrize(
    "params, cause, says",
    [
        (
            {"organizations": ["octo-org", "outside-org"]},
            "missing",
            "organizations: outside-org does not belong to the",
        ),
        ({"organizations": ["outside-org", "x", "*"]}, "missing", "organizations: outside-org, x do not belong to the"),
        ({"enterprise": "no-such-enterprise"}, "missing", "not installed on the enterprise no-such-enterprise"),
        ({"enterprise": "octo/enterprise"}, "option", "enterprise 'octo/enterprise' is not a valid slug"),
        ({"installation_id": 2001}, "missing", "has no installation 2001"),
        ({"read_concurrency": 11}, "option", "read_concurrency must be between 1 and 10"),
    ],
)
def test_bad_input(run_module, octo, params, cause, says):
    result = run_module(module, {**octo, **params})
    assert result["failed"]
    assert result["changed"] is False
    assert result["cause"] == cause
    assert says in result["msg"]


@pytest.mark.parametrize("params, says", [({"enterprise": ""}, "enterprise"), ({"include": ["apps"]}, "include")])
def test_input_that_the_argument_spec_refuses(run_module, octo, requests_made, params, says):
    result = run_module(module, {**octo, **params})
    assert result["failed"]
    assert says in result["msg"]
    assert requests_made() == []


@pytest.mark.parametrize("app", ["options", "oauth"])
def test_other_apps_and_credentials(run_module, request, app):
    options = {name: value for name, value in request.getfixturevalue(app).items() if not name.startswith("client_")}
    options.pop("access_token", None)
    token = {"token": "standin-pat-classic-admin"}
    result = run_module(module, {**options, **token, "enterprise": "octo-enterprise"})
    assert result["failed"]
    says = "is not installed on the enterprise" if app == "options" else "requires the app's own credentials"
    assert says in result["msg"]


@pytest.mark.parametrize("include", ["", "installations", "repositories"])
def test_a_missing_permission(run_module, octo, standin, requests_made, include):
    standin.state.installations[2301].permissions = {"enterprise_organization_installation_repositories": "write"}
    result = run_module(module, {**octo, "include": include})
    assert result["failed"]
    assert result["cause"] == "forbidden"
    assert "was not granted enterprise_organization_installations: read" in result["msg"]
    assert requests_made() == [f"GET {BASE}/installation"]


def test_the_token_is_revoked_if_the_task_fails(run_module, octo, standin):
    assert run_module(module, {**octo, "organizations": ["outside-org"]})["failed"]
    assert standin.log[-1]["path"] == "/installation/token"
    assert not standin.state.installation_tokens
