# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import types

import pytest

from ansible_collections.hubops.github_apps.plugins.module_utils._scopes import NO_TOKEN
from ansible_collections.hubops.github_apps.plugins.plugin_utils import _censored as plugin


@pytest.mark.parametrize(
    "arguments, result, censored",
    [
        ({}, {"changed": True, "token": "t"}, True),
        ({"show_secret": False}, {"token": "t"}, True),
        ({"show_secret": "no"}, {"token": "t"}, True),
        ({"show_secret": ""}, {"token": "t"}, True),
        ({"show_secret": True}, {"token": "t"}, False),
        ({"show_secret": "yes"}, {"token": "t"}, False),
        ({}, {"changed": True}, False),
        ({}, {"changed": True, "token": NO_TOKEN}, False),
        ({}, {"failed": True, "msg": "why"}, False),
        ({}, {"failed": True, "token": "t", "msg": "why"}, False),
    ],
)
def test_only_a_successful_result_with_a_token_is_censored(monkeypatch, arguments, result, censored):
    context = types.SimpleNamespace(no_log=False)
    seen, secrets = [], []
    monkeypatch.setattr(plugin, "register_secrets", secrets.extend)

    def run(self, tmp, task_vars):
        seen.append(context.no_log)
        return dict(result)

    monkeypatch.setattr(plugin.RunModule, "run", run)
    action = object.__new__(plugin.CensoredAction)
    action._task = types.SimpleNamespace(args=arguments, no_log=False)
    action._connection = types.SimpleNamespace(_play_context=context)
    returned = action.run(None, {})
    assert returned.pop("_ansible_no_log", False) is censored and returned == result
    assert action._task.no_log is censored
    assert secrets == (["t"] if censored else [])
    assert seen == [arguments.get("show_secret") not in (True, "yes")] and context.no_log is False
