# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter printable."""

from __future__ import annotations

DOCUMENTATION = r"""
name: printable
short_description: Make text from a server safe to print on one line
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Replaces line breaks and control characters with spaces. Such characters can control a terminal or forge lines of output.
  - Use it wherever Ansible prints text unchanged, for example in C(loop_control.label) or in task names.
positional: secrets
options:
  _input:
    description: The text to print.
    type: raw
    required: true
  secrets:
    description: Tokens to mask. Parts of these tokens, and the encoded form in which Git sends them, are masked as well.
    type: list
    elements: str
    default: []
seealso:
  - plugin: hubops.github_apps.markdown
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the account of each installation
  ansible.builtin.debug:
    msg: "{{ item | hubops.github_apps.printable }}"
  loop: ["octo-org", "two\nlines"]
  loop_control:
    label: "{{ item | hubops.github_apps.printable }}"
"""

RETURN = r"""
_value:
  description: The text on one line.
  type: str
"""

from typing import Any, Callable, Dict

from ansible_collections.hubops.github_apps.plugins.plugin_utils._late import late


class FilterModule:
    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"printable": late("plugin_utils._filters.printable", "to_printable")}
