# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest

from ansible_collections.hubops.github_apps.plugins.modules import github_oauth_authorization as module
from ansible_collections.hubops.github_apps.plugins.modules import github_oauth_authorization_info as info
from ansible_collections.hubops.github_apps.plugins.modules import github_oauth_grant as grant
from github_standin import Fault
from github_standin.state import Client

SERVERS = pytest.mark.parametrize("standin", ["2.19", "2.20", "3.4", "3.22"], indirect=True)


@pytest.fixture()
def login(options):
    server = {name: options[name] for name in ("api_url", "server_version", "retries")}
    return {**server, "username": "octocat", "password": "standin-octocat-password"}


@pytest.fixture()
def wanted(login):
    application = {"client_id": "standin-oauth-client", "client_secret": "standin-oauth-secret"}
    return {**login, **application, "fingerprint": "deploy", "scopes": ["repo"], "note": "deployments"}


@SERVERS
def test_an_authorization_is_made_changed_and_deleted(run_module, wanted, writes):
    foreseen = run_module(module, wanted, check_mode=True)
    assert foreseen["changed"] is True
    assert writes() == []
    made = run_module(module, wanted)
    assert made["changed"] is True
    assert made["token"]
    assert made["diff"] == foreseen["diff"]
    assert made["authorization"]["scopes"] == ["repo"]
    assert "token" not in made["authorization"]
    assert len(writes()) == 1
    again = run_module(module, wanted)
    assert again["changed"] is False
    assert "token" not in again
    assert writes() == []

    change = {**wanted, "scopes": ["repo", "user"], "note": "more"}
    foreseen = run_module(module, change, check_mode=True)
    assert foreseen["changed"] is True
    assert writes() == []
    changed = run_module(module, change)
    assert changed["changed"] is True
    assert changed["diff"] == foreseen["diff"]
    assert "token" not in changed
    assert sorted(changed["authorization"]["scopes"]) == ["repo", "user"]
    assert changed["authorization"]["note"] == "more"
    writes()
    assert run_module(module, {**change, "scopes": ["user", "repo"]})["changed"] is False
    assert writes() == []

    absent = {**wanted, "state": "absent"}
    assert run_module(module, absent, check_mode=True)["changed"] is True
    assert writes() == []
    assert run_module(module, absent)["changed"] is True
    assert len(writes()) == 1
    assert run_module(module, absent)["changed"] is False
    assert writes() == []


@pytest.mark.parametrize("standin", ["2.20"], indirect=True)
def test_the_client_secret_may_stand_in_a_file(run_module, wanted, tmp_path):
    (tmp_path / "secret").write_text(wanted.pop("client_secret"))
    wanted["client_secret_path"] = str(tmp_path / "secret")
    assert run_module(module, wanted)["token"]
    assert run_module(module, wanted)["changed"] is False


@SERVERS
def test_a_token_of_the_users_own_is_told_apart_by_its_note(run_module, login, tmp_path):
    params = {**login, "note": "backup", "scopes": ["repo"], "dest": str(tmp_path / "token.json")}
    made = run_module(module, params)
    assert json.loads((tmp_path / "token.json").read_text())["token"] == made["token"]
    assert run_module(module, params)["changed"] is False
    by_id = {**login, "authorization_id": made["authorization"]["id"]}
    assert run_module(module, {**by_id, "scopes": ["user"]})["changed"] is True
    assert run_module(module, {**by_id, "state": "absent"})["changed"] is True
    assert run_module(module, {**by_id, "state": "absent"})["changed"] is False
    assert run_module(module, by_id)["failed"]


@SERVERS
def test_authorizations_and_grants_are_listed(run_module, login, writes):
    listed = run_module(info, login)
    assert listed["changed"] is False
    assert listed["authorizations"]
    assert listed["grants"]
    assert writes() == []
    assert all("token" not in item and "hashed_token" not in item for item in listed["authorizations"])
    one = run_module(info, {**login, "authorization_id": listed["authorizations"][0]["id"]})
    assert one["authorizations"] == listed["authorizations"][:1]
    assert one["grants"] == []
    one = run_module(info, {**login, "grant_id": listed["grants"][0]["id"]}, check_mode=True)
    assert one["grants"] == listed["grants"][:1]
    assert one["authorizations"] == []
    assert run_module(info, {**login, "grant_id": 99})["grants"] == []
    assert run_module(info, {**login, "client_id": "no-such-client"})["grants"] == []


@SERVERS
def test_only_the_grants_and_authorizations_of_an_application_are_listed(run_module, login, standin):
    other = Client("another-client", "another-secret", "Another app", "https://example.com")
    standin.state.clients[other.client_id] = other
    run_module(module, {**login, "client_id": other.client_id, "client_secret": other.client_secret})
    assert len(run_module(info, login)["grants"]) == 2
    listed = run_module(info, {**login, "client_id": "standin-oauth-client"})
    for items in (listed["grants"], listed["authorizations"]):
        assert {item["app"]["client_id"] for item in items} == {"standin-oauth-client"}


@SERVERS
def test_a_note_does_not_select_the_authorization_of_an_application(run_module, login, wanted, writes):
    assert run_module(module, wanted)["changed"]
    assert run_module(module, {**login, "note": wanted["note"], "state": "absent"})["changed"] is False


