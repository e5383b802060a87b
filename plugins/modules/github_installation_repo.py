#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_installation_repo."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_installation_repo
short_description: Decide which repositories an installation of a GitHub App reaches
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Adds repositories to an installation whose owner selected repositories one by one, and removes them, all in one task.
  - GitHub does not let an app change this itself. The writes are made with a user's token, O(token), which must be a
    personal access token (classic) with the scope C(repo), of a user who administers the repositories. GitHub refuses
    fine-grained tokens here.
  - What is there is read with the app's own key. Without a key it is read with O(token), which shows only the repositories
    that the user may see; that is why O(state=exact) needs the key.
extends_documentation_fragment:
  - hubops.github_apps.attributes
  - hubops.github_apps.attributes.github_apps
  - hubops.github_apps.server
  - hubops.github_apps.app
  - hubops.github_apps.app.token
  - hubops.github_apps.installation
options:
  repositories:
    description:
      - Names of repositories, with or without the owner, or their URLs on the server. Upper and lower case are the same.
    type: list
    elements: str
  repository_ids:
    description:
      - Ids of repositories, in addition to O(repositories).
      - They are not looked up. That there is no repository with an id is found out only when GitHub refuses to add it.
    type: list
    elements: int
  state:
    description:
      - With V(present), the installation reaches at least these repositories.
      - With V(absent), it reaches none of these.
      - With V(exact), it reaches these and no others.
      - Where the installation is on all repositories, V(present) is true already, and V(absent) and V(exact) fail before
        anything is changed, for only an owner can change that, in the web interface.
      - GitHub does not let the last repository be removed. With the app's key that is refused before anything is changed;
        uninstall the app instead with M(hubops.github_apps.github_app_installation).
      - A repository that was renamed is V(absent) under its new name only.
    type: str
    choices: [present, absent, exact]
    default: present
  concurrency:
    description:
      - How many repositories are added or removed at the same time, from 1 to 10.
      - GitHub asks for one at a time, and may slow down or refuse who does more. The points a minute of github.com count
        either way. A server of your own that is far away is where more makes sense.
    type: int
    default: 1
notes:
  - Repositories are added before others are removed. When a call fails midway, the task fails and tells what was added,
    what was removed and what remains; running it again does the rest.
  - Writes to github.com are kept under the points a minute that GitHub publishes. A GitHub Enterprise Server has no
    limits unless its administrator sets them, and is not slowed down.
seealso:
  - module: hubops.github_apps.github_app_installation
  - name: Installations in GitHub's REST API
    description: Reference of the operations that this module uses.
    link: https://docs.github.com/rest/apps/installations
"""

EXAMPLES = r"""
- name: Let the app reach two more repositories
  hubops.github_apps.github_installation_repo:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    token: "{{ lookup('ansible.builtin.env', 'ADMIN_TOKEN') }}"
    organization: octo-org
    repositories:
      - hello-world
      - octo-org/linguist

- name: Let the app reach these repositories and no others
  hubops.github_apps.github_installation_repo:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    token: "{{ lookup('ansible.builtin.env', 'ADMIN_TOKEN') }}"
    organization: octo-org
    repositories:
      - hello-world
    state: exact
"""

RETURN = r"""
repositories:
  description: The repositories that the installation reaches after the change, as far as the credentials show them.
  returned: when the installation is on selected repositories
  type: list
  elements: dict
  contains:
    id:
      description: Id of the repository.
      type: int
      returned: always
    name:
      description: Name without the owner. Null for a repository that this run added by its id.
      type: str
      returned: always
    full_name:
      description: Name with the owner. Null for a repository that this run added by its id.
      type: str
      returned: always
  sample:
    - id: 1296269
      name: hello-world
      full_name: octo-org/hello-world
repository_selection:
  description: Whether the installation is on V(all) repositories of the account or on V(selected) ones.
  returned: success
  type: str
  sample: selected
installation_id:
  description: Id of the installation.
  returned: success
  type: int
  sample: 42
added:
  description: Full names of the repositories that were added, or would be in check mode.
  returned: when the installation is on selected repositories
  type: list
  elements: str
  sample: [octo-org/linguist]
removed:
  description: Full names of the repositories that were removed, or would be in check mode.
  returned: when the installation is on selected repositories
  type: list
  elements: str
  sample: []
remaining:
  description: Full names of the repositories for which nothing was done because a call before failed.
  returned: when a call failed midway
  type: list
  elements: str
  sample: [octo-org/spoon-knife]
"""

from typing import Any, Mapping

from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    APP,
    INSTALLATION,
    SERVER,
    TOKEN,
    installation_selector,
    number,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.plan import Plan
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._module import run
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repositories import (
    MOST_CONCURRENT,
    apply_change,
    as_results,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_access import (
    plan_change,
    read_access,
)


def make_plan(client: Client, params: Mapping[str, Any], check_mode: bool) -> Plan:
    concurrency = number(params, "concurrency", 1, 1, MOST_CONCURRENT)
    access = read_access(client, installation_selector(params), params["state"])
    returns = {"installation_id": access.installation_id, "repository_selection": access.selection}
    if access.selection == "all":
        return Plan({}, {}, returns=returns)
    change = plan_change(client, access, params["state"], params["repositories"], params["repository_ids"], check_mode)
    before = {repository.id: repository for repository in access.repositories}
    after = {**before, **{repository.id: repository for repository in change.add}}
    for repository in change.remove:
        del after[repository.id]
    return Plan(
        {"repositories": [repository["full_name"] for repository in as_results(before.values())]},
        {"repositories": [repository["full_name"] for repository in as_results(after.values())]},
        steps=[lambda: apply_change(client, access.installation_id, change, concurrency)]
        if change.add or change.remove
        else [],
        returns={
            **returns,
            "repositories": as_results(after.values()),
            "added": [repository.full_name for repository in change.add],
            "removed": [repository.full_name for repository in change.remove],
        },
    )


ARGUMENT_SPEC = {
    **SERVER,
    **APP,
    **TOKEN,
    **INSTALLATION,
    "repositories": {"type": "list", "elements": "str"},
    "repository_ids": {"type": "list", "elements": "int"},
    "state": {"type": "str", "choices": ["present", "absent", "exact"], "default": "present"},
    "concurrency": {"type": "int", "default": 1},
}


def main() -> None:
    run(make_plan, ARGUMENT_SPEC, required_one_of=[("repositories", "repository_ids")])


if __name__ == "__main__":
    main()
