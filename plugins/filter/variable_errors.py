# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter variable_errors."""

from __future__ import annotations

DOCUMENTATION = r"""
name: variable_errors
short_description: Find misplaced secrets and facts in variables
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Returns an error for each variable that contains a private key, a token or a similar secret, if the specification of the variable does
    not set C(no_log). Ansible would show such a secret in its messages. The returned errors do not contain it.
  - Returns an error for each variable whose value comes from the facts of the host. Facts override inventory variables, and a managed
    host can return any facts.
  - The roles and playbooks of this collection use this filter to check their variables.
positional: specification
options:
  _input:
    description: The variables and their values.
    type: dict
    required: true
  specification:
    description: The options from the argument specification of a role. Variables that are not listed in it are checked as well.
    type: dict
    default: {}
  facts:
    description: The facts of the host, usually C(ansible_facts).
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Check the variables of a role
  ansible.builtin.assert:
    that: errors | length == 0
    fail_msg: "{{ errors | join(' ') }}"
  vars:
    errors: "{{ {'service_port': 8080} | hubops.github_apps.variable_errors({'service_port': {'type': 'int'}}, ansible_facts) }}"
"""

RETURN = r"""
_value:
  description: A message for each error.
  type: list
  elements: str
"""

from typing import Any, Callable, Dict

from ansible_collections.hubops.github_apps.plugins.plugin_utils._late import late


class FilterModule:
    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"variable_errors": late("plugin_utils._filters.variable_errors", "variable_errors")}