@pytest.mark.parametrize("standin", ["2.20", "3.4"], indirect=True)
@pytest.mark.parametrize("content", ["precious data", '{"token": "another"}', '{"token": "t", "identity": {}}'])
@pytest.mark.parametrize("check_mode", [False, True])
def test_a_file_with_something_else_is_kept(run_module, authorization, writes, tmp_path, content, check_mode):
    dest = tmp_path / "token.json"
    dest.write_text(content)
    params = {**authorization, "fingerprint": "new", "dest": str(dest)}
    result = run_module(module, params, check_mode=check_mode)
    assert result["failed"]
    assert "path" in result["msg"]
    assert dest.read_text() == content
    assert writes() == []


@pytest.mark.parametrize("standin", ["2.20"], indirect=True)
def test_the_file_of_a_deleted_authorization_is_replaced(run_module, authorization, tmp_path, monkeypatch):
    warnings = []
    monkeypatch.setattr("ansible.module_utils.basic.AnsibleModule.warn", lambda self, text: warnings.append(text))
    dest = tmp_path / "token.json"
    params = {**authorization, "fingerprint": "new", "dest": str(dest)}
    first = run_module(module, params)["token"]
    assert run_module(module, {**params, "state": "absent"})["changed"]
    again = run_module(module, params)["token"]
    assert first != again == json.loads(dest.read_text())["token"]
    assert not run_module(module, params)["changed"]
    assert warnings == []
    dest.unlink()
    assert not run_module(module, params)["changed"]
    assert "shows its token only once" in warnings[0]


@SERVERS
def test_a_grant_is_deleted_by_its_id(run_module, login, writes):
    number = run_module(info, login)["grants"][0]["id"]
    params = {**login, "grant_id": number}
    assert run_module(grant, {**params, "state": "present"})["changed"] is False
    foreseen = run_module(grant, params, check_mode=True)
    assert foreseen["changed"] is True
    assert writes() == []
    done = run_module(grant, params)
    assert done["changed"] is True
    assert done["diff"] == foreseen["diff"]
    assert writes() == [f"DELETE /applications/grants/{number}"]
    assert run_module(grant, params)["changed"] is False
    assert run_module(grant, {**params, "state": "present"})["failed"]


def test_github_com_does_not_have_it(run_module, wanted, login, requests_made):
    for one, params in ((module, wanted), (info, login), (grant, {**login, "grant_id": 1})):
        result = run_module(one, params)
        assert result["failed"]
        assert "github.com does not support" in result["msg"]
    assert requests_made() == []


@pytest.mark.parametrize("standin", ["3.19"], indirect=True)
def test_two_factor_authentication(run_module, login):
    params = {**login, "username": "monalisa", "password": "standin-monalisa-password"}
    result = run_module(info, params)
    assert result["failed"]
    assert result["cause"] == "one_time_password"
    assert "one_time_password" in result["msg"]
    assert run_module(info, {**params, "one_time_password": "000000"})["changed"] is False


@pytest.mark.parametrize("standin", ["3.19"], indirect=True)
@pytest.mark.parametrize(
    "change, says",
    [
        ({"password": "wrong-password"}, "rejected username and password"),
        ({"password": ""}, "username and password"),
        ({"client_id": "", "note": "", "client_secret": ""}, "No authorization is selected"),
        ({"client_secret": "", "fingerprint": "new"}, "client_secret is required"),
        ({"username": "a:b"}, "username"),
    ],
)
def test_bad_input(run_module, wanted, writes, change, says):
    result = run_module(module, {**wanted, **change})
    assert result["failed"]
    assert says in result["msg"]
    assert writes() == []
    assert "wrong-password" not in str(result)


@pytest.mark.parametrize("standin", ["3.19"], indirect=True)
def test_the_environment_has_variables_for_the_login(run_module, login, monkeypatch):
    monkeypatch.setenv("GITHUB_USERNAME", login.pop("username"))
    monkeypatch.setenv("GITHUB_PASSWORD", login.pop("password"))
    assert run_module(info, login)["changed"] is False


@pytest.fixture()
def authorization(oauth):
    """Return parameters that create an authorization and store its token in `dest`."""
    login = {"username": "octocat", "password": "standin-octocat-password", "scopes": ["repo"]}
    return {**{name: value for name, value in oauth.items() if name != "access_token"}, **login}


@pytest.mark.parametrize("standin", ["2.20"], indirect=True)
@pytest.mark.parametrize("dest, says", [(".", "is a directory"), ("token.json", "No space left on device")])
def test_a_place_that_cannot_be_written(run_module, authorization, writes, tmp_path, monkeypatch, dest, says):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    params = {**authorization, "fingerprint": "new", "dest": str(tmp_path / dest)}
    result = run_module(module, params)
    assert result["failed"]
    assert says in result["msg"]
    assert list(tmp_path.iterdir()) == []
    assert writes() == []


@pytest.mark.parametrize("standin", ["2.20"], indirect=True)
def test_an_authorization_without_a_fingerprint(run_module, authorization, writes, standin):
    standin.inject(Fault(method="GET", path="/authorizations$", status=200, body=[]))
    assert not run_module(module, authorization).get("failed")
    assert writes() == ["PUT /authorizations/clients/standin-oauth-client"]
