# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Malicious responses: compressed data of unlimited size, and echoes of the request."""

from __future__ import annotations

import base64
import gzip
import io
import json
import tracemalloc
import zlib
from functools import partial
from http.client import responses
from urllib.parse import quote

import pytest
import requests
from planted_secrets import planted, shown

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import ApiError, ConnectionFailedError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import MASK
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import (
    App,
    Credentials,
    Login,
    OAuthApp,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github import transport as _transport
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._github.releases import CLOUD, Release
from ansible_collections.hubops.github_apps.plugins.module_utils._github.server import Server
from ansible_collections.hubops.github_apps.plugins.module_utils._github.transport import Transport
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.oauth_grants import delete_grant

ANSWER = {"id": 1, "name": "x" * 5000}
MEGABYTE = 1024 * 1024


class OldRaw:
    """A body as in urllib3 before 2.0."""

    def __init__(self, body):
        self.body = io.BytesIO(body)

    def stream(self, size, decode_content):
        assert decode_content is False
        yield from iter(lambda: self.body.read(size), b"")

    def close(self):
        pass


class NewRaw(OldRaw):
    """A body as in urllib3 2.0 and newer."""

    def read1(self, size, decode_content):
        assert decode_content is False
        return self.body.read(min(size, 1000))

    def release_conn(self):
        pass


class Gateway(requests.adapters.BaseAdapter):
    """Respond to each request with the status, body (bytes) and headers that `answer` returns."""

    def __init__(self, answer, raw=NewRaw):
        super().__init__()
        self.answer = answer
        self.raw = raw
        self.requests = []

    def send(self, request, **_options):
        self.requests.append(request)
        status, body, headers = self.answer(request)
        response = requests.Response()
        response.status_code, response.reason = status, responses.get(status)
        response.raw = self.raw(body)
        response.headers.update(headers)
        response.request, response.url = request, request.url
        return response

    def close(self):
        pass


def client_of(answer, credentials=None, raw=NewRaw, retries=0, release=CLOUD):
    server = Gateway(answer, raw)
    session = requests.Session()
    session.mount("https://", server)
    transport = Transport(Server(release=release, retries=retries), session, sleep=lambda seconds: None)
    jwt = planted("JWT", 1)
    return Client(transport, credentials or Credentials(app=App(app_id="1", jwt=jwt), user_token="x")), server


@pytest.fixture(params=[OldRaw, NewRaw], ids=["urllib3 1", "urllib3 2"])
def packed(request):
    """Return a client whose server returns a body and declares it as compressed."""

    def make(body, encoding="gzip", **options):
        headers = {"Content-Encoding": encoding} if encoding else {}
        return client_of(lambda _request: (200, body, headers), raw=request.param, **options)

    return make


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip"])
def test_gzip_is_unpacked(packed, encoding):
    client, server = packed(gzip.compress(json.dumps(ANSWER).encode()), encoding)
    assert client.get("apps/get-authenticated", "id") == ANSWER
    assert server.requests[0].headers["Accept-Encoding"] == "gzip"


@pytest.mark.parametrize("encoding", [None, "", "identity"])
def test_a_body_that_is_not_packed(packed, encoding):
    client, _server = packed(json.dumps(ANSWER).encode(), encoding)
    assert client.get("apps/get-authenticated", "id") == ANSWER


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "compress", "gzip, gzip", "gzip, br", "x"])
def test_what_was_not_offered_is_refused(packed, encoding):
    client, server = packed(zlib.compress(b"{}"), encoding, retries=1)
    with pytest.raises(ConnectionFailedError, match="is incomplete or unreadable"):
        client.get("apps/get-authenticated")
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "body",
    [b"not gzip", gzip.compress(b"{}" * 9000)[:-20], gzip.compress(b"{}")[:-1], gzip.compress(b"{}")[:5] + b"\xff" * 9],
    ids=["none", "cut", "without its end", "garbled"],  # the same in all processes, because gzip writes the time
)
def test_gzip_that_is_broken(packed, body):
    client, _server = packed(body)
    with pytest.raises(ConnectionFailedError, match="is incomplete or unreadable"):
        client.get("apps/get-authenticated")


def test_an_empty_body_may_be_called_packed(packed):
    client, _server = packed(b"")
    assert client.call("apps/get-authenticated") == 200


