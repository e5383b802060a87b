#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_oauth_token."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_oauth_token
short_description: Check, delete, reset or narrow a user's token for an OAuth application
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Works on one token of a user, for OAuth applications and for the user tokens of GitHub Apps.
  - Output and job events do not show a new token, while C(register) still gets it. Before ansible-core 2.22 they hide the whole
    result of a successful task, as with C(no_log), and show a line that describes the token. Failures stay readable.
extends_documentation_fragment:
  - hubops.github_apps.attributes
  - hubops.github_apps.attributes.github_oauth_apps
  - hubops.github_apps.server
  - hubops.github_apps.oauth_app
  - hubops.github_apps.oauth_app.legacy
  - hubops.github_apps.login
  - hubops.github_apps.installation_token
  - hubops.github_apps.secret_result
options:
  access_token:
    description: The token of the user.
    type: str
    required: true
  state:
    description:
      - With V(present), the token must be known to GitHub.
      - With V(absent), it is deleted. The user's other tokens and the grant stay; see M(hubops.github_apps.github_oauth_grant).
      - With V(reset), GitHub replaces it by a new token, and it is dead at once. With O(dest), a run that finds in it the token
        that replaced this one changes nothing.
      - With V(scoped), GitHub makes a new token that may do less, for a user token of a GitHub App. Servers have it from 3.0
        on. With O(dest), a run that finds in it such a token for the same wishes changes nothing.
    type: str
    choices: [present, absent, reset, scoped]
    default: present
  target:
    description: With O(state=scoped), name of the account that the new token is limited to. One of O(target) and O(target_id) is needed.
    type: str
  target_id:
    description: With O(state=scoped), id of the account that the new token is limited to.
    type: int
  repositories:
    description: With O(state=scoped), names of the repositories that the new token is limited to, without owner.
  repository_ids:
    description: With O(state=scoped), ids of the repositories that the new token is limited to, in place of O(repositories).
  permissions:
    description: With O(state=scoped), permissions that the new token is limited to, each with V(read), V(write) or V(admin).
notes:
  - A request that makes a new token is never repeated. When its answer does not come, the failure says so, for the old token
    may be dead.
  - Where the token has to be in the URL, no message holds that URL.
seealso:
  - module: hubops.github_apps.github_oauth_grant
  - name: OAuth authorizations in GitHub's REST API
    description: Reference of the operations that this module uses.
    link: https://docs.github.com/rest/apps/oauth-applications
"""

EXAMPLES = r"""
- name: Is the token good
  hubops.github_apps.github_oauth_token:
    client_id: "{{ oauth_client_id }}"
    client_secret: "{{ oauth_client_secret }}"
    access_token: "{{ user_token }}"

- name: Replace it
  hubops.github_apps.github_oauth_token:
    client_id: "{{ oauth_client_id }}"
    client_secret: "{{ oauth_client_secret }}"
    access_token: "{{ user_token }}"
    state: reset
    dest: ~/user-token.json
  register: replaced

- name: Delete the new one
  hubops.github_apps.github_oauth_token:
    client_id: "{{ oauth_client_id }}"
    client_secret: "{{ oauth_client_secret }}"
    access_token: "{{ replaced.token }}"
    state: absent
"""

RETURN = r"""
token:
  description: The new token.
  returned: with O(state=reset) and O(state=scoped), outside check mode
  type: str
  sample: gho_16C7e42F292c6912E7710c838347Ae178B4a
authorization:
  description: What GitHub knows about the token, without the token and its hash.
  returned: when the token is there, or was before
  type: dict
  sample:
    id: 1
    scopes: [repo]
    user:
      login: octocat
"""

from typing import Any, Mapping

from ansible_collections.hubops.github_apps.plugins.module_utils._base.environment import OAUTH_ENVIRONMENT
from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import NotFoundError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    LEGACY,
    LOGIN,
    OAUTH_APP,
    SCOPE,
    SECRET_RESULT,
    SERVER,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.plan import Plan
from ansible_collections.hubops.github_apps.plugins.module_utils._files.regular_files import check_destination
from ansible_collections.hubops.github_apps.plugins.module_utils._files.secret_files import (
    find_kept_secret,
    keep_secret,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._module import run
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.oauth_grants import (
    clean_access_token,
    delete_token,
    describe_grant,
    find_authorization,
    new_token_identity,
    reset_token,
    scope_token,
    scoped_body,
    without_token,
)


def make_plan(client: Client, params: Mapping[str, Any], check_mode: bool) -> Plan:
    token, legacy, state = clean_access_token(client, params["access_token"]), params["legacy"], params["state"]
    body = scoped_body(params) if state == "scoped" else {}
    if state in ("reset", "scoped"):
        return plan_new_token(client, params, token, body, check_mode)
    authorization = find_authorization(client, token, legacy)
    absent = {"state": "absent"}
    if authorization is None:
        if state == "present":
            raise NotFoundError(
                "GitHub does not know access_token: it is wrong, expired or revoked, or another application's."
            )
        return Plan(absent, absent)
    present = {"state": "present", **describe_grant(authorization)}
    returns = {"authorization": without_token(authorization)}
    if state == "present":
        return Plan(present, present, returns=returns)
    return Plan(present, absent, steps=[lambda: delete_token(client, token, legacy)], returns=returns)


def plan_new_token(
    client: Client, params: Mapping[str, Any], token: str, body: Mapping[str, Any], check_mode: bool
) -> Plan:
    dest, legacy, state = params["dest"], params["legacy"], params["state"]
    if dest:
        check_destination("dest", dest)
    if state == "scoped":
        client.require("apps/scope-token")
    identity = new_token_identity(client, token, state, body)
    kept = find_kept_secret(dest, identity)
    if kept and find_authorization(client, kept["token"], legacy):
        here = {"token": "in dest"}
        return Plan(here, here, returns=kept)
    authorization = find_authorization(client, token, legacy)
    if authorization is None:
        raise NotFoundError("GitHub does not know access_token: it is wrong, expired or revoked, or was reset before.")
    make = (
        (lambda: reset_token(client, token, legacy)) if state == "reset" else (lambda: scope_token(client, token, body))
    )
    if check_mode and state == "scoped":
        client.transport.warn(
            "Check mode cannot predict whether GitHub narrows access_token: no request tells whether the application reaches target."
        )
    grant = describe_grant(authorization)
    return Plan(
        {"token": "as given", **grant},
        {"token": state, **grant, **body},
        steps=[lambda: keep_secret(dest, identity, make)],
        returns={"authorization": without_token(authorization)},
    )


ARGUMENT_SPEC = {
    **SERVER,
    **OAUTH_APP,
    **LOGIN,
    **SCOPE,
    "access_token": {"type": "str", "required": True, "no_log": True},
    "state": {"type": "str", "choices": ["present", "absent", "reset", "scoped"], "default": "present"},
    "target": {"type": "str"},
    "target_id": {"type": "int"},
    **LEGACY,
    **SECRET_RESULT,
}


def main() -> None:
    run(make_plan, ARGUMENT_SPEC, environment=OAUTH_ENVIRONMENT)


if __name__ == "__main__":
    main()
