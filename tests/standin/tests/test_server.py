# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server itself: control endpoints, log, bad input, seeds, and the process with its state directory."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest
import requests
from standin_client import NOT_FOUND, OAUTH, PAT, outcome

from github_standin import SeedError, StandIn


def control(client, method, name, **more):
    """Send a request to a control endpoint."""
    return client.http.request(method, "%s/_standin/%s" % (client.server.url, name), timeout=10, **more)


# control endpoints and log


def test_log_entries(cloud):
    """Fields of a log entry."""
    headers = {"X-GitHub-Api-Version": "2022-11-28", "Accept": "application/json"}
    cloud.app("GET", "/app/installations?per_page=5", headers=headers)
    entry = cloud.server.log[-1]
    port = entry.pop("connection")
    assert port > 0
    assert entry == {
        "n": 1,
        "method": "GET",
        "path": "/app/installations",
        "route": "/app/installations",
        "query": {"per_page": "5"},
        "accept": "application/json",
        "api_version": "2022-11-28",
        "auth": "jwt",
        "user_agent": "standin-tests",
        "status": 200,
        "body": None,
    }


def test_log_has_no_secrets(start):
    """Neither tokens in bodies, paths and queries nor header values are logged."""
    client = start("3.4")
    token = client.mint(permissions={"issues": "read"})
    client.call("GET", "/installation/repositories?access_token=" + token, token)
    body = {"access_token": "standin-oauth-monalisa", "client_secret": OAUTH[1]}
    client.call("POST", "/applications/%s/token" % OAUTH[0], OAUTH, json=body)
    client.call("GET", "/applications/%s/tokens/standin-oauth-monalisa" % OAUTH[0], OAUTH)
    client.call("PATCH", "/applications/%s/grants/standin-oauth-monalisa" % OAUTH[0], OAUTH)
    client.call("POST", "/app/installations/2001/access_tokens", client.jwt(), data="access_token=" + token)
    text = json.dumps(client.server.log)
    for secret in (token, OAUTH[1], "standin-oauth-monalisa", "eyJ"):
        assert secret not in text
    assert client.server.log[0]["body"] == {"permissions": {"issues": "read"}}
    assert [entry["auth"] for entry in client.server.log[:3]] == ["jwt", "installation_token", "basic"]


def test_kinds_of_credentials_in_the_log(cloud):
    """Each kind has its own word."""
    kinds = {
        None: "none",
        PAT: "pat_classic",
        "standin-pat-fine-grained": "pat_fine_grained",
        "x": "invalid",
        "standin-user-access-admin": "user_access_token",
        "standin-oauth-monalisa": "oauth_token",
    }
    for token, kind in kinds.items():
        cloud.call("GET", "/meta", token)
        assert cloud.server.log[-1]["auth"] == kind


def test_statistics_and_clearing(cloud):
    """Requests by route and connections are counted."""
    for _twice in (1, 2):
        cloud.app("GET", "/app")
        requests.get(cloud.server.api_url + "/meta", timeout=10)
    cloud.call("GET", "/nothing")
    stats = control(cloud, "GET", "stats").json()
    assert stats == {"requests": 5, "connections": 3, "by_route": {"GET /app": 2, "GET /meta": 2, "unmatched": 1}}
    assert cloud.server.connections == 3
    assert len(control(cloud, "GET", "log").json()) == 5
    assert control(cloud, "DELETE", "log").status_code == 204
    assert cloud.server.log == []


def test_reset(cloud):
    """A reset restores the seed, the log and the clock."""
    cloud.app("DELETE", "/app/installations/2001")
    cloud.server.clock_offset = 50
    assert control(cloud, "POST", "reset").status_code == 204
    assert (cloud.server.log, cloud.server.clock_offset) == ([], 0)
    assert cloud.app("GET", "/app/installations/2001").status_code == 200


def test_clock(cloud):
    """The offset also affects the Date header."""
    assert control(cloud, "POST", "clock", json={"offset": 86400}).json() == {"offset": 86400}
    later = time.strftime("%d %b %Y", time.gmtime(time.time() + 86400))
    assert later in cloud.call("GET", "/meta").headers["Date"]
    for body in ("[]", "", "{", '{"offset": "x"}', '{"offset": true}', '{"offset": 1e99}'):
        assert control(cloud, "POST", "clock", data=body).status_code == 422


