# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the action plugin does with the module's results. A function replaces the module."""

from __future__ import annotations

import os
import types

import pytest
from forks import in_workers

from ansible_collections.hubops.github_apps.plugins.action import github_installation_token as plugin
from ansible_collections.hubops.github_apps.plugins.plugin_utils._censored import CensoredAction
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run import cache, files

MINTED = {
    "changed": True,
    "expires_at": "2026-11-21T15:00:00Z",
    "permissions": {},
    "repository_selection": "all",
    "repositories": None,
    "installation_id": 2001,
    "single_file": None,
    "single_file_paths": None,
    "has_multiple_single_files": None,
    "api_url": "https://api.github.com",
    "server_url": "https://github.com",
}


class Module:
    """Return a new token in each run, or `result`. All forks share one counter."""

    def __init__(self, directory):
        self.calls = directory / "calls"
        self.calls.write_bytes(b"")
        self.result = None

    def __len__(self):
        return self.calls.stat().st_size

    def run(self, *_arguments):
        with open(self.calls, "ab") as file:
            file.write(b".")
        return dict(self.result or {**MINTED, "token": f"ghs_{len(self)}"})


@pytest.fixture()
def module(tmp_path, monkeypatch):
    played = Module(tmp_path)
    monkeypatch.setattr(CensoredAction, "run_module", lambda self, *arguments: played.run(*arguments))
    return played


@pytest.fixture()
def act(options, module):
    def run(transport="local", become=None, check_mode=False, environment=None, task_vars=None, **arguments):
        action = object.__new__(plugin.ActionModule)
        action._task = types.SimpleNamespace(
            args={**options, "installation_id": 2001, **arguments}, check_mode=check_mode
        )
        action._connection = types.SimpleNamespace(transport=transport, become=become)
        action._compute_environment_string = lambda raw: raw.update(environment or {})
        return action.run_module(None, task_vars or {})

    return run


def test_the_module_runs_once_and_the_second_task_is_unchanged(act, module):
    first, second = act(), act()
    assert first == {**MINTED, "token": "ghs_1"}
    assert second == {**first, "changed": False}
    assert len(module) == 1


def test_a_pattern_and_not_its_result_identifies_a_token(act, module):
    token = act(repositories=["service-*", "b"])["token"]
    assert act(repositories=["B", "Service-*"])["token"] == token
    others = [
        {"repositories": ["service-*"]},
        {"repositories": ["service-*", "b"], "exclude": ["service-old-*"]},
        {"repository_topics": ["payments"]},
    ]
    assert len({token, *(act(**other)["token"] for other in others)}) == 4
    assert len(module) == 4


def test_fifty_hosts_mint_once(act, module):
    results = in_workers(50, act)
    assert len(module) == 1
    assert {result["token"] for result in results} == {"ghs_1"}
    assert sorted(result["changed"] for result in results) == [False] * 49 + [True]


@pytest.mark.parametrize(
    "arguments",
    [
        {"transport": "ssh"},
        {"become": "sudo"},
        {"cache": False},
        {"fresh": True},
        {"dest": "/tmp/x"},
    ],
)
def test_module_runs_each_time_if_tokens_are_not_shared(act, module, arguments):
    assert [act(**arguments)["token"] for _time in range(2)] == ["ghs_1", "ghs_2"]


@pytest.mark.parametrize(
    "wrong",
    [{"state": "revoked"}, {"colour": "blue"}, {"show_secret": "blue"}, {"organization": "x"}, {"exclude": ["x"]}],
)
def test_module_reports_wrong_options_even_with_a_cached_token(act, module, wrong):
    act()
    module.result = {"failed": True, "msg": "wrong"}
    assert act(**wrong) == module.result


def test_check_mode_returns_cached_tokens_and_creates_none(act, module):
    module.result = {"changed": True}
    assert act(check_mode=True) == {"changed": True}
    module.result = None
    token = act()["token"]
    assert act(check_mode=True)["token"] == token
    assert act(check_mode=True)["changed"] is False
    module.result = {"changed": True}
    assert act(check_mode=True, cache=False) == act(check_mode=True, fresh=True) == {"changed": True}


def test_environment_of_the_task_is_passed_to_the_module_only(act, options):
    key = {"GITHUB_APP_PRIVATE_KEY": options["private_key"], "GITHUB_APP_ID": "1001"}
    by_environment = {"private_key": "", "app_id": "", "environment": key}
    before = dict(os.environ)
    assert act(**by_environment)["token"] == act()["token"]
    assert act(installation_id="", environment={"GITHUB_APP_INSTALLATION_ID": "2002"})["token"] == "ghs_2"
    assert dict(os.environ) == before


FAILED = {
    "failed": True,
    "msg": "It is suspended.",
    "cause": "suspended",
    "status": 403,
    "invocation": {"module_args": {}},
}


def test_failure_of_the_module_is_returned_and_not_cached(act, module):
    module.result = FAILED
    assert act() == FAILED
    module.result = None
    assert act()["token"] == "ghs_2"


