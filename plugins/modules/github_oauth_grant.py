#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_oauth_grant."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_oauth_grant
short_description: Revoke the grant that a user gave to an OAuth application
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Deletes the grant behind a user's token, and with it every token that the user has for the application. Or asserts that
    the grant is there.
  - Works for OAuth applications and for the user tokens of GitHub Apps.
extends_documentation_fragment:
  - hubops.github_apps.attributes
  - hubops.github_apps.attributes.github_oauth_apps
  - hubops.github_apps.server
  - hubops.github_apps.oauth_app
options:
  access_token:
    description: A token of the user for the application; it tells GitHub which grant is meant.
    type: str
    required: true
  state:
    description:
      - With V(absent), the grant is deleted. A token that GitHub no longer knows means that it is absent already.
      - With V(present), the grant must be there; no call can create one, only the user can.
    type: str
    choices: [absent, present]
    default: absent
notes:
  - GitHub Enterprise Server before 2.20 knows only operations that have the token in their URL. They are used there and
    nowhere else, and no message holds the URL.
seealso:
  - module: hubops.github_apps.github_installation_token
  - name: OAuth authorizations in GitHub's REST API
    description: Reference of the operations that this module uses.
    link: https://docs.github.com/rest/apps/oauth-applications
"""

EXAMPLES = r"""
- name: Revoke all that a user gave to the application
  hubops.github_apps.github_oauth_grant:
    client_id: "{{ oauth_client_id }}"
    client_secret: "{{ oauth_client_secret }}"
    access_token: "{{ user_token }}"
    state: absent
"""

RETURN = r"""
grant:
  description: Whose grant it is and what it allows, without the token.
  returned: when the grant is there, or was before
  type: dict
  contains:
    id:
      description: Id that GitHub gives to the authorization.
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

from ansible_collections.hubops.github_apps.plugins.module_utils._client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials import clean_secret
from ansible_collections.hubops.github_apps.plugins.module_utils._errors import NotFoundError
from ansible_collections.hubops.github_apps.plugins.module_utils._module import run
from ansible_collections.hubops.github_apps.plugins.module_utils._oauth_grants import (
    delete_grant,
    describe_grant,
    find_authorization,
    require_oauth_app,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._options import OAUTH_APP, OAUTH_ENVIRONMENT, SERVER
from ansible_collections.hubops.github_apps.plugins.module_utils._plan import Plan


def make_plan(client: Client, params: Mapping[str, Any], check_mode: bool) -> Plan:
    require_oauth_app(client)
    access_token = clean_secret("access_token", params["access_token"]) or ""
    authorization = find_authorization(client, access_token)
    absent = {"state": "absent"}
    if authorization is None:
        if params["state"] == "present":
            raise NotFoundError(
                f"There is no grant behind access_token for the application {params['client_id']} on {client.server.host}, and"
                " only the user can give one, by signing in to the application."
            )
        return Plan(absent, absent)
    grant = describe_grant(authorization)
    present = {"state": "present", **grant}
    if params["state"] == "present":
        return Plan(present, present, returns={"grant": grant})
    return Plan(present, absent, steps=[lambda: delete_grant(client, access_token)], returns={"grant": grant})


ARGUMENT_SPEC = {
    **SERVER,
    **OAUTH_APP,
    "access_token": {"type": "str", "required": True, "no_log": True},
    "state": {"type": "str", "choices": ["absent", "present"], "default": "absent"},
}


def main() -> None:
    run(make_plan, ARGUMENT_SPEC, environment=OAUTH_ENVIRONMENT)


if __name__ == "__main__":
    main()
