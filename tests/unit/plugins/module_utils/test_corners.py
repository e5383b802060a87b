# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What hardly ever happens: old libraries, answers that break off, disks that fill up meanwhile."""

from __future__ import annotations

import ssl

import pytest
import requests
from answers import Script

from ansible_collections.hubops.github_apps.plugins.module_utils import _private_keys, _transport
from ansible_collections.hubops.github_apps.plugins.module_utils._client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials import App, Credentials
from ansible_collections.hubops.github_apps.plugins.module_utils._errors import (
    ApiError,
    ConnectionFailedError,
    shortened,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._installation_tokens import seconds_left
from ansible_collections.hubops.github_apps.plugins.module_utils._server import Server
from ansible_collections.hubops.github_apps.plugins.module_utils._transport import Transport
from ansible_collections.hubops.github_apps.plugins.modules import (
    github_app_info,
    github_app_installation,
    github_content_attachment,
    github_installation_repo,
    github_installation_token,
    github_oauth_authorization,
    github_oauth_grant,
    github_oauth_token,
)
from github_standin import Fault

urllib3 = requests.packages.urllib3
KEYLESS = Credentials(app=App(app_id="1", jwt="a.b.c"))


class OldRaw:
    """A body as urllib3 before 2.0 has it."""

    def __init__(self, body):
        self.parts = [body[:5], body[5:]]

    def stream(self, size, decode_content):
        assert size and not decode_content
        yield from self.parts


class BrokenRaw:
    """A body that breaks off."""

    def __init__(self, error):
        self.error = error

    def read1(self, size, decode_content):
        raise self.error


@pytest.fixture()
def answering():
    """A client whose server answers 200 with such a body."""

    def make(raw):
        class WithRaw(Script):
            def send(self, *arguments, **options):
                response = super().send(*arguments, **options)
                response.raw = raw
                return response

        session = requests.Session()
        session.mount("https://", WithRaw([(200, None)] * 5))
        return Client(Transport(Server(retries=1), session, sleep=lambda seconds: None), KEYLESS)

    return make


def test_an_answer_in_parts(answering):
    assert answering(OldRaw(b'{"id": 1}')).get("apps/get-authenticated", "id") == {"id": 1}


@pytest.mark.parametrize(
    "error, says",
    [
        (urllib3.exceptions.ReadTimeoutError(None, None, "the-token"), "did not answer within 30 s"),
        (urllib3.exceptions.ProtocolError("the-token"), "broke off"),
        (urllib3.exceptions.DecodeError("the-token"), "broke off"),
    ],
)
def test_an_answer_that_breaks_off(answering, error, says):
    with pytest.raises(ConnectionFailedError, match=rf"{says}.*tried 2 times") as caught:
        answering(BrokenRaw(error)).get("apps/get-authenticated")
    assert "the-token" not in str(caught.value)


def test_what_openssl_says_is_searched_for_only_so_deep():
    error = ssl.SSLCertVerificationError("x")
    for _depth in range(12):
        error = OSError(error)
    assert _transport.certificate_problem(error) == _transport.certificate_problem(OSError("x")) == ""


def test_a_cryptography_that_always_checks_the_primes(options, monkeypatch):
    genuine = _private_keys.load_der_private_key

    def before_39(data, password):
        return genuine(data, password)

    monkeypatch.setattr(_private_keys, "load_der_private_key", before_39)
    key = _private_keys.load_private_key(options["private_key"], "private_key")
    assert key.key_size == 2048


def test_what_a_server_says_steers_no_terminal_and_is_not_endless():
    error = ApiError(
        "Why.",
        operation="x",
        request="GET /x\n# y\x1b[2J",
        status=403,
        cause="forbidden",
        github_message="\x1b[31m" + "a" * 5000,
        errors=["x" * 200_000],
        request_id="1\r\n2",
    )
    assert str(error).isprintable() and len(str(error)) < 1200 and str(error).endswith("...]")
    assert error.errors == [] and error.repeated is False
    assert error.facts() == {"cause": "forbidden", "status": 403, "operation": "x", "request_id": "1  2"}
    error = ApiError("Why.", operation="x", request="GET /x", status=403, cause="forbidden", github_message="")
    assert error.facts() == {"cause": "forbidden", "status": 403, "operation": "x"}
    assert shortened("a" * 1000) == "a" * 1000 and shortened("a" * 1001) == "a" * 1000 + "..."


def test_a_server_that_does_not_count_the_installations(run_module, options, monkeypatch):
    genuine = Client.get

    def get(self, operation, *keys, **path):
        answer = genuine(self, operation, *keys, **path)
        return {name: value for name, value in answer.items() if name != "installations_count"}

    monkeypatch.setattr(Client, "get", get)
    assert run_module(github_app_info, options)["installations_count"] == 6


@pytest.mark.parametrize("standin", ["2.22"], indirect=True)
@pytest.mark.parametrize(
    "message, says", [("Not Found", "cannot suspend installations"), ("Forbidden", "does not let")]
)
def test_a_2_22_of_which_the_descriptions_differ(run_module, options, standin, message, says):
    standin.inject(Fault(method="PUT", status=404 if message == "Not Found" else 403, body={"message": message}))
    result = run_module(github_app_installation, {**options, "organization": "octo-org", "suspended": True})
    assert result["failed"] and says in result["msg"]


def test_what_a_client_warns_of_reaches_people(run_module, options, standin, monkeypatch):
    said = []
    monkeypatch.setattr("ansible.module_utils.basic.AnsibleModule.warn", lambda self, message: said.append(message))
    standin.clock_offset = -400
    assert run_module(github_app_info, options)["app"]["id"] == 1001
    assert len(said) == 1 and "s ahead of that of 127.0.0.1" in said[0]


def test_a_missing_library_is_named_with_what_to_do(run_module, options, monkeypatch):
    monkeypatch.setattr(_transport, "HAS_REQUESTS", False)
    result = run_module(github_app_info, options)
    assert result["failed"] and "Python library (requests)" in result["msg"] and "-m pip install" in result["msg"]


def test_names_need_their_owner_where_nothing_tells_it(run_module, options, standin):
    standin.inject(Fault(method="GET", path="/user/installations", status=200, body={"repositories": []}, times=2))
    server = {name: options[name] for name in ("api_url", "server_version", "retries")}
    user = {**server, "token": "standin-pat-classic-admin", "installation_id": 2001}
    result = run_module(github_installation_repo, {**user, "repositories": ["linguist"]})
    assert result["failed"] and "give them as owner/name" in result["msg"]
    assert run_module(github_installation_repo, {**user, "repositories": ["octo-org/linguist"]})["changed"] is True


def test_a_reset_token_that_cannot_be_kept_is_told(run_module, oauth, tmp_path, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    result = run_module(github_oauth_token, {**oauth, "state": "reset", "dest": str(tmp_path / "token.json")})
    assert result["failed"] and result["changed"] is True and "lost but good" in result["msg"]
    assert list(tmp_path.iterdir()) == []


def test_a_time_that_cannot_be_read_is_over():
    assert seconds_left("tomorrow", 0) == 0 and seconds_left("1970-01-01T00:01:00Z", 0) == 60


def test_of_many_accounts_ten_are_told(run_module, options, standin):
    installation = {"id": 1, "app_id": 1001}
    many = [{**installation, "id": number, "account": {"login": f"org-{number:02}"}} for number in range(12)]
    standin.inject(Fault(path="/app/installations$", status=200, body=many))
    result = run_module(github_app_installation, {**options, "organization": "empty-org", "suspended": True})
    assert result["msg"].endswith("org-08, org-09, others.")


@pytest.mark.parametrize("standin", ["3.19"], indirect=True)
@pytest.mark.parametrize("is_gone", [True, False])
def test_an_installation_that_is_not_found_when_it_is_deleted(run_module, options, standin, is_gone):
    fault = Fault(method="DELETE", status=404, body={"message": "Not Found"})
    again = [Fault(path="/app/installations/", status=404, body={"message": "Not Found"})] if is_gone else []
    standin.inject(fault, *again)
    result = run_module(github_app_installation, {**options, "organization": "acme", "state": "absent"})
    assert result["changed"] is False
    assert result.get("failed", False) is not is_gone
    assert is_gone or "but it is still there: run the task again" in result["msg"]


def test_an_installation_that_must_not_be_deleted(run_module, options, standin):
    standin.inject(Fault(method="DELETE", status=403, body={"message": "Forbidden"}))
    result = run_module(github_app_installation, {**options, "organization": "acme", "state": "absent"})
    assert result["failed"] is True
    assert result["cause"] == "forbidden"


def test_a_permission_that_was_granted_but_is_refused(run_module, options, standin):
    standin.inject(Fault(method="POST", status=422, body={"message": "Of late, no."}))
    wanted = {**options, "installation_id": 2001, "permissions": {"contents": "read"}}
    result = run_module(github_installation_token, wanted)
    assert result["failed"] and result["cause"] == "invalid" and "Of late, no." in result["msg"]


def test_a_revoked_token_whose_file_cannot_be_removed(run_module, options, standin, tmp_path, monkeypatch):
    kept = {**options, "organization": "octo-org", "dest": str(tmp_path / "token.json")}
    assert run_module(github_installation_token, kept)["changed"] is True

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.unlink", refuse)
    result = run_module(github_installation_token, {**kept, "state": "absent"})
    assert result["failed"] and result["changed"] is True and "cannot be removed: Permission denied" in result["msg"]


@pytest.fixture()
def authorization(oauth):
    """Parameters that make an authorization, and keep its token where `dest` says."""
    login = {"username": "octocat", "password": "standin-octocat-password", "scopes": ["repo"]}
    return {**{name: value for name, value in oauth.items() if name != "access_token"}, **login}


@pytest.mark.parametrize("standin", ["2.20"], indirect=True)
@pytest.mark.parametrize("dest, says", [(".", "is a directory"), ("token.json", "No space left on device")])
def test_a_place_that_cannot_be_written(run_module, authorization, writes, tmp_path, monkeypatch, dest, says):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    params = {**authorization, "fingerprint": "new", "dest": str(tmp_path / dest)}
    result = run_module(github_oauth_authorization, params)
    assert result["failed"] and says in result["msg"] and list(tmp_path.iterdir()) == [] and writes() == []


def test_a_reset_that_is_refused_leaves_the_token_good(run_module, oauth, standin):
    standin.inject(Fault(method="PATCH", status=422, body={"message": "Validation Failed"}))
    result = run_module(github_oauth_token, {**oauth, "state": "reset"})
    assert result["failed"] and result["changed"] is False and result["cause"] == "invalid"


def test_a_grant_that_may_not_be_deleted(run_module, oauth, standin):
    standin.inject(Fault(method="DELETE", status=403, body={"message": "Forbidden"}))
    result = run_module(github_oauth_grant, oauth)
    assert result["failed"] and result["changed"] is False and result["cause"] == "forbidden"


@pytest.mark.parametrize("standin", ["2.20"], indirect=True)
def test_an_authorization_without_a_fingerprint(run_module, authorization, writes, standin):
    standin.inject(Fault(method="GET", path="/authorizations$", status=200, body=[]))
    assert not run_module(github_oauth_authorization, authorization).get("failed")
    assert writes() == ["PUT /authorizations/clients/standin-oauth-client"]


@pytest.mark.parametrize("standin", ["3.0"], indirect=True)
def test_an_attachment_needs_the_repository_where_the_release_wants_it(run_module, options):
    attachment = {"content_reference_id": 7001, "title": "t", "body": "b"}
    result = run_module(github_content_attachment, {**options, **attachment, "organization": "acme"})
    assert result["failed"] and result["msg"].startswith("repository is needed: GitHub Enterprise Server 3.0")


@pytest.mark.parametrize("standin", ["3.3"], indirect=True)
def test_a_user_attaches_too(run_module, options, requests_made):
    user = {"api_url": options["api_url"], "server_version": "3.3", "token": "standin-user-access-admin"}
    attachment = {"content_reference_id": 7001, "title": "t", "body": "b", "repository": "acme/anvil"}
    run_module(github_content_attachment, {**user, **attachment})
    assert requests_made() == ["POST /repos/acme/anvil/content_references/7001/attachments"]


def test_a_repository_selects_its_installation(run_module, options):
    found = run_module(github_installation_token, {**options, "repository": "octo-org/hello-world"})
    assert found["installation_id"] == 2001 and found["repositories"] is None


def test_a_repository_of_an_account_without_the_app(run_module, options):
    result = run_module(github_installation_token, {**options, "repository": "empty-org/anything"})
    assert result["failed"] and "is not installed on the repository empty-org/anything" in result["msg"]


def test_names_that_a_server_made_up_steer_no_terminal(run_module, options, standin):
    evil = "x\x1b]0;owned\x07"
    standin.inject(
        Fault(path="/app$", status=200, body={"id": 1, "slug": evil, "html_url": evil}),
        Fault(path="/app/installations$", status=200, body=[{"id": 1, "account": {"login": evil}}]),
    )
    result = run_module(github_app_installation, {**options, "organization": "empty-org", "suspended": True})
    assert result["failed"] and "owned" in result["msg"] and result["msg"].isprintable()
