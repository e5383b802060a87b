#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_oauth_authorization."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_oauth_authorization
short_description: Manage OAuth authorizations on GitHub Enterprise Server
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Creates, changes or deletes an authorization of a user.
  - With O(client_id), the authorization is for an OAuth app. Without it, the authorization is a personal access token of the user.
  - Requires GitHub Enterprise Server. github.com does not support these operations.
  - GitHub returns the token only once, when the authorization is created. The token is hidden in output and job events, but
    available with C(register). Before ansible-core 2.22, the whole result of the task that creates the authorization is hidden,
    as with C(no_log), and a line that describes the token is shown instead.
extends_documentation_fragment:
  - hubops.github_apps.attributes
  - hubops.github_apps.attributes.github_oauth_apps
  - hubops.github_apps.server
  - hubops.github_apps.oauth_app
  - hubops.github_apps.login
  - hubops.github_apps.secret_result
options:
  client_id:
    description:
      - Client ID of the OAuth app that gets the authorization.
      - If not set, the environment variable E(GITHUB_OAUTH_CLIENT_ID) is used. Without a client ID, O(note) identifies a
        personal access token of the user.
  authorization_id:
    description: ID of an existing authorization. Use it instead of O(client_id), O(fingerprint) and O(note).
    type: int
  fingerprint:
    description: String that distinguishes several authorizations of the same application.
    type: str
  scopes:
    description: Scopes of the authorization. If not set, existing scopes are not changed.
    type: list
    elements: str
  note:
    description: Purpose of the authorization. If not set, an existing note is not changed.
    type: str
  note_url:
    description: URL of a page that explains the purpose. If not set, an existing URL is not changed.
    type: str
  state:
    description:
      - State of the authorization.
      - With V(present), the authorization is created or changed.
      - With V(absent), the authorization and its token are deleted.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: hubops.github_apps.github_oauth_authorization_info
  - module: hubops.github_apps.github_oauth_grant
"""

EXAMPLES = r"""
- name: Create an authorization and keep its token in a file
  hubops.github_apps.github_oauth_authorization:
    username: "{{ github_username }}"
    password: "{{ github_password }}"
    client_id: "{{ oauth_client_id }}"
    client_secret: "{{ oauth_client_secret }}"
    fingerprint: deploy
    scopes: [repo]
    note: deployments
    dest: ~/deploy-token.json

- name: Delete the authorization and its token
  hubops.github_apps.github_oauth_authorization:
    username: "{{ github_username }}"
    password: "{{ github_password }}"
    client_id: "{{ oauth_client_id }}"
    client_secret: "{{ oauth_client_secret }}"
    fingerprint: deploy
    state: absent

- name: Create a personal access token for a nightly job
  hubops.github_apps.github_oauth_authorization:
    username: "{{ github_username }}"
    password: "{{ github_password }}"
    scopes: [repo]
    note: nightly job
    dest: ~/nightly-token.json
"""

RETURN = r"""
token:
  description: Token of the new authorization.
  returned: when the authorization was created
  type: str
authorization:
  description: The authorization after the change, as returned by GitHub, without its token. In check mode, the current one.
  returned: when the authorization exists, or existed before the task
  type: dict
  sample:
    id: 1
    scopes: [repo]
    note: deployments
"""

import os
from typing import Any, Dict, Mapping

from ansible_collections.hubops.github_apps.plugins.module_utils._base.environment import OAUTH_ENVIRONMENT
from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import NotFoundError, OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    LOGIN,
    OAUTH_APP,
    SECRET_RESULT,
    SERVER,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.plan import Plan
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import quoted
from ansible_collections.hubops.github_apps.plugins.module_utils._files.regular_files import check_destination
from ansible_collections.hubops.github_apps.plugins.module_utils._files.secret_files import (
    keep_secret,
    refuse_other_secret,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._module import run
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.oauth_authorizations import (
    create_authorization,
    delete_authorization,
    differences,
    find_authorization_for,
    get_authorization,
    update_authorization,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.oauth_grants import without_token


def make_plan(client: Client, params: Mapping[str, Any], check_mode: bool) -> Plan:
    number = params["authorization_id"]
    if number is None and not params["client_id"] and not params["note"]:
        raise OptionError("No authorization is selected. Set client_id, note or authorization_id.")
    if params["dest"]:
        check_destination("dest", params["dest"])
    existing = get_authorization(client, number) if number is not None else find_authorization_for(client, params)
    plan = plan_absent if params["state"] == "absent" else plan_present
    return plan(client, params, existing)


def plan_absent(client: Client, params: Mapping[str, Any], existing: Any) -> Plan:
    absent = {"state": "absent"}
    if existing is None:
        return Plan(absent, absent)
    return Plan(
        {"state": "present", **settings(existing)},
        absent,
        steps=[lambda: delete_authorization(client, existing["id"])],
        returns={"authorization": without_token(existing)},
    )


def plan_present(client: Client, params: Mapping[str, Any], existing: Any) -> Plan:
    wanted = {name: params[name] for name in ("scopes", "note", "note_url") if params[name] is not None}
    if existing is None:
        if params["authorization_id"] is not None:
            raise NotFoundError(
                f"The user has no authorization with the ID {params['authorization_id']}. Check authorization_id."
            )
        if params["client_id"] and not client.credentials.oauth_app:
            raise OptionError("client_secret is required to create an authorization for client_id.")
        if params["dest"]:
            refuse_other_secret(params["dest"], identity(client, params))

        def make() -> Dict[str, Any]:
            return made(create_authorization(client, params))

        return Plan(
            {"state": "absent"},
            {"state": "present", **wanted},
            steps=[lambda: keep_secret(params["dest"], identity(client, params), make)],
        )
    if params["dest"] and not os.path.exists(params["dest"]):
        client.transport.warn(
            f"dest {quoted(params['dest'])} is not created, because the authorization already exists and GitHub shows its"
            " token only once. To get a new token, delete the authorization with state=absent and run the task again."
        )
    before = {"state": "present", **settings(existing)}
    change = differences(existing, params)
    if not change:
        return Plan(before, before, returns={"authorization": without_token(existing)})
    return Plan(
        before,
        {**before, **change},
        steps=[lambda: {"authorization": without_token(update_authorization(client, existing["id"], change))}],
        returns={"authorization": without_token(existing)},
    )


def identity(client: Client, params: Mapping[str, Any]) -> Dict[str, Any]:
    """What distinguishes the authorization from others, recorded in `dest`."""
    selected = "client_id" if params["client_id"] else "note"
    names = ("username", selected, "fingerprint")
    return {"api_url": client.server.api_url, **{name: params[name] for name in names}}


def made(authorization: Mapping[str, Any]) -> Dict[str, Any]:
    return {"token": authorization.get("token"), "authorization": without_token(authorization)}


def settings(authorization: Mapping[str, Any]) -> Dict[str, Any]:
    return {name: authorization.get(name) for name in ("id", "scopes", "note", "note_url", "fingerprint")}


ARGUMENT_SPEC = {
    **SERVER,
    **OAUTH_APP,
    **LOGIN,
    "authorization_id": {"type": "int"},
    "fingerprint": {"type": "str"},
    "scopes": {"type": "list", "elements": "str"},
    "note": {"type": "str"},
    "note_url": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    **SECRET_RESULT,
}


def main() -> None:
    run(make_plan, ARGUMENT_SPEC, environment=OAUTH_ENVIRONMENT)


if __name__ == "__main__":
    main()
