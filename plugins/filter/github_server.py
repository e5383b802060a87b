# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter github_server."""

from __future__ import annotations

DOCUMENTATION = r"""
name: github_server
short_description: Get the URLs of a GitHub server
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Returns the URLs of the REST API and the web interface of a GitHub server.
  - O(_input) accepts the same forms as the C(api_url) option of the modules.
positional: server_version
options:
  _input:
    description:
      - Host name or API URL of the server, such as C(github.example.com) or C(octocorp.ghe.com).
      - If empty, the environment variable E(GITHUB_API_URL) is used. The default is github.com.
    type: str
    required: true
  server_version:
    description:
      - Release of the server, in the same format as the C(server_version) option of the modules.
      - If empty, the environment variable E(GITHUB_SERVER_VERSION) is used.
    type: str
"""

EXAMPLES = r"""
- name: Show the URLs of a server
  ansible.builtin.debug:
    msg: "{{ 'github.example.com' | hubops.github_apps.github_server }}"
"""

RETURN = r"""
_value:
  description: The URLs, without a trailing slash.
  type: dict
  contains:
    api_url:
      description: URL of the REST API.
      type: str
    server_url:
      description: URL of the web interface and of the Git repositories.
      type: str
"""

from typing import Any, Callable, Dict

from ansible_collections.hubops.github_apps.plugins.plugin_utils._late import late


class FilterModule:
    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"github_server": late("plugin_utils._filters.github_server", "github_server")}
