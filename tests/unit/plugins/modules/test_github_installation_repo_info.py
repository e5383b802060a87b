# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.hubops.github_apps.plugins.modules import github_installation_repo_info as module

EVERY_SERVER = pytest.mark.parametrize("standin", ["2.19", "2.20", "3.0", "3.19", "cloud"], indirect=True)


@EVERY_SERVER
@pytest.mark.parametrize("check_mode", [True, False])
def test_repositories_by_the_apps_key(run_module, options, writes, check_mode):
    result = run_module(module, {**options, "organization": "octo-org"}, check_mode)
    assert result["changed"] is False
    assert result["installation_id"] == 2001
    assert [item["name"] for item in result["repositories"]] == ["hello-world", "spoon-knife"]
    assert result["repository_selection"] == "selected"
    assert writes() == []


@pytest.mark.parametrize("standin, is_returned", [("2.19", False), ("cloud", True)], indirect=["standin"])
def test_keys_that_the_server_does_not_return_are_omitted(run_module, options, is_returned):
    (repository, *_others) = run_module(module, {**options, "organization": "octo-org"})["repositories"]
    assert ("visibility" in repository) is is_returned


@pytest.mark.parametrize("standin", ["2.19", "cloud"], indirect=True)
def test_all_pages(run_module, options, requests_made):
    result = run_module(module, {**options, "installation_id": 2004})
    assert len(result["repositories"]) == 120
    assert requests_made().count("GET /installation/repositories") == 2


def test_an_installation_on_all_repositories(run_module, options):
    result = run_module(module, {**options, "organization": "acme"})
    assert len(result["repositories"]) == 3
    assert result["repository_selection"] == "all"


@EVERY_SERVER
def test_repositories_by_a_users_token(run_module, options, standin):
    params = {name: options[name] for name in ("api_url", "server_version", "retries")}
    params = {**params, "token": "standin-user-access-admin", "installation_id": 2001}
    assert len(run_module(module, params)["repositories"]) == 2
    assert [entry["auth"] for entry in standin.log] == ["user_access_token"]
    result = run_module(module, {**params, "installation_id": "", "organization": "octo-org"})
    assert result["failed"]
    assert "or use installation_id instead" in result["msg"]


@pytest.mark.parametrize(
    "standin, asked",
    [("2.20", True), ("2.22", True), ("3.2", True), ("3.3", False), ("cloud", False)],
    indirect=["standin"],
)
def test_topics_are_asked_for_where_they_are_a_preview(run_module, options, standin, asked):
    run_module(module, {**options, "installation_id": 2001})
    assert ("mercy-preview" in standin.log[-1]["accept"]) is asked


@pytest.mark.parametrize("standin", ["3.19", "cloud"], indirect=True)
def test_an_installation_on_an_enterprise_has_no_repositories(run_module, installer):
    result = run_module(module, {**installer, "installation_id": 2301})
    assert result["failed"]
    assert "Installation 2301 has no access to repositories, because it is" in result["msg"]
    assert "enterprise" in run_module(module, {**installer, "enterprise": "octo-enterprise"})["msg"]
