#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_installation_token."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_installation_token
short_description: Create and revoke installation access tokens
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Creates an installation access token of a GitHub App, limited to the requested repositories and permissions, or revokes one.
  - A token is valid for one hour.
  - A task that runs on the controller, on a local connection and without C(become), shares its token with the rest of the run
    (see O(cache)). A task that reuses an existing token reports no change.
  - The token is hidden in output and job events, but available with C(register). Before ansible-core 2.22, the whole result of a
    successful task is hidden, as with C(no_log), and a line that describes the token is shown instead. The results of failed
    tasks are not hidden.
extends_documentation_fragment:
  - hubops.github_apps.attributes
  - hubops.github_apps.attributes.github_apps
  - hubops.github_apps.server
  - hubops.github_apps.app
  - hubops.github_apps.installation
  - hubops.github_apps.installation.enterprise
  - hubops.github_apps.installation_token
  - hubops.github_apps.repository_selection
  - hubops.github_apps.token_cache
notes:
  - With ansible-core 2.22 and later, Ansible masks the token in all later output, unless O(show_secret=true).
  - A loop over results that contain tokens prints them with C(-v) and in job events, even with C(loop_control.label). Set
    C(no_log), or loop over the indexes of the results and read each token from the registered variable.
attributes:
  check_mode:
    details:
      - Does not create or revoke a token. Returns a placeholder, unless the run or O(dest) already has a matching token.
      - Tasks that use the token in check mode, for example to read a file, require a real token. Set C(check_mode=false) on the task that creates it
        and on the task that revokes it.
  diff_mode:
    details: Before ansible-core 2.22, the diff of a task that creates a token is hidden with its result, except in check mode.
  async:
    description: Supports being used with the C(async) keyword.
    support: none
    details: The result of an asynchronous job cannot be hidden.
