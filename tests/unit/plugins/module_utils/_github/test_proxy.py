# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules behind a proxy, over real sockets: whether it is used, what it can read, and how its errors are reported."""

from __future__ import annotations

import select
import socket
import threading
from base64 import b64encode
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, urlsplit

import pytest

from ansible_collections.hubops.github_apps.plugins.modules import github_app_info, github_installation_token

USER, PASSWORD = "proxy-user", "p@ss:w0rd/%41"
LOGIN = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
HTML = b"<html><body>A proxy</body></html>"


class Handler(BaseHTTPRequestHandler):
    def forward(self):
        """Forward one request and close; for CONNECT, forward everything that follows."""
        self.close_connection = True
        proxy, tunnel = self.server, self.command == "CONNECT"
        proxy.requests.append(f"{self.command} {self.path}")
        proxy.seen += self.raw_requestline + self.head()
        if proxy.login and self.headers["Proxy-Authorization"] != f"Basic {proxy.login}":
            return self.answer(407)
        if proxy.status:
            return self.answer(proxy.status)
        url = urlsplit(f"//{self.path}" if tunnel else self.path)
        with socket.create_connection((url.hostname, url.port)) as server:
            if tunnel:
                self.answer(200, b"")
            else:
                del self.headers["Proxy-Authorization"], self.headers["Connection"]
                self.headers["Connection"] = "close"
                target = url._replace(scheme="", netloc="").geturl()
                server.sendall(f"{self.command} {target} HTTP/1.1\r\n".encode() + self.head())
                server.sendall(self.rfile.read(int(self.headers["Content-Length"] or 0)))
            with suppress(ConnectionError):
                self.relay(server)

    do_CONNECT = do_GET = do_POST = forward

    def head(self):
        return "".join(f"{name}: {value}\r\n" for name, value in self.headers.items()).encode() + b"\r\n"

    def answer(self, status, body=HTML):
        self.send_response(status)
        if status == 407:
            self.send_header("Proxy-Authenticate", 'Basic realm="proxy"')
        if body:
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def relay(self, server):
        """Forward bytes in both directions until one side has ended."""
        peers = {self.connection: server, server: self.connection}
        while True:
            for source in select.select(list(peers), [], [])[0]:
                data = source.recv(65536)
                if not data:
                    return
                if source is self.connection:
                    self.server.seen += data
                peers[source].sendall(data)

    def log_message(self, *args):
        pass


