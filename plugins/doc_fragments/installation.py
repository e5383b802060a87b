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
      - ID of the installation.
      - Exactly one of O(installation_id), O(organization), O(user) and O(repository) is required. If none of them is set, the
        environment variable E(GITHUB_APP_INSTALLATION_ID) is used.
    type: int
  organization:
    description: Name of the organization on which the app is installed.
    type: str
  user:
    description: Name of the user on whose account the app is installed.
    type: str
  repository:
    description:
      - Repository that the installation has access to, given as C(owner/name) or as its URL on the server.
      - It only selects the installation, and does not limit the task or its token to this repository.
    type: str
"""

    READING = r"""
options:
  read_concurrency:
    description: Number of installations whose repositories are listed concurrently, from 1 to 10.
    type: int
    default: 8
"""

    ENTERPRISE = r"""
options:
  enterprise:
    description:
      - Slug of the enterprise on which the app is installed, which is the last part of C(https://github.com/enterprises/SLUG). It is used
        instead of O(installation_id), O(organization), O(user) and O(repository).
      - If no installation is selected, the environment variable E(GITHUB_APP_ENTERPRISE) is used. It cannot be combined with
        E(GITHUB_APP_INSTALLATION_ID).
      - Requires GitHub Enterprise Server 3.21 or later. With earlier releases, use O(installation_id).
    type: str
"""

    VIA_ENTERPRISE = r"""
options:
  via_enterprise:
    description:
      - Slug of an enterprise, which is the last part of C(https://github.com/enterprises/SLUG). If set, the task uses a
        token of the app's installation on the enterprise to manage installations on the organizations of the enterprise.
      - The credentials must be those of the app that is installed on the enterprise.
      - Requires GitHub Enterprise Cloud, or GitHub Enterprise Server 3.19 or later.
    type: str
  enterprise_installation_id:
    description:
      - ID of the app's installation on the enterprise. GitHub Enterprise Server 3.19 and 3.20 require it, because they cannot find the
        installation by O(via_enterprise).
    type: int
  app_client_id:
    description:
      - Client ID of the app whose installation on the organization is managed. By default, it is the app that the credentials
        belong to.
      - Can only be used with O(via_enterprise).
    type: str
"""

    PLUGINS = r"""
options:
  installation_id:
    env:
      - name: GITHUB_APP_INSTALLATION_ID
    vars:
      - name: github_app_installation_id
  enterprise:
    env:
      - name: GITHUB_APP_ENTERPRISE
    vars:
      - name: github_app_enterprise
"""
