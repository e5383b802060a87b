# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import stat
import time

import pytest
import requests
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.jwt import sign_app_jwt
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.scopes import NO_TOKEN
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.tokens import seconds_left
from ansible_collections.hubops.github_apps.plugins.modules import github_installation_token as module
from github_standin import Fault, StandIn

EVERY_SERVER = pytest.mark.parametrize("standin", ["2.20", "3.19", "cloud"], indirect=True)
MINT = "POST /app/installations/2001/access_tokens"


@pytest.fixture()
def octo(options):
    return {**options, "organization": "octo-org"}


@pytest.fixture()
def read(standin):
    """Return the status of a request for a file of a repository with a token."""

    def get(token, repository):
        url = f"{standin.api_url}/repos/{repository}/contents/README.md"
        return requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=10).status_code

    return get


@EVERY_SERVER
def test_a_token_is_minted_for_what_is_asked(run_module, octo, read, requests_made):
    params = {**octo, "repositories": ["Hello-World"], "permissions": {"contents": "read"}}
    foreseen = run_module(module, params, check_mode=True)
    assert foreseen["changed"] is True
    assert foreseen["token"] == NO_TOKEN
    assert not any("access_tokens" in line for line in requests_made())
    minted = run_module(module, params)
    assert set(foreseen) == set(minted)
    for name in ("repository_selection", "installation_id", "permissions"):
        assert foreseen[name] == minted[name] or minted[name] is None
    assert abs(seconds_left(foreseen["expires_at"], 0) - seconds_left(minted["expires_at"], 0)) < 60
    assert minted["changed"] is True
    assert minted["diff"] == foreseen["diff"]
    assert minted["token"] not in str(minted["diff"])
    assert minted["installation_id"] == 2001
    assert minted["repository_selection"] == "selected"
    assert minted["permissions"]["contents"] == "read"
    assert "issues" not in minted["permissions"]
    assert minted["repositories"] == [{"id": 5001, "name": "hello-world", "full_name": "octo-org/hello-world"}]
    assert minted["expires_at"].endswith("Z")
    assert read(minted["token"], "octo-org/hello-world") == 200
    assert read(minted["token"], "octo-org/spoon-knife") == 404


def test_a_token_for_everything(run_module, octo, read, requests_made):
    minted = run_module(module, octo)
    assert requests_made() == ["GET /orgs/octo-org/installation", MINT]
    assert minted["repositories"] is None
    assert minted["permissions"]["contents"] == "write"
    assert read(minted["token"], "octo-org/spoon-knife") == 200


def test_by_id_it_is_one_request(run_module, options, requests_made):
    run_module(module, {**options, "installation_id": 2001, "repositories": ["hello-world"], "repository_ids": [5002]})
    assert requests_made() == [MINT]


@pytest.mark.parametrize("standin", ["2.19", "2.20", "2.21"], indirect=True)
def test_old_servers_get_ids_because_they_ignore_names(run_module, octo, standin):
    minted = run_module(module, {**octo, "repositories": ["hello-world"]})
    assert [repository["full_name"] for repository in minted["repositories"]] == ["octo-org/hello-world"]
    assert standin.log[-1]["body"] == {"repository_ids": [5001]}


@EVERY_SERVER
def test_revoking(run_module, octo, read, writes):
    token = run_module(module, octo)["token"]
    writes()
    params = {**octo, "organization": "", "token": token, "state": "absent"}
    foreseen = run_module(module, params, check_mode=True)
    assert foreseen["changed"] is True
    assert writes() == []
    done = run_module(module, params)
    assert done["changed"] is True
    assert done["diff"] == foreseen["diff"]
    assert writes() == ["DELETE /installation/token"]
    assert read(token, "octo-org/hello-world") == 401
    again = run_module(module, params)
    assert again["changed"] is False
    assert token not in str(again)
    assert run_module(module, params, check_mode=True)["changed"] is False


@pytest.mark.parametrize("standin", ["2.19"], indirect=True)
def test_revoking_needs_2_20(run_module, options, requests_made):
    result = run_module(module, {**options, "token": "v1.0", "state": "absent"}, check_mode=True)
    assert result["failed"]
    assert "2.20 is the first release that supports it" in result["msg"]
    assert requests_made() == []


