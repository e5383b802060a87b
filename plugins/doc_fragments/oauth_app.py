# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that authenticate an OAuth app."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  client_id:
    description:
      - Client ID of the OAuth app, or of the GitHub App that the user tokens belong to.
      - If not set, the environment variable E(GITHUB_OAUTH_CLIENT_ID) is used.
    type: str
  client_secret:
    description:
      - Client secret that belongs to O(client_id).
      - If not set, the environment variable E(GITHUB_OAUTH_CLIENT_SECRET) is used.
    type: str
  client_secret_path:
    description:
      - Path to a file on the host that runs the module. The file contains only the client secret. Use this option instead of
        O(client_secret).
      - If not set, the environment variable E(GITHUB_OAUTH_CLIENT_SECRET_PATH) is used.
    type: path
"""

    LEGACY = r"""
options:
  legacy:
    description:
      - Whether to use the operations that send the token in the URL, even if the server also supports others.
      - GitHub Enterprise Server 3.3 and earlier support these operations. Before 2.20, they are the only ones and are always
        used.
    type: bool
    default: false
"""
