#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_installation_token."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_installation_token
short_description: Mint or revoke an installation access token of a GitHub App
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Mints an installation access token, limited to the repositories and permissions that are asked for, or revokes one.
  - Such a token lives for one hour.
  - Where the task runs on the controller itself, on a local connection and without C(become), it shares tokens with the rest
    of the run (see O(cache)). A task that gets a token which the run has is unchanged.
  - Output and job events do not show the token, while C(register) still gets it. Before ansible-core 2.22 they hide the whole
    result of a successful task, as with C(no_log), and show a line that describes the token. Failures stay readable.
extends_documentation_fragment:
  - hubops.github_apps.attributes
  - hubops.github_apps.attributes.github_apps
  - hubops.github_apps.server
  - hubops.github_apps.app
  - hubops.github_apps.installation
  - hubops.github_apps.installation_token
  - hubops.github_apps.token_cache
notes:
  - From ansible-core 2.22 on, Ansible masks the token in whatever it prints afterwards, unless O(show_secret=true).
  - A loop over results that hold tokens prints them at -v and in job events, also with C(loop_control.label). Set C(no_log),
    or loop over numbers and take the token from the registered variable.
attributes:
  check_mode:
    details:
      - Mints nothing and revokes nothing. A placeholder is returned in place of the token, unless the run or O(dest) has it.
      - Tasks that read with the token in check mode need a real one. Set C(check_mode=false) on the task that creates it and on
        the one that revokes it.
  diff_mode:
    details: Before ansible-core 2.22 the diff of a task that mints is hidden with its result, except in check mode.
  async:
    description: Supports being used with the C(async) keyword.
    support: none
    details: The result of a job cannot be hidden.
