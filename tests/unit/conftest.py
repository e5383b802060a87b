# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures: a stand-in server for GitHub that uses real HTTP, and a function that runs modules like Ansible."""

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
from ansible.module_utils.common.parameters import PASS_VARS
from ansible.module_utils.common.text.converters import to_bytes

from ansible_collections.hubops.github_apps.plugins.module_utils._github import client, transport

try:
    from ansible_collections.hubops.github_apps.plugins.plugin_utils._run import files
except ImportError:  # only modules can run, so no plugin is tested
    files = None

sys.path[:0] = [str(Path(__file__).parents[1] / name) for name in ("standin", "key_stores", "unit")]

from github_standin import StandIn

# Requests that do not change anything although they use POST: creating tokens for reading, checking OAuth tokens.
READING_POSTS = ("/access_tokens", "/token")


def pytest_collection_finish() -> None:
    """Generate the keys, read the seed and import the server once. ansible-test runs each test in a fork of this process."""
    with StandIn():
        pass


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove variables of this machine from the environment of tests."""
    for name in list(os.environ):
        if (
            name.startswith("GITHUB_")
            or name.lower().endswith("_proxy")
            or name.endswith(("_CA_BUNDLE", "SSL_CERT_FILE"))
        ):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def local_tmp(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Directory for data that a run shares. Each test is a separate run."""
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
    """The stand-in server after a reset. For a release other than the cloud, use indirect parametrization."""
    server.switch(getattr(request, "param", "cloud"))
    server.reset()
    return server


@pytest.fixture()
def options(standin: StandIn) -> Dict[str, Any]:
    """Options with server and credentials of the demo app."""
    return {
        "api_url": standin.api_url,
        "server_version": standin.service.profile.server_version,
        "app_id": "1001",
        "private_key": standin.private_key("hubops-demo"),
        "retries": 0,
    }


@pytest.fixture()
def installer(standin: StandIn, options: Dict[str, Any]) -> Dict[str, Any]:
    """Options with server and credentials of the app that is installed on the enterprise octo-enterprise."""
    return {**options, "app_id": "1004", "private_key": standin.private_key("hubops-installer")}


@pytest.fixture()
def oauth(options: Dict[str, Any]) -> Dict[str, Any]:
    """Options with server, OAuth application, and a user's token for it."""
    server = {name: options[name] for name in ("api_url", "server_version", "retries")}
    return {
        **server,
        "client_id": "standin-oauth-client",
        "client_secret": "standin-oauth-secret",
        "access_token": "standin-oauth-octocat-one",
    }


@pytest.fixture()
def run_module(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Dict[str, Any]]:
    """Return a function that runs a module's main() with parameters and returns its result."""

    # Since 2.21, results contain the invocation only on request, which is what -vvv and job events show.
    shown = {"_ansible_inject_invocation": True} if "inject_invocation" in PASS_VARS else {}

    def run(module: Any, params: Dict[str, Any], check_mode: bool = False) -> Dict[str, Any]:
        internal = {"_ansible_check_mode": check_mode, "_ansible_remote_tmp": "/tmp", **shown}
        arguments = {"ANSIBLE_MODULE_ARGS": {**params, **internal}}
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", to_bytes(json.dumps(arguments)))
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        capsys.readouterr()
        with pytest.raises(SystemExit):
            module.main()
        output = capsys.readouterr().out
        result: Dict[str, Any] = json.loads(output)
        assert "Traceback" not in output
        result.pop("_ansible_new_secrets", None)  # like the controller: since 2.22, modules report what it must mask
        return result

    return run


@pytest.fixture()
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip all waits, and limit the size of responses."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    patient = partial(transport.Transport, timer=lambda: now[0], sleep=sleep)
    monkeypatch.setattr(client, "Transport", patient)
    monkeypatch.setattr(transport, "Transport", patient)
    monkeypatch.setattr(transport, "LARGEST_ANSWER", 2_000_000)


@pytest.fixture()
def writes(standin: StandIn) -> Callable[[], List[str]]:
    """Return a function that returns the write requests since its last call, as method and path."""

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
    """Return a function that returns all requests since its last call, as method and path."""

    def look() -> List[str]:
        entries = [f"{entry['method']} {entry['path'].replace('/api/v3', '', 1)}" for entry in standin.log]
        standin.clear_log()
        return entries

    return look
