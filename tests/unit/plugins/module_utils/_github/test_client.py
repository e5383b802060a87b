# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client with scripted responses: what it sends, when it retries and waits, and how it reports errors."""

from __future__ import annotations

import itertools
import json
import re
import ssl
import time
from dataclasses import replace
from email.utils import formatdate
from urllib.parse import unquote

import jwt
import pytest
import requests
from answers import Script
from cryptography.hazmat.primitives.asymmetric import rsa

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    ApiError,
    ConnectionFailedError,
    GitHubAppsError,
    MissingLibraryError,
    OptionError,
    UnsupportedError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import (
    App,
    Credentials,
    Login,
    OAuthApp,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github import client as _client
from ansible_collections.hubops.github_apps.plugins.module_utils._github import transport as _transport
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._github.endpoints import ENDPOINTS, INSTALLATION
from ansible_collections.hubops.github_apps.plugins.module_utils._github.releases import CLOUD, Release
from ansible_collections.hubops.github_apps.plugins.module_utils._github.server import Server, server_from
from ansible_collections.hubops.github_apps.plugins.module_utils._github.transport import Transport
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import uninstall
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.oauth_grants import delete_grant
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.tokens import (
    is_live,
    revoke_installation_token,
)

urllib3 = requests.packages.urllib3
API = "https://api.github.com"
CREDENTIALS = Credentials(
    app=App(app_id="1001", jwt="app.jwt.value"), user_token="user-token", oauth_app=OAuthApp("client", "client-secret")
)


class Clock:
    def __init__(self):
        self.now = 1000.0
        self.slept = []
        self.said = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture()
def clock():
    return Clock()


@pytest.fixture()
def scripted(clock):
    def make(*answers, credentials=CREDENTIALS, **server):
        script = Script(answers)
        session = requests.Session()
        session.mount("https://", script)
        session.mount("http://", script)
        transport = Transport(Server(**server), session, clock.said.append, clock, clock, clock.sleep)
        return Client(transport, credentials), script

    return make


def test_a_request_has_method_url_headers_and_body(scripted):
    client, script = scripted((201, {"token": "t"}))
    client.get("apps/create-installation-access-token", body={"permissions": {"contents": "read"}}, installation_id=42)
    (request,) = script.sent
    assert (request.method, request.url) == ("POST", f"{API}/app/installations/42/access_tokens")
    assert request.headers["Authorization"] == "Bearer app.jwt.value"
    assert request.headers["Accept"] == "application/vnd.github+json"
    assert request.headers["X-GitHub-Api-Version"] == "2022-11-28"
    assert request.headers["User-Agent"] == "hubops.github_apps (Ansible collection)"
    assert json.loads(request.body) == {"permissions": {"contents": "read"}}


def test_a_request_without_a_body_sends_none(scripted):
    client, script = scripted((201, {"token": "t"}))
    client.call("apps/create-installation-access-token", installation_id=42)
    assert script.sent[0].body is None


def test_each_request_has_a_timeout(scripted):
    client, script = scripted((200, {"installed_version": "3.19.1"}), (200, {}), release=None, timeout=7)
    client.call("apps/get-authenticated")
    assert script.timeouts == [7, 7]


def test_values_in_a_path_are_quoted(scripted):
    client, script = scripted((200, {}))
    client.call("apps/get-org-installation", org="x/a b/%")
    assert script.sent[0].url == f"{API}/orgs/x%2Fa%20b%2F%25/installation"


@pytest.mark.parametrize(
    "operation, path, scheme",
    [
        ("apps/get-authenticated", {}, "Bearer app.jwt.value"),
        ("repos/get", {"owner": "o", "repo": "r"}, "Bearer user-token"),
        ("apps/check-token", {"client_id": "client"}, "Basic Y2xpZW50OmNsaWVudC1zZWNyZXQ="),
    ],
)
def test_each_operation_gets_the_authentication_it_wants(scripted, operation, path, scheme):
    client, script = scripted((200, {}))
    client.call(operation, **path)
    assert script.sent[0].headers["Authorization"] == scheme


def test_installation_client_uses_only_its_token(scripted):
    client, script = scripted((204, None), (200, {}))
    installation = client.with_installation_token("installation-token")
    installation.call("apps/revoke-installation-access-token")
    installation.call("repos/get", owner="o", repo="r")
    assert {request.headers["Authorization"] for request in script.sent} == {"Bearer installation-token"}
    with pytest.raises(OptionError, match="app_id and private_key_path"):
        installation.call("apps/get-authenticated")


def test_a_netrc_file_does_not_replace_the_credentials(scripted, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine api.github.com login me password netrc-password\n")
    monkeypatch.setenv("NETRC", str(netrc))
    client, script = scripted((200, {}), (200, {"installed_version": "3.19.0"}), (200, {}))
    client.call("apps/get-authenticated")
    assert script.sent[0].headers["Authorization"] == "Bearer app.jwt.value"


def test_asking_for_the_release_sends_no_credentials(scripted, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine ghes.example.com login me password netrc-password\n")
    monkeypatch.setenv("NETRC", str(netrc))
    client, script = scripted(
        (200, {"installed_version": "2.20.1"}), (200, {}), api_url="https://ghes.example.com/api/v3", release=None
    )
    client.call("apps/get-authenticated")
    assert "Authorization" not in script.sent[0].headers
    assert "X-GitHub-Api-Version" not in script.sent[0].headers
    assert [request.url.rpartition("/")[2] for request in script.sent] == ["meta", "app"]
    assert script.sent[1].headers["Accept"] == "application/vnd.github.machine-man-preview+json"
    assert "X-GitHub-Api-Version" not in script.sent[1].headers


def test_the_release_is_asked_once(scripted):
    client, script = scripted((200, {"installed_version": "3.19.1"}), (200, {}), (200, {}), release=None)
    client.call("apps/get-authenticated")
    client.with_installation_token("t").call("repos/get", owner="o", repo="r")
    assert len(script.sent) == 3
    assert client.release == Release(3, 19)


@pytest.mark.parametrize("version", ["2.17.5", "2.9.0", "1.20.1"])
def test_a_server_that_is_too_old_is_refused_before_it_is_asked_for_more(scripted, version):
    client, script = scripted((200, {"installed_version": version}), release=None)
    release = version.rpartition(".")[0]
    with pytest.raises(
        UnsupportedError,
        match=f"^GitHub Enterprise Server {release} is not supported. The oldest supported release is 2.18",
    ):
        client.call("apps/get-authenticated")
    assert len(script.sent) == 1


@pytest.mark.parametrize("version", ["2.17", "2.17.5", "2.9", "1.20"])
def test_a_release_that_is_too_old_is_refused_by_name(version):
    with pytest.raises(
        OptionError,
        match="^server_version: GitHub Enterprise Server .* is not supported. The oldest supported release is 2.18",
    ):
        server_from({"api_url": "ghes.example.com", "server_version": version})


def test_the_release_is_read_from_a_header_where_the_server_keeps_meta_to_itself(scripted):
    client, _script = scripted((401, {}, {"X-GitHub-Enterprise-Version": "enterprise-server@3.4.2"}), release=None)
    assert client.release == Release(3, 4)


@pytest.mark.parametrize(
    "answer", [(200, "<html>hello</html>"), (404, {}), (200, {"verifiable_password_authentication": True})]
)
def test_what_is_no_github_server_is_said_so(scripted, answer):
    client, _script = scripted(answer, release=None)
    with pytest.raises(ConnectionFailedError, match="No GitHub Enterprise Server was found.*server_version"):
        client.release


@pytest.mark.parametrize(
    "answer, error",
    [
        ((302, {}, {"Location": "https://elsewhere.example.com/"}), ApiError),
        ((403, {"message": "x"}), ApiError),
        ((429, {"message": "x"}), ApiError),
        ((500, {"message": "x"}), ApiError),
        ((401, {"message": "x"}), ConnectionFailedError),
        ((404, {"message": "x"}), ConnectionFailedError),
    ],
)
def test_a_server_that_refuses_to_tell_its_release_is_taken_at_its_word(scripted, answer, error):
    client, _script = scripted(answer, release=None, retries=0, max_wait=0)
    with pytest.raises(error, match="GET /meta returned" if error is ApiError else "/meta returned 40[14]"):
        client.release


@pytest.mark.parametrize("verify", [True, False, "/ca.pem"])
def test_verify_is_given_with_each_request(scripted, monkeypatch, verify):
    client, script = scripted((200, {}), verify=verify)
    client.call("apps/get-authenticated")
    assert script.verify == [verify]


@pytest.mark.parametrize("verify, used", [(True, "/bundle.pem"), (False, False), ("/ca.pem", "/ca.pem")])
def test_the_bundle_of_the_environment_does_not_overrule_the_options(scripted, monkeypatch, verify, used):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/bundle.pem")
    client, script = scripted((200, {}), verify=verify)
    client.call("apps/get-authenticated")
    assert script.verify == [used]


def test_an_operation_that_the_release_lacks_is_refused_before_the_call(scripted):
    client, script = scripted(release=Release(2, 20))
    with pytest.raises(UnsupportedError, match=r"Server 2\.20 does not support PUT .* 2\.22 is the first release"):
        client.call("apps/suspend-installation", installation_id=1)
    client, script = scripted()
    with pytest.raises(UnsupportedError, match=r"^github\.com does not support .* 3\.3 is the last release"):
        client.call("apps/revoke-grant-for-application", client_id="c", access_token="the-token")
    with pytest.raises(UnsupportedError, match=r"\)\. Only GitHub Enterprise Server supports it\.$"):
        client.call("oauth-authorizations/list-grants")
    assert script.sent == []


@pytest.mark.parametrize(
    "failure",
    [
        requests.exceptions.ConnectionError("the-token"),
        requests.exceptions.ReadTimeout("the-token"),
        requests.exceptions.ConnectTimeout("the-token"),
        requests.exceptions.ChunkedEncodingError("the-token"),
        (502, "<html>bad gateway</html>"),
        (500, {"message": "Server Error"}),
        (503, None),
    ],
)
@pytest.mark.parametrize(
    "operation", ["apps/get-installation", "apps/delete-installation", "apps/create-installation-access-token"]
)
def test_passing_faults_are_overcome_where_repeating_is_safe(scripted, clock, failure, operation):
    success = {"apps/delete-installation": 204, "apps/create-installation-access-token": 201}.get(operation, 200)
    client, script = scripted(failure, failure, (success, {"id": 1}), retries=3)
    assert client.get(operation, installation_id=1) == {"id": 1}
    assert len(script.sent) == 3
    assert clock.slept == [1, 2]


def test_what_is_not_safe_to_repeat_is_not_repeated(scripted, monkeypatch):
    row = _client.ENDPOINTS["apps/create-installation-access-token"]
    monkeypatch.setitem(
        _client.ENDPOINTS, "apps/create-installation-access-token", row.__class__(row.method, row.path, row.auth)
    )
    for failure in (requests.exceptions.ReadTimeout(), (502, None)):
        client, script = scripted(failure, (200, {}), retries=3)
        with pytest.raises((ConnectionFailedError, ApiError)):
            client.call("apps/create-installation-access-token", installation_id=1)
        assert len(script.sent) == 1
    # A rate limit means that nothing was done, but a busy server does not.
    client, script = scripted((429, {}), (200, {}))
    client.call("apps/create-installation-access-token", installation_id=1)
    client, script = scripted((503, None, {"Retry-After": "1"}), (200, {}))
    with pytest.raises(ApiError):
        client.call("apps/create-installation-access-token", installation_id=1)


@pytest.mark.parametrize("retries", [0, 2])
def test_retries_end(scripted, retries):
    client, script = scripted(*[requests.exceptions.ConnectionError("the-token")] * 9, retries=retries)
    with pytest.raises(ConnectionFailedError, match="could not be reached .*api_url") as caught:
        client.call("apps/get-authenticated")
    assert len(script.sent) == retries + 1
    assert "the-token" not in str(caught.value)
    client, script = scripted(*[(503, None)] * 9, retries=retries)
    with pytest.raises(ApiError, match="returned 503: Service Unavailable"):
        client.call("apps/get-authenticated")
    assert len(script.sent) == retries + 1
    client, script = scripted(*[(599, None)] * 9, retries=retries)
    with pytest.raises(ApiError, match="returned 599: no message"):
        client.call("apps/get-authenticated")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 406, 410, 415, 422])
def test_refusals_are_not_repeated(scripted, status):
    client, script = scripted((status, {"message": "No"}))
    with pytest.raises(ApiError) as caught:
        client.call("apps/get-installation", installation_id=7)
    assert len(script.sent) == 1
    assert caught.value.status == status
    assert "GET /app/installations/7 returned" in str(caught.value)


@pytest.mark.parametrize(
    "error, says",
    [
        (requests.exceptions.SSLError("the-token"), "The TLS connection to github.com failed"),
        (
            requests.exceptions.ProxyError("the-token"),
            "The proxy for github.com cannot be used .tried once.. Check HTTPS_PROXY",
        ),
        (requests.exceptions.ReadTimeout("the-token"), r"did not respond within 30 s \(tried once\)\. Raise timeout"),
        (
            requests.exceptions.ContentDecodingError("the-token"),
            r"is incomplete or unreadable .*\(tried once\): ContentDecodingError\.",
        ),
    ],
)
def test_connection_faults_have_a_sentence_each_and_quote_nothing(scripted, error, says):
    client, _script = scripted(error, retries=0)
    with pytest.raises(ConnectionFailedError, match=says) as caught:
        client.call("apps/get-authenticated")
    assert "the-token" not in str(caught.value)


def chained(inner, **chain):
    error = OSError("x")
    error.__cause__, error.__context__ = chain.get("cause"), chain.get("context")
    return error if chain else inner


@pytest.mark.parametrize(
    "reason, remedy",
    [
        ("self-signed certificate", "Set ca_path"),
        ("Hostname mismatch, certificate", "Set api_url to the host name in the certificate"),
        ("IP address mismatch", "Set api_url to the host name in the certificate"),
        ("certificate is not valid for 'localhost'.", "Set api_url to the host name in the certificate"),
        ("Certificate is NOT VALID FOR 'localhost'.", "Set api_url to the host name in the certificate"),
        ("certificate has expired", "needs a new certificate"),
    ],
)
@pytest.mark.parametrize(
    "wrapped",
    [
        lambda inner: inner,
        lambda inner: requests.packages.urllib3.exceptions.MaxRetryError(None, "/x", inner),
        lambda inner: chained(inner, cause=inner),
        lambda inner: chained(inner, context=inner),
    ],
)
def test_a_bad_certificate_is_explained_with_openssls_words(scripted, reason, remedy, wrapped):
    inner = ssl.SSLCertVerificationError(1, "x")
    inner.verify_message = reason
    client, script = scripted(requests.exceptions.SSLError(wrapped(inner)), retries=3)
    with pytest.raises(ConnectionFailedError, match=remedy):
        client.call("apps/get-authenticated")
    assert len(script.sent) == 1


def test_a_certificate_of_which_urllib3_finds_the_name_wrong_is_explained(scripted):
    inner = requests.packages.urllib3.connection.CertificateError("hostname 'x' doesn't match 'the-token'")
    client, script = scripted(requests.exceptions.SSLError(inner), retries=3)
    with pytest.raises(
        ConnectionFailedError, match=r"verified \(Hostname mismatch\)\. Set api_url to the host"
    ) as caught:
        client.call("apps/get-authenticated")
    assert len(script.sent) == 1
    assert "the-token" not in str(caught.value)


@pytest.mark.parametrize(
    "answer, slept",
    [
        ((403, {"message": "secondary rate limit"}, {"Retry-After": "7"}), [7]),
        ((429, {}, {"Retry-After": "7"}), [7]),
        ((403, {}, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1020"}), [21]),
        ((403, {}, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "980"}), [1]),
        ((429, {}, {"X-RateLimit-Remaining": "0"}), [60]),
        ((429, {}), [60]),
        ((429, {}, {"Retry-After": "0"}), [1]),
        ((429, {}, {"Retry-After": "²"}), [60]),
        ((429, {}, {"Retry-After": "٧"}), [60]),
        ((429, {}, {"Retry-After": "soon"}), [60]),
        ((503, {}, {"Retry-After": "20"}), [20]),
        ((403, {"message": "You have exceeded a secondary rate limit. Please wait"}), [60]),
        ((403, {"message": "You have triggered an abuse detection mechanism."}), [60]),
    ],
)
def test_limits_are_waited_for(scripted, clock, answer, slept):
    client, script = scripted(answer, (201, {}))
    client.call("apps/create-installation-access-token", installation_id=1)
    assert clock.slept == slept
    assert len(script.sent) == 2


def test_a_limit_beyond_the_bound_fails_and_says_for_how_long(scripted, clock):
    client, script = scripted(
        (403, {"message": "API rate limit exceeded"}, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4600"})
    )
    with pytest.raises(ApiError, match="requires a wait of 3601 s, until 1970-01-01T01:16:41Z") as caught:
        client.call("apps/get-authenticated")
    assert caught.value.cause == "limit"
    assert clock.slept == []
    assert len(script.sent) == 1


def test_waiting_for_limits_ends(scripted, clock):
    client, script = scripted(*[(429, {})] * 9)
    with pytest.raises(ApiError, match="requires a wait of 240 s, until .*after 180 s of previous waits"):
        client.call("apps/get-authenticated")
    assert clock.slept == [60, 120]


def test_a_plain_403_is_no_limit(scripted, clock):
    client, _script = scripted(
        (403, {"message": "This installation has been suspended"}, {"X-RateLimit-Remaining": "10"})
    )
    with pytest.raises(ApiError) as caught:
        client.call("apps/get-authenticated")
    assert caught.value.cause == "suspended"
    assert clock.slept == []


def test_a_limit_without_a_pause_ends(scripted, clock):
    client, script = scripted(*[(429, {}, {"Retry-After": "0"})] * 200)
    with pytest.raises(ApiError, match="requires a wait of"):
        client.call("apps/get-authenticated")
    assert len(script.sent) == 11


def test_pauses_between_tries_are_bounded(scripted, clock):
    client, _script = scripted(*[(502, None)] * 9, retries=8)
    with pytest.raises(ApiError):
        client.call("apps/get-authenticated")
    assert clock.slept == [1, 2, 4, 8, 16, 30, 30, 30]


@pytest.mark.parametrize("origin", [API, f"{API}:443", "https://API.github.com", ""])
def test_a_redirect_of_a_get_is_followed_within_the_server(scripted, origin):
    client, script = scripted((301, {}, {"Location": f"{origin}/repositories/1/installation"}), (200, {"id": 1}))
    assert client.get("apps/get-repo-installation", "id", owner="o", repo="old") == {"id": 1}
    assert script.sent[1].url.lower() == f"{origin or API}/repositories/1/installation".lower()
    assert script.sent[1].headers["Authorization"] == "Bearer app.jwt.value"


@pytest.mark.parametrize(
    "location",
    ["https://evil.example.com/x", "http://api.github.com/x", "https://api.github.com:8443/x"],
)
def test_no_redirect_leaves_the_server(scripted, location):
    client, script = scripted((302, {}, {"Location": location}))
    with pytest.raises(ApiError, match="not followed"):
        client.call("apps/get-authenticated")
    assert len(script.sent) == 1


def test_a_redirect_of_a_write_is_not_followed(scripted):
    client, script = scripted((307, {}, {"Location": f"{API}/x"}))
    with pytest.raises(ApiError, match="not followed"):
        client.call("apps/create-installation-access-token", installation_id=1)
    assert len(script.sent) == 1


def test_redirects_end(scripted):
    client, script = scripted(*[(302, {}, {"Location": f"{API}/again"})] * 20)
    with pytest.raises(ApiError, match="not followed"):
        client.call("apps/get-authenticated")
    assert len(script.sent) == 6


def test_an_answer_that_is_not_json_is_no_answer(scripted):
    client, _script = scripted((200, "<html>Sign in</html>"))
    with pytest.raises(ConnectionFailedError, match="not JSON.*proxy or login page"):
        client.get("apps/get-authenticated")


@pytest.mark.parametrize("body", [None, "", "<html>", [], {"message": None}, {"errors": "x"}, "null"])
def test_a_refusal_may_have_any_body(scripted, body):
    client, _script = scripted((422, body))
    with pytest.raises(ApiError, match="422"):
        client.call("apps/get-authenticated")


ODD = [None, "", "null", "[]", "7", '"text"', {}, {"id": None}, {"name": "x"}]


@pytest.mark.parametrize("body", ODD)
def test_an_answer_without_what_it_must_have_is_no_answer(scripted, body):
    client, _script = scripted((200, body), (200, body))
    with pytest.raises(
        ConnectionFailedError,
        match="returned (200 with a response that is not JSON|an unexpected response for apps/get-installation)",
    ):
        client.get("apps/get-installation", "id", installation_id=1)
    with pytest.raises(ConnectionFailedError):
        client.find("apps/get-installation", "id", installation_id=1)


@pytest.mark.parametrize("errors", [5, "x", {"a": 1}, None])
def test_errors_that_are_no_list_are_left_out(scripted, errors):
    client, _script = scripted((422, {"message": "x", "errors": errors}))
    with pytest.raises(ApiError) as caught:
        client.call("apps/get-authenticated")
    assert caught.value.errors == []


@pytest.mark.parametrize(
    "answer", [(404, "<html>nginx</html>"), (404, None), (404, {}), (404, {"error": "no"}), (404, "[]")]
)
def test_a_404_that_is_not_githubs_is_no_absence(scripted, answer):
    client, _script = scripted(answer)
    with pytest.raises(ApiError, match="was not sent by GitHub"):
        client.find("apps/get-installation", installation_id=1)


@pytest.mark.parametrize(
    "answer", [(401, "<html>proxy</html>"), (401, {"message": "Requires authentication"}), (403, {})]
)
def test_a_refusal_that_is_not_about_the_token_does_not_mean_that_it_is_gone(scripted, answer):
    for function in (revoke_installation_token, is_live):
        client, _script = scripted(answer)
        with pytest.raises(ApiError):
            function(client, "ghs_x")


GONE = (401, {"message": "Bad credentials"})
NOT_FOUND = (404, {"message": "Not Found"})


@pytest.mark.parametrize("answer", [GONE, NOT_FOUND])
@pytest.mark.parametrize("fault", [requests.exceptions.ConnectTimeout(), (429, None, {"Retry-After": "1"})])
def test_what_is_gone_after_a_request_that_did_not_arrive_was_gone_before(scripted, fault, answer):
    client, _script = scripted(fault, answer, answer, max_wait=60)
    if answer is GONE:
        assert revoke_installation_token(client, "t") is False
    else:
        assert uninstall(client, 1, 0) == {"changed": False}


@pytest.mark.parametrize("fault", [(502, None), requests.exceptions.ReadTimeout()])
def test_what_is_gone_after_a_repeated_request_counts_as_changed(scripted, fault):
    client, _script = scripted(fault, GONE, GONE)
    assert [revoke_installation_token(client, "t") for _time in range(2)] == [True, False]
    client, script = scripted(fault, NOT_FOUND, NOT_FOUND)
    assert [delete_grant(client, "t")["changed"] for _time in range(2)] == [True, False]
    assert {request.body for request in script.sent} == {b'{"access_token": "t"}'}
    client, _script = scripted(fault, NOT_FOUND, NOT_FOUND, NOT_FOUND, NOT_FOUND)
    assert [uninstall(client, 1, 0) for _time in range(2)] == [{"changed": True}, {"changed": False}]


def test_writes_are_counted(scripted):
    client, _script = scripted((200, {"id": 1}), (201, {}), (204, None), (500, None), (204, None), retries=0)
    client.get("apps/get-authenticated")
    client.call("apps/create-installation-access-token", installation_id=1)
    assert client.transport.writes == 0
    write(client)
    with pytest.raises(ApiError):
        write(client)
    client.with_installation_token("t").call("apps/revoke-installation-access-token")
    assert client.transport.writes == 2


@pytest.mark.parametrize("failure", [OSError("/none.pem"), ValueError("the-token"), OverflowError("x")])
def test_other_exceptions_are_converted(scripted, failure):
    client, script = scripted(failure)
    with pytest.raises(ConnectionFailedError, match="REQUESTS_CA_BUNDLE") as caught:
        client.call("apps/get-authenticated")
    assert len(script.sent) == 1
    assert "the-token" not in str(caught.value)


@pytest.mark.parametrize(
    "message", ["app_jwt expired: 'Expiration time' claim ('exp') must be", "A JSON web token could not be decoded"]
)
def test_a_jwt_signed_elsewhere_is_not_blamed_on_this_machine(scripted, message):
    client, _script = scripted((401, {"message": message}))
    with pytest.raises(ApiError, match="Create a new JWT") as caught:
        client.call("apps/get-authenticated")
    assert caught.value.cause == "app_jwt"


def test_an_error_holds_facts_for_programs(scripted):
    answer = {"message": "Validation Failed", "errors": ["why"], "documentation_url": "https://docs.github.com/x"}
    client, _script = scripted((422, answer, {"X-GitHub-Request-Id": "AB:12"}))
    with pytest.raises(ApiError) as caught:
        client.call("apps/get-installation", installation_id=7)
    assert caught.value.facts() == {
        "cause": "invalid",
        "status": 422,
        "operation": "apps/get-installation",
        "request_id": "AB:12",
        "documentation_url": "https://docs.github.com/x",
        "errors": ["why"],
    }
    client, _script = scripted((409, {"message": "Conflict"}))
    with pytest.raises(ApiError) as caught:
        client.call("apps/get-authenticated")
    assert caught.value.facts() == {"cause": "refused", "status": 409, "operation": "apps/get-authenticated"}


def test_a_secret_in_a_path_is_in_no_message(scripted):
    client, _script = scripted((500, {"message": "Server Error"}), release=Release(2, 19), retries=0)
    with pytest.raises(ApiError) as caught:
        client.call("apps/check-authorization", client_id="client", access_token="the-token")
    assert "the-token" not in f"{caught.value}{caught.value.facts()}{caught.value!r}"
    assert "GET /applications/client/tokens/{access_token}" in str(caught.value)


def test_find_gives_none_where_there_is_nothing(scripted):
    client, _script = scripted((404, {"message": "Not Found"}))
    assert client.find("apps/get-installation", installation_id=1) is None


@pytest.mark.parametrize(
    "answer", [(404, {"message": "Integration not found"}), (401, {"message": "Bad credentials"}), (500, {})]
)
def test_find_raises_other_errors(scripted, answer):
    client, _script = scripted(answer, retries=0)
    with pytest.raises(ApiError):
        client.find("apps/get-installation", installation_id=1)


def page(numbers, total=None, **links):
    link = ", ".join(f'<https://elsewhere.example.com/anything?{query}>; rel="{name}"' for name, query in links.items())
    return (
        200,
        {**({"total_count": total} if total else {}), "repositories": [{"id": number} for number in numbers]},
        {"Link": link} if link else {},
    )


LISTING = "apps/list-repos-accessible-to-installation"


@pytest.fixture()
def installation():
    return Credentials(installation_token="t")


def test_a_listing_of_one_page_is_one_request(scripted, installation):
    client, script = scripted(page([1, 2]), credentials=installation)
    assert client.list(LISTING) == [{"id": 1}, {"id": 2}]
    assert [request.url for request in script.sent] == [f"{API}/installation/repositories?per_page=100"]


def test_further_pages_are_fetched_in_order_and_from_the_server_alone(scripted, installation):
    first = page([1], next="per_page=100&page=2", last="per_page=100&page=3")
    client, script = scripted(first, page([2]), page([3]), credentials=installation)
    assert sorted(item["id"] for item in client.list(LISTING)) == [1, 2, 3]
    assert sorted(request.url for request in script.sent[1:]) == [
        f"{API}/installation/repositories?per_page=100&page={number}" for number in (2, 3)
    ]


def test_a_listing_without_a_last_page_is_walked(scripted, installation):
    client, script = scripted(
        page([1], next="per_page=100&after=abc"),
        page([2], next="per_page=100&after=def"),
        page([3]),
        credentials=installation,
    )
    assert [item["id"] for item in client.list(LISTING)] == [1, 2, 3]
    assert script.sent[2].url == f"{API}/installation/repositories?per_page=100&after=def"


def test_endless_lists_are_limited(scripted, installation):
    client, script = scripted(*[page([1], next="after=abc")] * 1100, credentials=installation)
    with pytest.raises(ConnectionFailedError, match=f"more than 1000 pages for {LISTING}"):
        client.list(LISTING)
    client, script = scripted(*[page([1], next="page=2", last="page=99999999")] * 1100, credentials=installation)
    with pytest.raises(ConnectionFailedError, match=f"more than 1000 pages for {LISTING}"):
        client.list(LISTING)


def test_a_listing_tells_how_many_pages_follow(scripted, installation):
    links = ({"next": "page=2", "last": "page=5"}, {"next": "page=2", "last": "page=2"}, {"next": "after=x"}, {})
    client, _script = scripted(*[page([1], **link) for link in links], credentials=installation)
    assert [client.listing(LISTING).further_pages for _time in links] == [4, 1, float("inf"), 0]


def test_a_first_page_that_is_the_last_is_all(scripted, installation):
    client, script = scripted(page([1], last="page=1"), credentials=installation)
    assert client.list(LISTING) == [{"id": 1}]
    assert len(script.sent) == 1


@pytest.mark.parametrize("link", [{"last": "page=3", "next": "page=2"}, {"next": "after=x"}])
def test_a_listing_may_have_as_many_pages_as_are_read(scripted, installation, monkeypatch, link):
    monkeypatch.setattr(_client, "MAX_PAGES", 3)
    client, _script = scripted(*(page([number], **link) for number in range(1, 4)), page([4]), credentials=installation)
    assert len(client.list(LISTING)) in (3, 4)


def test_a_listing_has_filters_and_what_stands_around_it(scripted, installation):
    client, script = scripted(page([1], 1), page([1], 1), credentials=installation)
    assert client.listing(LISTING, query={"sort": "name"}).wrapper["total_count"] == 1
    assert client.list(LISTING, query={"sort": "name"}) == [{"id": 1}]
    assert {request.url.partition("?")[2] for request in script.sent} == {"per_page=100&sort=name"}
    client, script = scripted((200, [{"id": 1}]))
    assert client.listing("apps/list-installations").wrapper == {}


@pytest.mark.parametrize("wanted, previews", [({}, 1), ({"optional_previews": True}, 2)])
def test_what_previews_add_to_a_listing_is_asked_for_where_it_is_wanted(scripted, installation, wanted, previews):
    client, script = scripted(page([1]), credentials=installation, release=Release(2, 20))
    client.list(LISTING, **wanted)
    assert script.sent[0].headers["Accept"].count("-preview+json") == previews


def test_an_item_that_moves_to_another_page_counts_once(scripted, installation, clock):
    client, script = scripted(page([1, 2], last="page=2"), page([2, 3]), credentials=installation)
    assert [item["id"] for item in client.list(LISTING)] == [1, 2, 3]
    assert len(script.sent) == 2
    assert clock.said == []


def test_a_listing_that_lost_an_item_is_read_again(scripted, installation, clock):
    pages = [
        page([1, 2], 4, last="page=2"),
        page([4]),
        page([1, 3], 4, last="page=2"),
        page([3, 4]),
        page([1, 2], 4, next="page=2"),
    ]
    client, script = scripted(*pages, page([3, 4]), credentials=installation)
    reading = client.read(LISTING)
    assert [item["id"] for item in reading.items] == [1, 2, 3, 4]
    assert reading.is_complete is True
    assert len(script.sent) == 6
    assert clock.said == []


def test_incomplete_lists_cause_a_warning(scripted, installation, clock):
    client, script = scripted(*[page([1, 2], 3)] * 3, credentials=installation)
    reading = client.read(LISTING)
    assert ([item["id"] for item in reading.items], reading.is_complete) == ([1, 2], False)
    assert len(script.sent) == 3
    (said,) = clock.said
    assert said == (
        "github.com reported 3 items for /installation/repositories but returned 2. The list may have changed while it was being read. Run the task again."
    )


def test_items_without_an_id_are_all_kept(scripted, installation):
    client, _script = scripted((200, {"repositories": [{"name": "a"}, {"name": "b"}]}), credentials=installation)
    assert len(client.list(LISTING)) == 2


def test_an_item_without_what_it_must_have_is_no_item(scripted, installation):
    client, script = scripted(page([1, None]), credentials=installation)
    with pytest.raises(ConnectionFailedError, match=f"unexpected response for {LISTING}"):
        client.list(LISTING, "id")


@pytest.mark.parametrize("body", [{"message": "x"}, {"repositories": None}, "null", "7"])
def test_invalid_lists_are_rejected(scripted, installation, body):
    client, _script = scripted((200, body), credentials=installation)
    with pytest.raises(ConnectionFailedError, match="did not return a list"):
        client.list(LISTING)


def write(client):
    client.call("apps/add-repo-to-installation-for-authenticated-user", installation_id=1, repository_id=2)


@pytest.fixture()
def paced(scripted):
    """A client of github.com with a limit of its own."""

    def create(*answers, points_per_minute, **options):
        client, _script = scripted(*answers, release=CLOUD, **options)
        client.transport.server = client.server = client.server._replace(points_per_minute=points_per_minute)
        return client

    return create


def test_writes_to_the_cloud_stay_under_the_points_of_a_minute(scripted, clock):
    client, _script = scripted(*[(204, None)] * 181, release=CLOUD)
    for _time in range(180):
        write(client)
    assert clock.slept == []
    write(client)
    assert clock.slept == [60]
    (warning,) = clock.said
    assert warning.startswith(
        "Requests are slowed down to 900 points per minute for apps/add-repo-to-installation-for-"
    )


def test_reading_costs_one_point(paced, clock):
    client = paced(*[(200, {})] * 9, points_per_minute=7)
    for number in range(8):
        assert clock.slept == []
        client.call("apps/get-authenticated")
        clock.now += number == 0  # expires a second before the others
    assert clock.slept == [59]
    client.call("apps/get-authenticated")
    assert clock.slept == [59, 1]


def test_the_points_of_an_endpoint_do_not_limit_another(paced, clock):
    client = paced(*[(200, {})] * 3, points_per_minute=1)
    client.call("apps/get-authenticated")
    client.call("apps/list-installations")
    assert clock.slept == []
    client.call("apps/get-authenticated")
    assert clock.slept == [60]


def test_each_installation_has_its_own_points(paced, clock):
    client = paced(*[(200, {"repositories": []})] * 3, points_per_minute=1)
    one, other = (client.with_installation_token(f"ghs_{name}") for name in ("one", "other"))
    one.list(LISTING)
    other.list(LISTING)
    assert clock.slept == []
    one.list(LISTING)
    assert clock.slept == [60]


def test_a_request_that_costs_more_than_the_limit_is_sent(paced, clock):
    client = paced(*[(204, None)] * 2, points_per_minute=1)
    write(client)
    assert clock.slept == []
    write(client)
    assert clock.slept == [60]


@pytest.mark.parametrize("release", [CLOUD, Release(3, 19)])
def test_without_a_limit_nothing_waits(paced, clock, release):
    client = paced(*[(204, None)] * 400, points_per_minute=0)
    client._release = release
    for _time in range(400):
        write(client)
    assert clock.slept == []


def test_a_server_is_not_slowed_down(scripted, clock):
    client, _script = scripted(*[(204, None)] * 400, release=Release(3, 19), api_url="https://ghes.example.com/api/v3")
    for _time in range(400):
        write(client)
    assert clock.slept == []


def test_without_requests_the_library_is_named(monkeypatch):
    monkeypatch.setattr(_transport, "HAS_REQUESTS", False)
    with pytest.raises(MissingLibraryError, match="requests") as caught:
        Transport(Server())
    assert caught.value.facts() == {}


CLOCK_ERRORS = [
    "'Expiration time' claim ('exp') is too far in the future",
    "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
]


@pytest.fixture(scope="module")
def signing():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return Credentials(app=App(app_id="1001", private_key=key))


def refused_at(server_time, message=CLOCK_ERRORS[0]):
    return 401, {"message": message}, {"Date": formatdate(server_time, usegmt=True)}


def claims_of(request):
    return jwt.decode(request.headers["Authorization"].split()[1], options={"verify_signature": False})


@pytest.mark.parametrize("message", CLOCK_ERRORS)
@pytest.mark.parametrize("ahead", [-3000, -400, -90, -1, 1, 90, 400, 3000, 3600])
def test_a_wrong_clock_is_corrected_once_and_for_all(scripted, clock, signing, ahead, message):
    clock.now = 1_800_000_000.0
    minted = (201, {"token": "t", "expires_at": "x"})
    client, script = scripted(refused_at(clock.now + ahead, message), minted, minted, credentials=signing)
    for _time in range(2):
        client.get("apps/create-installation-access-token", installation_id=1)
    first, second, third = map(claims_of, script.sent)
    assert second == third
    assert second["iat"] - first["iat"] == ahead
    assert clock.slept == []
    (said,) = clock.said
    assert f"{abs(ahead)} s {'behind' if ahead > 0 else 'ahead of'} the clock of github.com" in said


@pytest.fixture()
def tokyo(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize("ahead", [-86_400, 3601, 86_400])
def test_a_clock_that_is_far_off_is_said_with_what_it_shows(scripted, clock, signing, tokyo, ahead):
    clock.now = 1_800_000_000.0
    client, script = scripted(refused_at(clock.now + ahead), credentials=signing)
    with pytest.raises(
        ApiError, match="It shows 2027-01-15T08:00:00Z, but the server shows 2027-01-1[456]T0[89]:00:0[01]Z"
    ) as caught:
        client.call("apps/get-authenticated")
    assert len(script.sent) == 1
    assert caught.value.cause == "clock"
    assert clock.said == []


def test_a_clock_is_corrected_once_only(scripted, clock, signing):
    client, script = scripted(refused_at(clock.now + 90), refused_at(clock.now + 180), credentials=signing)
    with pytest.raises(ApiError) as caught:
        client.call("apps/get-authenticated")
    assert len(script.sent) == 2
    assert caught.value.cause == "clock"


@pytest.mark.parametrize("headers", [{}, {"Date": "yesterday"}, {"Date": formatdate(1000, usegmt=True)}])
def test_without_a_difference_of_the_clocks_nothing_is_corrected(scripted, signing, headers):
    client, script = scripted((401, {"message": CLOCK_ERRORS[1]}, headers), credentials=signing)
    with pytest.raises(ApiError):
        client.call("apps/get-authenticated")
    assert len(script.sent) == 1


def test_a_jwt_signed_elsewhere_cannot_be_corrected(scripted, clock):
    client, script = scripted(refused_at(clock.now + 90))
    with pytest.raises(ApiError, match="Create a new JWT"):
        client.call("apps/get-authenticated")
    assert len(script.sent) == 1


BAD = (401, {"message": "Bad credentials"})


@pytest.mark.parametrize(
    "refusal", [BAD, (403, {"message": "Resource not accessible by integration"}), (403, {"message": "x"})]
)
def test_a_new_token_gets_time_to_be_known_everywhere(scripted, clock, refusal):
    client, script = scripted(refusal, refusal, (200, {"repositories": []}))
    listing = client.with_installation_token("t", age=0).listing("apps/list-repos-accessible-to-installation")
    assert listing.first == []
    assert clock.slept == [1, 2]
    assert len(script.sent) == 3


def test_the_time_for_a_new_token_ends(scripted, clock):
    client, script = scripted(*[BAD] * 10)
    with pytest.raises(ApiError) as caught:
        client.with_installation_token("t", age=0).call("apps/revoke-installation-access-token")
    assert caught.value.cause == "bad_credentials"
    assert clock.slept == [1, 2, 3, 4]
    assert len(script.sent) == 5


@pytest.mark.parametrize(
    "age, answer",
    [
        (10, BAD),
        (float("inf"), BAD),
        (0, (403, {"message": "This installation has been suspended"})),
        (0, (404, {"message": "Not Found"})),
        (0, (403, {"message": "rate limit"}, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9000"})),
    ],
)
def test_other_errors_cause_no_wait(scripted, clock, age, answer):
    client, script = scripted(answer)
    with pytest.raises(ApiError):
        client.with_installation_token("t", age).call("apps/revoke-installation-access-token")
    assert clock.slept == []
    assert len(script.sent) == 1


def test_people_are_told_of_a_long_wait_only(scripted, clock):
    client, _script = scripted((429, {}, {"Retry-After": "9"}), (429, {}, {"Retry-After": "10"}), (200, {}))
    client.call("apps/get-authenticated")
    assert clock.said == ["The rate limit of github.com requires a wait of 10 s (max_wait is 180 s)."]


@pytest.mark.parametrize("max_wait, tries", [(0, 1), (59, 1), (60, 2), (180, 3)])
def test_the_bound_of_all_waits_is_an_option(scripted, max_wait, tries):
    client, script = scripted(*[(429, {})] * 5, max_wait=max_wait)
    with pytest.raises(ApiError, match=f"requires a wait of {60 * 2 ** (tries - 1)} s, until"):
        client.call("apps/get-authenticated")
    assert len(script.sent) == tries


MINT = "apps/create-installation-access-token"
CLOCK = {"message": "'Expiration time' claim ('exp') must be a numeric value"}


@pytest.mark.parametrize(
    "answer, says",
    [
        ((429, {}, {"Retry-After": "99999999999999"}), "requires a wait of 60 s"),
        ((429, {}, {"Retry-After": "9" * 400}), "requires a wait of 60 s"),
        ((403, {}, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9" * 20}), "was not sent by GitHub"),
        ((403, {"message": "API rate limit exceeded"}), "requires a wait of 60 s"),
        ((401, CLOCK, {"Date": "Mon, 01 Jan 2024 00:00:00 +99999999999999"}), "Synchronize the clock"),
        ((401, CLOCK, {"Date": "Mon, 01 Jan 99999 00:00:00 GMT"}), "Synchronize the clock"),
        ((401, "[" * 200_000), "was not sent by GitHub"),
        ((200, "[" * 200_000), "is not JSON"),
        ((200, [], {"Link": f'<{API}/x?page={"9" * 5000}>; rel="last"'}), ""),
    ],
)
def test_no_header_and_no_body_is_too_odd(scripted, signing, answer, says):
    client, _script = scripted(answer, max_wait=0, credentials=signing)
    try:
        assert client.list("apps/list-installations") == []
        assert not says
    except GitHubAppsError as error:
        assert says
        assert says in str(error)


@pytest.mark.parametrize("header", [{"Date": "Mon, 01 Jan 99999 00:00:00 GMT"}, {"Location": "http://[::1"}])
def test_an_odd_header_spoils_no_answer(scripted, header):
    client, _script = scripted((200, {"id": 1}, header))
    assert client.get("apps/get-authenticated", "id") == {"id": 1}


def test_a_server_that_always_asks_to_come_again_is_left(scripted, clock):
    client, script = scripted(*[(503, {}, {"Retry-After": "1"})] * 9, retries=2)
    with pytest.raises(ApiError) as caught:
        client.call("apps/get-authenticated")
    assert caught.value.cause == "server_error"
    assert len(script.sent) == 3
    assert clock.slept == [1, 1]


@pytest.mark.parametrize(
    "operation, answer, is_told",
    [
        (MINT, requests.exceptions.ReadTimeout(), True),
        (MINT, requests.exceptions.ConnectionError(urllib3.exceptions.ProtocolError("aborted")), True),
        (MINT, requests.exceptions.ConnectionError(urllib3.exceptions.NewConnectionError(None, "no")), False),
        (MINT, requests.exceptions.ConnectTimeout(), False),
        ("apps/suspend-installation", (502, "<html>"), True),
        ("apps/get-installation", requests.exceptions.ReadTimeout(), False),
        ("apps/get-installation", (502, "<html>"), False),
    ],
)
def test_a_change_that_may_have_been_made_is_told(scripted, operation, answer, is_told):
    client, _script = scripted(answer, retries=0)
    with pytest.raises(GitHubAppsError) as caught:
        client.call(operation, installation_id=1)
    assert ("may have succeeded anyway" in str(caught.value)) is is_told


# The second run of these cannot return what the first one lost, or does the same again.
ONCE = {
    "apps/create-from-manifest",
    "apps/reset-token",
    "apps/reset-authorization",
    "apps/scope-token",
    "apps/create-content-attachment",
    "apps/create-content-attachment-for-repo",
    "oauth-authorizations/create-authorization",
    "oauth-authorizations/get-or-create-authorization-for-app",
    "oauth-authorizations/get-or-create-authorization-for-app-and-fingerprint",
}


@pytest.mark.parametrize("answer", [requests.exceptions.ReadTimeout(), (502, "<html>"), "<html>", {}])
@pytest.mark.parametrize("operation", [operation for operation, row in ENDPOINTS.items() if row.is_write])
def test_every_change_without_a_usable_answer_has_advice(scripted, operation, answer):
    row = ENDPOINTS[operation]
    if isinstance(answer, (str, dict)):
        answer = (row.success[0], answer)
    credentials = replace(CREDENTIALS, login=Login("octocat", "password"))
    client, _script = scripted(answer, retries=0, credentials=credentials, release=row.last)
    client = client.with_installation_token("ghs_x") if row.auth[0] == INSTALLATION else client
    path = dict.fromkeys(re.findall(r"{(\w+)}", row.path), "1")
    with pytest.raises(GitHubAppsError) as caught:
        client.get(operation, "token", **path)
    assert f"The request may have succeeded anyway. {row.if_done}" in str(caught.value)
    assert ("Run the task again to find out." in row.if_done) is (operation not in ONCE)


def test_a_change_that_may_have_been_made_by_an_earlier_try_is_told(scripted):
    refused = requests.exceptions.ConnectionError(urllib3.exceptions.NewConnectionError(None, "no"))
    client, _script = scripted(requests.exceptions.ReadTimeout(), refused, retries=1)
    with pytest.raises(ConnectionFailedError, match="could not be reached .* may have succeeded anyway"):
        client.call("apps/suspend-installation", installation_id=1)


def test_a_clock_that_is_set_right_during_the_run(scripted, clock, signing):
    now = formatdate(clock.now, usegmt=True)
    client, script = scripted((401, CLOCK, {"Date": now}), (200, {}), credentials=signing)
    client.transport.correction = 400.0
    client.call("apps/get-authenticated")
    assert client.transport.correction == 0
    assert clock.said == []
    assert len(script.sent) == 2


def test_an_answer_without_end_is_left(scripted, clock, monkeypatch):
    client, _script = scripted((200, {"id": 1}))
    monkeypatch.setattr(_transport, "parts_of", lambda response: itertools.repeat(b"x" * 2**20))
    with pytest.raises(ConnectionFailedError, match="is too large or takes too long"):
        client.call("apps/get-authenticated")


def test_an_answer_that_trickles_is_left(scripted, clock, monkeypatch):
    def trickle(response):
        while True:
            clock.now += 29
            yield b"x"

    client, _script = scripted((200, {"id": 1}))
    monkeypatch.setattr(_transport, "parts_of", trickle)
    with pytest.raises(ConnectionFailedError, match="stopped after 11 bytes"):
        client.call("apps/get-authenticated")


STEPS = ["", " ", ".", "..", "%2e", "%2E%2e", "%252e%252e", "../x", "a/../b", "..\\x", "%2e%2e%2fx", "%20"]


@pytest.mark.parametrize("value", STEPS)
@pytest.mark.parametrize(
    "operation, path",
    [
        ("apps/check-authorization", {"client_id": "client", "access_token": "t"}),
        ("apps/get-by-slug", {"app_slug": "x"}),
        ("apps/create-from-manifest", {"code": "x"}),
        ("repos/get", {"owner": "o", "repo": "r"}),
        (
            "oauth-authorizations/get-or-create-authorization-for-app-and-fingerprint",
            {"client_id": "c", "fingerprint": "f"},
        ),
    ],
)
def test_no_path_parameter_leads_to_another_path(scripted, operation, path, value):
    login = Credentials(login=Login("octocat", "x"), oauth_app=CREDENTIALS.oauth_app, user_token="t")
    for name in path:
        client, script = scripted(credentials=login, release=Release(2, 19))
        with pytest.raises(OptionError, match=f"^{name} cannot be empty, '\\.' or '\\.\\.'"):
            client.call(operation, **{**path, name: value})
        assert script.sent == []


@pytest.mark.parametrize("value", ["a", "a.b", "...", ".github", "a/b", "%41", "a b", "..a"])
def test_other_path_parameters_are_sent_as_they_are(scripted, value):
    client, script = scripted((200, {"id": 1}))
    client.get("apps/get-by-slug", app_slug=value)
    assert unquote(script.sent[0].url.rpartition("/")[2]) == value