def test_the_token_to_revoke_may_stand_in_a_file(run_module, options, octo, tmp_path, writes):
    (tmp_path / "token").write_text(run_module(module, octo)["token"] + "\n")
    params = {**options, "token_path": str(tmp_path / "token"), "state": "absent"}
    assert run_module(module, params)["changed"] is True
    assert writes()[-1] == "DELETE /installation/token"
    assert run_module(module, params)["changed"] is False


def test_the_token_to_revoke_is_never_taken_from_the_environment(
    run_module, options, monkeypatch, requests_made, tmp_path
):
    monkeypatch.setenv("GITHUB_TOKEN", "standin-pat-classic-admin")
    monkeypatch.setenv("GITHUB_TOKEN_PATH", str(tmp_path / "none"))
    result = run_module(module, {**options, "state": "absent"})
    assert result["failed"]
    assert "requires the installation token" in result["msg"]
    assert requests_made() == []


@pytest.mark.parametrize("token", ["ghp_x", "gho_x", "ghu_x", "ghr_x", "github_pat_x", "0123456789" * 4])
def test_a_users_token_is_not_sent_to_be_revoked(run_module, options, requests_made, token):
    result = run_module(module, {**options, "token": token, "state": "absent"})
    assert result["failed"]
    assert "not an installation token" in result["msg"]
    assert requests_made() == []
    assert token not in result["msg"]


@pytest.fixture()
def kept(octo, tmp_path):
    return {**octo, "dest": str(tmp_path / "token.json"), "permissions": {"contents": "read"}}


def content(params):
    with open(params["dest"], encoding="utf-8") as file:
        return json.load(file)


@pytest.mark.parametrize("option", ["token", "token_path"])
def test_the_placeholder_of_check_mode_is_revoked_in_check_mode_only(
    run_module, options, tmp_path, requests_made, option
):
    (tmp_path / "token").write_text(NO_TOKEN)
    value = NO_TOKEN if option == "token" else str(tmp_path / "token")
    params = {**{name: options[name] for name in ("api_url", "server_version")}, "state": "absent", option: value}
    result = run_module(module, params, check_mode=True)
    assert result["changed"] is True
    result = run_module(module, params)
    assert result["failed"] is True
    assert "is the placeholder that check mode returns" in result["msg"]
    assert requests_made() == []


@EVERY_SERVER
def test_a_token_is_kept_in_a_file(run_module, kept, requests_made):
    foreseen = run_module(module, kept, check_mode=True)
    assert foreseen["changed"] is True
    assert not os.path.exists(kept["dest"])
    minted = run_module(module, kept)
    assert minted["changed"] is True
    assert content(kept)["token"] == minted["token"]
    assert content(kept)["expires_at"] == minted["expires_at"]
    assert stat.S_IMODE(os.stat(kept["dest"]).st_mode) == 0o600
    assert os.listdir(os.path.dirname(kept["dest"])) == ["token.json"]
    requests_made()
    again = run_module(module, kept)
    assert again["changed"] is False
    assert again["token"] == minted["token"]
    assert requests_made() == []
    fresh = run_module(module, {**kept, "fresh": True})
    assert fresh["changed"] is True
    assert content(kept)["token"] == fresh["token"] != minted["token"]
    for name in ("expires_at", "permissions", "repositories", "repository_selection", "installation_id"):
        assert again[name] == minted[name]


@pytest.mark.parametrize(
    "other",
    [
        {"permissions": {"contents": "write"}},
        {"repositories": ["hello-world"]},
        {"repository_ids": [5001]},
        {"organization": "acme"},
        {"organization": "", "installation_id": 2001},
    ],
)
def test_stored_token_is_not_used_for_other_scopes(run_module, kept, other):
    first = run_module(module, kept)["token"]
    second = run_module(module, {**kept, **other})
    assert second["changed"] is True
    assert second["token"] != first
    assert content(kept)["token"] == second["token"]


def test_a_file_that_another_release_of_the_collection_wrote_serves(run_module, kept, options):
    run_module(module, kept)
    assert content(kept)["identity"] == {
        "api_url": options["api_url"],
        "app": "1001",
        "installation": {"organization": "octo-org"},
        "scope": {"permissions": {"contents": "read"}, "repositories": [], "repository_ids": []},
    }


def expire(params, seconds_left):
    kept = content(params)
    expires_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds_left))
    with open(params["dest"], "w", encoding="utf-8") as file:
        json.dump({**kept, "expires_at": expires_at}, file)


