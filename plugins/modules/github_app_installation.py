#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_app_installation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_app_installation
short_description: Manage GitHub App installations
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Suspends or unsuspends an installation of a GitHub App, or uninstalls the app from an account.
  - The installation is selected by ID, organization, user, repository or enterprise.
  - Outside of enterprises, GitHub's REST API cannot install an app. If the app is not installed, O(state=present) fails with the
    URL of the page where an owner can install it.
  - With O(via_enterprise), an app that is installed on the enterprise can install apps on the organizations of the enterprise, select the
    repositories that these apps can access, accept the permissions that they request, and uninstall them. It needs the
    C(enterprise_organization_installations) permission with C(write) access.
extends_documentation_fragment:
  - hubops.github_apps.attributes
  - hubops.github_apps.attributes.github_apps
  - hubops.github_apps.server
  - hubops.github_apps.app
  - hubops.github_apps.app.token
  - hubops.github_apps.installation
  - hubops.github_apps.installation.enterprise
  - hubops.github_apps.installation.via_enterprise
options:
  state:
    description:
      - State of the installation.
      - With V(present), the app must be installed. With O(via_enterprise), it is installed if necessary.
      - With V(absent), the app is uninstalled from the account. O(repository) cannot be used with O(state=absent), because
        uninstalling affects the whole account.
    type: str
    choices: [present, absent]
    default: present
  suspended:
    description:
      - Whether the installation is suspended. If not set, this is not changed.
      - Cannot be used if O(app_client_id) selects another app, because only the app itself can suspend its installations.
      - Requires GitHub Enterprise Server 2.22 or later.
    type: bool
  repository_selection:
    description:
      - Whether the installation has access to V(all) repositories of the organization, to V(selected) repositories, or to V(none).
      - V(selected) requires O(repositories), unless the app is already installed on selected repositories.
      - V(none) is only valid for an app that does not request repository permissions.
      - Required to install the app, unless O(repositories) is set. If neither is set, the repositories of an existing installation are not
        changed.
      - Can only be used with O(via_enterprise) and O(state=present).
    type: str
    choices: [all, selected, none]
  repositories:
    description:
      - Names of the repositories that the installation has access to, with or without the owner. Listed repositories that it cannot access
        yet are added, and repositories that are not listed are removed.
      - Use M(hubops.github_apps.github_installation_repo) to add or remove individual repositories, or to select repositories with
        patterns.
      - Can only be used with O(via_enterprise) and O(state=present).
    type: list
    elements: str
  accept_permissions:
    description:
      - Whether to accept the permissions that the app requests and that the organization has not accepted yet. RV(accepted_permissions)
        and the diff contain these permissions.
      - GitHub accepts them for the organization without asking its owners. It also approves pending requests to install the app.
      - GitHub unsuspends the installation at the same time. O(suspended=false) is therefore required for a suspended installation. If
        O(app_client_id) selects another app, the module cannot check this, because GitHub does not show whether the installation is
        suspended.
      - If O(app_client_id) selects another app, the app on the enterprise must be able to read the permissions that the selected app
        requests. Otherwise, the task fails.
      - Can only be used with O(via_enterprise) and O(state=present). A new installation always has all permissions that the app requests.
    type: bool
    default: false
  wait_timeout:
    description: Maximum number of seconds, from 0 to 3600, to wait for an uninstallation that GitHub performs in the background.
    type: int
    default: 60
notes:
  - With O(via_enterprise), O(organization) is required. GitHub accepts up to 50 repositories in a request. If a request fails
    after others succeeded, the task fails and returns C(added), C(removed) and C(remaining). Run the task again to complete the
    change.
  - GitHub validates O(repository_selection=none) only when it installs the app, so check mode cannot predict whether GitHub accepts it.
seealso:
  - module: hubops.github_apps.github_installation_repo
  - module: hubops.github_apps.github_app_enterprise_info
  - name: GitHub Apps in GitHub's REST API
    description: Reference of the operations that this module uses.
    link: https://docs.github.com/rest/apps/apps
"""

EXAMPLES = r"""
- name: Suspend the app in an organization
  hubops.github_apps.github_app_installation:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    organization: octo-org
    suspended: true

