# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures: a stand-in GitHub that answers over real HTTP, and a way to run modules as Ansible does."""

from __future__ import annotations

import io
import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common.text.converters import to_bytes

from ansible_collections.hubops.github_apps.plugins.module_utils._github import client, transport

try:
    from ansible_collections.hubops.github_apps.plugins.plugin_utils._run import files
except ImportError:  # where only modules can run, and no plugin is tested
    files = None

sys.path[:0] = [str(Path(__file__).parents[1] / "standin"), str(Path(__file__).parent)]

from github_standin import StandIn

# Requests that read although their method is POST: minting to read, and checking an OAuth token.
READING_POSTS = ("/access_tokens", "/token")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the machine reaches a test."""
    for name in list(os.environ):
        if (
            name.startswith("GITHUB_")
            or name.lower().endswith("_proxy")
            or name.endswith(("_CA_BUNDLE", "SSL_CERT_FILE"))
        ):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def local_tmp(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where what this run shares is kept. Each test is a run of its own."""
    directory = tmp_path_factory.mktemp("local_tmp")
    if files is None:
        return directory
    monkeypatch.setattr(files, "LOCAL_TMP", str(directory))
    monkeypatch.setattr(files.Run, "key", None)
    return directory


@pytest.fixture(scope="session")
def server() -> Iterator[StandIn]:
    with StandIn() as running:
        yield running


@pytest.fixture()
def standin(server: StandIn, request: pytest.FixtureRequest) -> StandIn:
    """The stand-in in its first state. Parametrize indirectly with a release to make it another server than the cloud."""
    server.switch(getattr(request, "param", "cloud"))
    server.reset()
    return server


@pytest.fixture()
def options(standin: StandIn) -> Dict[str, Any]:
    """Server and credentials of the demo app."""
    return {
        "api_url": standin.api_url,
        "server_version": standin.service.profile.server_version,
        "app_id": "1001",
        "private_key": standin.private_key("hubops-demo"),
        "retries": 0,
    }


@pytest.fixture()
def oauth(options: Dict[str, Any]) -> Dict[str, Any]:
    """Server, OAuth application, and a token that a user gave it."""
    server = {name: options[name] for name in ("api_url", "server_version", "retries")}
    return {
        **server,
        "client_id": "standin-oauth-client",
        "client_secret": "standin-oauth-secret",
        "access_token": "standin-oauth-octocat-one",
    }


@pytest.fixture()
def run_module(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Dict[str, Any]]:
    """Runs a module's main() with parameters and returns what it prints for Ansible."""

    def run(module: Any, params: Dict[str, Any], check_mode: bool = False) -> Dict[str, Any]:
        arguments = {
            "ANSIBLE_MODULE_ARGS": {**params, "_ansible_check_mode": check_mode, "_ansible_remote_tmp": "/tmp"}
        }
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", to_bytes(json.dumps(arguments)))
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        capsys.readouterr()
        with pytest.raises(SystemExit):
            module.main()
        output = capsys.readouterr().out
        result: Dict[str, Any] = json.loads(output)
        assert "Traceback" not in output
        result.pop("_ansible_new_secrets", None)  # as the controller does: from 2.22 on modules tell it what to mask
        return result

    return run


@pytest.fixture()
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits, and no answer is long."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    patient = partial(transport.Transport, timer=lambda: now[0], sleep=sleep)
    monkeypatch.setattr(client, "Transport", patient)
    monkeypatch.setattr(transport, "Transport", patient)
    monkeypatch.setattr(transport, "LARGEST_ANSWER", 2_000_000)


@pytest.fixture()
def writes(standin: StandIn) -> Callable[[], List[str]]:
    """The state-changing requests since the last look, as method and path."""

    def look() -> List[str]:
        entries = [
            f"{entry['method']} {entry['path'].replace('/api/v3', '', 1)}"
            for entry in standin.log
            if entry["method"] != "GET" and not (entry["method"] == "POST" and entry["path"].endswith(READING_POSTS))
        ]
        standin.clear_log()
        return entries

    return look


@pytest.fixture()
def requests_made(standin: StandIn) -> Callable[[], List[str]]:
    """All requests since the last look, as method and path."""

    def look() -> List[str]:
        entries = [f"{entry['method']} {entry['path'].replace('/api/v3', '', 1)}" for entry in standin.log]
        standin.clear_log()
        return entries

    return look