@pytest.mark.parametrize(
    "left, min_remaining, is_kept", [(-9, 0, False), (900, 0, True), (900, 1000, False), (1100, 1000, True)]
)
def test_a_kept_token_serves_while_enough_of_its_life_is_left(run_module, kept, left, min_remaining, is_kept):
    first = run_module(module, kept)["token"]
    expire(kept, left)
    again = run_module(module, {**kept, "min_remaining": min_remaining})
    assert again["changed"] is not is_kept
    assert (again["token"] == first) is is_kept


@pytest.mark.parametrize("min_remaining", [-1, 3301])
def test_excessive_minimum_lifetime_is_rejected(run_module, kept, requests_made, min_remaining):
    result = run_module(module, {**kept, "min_remaining": min_remaining})
    assert result["failed"]
    assert "min_remaining must be between 0 and 3300" in result["msg"]
    assert requests_made() == []


def test_a_file_that_others_may_read_is_replaced(run_module, kept):
    first = run_module(module, kept)["token"]
    os.chmod(kept["dest"], 0o644)
    second = run_module(module, kept)
    assert second["changed"] is True
    assert second["token"] != first
    assert stat.S_IMODE(os.stat(kept["dest"]).st_mode) == 0o600


@pytest.mark.parametrize("standin", ["2.19", "cloud"], indirect=True)
def test_a_kept_token_that_has_expired_is_dropped_without_a_call(run_module, kept, requests_made):
    run_module(module, kept)
    expire(kept, -9)
    requests_made()
    assert run_module(module, {**kept, "state": "absent"})["changed"] is True
    assert requests_made() == []
    assert not os.path.exists(kept["dest"])
    assert run_module(module, {**kept, "state": "absent"})["changed"] is False


def test_a_kept_token_that_cannot_be_one_is_not_sent(run_module, kept, requests_made):
    run_module(module, kept)
    with open(kept["dest"], encoding="utf-8") as file:
        text = file.read().replace("ghs_", "two words")
    with open(kept["dest"], "w", encoding="utf-8") as file:
        file.write(text)
    requests_made()
    result = run_module(module, {**kept, "state": "absent"})
    assert result["failed"]
    assert result["msg"].startswith("dest contains white space")
    assert requests_made() == []


def test_with_dest_another_token_is_left_alone(run_module, kept, read, octo):
    token = run_module(module, octo)["token"]
    run_module(module, kept)
    assert run_module(module, {**kept, "token": token, "state": "absent"})["changed"] is True
    assert read(token, "octo-org/hello-world") == 200


def test_apps_with_jwts_of_their_own_share_no_kept_token(run_module, kept, standin):
    def with_jwt_of(app_id, slug):
        key = load_pem_private_key(standin.private_key(slug).encode(), None)
        jwt = sign_app_jwt(app_id, key, time.time())
        return run_module(module, {**kept, "app_id": "", "private_key": "", "app_jwt": jwt})

    assert with_jwt_of("1001", "hubops-demo")["installation_id"] == 2001
    assert with_jwt_of("1002", "other-app")["installation_id"] == 2101


def test_a_kept_token_is_revoked_and_its_file_removed(run_module, kept, read, writes):
    token = run_module(module, kept)["token"]
    params = {**kept, "state": "absent"}
    writes()
    assert run_module(module, params, check_mode=True)["changed"] is True
    assert os.path.exists(kept["dest"])
    assert writes() == []
    assert run_module(module, params)["changed"] is True
    assert not os.path.exists(kept["dest"])
    assert read(token, "octo-org/hello-world") == 401
    assert run_module(module, params)["changed"] is False


def test_a_file_that_is_something_else_is_not_overwritten(run_module, kept, requests_made):
    for text in ("precious", "[]", '{"other": 1}'):
        with open(kept["dest"], "w", encoding="utf-8") as file:
            file.write(text)
        for state in ("present", "absent"):
            result = run_module(module, {**kept, "state": state})
            assert result["failed"]
            assert result["msg"].startswith(f"dest '{kept['dest']}' already exists and was not created by this")
        with open(kept["dest"], encoding="utf-8") as file:
            assert file.read() == text
    assert requests_made() == []


