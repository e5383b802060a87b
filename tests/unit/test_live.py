# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The comparison with a real server, which is not part of the collection's tarball, finds exactly the differences."""

from __future__ import annotations

import json

import pytest
from planted_secrets import planted
from repository_tools import load_tool
from scenarios import secret_lines

from github_standin.service import json_response
from github_standin.unverified import table

ADMIN = {"token": "standin-pat-classic-admin"}


@pytest.fixture(scope="module")
def live():
    return load_tool("live")


@pytest.fixture()
def alter(standin, monkeypatch):
    """Return a function that changes the responses of one path: their JSON, status and headers."""

    def set_up(path, change, status=None, headers=None, without=()):
        genuine = standin.service.answer

        def answer(request, raw_body):
            response = genuine(request, raw_body)
            if not request.url.path.endswith(path) or response.status_code >= 400:
                return response
            body = json.loads(response.body)
            changed = json_response(change(body) or body, status or response.status_code)
            kept = {name: value for name, value in response.headers.items() if name not in without}
            changed.headers.update({**kept, **(headers or {}), "content-length": changed.headers["content-length"]})
            return changed

        monkeypatch.setattr(standin.service, "answer", answer)

    return set_up


@pytest.mark.parametrize("standin", ["2.20", "3.9", "3.19", "cloud"], indirect=True)
@pytest.mark.parametrize("params", [{}, ADMIN])
def test_the_stand_in_server_does_not_differ_from_itself(live, options, params):
    report, differences = live.compare_servers({**options, **params})
    assert differences == []
    assert "- none\n" in report
    assert ("GITHUB_TOKEN is not set" in report) is (not params)


def test_a_token_is_compared_with_one_of_the_same_kind(live, options, standin):
    tokens, token = standin.state.user_tokens, planted("fine-grained personal access token", 1)
    tokens[token] = tokens["standin-pat-fine-grained"]
    assert live.compare_servers({**options, "token": token})[1] == []


def test_only_reading_requests_are_sent_and_the_token_is_revoked(live, options, standin, writes):
    live.compare_servers({**options, **ADMIN})
    assert writes() == ["DELETE /installation/token"]
    assert not standin.state.installation_tokens


def test_each_difference_is_found(live, options, alter):
    def change(app):
        app["id"] = str(app["id"])
        del app["events"]
        app["new_field"] = {"inner": 1}
        app["owner"]["login"] = None
        app["permissions"]["a_new_permission"] = "read"

    alter("/app", change, headers={"X-OAuth-Scopes": "repo"})
    alter("/app/installations", lambda listed: [{**listed[0], "account": {"login": "octo-org", "id": "8"}}])
    alter("/meta", lambda meta: None, status=203)
    alter("/installation/repositories", lambda listed: None, without=("x-ratelimit-used",))
    _report, differences = live.compare_servers(options)
    accounts = [text for text in differences if "only the stand-in server returns the field [].account." in text]
    assert accounts
    assert [text for text in differences if text not in accounts] == [
        "meta/get: the status is 203, and 200 in the stand-in server",
        "apps/get-authenticated: only GitHub returns the header X-OAuth-Scopes",
        "apps/get-authenticated: only the stand-in server returns the field events (list)",
        "apps/get-authenticated: the field id is string, and number in the stand-in server",
        "apps/get-authenticated: only GitHub returns the field new_field (object)",
        "apps/list-installations: the field [].account.id is string, and number in the stand-in server",
        "apps/list-repos-accessible-to-installation: only the stand-in server returns the header X-RateLimit-Used",
    ]


def test_another_cause(live):
    real, standin = (live.Observation(401, cause, frozenset(), {}) for cause in ("unauthorized", "bad_credentials"))
    assert list(live.compare("x", real, standin)) == [
        "x: the cause is 'unauthorized', and 'bad_credentials' in the stand-in server"
    ]


def test_the_report_has_no_secrets_and_no_values(live, options, standin):
    report, _differences = live.compare_servers({**options, **ADMIN})
    values = [*secret_lines(options["private_key"]), ADMIN["token"], "octo-org", "hubops-demo", "2001", standin.url]
    assert [value for value in values if value in report] == []
    assert table() in report


def test_an_app_without_installations(live, options, standin):
    standin.state.installations.clear()
    report, _differences = live.compare_servers(options)
    assert "Not compared: apps/get-installation. The app has no installation or repository for it." in report
