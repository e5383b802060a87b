# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.hubops.github_apps.plugins.modules import github_content_attachment as module

OLD_AND_NEW = pytest.mark.parametrize("standin", ["2.19", "2.22", "3.0", "3.3"], indirect=True)


@pytest.fixture()
def attach(options, standin):
    app = {"app_id": "1003", "private_key": standin.private_key("attach-app")}
    reference = {"content_reference_id": 7001, "title": "Green", "body": "All passed."}
    return {**options, **app, "repository": "acme/anvil", **reference}


@OLD_AND_NEW
def test_an_attachment_is_made(run_module, attach, standin, writes):
    assert run_module(module, attach, check_mode=True)["changed"] is True
    assert writes() == []
    done = run_module(module, attach)
    assert done["changed"] is True
    assert done["attachment"]["title"] == "Green"
    entry = standin.log[-1]
    assert entry["accept"] == "application/vnd.github.corsair-preview+json"
    assert entry["auth"] == "installation_token"
    assert standin.log[-2]["body"] == {"permissions": {"content_references": "write"}}


@pytest.mark.parametrize("standin", ["3.4", "3.19", "cloud"], indirect=True)
def test_newer_servers_do_not_have_it(run_module, attach, requests_made):
    result = run_module(module, attach, check_mode=True)
    assert result["failed"]
    assert "3.3 is the last release that supports it" in result["msg"]
    assert requests_made() == []


@pytest.mark.parametrize("standin", ["3.0"], indirect=True)
def test_newer_servers_need_the_repository(run_module, attach, requests_made):
    result = run_module(module, {**attach, "repository": "", "organization": "acme"})
    assert result["failed"]
    assert "repository is required" in result["msg"]
    assert requests_made() == []


@pytest.mark.parametrize("standin", ["2.22"], indirect=True)
def test_an_unknown_reference(run_module, attach):
    result = run_module(module, {**attach, "content_reference_id": 9})
    assert result["failed"]
    assert result["status"] == 404


@pytest.mark.parametrize("standin", ["3.0"], indirect=True)
def test_an_attachment_needs_the_repository_where_the_release_wants_it(run_module, options):
    attachment = {"content_reference_id": 7001, "title": "t", "body": "b"}
    result = run_module(module, {**options, **attachment, "organization": "acme"})
    assert result["failed"]
    assert result["msg"].startswith("repository is required, because GitHub Enterprise Server 3.0")


@pytest.mark.parametrize("standin", ["3.3"], indirect=True)
def test_a_user_attaches_too(run_module, options, requests_made):
    user = {"api_url": options["api_url"], "server_version": "3.3", "token": "standin-user-access-admin"}
    attachment = {"content_reference_id": 7001, "title": "t", "body": "b", "repository": "acme/anvil"}
    run_module(module, {**user, **attachment})
    assert requests_made() == ["POST /repos/acme/anvil/content_references/7001/attachments"]
