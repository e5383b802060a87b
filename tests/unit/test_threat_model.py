# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page "Threat model": the tests that it names exist, and a server gets nothing but a JWT."""

from __future__ import annotations

import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import jwt
import pytest
from scenarios import secret_lines

from ansible_collections.hubops.github_apps.plugins.modules import github_app_info

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs/docsite/rst/threat_model.rst"


def named_tests():
    return re.findall(r"``([a-z_]+/[\w/]+\.py)(?:::(\w+))?``", PAGE.read_text(encoding="utf-8"))


def test_the_page_names_tests():
    assert len(set(named_tests())) > 10


@pytest.mark.parametrize("path, name", sorted(set(named_tests())))
def test_a_named_test_exists(path, name):
    assert not name or f"\ndef {name}(" in (TESTS / path).read_text(encoding="utf-8")
    assert (TESTS / path).exists()


@pytest.fixture()
def hostile():
    """Run a server that keeps what it gets and rejects it. Return its URL and what it got."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            got.append(f"{self.requestline}\n{self.headers}")
            self.send_error(401)

        def log_message(self, *_arguments):
            """Print nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", got
        server.shutdown()


@pytest.mark.parametrize("way", ["private_key", "private_key_path", "signer_command"])
def test_a_server_gets_a_jwt_for_ten_minutes_and_no_key(way, options, hostile, run_module, tmp_path):
    url, got = hostile
    key, path = options["private_key"], tmp_path / "key.pem"
    path.write_text(key)
    path.chmod(0o600)
    signing = ["openssl", "dgst", "-sha256", "-sign", str(path)]
    ways = {"private_key": key, "private_key_path": str(path), "signer_command": signing}
    params = {**options, "private_key": "", "api_url": url, "server_version": "3.19", way: ways[way]}
    assert run_module(github_app_info, params)["failed"]
    assert not [line for line in secret_lines(key) if line in "".join(got)]
    (token,) = set(re.findall(r"^Authorization: Bearer (.+)$", "".join(got), re.MULTILINE))
    claims = jwt.decode(token, options={"verify_signature": False})
    assert set(claims) == {"iss", "iat", "exp"}
    assert claims["exp"] - claims["iat"] == 600
