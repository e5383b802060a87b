# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Control endpoints of both stand-in servers (GitHub and AWX) are not available to web pages."""

from __future__ import annotations

import http.client
import json
import sys
from pathlib import Path

import pytest
from starlette.routing import Route

from github_standin.service import Service
from github_standin.web import CONTROL, list_routes

sys.path.append(str(Path(__file__).parents[2] / "awx_standin"))
import awx_standin

ALL_ROUTES = list_routes(Service("cloud", None, 0.5), str)
ROUTES = [
    (method, route.path)
    for route in ALL_ROUTES
    if isinstance(route, Route)
    for method in sorted(route.methods - {"HEAD"})
]
AWX_ROUTES = [("GET", "/_awx/state"), ("GET", "/_awx/log"), ("POST", "/_awx/clock"), ("POST", "/_awx/run_due")]

# %d: the server's own port
LOOPBACK = [
    "127.0.0.1",
    "127.0.0.1:%d",
    "127.1.2.3:80",
    "localhost",
    "localhost:%d",
    "LocalHost:%d",
    "[::1]",
    "[::1]:%d",
]
HOSTILE_HOSTS = [
    None,
    "",
    "attacker.example",
    "attacker.example:%d",
    "localhost.attacker.example:%d",
    "127.0.0.1.attacker.example:%d",
    "attacker.example:%d@127.0.0.1",
    "127.0.0.1@attacker.example",
    "localhost:x",
    "localhost:",
    "localhost:123456",
    "localhost:%d:%d",
    "localhost:%d, attacker.example",
    "127.0.0.256:%d",
    "127.0.0.1.:%d",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0.0.0.0:%d",
    "10.0.0.1:%d",
    "192.168.1.5",
    "::1",
    "[::1",
    "[::]:%d",
    "[::2]:%d",
    "[fe80::1]:%d",
    "[127.0.0.1]:%d",
    "localhost/",
    "localhost\\attacker.example",
    "localhos\xb9",
]
HOSTILE_ORIGINS = [
    "",
    "null",
    "http://attacker.example",
    "http://attacker.example:%d",
    "https://127.0.0.1:%d",
    "http://127.0.0.1",
    "http://127.0.0.1:1",
    "http://localhost:%d",
    "http://127.0.0.1:%d/",
    "http://127.0.0.1:%d.attacker.example",
    "http://127.0.0.1:%d, http://attacker.example",
    "file://",
]


def send(port, method, path, host, *origins):
    """Send a request with exactly these headers and return status and body. If host is None, use HTTP/1.0."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    if host is None:
        connection._http_vsn, connection._http_vsn_str = 10, "HTTP/1.0"
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    headers = [("Host", host)] if host is not None else []
    for name, value in [*headers, *(("Origin", origin) for origin in origins)]:
        connection.putheader(name, value.replace("%d", str(port)).encode("latin-1"))
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


@pytest.fixture(name="awx_port", scope="module")
def awx_port_fixture():
    """Return the port of a stand-in server for AWX."""
    with awx_standin.AwxStandIn() as awx:
        yield awx.port


def assert_refused(answer, key):
    """Check for a 403 that explains what to do."""
    status, body = answer
    assert status == 403, body
    message = json.loads(body)[key]
    assert "Use http://127.0.0.1" in message or "without an Origin header" in message


def test_all_control_endpoints_are_guarded():
    """Every route is either a control endpoint below the guarded prefix, or part of the API."""
    assert [path for _method, path in ROUTES if not path.startswith(CONTROL + "/")] == []
    assert [route.path for route in ALL_ROUTES if not isinstance(route, Route)] == [""]
    assert len(ROUTES) == 10


@pytest.mark.parametrize("method, path", ROUTES)
def test_hostile_requests_are_refused(shared, method, path):
    """Every control endpoint rejects hostile Host and Origin headers, and does nothing."""
    shared.clock_offset = 7
    for host in HOSTILE_HOSTS:
        assert_refused(send(shared.port, method, path, host), "message")
    for origin in HOSTILE_ORIGINS:
        assert_refused(send(shared.port, method, path, "127.0.0.1:%d", origin), "message")
    own = "http://127.0.0.1:%d"
    assert_refused(send(shared.port, method, path, "127.0.0.1:%d", own, "http://attacker.example"), "message")
    assert_refused(send(shared.port, method, path, "attacker.example:%d", "http://attacker.example:%d"), "message")
    assert shared.clock_offset == 7
    shared.reset()


@pytest.mark.parametrize("method, path", ROUTES)
def test_requests_from_this_machine_are_answered(shared, method, path):
    """Every control endpoint accepts loopback hosts, with and without the server's own Origin."""
    for host in LOOPBACK:
        for origins in ([], ["http://" + host]):
            status, body = send(shared.port, method, path, host, *origins)
            assert status in (200, 204) or (status == 422 and method == "POST"), body
    shared.reset()


@pytest.mark.parametrize("path", [CONTROL + "/", CONTROL + "/new", "/%5Fstandin/log"])
def test_paths_below_the_prefix_are_guarded(shared, path):
    """This includes paths that do not exist and encoded paths."""
    assert_refused(send(shared.port, "GET", path, "attacker.example"), "message")


def test_the_api_answers_any_host(shared):
    """The guard does not affect the API."""
    for host in HOSTILE_HOSTS:
        status, body = send(shared.port, "GET", "/meta", host, "http://attacker.example")
        assert (status, body[:17]) == (403, "Request forbidden")  # because there is no User-Agent


@pytest.mark.parametrize("method, path", AWX_ROUTES)
def test_awx_refuses_hostile_requests(awx_port, method, path):
    """The stand-in server for AWX has the same guard."""
    for host in HOSTILE_HOSTS:
        assert_refused(send(awx_port, method, path, host), "detail")
    for origin in HOSTILE_ORIGINS:
        assert_refused(send(awx_port, method, path, "127.0.0.1:%d", origin), "detail")
    assert_refused(send(awx_port, method, "/%5Fawx" + path[5:], "attacker.example"), "detail")


@pytest.mark.parametrize("method, path", AWX_ROUTES)
def test_awx_answers_requests_from_this_machine(awx_port, method, path):
    """The stand-in server for AWX has the same guard."""
    for host in LOOPBACK:
        for origins in ([], ["http://" + host]):
            assert send(awx_port, method, path, host, *origins)[0] == 200
    assert send(awx_port, "GET", "/api/", "attacker.example", "http://attacker.example")[0] == 200
