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
  - Expands C(~) and environment variables, and resolves a relative path against the current directory of the C(ansible-playbook)
    command on the controller.
  - Ansible resolves some relative paths against the directory of the playbook. For playbooks from collections, this directory is
    inside the collection.
  - An empty path stays empty, and symbolic links are not followed.
options:
  _input:
    description: The path to make absolute.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show where the report is written
  ansible.builtin.debug:
    msg: "{{ 'report.html' | hubops.github_apps.absolute_path }}"
"""

RETURN = r"""
_value:
  description: The absolute path.
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
