# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter awx_removals."""

from __future__ import annotations

DOCUMENTATION = r"""
name: awx_removals
short_description: Select what the role awx_github_app can remove from AWX
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Returns the IDs of the records in AWX that the role P(hubops.github_apps.awx_github_app#role) creates, except those that other
    records use.
  - The role uses this filter.
positional: names, organization
options:
  _input:
    description: The records in AWX. Each key is a resource, such as V(job_templates), and each value is the list that the API returned.
    type: dict
    required: true
  names:
    description:
      - The names of the records that the role creates, by resource.
      - Credentials are dictionaries with C(name) and C(credential_type).
    type: dict
    required: true
  organization:
    description: The organization, as returned by the API.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show which job templates can be removed
  ansible.builtin.debug:
    msg: "{{ (records | hubops.github_apps.awx_removals(created, awx_organization)).removed.job_templates }}"
  vars:
    awx_organization: {id: 1, name: Default, description: ""}
    created: {job_templates: [GitHub App audit]}
    records: {job_templates: [{id: 7, name: GitHub App audit, organization: 1}]}
"""

RETURN = r"""
_value:
  description: >-
    A dictionary. C(removed) contains the IDs of the records to remove for each resource. C(kept) contains a sentence for each record
    that is kept.
  type: dict
"""

from typing import Any, Callable, Dict

from ansible_collections.hubops.github_apps.plugins.plugin_utils._late import late


class FilterModule:
    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"awx_removals": late("plugin_utils._filters.awx_removals", "plan_removals")}
