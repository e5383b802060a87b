# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options with which a user signs in with name and password."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  username:
    description:
      - Name of the user whose authorizations are meant. Needed for operations of GitHub Enterprise Server that take nothing
        but a password; others do not use it.
      - If not set, the environment variable E(GITHUB_USERNAME) is used.
    type: str
  password:
    description:
      - Password that belongs to O(username).
      - If not set, the environment variable E(GITHUB_PASSWORD) is used.
    type: str
  one_time_password:
    description:
      - One-time password of a user who has two-factor authentication. It is good for half a minute.
      - If not set, the environment variable E(GITHUB_ONE_TIME_PASSWORD) is used.
    type: str
"""
