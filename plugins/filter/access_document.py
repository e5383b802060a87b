# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter access_document."""

from __future__ import annotations

DOCUMENTATION = r"""
name: access_document
short_description: Write the current state of installations as an access document
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Returns an access document that defines the current state of the installations. Use it with M(hubops.github_apps.github_app_access) or
    the role P(hubops.github_apps.installation_access#role). Applying it changes nothing.
  - Comments explain what an entry does not manage, for example the repositories of suspended installations.
positional: server_url
options:
  _input:
    description:
      - Installations as returned by M(hubops.github_apps.github_app_installation_info) with
        O(hubops.github_apps.github_app_installation_info#module:include=repositories).
    type: list
    elements: dict
    required: true
  server_url:
    description: Web address of the server, as returned by the same module.
    type: str
    required: true
seealso:
  - plugin: hubops.github_apps.installation_access
    plugin_type: role
"""

EXAMPLES = r"""
- name: Get the installations of the app, with their repositories
  hubops.github_apps.github_app_installation_info:
    include: [repositories]
  register: result

- name: Write the access document
  ansible.builtin.copy:
    content: "{{ result.installations | hubops.github_apps.access_document(result.server_url) }}"
    dest: access.yml
    mode: "0640"
"""

RETURN = r"""
_value:
  description: The access document as YAML.
  type: str
"""

from typing import Any, Callable, Dict

from ansible_collections.hubops.github_apps.plugins.plugin_utils._late import late


class FilterModule:
    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"access_document": late("plugin_utils._reports.access_document", "write_document")}