class Proxy(ThreadingHTTPServer):
    """:param login: required Basic credentials. :param status: response instead of forwarding.

    :ivar requests: their first lines. :ivar seen: all bytes from clients.
    """

    daemon_threads = True

    def __init__(self, login=None, status=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.login, self.status = login, status
        self.requests, self.seen = [], b""

    def url(self, credentials=""):
        return f"http://{credentials}127.0.0.1:{self.server_port}"


@pytest.fixture()
def start():
    """Start proxies."""
    proxies = []

    def start(**options):
        proxies.append(Proxy(**options))
        threading.Thread(target=proxies[-1].serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return proxies[-1]

    yield start
    for proxy in proxies:
        proxy.shutdown()
        proxy.server_close()


@pytest.fixture()
def trusting(secure_options, ca_path):
    return {**secure_options, "ca_path": str(ca_path)}


@pytest.fixture(params=["http", "https"])
def params(request, options, trusting):
    """Options for the stand-in server without and with TLS."""
    return options if request.param == "http" else trusting


@pytest.fixture()
def use(monkeypatch):
    """Set the variables for the proxy."""

    def use(url):
        monkeypatch.setenv("HTTP_PROXY", url)
        monkeypatch.setenv("HTTPS_PROXY", url)

    return use


@pytest.fixture()
def fails(run_module):
    """Run a module that fails and return its message."""

    def fails(params):
        result = run_module(github_app_info, {"retries": 3, **params})
        assert result["failed"], result
        assert result["cause"] in ("connection", "proxy"), result
        for secret in (PASSWORD, quote(PASSWORD, safe=""), LOGIN, "eyJ", *params["private_key"].splitlines()[1:-1]):
            assert secret not in str(result)
        return result["msg"]

    return fails


def succeeds(result):
    return not result.get("failed") and result["app"]["id"] == 1001


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_http_goes_through_the_proxy(run_module, options, start, monkeypatch, name):
    proxy = start()
    monkeypatch.setenv(name, proxy.url())
    assert succeeds(run_module(github_app_info, options))
    assert f"GET {options['api_url']}/app" in proxy.requests


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_https_goes_through_the_proxy(run_module, trusting, secure, start, monkeypatch, name):
    proxy = start()
    monkeypatch.setenv(name, proxy.url())
    assert succeeds(run_module(github_app_info, trusting))
    assert set(proxy.requests) == {f"CONNECT 127.0.0.1:{secure.port}"}


def test_the_variable_of_the_other_scheme_is_not_used(run_module, trusting, start, monkeypatch):
    proxy = start()
    monkeypatch.setenv("HTTP_PROXY", proxy.url())
    assert succeeds(run_module(github_app_info, trusting))
    assert proxy.requests == []


def test_a_proxy_reads_nothing_of_https(run_module, trusting, start, use):
    proxy = start(login=LOGIN)
    use(proxy.url(f"{USER}:{quote(PASSWORD, safe='')}@"))
    result = run_module(github_installation_token, {**trusting, "organization": "octo-org"})
    assert not result.get("failed")
    assert result["token"]
    assert proxy.seen.startswith(b"CONNECT ")
    assert LOGIN.encode() in proxy.seen
    for secret in (b"\nAuthorization:", b"Bearer", b"eyJ", result["token"].encode(), b"access_tokens"):
        assert secret not in proxy.seen


def test_a_proxy_reads_all_of_http(run_module, options, start, use):
    proxy = start()
    use(proxy.url())
    assert succeeds(run_module(github_app_info, options))
    assert b"\nAuthorization: Bearer eyJ" in proxy.seen


def test_a_proxy_that_knows_its_users(run_module, params, start, use):
    proxy = start(login=LOGIN)
    use(proxy.url(f"{USER}:{quote(PASSWORD, safe='')}@"))
    assert succeeds(run_module(github_app_info, params))
    assert proxy.requests


@pytest.mark.parametrize("credentials", ["", f"{USER}@", f"{USER}:wrong@", f"wrong:{quote(PASSWORD, safe='')}@"])
def test_a_proxy_that_does_not_know_the_user(fails, params, start, use, credentials):
    proxy = start(login=LOGIN)
    use(proxy.url(credentials))
    message = fails(params)
    assert "407" in message
    assert "HTTPS_PROXY" in message
    assert "wrong" not in message
    assert len(proxy.requests) == 1


def test_a_proxy_that_does_not_let_the_release_be_asked(fails, options, start, use):
    use(start(login=LOGIN).url())
    message = fails({**options, "api_url": options["api_url"] + "/api/v3", "server_version": "auto"})
    assert "requires a user name and a password" in message


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
@pytest.mark.parametrize(
    "host, exception",
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "example.com, 127.0.0.0/8"),
        ("127.0.0.1", "*"),
        ("localhost", "example.com,localhost"),
        ("localhost", "localhost:{port}"),
    ],
)
def test_hosts_that_are_reached_directly(run_module, params, start, use, monkeypatch, name, host, exception):
    proxy = start()
    use(proxy.url())
    url = params["api_url"].replace("127.0.0.1", host)
    monkeypatch.setenv(name, exception.format(port=urlsplit(url).port))
    assert succeeds(run_module(github_app_info, {**params, "api_url": url}))
    assert proxy.requests == []


def test_another_port_is_no_exception(run_module, params, start, use, monkeypatch):
    proxy = start()
    use(proxy.url())
    monkeypatch.setenv("NO_PROXY", "localhost:1")
    url = params["api_url"].replace("127.0.0.1", "localhost")
    assert succeeds(run_module(github_app_info, {**params, "api_url": url}))
    assert proxy.requests


def test_a_proxy_that_is_gone(fails, params, start, use):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    use(f"http://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{port}")
    message = fails(params)
    assert "The proxy for" in message
    assert "Check HTTPS_PROXY and HTTP_PROXY" in message


@pytest.mark.parametrize(
    "url",
    [
        "http://{login}@",
        "http://{login}@:3128",
        "http://{login}@127.0.0.1:none",
        "http://{login}@127.0.0.1:99999",
        "http://{login}@an..odd.host:1",
        "http://{login}/unquoted@127.0.0.1:1",
        "http://{login}\N{EURO SIGN}@127.0.0.1:1",
        "socks5://{login}@127.0.0.1:1",
    ],
)
def test_what_is_no_proxy(fails, params, use, url):
    use(url.format(login=f"{USER}:{quote(PASSWORD, safe='')}"))
    message = fails(params)
    assert "HTTPS_PROXY" in message
    assert "HTTP_PROXY" in message


@pytest.mark.parametrize("status", [403, 502, 503])
def test_a_proxy_that_lets_nobody_through(fails, trusting, secure, start, use, status):
    proxy = start(status=status)
    use(proxy.url())
    message = fails(trusting)
    assert f"The proxy for 127.0.0.1:{secure.port} cannot be used" in message
    assert str(status) in message
    assert len(proxy.requests) == 1
    assert secure.log == []


def test_a_proxy_that_answers_itself(fails, trusting, secure, start, use):
    proxy = start(status=200)
    use(proxy.url())
    message = fails(trusting)
    assert "no proxy intercepts" in message
    assert secure.log == []


def test_an_unknown_ca_behind_a_proxy(fails, secure_options, secure, start, use):
    proxy = start()
    use(proxy.url())
    assert "Set ca_path" in fails(secure_options)
    assert proxy.requests
    assert secure.log == []
