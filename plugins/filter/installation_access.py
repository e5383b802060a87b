# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter installation_access."""

from __future__ import annotations

DOCUMENTATION = r"""
name: installation_access
short_description: Compare a document of accounts with the installations of an app
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - What has to change so that the installations of an app are as a list of accounts says, and what only people can change.
  - The role P(hubops.github_apps.installation_access#role) acts by it, and makes its report of it.
options:
  _input:
    description: The list, as in the role's variable C(installation_access_accounts), without errors.
    type: list
    elements: dict
    required: true
  listed:
    description: The result of M(hubops.github_apps.github_app_installation_info).
    type: dict
    required: true
  results:
    description: The results of tasks that looped over entries of RV(_value.accounts) and RV(_value.unlisted).
    type: list
    elements: dict
    default: []
  unlisted:
    description: What is to be done with installations that the list does not name.
    type: str
    choices: [report, finding, suspend, ignore]
    default: report
  one:
    description: Whether only one installation is asked for. Accounts that have another one, or none, are left out.
    type: bool
    default: false
  check_mode:
    description: Whether this is check mode.
    type: bool
    default: false
seealso:
  - plugin: hubops.github_apps.installation_access_errors
    plugin_type: filter
"""

EXAMPLES = r"""
- name: List the installations
  hubops.github_apps.github_app_installation_info:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
  register: listed

- name: Which accounts are not as they should be, without changing them
  ansible.builtin.debug:
    msg: "{{ (accounts | hubops.github_apps.installation_access(listed)).findings }}"
  vars:
    accounts:
      - organization: octo-org
        permissions:
          contents: write
"""

RETURN = r"""
_value:
  description: The comparison.
  type: dict
  contains:
    app:
      description: The app's slug or, where the server does not tell it with an installation, its id.
      type: raw
    check_mode:
      description: Whether nothing was changed because of check mode.
      type: bool
    accounts:
      description: An entry for each account of the list.
      type: list
      elements: dict
      contains:
        account:
          description: Login of the account.
          type: str
        kind:
          description: Whether it is an V(organization) or a V(user).
          type: str
        installation_id:
          description: Id of the installation; null where the app is not installed.
          type: int
        html_url:
          description: The page on which an owner of the account changes the installation.
          type: str
        suspended:
          description: Whether it was suspended when the installations were listed.
          type: bool
        suspend:
          description: Whether it has to be suspended (V(true)) or unsuspended (V(false)); null where neither.
          type: bool
        repositories:
          description: The repositories to converge, with their owner; null where there is nothing to converge.
          type: list
          elements: str
        repositories_state:
          description: V(exact) or V(present).
          type: str
        changes:
          description: What was changed according to O(results), or would be in check mode.
          type: list
          elements: str
          sample: [unsuspend, add octo-org/linguist, remove octo-org/spoon-knife]
        findings:
          description: What is not as the list says and only people can change, with what they can do.
          type: list
          elements: str
        failures:
          description: Why tasks of O(results) failed.
          type: list
          elements: str
        notes:
          description: What else there is to know.
          type: list
          elements: str
    unlisted:
      description: The same for each installation that the list does not name; empty with O(unlisted=ignore).
      type: list
      elements: dict
    changes:
      description: All changes, each with its account.
      type: list
      elements: str
    findings:
      description: All findings, each with its account.
      type: list
      elements: str
    failures:
      description: All failures, each with its account.
      type: list
      elements: str
"""

from typing import Any, Callable, Dict, Mapping, Sequence

from ansible_collections.hubops.github_apps.plugins.plugin_utils._reports.access import compare


def installation_access(
    accounts: Sequence[Mapping[str, Any]],
    listed: Mapping[str, Any],
    results: Sequence[Mapping[str, Any]] = (),
    unlisted: str = "report",
    one: bool = False,
    check_mode: bool = False,
) -> Dict[str, Any]:
    return compare(accounts, listed, results, unlisted, one, check_mode)


class FilterModule:
    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"installation_access": installation_access}