@pytest.mark.parametrize("dest", ["none/token.json", "."])
def test_what_cannot_be_written_is_said_before_a_token_is_minted(run_module, kept, tmp_path, requests_made, dest):
    result = run_module(module, {**kept, "dest": str(tmp_path / dest)})
    assert result["failed"]
    assert result["msg"].startswith("dest")
    assert not any("access_tokens" in line for line in requests_made())


def test_a_token_that_cannot_be_kept_is_revoked(run_module, kept, standin, writes, monkeypatch):
    def full(_source, _target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    result = run_module(module, kept)
    assert result["failed"]
    assert result["changed"] is False
    assert result["msg"].endswith("No space left on device. The new token was revoked.")
    assert writes() == ["DELETE /installation/token"]
    assert not os.path.exists(kept["dest"])


@pytest.mark.parametrize("standin", ["2.19"], indirect=True)
def test_a_token_that_can_neither_be_kept_nor_revoked_is_told(run_module, kept, monkeypatch):
    def full(*_paths):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    result = run_module(module, kept)
    assert result["failed"]
    assert "is lost but valid until 20" in result["msg"]
    assert "does not support" in result["msg"]


@pytest.mark.parametrize("times, says", [(1, "The new token was revoked"), (9, "is lost but valid until 20")])
def test_a_token_that_cannot_be_kept_gets_time_to_be_known_before_it_is_revoked(
    run_module, kept, standin, writes, monkeypatch, patient, times, says
):
    def full(_source, _target):
        standin.inject(Fault(method="DELETE", status=401, body={"message": "Bad credentials"}, times=times))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    assert says in run_module(module, kept)["msg"]
    # The stand-in server logs only requests that it processes.
    assert writes() == (["DELETE /installation/token"] if times == 1 else [])


def test_a_file_that_cannot_be_removed_is_told_with_its_token_revoked(run_module, kept, read, monkeypatch):
    def refuse(_path):
        raise OSError(1, "Operation not permitted")

    token = run_module(module, kept)["token"]
    monkeypatch.setattr("os.unlink", refuse)
    result = run_module(module, {**kept, "state": "absent"})
    assert result["failed"]
    assert read(token, "octo-org/hello-world") == 401
    assert result["msg"] == (
        f"The token in dest '{kept['dest']}' was revoked, but the file cannot be removed: Operation not permitted."
    )


def test_an_empty_file_is_filled(run_module, kept):
    open(kept["dest"], "w", encoding="utf-8").close()
    assert run_module(module, kept)["changed"] is True
    assert content(kept)["token"]


def test_a_link_is_replaced_and_not_followed(run_module, kept, tmp_path):
    target = tmp_path / "target"
    target.touch()
    os.symlink(target, kept["dest"])
    run_module(module, kept)
    assert target.read_text() == ""
    assert not os.path.islink(kept["dest"])


@EVERY_SERVER
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_permission_that_was_not_granted_is_named(run_module, options, check_mode):
    params = {
        **options,
        "organization": "limited-org",
        "permissions": {"contents": "write", "issues": "read", "metadata": "read"},
    }
    result = run_module(module, params, check_mode)
    assert result["failed"]
    assert (
        "The installation on limited-org was not granted contents: write, issues: read. It was granted contents: read, metadata: read."
        in result["msg"]
    )


@pytest.mark.parametrize("standin", ["2.22", "3.19", "cloud"], indirect=True)
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_suspended_installation_is_said_so(run_module, options, check_mode):
    result = run_module(module, {**options, "organization": "suspended-org"}, check_mode)
    assert result["failed"]
    assert "suspended" in result["msg"]
    assert "suspended: false" in result["msg"]


@EVERY_SERVER
def test_check_mode_foresees_a_repository_out_of_reach(run_module, octo, requests_made):
    params = {**octo, "repositories": ["hello-old", "linguist", "no-such-one"]}
    result = run_module(module, params, check_mode=True)
    assert result["failed"]
    assert "has no access to octo-org/linguist, octo-org/no-such-one." in result["msg"]
    assert not any("access_tokens" in line for line in requests_made())
    result = run_module(module, {**octo, "repositories": ["acme/anvil"]}, check_mode=True)
    assert result["failed"]
    assert "'acme/anvil' does not belong to octo-org" in result["msg"]


@pytest.mark.parametrize("standin", ["3.19", "cloud"], indirect=True)
def test_a_repository_out_of_reach_is_named(run_module, octo):
    result = run_module(
        module, {**octo, "repositories": ["hello-world", "linguist", "no-such-one"], "repository_ids": [5001, 9]}
    )
    assert result["failed"]
    assert "has no access to linguist, no-such-one, 9." in result["msg"]


@pytest.mark.parametrize("standin", ["2.20"], indirect=True)
def test_an_unknown_repository_is_named_where_ids_are_looked_up(run_module, octo):
    result = run_module(module, {**octo, "repositories": ["hello-world", "no-such-one"]})
    assert result["failed"]
    assert "has no access to no-such-one." in result["msg"]


@pytest.mark.parametrize(
    "change, says",
    [
        ({"repositories": []}, "repositories is empty"),
        ({"repository_ids": []}, "repository_ids is empty"),
        ({"permissions": {}}, "permissions is empty"),
        ({"repositories": ["a/b/c"]}, "repositories"),
        ({"repository_ids": list(range(1, 502))}, "500"),
        ({"permissions": {"pull-requests": "read"}}, "'pull-requests' must be written with underscores"),
        ({"permissions": {"contents": "none"}}, "not one of read, write, admin"),
        ({"permissions": {"contents": True}}, "not one of read, write, admin"),
        ({"repository_ids": ["x"]}, "repository_ids"),
        ({"repository_ids": [0]}, "0 is not a valid repository ID"),
    ],
)
def test_a_wrong_scope_is_refused_before_any_call(run_module, octo, requests_made, change, says):
    result = run_module(module, {**octo, **change})
    assert result["failed"]
    assert says in result["msg"]
    assert requests_made() == []


def test_a_repository_of_another_account_is_refused(run_module, options, requests_made):
    result = run_module(module, {**options, "installation_id": 2001, "repositories": ["acme/anvil"]})
    assert result["failed"]
    assert "'acme/anvil' does not belong to octo-org" in result["msg"]
    assert not any("access_tokens" in line for line in requests_made())


def test_an_account_without_the_app(run_module, octo):
    result = run_module(module, {**octo, "organization": "empty-org"})
    assert result["failed"]
    assert "/installations/new" in result["msg"]
    result = run_module(module, {**octo, "organization": "", "installation_id": 9})
    assert result["failed"]
    assert "no installation 9" in result["msg"]


def test_a_jwt_signed_elsewhere(run_module, octo, options):
    jwt = sign_app_jwt("1001", load_pem_private_key(options["private_key"].encode(), None), time.time())
    minted = run_module(module, {**octo, "app_id": "", "private_key": "", "app_jwt": jwt})
    assert minted["token"]
    assert jwt not in str(minted)


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("recorded", ["https://ghe.example.com/api/v3", "https://api.github.com", None, 7])
def test_a_kept_token_goes_to_the_server_that_created_it_only(run_module, kept, requests_made, recorded, check_mode):
    run_module(module, kept)
    file = content(kept)
    file["identity"]["api_url"] = recorded
    with open(kept["dest"], "w", encoding="utf-8") as stream:
        json.dump(file, stream)
    requests_made()
    result = run_module(module, {**kept, "state": "absent"}, check_mode)
    assert result["failed"] is True
    assert result["changed"] is False
    assert "Set api_url to the server that created the token" in result["msg"]
    assert str(recorded) in result["msg"] or recorded is None
    assert requests_made() == []
    assert content(kept) == file


@pytest.mark.parametrize("identity", [None, [], "x", {}])
def test_a_kept_token_without_a_server_goes_nowhere(run_module, kept, requests_made, identity):
    with open(kept["dest"], "w", encoding="utf-8") as stream:
        json.dump({"token": "ghs_x", "expires_at": "2099-01-01T00:00:00Z", "identity": identity}, stream)
    result = run_module(module, {**kept, "state": "absent"})
    assert "was created on a server that the file does not name" in result["msg"]
    assert requests_made() == []


def test_a_token_that_has_expired_is_not_called_revoked(run_module, kept, monkeypatch):
    def refuse(_path):
        raise OSError(1, "Operation not permitted")

    run_module(module, kept)
    file = content(kept)
    with open(kept["dest"], "w", encoding="utf-8") as stream:
        json.dump({**file, "expires_at": "2001-01-01T00:00:00Z"}, stream)
    monkeypatch.setattr("os.unlink", refuse)
    result = run_module(module, {**kept, "state": "absent"})
    assert f"The token in dest '{kept['dest']}' has expired, but the file cannot be removed" in result["msg"]


def test_a_time_that_cannot_be_read_is_over():
    assert seconds_left("tomorrow", 0) == 0
    assert seconds_left("1970-01-01T00:01:00Z", 0) == 60


def test_a_permission_that_was_granted_but_is_refused(run_module, options, standin):
    standin.inject(Fault(method="POST", status=422, body={"message": "Of late, no."}))
    wanted = {**options, "installation_id": 2001, "permissions": {"contents": "read"}}
    result = run_module(module, wanted)
    assert result["failed"]
    assert result["cause"] == "invalid"
    assert "Of late, no." in result["msg"]


def test_a_revoked_token_whose_file_cannot_be_removed(run_module, options, standin, tmp_path, monkeypatch):
    kept = {**options, "organization": "octo-org", "dest": str(tmp_path / "token.json")}
    assert run_module(module, kept)["changed"] is True

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.unlink", refuse)
    result = run_module(module, {**kept, "state": "absent"})
    assert result["failed"]
    assert result["changed"] is True
    assert "cannot be removed: Permission denied" in result["msg"]


def test_a_repository_selects_its_installation(run_module, options):
    found = run_module(module, {**options, "repository": "octo-org/hello-world"})
    assert found["installation_id"] == 2001
    assert found["repositories"] is None


def test_a_repository_of_an_account_without_the_app(run_module, options):
    result = run_module(module, {**options, "repository": "empty-org/anything"})
    assert result["failed"]
    assert "is not installed on the repository empty-org/anything" in result["msg"]


WITH_ENTERPRISES = pytest.mark.parametrize("standin", ["3.21", "cloud"], indirect=True)
LIMITS = [{"permissions": {"metadata": "read"}}, {"repositories": ["octo-org/hello-world"]}, {"repository_ids": [5001]}]


@WITH_ENTERPRISES
def test_a_token_for_an_enterprise(run_module, installer, standin, requests_made):
    params = {**installer, "enterprise": "octo-enterprise"}
    foreseen = run_module(module, params, check_mode=True)
    assert (foreseen["changed"], foreseen["installation_id"]) == (True, 2301)
    assert requests_made() == ["GET /enterprises/octo-enterprise/installation"]
    minted = run_module(module, params)
    assert standin.log[-1]["body"] is None
    assert set(minted["permissions"]) == set(foreseen["permissions"])
    assert minted["diff"] == foreseen["diff"]
    assert minted["repositories"] is None
    assert requests_made() == [
        "GET /enterprises/octo-enterprise/installation",
        "POST /app/installations/2301/access_tokens",
    ]
    for check_mode in (True, False):
        revoked = run_module(module, {**installer, "token": minted["token"], "state": "absent"}, check_mode)
        assert revoked["changed"] is True


@WITH_ENTERPRISES
@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("limit", LIMITS)
def test_a_token_for_an_enterprise_cannot_be_limited(run_module, installer, requests_made, limit, check_mode):
    result = run_module(module, {**installer, "enterprise": "octo-enterprise", **limit}, check_mode)
    assert result["failed"]
    assert result["cause"] == "option"
    assert (
        "cannot limit a token for an installation on an enterprise. Such a token has all permissions" in result["msg"]
    )
    assert f"Do not set {next(iter(limit))}." in result["msg"]
    assert requests_made() == []


@pytest.mark.parametrize("standin", ["3.19", "cloud"], indirect=True)
@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("limit", LIMITS)
def test_a_token_for_the_id_of_an_enterprise_cannot_be_limited(run_module, installer, limit, check_mode):
    result = run_module(module, {**installer, "installation_id": 2301, **limit}, check_mode)
    assert result["failed"]
    assert result["cause"] == "option"
    assert f"Do not set {next(iter(limit))}." in result["msg"]


def test_a_token_for_an_enterprise_in_a_file(run_module, installer, tmp_path):
    params = {**installer, "enterprise": "octo-enterprise", "dest": str(tmp_path / "token.json")}
    assert run_module(module, params)["changed"] is True
    assert run_module(module, params)["changed"] is False
    assert run_module(module, {**installer, "dest": params["dest"], "state": "absent"})["changed"] is True


READER = {"permissions": {"metadata": "read"}}


def names(result):
    return [repository["full_name"] for repository in result["repositories"]]


@pytest.mark.parametrize("standin", ["2.18", "2.20", "2.22", "3.19", "cloud"], indirect=True)
@pytest.mark.parametrize(
    "selection, expected",
    [
        ({"repositories": ["*-world"]}, [5001]),
        ({"repositories": ["octo-org/SPOON-K????"], "repository_topics": ["octocat"]}, [5001, 5002]),
        ({"repositories": ["*", "hello-world"], "exclude": ["s*"]}, [5001]),
        ({"repositories": ["hello-old", "nope-*"], "allow_no_match": True}, [5001]),
        ({"repository_topics": ["standin"], "repository_ids": [5002]}, [5001, 5002]),
        ({"repository_topics": ["nope"], "repository_ids": [5002], "allow_no_match": True}, [5002]),
    ],
)
def test_patterns_and_topics_become_ids(run_module, octo, standin, requests_made, selection, expected):
    params = {**octo, **selection, "permissions": {"contents": "read"}}
    foreseen = run_module(module, params, check_mode=True)
    assert foreseen["token"] == NO_TOKEN
    standin.clear_log()
    minted = run_module(module, params)
    assert [repository["id"] for repository in minted["repositories"]] == expected
    assert foreseen["repositories"] == minted["repositories"]
    assert minted["diff"] == foreseen["diff"]
    assert minted["diff"]["after"]["permissions"] == {"contents": "read"}
    bodies = [entry["body"] for entry in standin.log if entry["method"] == "POST"]
    assert bodies == [READER, {"permissions": {"contents": "read"}, "repository_ids": expected}]
    made = requests_made()
    assert made[:3] == ["GET /orgs/octo-org/installation", MINT, "GET /installation/repositories"]
    assert made[-1] == MINT
    assert len(made) == (6 if "hello-old" in str(selection) else 4)  # the old name is redirected


def test_the_diff_shows_the_patterns(run_module, octo):
    params = {**octo, "repositories": ["*-World", "spoon-knife"], "exclude": ["x"], "include_archived": False}
    assert run_module(module, params)["diff"]["after"] == {
        "state": "present",
        "organization": "octo-org",
        "repositories": ["*-world", "spoon-knife"],
        "exclude": ["x"],
        "include_archived": False,
    }


def test_archived_repositories_are_not_selected_if_unwanted(run_module, octo, standin):
    standin.state.repositories[5001].archived = True
    params = {**octo, "repositories": ["*-*"], "include_archived": False}
    assert names(run_module(module, params)) == ["octo-org/spoon-knife"]
    assert names(run_module(module, {**params, "include_archived": True})) == [
        "octo-org/hello-world",
        "octo-org/spoon-knife",
    ]


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(
    "selection, cause, says",
    [
        ({"repositories": ["nope-*"]}, "no_match", "No repository of octo-org matches 'nope-*'. Check"),
        ({"repository_topics": ["nope"]}, "no_match", "No repository of octo-org has the topic 'nope'. Check"),
        ({"repositories": ["l*", "hello-*"]}, "no_match", "matches 'l*'. Check"),
        (
            {"repositories": ["nope-*"], "allow_no_match": True},
            "no_match",
            "The patterns and topics select no repository of octo-org, but a token must be limited to at least one",
        ),
        ({"repositories": ["*", "linguist"]}, "scope", "has no access to linguist"),
        ({"repositories": ["*"], "repository_ids": [5003]}, "scope", "has no access to 5003"),
        ({"repositories": ["*"], "permissions": {"pages": "read"}}, "scope", "was not granted pages: read"),
        ({"repositories": ["nope-*"], "permissions": {"pages": "read"}}, "scope", "was not granted pages: read"),
    ],
)
def test_a_selection_that_cannot_be_had_creates_no_token(run_module, octo, standin, check_mode, selection, cause, says):
    result = run_module(module, {**octo, **selection}, check_mode)
    assert result["cause"] == cause
    assert says in result["msg"]
    assert [entry["body"] for entry in standin.log if entry["method"] == "POST"] in ([], [READER])


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"exclude": ["x"]}, "exclude requires a pattern"),
        ({"repositories": ["hello-world"], "include_archived": False}, "include_archived requires a pattern"),
        ({"allow_no_match": True}, "allow_no_match requires a pattern"),
        ({"repositories": ["*", "hello-world"], "exclude": ["hello-*"]}, "but matches"),
        ({"repositories": ["acme/*"]}, "'acme/*' does not belong to octo-org"),
        ({"repositories": ["*["]}, "'*[' is not a valid pattern"),
        ({"repository_topics": []}, "repository_topics is empty"),
        ({"repository_topics": ["*"]}, "'*' is not a valid topic"),
    ],
)
def test_a_wrong_selection_is_refused_before_any_call(run_module, octo, requests_made, wrong, says):
    result = run_module(module, {**octo, **wrong})
    assert result["cause"] == "option"
    assert says in result["msg"]
    assert requests_made() == []


