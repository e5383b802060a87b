# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os

import pytest
import requests
from answers import Raw

from ansible_collections.hubops.github_apps.plugins.module_utils._github import transport
from ansible_collections.hubops.github_apps.plugins.modules import github_oauth_token as module
from github_standin import Fault

TOKEN = "standin-oauth-octocat-one"
OTHER = "standin-oauth-octocat-two"
EVERY_SERVER = pytest.mark.parametrize("standin", ["2.19", "2.20", "3.3", "3.19", "cloud"], indirect=True)


@EVERY_SERVER
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_token_is_checked(run_module, oauth, writes, check_mode):
    result = run_module(module, oauth, check_mode)
    assert result["changed"] is False
    assert result["authorization"]["user"]["login"] == "octocat"
    assert "token" not in result
    assert "hashed_token" not in result["authorization"]
    assert TOKEN not in str(result)
    unknown = run_module(module, {**oauth, "access_token": "unknown-token"}, check_mode)
    assert unknown["failed"]
    assert "does not recognize access_token" in unknown["msg"]
    assert writes() == []


@EVERY_SERVER
def test_a_token_is_deleted_and_the_others_stay(run_module, oauth, writes):
    params = {**oauth, "state": "absent"}
    assert run_module(module, params, check_mode=True)["changed"] is True
    assert writes() == []
    done = run_module(module, params)
    assert done["changed"] is True
    assert len(writes()) == 1
    assert TOKEN not in str(done)
    assert run_module(module, params)["changed"] is False
    assert writes() == []
    assert run_module(module, {**oauth, "access_token": OTHER})["changed"] is False


@EVERY_SERVER
def test_a_token_is_reset(run_module, oauth, standin):
    params = {**oauth, "state": "reset"}
    foreseen = run_module(module, params, check_mode=True)
    assert foreseen["changed"] is True
    assert "token" not in foreseen
    done = run_module(module, params)
    assert done["changed"] is True
    assert done["diff"] == foreseen["diff"]
    assert done["token"] not in str(done["diff"])
    assert run_module(module, oauth)["failed"]
    assert run_module(module, {**oauth, "access_token": done["token"]})["changed"] is False
    again = run_module(module, params)
    assert again["failed"]
    assert "was already reset" in again["msg"]


@EVERY_SERVER
def test_a_reset_token_is_kept_in_a_file(run_module, oauth, tmp_path, writes):
    params = {**oauth, "state": "reset", "dest": str(tmp_path / "token.json")}
    done = run_module(module, params)
    assert json.loads((tmp_path / "token.json").read_text())["token"] == done["token"]
    assert os.stat(params["dest"]).st_mode & 0o777 == 0o600
    assert TOKEN not in (tmp_path / "token.json").read_text()
    writes()
    again = run_module(module, params)
    assert again["changed"] is False
    assert again["token"] == done["token"]
    assert [line for line in writes() if "PATCH" in line] == []


def test_a_place_for_the_token_is_made_before_it_is_reset(run_module, oauth, tmp_path):
    result = run_module(module, {**oauth, "state": "reset", "dest": str(tmp_path / "none" / "token.json")})
    assert result["failed"]
    assert result["msg"].startswith("dest")
    assert run_module(module, oauth)["changed"] is False


@pytest.mark.parametrize("fault", [requests.exceptions.ReadTimeout(), (502, b"<html>"), (200, b"{}"), (200, b"<html>")])
def test_a_reset_is_never_repeated_and_a_lost_answer_is_told(run_module, oauth, monkeypatch, fault):
    sent = []
    genuine = transport.requests.Session.request

    def request(self, method, url, **options):
        if method != "PATCH":
            return genuine(self, method, url, **options)
        sent.append(method)
        if isinstance(fault, Exception):
            raise fault
        response = requests.Response()
        response.status_code, response.raw = fault[0], Raw(fault[1])
        return response

    monkeypatch.setattr(transport.requests.Session, "request", request)
    result = run_module(module, {**oauth, "state": "reset", "retries": 3})
    assert result["failed"]
    assert "the old token is no longer valid" in result["msg"]
    assert sent == ["PATCH"]
    assert TOKEN not in str(result)


@pytest.mark.parametrize("standin", ["3.3"], indirect=True)
@pytest.mark.parametrize("state", ["present", "reset", "absent"])
def test_the_token_goes_into_the_path_on_request(run_module, oauth, standin, state):
    run_module(module, {**oauth, "legacy": True, "state": state})
    assert all("{access_token}" in entry["route"] for entry in standin.log)


@pytest.mark.parametrize("standin", ["3.4", "cloud"], indirect=True)
def test_servers_without_these_paths_refuse_the_request(run_module, oauth, requests_made):
    result = run_module(module, {**oauth, "legacy": True})
    assert result["failed"]
    assert "3.3 is the last release" in result["msg"]
    assert requests_made() == []


@pytest.fixture()
def scoped(oauth):
    app = {"client_id": "Iv1.standin-demo", "client_secret": "standin-demo-client-secret"}
    return {**oauth, **app, "access_token": "standin-user-access-admin", "state": "scoped", "target": "octo-org"}


@pytest.mark.parametrize("standin", ["3.0", "3.19", "cloud"], indirect=True)
def test_a_token_is_narrowed(run_module, scoped, tmp_path):
    params = {**scoped, "repositories": ["hello-world"], "permissions": {"contents": "read"}}
    assert run_module(module, params, check_mode=True)["changed"] is True
    first, second = run_module(module, params)["token"], run_module(module, params)["token"]
    assert first != second
    kept = {**params, "dest": str(tmp_path / "token.json")}
    done = run_module(module, kept)
    again = run_module(module, kept)
    assert done["changed"] is True
    assert again["changed"] is False
    assert again["token"] == done["token"]
    other = run_module(module, {**kept, "permissions": {"issues": "read"}})
    assert other["changed"] is True
    assert other["token"] != done["token"]


@pytest.mark.parametrize("standin", ["2.22"], indirect=True)
def test_narrowing_needs_3_0(run_module, scoped, requests_made):
    result = run_module(module, {**scoped, "permissions": {"contents": "read"}})
    assert result["failed"]
    assert "3.0 is the first release" in result["msg"]
    assert requests_made() == []


@pytest.mark.parametrize(
    "change, says",
    [
        ({"repositories": ["hello-*"]}, "repositories cannot contain patterns with state=scoped"),
        ({"target": ""}, "one of target and target_id"),
        ({"target_id": 101}, "one of target and target_id"),
        ({"repositories": ["a"], "repository_ids": [1]}, "Set only one of them"),
        ({"repositories": []}, "repositories is empty"),
        ({"client_secret": ""}, "client_secret"),
    ],
)
def test_invalid_scopes_are_rejected(run_module, scoped, requests_made, change, says):
    result = run_module(module, {**scoped, **change})
    assert result["failed"]
    assert says in result["msg"]
    assert requests_made() == []


def test_a_reset_token_that_cannot_be_kept_is_told(run_module, oauth, tmp_path, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    result = run_module(module, {**oauth, "state": "reset", "dest": str(tmp_path / "token.json")})
    assert result["failed"]
    assert result["changed"] is True
    assert "lost but valid" in result["msg"]
    assert list(tmp_path.iterdir()) == []


def test_a_reset_that_is_refused_leaves_the_token_good(run_module, oauth, standin):
    standin.inject(Fault(method="PATCH", status=422, body={"message": "Validation Failed"}))
    result = run_module(module, {**oauth, "state": "reset"})
    assert result["failed"]
    assert result["changed"] is False
    assert result["cause"] == "invalid"
