# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import types

import pytest

from ansible_collections.hubops.github_apps.plugins.action.github_installation_token import (
    ActionModule as MintingAction,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.scopes import NO_TOKEN
from ansible_collections.hubops.github_apps.plugins.plugin_utils import _censored as plugin

TOKEN = {"changed": True, "token": "t"}


@pytest.fixture()
def ran(monkeypatch):
    """Run the action with a module's result, and return what is visible."""

    def ran(result, arguments=None, masks=False, no_log=False, action_class=plugin.CensoredAction):
        seen = types.SimpleNamespace(secrets=[], lines=[], quiet=[])
        context = types.SimpleNamespace(no_log=False)
        monkeypatch.setattr(plugin, "MASKS_SECRETS", masks)
        monkeypatch.setattr(plugin, "register_secrets", seen.secrets.extend)
        monkeypatch.setattr(
            plugin.Display, "display", lambda self, message, stderr=False: seen.lines.append((message, stderr))
        )

        def run(self, tmp, task_vars):
            seen.quiet.append(context.no_log)
            return dict(result)

        monkeypatch.setattr(action_class, "run_module", run)
        action = object.__new__(action_class)
        seen.task = action._task = types.SimpleNamespace(args=arguments or {}, no_log=no_log)
        action._connection = types.SimpleNamespace(_play_context=context)
        seen.result = action.run(None, {"inventory_hostname": "here"})
        assert context.no_log is False
        return seen

    return ran


@pytest.mark.parametrize(
    "arguments, result, censored",
    [
        ({}, TOKEN, True),
        ({"show_secret": False}, TOKEN, True),
        ({"show_secret": "no"}, TOKEN, True),
        ({"show_secret": ""}, TOKEN, True),
        ({"show_secret": True}, TOKEN, False),
        ({"show_secret": "yes"}, TOKEN, False),
        ({}, {"changed": True}, False),
        ({}, {"changed": True, "token": NO_TOKEN}, False),
        ({}, {"failed": True, "msg": "why"}, False),
        ({}, {"failed": True, "token": "t", "msg": "why"}, False),
    ],
)
@pytest.mark.parametrize("masks", [False, True])
def test_only_a_successful_result_with_a_token_is_hidden(ran, arguments, result, censored, masks):
    seen = ran(result, arguments, masks)
    is_hidden = censored and not masks
    assert seen.result.pop("_ansible_no_log", False) is is_hidden
    assert seen.result == result
    assert seen.task.no_log is is_hidden
    assert seen.secrets == (["t"] if censored else [])
    assert len(seen.lines) == is_hidden
    assert seen.quiet == [arguments.get("show_secret") not in (True, "yes")]


def test_a_task_with_no_log_says_nothing(ran):
    seen = ran(TOKEN, no_log=True)
    assert seen.lines == []
    assert seen.result["_ansible_no_log"]


AUTHORIZATION = {"id": 7, "scopes": ["repo", "gist"], "user": {"login": "mona"}}
MINTED = {
    **TOKEN,
    "installation_id": 2001,
    "permissions": {"metadata": "read", "contents": "write"},
    "repositories": None,
    "expires_at": "2026-01-01T00:00:00Z",
}
LIMITED = {**MINTED, "changed": False, "repositories": [{"full_name": f"o/r{number}"} for number in range(7)]}
RIGHTS = "contents: write, metadata: read"


@pytest.mark.parametrize(
    "action, arguments, result, line",
    [
        (plugin.CensoredAction, {}, TOKEN, "Created a token. Authorization: None. Scopes: none."),
        (
            plugin.CensoredAction,
            {},
            {"token": "t", "authorization": AUTHORIZATION},
            "Found a token for user mona. Authorization: 7. Scopes: repo, gist.",
        ),
        (
            MintingAction,
            {},
            MINTED,
            f"Created a token for installation 2001. Permissions: {RIGHTS}. Repositories: all."
            " It expires at 2026-01-01T00:00:00Z.",
        ),
        (
            MintingAction,
            {"organization": "", "user": "mona"},
            LIMITED,
            f"Reused a token for user mona. Permissions: {RIGHTS}. Repositories: o/r0, o/r1, o/r2, o/r3, o/r4 and others."
            " It expires at 2026-01-01T00:00:00Z.",
        ),
        (
            plugin.CensoredAction,
            {},
            {"token": "t", "authorization": {"id": "\x1b[31m", "scopes": ["a\nb"]}},
            "Found a token. Authorization:  [31m. Scopes: a b.",
        ),
    ],
)
def test_a_hidden_result_is_described_on_standard_error(ran, action, arguments, result, line):
    seen = ran(result, arguments, action_class=action)
    assert seen.lines == [(f"[here] {line}", True)]