@pytest.mark.parametrize("size", [65 * MEGABYTE, 300 * MEGABYTE])
def test_a_small_body_that_unpacks_without_end_is_left(packed, monkeypatch, size):
    """Memory use stays below the limit, whatever the body contains."""
    monkeypatch.setattr(_transport, "LARGEST_ANSWER", 4 * MEGABYTE)
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    block = bytes(MEGABYTE)
    body = b"".join([packer.compress(block) for _number in range(size // MEGABYTE)] + [packer.flush()])
    client, _server = packed(body)
    tracemalloc.start()
    with pytest.raises(ConnectionFailedError, match="is too large or takes too long"):
        client.get("apps/get-authenticated")
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 * MEGABYTE


def test_a_real_server_is_asked_for_gzip_alone(run_module, options, standin):
    from ansible_collections.hubops.github_apps.plugins.modules import github_app_info as module

    assert run_module(module, options)["app"]["id"] == 1001


TOKEN, PASSWORD, OTP = planted("installation token", 1), "correct horse battery", "402917"
CLIENT_SECRET = planted("40 hex digits", 1)
ACCESS_TOKEN = planted("OAuth token", 2)
JWT = planted("JWT", 1)

# Each with the credentials, an operation and its arguments, and sent values that must not be shown.
SENT = {
    "JWT": (Credentials(app=App(app_id="1", jwt=JWT)), "apps/get-authenticated", {}, [JWT]),
    "token": (
        Credentials(installation_token=TOKEN),
        "apps/revoke-installation-access-token",
        {},
        [TOKEN],
    ),
    "client secret": (
        Credentials(oauth_app=OAuthApp("client", CLIENT_SECRET)),
        "apps/check-token",
        {"client_id": "client", "body": {"access_token": ACCESS_TOKEN}},
        [CLIENT_SECRET, ACCESS_TOKEN, base64.b64encode(f"client:{CLIENT_SECRET}".encode()).decode()],
    ),
    "password": (
        Credentials(login=Login("octocat", PASSWORD, OTP)),
        "oauth-authorizations/list-grants",
        {},
        [PASSWORD, OTP, base64.b64encode(f"octocat:{PASSWORD}".encode()).decode()],
    ),
    "code": (Credentials(), "apps/create-from-manifest", {"code": "a1b2c3d4e5f6a7b8c9d0"}, ["a1b2c3d4e5f6a7b8c9d0"]),
}


def all_that_was_sent(request):
    """Return headers, URL and body, whole and in pieces."""
    lines = [f"{name}: {value}" for name, value in request.headers.items()]
    body = request.body.decode() if isinstance(request.body, bytes) else str(request.body)
    whole = " ".join([*lines, request.url, body])
    authorization = request.headers.get("Authorization", "")
    decoded = base64.b64decode(authorization[6:]).decode() if authorization.startswith("Basic ") else ""
    return [
        whole,
        decoded,
        whole.upper(),
        quote(whole),
        *lines,
        *authorization.split("."),
        authorization[:30],
        body,
        request.url,
    ]


def echoes(request):
    """Return responses of a gateway, with an echo in every place that messages and results can show."""
    for text in all_that_was_sent(request):
        yield 502, json.dumps({"message": f"bad: {text}"}), {}
        yield (
            403,
            json.dumps({"message": "no", "errors": [text, {"field": {text: [text]}}], "documentation_url": text}),
            {},
        )
        header = text.encode("ascii", "replace").decode().replace("\n", " ")
        yield 422, json.dumps({"message": "no"}), {"X-GitHub-Request-Id": header}
        permission = "".join(character for character in text if character.isalnum() or character == "_")
        yield 403, json.dumps({"message": "no"}), {"X-Accepted-GitHub-Permissions": f"{permission}=read"}


def answer_with(number, answers, request):
    """Respond with the echo of this number. :param answers: receives all of them."""
    answers.extend(echoes(request))
    status, body, headers = answers[number]
    return status, body.encode(), headers


@pytest.mark.parametrize("name", list(SENT))
def test_echoed_secrets_are_masked(name):
    credentials, operation, arguments, secrets = SENT[name]
    count, number_of_answers = 0, 1
    while count < number_of_answers:
        answers = []
        answer = partial(answer_with, count, answers)
        release = Release(2, 20) if name == "password" else CLOUD
        client, _server = client_of(answer, credentials, release=release)
        with pytest.raises(ApiError) as caught:
            client.call(operation, **arguments)
        seen = json.dumps([str(caught.value), caught.value.facts()])
        for secret in secrets:
            assert secret not in seen
            assert shown(seen, secret) == []
        count, number_of_answers = count + 1, len(answers)
    assert count > 30


def test_a_mask_stands_where_the_secret_stood():
    credentials = SENT["token"][0]
    body = json.dumps({"message": f"Header Authorization: Bearer {TOKEN} is too long"}).encode()
    client, _server = client_of(lambda _request: (400, body, {}), credentials)
    with pytest.raises(ApiError, match=rf"Authorization: Bearer {'[*]' * len(MASK)} is too long"):
        client.call("apps/revoke-installation-access-token")


def test_a_token_in_a_path_is_masked():
    def answer(request):
        return 500, json.dumps({"message": f"no route for {request.url}"}).encode(), {}

    client, _server = client_of(answer, SENT["client secret"][0], release=Release(2, 19))
    with pytest.raises(ApiError) as caught:
        delete_grant(client, ACCESS_TOKEN)
    assert shown(str(caught.value), ACCESS_TOKEN) == []
    assert MASK in str(caught.value)


@pytest.mark.parametrize("place", ["name", "description"])
def test_control_characters_in_responses_are_replaced(place):
    hostile = "a\x1b[2J\x9b\u202e\r\b\x07"
    body = json.dumps({"id": 1, place: hostile, "permissions": {hostile: hostile}}).encode()
    client, _server = client_of(lambda _request: (200, body, {}))
    answer = client.get("apps/get-authenticated", "id")
    assert not [
        text for text in (answer[place], *answer["permissions"]) if any(c in text for c in "\x1b\x9b\u202e\r\b\x07")
    ]
    assert answer[place].startswith("a\ufffd[2J")
