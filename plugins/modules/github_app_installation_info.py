#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_app_installation_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_app_installation_info
short_description: Get information about GitHub App installations
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Lists the installations of an app, the installations of all apps on an organization, or the installations that a user can see.
  - For the app's own installations, also returns the permissions that the app requests and that the account has not yet accepted.
  - With O(include), also returns the repositories of the app's own installations, or their number. One task reads all installations,
    however many there are.
extends_documentation_fragment:
  - hubops.github_apps.attributes
  - hubops.github_apps.attributes.info
  - hubops.github_apps.attributes.github_apps
  - hubops.github_apps.server
  - hubops.github_apps.app
  - hubops.github_apps.app.token
  - hubops.github_apps.installation.reading
options:
  list:
    description:
      - Which installations to list.
      - With V(app), the installations of the app that the credentials belong to. Set O(installation_id), O(organization),
        O(user), O(repository) or O(enterprise) to get a single installation, which must exist.
      - With V(organization), the installations of all apps on O(organization). Requires the O(token) of an owner of the
        organization, and GitHub Enterprise Server 2.19 or later.
      - With V(user), the installations that the owner of O(token) can see. O(token) must be a user access token of the app.
    type: str
    choices: [app, organization, user]
    default: app
  installation_id:
    description: ID of the installation to get. It is never taken from the environment.
    type: int
  organization:
    description:
      - Name of an organization. The installation on it is returned.
      - With O(list=organization), all installations on this organization are returned.
    type: str
  user:
    description: Name of a user. The installation on this account is returned.
    type: str
  repository:
    description: Repository, given as C(owner/name). The installation that has access to it is returned.
    type: str
  enterprise:
    description:
      - Slug of an enterprise. The installation on it is returned.
      - Requires GitHub Enterprise Server 3.21 or later.
    type: str
  account:
    description: Name of an account, or slug of an enterprise. Only its installations are returned.
    type: str
  suspended:
    description: If V(true), only suspended installations are returned. If V(false), only those that are not suspended.
    type: bool
  repository_selection:
    description: If V(all), only installations with access to all repositories of their account are returned. If V(selected),
      only those with access to selected repositories.
    type: str
    choices: [all, selected]
  permissions:
    description: Permissions and their levels. Only installations with these permissions, at these levels or higher, are returned.
    type: dict
  since:
    description:
      - Time in ISO 8601 format. Only installations that were updated after this time are returned.
      - Only used with O(list=app). Requires GitHub Enterprise Server 2.22 or later.
    type: str
  outdated:
    description:
      - Value of GitHub's query parameter C(outdated), which is passed on unchanged.
      - Only used with O(list=app). Requires GitHub Enterprise Server 2.22 or later.
    type: str
  installation_ids:
    description: IDs of installations. Only these are returned.
    type: list
    elements: int
  include:
    description:
      - What to return in addition to the installations themselves. Only used with O(list=app).
      - With V(repository_count), the number of repositories that each installation has access to.
      - With V(repositories), the repositories themselves and their number.
      - For suspended installations, neither the repositories nor their number is returned, because GitHub does not list the repositories.
    type: list
    elements: str
    choices: [repositories, repository_count]
notes:
  - With O(include), the module creates a token for each installation that is not suspended. With V(repositories), it then makes one
    request per 100 repositories, and with V(repository_count), only one request. The tokens can only read metadata, are not stored,
    and expire within an hour.
  - With V(repositories), the result can be large. If you only need the number of repositories, use V(repository_count).
seealso:
  - module: hubops.github_apps.github_app_installation
  - module: hubops.github_apps.github_app_info
  - module: hubops.github_apps.github_installation_repo_info
  - name: GitHub Apps in GitHub's REST API
    description: Reference of the operations that this module uses.
    link: https://docs.github.com/rest/apps/apps
"""

EXAMPLES = r"""
- name: Get all installations of the app
  hubops.github_apps.github_app_installation_info:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
  register: result

- name: Show the permissions that owners have not yet accepted
  ansible.builtin.debug:
    msg: "{{ item.account.login }} has not accepted {{ item.permission_drift.keys() | join(', ') }}: {{ item.html_url }}"
  loop: "{{ result.installations | selectattr('permission_drift') }}"
  loop_control:
    label: "{{ item.account.login }}"

- name: Get the installation of one organization
  hubops.github_apps.github_app_installation_info:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    organization: octo-org

- name: Get the installation on an enterprise
  hubops.github_apps.github_app_installation_info:
    app_id: "1004"
    private_key_path: ~/hubops-installer.private-key.pem
    enterprise: octo-enterprise

- name: Get the installations that can write to all repositories of their account
  hubops.github_apps.github_app_installation_info:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    repository_selection: all
    permissions:
      contents: write

- name: Get all installations of the app with their repositories
  hubops.github_apps.github_app_installation_info:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    include: [repositories]
  register: result

- name: Show the installations whose repositories could not be read
  ansible.builtin.debug:
    msg: "{{ item.account.login }}: {{ item.failure.message }}"
  loop: "{{ result.installations | selectattr('failure', 'defined') }}"
  loop_control:
    label: "{{ item.account.login }}"

