# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many installations and repositories, and unusual responses from old or rare servers."""

from __future__ import annotations

import pytest

from ansible_collections.hubops.github_apps.plugins.modules import (
    github_app_installation,
    github_app_installation_info,
    github_installation_repo,
    github_installation_repo_info,
    github_installation_token,
)
from github_standin import StandIn


@pytest.fixture(scope="module")
def large():
    """250 installations, one of which can access 2,500 repositories."""
    seed = {
        "accounts": [{"login": "owner"}, *({"login": f"org-{number}"} for number in range(250))],
        "apps": [{"slug": "large", "id": 7, "owner": "owner", "permissions": {"metadata": "read"}}],
        "repositories": [{"owner": "org-0", "prefix": "r-", "count": 2500}],
        "installations": [
            {"app": "large", "account": f"org-{number}", "repository_selection": "all"} for number in range(250)
        ],
    }
    with StandIn("3.19", seed=seed) as server:
        yield server


@pytest.fixture()
def of_large(large):
    large.clear_log()
    return {
        "api_url": large.api_url,
        "server_version": "3.19",
        "app_id": "7",
        "private_key": large.private_key("large"),
    }


@pytest.mark.parametrize("check_mode", [True, False])
def test_all_pages_of_installations(run_module, of_large, large, check_mode):
    result = run_module(github_app_installation_info, of_large, check_mode)
    assert result["changed"] is False
    assert sorted(item["account"]["login"] for item in result["installations"]) == sorted(
        f"org-{n}" for n in range(250)
    )
    assert [entry["query"].get("page", "1") for entry in large.log].count("1") == 2
    assert len(large.log) == 4


def test_all_pages_of_repositories(run_module, of_large, large):
    result = run_module(github_installation_repo_info, {**of_large, "organization": "org-0"})
    assert result["changed"] is False
    assert len({item["id"] for item in result["repositories"]}) == 2500
    assert len(large.log) == 1 + 1 + 25
    assert large.connections <= 5


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_pattern_reads_all_pages_once(run_module, of_large, large, check_mode):
    params = {**of_large, "organization": "org-0", "repositories": ["r-1???", "r-00[1-9]"], "exclude": ["r-1[1-9]??"]}
    result = run_module(github_installation_token, params, check_mode)
    assert len(result["repositories"]) == 100 + 9
    assert [entry["route"] for entry in large.log].count("/installation/repositories") == 25
    assert large.connections <= 5


def test_repositories_of_all_installations(run_module, of_large, large):
    result = run_module(github_app_installation_info, {**of_large, "include": ["repositories"]})
    numbers = {item["account"]["login"]: item["repository_count"] for item in result["installations"]}
    assert numbers == {"org-0": 2500, **{f"org-{number}": 0 for number in range(1, 250)}}
    tokens = sum(entry["path"].endswith("/access_tokens") for entry in large.log)
    pages = sum(entry["path"].endswith("/installation/repositories") for entry in large.log)
    assert (tokens, pages, len(large.log)) == (250, 25 + 249, 3 + 1 + 250 + 25 + 249)
    large.clear_log()
    counted = run_module(github_app_installation_info, {**of_large, "include": ["repository_count"]})
    assert {item["account"]["login"]: item["repository_count"] for item in counted["installations"]} == numbers
    assert len(large.log) == 3 + 1 + 250 + 250


@pytest.fixture()
def quirk(standin):
    def give(*names):
        standin.state.installations[2001].quirks = set(names)

    return give


def test_a_mint_answer_with_only_token_and_expiry(run_module, options, quirk):
    quirk("bare_tokens")
    result = run_module(github_installation_token, {**options, "organization": "octo-org"})
    assert result["token"]
    assert result["expires_at"]
    assert result["permissions"] is result["repositories"] is result["repository_selection"] is None


@pytest.mark.parametrize("name", ["no_target", "no_account"])
def test_an_installation_that_lacks_what_others_have(run_module, options, quirk, name):
    quirk(name)
    by_id = {**options, "installation_id": 2001}
    assert run_module(github_app_installation, by_id)["installation"]["id"] == 2001
    suspend = run_module(github_app_installation, {**by_id, "suspended": True}, check_mode=True)
    assert suspend["changed"] is True
    assert suspend["diff"]["before"]["account"]
    listed = run_module(github_app_installation_info, options)["installations"]
    assert 2001 in [item["id"] for item in listed]
    assert all(item["permission_drift"] == {} for item in listed[:1])
    assert run_module(github_installation_token, by_id)["token"]
    assert run_module(github_installation_repo_info, by_id)["repositories"]
    missing = run_module(github_app_installation, {**options, "organization": "empty-org"})
    assert missing["failed"]
    assert "/installations/new" in missing["msg"]


def test_repositories_of_an_installation_without_target(run_module, options, quirk):
    quirk("no_target")
    params = {**options, "organization": "octo-org", "token": "standin-pat-classic-admin", "repositories": ["linguist"]}
    assert run_module(github_installation_repo, params)["added"] == ["octo-org/linguist"]
    assert run_module(github_installation_repo, {**params, "repositories": ["w*"]})["added"] == ["octo-org/website"]


@pytest.mark.parametrize("standin", ["2.22"], indirect=True)
def test_a_2_22_that_cannot_suspend_is_said_so(run_module, options, monkeypatch, standin):
    from ansible_collections.hubops.github_apps.plugins.module_utils._github import endpoints

    row = endpoints.ENDPOINTS["apps/suspend-installation"]
    elsewhere = row.__class__(row.method, row.path.replace("suspended", "nothing"), row.auth, row.success, row.first)
    monkeypatch.setitem(endpoints.ENDPOINTS, "apps/suspend-installation", elsewhere)
    result = run_module(github_app_installation, {**options, "organization": "octo-org", "suspended": True})
    assert result["failed"]
    assert "2.22 does not support suspending" in result["msg"]
    assert "Release 3.0 is the first release that is known to support it" in result["msg"]