- name: Unsuspend the app in an organization
  hubops.github_apps.github_app_installation:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    organization: octo-org
    suspended: false

- name: Use the same credentials for several tasks
  module_defaults:
    group/hubops.github_apps.github_apps:
      app_id: "1001"
      private_key_path: ~/hubops-demo.private-key.pem
  block:
    - name: Get all suspended installations
      hubops.github_apps.github_app_installation_info:
        suspended: true
      register: result

    - name: Unsuspend all installations
      hubops.github_apps.github_app_installation:
        installation_id: "{{ item.id }}"
        suspended: false
      loop: "{{ result.installations }}"
      loop_control:
        label: "{{ item.account.login }}"

- name: Get the installation that has access to a repository
  hubops.github_apps.github_app_installation:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    repository: octo-org/hello-world
  register: result

- name: Uninstall the app by installation ID
  hubops.github_apps.github_app_installation:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    installation_id: "{{ result.installation.id }}"
    state: absent

- name: Uninstall the app from a user account
  hubops.github_apps.github_app_installation:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    user: octocat
    state: absent

- name: Use an app that is installed on the enterprise
  module_defaults:
    group/hubops.github_apps.github_apps:
      app_id: "1004"
      private_key_path: ~/hubops-installer.private-key.pem
  block:
    - name: Install another app on selected repositories of an organization
      hubops.github_apps.github_app_installation:
        via_enterprise: octo-enterprise
        organization: empty-org
        app_client_id: Iv1.standin-demo
        repositories: [lonely]

    - name: Accept the permissions that the app requests
      hubops.github_apps.github_app_installation:
        via_enterprise: octo-enterprise
        organization: limited-org
        app_client_id: Iv1.standin-demo
        accept_permissions: true
      register: result

    - name: Show the accepted permissions
      ansible.builtin.debug:
        var: result.accepted_permissions

    - name: Uninstall the app
      hubops.github_apps.github_app_installation:
        via_enterprise: octo-enterprise
        organization: empty-org
        app_client_id: Iv1.standin-demo
        state: absent
