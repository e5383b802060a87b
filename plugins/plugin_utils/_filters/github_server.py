# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter github_server, which is documented in plugins/filter."""

from __future__ import annotations

import os
from typing import Any, Dict

from ansible.errors import AnsibleFilterError

from ansible_collections.hubops.github_apps.plugins.module_utils._base.environment import SERVER
from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import GitHubAppsError
from ansible_collections.hubops.github_apps.plugins.module_utils._github.server import server_from


def github_server(api_url: Any, server_version: Any = None) -> Dict[str, str]:
    try:
        server = server_from(
            {
                "api_url": str(api_url or os.environ.get(SERVER["api_url"], "")),
                "server_version": server_version or os.environ.get(SERVER["server_version"]),
            }
        )
    except GitHubAppsError as error:
        raise AnsibleFilterError(str(error)) from None
    return server.addresses