def test_state(cloud):
    """The compact representation."""
    cloud.mint()
    body = control(cloud, "GET", "state").json()
    assert body["profile"] == "cloud"
    assert body["installations"][0] == {
        "id": 2001,
        "app": "hubops-demo",
        "account": "octo-org",
        "repository_selection": "selected",
        "repositories": ["hello-world", "spoon-knife"],
        "suspended": False,
        "live_tokens": 1,
        "permissions": {
            "administration": "read",
            "contents": "write",
            "issues": "write",
            "metadata": "read",
            "pull_requests": "read",
        },
    }
    assert body["repositories"][0] == {"id": 5001, "full_name": "octo-org/hello-world", "private": True, "issues": 0}


def test_switch(cloud):
    """Change the release of a running server."""
    answer = control(cloud, "POST", "switch", json={"profile": "2.20"}).json()
    assert answer == {"profile": "2.20", "api_url": cloud.server.url + "/api/v3"}
    assert cloud.app("GET", "/app", headers={"Accept": "*/*"}).status_code == 415
    assert control(cloud, "POST", "switch", json={"profile": "x"}).status_code == 422


# bad input


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/app/",
        "/app/installations/",
        "/app//installations",
        "/app/installations/abc",
        "/app/installations/" + "9" * 5000,
        "/app/installations/-1",
        "/app/installations/1.0",
        "/APP",
        "/app/installations/%32001%2F",
        "/orgs//installation",
        "/app/installations/2001/suspended",
    ],
)
def test_paths_that_do_not_exist(cloud, path):
    """404 in JSON; a path with a trailing slash is another path."""
    assert outcome(cloud.app("GET", path)) == NOT_FOUND


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "QUERY"])
def test_methods_that_do_not_exist(cloud, method):
    """404."""
    assert cloud.app(method, "/app").status_code == 404


def test_paths_are_decoded_once(cloud):
    """%2D is a dash, %252D is not; an encoded slash stays in its segment."""
    assert cloud.app("GET", "/orgs/octo%2Dorg/installation").status_code == 200
    assert outcome(cloud.app("GET", "/orgs/octo%252Dorg/installation")) == NOT_FOUND
    assert outcome(cloud.call("GET", "/repos/octo-org%2Fhello-world/website", PAT)) == NOT_FOUND
    assert outcome(cloud.app("GET", "/orgs/%ff%00/installation")) == NOT_FOUND


@pytest.mark.parametrize(
    "body, message",
    [
        ("{", "Problems parsing JSON"),
        ("a=b", "Problems parsing JSON"),
        (b"\xff\xfe", "Problems parsing JSON"),
        ('{"x": NaN}', "Problems parsing JSON"),
        ("[" * 100000, "Problems parsing JSON"),
        ('{"x": ' + "1" * 5000 + "z}", "Problems parsing JSON"),
        ("[]", "Body should be a JSON object"),
        ('"x"', "Body should be a JSON object"),
        ("5", "Body should be a JSON object"),
    ],
)
def test_bodies_that_are_no_objects(cloud, body, message):
    """400."""
    answer = cloud.app("POST", "/app/installations/2001/access_tokens", data=body)
    assert outcome(answer) == (400, message)


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic !!!",
        "Basic eA==",
        "Basic Og==",
        "Basic /w==",
        "Bearer ..",
        "Bearer a.b.c",
        "Bearer e30.e30.e30",
        "Bearer eyJhbGciOiJSUzI1NiJ9.e30.x",
        "Bearer eyJhbGciOiJSUzI1NiJ9.bnVsbA.x",
        "Bearer W10.W10.W10",
        "Bearer \xff.\xff.\xff",
        "Bearer eyJhbGciOiJub25lIn0.eyJpc3MiOiIxMDAxIn0.",
        "Bearer eyJhbGciOjV9.e30.e30",
        "x" * 5000,
    ],
)
def test_odd_authorization_headers(cloud, header):
    """There is always a response, and it is never a success."""
    for path in ("/app", "/user", "/meta"):
        answer = cloud.call("GET", path, headers={"Authorization": header.encode("latin-1")})
        assert answer.status_code == 401


def test_odd_texts_survive(cloud):
    """Lone surrogates and other text in a title are returned unchanged."""
    title = "\ud800 \u2028 ü"
    body = json.dumps({"title": title})
    answer = cloud.call("POST", "/repos/octo-org/hello-world/issues", cloud.mint(), data=body)
    assert answer.json()["title"] == title
    assert control(cloud, "GET", "log").json()[-1]["body"] == {"title": title}


# seeds


