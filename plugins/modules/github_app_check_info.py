#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_app_check_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_app_check_info
short_description: Check the configuration of a GitHub App
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Checks the server, the credentials of the app, and its installations for problems. Returns one result for each check, with the
    remedy if there is a problem.
  - A problem does not make the task fail. The module still performs all checks that are possible. The task only fails if the
    options for the server are invalid, or if a Python library is missing.
  - Does not change anything. To check that a token can be created, the module creates one and revokes it at the end of the task. GitHub
    Enterprise Server before 2.20 cannot revoke it.
  - If an installation is selected, the module lists other installations that are suspended or lack permissions, but does not count them
    as problems.
extends_documentation_fragment:
  - hubops.github_apps.attributes
  - hubops.github_apps.attributes.info
  - hubops.github_apps.attributes.github_apps
  - hubops.github_apps.server
  - hubops.github_apps.app
  - hubops.github_apps.app.token
  - hubops.github_apps.installation.via_enterprise
options:
  installation_id:
    description:
      - ID of an installation for which the module creates a token.
      - Only one of O(installation_id), O(organization), O(user), O(repository) and O(enterprise) can be set. If none of them is set, the
        environment variable E(GITHUB_APP_INSTALLATION_ID) or E(GITHUB_APP_ENTERPRISE) is used. If neither variable is set, no token is
        created.
    type: int
  organization:
    description: Name of an organization. The module creates a token for the app's installation on it.
    type: str
  user:
    description: Name of a user. The module creates a token for the app's installation on this account.
    type: str
  repository:
    description: Repository, given as C(owner/name). The module creates a token for the installation that has access to it.
    type: str
  enterprise:
    description:
      - Slug of an enterprise. The module creates a token for the app's installation on it.
      - Requires GitHub Enterprise Server 3.21 or later.
      - If no installation is selected, the environment variable E(GITHUB_APP_ENTERPRISE) is used.
    type: str
  accounts:
    description:
      - The entries of an access document, with the same keys as O(hubops.github_apps.github_app_access#module:accounts).
      - The module checks whether they are valid, which of them need O(token), and whether the owner of O(token) administers the
        repositories.
      - With O(via_enterprise), it also checks whether the app can manage the organizations of the enterprise. Entries for these organizations
        do not need O(token).
    type: list
    elements: dict
seealso:
  - module: hubops.github_apps.github_app_info
  - module: hubops.github_apps.github_app_installation_info
  - module: hubops.github_apps.github_app_access
"""

EXAMPLES = r"""
- name: Check the configuration of the app, and create a token for an organization
  hubops.github_apps.github_app_check_info:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    organization: octo-org
  register: result

- name: Show the result of each check
  ansible.builtin.debug:
    var: result.summary

- name: Check whether a token can change the repositories of an organization
  hubops.github_apps.github_app_check_info:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    token: "{{ lookup('ansible.builtin.env', 'ADMIN_TOKEN') }}"
    accounts:
      - organization: octo-org
        repositories: [hello-world, linguist]
"""

RETURN = r"""
checks:
  description: The result of each check.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description:
        - Name of the check.
        - V(server), V(release), V(clock), V(private_key), V(app), V(installations), V(suspended), V(permissions), V(token),
          V(enterprise), V(access_document), V(user_token), V(administrator) or V(rate_limit).
      type: str
    status:
      description: V(ok), V(problem) or V(not checked).
      type: str
    message:
      description: What was checked, the problem and its remedy, or why the check was not possible.
      type: str
  sample:
    - name: clock
      status: problem
      message: >-
        The clock of this machine is 120 s behind the clock of github.example.com. Synchronize the clock of this machine (NTP).
problems:
  description: Number of checks that found a problem.
  returned: success
  type: int
  sample: 1
summary:
  description: The results as plain text, with one line for each check.
  returned: success
  type: list
  elements: str
  sample:
    - "ok: server: github.example.com responded."
    - "ok: release: github.example.com is GitHub Enterprise Server 3.19."
"""

from functools import partial
from typing import Any, Mapping

from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    APP,
    INSTALLATION,
    SERVER,
    TOKEN,
    VIA_ENTERPRISE,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.plan import Plan, unchanged
from ansible_collections.hubops.github_apps.plugins.module_utils._checks.checklist import PROBLEM
from ansible_collections.hubops.github_apps.plugins.module_utils._checks.setup_checks import check_setup
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import usable_credentials
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client, create_client
from ansible_collections.hubops.github_apps.plugins.module_utils._module import run


def make_plan(client: Client, params: Mapping[str, Any], check_mode: bool) -> Plan:
    checks = check_setup(client, params)
    return unchanged(
        checks=[check._asdict() for check in checks],
        problems=sum(check.status == PROBLEM for check in checks),
        summary=[str(check) for check in checks],
    )


ARGUMENT_SPEC = {
    **SERVER,
    **APP,
    **TOKEN,
    **INSTALLATION,
    **VIA_ENTERPRISE,
    "accounts": {"type": "list", "elements": "dict"},
}


def main() -> None:
    run(make_plan, ARGUMENT_SPEC, connect=partial(create_client, read_credentials=usable_credentials))


if __name__ == "__main__":
    main()
