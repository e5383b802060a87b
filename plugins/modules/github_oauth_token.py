#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_oauth_token."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_oauth_token
short_description: Check, reset, scope or delete a user's token for an OAuth app
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Manages a single token of a user. Supports OAuth apps and the user tokens of GitHub Apps.
  - A new token is hidden in output and job events, but available with C(register). Before ansible-core 2.22, the whole result of
    a successful task is hidden, as with C(no_log), and a line that describes the token is shown instead. The results of failed
    tasks are not hidden.
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
    description: Token of the user.
    type: str
    required: true
  state:
    description:
      - State of the token.
      - With V(present), the token must be valid.
      - With V(absent), the token is deleted. The user's other tokens and the grant are kept. Use
        M(hubops.github_apps.github_oauth_grant) to delete them.
      - With V(reset), GitHub replaces the token with a new one, and the old token becomes invalid immediately. If O(dest) already contains
        the replacement for O(access_token), nothing is changed.
      - With V(scoped), GitHub creates a new token with less access. O(access_token) must be a user token of a GitHub App. Requires
        GitHub Enterprise Server 3.0 or later. If O(dest) already contains such a token for the same options, nothing is changed.
    type: str
    choices: [present, absent, reset, scoped]
    default: present
  target:
    description:
      - Name of the account that the new token is limited to.
      - With O(state=scoped), exactly one of O(target) and O(target_id) is required.
    type: str
  target_id:
    description: With O(state=scoped), the ID of the account that the new token is limited to.
    type: int
  repositories:
    description: With O(state=scoped), the repositories that the new token is limited to, as names without the owner.
  repository_ids:
    description:
      - With O(state=scoped), the IDs of the repositories that the new token is limited to. Use it instead of O(repositories).
  permissions:
    description:
      - With O(state=scoped), the permissions that the new token is limited to. The level of each is V(read), V(write) or V(admin).
notes:
  - A request that creates a new token is never repeated. If there is no response, the task fails with a message that the old
    token may already be invalid.
  - On servers that require the token in the URL, this URL never appears in a message.
seealso:
  - module: hubops.github_apps.github_oauth_grant
  - name: OAuth authorizations in GitHub's REST API
    description: Reference of the operations that this module uses.
    link: https://docs.github.com/rest/apps/oauth-applications
"""

EXAMPLES = r"""
- name: Check that a token is valid
  hubops.github_apps.github_oauth_token:
    client_id: "{{ oauth_client_id }}"
    client_secret: "{{ oauth_client_secret }}"
    access_token: "{{ user_token }}"

- name: Use the same client ID and secret for several tasks
  module_defaults:
    group/hubops.github_apps.github_oauth_apps:
      client_id: "{{ oauth_client_id }}"
      client_secret: "{{ oauth_client_secret }}"
  block:
    - name: Reset the token and keep the new one in a file
      hubops.github_apps.github_oauth_token:
        access_token: "{{ user_token }}"
        state: reset
        dest: ~/user-token.json
      register: result

    - name: Delete the new token
      hubops.github_apps.github_oauth_token:
        access_token: "{{ result.token }}"
        state: absent
"""

RETURN = r"""
token:
  description: The new token.
  returned: when O(state=reset) or O(state=scoped), outside check mode
  type: str
  sample: gho_16C7e42F292c6912E7710c838347Ae178B4a
authorization:
  description: The authorization that the token belongs to, as returned by GitHub, without the token and its hash.
  returned: when the token exists, or existed before the task
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
                "GitHub does not recognize access_token. It is wrong, expired or revoked, or belongs to another application."
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
        raise NotFoundError(
            "GitHub does not recognize access_token. It is wrong, expired or revoked, or was already reset."
        )
    make = (
        (lambda: reset_token(client, token, legacy)) if state == "reset" else (lambda: scope_token(client, token, body))
    )
    if check_mode and state == "scoped":
        client.transport.warn(
            "Check mode cannot predict whether GitHub will create the scoped token, because the API does not show"
            " whether the application has access to target."
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
