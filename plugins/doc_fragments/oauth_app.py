# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options with which an OAuth application authenticates."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  client_id:
    description:
      - Client id of the OAuth application, or of the GitHub App whose user tokens are meant.
      - If not set, the environment variable E(GITHUB_OAUTH_CLIENT_ID) is used.
    type: str
  client_secret:
    description:
      - Client secret that belongs to O(client_id).
      - If not set, the environment variable E(GITHUB_OAUTH_CLIENT_SECRET) is used.
    type: str
  client_secret_path:
    description:
      - File that holds the client secret and nothing else, on the machine where this runs; in place of O(client_secret).
      - If not set, the environment variable E(GITHUB_OAUTH_CLIENT_SECRET_PATH) is used.
    type: path
"""

    LEGACY = r"""
options:
  legacy:
    description:
      - Whether to use the operations that have the token in their URL where the server has others too. Servers up to 3.3 have
        them, and servers before 2.20 have nothing else.
    type: bool
    default: false
"""
