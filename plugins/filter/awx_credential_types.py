# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter awx_credential_types."""

from __future__ import annotations

DOCUMENTATION = r"""
name: awx_credential_types
short_description: Match credential types with those in AWX
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Returns the names and inputs with which the credential types of this collection can be created or updated in AWX.
  - AWX does not allow any changes to the inputs of a credential type that is in use, not even to a help text.
  - If AWX has the credential type with the same fields, its inputs are kept and the rest of the type is updated.
  - If AWX only has it with different fields, an additional type with a new name is created, for example C(GitHub App (2)).
  - The role P(hubops.github_apps.awx_github_app#role) uses this filter.
positional: existing
options:
  _input:
    description: The credential types of this collection, in the format of the files in the role.
    type: list
    elements: dict
    required: true
  existing:
    description: The credential types in AWX, as returned by its API.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the name of a credential type in AWX
  ansible.builtin.debug:
    msg: "{{ [wanted] | hubops.github_apps.awx_credential_types(existing) | map(attribute='name') }}"
  vars:
    wanted: {name: GitHub App, kind: cloud, inputs: {fields: [{id: app_id, label: App ID}]}, injectors: {}}
    existing: []
"""

RETURN = r"""
_value:
  description: >-
    The parameters of C(awx.awx.credential_type) for each credential type. C(definition) contains the name from the input.
  type: list
  elements: dict
"""

from typing import Any, Callable, Dict

from ansible_collections.hubops.github_apps.plugins.plugin_utils._late import late


class FilterModule:
    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"awx_credential_types": late("plugin_utils._filters.awx_credential_types", "fit_types")}
