#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_installation_repo_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_installation_repo_info
short_description: Get information about the repositories of a GitHub App installation
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Lists the repositories of an installation.
  - The list is read with the app's private key. Without a key, it is read with O(token) and contains only the repositories that
    the user can see.
extends_documentation_fragment:
  - hubops.github_apps.attributes
  - hubops.github_apps.attributes.info
  - hubops.github_apps.attributes.github_apps
  - hubops.github_apps.server
  - hubops.github_apps.app
  - hubops.github_apps.app.token
  - hubops.github_apps.installation
seealso:
  - module: hubops.github_apps.github_installation_repo
  - name: Installations in GitHub's REST API
    description: Reference of the operations that this module uses.
    link: https://docs.github.com/rest/apps/installations
"""

EXAMPLES = r"""
- name: Get the repositories of an installation
  hubops.github_apps.github_installation_repo_info:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    organization: octo-org
  register: result

- name: Show the names of the repositories
  ansible.builtin.debug:
    msg: "{{ result.repositories | map(attribute='full_name') }}"

- name: Get the repositories once, on the controller, in a play for remote hosts
  hubops.github_apps.github_installation_repo_info:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    organization: octo-org
  delegate_to: localhost
  run_once: true
  register: result
"""

RETURN = r"""
repositories:
  description: The repositories, sorted by name. Keys that the server does not return are omitted.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: ID of the repository.
      type: int
      returned: always
    name:
      description: Name without the owner.
      type: str
      returned: always
    full_name:
      description: Name with the owner.
      type: str
      returned: always
    private:
      description: Whether the repository is private.
      type: bool
      returned: always
    visibility:
      description: Visibility of the repository, which is V(public), V(internal) or V(private).
      type: str
      returned: when the server returns it
    archived:
      description: Whether the repository is archived.
      type: bool
      returned: when the server returns it
    default_branch:
      description: Name of the default branch.
      type: str
      returned: when the server returns it
    html_url:
      description: URL of the repository's web page.
      type: str
      returned: when the server returns it
    topics:
      description: Topics of the repository.
      type: list
      elements: str
      returned: when the server returns it
    permissions:
      description: Permissions of the owner of O(token) in the repository, such as C(admin) and C(push), each true or false.
      type: dict
      returned: when the server returns it
      sample: {admin: true, push: true, pull: true}
repository_selection:
  description: Whether the app is installed on V(all) repositories of the account or on V(selected) repositories.
  returned: success
  type: str
  sample: selected
installation_id:
  description: ID of the installation.
  returned: success
  type: int
  sample: 42
"""

from typing import Any, Mapping

from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    APP,
    INSTALLATION_WITH_REPOSITORIES,
    SERVER,
    TOKEN,
    installation_selector,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.plan import Plan, unchanged
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._module import run
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_access import (
    describe_repositories,
)


def make_plan(client: Client, params: Mapping[str, Any], check_mode: bool) -> Plan:
    return unchanged(**describe_repositories(client, installation_selector(params, INSTALLATION_WITH_REPOSITORIES)))


ARGUMENT_SPEC = {**SERVER, **APP, **TOKEN, **INSTALLATION_WITH_REPOSITORIES}


def main() -> None:
    run(make_plan, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
