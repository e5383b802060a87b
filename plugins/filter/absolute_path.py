# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter absolute_path."""

from __future__ import annotations

DOCUMENTATION = r"""
name: absolute_path
short_description: Make a path absolute
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Takes a relative path from the directory in which the command was started, on the controller, and expands C(~) and environment
    variables.
  - Ansible itself takes some relative paths from the directory of the playbook, which is inside the collection for packaged playbooks.
  - An empty path stays empty, and a symbolic link stays a link.
options:
  _input:
    description: The path.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show where a report is written
  ansible.builtin.debug:
    msg: "{{ 'report.html' | hubops.github_apps.absolute_path }}"
"""

RETURN = r"""
_value:
  description: The path.
  type: str
"""

import os
from typing import Any, Callable, Dict


def absolute_path(path: Any) -> Any:
    text = str(path or "").strip()
    return os.path.abspath(os.path.expanduser(os.path.expandvars(text))) if text else ""


class FilterModule:
    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"absolute_path": absolute_path}