- name: Get the installations of all apps on an organization
  hubops.github_apps.github_app_installation_info:
    list: organization
    organization: octo-org
    token: "{{ lookup('ansible.builtin.env', 'ADMIN_TOKEN') }}"
"""

RETURN = r"""
installations:
  description: >-
    The installations, as returned by GitHub, with additional keys. The C(account) of an installation on an enterprise has a C(slug)
    instead of a C(login).
  returned: success
  type: list
  elements: dict
  contains:
    permission_drift:
      description:
        - The permissions that the app requests and that the account has not yet accepted. For each permission, the key C(app) contains
          the requested level, and the key C(installation) contains the granted level. An owner can accept them at C(html_url).
      returned: when O(list=app)
      type: dict
    repository_count:
      description: Number of repositories that the installation has access to.
      returned: when O(include) is set, the installation is not suspended, and its repositories could be read
      type: int
    repositories:
      description: >-
        The repositories that the installation has access to, sorted by name, with the same keys as
        RV(hubops.github_apps.github_installation_repo_info#module:repositories).
      returned: when O(include) contains V(repositories), the installation is not suspended, and its repositories could be read
      type: list
      elements: dict
    failure:
      description:
        - Why the repositories of the installation could not be read. The task does not fail, but shows a warning.
        - If 5 installations in a row fail because of a connection problem or a rate limit, the remaining ones are not read.
      returned: when O(include) is set and the repositories of the installation could not be read
      type: dict
      contains:
        message:
          description: The error message.
          type: str
        cause:
          description: The same value that a failed task returns as C(cause).
          type: str
  sample:
    - id: 42
      account:
        login: octo-org
      permissions:
        contents: read
      html_url: https://github.com/organizations/octo-org/settings/installations/42
      permission_drift:
        issues:
          app: write
          installation: null
      repository_count: 12
install_url:
  description: Page on which the owner of another account installs the app.
  returned: when O(list=app)
  type: str
  sample: https://github.com/apps/hubops-demo/installations/new
permissions_url:
  description: Page on which the app's owner changes the permissions that the app requests.
  returned: when O(list=app)
  type: str
  sample: https://github.com/organizations/octo-org/settings/apps/hubops-demo/permissions
api_url:
  description:
    - Root of the server's REST API, derived from O(api_url).
    - Use this address to build URLs for requests that send a credential. The URLs in RV(installations) come from the server.
  returned: success
  type: str
  sample: https://api.github.com
server_url:
  description: Root of the server's web pages and Git repositories, derived from O(api_url).
  returned: success
  type: str
  sample: https://github.com
"""

from typing import Any, List, Mapping

from ansible_collections.hubops.github_apps.plugins.module_utils._base.environment import (
    ENVIRONMENT_WITHOUT_INSTALLATION,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    APP,
    INSTALLATION,
    READING,
    SERVER,
    TOKEN,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.plan import Plan, unchanged
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._module import run
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.apps import (
    get_app,
    permission_drift,
    urls_of,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installation_lists import (
    FILTERS,
    is_wanted,
    list_app_installations,
    list_organization_installations,
    list_user_installations,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installation_repositories import (
    include_repositories,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repositories import read_concurrency


def make_plan(client: Client, params: Mapping[str, Any], check_mode: bool) -> Plan:
    lists = {
        "app": list_app_installations,
        "organization": list_organization_installations,
        "user": list_user_installations,
    }
    include = wanted_keys(params)
    concurrency = read_concurrency(params)
    listed = [item for item in lists[params["list"]](client, params) if is_wanted(item, params)]
    if params["list"] != "app":
        return unchanged(installations=listed, **client.server.addresses)
    app = get_app(client)
    urls = urls_of(app)
    installations = [{**item, "permission_drift": permission_drift(app, item)} for item in listed]
    if include:
        installations = include_repositories(client, installations, include, concurrency)
    return unchanged(
        installations=installations,
        install_url=urls["install"],
        permissions_url=urls["permissions"],
        **client.server.addresses,
    )


def wanted_keys(params: Mapping[str, Any]) -> List[str]:
    """The value of `include`; `OptionError` if the listed installations cannot be read."""
    include = params["include"] or []
    if include and params["list"] != "app":
        raise OptionError(
            "include requires list=app, because repositories are read with the app's key. Set list=app and the app's"
            " credentials (app_id and private_key_path), or remove include."
        )
    return list(include)


ARGUMENT_SPEC = {
    **SERVER,
    **APP,
    **TOKEN,
    **INSTALLATION,
    **READING,
    "list": {"type": "str", "choices": ["app", "organization", "user"], "default": "app"},
    **FILTERS,
    "installation_ids": {"type": "list", "elements": "int"},
    "include": {"type": "list", "elements": "str", "choices": ["repositories", "repository_count"]},
}


def main() -> None:
    run(make_plan, ARGUMENT_SPEC, ENVIRONMENT_WITHOUT_INSTALLATION)


if __name__ == "__main__":
    main()
