# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options for a user who authenticates with a password."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  username:
    description:
      - Name of the user whose authorizations are managed. Required for operations of GitHub Enterprise Server that only support
        authentication with a password. Other operations do not use it.
      - If not set, the environment variable E(GITHUB_USERNAME) is used.
    type: str
  password:
    description:
      - Password of O(username).
      - If not set, the environment variable E(GITHUB_PASSWORD) is used.
    type: str
  one_time_password:
    description:
      - One-time password of a user with two-factor authentication. It is valid for 30 seconds.
      - If not set, the environment variable E(GITHUB_ONE_TIME_PASSWORD) is used.
    type: str
"""
