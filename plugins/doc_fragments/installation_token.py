# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that limit an installation access token."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  repositories:
    description:
      - Names of the repositories that the token is limited to, with or without the owner, or their URLs on the server; 500 at most.
      - Without O(repositories) and O(repository_ids) the token reaches all repositories of the installation. An empty
        list is an error, not a token for everything.
    type: list
    elements: str
  repository_ids:
    description: Ids of the repositories that the token is limited to, in addition to O(repositories).
    type: list
    elements: int
  permissions:
    description:
      - Permissions that the token is limited to, by name, each with V(read), V(write) or V(admin). The names are GitHub's, as in
        U(https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app).
      - Without it the token has all permissions of the installation. An empty dictionary is an error.
    type: dict
"""