@pytest.mark.parametrize(
    "result, is_shared", [(FAILED, True), ({"failed": True, "msg": "Failed to import requests"}, False)]
)
def test_waiting_workers_share_failures_of_the_server(act, module, monkeypatch, result, is_shared):
    module.result = result
    # Another worker fails after this one has looked for a token and before it gets the lock.
    times = iter([files.seconds() - 60])
    assert act() == result
    monkeypatch.setattr(cache, "seconds", lambda: next(times, files.seconds()))
    module.result = None
    again = act()
    assert again.get("failed", False) is is_shared
    if is_shared:
        assert again == {"failed": True, "msg": "It is suspended.", "cause": "suspended", "status": 403}


def on(host, active=("a", "b")):
    """Return the variables of a task on this host, in a play with two hosts."""
    play = {
        "ansible_play_hosts": list(active),
        "ansible_play_batch": list(active),
        "ansible_play_hosts_all": ["a", "b"],
    }
    return {"task_vars": {"inventory_hostname": host, **play}}


def test_the_last_host_that_releases_a_token_revokes_it(act, module):
    tokens = [act(revoke="released", **on(host))["token"] for host in "ab"]
    assert tokens == ["ghs_1"] * 2
    assert act(state="released", token="ghs_1", **on("b")) == {"changed": False}
    assert len(module) == 1
    module.result = {"changed": True}
    assert act(state="released", token="ghs_1", **on("a"), check_mode=True) == {"changed": True}
    assert act(state="released", token="ghs_1", **on("a")) == {"changed": True}
    assert act(state="released", token="ghs_1", **on("a")) == {"changed": False}
    assert len(module) == 3


def test_a_host_that_comes_after_the_last_one_gets_a_new_token(act, module):
    act(revoke="released", **on("a"))
    act(state="released", token="ghs_1", **on("a"))
    assert act(revoke="released", **on("b"))["token"] == "ghs_3"


def test_a_token_to_release_is_not_shared_with_other_uses(act, module):
    assert act(revoke="released", **on("a"))["token"] != act(**on("a"))["token"]


def test_released_tokens_are_left_to_the_end_of_the_run(act, module):
    cache.begin_run()
    act(revoke="released", **on("a"))
    assert act(state="released", token="ghs_1", **on("a")) == {"changed": False}
    assert len(module) == 1


def test_a_revoked_token_is_not_served_any_more(act, module):
    token = act()["token"]
    module.result = {"changed": True}
    assert act(state="absent", token=token, check_mode=True) == module.result
    assert act()["token"] == token
    act(state="absent", token=f" {token} ")
    module.result = None
    assert act()["token"] != token


@pytest.mark.parametrize("state", ["absent", "released"])
@pytest.mark.parametrize("around", ["%s ", "\n%s", "\ufeff%s", "%s\u200b"])
def test_white_space_around_a_state_does_not_matter(act, module, state, around):
    token = act()["token"]
    module.result = {"changed": True}
    assert act(state=around % state, token=token) == module.result
    assert len(module) == 2


def test_a_token_that_was_revoked_from_a_file_is_not_served_any_more(act, module, tmp_path):
    token = act()["token"]
    (tmp_path / "token").write_text(f"{token}\n")
    module.result = {"changed": True}
    act(state="absent", token_path=str(tmp_path / "none"))
    assert act()["token"] == token
    act(state="absent", token_path=str(tmp_path / "token"))
    module.result = None
    assert act()["token"] != token


def test_failed_revocations_are_left_to_the_end_of_the_run(act, module):
    cache.begin_run()
    token = act()["token"]
    note = os.path.join(files.directory(), cache.minted_name(token))
    for arguments, result, is_left in (
        ({"dest": "/tmp/x"}, {"changed": True}, True),
        ({}, {"failed": True, "msg": "unreachable"}, True),
        ({}, {"changed": False}, True),
        ({}, {"changed": True}, False),
    ):
        module.result = result
        act(state="absent", token=token, **arguments)
        assert os.path.exists(note) is is_left


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("elsewhere", ["https://ghe.example.com/api/v3", "https://api.github.com", ""])
def test_a_token_of_this_run_is_revoked_by_its_own_server_only(act, module, options, elsewhere, check_mode):
    cache.begin_run()
    token, calls = act()["token"], len(module)
    note = os.path.join(files.directory(), cache.minted_name(token))
    module.result = {"changed": True}
    result = act(state="absent", token=token, api_url=elsewhere, server_version=None, check_mode=check_mode)
    assert result["failed"] is True
    assert result["changed"] is False
    assert f"was created on {options['api_url']} in this run" in result["msg"]
    assert token not in result["msg"]
    assert len(module) == calls
    assert os.path.exists(note)
    module.result = None
    assert act()["token"] == token


def test_unknown_token_is_revoked_by_the_server_of_the_task(act, module):
    cache.begin_run()
    module.result = {"changed": True}
    assert act(state="absent", token="ghs_elsewhere", api_url="https://ghe.example.com") == {"changed": True}