@pytest.mark.parametrize(
    "seed",
    [
        {"unknown": []},
        {"accounts": {}},
        {"accounts": ["x"]},
        {"accounts": [{}]},
        {"accounts": [{"login": "a", "x": 1}]},
        {"accounts": [{"login": "a"}, {"login": "A"}]},
        {"accounts": [{"login": "a", "type": "x"}]},
        {"accounts": [{"login": "a", "id": 0}]},
        {"repositories": [{"name": "a/b"}]},
        {"accounts": [{"login": "a"}], "repositories": [{"name": "a"}]},
        {"accounts": [{"login": "a"}], "repositories": [{"name": "a/b", "files": []}]},
        {"accounts": [{"login": "a"}], "repositories": [{"owner": "a", "prefix": "x", "count": "5"}]},
        {"accounts": [{"login": "a"}], "apps": [{"slug": "s", "owner": "a", "permissions": {"x": "y"}}]},
        {"accounts": [{"login": "a"}], "apps": [{"slug": "s", "owner": "a", "private_key": "nothing.pem"}]},
        {"accounts": [{"login": "a"}], "tokens": [{"token": "t", "user": "a", "kind": "pat_classic"}]},
        {"accounts": [{"login": "a", "type": "User"}], "tokens": [{"token": "t", "user": "a", "kind": "x"}]},
        {"installations": [{"app": "x", "account": "y"}]},
        "/nothing/there.yml",
    ],
)
def test_wrong_seeds(seed):
    """Raises SeedError and no other exception."""
    with pytest.raises(SeedError):
        StandIn(seed=seed)


def test_own_keys(start, tmp_path):
    """Files with private and public keys, relative to the seed."""
    pem = StandIn().private_key("hubops-demo")
    (tmp_path / "own.pem").write_text(pem)
    seed = tmp_path / "seed.yml"
    seed.write_text("accounts: [{login: o}]\napps: [{slug: own, id: 7, owner: o, private_key: own.pem}]\n")
    client = start(seed=str(seed))
    assert client.server.private_key("own") == pem
    assert client.call("GET", "/app", client.jwt("own")).json()["id"] == 7


def test_keys_are_made_once(start):
    """Servers of one process share the generated keys."""
    assert start().server.private_key("hubops-demo") == start("2.20").server.private_key("hubops-demo")


# the process


def run(tmp_path, *options):
    """Start a process and wait until it has printed its URL."""
    process = subprocess.Popen(
        [sys.executable, "-m", "github_standin", "--state-dir", str(tmp_path)] + list(options),
        stdout=subprocess.PIPE,
        universal_newlines=True,
    )
    return process, process.stdout.readline().strip()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_process(tmp_path, number):
    """server.json is complete and readable only by its owner, the server responds, and a signal stops it cleanly."""
    process, api_url = run(tmp_path, "--profile", "3.19")
    try:
        info = json.loads((tmp_path / "server.json").read_text())
        assert (info["api_url"], info["pid"], info["server_version"]) == (api_url, process.pid, "3.19.0")
        key = tmp_path / "hubops-demo.private-key.pem"
        assert info["apps"]["hubops-demo"]["private_key_path"] == str(key.resolve())
        assert key.read_text().startswith("-----BEGIN RSA PRIVATE KEY-----")
        assert info["tokens"]["admin"]["token"] == PAT
        assert info["oauth_apps"]["standin-oauth-client"]["grants"]["monalisa"] == ["standin-oauth-monalisa"]
        for name in os.listdir(str(tmp_path)):
            assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
        assert requests.get(api_url + "/meta", timeout=10).json()["installed_version"] == "3.19.0"
    finally:
        process.send_signal(number)
        assert process.wait(10) == 0
        process.stdout.close()


def test_process_ends_by_itself(tmp_path):
    """After --max-seconds, and when the parent process has ended."""
    helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1)"])
    for options in (("--max-seconds", "1"), ("--parent-pid", str(helper.pid))):
        process, api_url = run(tmp_path, *options)
        assert api_url.startswith("http://127.0.0.1:")
        helper.wait(10)
        assert process.wait(10) == 0
        process.stdout.close()


def test_process_reports_mistakes(tmp_path):
    """A wrong profile or seed, a port that is in use."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = str(taken.getsockname()[1])
        for options, code in (
            (["--profile", "x"], 2),
            (["--seed", str(tmp_path / "none.yml")], 2),
            (["--port", port], 1),
        ):
            done = subprocess.run(
                [sys.executable, "-m", "github_standin"] + options,
                timeout=30,
                capture_output=True,
                text=True,
                check=False,
            )
            assert (done.returncode, done.stdout) == (code, "")
            assert done.stderr.startswith("github_standin: ")


def test_latency_makes_answers_slower_and_nothing_else(start, monkeypatch):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    client = start(latency=0.2)
    monkeypatch.setattr("github_standin.web.sleep", sleep)
    assert requests.get(client.server.api_url + "/meta", timeout=30).status_code == 200
    assert slept == [0.2]
