# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter repository_names."""

from __future__ import annotations

DOCUMENTATION = r"""
name: repository_names
short_description: Get repository names from lists, strings and URLs
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Returns the names in a list, or in a string in which they are separated by commas, spaces or line breaks. For example, such a
    string can be the answer to a survey, or an environment variable.
  - Converts the URL of a repository, such as V(https://HOST/owner/name.git) or V(git@HOST:owner/name.git), to V(owner/name).
  - Items that are neither a name nor such a URL are returned unchanged. Check the result with C(select('match', '[^/]+/[^/]+$')).
positional: server_url
options:
  _input:
    description: The names, as a list or a string. Each item of a list can contain several names.
    type: raw
    required: true
  server_url:
    description:
      - Web address of the server that hosts the repositories, such as V(https://github.example.com). URLs of other servers are not
        converted.
      - If not set, URLs of all servers are converted.
    type: str
  keep_urls:
    description: Whether to return URLs unchanged.
    type: bool
    default: false
seealso:
  - plugin: hubops.github_apps.github_server
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the names of two repositories
  ansible.builtin.debug:
    msg: "{{ 'octo-org/hello-world, https://github.com/acme/rocket.git' | hubops.github_apps.repository_names }}"
"""

RETURN = r"""
_value:
  description: The repository names.
  type: list
  elements: str
"""

from typing import Any, Callable, Dict

from ansible_collections.hubops.github_apps.plugins.plugin_utils._late import late


class FilterModule:
    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"repository_names": late("plugin_utils._filters.repository_names", "repository_names")}
