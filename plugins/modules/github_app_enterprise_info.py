#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_app_enterprise_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_app_enterprise_info
short_description: Get information about the organizations of an enterprise and the GitHub Apps installed on them
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Lists those organizations of an enterprise on which apps can be installed. On request, also lists the repositories of each
    organization, and the apps that are installed on it, regardless of their owners.
  - Authenticates as an app that is installed on the enterprise and has the C(enterprise_organization_installations) permission with
    C(read) or C(write) access.
  - Requires GitHub Enterprise Cloud, or GitHub Enterprise Server 3.19 or later.
extends_documentation_fragment:
  - hubops.github_apps.attributes
  - hubops.github_apps.attributes.info
  - hubops.github_apps.attributes.github_apps
  - hubops.github_apps.server
  - hubops.github_apps.app
  - hubops.github_apps.app.token
options:
  enterprise:
    description: Slug of the enterprise, which is the last part of C(https://github.com/enterprises/SLUG).
    type: str
    required: true
  installation_id:
    description:
      - ID of the installation on the enterprise. GitHub Enterprise Server 3.19 and 3.20 require it, because they cannot find the
        installation by O(enterprise).
      - It is never taken from the environment.
    type: int
  organizations:
    description:
      - Names of the organizations to return, or shell patterns such as V(team-*). They are not case-sensitive.
      - If not set, all organizations are returned. A name that does not belong to the enterprise is an error. A pattern without a
        match is not.
    type: list
    elements: str
  include:
    description:
      - What to return for each organization in addition to its name.
      - With V(repositories), all repositories of the organization.
      - With V(installations), the installations of all apps on the organization.
    type: list
    elements: str
    choices: [repositories, installations]
  read_concurrency:
    description: Number of lists (of repositories or installations) to read concurrently, from 1 to 10.
    type: int
    default: 8
notes:
  - GitHub cannot limit the permissions of a token for an enterprise. The module therefore creates a token that has all permissions of the
    installation, and revokes it at the end of the task.
seealso:
  - module: hubops.github_apps.github_app_installation_info
  - name: Organization installations in GitHub's REST API
    description: Reference of the operations that this module uses.
    link: https://docs.github.com/enterprise-cloud@latest/rest/enterprise-admin/organization-installations
"""

EXAMPLES = r"""
- name: Get the organizations of an enterprise
  hubops.github_apps.github_app_enterprise_info:
    app_id: "1004"
    private_key_path: ~/hubops-installer.private-key.pem
    enterprise: octo-enterprise
  register: result

- name: Show the names of the organizations
  ansible.builtin.debug:
    msg: "{{ result.organizations | map(attribute='login') }}"

- name: Get the apps that are installed on some organizations
  hubops.github_apps.github_app_enterprise_info:
    app_id: "1004"
    private_key_path: ~/hubops-installer.private-key.pem
    enterprise: octo-enterprise
    organizations: [octo-org, "*-org"]
    include: [installations]
  register: result

- name: Show the organizations on which an app is not installed
  ansible.builtin.debug:
    msg: "{{ item.login }}"
  loop: "{{ result.organizations }}"
  loop_control:
    label: "{{ item.login }}"
  when: "'hubops-demo' not in item.installations | map(attribute='app_slug')"

- name: Get the organizations with their repositories
  hubops.github_apps.github_app_enterprise_info:
    app_id: "1004"
    private_key_path: ~/hubops-installer.private-key.pem
    enterprise: octo-enterprise
    include: [repositories]
"""

RETURN = r"""
organizations:
  description: The organizations, sorted by name.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: ID of the organization.
      type: int
      returned: always
      sample: 101
    login:
      description: Name of the organization.
      type: str
      returned: always
      sample: octo-org
    repositories:
      description: All repositories of the organization, sorted by name, each with C(id), C(name) and C(full_name).
      type: list
      elements: dict
      returned: when O(include) contains V(repositories)
      sample:
        - id: 1296269
          name: hello-world
          full_name: octo-org/hello-world
    installations:
      description:
        - The installations of all apps on the organization, as returned by GitHub.
        - GitHub does not return whether an installation is suspended.
      type: list
      elements: dict
      returned: when O(include) contains V(installations)
      sample:
        - id: 42
          app_slug: hubops-demo
          client_id: Iv1.0123456789abcdef
          repository_selection: selected
          permissions:
            contents: read
          events: [push]
          created_at: "2026-11-21T15:00:00Z"
          updated_at: "2026-11-21T15:00:00Z"
installation_id:
  description: ID of the app's installation on the enterprise.
  returned: success
  type: int
  sample: 2301
permissions:
  description: Permissions that the enterprise granted to the app.
  returned: success
  type: dict
  sample:
    enterprise_organization_installations: read
api_url:
  description:
    - Root of the server's REST API, derived from O(api_url).
    - Use this address to build URLs for requests that send a credential. The URLs in RV(organizations) come from the server.
  returned: success
  type: str
  sample: https://api.github.com
server_url:
  description: Root of the server's web pages and Git repositories, derived from O(api_url).
  returned: success
  type: str
  sample: https://github.com
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict, List, Mapping, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.environment import (
    ENVIRONMENT_WITHOUT_INSTALLATION,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import APP, READING, SERVER, TOKEN
from ansible_collections.hubops.github_apps.plugins.module_utils._base.plan import Plan, unchanged
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._module import run
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.enterprises import (
    Enterprise,
    list_accessible_repositories,
    list_installable_organizations,
    list_organization_installations,
    select_organizations,
    sign_in,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repositories import (
    as_results,
    read_concurrency,
)

# For each value of include, the operation and the function that reads it.
PARTS = {
    "repositories": (
        "enterprise-apps/installable-organization-accessible-repositories",
        lambda enterprise, login: as_results(list_accessible_repositories(enterprise, login)),
    ),
    "installations": ("enterprise-apps/organization-installations", list_organization_installations),
}


def make_plan(client: Client, params: Mapping[str, Any], check_mode: bool) -> Plan:
    concurrency = read_concurrency(params)
    parts = [part for part in PARTS if part in (params["include"] or ())]
    operations = ("enterprise-apps/installable-organizations", *(PARTS[part][0] for part in parts))
    enterprise = sign_in(client, params["enterprise"], params["installation_id"], *operations)
    organizations = select_organizations(
        enterprise, list_installable_organizations(enterprise), params["organizations"]
    )
    described = {item.login: {"id": item.id, "login": item.login} for item in organizations}
    for login, part, value in read_parts(enterprise, list(described), parts, concurrency):
        described[login][part] = value
    return unchanged(
        organizations=list(described.values()),
        installation_id=enterprise.installation["id"],
        permissions=dict(enterprise.permissions),
        **client.server.addresses,
    )


def read_parts(
    enterprise: Enterprise, logins: List[str], parts: List[str], concurrency: int
) -> List[Tuple[str, str, List[Dict[str, Any]]]]:
    """Read each part of each organization: login, name of the part, and value."""

    def read(wanted: Tuple[str, str]) -> Tuple[str, str, List[Dict[str, Any]]]:
        login, part = wanted
        return login, part, PARTS[part][1](enterprise, login)

    with ThreadPoolExecutor(concurrency) as pool:
        return list(pool.map(read, [(login, part) for login in logins for part in parts]))


ARGUMENT_SPEC = {
    **SERVER,
    **APP,
    **TOKEN,
    **READING,
    "enterprise": {"type": "str", "required": True},
    "installation_id": {"type": "int"},
    "organizations": {"type": "list", "elements": "str"},
    "include": {"type": "list", "elements": "str", "choices": ["repositories", "installations"]},
}


def main() -> None:
    run(make_plan, ARGUMENT_SPEC, ENVIRONMENT_WITHOUT_INSTALLATION)


if __name__ == "__main__":
    main()
