#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_installation_repo."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_installation_repo
short_description: Manage repositories of a GitHub App installation
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Adds repositories to an installation and removes repositories from it, in a single task. The owner of the account must have
    installed the app on selected repositories.
  - GitHub does not allow an app to change its own repository selection. Changes therefore require O(token), a personal access token
    (classic) of a user who administers the repositories. The token needs the C(repo) scope. GitHub rejects fine-grained tokens.
  - With O(via_enterprise), changes are made by an app that is installed on the enterprise, and O(token) is not used. The app needs the
    C(enterprise_organization_installation_repositories) or C(enterprise_organization_installations) permission with C(write) access.
  - The current selection is read with the app's private key. Without a key, it is read with O(token) and contains only the
    repositories that the user can see. O(state=exact) therefore requires the key.
extends_documentation_fragment:
  - hubops.github_apps.attributes
  - hubops.github_apps.attributes.github_apps
  - hubops.github_apps.server
  - hubops.github_apps.app
  - hubops.github_apps.app.token
  - hubops.github_apps.installation
  - hubops.github_apps.installation.via_enterprise
  - hubops.github_apps.repository_selection
options:
  repositories:
    description:
      - Names of repositories, with or without the owner, or their URLs on the server. Names are not case-sensitive.
      - An item that contains V(*), V(?) or V([) is a shell pattern. Quote patterns, because these characters have a special
        meaning in YAML.
      - With O(state=present) and O(state=exact), patterns and O(repository_topics) are matched against the account's repositories that the
        owner of O(token) can see, and against the repositories of the installation. O(token) is therefore required even if nothing
        changes.
      - With O(via_enterprise), patterns are matched against all repositories of the organization. O(repository_topics) cannot be used,
        because GitHub only returns names.
      - With O(state=absent), patterns and topics are matched against the repositories of the installation. It is not an error if there is
        no match.
    type: list
    elements: str
  repository_ids:
    description:
      - IDs of repositories, in addition to O(repositories).
      - IDs are not validated in advance, except with O(via_enterprise). An unknown ID makes the task fail when GitHub rejects it.
    type: list
    elements: int
  repository_selection:
    description:
      - Whether the installation has access to V(all) repositories of the organization or to V(selected) repositories. If not set, it is not
        changed.
      - V(all) cannot be used with O(repositories) or O(repository_ids).
      - If the installation has access to all repositories, V(selected) limits it to O(repositories) and O(repository_ids). Otherwise,
        V(selected) has no effect.
      - Can only be used with O(via_enterprise), and with O(state=present) or O(state=exact).
    type: str
    choices: [all, selected]
  state:
    description:
      - State of the repositories.
      - With V(present), the repositories are added if they are missing.
      - With V(absent), the repositories are removed.
      - With V(exact), the repositories are added if they are missing, and all others are removed.
      - If the app is installed on all repositories, V(present) changes nothing, and V(absent) and V(exact) fail before any change. An
        owner of the account can limit the app to selected repositories in the web interface. An app on the enterprise can do so with
        O(via_enterprise) and O(repository_selection=selected).
      - GitHub does not allow the last repository to be removed, so a task that would remove it fails. If the app's private key is set, it
        fails before any change. Use M(hubops.github_apps.github_app_installation) to uninstall the app instead.
      - With V(absent), a renamed repository is found only by its new name.
    type: str
    choices: [present, absent, exact]
    default: present
  concurrency:
    description:
      - Number of repositories to add or remove concurrently, from 1 to 10. With O(via_enterprise), it has no effect, because each request
        changes up to 50 repositories.
      - GitHub recommends sequential requests. Higher values can trigger its secondary rate limits, and do not raise
        O(points_per_minute). They are most useful if the network latency to the server is high.
    type: int
    default: 1
notes:
  - Repositories are added before others are removed. If a request fails, the task fails and returns which repositories were
    added, which were removed, and which have not been processed yet. Run the task again to complete the change.
  - A write request costs 5 of the points in O(points_per_minute). Points are counted separately for additions and removals. On
    github.com, the module therefore makes at most 180 additions and 180 removals per minute.
seealso:
  - module: hubops.github_apps.github_app_installation
  - name: Installations in GitHub's REST API
    description: Reference of the operations that this module uses.
    link: https://docs.github.com/rest/apps/installations
"""

EXAMPLES = r"""
- name: Add repositories to an installation
  hubops.github_apps.github_installation_repo:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    token: "{{ lookup('ansible.builtin.env', 'ADMIN_TOKEN') }}"
    organization: octo-org
    repositories:
      - hello-world
      - octo-org/linguist

- name: Add repositories by pattern and topic
  hubops.github_apps.github_installation_repo:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    token: "{{ lookup('ansible.builtin.env', 'ADMIN_TOKEN') }}"
    organization: octo-org
    repositories:
      - "hello-*"
      - linguist
    repository_topics:
      - octocat
    exclude:
      - "*-sandbox"
    include_archived: false

- name: Use the same credentials for several tasks
  module_defaults:
    group/hubops.github_apps.github_apps:
      app_id: "1001"
      private_key_path: ~/hubops-demo.private-key.pem
      token: "{{ lookup('ansible.builtin.env', 'ADMIN_TOKEN') }}"
  block:
    - name: Remove a repository from an installation
      hubops.github_apps.github_installation_repo:
        organization: octo-org
        repositories:
          - linguist
        state: absent

    - name: Set the exact repositories of an installation
      hubops.github_apps.github_installation_repo:
        organization: octo-org
        repositories:
          - hello-world
          - website
        state: exact

- name: Use an app that is installed on the enterprise
  module_defaults:
    group/hubops.github_apps.github_apps:
      app_id: "1004"
      private_key_path: ~/hubops-installer.private-key.pem
  block:
    - name: Set the exact repositories of another app, without a user's token
      hubops.github_apps.github_installation_repo:
        via_enterprise: octo-enterprise
        app_client_id: Iv1.standin-demo
        organization: octo-org
        repositories: ["hello-*", linguist]
        state: exact

    - name: Give the app access to all repositories of the organization
      hubops.github_apps.github_installation_repo:
        via_enterprise: octo-enterprise
        app_client_id: Iv1.standin-demo
        organization: octo-org
        repository_selection: all

    - name: Limit the app to selected repositories again
      hubops.github_apps.github_installation_repo:
        via_enterprise: octo-enterprise
        app_client_id: Iv1.standin-demo
        organization: octo-org
        repository_selection: selected
        repositories: [hello-world]

- name: Add repositories to an installation on GitHub Enterprise Server
  hubops.github_apps.github_installation_repo:
    api_url: https://github.example.com
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    token: "{{ lookup('ansible.builtin.env', 'ADMIN_TOKEN') }}"
    organization: octo-org
    repositories:
      - linguist
      - spoon-knife
    concurrency: 4
"""

RETURN = r"""
repositories:
  description: Repositories of the installation after the change, as far as the credentials can see them.
  returned: when the app is installed on selected repositories, or O(repository_selection) changes
  type: list
  elements: dict
  contains:
    id:
      description: ID of the repository.
      type: int
      returned: always
    name:
      description: Name without the owner. Null for a repository that the task added by its ID.
      type: str
      returned: always
    full_name:
      description: Name with the owner. Null for a repository that the task added by its ID.
      type: str
      returned: always
  sample:
    - id: 1296269
      name: hello-world
      full_name: octo-org/hello-world
repository_selection:
  description: Whether the app is installed on V(all) repositories of the account or on V(selected) repositories, after the change.
  returned: success
  type: str
  sample: selected
installation_id:
  description: ID of the installation.
  returned: success
  type: int
  sample: 42
added:
  description: Full names of the repositories that were added. In check mode, those that would be added.
  returned: when the app is installed on selected repositories, or O(repository_selection) changes
  type: list
  elements: str
  sample: [octo-org/linguist]
removed:
  description: Full names of the repositories that were removed. In check mode, those that would be removed.
  returned: when the app is installed on selected repositories, or O(repository_selection) changes
  type: list
  elements: str
  sample: []
matched:
  description: For each pattern and topic, the full names of the repositories that it selects.
  returned: when O(repositories) contains a pattern or O(repository_topics) is set, and the app is installed on selected repositories
  type: dict
  sample:
    "hello-*": [octo-org/hello-world]
    octocat: [octo-org/hello-world]
remaining:
  description: Full names of the repositories that were not added or removed because a request failed.
  returned: when a request failed during the change
  type: list
  elements: str
  sample: [octo-org/spoon-knife]
"""

from typing import Any, Mapping

from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    APP,
    INSTALLATION_WITH_REPOSITORIES,
    SELECTION,
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
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.enterprise_repositories import (
    plan_transition,
    read_target,
    wanted_from,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repositories import (
    MOST_CONCURRENT,
    apply_change,
    as_results,
    sorted_names,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_access import (
    plan_change,
    read_access,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_selection import (
    Selection,
    selection_from,
)


def make_plan(client: Client, params: Mapping[str, Any], check_mode: bool) -> Plan:
    concurrency = number(params, "concurrency", 1, 1, MOST_CONCURRENT)
    selector = installation_selector(params, INSTALLATION_WITH_REPOSITORIES)
    selection = selection_from(params, selector.owner)
    if params["via_enterprise"]:
        return plan_via_enterprise(client, params, selector, selection)
    refuse_without_enterprise(params, ["repository_selection"])
    access = read_access(client, selector, params["state"])
    returns = {"installation_id": access.installation_id, "repository_selection": access.selection}
    if access.selection == "all":
        return Plan({}, {}, returns=returns)
    change = plan_change(client, access, params["state"], selection, params["repository_ids"], check_mode)
    after = change.applied_to(access.repositories)
    return Plan(
        sorted_names(access.repositories),
        sorted_names(after),
        steps=[lambda: apply_change(client, access.installation_id, change, concurrency)]
        if change.add or change.remove
        else [],
        returns={
            **returns,
            "repositories": as_results(after),
            "added": [repository.full_name for repository in change.add],
            "removed": [repository.full_name for repository in change.remove],
            **({"matched": change.matched} if selection.needs_listing else {}),
        },
        about=client.server.describe_installation(access.owner, access.installation_id),
    )


def plan_via_enterprise(client: Client, params: Mapping[str, Any], selector: Selector, selection: Selection) -> Plan:
    wanted = wanted_from(params, selection)
    target = read_target(client, params, selector)
    transition = plan_transition(target, wanted)
    returns = {"installation_id": target.installation_id, "repository_selection": target.selection}
    if transition is None:
        return Plan({}, {}, returns=returns)
    return Plan(
        sorted_names(transition.before),
        sorted_names(transition.after),
        steps=[transition.step] if transition.step else [],
        returns={
            **returns,
            "repository_selection": transition.selection,
            "repositories": as_results(transition.after),
            "added": transition.added,
            "removed": transition.removed,
            **({"matched": transition.matched} if selection.needs_listing else {}),
        },
        about=client.server.describe_installation(target.organization, target.installation_id),
    )


ARGUMENT_SPEC = {
    **SERVER,
    **APP,
    **TOKEN,
    **INSTALLATION_WITH_REPOSITORIES,
    "repositories": {"type": "list", "elements": "str"},
    "repository_ids": {"type": "list", "elements": "int"},
    **SELECTION,
    **VIA_ENTERPRISE,
    "repository_selection": {"type": "str", "choices": ["all", "selected"]},
    "state": {"type": "str", "choices": ["present", "absent", "exact"], "default": "present"},
    "concurrency": {"type": "int", "default": 1},
}

REQUIRED = ("repositories", "repository_ids", "repository_topics", "repository_selection")


def main() -> None:
    run(make_plan, ARGUMENT_SPEC, required_one_of=[REQUIRED])


if __name__ == "__main__":
    main()
