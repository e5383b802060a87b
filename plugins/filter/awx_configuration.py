# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter awx_configuration."""

from __future__ import annotations

DOCUMENTATION = r"""
name: awx_configuration
short_description: Format the setup of AWX as variables for infra.aap_configuration
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Returns a YAML file with the variables of the collection C(infra.aap_configuration) that create the same objects as the role
    P(hubops.github_apps.awx_github_app#role).
  - The file contains no secrets. Instead, it refers to variables that you define. The comment at its top lists them.
  - Expressions in the file that AWX evaluates are marked with C(!unsafe), so that Ansible does not evaluate them.
  - The role uses this filter.
positional: types
options:
  _input:
    description:
      - The variables of the role, without the prefix C(awx_github_app_) in their names.
      - Unlike in the role, C(credential_types) contains the definitions of the credential types.
    type: dict
    required: true
  types:
    description: All credential types of this collection, in the format of the files in the role. They define which inputs are secret.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the configuration
  ansible.builtin.debug:
    msg: "{{ {'organization': 'Default', 'credentials': [credential]} | hubops.github_apps.awx_configuration([]) }}"
  vars:
    credential: {name: Registry, credential_type: Container Registry, inputs: {host: quay.io, username: octocat, password: ''}}
"""

RETURN = r"""
_value:
  description: The content of the file.
  type: str
"""

from typing import Any, Callable, Dict

from ansible_collections.hubops.github_apps.plugins.plugin_utils._late import late


class FilterModule:
    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"awx_configuration": late("plugin_utils._filters.awx_configuration", "format_configuration")}
