#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_app_installation_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_app_installation_info
short_description: Where a GitHub App is installed, with what access, and what is out of date
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Lists the installations of the app, or one of them; or the installations of all apps on an organization; or those that the
    user of a token may see.
  - Reports, for the app's own installations, which permissions the app asks for now that the installation has not accepted.
extends_documentation_fragment:
  - hubops.github_apps.attributes
  - hubops.github_apps.attributes.info
  - hubops.github_apps.attributes.github_apps
  - hubops.github_apps.server
  - hubops.github_apps.app
  - hubops.github_apps.app.token
options:
  list:
    description:
      - With V(app), the installations of the app whose credentials are given. O(installation_id), O(organization), O(user) or
        O(repository) reduces them to one, which must exist.
      - With V(organization), the installations of all apps on O(organization), with O(token), a token of one of its owners.
        Servers have it from 2.19 on.
      - With V(user), the installations that the user of O(token) may see, which is a token that the user gave to the app.
    type: str
    choices: [app, organization, user]
    default: app
  installation_id:
    description: The installation with this id. It is never taken from the environment.
    type: int
  organization:
    description: The installation on this organization; with O(list=organization), the organization that is meant.
    type: str
  user:
    description: The installation on this user's account.
    type: str
  repository:
    description: The installation that reaches this repository, given as C(owner/name).
    type: str
  account:
    description: Only installations on this account.
    type: str
  suspended:
    description: Only suspended installations, or only others.
    type: bool
  repository_selection:
    description: Only installations on all repositories of their account, or only on selected ones.
    type: str
    choices: [all, selected]
  permissions:
    description: Only installations that were granted these permissions, at these levels or higher.
    type: dict
  since:
    description: Only installations of the app that were updated after this time, in ISO 8601. Servers have it from 2.22 on.
    type: str
  outdated:
    description: Handed to GitHub as it is, with O(list=app). Servers have it from 2.22 on.
    type: str
seealso:
  - module: hubops.github_apps.github_app_installation
  - module: hubops.github_apps.github_app_info
  - name: GitHub Apps in GitHub's REST API
    description: Reference of the operations that this module uses.
    link: https://docs.github.com/rest/apps/apps
"""

EXAMPLES = r"""
- name: List all installations of the app
  hubops.github_apps.github_app_installation_info:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
  register: listed

- name: Which of them have not accepted what the app asks for
  ansible.builtin.debug:
    msg: "{{ item.account.login }} has to accept {{ item.permission_drift }} at {{ item.html_url }}"
  loop: "{{ listed.installations | selectattr('permission_drift') }}"
  loop_control:
    label: "{{ item.id }}"

- name: Who can write to all repositories
  hubops.github_apps.github_app_installation_info:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    repository_selection: all
    permissions:
      contents: write
"""

RETURN = r"""
installations:
  description:
    - The installations as GitHub describes them.
    - With O(list=app), each has C(permission_drift) besides, the permissions that the app asks for now and the installation has
      not accepted, each with its level in C(app) and in C(installation). An owner accepts them at C(html_url).
  returned: success
  type: list
  elements: dict
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
install_url:
  description: The page on which an owner of another account installs the app.
  returned: with O(list=app)
  type: str
  sample: https://github.com/apps/hubops-demo/installations/new
permissions_url:
  description: The page on which the app's owner changes what it asks for.
  returned: with O(list=app)
  type: str
  sample: https://github.com/organizations/octo-org/settings/apps/hubops-demo/permissions
"""

from typing import Any, Mapping

from ansible_collections.hubops.github_apps.plugins.module_utils._base.environment import ENVIRONMENT
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    APP,
    INSTALLATION,
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
    is_wanted,
    list_app_installations,
    list_organization_installations,
    list_user_installations,
)


def make_plan(client: Client, params: Mapping[str, Any], check_mode: bool) -> Plan:
    if params["list"] == "organization":
        return unchanged(
            installations=[i for i in list_organization_installations(client, params) if is_wanted(i, params)]
        )
    if params["list"] == "user":
        return unchanged(installations=[i for i in list_user_installations(client, params) if is_wanted(i, params)])
    app = get_app(client)
    listed = [item for item in list_app_installations(client, params) if is_wanted(item, params)]
    urls = urls_of(app)
    return unchanged(
        installations=[{**item, "permission_drift": permission_drift(app, item)} for item in listed],
        install_url=urls["install"],
        permissions_url=urls["permissions"],
    )


ARGUMENT_SPEC = {
    **SERVER,
    **APP,
    **TOKEN,
    **INSTALLATION,
    "list": {"type": "str", "choices": ["app", "organization", "user"], "default": "app"},
    "account": {"type": "str"},
    "suspended": {"type": "bool"},
    "repository_selection": {"type": "str", "choices": ["all", "selected"]},
    "permissions": {"type": "dict"},
    "since": {"type": "str"},
    "outdated": {"type": "str"},
}


def main() -> None:
    run(make_plan, ARGUMENT_SPEC, {name: value for name, value in ENVIRONMENT.items() if name != "installation_id"})


if __name__ == "__main__":
    main()