def test_a_pattern_of_another_account_is_refused_as_soon_as_the_account_is_known(run_module, options, standin):
    result = run_module(module, {**options, "installation_id": 2001, "repositories": ["acme/*"]})
    assert "'acme/*' does not belong to octo-org" in result["msg"]
    assert [entry["body"] for entry in standin.log if entry["method"] == "POST"] in ([], [READER])


@pytest.fixture(scope="module")
def many():
    """An installation on 501 repositories."""
    seed = {
        "accounts": [{"login": "org"}],
        "apps": [{"slug": "many", "id": 7, "owner": "org", "permissions": {"metadata": "read"}}],
        "repositories": [{"owner": "org", "prefix": "r-", "count": 501}],
        "installations": [{"app": "many", "account": "org", "repository_selection": "all"}],
    }
    with StandIn("3.19", seed=seed) as server:
        yield server


@pytest.mark.parametrize("check_mode", [True, False])
def test_more_than_500_repositories_are_refused_before_the_token_is_requested(run_module, many, check_mode):
    many.clear_log()
    server = {"api_url": many.api_url, "server_version": "3.19"}
    params = {**server, "app_id": "7", "private_key": many.private_key("many"), "organization": "org"}
    result = run_module(module, {**params, "repositories": ["r-*"]}, check_mode)
    assert result["cause"] == "option"
    assert (
        "The patterns and topics select 501 repositories of org, but a token can be limited to at most 500"
        in (result["msg"])
    )
    assert [entry["body"] for entry in many.log if entry["method"] == "POST"] == [READER]
    done = run_module(module, {**params, "repositories": ["r-*"], "exclude": ["*-501"]}, check_mode)
    assert len(done["repositories"]) == 500


