# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

import pytest
import requests
from ansible.plugins.loader import callback_loader

from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import MINTING, installation_selector
from ansible_collections.hubops.github_apps.plugins.module_utils._github import transport
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.scopes import scope_from
from ansible_collections.hubops.github_apps.plugins.plugin_utils._options import checked
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run import cache, files, revocation
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.tokens import RunTokens


@pytest.fixture()
def mint(options):
    """Create a token in this run, which revokes its tokens."""
    cache.begin_run()

    def run(**kwargs):
        checked_options = checked(MINTING, {**options, "installation_id": 2001, **kwargs})
        tokens = RunTokens(checked_options, print)
        return tokens.obtain(installation_selector(checked_options), scope_from(checked_options)).value["token"]

    return run


@pytest.fixture()
def is_live(standin):
    def ask(token):
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github.machine-man-preview+json"}
        return requests.get(f"{standin.api_url}/installation/repositories", headers=headers).ok

    return ask


@pytest.mark.parametrize("standin", ["2.20", "3.19", "cloud"], indirect=True)
def test_every_token_of_the_run_is_revoked(mint, is_live, standin):
    tokens = [mint(), mint(installation_id=2002), mint(cache=False), mint(fresh=True)]
    assert len(set(tokens)) == 4
    assert all(map(is_live, tokens))
    assert revocation.revoke_minted() == (4, [])
    assert not any(map(is_live, tokens))


@pytest.mark.parametrize("standin", ["2.20"], indirect=True)
def test_tokens_that_were_minted_to_read_are_revoked_too(mint, standin, requests_made):
    mint(installation_id=None, organization="octo-org", repositories=["hello-world"])
    assert revocation.revoke_minted() == (2, [])


def test_without_requests_the_tokens_are_told(mint, monkeypatch):
    mint()
    mint(fresh=True)
    monkeypatch.setattr(transport, "HAS_REQUESTS", False)
    number, (text,) = revocation.revoke_minted()
    assert number == 0
    assert "2 installation tokens" in text
    assert "requests" in text


def test_one_connection_serves_all(mint, standin):
    for level in ("read", "write"):
        mint(permissions={"contents": level})
    standin.clear_log()
    revocation.revoke_minted()
    assert standin.connections == 1
    assert [entry["method"] for entry in standin.log] == ["DELETE", "DELETE"]


@pytest.mark.parametrize("standin", ["2.20"], indirect=True)
def test_the_release_that_the_run_knows_is_not_asked_again(mint, requests_made):
    mint(server_version="auto")
    requests_made()
    assert revocation.revoke_minted() == (1, [])
    assert requests_made() == ["DELETE /installation/token"]


def test_kept_tokens_are_left_alone(mint, is_live):
    kept, revoked = mint(revoke="never"), mint()
    assert revocation.revoke_minted() == (1, [])
    assert is_live(kept)
    assert not is_live(revoked)


def test_tokens_that_were_revoked_before_are_not_counted(mint, standin, is_live):
    slept = []
    cache.drop_note(mint())
    token = mint(fresh=True)
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
    assert requests.delete(f"{standin.api_url}/installation/token", headers=headers).status_code == 204
    assert not is_live(token)
    assert revocation.revoke_minted(sleep=slept.append) == (0, [])


def test_a_run_without_the_callback_revokes_nothing(options, mint, monkeypatch):
    monkeypatch.setattr(files.Run, "key", None)
    mint()
    assert revocation.revoke_minted() == (0, [])


def test_unreachable_server_is_tried_and_reported_once(mint, standin, monkeypatch):
    for level in ("read", "write"):
        mint(permissions={"contents": level})
    asked = []
    genuine = requests.Session.request

    def request(self, method, url, **options):
        asked.append(options["timeout"])
        return genuine(self, method, url.replace(standin.api_url, "http://127.0.0.1:1"), **options)

    monkeypatch.setattr(requests.Session, "request", request)
    revoked, problems = revocation.revoke_minted()
    assert revoked == 0
    assert len(problems) == 1
    assert asked == [revocation.TIMEOUT]
    assert problems[0].startswith("2 installation tokens for 127.0.0.1:")
    assert "can be used until 20" in problems[0]


@pytest.mark.parametrize("standin", ["2.19"], indirect=True)
def test_a_release_that_cannot_revoke_is_told(mint):
    mint()
    revoked, (problem,) = revocation.revoke_minted()
    assert revoked == 0
    assert "2.20 is the first release that supports it" in problem


def test_tokens_left_at_the_time_limit_are_reported(mint, is_live):
    tokens = [mint(permissions={"contents": level}) for level in ("read", "write")]
    clock = iter([0, 0, revocation.TIME_LIMIT + 1])
    revoked, (problem,) = revocation.revoke_minted(lambda: next(clock))
    assert revoked == 1
    assert "1 installation token " in problem
    assert "The time limit of 30 s was reached." in problem
    assert sorted(map(is_live, tokens)) == [False, True]


def test_a_limit_is_not_waited_for(mint, standin, monkeypatch):
    mint()
    genuine = requests.Session.request

    def request(self, *arguments, **options):
        response = genuine(self, *arguments, **options)
        response.status_code, response.headers["Retry-After"] = 429, "31"
        return response

    monkeypatch.setattr(requests.Session, "request", request)
    revoked, (problem,) = revocation.revoke_minted()
    assert revoked == 0
    assert "A wait of 31 s would exceed the time limit of 30 s." in problem


def test_files_that_cannot_be_read_are_told(mint, monkeypatch):
    mint()
    monkeypatch.setattr(files, "LOCAL_TMP", "/nonexistent")
    revoked, (problem,) = revocation.revoke_minted()
    assert revoked == 0
    assert "cannot be revoked: No such file" in problem


@pytest.fixture()
def callback(monkeypatch):
    monkeypatch.setattr("atexit.register", lambda *arguments: None)
    plugin = callback_loader.get("hubops.github_apps.revoke_tokens")
    plugin._display = Shown()
    return plugin


class Shown:
    def __init__(self):
        self.lines = []

    def display(self, message, stderr):
        assert stderr
        self.lines.append(message)

    def warning(self, message):
        self.lines.append("warning: " + message)


def test_the_callback_says_in_one_line_what_it_did(callback, mint, monkeypatch):
    mint()
    callback.revoke(os.getpid())
    assert callback._display.lines == ["Revoked 1 installation token created by this run."]
    monkeypatch.setattr(revocation, "TIME_LIMIT", -1)
    callback.revoke(os.getpid())
    assert callback._display.lines[1].startswith("warning: 1 installation token for")


def test_a_worker_revokes_nothing(callback, mint, is_live):
    token = mint()
    callback.revoke(os.getpid() + 1)
    assert is_live(token)
    assert callback._display.lines == []
