# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that select an installation."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  installation_id:
    description:
      - Id of the installation.
      - If none of O(installation_id), O(organization), O(user) and O(repository) is set, the environment variable
        E(GITHUB_APP_INSTALLATION_ID) is used. Exactly one of the four must be given.
    type: int
  organization:
    description: The installation on this organization.
    type: str
  user:
    description: The installation on this user's account.
    type: str
  repository:
    description:
      - The installation that reaches this repository, given as C(owner/name) or as its URL on the server.
      - It only finds the installation and limits nothing else to the repository.
    type: str
"""

    PLUGINS = r"""
options:
  installation_id:
    env:
      - name: GITHUB_APP_INSTALLATION_ID
    vars:
      - name: github_app_installation_id
"""
