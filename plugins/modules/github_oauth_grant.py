#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_oauth_grant."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_oauth_grant
short_description: Revoke a user's grant for an OAuth app
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Deletes the grant that a user's token belongs to, and with it all tokens of the user for the application. Can also check that
    the grant exists.
  - Supports OAuth apps and the user tokens of GitHub Apps.
extends_documentation_fragment:
  - hubops.github_apps.attributes
  - hubops.github_apps.attributes.github_oauth_apps
  - hubops.github_apps.server
  - hubops.github_apps.oauth_app
  - hubops.github_apps.oauth_app.legacy
  - hubops.github_apps.login
options:
  access_token:
    description:
      - The user's token for the application. It identifies the grant.
      - Exactly one of O(access_token) and O(grant_id) is required.
    type: str
  grant_id:
    description:
      - ID of the grant, as returned by M(hubops.github_apps.github_oauth_authorization_info).
      - Only supported on GitHub Enterprise Server. It requires O(username) and O(password) instead of O(client_id) and
        O(client_secret).
    type: int
  state:
    description:
      - State of the grant.
      - With V(absent), the grant is deleted. If GitHub does not recognize the token, nothing is changed.
      - With V(present), the grant must exist. Only the user can create it.
    type: str
    choices: [absent, present]
    default: absent
notes:
  - On servers that require the token in the URL, this URL never appears in a message.
seealso:
  - module: hubops.github_apps.github_installation_token
  - name: OAuth authorizations in GitHub's REST API
    description: Reference of the operations that this module uses.
    link: https://docs.github.com/rest/apps/oauth-applications
"""

EXAMPLES = r"""
- name: Check that the grant of a user exists
  hubops.github_apps.github_oauth_grant:
    client_id: "{{ oauth_client_id }}"
    client_secret: "{{ oauth_client_secret }}"
    access_token: "{{ user_token }}"
    state: present

- name: Revoke the grant and all tokens of a user
  hubops.github_apps.github_oauth_grant:
    client_id: "{{ oauth_client_id }}"
    client_secret: "{{ oauth_client_secret }}"
    access_token: "{{ user_token }}"
    state: absent
"""

RETURN = r"""
grant:
  description: The grant's user and scopes, without the token.
  returned: when the grant exists, or existed before the task
  type: dict
  contains:
    id:
      description: ID of the authorization.
      type: int
      returned: always
    user:
      description: Login of the user.
      type: str
      returned: always
    scopes:
      description: Scopes of the token.
      type: list
      elements: str
      returned: always
  sample:
    id: 1
    user: octocat
    scopes: [repo]
"""

from typing import Any, Mapping

from ansible_collections.hubops.github_apps.plugins.module_utils._base.environment import OAUTH_ENVIRONMENT
from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import NotFoundError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    LEGACY,
    LOGIN,
    OAUTH_APP,
    SERVER,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.plan import Plan, Step
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._module import run
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.oauth_authorizations import (
    delete_grant_by_id,
    find_grant,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.oauth_grants import (
    clean_access_token,
    delete_grant,
    describe_grant,
    find_authorization,
)


def make_plan(client: Client, params: Mapping[str, Any], check_mode: bool) -> Plan:
    if params["grant_id"] is not None:
        number = params["grant_id"]
        return plan(params, find_grant(client, number), lambda: delete_grant_by_id(client, number))
    token, legacy = clean_access_token(client, params["access_token"]), params["legacy"]
    return plan(params, find_authorization(client, token, legacy), lambda: delete_grant(client, token, legacy))


def plan(params: Mapping[str, Any], found: Any, delete: Step) -> Plan:
    absent = {"state": "absent"}
    if found is None:
        if params["state"] == "present":
            raise NotFoundError(
                "The grant does not exist. Only the user can create it, by signing in to the application."
            )
        return Plan(absent, absent)
    grant = describe_grant(found)
    present = {"state": "present", **grant}
    if params["state"] == "present":
        return Plan(present, present, returns={"grant": grant})
    return Plan(present, absent, steps=[delete], returns={"grant": grant})


ARGUMENT_SPEC = {
    **SERVER,
    **OAUTH_APP,
    **LOGIN,
    "access_token": {"type": "str", "no_log": True},
    "grant_id": {"type": "int"},
    **LEGACY,
    "state": {"type": "str", "choices": ["absent", "present"], "default": "absent"},
}


def main() -> None:
    run(
        make_plan,
        ARGUMENT_SPEC,
        environment=OAUTH_ENVIRONMENT,
        mutually_exclusive=[("access_token", "grant_id")],
        required_one_of=[("access_token", "grant_id")],
    )


if __name__ == "__main__":
    main()
