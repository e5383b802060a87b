# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bodies of responses: in several parts, truncated, and OpenSSL's messages."""

from __future__ import annotations

import json
import ssl

import pytest
import requests
from answers import Script

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import ConnectionFailedError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import cleaned
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import App, Credentials
from ansible_collections.hubops.github_apps.plugins.module_utils._github import transport
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._github.connection_failures import certificate_problem
from ansible_collections.hubops.github_apps.plugins.module_utils._github.server import Server
from ansible_collections.hubops.github_apps.plugins.module_utils._github.transport import Transport, json_of

urllib3 = requests.packages.urllib3
KEYLESS = Credentials(app=App(app_id="1", jwt="a.b.c"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("is_escaped", [True, False])
def test_a_character_that_is_not_safe_to_print_never_gets_through(encoding, is_escaped):
    response = requests.Response()
    for code in [*range(0x300), *range(0x2000, 0x2100), *range(0xD800, 0xE000, 0x100), *range(0xFF00, 0x10010)]:
        answer = {"a" + chr(code): [chr(code), chr(92) + "u"]}
        text = json.dumps(answer, ensure_ascii=is_escaped)
        response._content = text.encode(encoding, "surrogatepass")
        try:
            expected = cleaned(response.json())
        except ValueError:
            continue
        assert json_of(response) == expected


def test_an_answer_without_such_a_character_is_not_searched(monkeypatch):
    monkeypatch.setattr(transport, "cleaned", None)
    response = requests.Response()
    response._content = b'{"description": "Anvils,\\n and \\"rockets\\"\\t/"}\r\n'
    assert json_of(response) == {"description": 'Anvils,\n and "rockets"\t/'}


class OldRaw:
    """A body as in urllib3 before 2.0."""

    def __init__(self, body):
        self.parts = [body[:5], body[5:]]

    def stream(self, size, decode_content):
        assert size
        assert not decode_content
        yield from self.parts


class BrokenRaw:
    """A truncated body."""

    def __init__(self, error):
        self.error = error

    def read1(self, size, decode_content):
        raise self.error


@pytest.fixture()
def answering():
    """Return a client whose server responds with 200 and this body."""

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
        (urllib3.exceptions.ReadTimeoutError(None, None, "the-token"), "did not respond within 30 s"),
        (urllib3.exceptions.ProtocolError("the-token"), "is incomplete"),
        (urllib3.exceptions.DecodeError("the-token"), "is incomplete"),
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
    assert certificate_problem(error) == certificate_problem(OSError("x")) == ""
