#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_installation_repo_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_installation_repo_info
short_description: Which repositories an installation of a GitHub App reaches
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Lists the repositories of an installation, with the app's own key or, without it, with a user's token, which shows only what
    the user may see.
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
- name: List the repositories that the app reaches
  hubops.github_apps.github_installation_repo_info:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    organization: octo-org
  register: reached

- name: Their names
  ansible.builtin.debug:
    msg: "{{ reached.repositories | map(attribute='full_name') }}"
"""

RETURN = r"""
repositories:
  description: The repositories, sorted by name, each with those of the keys that the server tells.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Id of the repository.
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
      description: Whether it is private.
      type: bool
      returned: always
    visibility:
      description: V(public), V(internal) or V(private).
      type: str
      returned: where the server tells
    archived:
      description: Whether it is archived.
      type: bool
      returned: where the server tells
    default_branch:
      description: Name of its default branch.
      type: str
      returned: where the server tells
    html_url:
      description: Its page.
      type: str
      returned: where the server tells
    topics:
      description: Its topics.
      type: list
      elements: str
      returned: where the server tells
    permissions:
      description: What the user of O(token) can do in it, such as C(admin) and C(push), each true or false.
      type: dict
      returned: where the server tells
      sample: {admin: true, push: true, pull: true}
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
"""

from typing import Any, Mapping

from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    APP,
    INSTALLATION,
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
    return unchanged(**describe_repositories(client, installation_selector(params)))


ARGUMENT_SPEC = {**SERVER, **APP, **TOKEN, **INSTALLATION}


def main() -> None:
    run(make_plan, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
