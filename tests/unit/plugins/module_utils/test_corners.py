# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What hardly ever happens: old libraries, answers that break off, disks that fill up meanwhile."""

from __future__ import annotations

import ssl

import pytest
import requests
from answers import Script

from ansible_collections.hubops.github_apps.plugins.module_utils import _credentials, _transport
from ansible_collections.hubops.github_apps.plugins.module_utils._client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials import App, Credentials
from ansible_collections.hubops.github_apps.plugins.module_utils._errors import ApiError, ConnectionFailedError
from ansible_collections.hubops.github_apps.plugins.module_utils._server import Server
from ansible_collections.hubops.github_apps.plugins.module_utils._transport import Transport
from ansible_collections.hubops.github_apps.plugins.modules import (
    github_app_info,
    github_app_installation,
    github_installation_repo,
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
        assert decode_content
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
    assert _transport.certificate_problem(error) == ""


def test_a_cryptography_that_always_checks_the_primes(options, monkeypatch):
    genuine = _credentials.load_pem_private_key

    def before_39(pem, password):
        return genuine(pem, password)

    monkeypatch.setattr(_credentials, "load_pem_private_key", before_39)
    key = _credentials.load_private_key(options["private_key"], "private_key")
    assert key.key_size == 2048


def test_what_a_server_says_steers_no_terminal_and_is_not_endless():
    error = ApiError(
        "Why.",
        operation="x",
        request="GET /x",
        status=403,
        cause="forbidden",
        github_message="\x1b[31m" + "a" * 5000,
        errors=["x" * 200_000],
        request_id="1\r\n2",
    )
    assert str(error).isprintable() and len(str(error)) < 1200 and str(error).endswith("...]")
    assert error.errors == [] and error.facts()["request_id"] == "1  2"


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
