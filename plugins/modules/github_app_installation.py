#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_app_installation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_app_installation
short_description: Suspend, unsuspend or uninstall an installation of a GitHub App
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Finds an installation of a GitHub App by id, organization, user or repository, suspends or unsuspends it, or uninstalls
    the app there.
  - No call of GitHub's REST API installs an app, outside enterprises. Where the app is not installed, O(state=present)
    fails and names the page where an owner installs it.
extends_documentation_fragment:
  - hubops.github_apps.attributes
  - hubops.github_apps.attributes.github_apps
  - hubops.github_apps.server
  - hubops.github_apps.app
  - hubops.github_apps.app.token
  - hubops.github_apps.installation
options:
  state:
    description:
      - With V(present), the app must be installed.
      - With V(absent), the app is uninstalled from the account. To name the account by one of its repositories is refused.
    type: str
    choices: [present, absent]
    default: present
  suspended:
    description:
      - Whether the installation is suspended. Not set, it stays as it is.
      - GitHub Enterprise Server can do it from release 2.22 on.
    type: bool
  wait_timeout:
    description: Seconds to wait, from 0 to 3600, for an uninstallation that GitHub does in the background.
    type: int
    default: 60
seealso:
  - module: hubops.github_apps.github_installation_repo
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

- name: Find the installation that reaches a repository
  hubops.github_apps.github_app_installation:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    repository: octo-org/hello-world
  register: found

- name: Uninstall the app
  hubops.github_apps.github_app_installation:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    installation_id: "{{ found.installation.id }}"
    state: absent
"""

RETURN = r"""
installation:
  description:
    - The installation as GitHub describes it, after the change. In check mode, as it is.
    - See U(https://docs.github.com/rest/apps/apps#get-an-installation-for-the-authenticated-app).
  returned: when the app is installed, or was before
  type: dict
  sample:
    id: 42
    account:
      login: octo-org
    repository_selection: selected
    permissions:
      contents: read
    suspended_at: null
api_url:
  description:
    - Root of the server's REST API, derived from O(api_url).
    - Build URLs from this address when you send a credential. The URLs in RV(installation) are whatever the server says.
  returned: when the app is installed, or was before
  type: str
  sample: https://api.github.com
server_url:
  description: Root of the server's web pages and Git repositories, derived from O(api_url).
  returned: when the app is installed, or was before
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
    Selector,
    installation_selector,
    number,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.plan import Plan
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._module import run
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
    """What the diff shows of an installation."""
    if installation is None:
        return {"state": "absent"}
    return {
        "state": "present",
        "account": account_login(installation),
        "installation_id": installation["id"],
        "suspended": is_suspended(installation),
    }


def describe_found(client: Client, installation: Installation) -> Dict[str, Any]:
    """What is returned: the installation, and addresses that no answer of the server can change."""
    return {
        "installation": installation,
        **client.server.addresses,
    }


def make_plan(client: Client, params: Mapping[str, Any], check_mode: bool) -> Plan:
    selector = installation_selector(params)
    if params["state"] == "absent":
        return plan_absent(client, params, selector)
    return plan_present(client, params, selector, check_mode)


def plan_absent(client: Client, params: Mapping[str, Any], selector: Selector) -> Plan:
    if selector.kind == "repository":
        raise OptionError(
            "repository cannot select what is uninstalled, the app on a whole account: give organization or user."
        )
    if params["suspended"] is not None:
        raise OptionError("suspended cannot be given with state absent.")
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
    )


def plan_present(client: Client, params: Mapping[str, Any], selector: Selector, check_mode: bool) -> Plan:
    installation = get_installation(client, selector)
    before = state_of(installation)
    wanted = params["suspended"]
    if wanted is None or wanted == before["suspended"]:
        return Plan(before, before, returns=describe_found(client, installation))
    client.require("apps/suspend-installation", "apps/unsuspend-installation")
    if check_mode and client.release == DOUBTFUL:
        client.transport.warn(
            f"Check mode cannot predict whether this GitHub Enterprise Server {client.release} can suspend installations:"
            " GitHub's documentation contradicts itself."
        )

    def suspend() -> Dict[str, Any]:
        suspend_installation(client, installation["id"], wanted)
        return {"installation": get_installation(client, Selector("installation_id", installation["id"]))}

    return Plan(before, {**before, "suspended": wanted}, steps=[suspend], returns=describe_found(client, installation))


ARGUMENT_SPEC = {
    **SERVER,
    **APP,
    **TOKEN,
    **INSTALLATION,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "suspended": {"type": "bool"},
    "wait_timeout": {"type": "int", "default": 60},
}


def main() -> None:
    run(make_plan, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
