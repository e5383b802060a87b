# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.hubops.github_apps.plugins.modules import github_app_installation_info as module

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
        ({"organization": "acme", "user": "octocat"}, "exactly one"),
        ({"organization": "acme", "since": "2020-01-01T00:00:00Z"}, "cannot be used with organization"),
    ],
)
def test_bad_input(run_module, options, params, says):
    result = run_module(module, {**options, **params})
    assert result["failed"]
    assert says in result["msg"]


def test_the_environment_does_not_reduce_the_list(run_module, options, monkeypatch):
    monkeypatch.setenv("GITHUB_APP_INSTALLATION_ID", "2002")
    assert len(ids(run_module(module, options))) == 6
