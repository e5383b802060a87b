# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter installation_access_errors."""

from __future__ import annotations

DOCUMENTATION = r"""
name: installation_access_errors
short_description: Validate an access document
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Returns the errors in an access document for M(hubops.github_apps.github_app_access) and the role
    P(hubops.github_apps.installation_access#role).
  - Does not connect to a server and needs no credentials, so you can validate the document before it is merged, for example.
options:
  _input:
    description: The access document, as in O(hubops.github_apps.github_app_access#module:accounts).
    type: list
    elements: dict
    required: true
seealso:
  - module: hubops.github_apps.github_app_access
"""

EXAMPLES = r"""
- name: Validate the access document
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
  description: A message for each error. Empty if the access document is valid.
  type: list
  elements: str
"""

from typing import Any, Callable, Dict

from ansible_collections.hubops.github_apps.plugins.plugin_utils._late import late


class FilterModule:
    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"installation_access_errors": late("module_utils._access.document", "errors_in")}