def test_a_kept_token_belongs_to_the_pattern_and_not_to_its_result(run_module, kept, standin, requests_made):
    params = {**kept, "repositories": ["*-*"]}
    first = run_module(module, params)
    assert content(params)["identity"]["scope"]["repositories"] == ["*-*"]
    standin.state.installations[2001].repository_ids.add(5004)
    requests_made()
    assert run_module(module, {**params, "repositories": ["*-*"]})["token"] == first["token"]
    assert requests_made() == []
    for other in (
        {"repositories": ["*-*", "spoon-knife"]},
        {"exclude": ["x"]},
        {"repository_topics": ["standin"]},
        {"include_archived": False},
        {"allow_no_match": True},
    ):
        assert run_module(module, {**params, **other})["changed"] is True
        assert run_module(module, {**params, **other})["changed"] is False


@pytest.mark.parametrize("standin", ["2.20", "cloud"], indirect=True)
def test_an_installation_that_is_gone_is_explained_while_patterns_are_resolved(run_module, octo, standin):
    standin.inject(
        Fault(method="POST", status=404, body={"message": "Not Found"}),
        Fault(path="/app/installations/2001$", status=404, body={"message": "Not Found"}),
    )
    result = run_module(module, {**octo, "repositories": ["*"]})
    assert result["cause"] == "missing"
    assert "no installation 2001" in result["msg"]
    standin.inject(Fault(method="POST", status=404, body={"message": "Not Found"}))
    result = run_module(module, {**octo, "repositories": ["*"]})
    assert result["cause"] == "not_found"
    standin.inject(Fault(path="/installation/repositories", status=451, body={"message": "Blocked"}))
    assert run_module(module, {**octo, "repositories": ["*"]})["cause"] == "blocked"
    assert not [entry for entry in standin.log if "repositories" in str(entry["body"])]