options:
  state:
    description:
      - With V(present), a token is minted, unless the run or O(dest) has it.
      - With V(absent), O(token), or the token in O(token_path) or O(dest), is revoked. A token that GitHub no longer knows is absent already.
        GitHub Enterprise Server can revoke from release 2.20 on.
      - With V(released), the token is revoked unless another host of the play uses it, see O(revoke=released).
    type: str
    choices: [present, absent, released]
    default: present
  token:
    description:
      - The installation token to revoke with O(state=absent). It is never taken from the environment.
      - Not used with O(state=present), and not where O(dest) is given.
    type: str
  token_path:
    description:
      - File with the installation token to revoke, and nothing else, on the machine where this runs; in place of O(token).
      - Not used with O(state=present), and not where O(dest) is given.
    type: path
  dest:
    description:
      - File in which the token is kept, with its expiry, as JSON with the keys of this module's return values. It is made with
        mode 0600 on the host where the module runs. Its directory must exist.
      - A token that is kept in a file is not shared with the rest of the run, and is not revoked at its end.
      - A run that finds there a token for the same server, app, installation and scope, with at least O(min_remaining) left,
        changes nothing and returns it. A file that others may read is not trusted but replaced. The token that is replaced
        lives on until it expires.
      - With O(state=absent), the token in the file is revoked and the file removed.
    type: path
  revoke:
    description:
      - When the token is revoked.
      - With V(at_end), the callback P(hubops.github_apps.revoke_tokens#callback) revokes it at the end of the run. Without that
        callback nothing does.
      - With V(released), hosts of a play share the token, and each host ends its use with O(state=released). The last one revokes
        the token. Where the callback is enabled, the callback revokes it instead, at the end of the run. A token that no host can
        release, because all became unreachable, lives until it expires.
      - With V(never), the token is for use after the run.
      - Only uses with the same value share a token.
    type: str
    choices: [at_end, released, never]
    default: at_end
  show_secret:
    description: Whether the result may show the token in output and job events.
    type: bool
    default: false
seealso:
  - plugin: hubops.github_apps.github_installation_token
    plugin_type: lookup
  - name: Installation access tokens in GitHub's REST API
    description: Reference of the operations that this module uses.
    link: https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
"""

EXAMPLES = r"""
- name: Mint a token that can read the contents of one repository
  hubops.github_apps.github_installation_token:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    organization: octo-org
    repositories:
      - hello-world
    permissions:
      contents: read
    cache: false  # for this token is revoked below
  register: minted

# Here api_url is the root of the REST API: https://api.github.com, or https://HOST/api/v3.
- name: Use the token
  ansible.builtin.uri:
    url: "{{ api_url }}/repos/octo-org/hello-world/contents/README.md"
    headers:
      Authorization: "Bearer {{ minted.token }}"
  no_log: true
  when: not ansible_check_mode

- name: Revoke the token
  hubops.github_apps.github_installation_token:
    token: "{{ minted.token }}"
    state: absent

- name: Keep a token in a file and renew it when it is used up
  hubops.github_apps.github_installation_token:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    organization: octo-org
    permissions:
      issues: write
    dest: ~/octo-org-token.json
    min_remaining: 1200
"""

RETURN = r"""
token:
  description:
    - The token. An opaque string; its length and form differ between servers.
    - In check mode, V(no-token-in-check-mode), unless the run or O(dest) has the token. The module accepts this placeholder
      with O(state=absent) in check mode.
  returned: with state present
  type: str
  sample: ghs_16C7e42F292c6912E7710c838347Ae178B4a
expires_at:
  description: When the token expires.
  returned: with state present
  type: str
  sample: "2026-11-21T15:00:00Z"
permissions:
  description: What the token may do. Null where an old server does not tell.
  returned: with state present
  type: dict
  sample:
    contents: read
repository_selection:
  description: Whether the token reaches V(all) repositories of the account or V(selected) ones. Null where an old server does not tell.
  returned: with state present
  type: str
  sample: selected
repositories:
  description:
    - The repositories that the token is limited to, each with id, name and full_name. Null where it is not limited.
    - In check mode, the id of a repository that you named is null.
  returned: with state present
  type: list
  elements: dict
  sample:
    - id: 1296269
      name: hello-world
      full_name: octo-org/hello-world
installation_id:
  description: Id of the installation.
  returned: with state present
  type: int
  sample: 42
api_url:
  description: Root of the REST API that the token is for.
  returned: with state present
  type: str
  sample: https://api.github.com
server_url:
  description: Address of the web pages and the Git repositories that the token is for.
  returned: with state present
  type: str
  sample: https://github.com
single_file:
  description: The file that a token with the permission C(single_file) can use. Null without it.
  returned: with state present
  type: str
  sample: README.md
single_file_paths:
  description: The files that a token with the permission C(single_file) can use. Null without it.
  returned: with state present
  type: list
  elements: str
  sample: [README.md]
has_multiple_single_files:
  description: Whether a token with the permission C(single_file) can use more than one file. Null without it.
  returned: with state present
  type: bool
  sample: false
"""

import re
from typing import Any, Mapping

from ansible_collections.hubops.github_apps.plugins.module_utils._base.environment import MINTING_ENVIRONMENT
from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    MINTING_AND_REVOKING,
    installation_selector,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.plan import Plan
from ansible_collections.hubops.github_apps.plugins.module_utils._files.regular_files import check_destination
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._module import run
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.scopes import (
    NO_TOKEN,
    min_remaining,
    scope_from,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.token_files import (
    create_token_file,
    find_token_in_file,
    read_token_in_file,
    remove_token_file,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.token_limits import foresee_token
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.tokens import (
    create_installation_token,
    is_live,
    revoke_installation_token,
)


def make_plan(client: Client, params: Mapping[str, Any], check_mode: bool) -> Plan:
    plan = plan_present if params["state"] == "present" else plan_absent
    return plan(client, params, check_mode)


def plan_present(client: Client, params: Mapping[str, Any], check_mode: bool) -> Plan:
    selector, scope, dest = installation_selector(params), scope_from(params), params["dest"]
    after = {"state": "present", **selector.as_option(), **scope.body()}
    if dest:
        check_destination("dest", dest)
        kept = find_token_in_file(client, dest, selector, scope, min_remaining(params))
        if kept:
            return Plan(after, after, returns=kept)
    foreseen = foresee_token(client, selector, scope) if check_mode else {}

    def mint() -> Mapping[str, Any]:
        if dest:
            return create_token_file(client, dest, selector, scope)
        return create_installation_token(client, selector, scope)

    return Plan({"state": "absent"}, after, steps=[mint], returns=foreseen)


def plan_absent(client: Client, params: Mapping[str, Any], check_mode: bool) -> Plan:
    dest = params["dest"]
    token = read_token_in_file(client, dest) if dest else client.credentials.user_token
    absent = Plan({"state": "absent"}, {"state": "absent"})
    if token is None:
        if dest:
            return absent
        raise OptionError(
            f"state {params['state']} needs token or token_path, the installation token to revoke, or dest, the file that keeps it."
        )
    if token == NO_TOKEN:
        return plan_placeholder(check_mode)
    if not dest:
        refuse_other_kinds(token)
    if token:
        client.require("apps/revoke-installation-access-token")
        if check_mode and not dest and not is_live(client, token):
            return absent

    def revoke() -> Mapping[str, Any]:
        revoked = revoke_installation_token(client, token) if token else False
        if dest:
            remove_token_file(dest, token)
        return {"changed": bool(revoked or dest)}

    return Plan({"state": "present"}, absent.after, steps=[revoke])


def plan_placeholder(check_mode: bool) -> Plan:
    """What was returned in check mode is revoked in check mode, without asking anybody, and never for real."""
    if not check_mode:
        raise OptionError(
            "token is the placeholder that check mode returns, so there is nothing to revoke. Create the token in the same"
            " mode in which you revoke it: check_mode must be the same for both tasks."
        )
    return Plan({"state": "present"}, {"state": "absent"}, steps=[dict])


def refuse_other_kinds(token: str) -> None:
    """Tokens of users are told by their prefix, and those of old servers by being forty hexadecimal digits
    (https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github).
    """
    if re.match(r"gh[pour]_|github_pat_|[0-9a-f]{40}$", token):
        raise OptionError(
            "token is a user's token, not an installation token; this module revokes installation tokens only."
        )


ARGUMENT_SPEC = MINTING_AND_REVOKING


def main() -> None:
    run(make_plan, ARGUMENT_SPEC, environment=MINTING_ENVIRONMENT)


if __name__ == "__main__":
    main()