options:
  state:
    description:
      - State of the token.
      - With V(present), a token is created, unless the run or O(dest) already has a matching one.
      - With V(absent), the token in O(token), O(token_path) or O(dest) is revoked. If GitHub no longer recognizes the token,
        nothing is changed. Requires GitHub Enterprise Server 2.20 or later.
      - With V(released), the token is revoked unless another host of the play still uses it. See O(revoke=released).
    type: str
    choices: [present, absent, released]
    default: present
  token:
    description:
      - Installation token to revoke with O(state=absent) or O(state=released). It is never taken from the environment.
      - Not used with O(state=present) or if O(dest) is set.
    type: str
  token_path:
    description:
      - Path to a file on the host that runs the module. The file contains only the installation token to revoke. Use this option instead
        of O(token).
      - Not used with O(state=present) or if O(dest) is set.
    type: path
  dest:
    description:
      - Path to a file on the host that runs the module, in which the token is kept. The file is created with mode 0600 and
        contains this module's return values as JSON. Its directory must exist.
      - A token in a file is not shared with the rest of the run and is not revoked at its end.
      - If the file contains a token for the same server, app, installation and scope that is valid for at least
        O(min_remaining) seconds, the token is returned and nothing is changed. Otherwise, or with O(fresh=true), it is replaced,
        and the old token stays valid until it expires. A file that other users can read is also replaced.
      - With O(state=absent), the token in the file is revoked and the file is removed.
    type: path
  min_remaining:
    description:
      - Minimum number of seconds, from 0 to 3300, for which an existing token must still be valid to be reused. Otherwise, it is
        replaced.
      - A shared token is checked against the server's clock, and a token in O(dest) against the clock of the host that runs the
        module.
  revoke:
    description:
      - When the token is revoked.
      - With V(at_end), the callback P(hubops.github_apps.revoke_tokens#callback) revokes the token at the end of the run. If the
        callback is not enabled, the token is not revoked.
      - With V(released), the hosts of a play share the token, and each host releases it with O(state=released). If the callback is
        enabled, it revokes the token at the end of the run. Otherwise, the last host that releases the token revokes it. If no host can do
        so, because all of them became unreachable, the token stays valid until it expires.
      - With V(never), the token is not revoked, so that it can be used after the run.
      - Only tasks with the same value share a token.
    type: str
    choices: [at_end, released, never]
    default: at_end
  show_secret:
    description: Whether the result shows the token in output and job events.
    type: bool
    default: false
seealso:
  - plugin: hubops.github_apps.github_installation_token
    plugin_type: lookup
  - name: Installation access tokens in GitHub's REST API
    description: Reference of the operation that creates tokens.
    link: https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
"""

EXAMPLES = r"""
- name: Create a token that can read one repository
  hubops.github_apps.github_installation_token:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    organization: octo-org
    repositories:
      - hello-world
    permissions:
      contents: read
    cache: false  # because the token is revoked below
  register: created

- name: Read a file from the repository
  ansible.builtin.uri:
    url: "{{ created.api_url }}/repos/octo-org/hello-world/contents/README.md"
    headers:
      Authorization: "Bearer {{ created.token }}"
  no_log: true
  when: not ansible_check_mode

- name: Revoke the token
  hubops.github_apps.github_installation_token:
    token: "{{ created.token }}"
    state: absent

- name: Create a token for an enterprise, which cannot be limited
  hubops.github_apps.github_installation_token:
    app_id: "1004"
    private_key_path: ~/hubops-installer.private-key.pem
    enterprise: octo-enterprise

- name: Create a token for the repositories that match a pattern
  hubops.github_apps.github_installation_token:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    organization: octo-org
    repositories:
      - "hello-*"
    exclude:
      - "*-sandbox"
    permissions:
      contents: read

- name: Create one token on the controller for all hosts of the play
  hubops.github_apps.github_installation_token:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    organization: octo-org
    permissions:
      contents: read
  delegate_to: localhost
  run_once: true
  register: shared

- name: Download a file from a private repository to each host
  ansible.builtin.get_url:
    url: "{{ shared.api_url }}/repos/octo-org/hello-world/contents/README.md"
    headers:
      Authorization: "Bearer {{ shared.token }}"
      Accept: application/vnd.github.raw+json
    dest: ~/README.md
    mode: "0644"
  no_log: true
  when: not ansible_check_mode

- name: Keep a token in a file and replace it 20 minutes before it expires
  hubops.github_apps.github_installation_token:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
    organization: octo-org
    permissions:
      issues: write
    dest: ~/octo-org-token.json
    min_remaining: 1200

- name: Revoke the token and remove the file
  hubops.github_apps.github_installation_token:
    dest: ~/octo-org-token.json
    state: absent
"""

RETURN = r"""
token:
  description:
    - The token. It is an opaque string whose length and format differ between servers.
    - In check mode, V(no-token-in-check-mode), unless the run or O(dest) has a token. The module accepts this placeholder with
      O(state=absent) in check mode.
  returned: when O(state=present)
  type: str
  sample: ghs_16C7e42F292c6912E7710c838347Ae178B4a
expires_at:
  description: Time when the token expires.
  returned: when O(state=present)
  type: str
  sample: "2026-11-21T15:00:00Z"
permissions:
  description: Permissions of the token. Null if an old server does not return them.
  returned: when O(state=present)
  type: dict
  sample:
    contents: read
repository_selection:
  description:
    - Whether the token can access V(all) repositories of the account or V(selected) repositories. Null if an old server does not
      return it.
  returned: when O(state=present)
  type: str
  sample: selected
repositories:
  description:
    - Repositories that the token is limited to, each with C(id), C(name) and C(full_name). Null if the token is not limited.
    - In check mode, C(id) is null for a repository that was given by name, unless patterns or topics are used as well.
  returned: when O(state=present)
  type: list
  elements: dict
  sample:
    - id: 1296269
      name: hello-world
      full_name: octo-org/hello-world
installation_id:
  description: ID of the installation.
  returned: when O(state=present)
  type: int
  sample: 42
api_url:
  description: Root of the REST API that the token is valid for.
  returned: when O(state=present)
  type: str
  sample: https://api.github.com
server_url:
  description: Root of the web pages and Git repositories that the token is valid for.
  returned: when O(state=present)
  type: str
  sample: https://github.com
single_file:
  description: File that a token with the permission C(single_file) can access. Null without this permission.
  returned: when O(state=present)
  type: str
  sample: README.md
single_file_paths:
  description: Files that a token with the permission C(single_file) can access. Null without this permission.
  returned: when O(state=present)
  type: list
  elements: str
  sample: [README.md]
has_multiple_single_files:
  description: Whether a token with the permission C(single_file) can access more than one file. Null without this permission.
  returned: when O(state=present)
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
    selector, dest = installation_selector(params), params["dest"]
    scope = scope_from(params, selector.owner)
    after = {"state": "present", **selector.as_option(), **scope.body()}
    if dest:
        check_destination("dest", dest)
        kept = find_token_in_file(client, dest, selector, scope, min_remaining(params))
        if kept and not params["fresh"]:
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
            f"state={params['state']} requires the installation token that is to be revoked. Set token or token_path, or dest if"
            " the token is kept in a file."
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
    """Revoke the placeholder of check mode, without a request. Outside check mode, this is an error."""
    if not check_mode:
        raise OptionError(
            "token is the placeholder that check mode returns, so there is nothing to revoke. Set check_mode to the same value"
            " on the task that creates the token and on the task that revokes it."
        )
    return Plan({"state": "present"}, {"state": "absent"}, steps=[dict])


def refuse_other_kinds(token: str) -> None:
    """Refuse the token of a user, which has a known prefix or, on old servers, forty hexadecimal digits.

    https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
    """
    if re.match(r"gh[pour]_|github_pat_|[0-9a-f]{40}$", token):
        raise OptionError(
            "token is a user's token, not an installation token. To revoke it, use the playbook"
            " hubops.github_apps.leaked_token."
        )


ARGUMENT_SPEC = MINTING_AND_REVOKING


def main() -> None:
    run(make_plan, ARGUMENT_SPEC, environment=MINTING_ENVIRONMENT)


if __name__ == "__main__":
    main()
