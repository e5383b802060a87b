# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.hubops.github_apps.plugins.module_utils._resources.apps import review_url
from ansible_collections.hubops.github_apps.plugins.modules import github_app_installation_request_info as module

NEWER_SERVER = pytest.mark.parametrize("standin", ["3.8", "3.19", "cloud"], indirect=True)


@NEWER_SERVER
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_pending_request(run_module, options, standin, requests_made, check_mode):
    result = run_module(module, options, check_mode)
    assert result["changed"] is False
    (request,) = result["requests"]
    assert (request["id"], request["account"]["login"], request["requester"]["login"]) == (
        2901,
        "empty-org",
        "monalisa",
    )
    assert request["created_at"]
    assert request["review_url"] == f"{standin.url}/organizations/empty-org/settings/installations"
    assert (result["api_url"], result["server_url"]) == (options["api_url"], standin.url)
    assert requests_made() == ["GET /app/installation-requests"]


def test_the_oldest_request_comes_first(run_module, options, standin):
    first = standin.state.installation_requests[2901]
    for number, created_at in ((2902, "2023-01-01T00:00:00Z"), (2903, "2999-01-01T00:00:00Z")):
        copy = type(first)(**{**vars(first), "id": number, "created_at": created_at})
        standin.state.installation_requests[number] = copy
    assert [request["id"] for request in run_module(module, options)["requests"]] == [2902, 2901, 2903]


def test_no_requests(run_module, options, standin):
    standin.state.installation_requests.clear()
    assert run_module(module, options)["requests"] == []


@pytest.mark.parametrize("standin", ["2.20", "3.7"], indirect=True)
def test_older_servers(run_module, options, requests_made):
    result = run_module(module, options)
    assert result["failed"]
    assert result["cause"] == "unsupported"
    assert "3.8 is the first release that supports it" in result["msg"]
    assert requests_made() == []


@pytest.mark.parametrize(
    "account, path",
    [
        ({"login": "octo-org"}, "organizations/octo-org"),
        ({"slug": "octo-enterprise"}, "enterprises/octo-enterprise"),
        ({"login": "../a?b"}, "organizations/..%2Fa%3Fb"),
    ],
)
def test_the_page_of_the_requests(account, path):
    assert review_url("https://github.com", account) == f"https://github.com/{path}/settings/installations"
