# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.apps import permission_drift, urls_of
from ansible_collections.hubops.github_apps.plugins.modules import github_app_info as module

EVERY_SERVER = pytest.mark.parametrize("standin", ["2.19", "2.20", "3.19", "cloud"], indirect=True)


@EVERY_SERVER
@pytest.mark.parametrize("check_mode", [True, False])
def test_the_app_itself(run_module, options, requests_made, check_mode):
    result = run_module(module, options, check_mode)
    assert result["changed"] is False
    assert result["app"]["id"] == 1001
    assert result["installations_count"] == 6
    assert result["urls"]["install"].endswith("/installations/new")
    assert "/organizations/octo-org/settings/apps/" in result["urls"]["settings"]
    assert set(requests_made()) <= {"GET /app", "GET /app/installations"}


@EVERY_SERVER
@pytest.mark.parametrize("credentials", ["key", "token", "none"])
def test_an_app_by_its_slug(run_module, options, standin, credentials):
    params = {name: options[name] for name in ("api_url", "server_version", "retries")}
    params = {"key": options, "token": {**params, "token": "standin-pat-classic-admin"}, "none": params}[credentials]
    result = run_module(module, {**params, "slug": "other-app"})
    assert result["changed"] is False
    assert result["app"]["id"] == 1002
    assert [entry["auth"] for entry in standin.log] == ["pat_classic" if credentials == "token" else "none"]


def test_an_app_that_nobody_knows(run_module, options):
    result = run_module(module, {**options, "slug": "no-such-app"})
    assert result["failed"]
    assert "app no-such-app does not exist" in result["msg"]
    assert "Set token" in result["msg"]


@pytest.mark.parametrize("slug", ["../app", "a/b", "a b", "-a"])
def test_what_is_no_slug_is_refused(run_module, options, requests_made, slug):
    result = run_module(module, {**options, "slug": slug})
    assert result["failed"]
    assert "slug" in result["msg"]
    assert requests_made() == []


@pytest.mark.parametrize(
    "owner, settings",
    [
        ({"login": "octo-org", "type": "Organization"}, "https://h/organizations/octo-org/settings/apps/a"),
        ({"login": "octocat", "type": "User"}, "https://h/settings/apps/a"),
        ({"slug": "octo-enterprise", "name": "Octo"}, "https://h/enterprises/octo-enterprise/settings/apps/a"),
        (None, "https://h/settings/apps/a"),
    ],
)
def test_where_an_app_is_managed_depends_on_its_owner(owner, settings):
    urls = urls_of({"slug": "a", "html_url": "https://h/apps/a", "owner": owner})
    assert urls["settings"] == settings
    assert urls["permissions"] == f"{settings}/permissions"


def test_an_app_of_which_little_is_known_has_no_invented_urls():
    assert urls_of({"id": 1}) == {"public": None, "install": None, "settings": None, "permissions": None}


def test_drift_is_what_the_app_asks_for_beyond_what_was_accepted():
    app = {"permissions": {"contents": "write", "issues": "read", "metadata": "read", "organization_hooks": "read"}}
    granted = {"contents": "read", "issues": "write", "metadata": "read"}
    drift = permission_drift(app, {"permissions": granted, "target_type": "Organization"})
    assert drift == {
        "contents": {"app": "write", "installation": "read"},
        "organization_hooks": {"app": "read", "installation": None},
    }
    assert set(permission_drift(app, {"permissions": granted, "target_type": "User"})) == {"contents"}


def test_a_server_that_does_not_count_the_installations(run_module, options, monkeypatch):
    genuine = Client.get

    def get(self, operation, *keys, **path):
        answer = genuine(self, operation, *keys, **path)
        return {name: value for name, value in answer.items() if name != "installations_count"}

    monkeypatch.setattr(Client, "get", get)
    assert run_module(module, options)["installations_count"] == 6
