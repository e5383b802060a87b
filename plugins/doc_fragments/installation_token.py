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
      - Repositories that the token is limited to, given as names with or without the owner, or as URLs on the server. At most 500
        repositories are allowed.
      - An item that contains V(*), V(?) or V([) is a shell pattern. It is matched against the repositories that the installation can
        access when the token is created. Names and patterns are not case-sensitive.
      - If none of O(repositories), O(repository_ids) and O(repository_topics) is set, the token can access all repositories of
        the installation. An empty list is an error.
      - GitHub cannot limit a token for an installation on an enterprise, so the task fails if O(repositories), O(repository_ids),
        O(repository_topics) or O(permissions) is set for such an installation.
    type: list
    elements: str
  repository_ids:
    description: IDs of the repositories that the token is limited to, in addition to O(repositories).
    type: list
    elements: int
  permissions:
    description:
      - Permissions that the token is limited to, as a dictionary of names and levels. A level is V(read), V(write) or V(admin).
        For the names, see U(https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app).
      - If not set, the token has all permissions of the installation. An empty dictionary is an error.
    type: dict
"""