"""

RETURN = r"""
installation:
  description:
    - The installation after the change, as returned by GitHub. In check mode, the current installation.
    - See U(https://docs.github.com/rest/apps/apps#get-an-installation-for-the-authenticated-app).
    - If O(app_client_id) selects another app, GitHub does not return C(account), C(app_id) and C(suspended_at).
  returned: when the app is installed, or was installed before the task
  type: dict
  sample:
    id: 42
    account:  # an enterprise has a slug instead of a login
      login: octo-org
    repository_selection: selected
    permissions:
      contents: read
    suspended_at: null
permission_drift:
  description:
    - The permissions that the app requests and that the organization has not accepted yet. For each permission, the key C(app) contains
      the requested level, and the key C(installation) contains the granted level.
    - Null if they are not known. If O(app_client_id) selects another app, they are only read with O(accept_permissions=true).
  returned: when O(via_enterprise) is set and O(state=present)
  type: dict
  sample: {}
accepted_permissions:
  description: The permissions that were accepted, in the same form as RV(permission_drift). In check mode, those that would be
    accepted.
  returned: when O(accept_permissions=true) and the app was installed before the task
  type: dict
  sample:
    issues:
      app: write
      installation: null
api_url:
  description:
    - Root of the server's REST API, derived from O(api_url).
    - Use this address to build URLs for requests that send a credential. The URLs in RV(installation) come from the server.
  returned: when the app is installed, or was installed before the task
  type: str
  sample: https://api.github.com
server_url:
  description: Root of the server's web pages and Git repositories, derived from O(api_url).
  returned: when the app is installed, or was installed before the task
  type: str
  sample: https://github.com
"""

from typing import Any, Dict, Mapping, Optional

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    APP,
    INSTALLATION,
    SERVER,
    TOKEN,
    VIA_ENTERPRISE,
    Selector,
    installation_selector,
    number,
    refuse_without_enterprise,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.plan import Plan
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._module import run
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.enterprise_installations import (
    plan_presence,
    plan_removal,
    read_target,
    wanted_from,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
    DOUBTFUL,
    Installation,
    account_login,
    find_installation,
    get_installation,
    is_suspended,
    suspend_installation,
    uninstall,
)


def state_of(installation: Optional[Installation]) -> Dict[str, Any]:
    """The installation as the diff shows it."""
    if installation is None:
        return {"state": "absent"}
    return {
        "state": "present",
        "account": account_login(installation),
        "installation_id": installation["id"],
        "suspended": is_suspended(installation),
    }


def describe_found(client: Client, installation: Installation) -> Dict[str, Any]:
    """The return values. The addresses come from `api_url`, so a response of the server cannot change them."""
    return {
        "installation": installation,
        **client.server.addresses,
    }


def describe(client: Client, installation: Installation) -> str:
    """The header of the diff."""
    return client.server.describe_installation(account_login(installation), installation["id"])


# The options that are only used with via_enterprise, in addition to those that select the enterprise and the app.
ENTERPRISE_ONLY = ("repository_selection", "repositories", "accept_permissions")


def make_plan(client: Client, params: Mapping[str, Any], check_mode: bool) -> Plan:
    selector = installation_selector(params)
    if params["state"] == "absent":
        refuse_with_absent(params)
    if params["via_enterprise"]:
        return plan_via_enterprise(client, params, selector)
    refuse_without_enterprise(params, ENTERPRISE_ONLY)
    if params["state"] == "absent":
        return plan_absent(client, params, selector)
    return plan_present(client, params, selector, check_mode)


def refuse_with_absent(params: Mapping[str, Any]) -> None:
    given = [name for name in ENTERPRISE_ONLY if params[name] not in (None, False)]
    given += ["suspended"] if params["suspended"] is not None else []
    if given:
        names = " and ".join(given)
        raise OptionError(f"{names} cannot be used with state=absent. Omit {names}, or change state.")


def plan_via_enterprise(client: Client, params: Mapping[str, Any], selector: Selector) -> Plan:
    if selector.kind != "organization":
        raise OptionError(f"via_enterprise requires organization instead of {selector.kind}.")
    wanted = wanted_from(params)
    target = read_target(client, params)
    return plan_removal(target) if params["state"] == "absent" else plan_presence(target, wanted)


def plan_absent(client: Client, params: Mapping[str, Any], selector: Selector) -> Plan:
    if selector.kind == "repository":
        raise OptionError(
            "repository cannot be used with state=absent, because uninstalling affects the whole account. Set organization or user"
            " instead."
        )
    installation = find_installation(client, selector)
    before = state_of(installation)
    if installation is None:
        return Plan(before, before)
    found, wait_timeout = installation["id"], number(params, "wait_timeout", 60, 0, 3600)
    return Plan(
        before,
        state_of(None),
        steps=[lambda: uninstall(client, found, wait_timeout)],
        returns=describe_found(client, installation),
        about=describe(client, installation),
    )


def plan_present(client: Client, params: Mapping[str, Any], selector: Selector, check_mode: bool) -> Plan:
    installation = get_installation(client, selector)
    before = state_of(installation)
    wanted = params["suspended"]
    if wanted is None or wanted == before["suspended"]:
        return Plan(before, before, returns=describe_found(client, installation), about=describe(client, installation))
    client.require("apps/suspend-installation", "apps/unsuspend-installation")
    if check_mode and client.release == DOUBTFUL:
        client.transport.warn(
            f"Check mode cannot predict whether GitHub Enterprise Server {client.release} can suspend installations, because"
            " GitHub's documentation is contradictory."
        )

    def suspend() -> Dict[str, Any]:
        suspend_installation(client, installation["id"], wanted)
        return {"installation": get_installation(client, Selector("installation_id", installation["id"]))}

    return Plan(
        before,
        {**before, "suspended": wanted},
        steps=[suspend],
        returns=describe_found(client, installation),
        about=describe(client, installation),
    )


ARGUMENT_SPEC = {
    **SERVER,
    **APP,
    **TOKEN,
    **INSTALLATION,
    **VIA_ENTERPRISE,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "suspended": {"type": "bool"},
    "repository_selection": {"type": "str", "choices": ["all", "selected", "none"]},
    "repositories": {"type": "list", "elements": "str"},
    "accept_permissions": {"type": "bool", "default": False},
    "wait_timeout": {"type": "int", "default": 60},
}


def main() -> None:
    run(make_plan, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
