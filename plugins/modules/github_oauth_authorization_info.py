#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_oauth_authorization_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_oauth_authorization_info
short_description: Get information about OAuth authorizations on GitHub Enterprise Server
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Lists a user's authorizations (one per token) and grants (one per application).
  - Requires GitHub Enterprise Server. github.com does not support these operations.
extends_documentation_fragment:
  - hubops.github_apps.attributes
  - hubops.github_apps.attributes.info
  - hubops.github_apps.attributes.github_oauth_apps
  - hubops.github_apps.server
  - hubops.github_apps.oauth_app
  - hubops.github_apps.login
options:
  client_id:
    description:
      - Client ID of an application. Only its authorizations and grants are returned.
      - If not set, the environment variable E(GITHUB_OAUTH_CLIENT_ID) is used.
  client_secret:
    description:
      - Not used by this module. It is accepted so that the same C(module_defaults) can be used for all modules of the group.
      - The same applies to the environment variable E(GITHUB_OAUTH_CLIENT_SECRET).
  client_secret_path:
    description:
      - Not used by this module. It is accepted so that the same C(module_defaults) can be used for all modules of the group.
      - The same applies to the environment variable E(GITHUB_OAUTH_CLIENT_SECRET_PATH).
  authorization_id:
    description: ID of an authorization. Only this authorization is returned, and no grants.
    type: int
  grant_id:
    description: ID of a grant. Only this grant is returned, and no authorizations.
    type: int
seealso:
  - module: hubops.github_apps.github_oauth_authorization
  - module: hubops.github_apps.github_oauth_grant
"""

EXAMPLES = r"""
- name: Get all authorizations and grants of a user
  hubops.github_apps.github_oauth_authorization_info:
    username: "{{ github_username }}"
    password: "{{ github_password }}"
  register: result

- name: Show the applications that the user granted access
  ansible.builtin.debug:
    msg: "{{ result.grants | map(attribute='app.name') }}"
"""

RETURN = r"""
authorizations:
  description: The authorizations, as returned by GitHub, without tokens and their hashes.
  returned: success
  type: list
  elements: dict
grants:
  description: The grants, as returned by GitHub.
  returned: success
  type: list
  elements: dict
"""

from typing import Any, Mapping

from ansible_collections.hubops.github_apps.plugins.module_utils._base.environment import OAUTH_ENVIRONMENT
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import LOGIN, OAUTH_APP, SERVER
from ansible_collections.hubops.github_apps.plugins.module_utils._base.plan import Plan, unchanged
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._module import run
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.oauth_authorizations import (
    find_grant,
    get_authorization,
    list_authorizations,
    list_grants,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.oauth_grants import without_token


def make_plan(client: Client, params: Mapping[str, Any], check_mode: bool) -> Plan:
    authorization_id, grant_id, client_id = params["authorization_id"], params["grant_id"], params["client_id"]
    if authorization_id is not None:
        one = get_authorization(client, authorization_id)
        return unchanged(authorizations=[without_token(one)] if one else [], grants=[])
    if grant_id is not None:
        grant = find_grant(client, grant_id)
        return unchanged(authorizations=[], grants=[without_token(grant)] if grant else [])
    return unchanged(
        authorizations=[without_token(item) for item in list_authorizations(client, client_id)],
        grants=[without_token(item) for item in list_grants(client, client_id)],
    )


ARGUMENT_SPEC = {
    **SERVER,
    **OAUTH_APP,
    **LOGIN,
    "authorization_id": {"type": "int"},
    "grant_id": {"type": "int"},
}


def main() -> None:
    run(
        make_plan,
        ARGUMENT_SPEC,
        environment=OAUTH_ENVIRONMENT,
        mutually_exclusive=[("authorization_id", "grant_id")],
    )


if __name__ == "__main__":
    main()
