# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter installation_access_errors."""

from __future__ import annotations

DOCUMENTATION = r"""
name: installation_access_errors
short_description: What is wrong with a document of accounts
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Checks the list of accounts that the role P(hubops.github_apps.installation_access#role) works through, without asking a
    server, so that it can be checked where there are no credentials, before it is merged for example.
options:
  _input:
    description: The list, as in the role's variable C(installation_access_accounts).
    type: list
    elements: dict
    required: true
seealso:
  - plugin: hubops.github_apps.installation_access
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Check the document
  ansible.builtin.assert:
    that: (accounts | hubops.github_apps.installation_access_errors) == []
    fail_msg: "{{ accounts | hubops.github_apps.installation_access_errors }}"
  vars:
    accounts:
      - organization: octo-org
        repositories: [hello-world]
"""

RETURN = r"""
_value:
  description: A sentence for each error.
  type: list
  elements: str
"""

from typing import Any, Callable, Dict

from ansible_collections.hubops.github_apps.plugins.plugin_utils._reports.access import errors_in


class FilterModule:
    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"installation_access_errors": errors_in}
