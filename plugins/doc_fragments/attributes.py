# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The attributes of the modules."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return the changed status prediction without modifying the target.
    support: full
  diff_mode:
    description: Returns details on what has changed, or would change in C(check_mode), when in diff mode.
    support: full
notes:
  - Modules run on the target host and cannot access the environment variables and files of the controller. To run them on the
    controller, use C(hosts=localhost) or C(delegate_to=localhost), with
    C(ansible_python_interpreter={{ ansible_playbook_python }}).
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return the changed status prediction without modifying the target.
    support: full
    details: This action does not modify state.
  diff_mode:
    description: Returns details on what has changed, or would change in C(check_mode), when in diff mode.
    support: N/A
    details: This action does not modify state.
"""

    GITHUB_APPS = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/hubops.github_apps.github_apps) in C(module_defaults) to set the server and the credentials for all modules of the group.
    support: full
    membership:
      - hubops.github_apps.github_apps
"""

    GITHUB_OAUTH_APPS = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/hubops.github_apps.github_oauth_apps) in C(module_defaults) to set the server and the credentials for all modules of the group.
    support: full
    membership:
      - hubops.github_apps.github_oauth_apps
"""
