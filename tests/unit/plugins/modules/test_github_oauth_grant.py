# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.hubops.github_apps.plugins.modules import github_oauth_grant as module
from github_standin import Fault

TOKEN = "standin-oauth-octocat-one"
EVERY_SERVER = pytest.mark.parametrize("standin", ["2.19", "2.20", "3.19", "cloud"], indirect=True)


@EVERY_SERVER
def test_a_grant_is_revoked_with_all_its_tokens(run_module, oauth, writes):
    foreseen = run_module(module, oauth, check_mode=True)
    assert foreseen["changed"] is True
    assert writes() == []
    done = run_module(module, oauth)
    assert done["changed"] is True
    assert done["diff"] == foreseen["diff"]
    assert done["grant"]["user"] == "octocat"
    assert "repo" in done["grant"]["scopes"]
    assert len(writes()) == 1
    assert run_module(module, oauth)["changed"] is False
    assert writes() == []
    assert run_module(module, {**oauth, "access_token": "standin-oauth-octocat-two"})["changed"] is False
    assert (
        run_module(module, {**oauth, "access_token": "standin-oauth-monalisa", "state": "present"})["changed"] is False
    )


@EVERY_SERVER
def test_present_asserts_the_grant(run_module, oauth, writes):
    there = run_module(module, {**oauth, "state": "present"})
    assert there["changed"] is False
    assert there["grant"]["user"] == "octocat"
    gone = run_module(module, {**oauth, "state": "present", "access_token": "no-such-token"})
    assert gone["failed"]
    assert "Only the user can create it" in gone["msg"]
    assert writes() == []


@EVERY_SERVER
def test_secrets_are_in_no_result(run_module, oauth):
    for params in (oauth, oauth, {**oauth, "client_secret": "wrong-secret"}, {**oauth, "state": "present"}):
        result = str(run_module(module, params))
        assert TOKEN not in result
        assert "standin-oauth-secret" not in result
        assert "wrong-secret" not in result


@pytest.mark.parametrize("standin", ["2.19"], indirect=True)
def test_old_servers_get_the_old_paths(run_module, oauth, standin):
    run_module(module, oauth)
    assert [(entry["method"], entry["route"].replace("/api/v3", "")) for entry in standin.log] == [
        ("GET", "/applications/{client_id}/tokens/{access_token}"),
        ("DELETE", "/applications/{client_id}/grants/{access_token}"),
    ]


@EVERY_SERVER
def test_a_wrong_secret_is_no_absence(run_module, oauth):
    result = run_module(module, {**oauth, "client_secret": "wrong-secret"})
    assert result["failed"]
    assert result["status"] == 401


@pytest.mark.parametrize("option", ["client_id", "client_secret"])
def test_missing_credentials_are_named(run_module, oauth, requests_made, option):
    result = run_module(module, {**oauth, option: ""})
    assert result["failed"]
    assert "GITHUB_OAUTH_CLIENT_SECRET" in result["msg"]
    assert requests_made() == []


def test_the_environment_has_variables_of_its_own(run_module, oauth, monkeypatch):
    monkeypatch.setenv("GITHUB_OAUTH_CLIENT_ID", oauth.pop("client_id"))
    monkeypatch.setenv("GITHUB_OAUTH_CLIENT_SECRET", oauth.pop("client_secret"))
    monkeypatch.setenv("GITHUB_APP_CLIENT_ID", "Iv1.another")
    assert run_module(module, oauth)["changed"] is True


@pytest.mark.parametrize("from_environment", [False, True])
def test_the_client_secret_may_stand_in_a_file(run_module, oauth, monkeypatch, tmp_path, from_environment):
    (tmp_path / "secret").write_text(oauth.pop("client_secret") + "\n")
    if from_environment:
        monkeypatch.setenv("GITHUB_OAUTH_CLIENT_SECRET_PATH", str(tmp_path / "secret"))
    else:
        oauth["client_secret_path"] = str(tmp_path / "secret")
    assert run_module(module, oauth)["changed"] is True


def test_a_secret_from_a_file_is_censored_where_the_server_says_it(run_module, oauth, standin, tmp_path):
    secret = oauth.pop("client_secret")
    (tmp_path / "secret").write_text(secret)
    standin.inject(Fault(status=422, body={"message": f"Who is {secret}?"}))
    result = run_module(module, {**oauth, "client_secret_path": str(tmp_path / "secret")})
    assert result["failed"]
    assert "Who is *" in result["msg"]
    assert secret not in str(result)


def test_the_access_token_is_required(run_module, oauth, monkeypatch, requests_made):
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    result = run_module(module, {**oauth, "access_token": ""})
    assert result["failed"]
    assert "access_token" in result["msg"]
    assert requests_made() == []


def test_a_grant_that_may_not_be_deleted(run_module, oauth, standin):
    standin.inject(Fault(method="DELETE", status=403, body={"message": "Forbidden"}))
    result = run_module(module, oauth)
    assert result["failed"]
    assert result["changed"] is False
    assert result["cause"] == "forbidden"
