# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Behavior that all modules share."""

from __future__ import annotations

from ansible_collections.hubops.github_apps.plugins.module_utils._github import transport
from ansible_collections.hubops.github_apps.plugins.modules import github_app_info


def test_warnings_of_the_client_are_shown(run_module, options, standin, monkeypatch):
    said = []
    monkeypatch.setattr("ansible.module_utils.basic.AnsibleModule.warn", lambda self, message: said.append(message))
    standin.clock_offset = -400
    assert run_module(github_app_info, options)["app"]["id"] == 1001
    assert len(said) == 1
    assert "s ahead of the clock of 127.0.0.1" in said[0]


def test_a_missing_library_is_named_with_what_to_do(run_module, options, monkeypatch):
    monkeypatch.setattr(transport, "HAS_REQUESTS", False)
    result = run_module(github_app_info, options)
    assert result["failed"]
    assert "Python library (requests)" in result["msg"]
    assert "-m pip install" in result["msg"]
