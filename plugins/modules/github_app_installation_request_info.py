#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_app_installation_request_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_app_installation_request_info
short_description: List pending requests to install a GitHub App
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Lists requests from organization members who are not allowed to install the app themselves. Requests that an owner of the organization
    has already approved or rejected are not listed.
  - Requires github.com, GitHub Enterprise Cloud, or GitHub Enterprise Server 3.8 or later.
extends_documentation_fragment:
  - hubops.github_apps.attributes
  - hubops.github_apps.attributes.info
  - hubops.github_apps.attributes.github_apps
  - hubops.github_apps.server
  - hubops.github_apps.app
  - hubops.github_apps.app.token
notes:
  - GitHub's API cannot approve or reject a request. An owner does this on the page in RV(requests[].review_url). In an enterprise, an app that
    is installed on the enterprise can instead install the requested app on the organization with M(hubops.github_apps.github_app_installation).
seealso:
  - module: hubops.github_apps.github_app_installation_info
  - name: GitHub Apps in GitHub's REST API
    description: Reference of the operation that this module uses.
    link: https://docs.github.com/rest/apps/apps#list-installation-requests-for-the-authenticated-app
"""

EXAMPLES = r"""
- name: List the pending requests to install the app
  hubops.github_apps.github_app_installation_request_info:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
  register: result

- name: Show who requested the app, for which account, and where an owner can approve the request
  ansible.builtin.debug:
    msg: "{{ item.requester.login }} requested the app for {{ item.account.login }} on {{ item.created_at }}: {{ item.review_url }}"
  loop: "{{ result.requests }}"
  loop_control:
    label: "{{ item.id }}"
"""

RETURN = r"""
requests:
  description: The pending requests as returned by GitHub, oldest first, each with the page on which an owner can approve or reject it.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: ID of the request.
      type: int
      returned: always
    account:
      description: The organization on which the user wants to install the app.
      type: dict
      returned: always
    requester:
      description: The user who made the request.
      type: dict
      returned: always
    created_at:
      description: Time of the request.
      type: str
      returned: always
    review_url:
      description: The page on which an owner of the account can approve or reject the request.
      type: str
      returned: always
  sample:
    - id: 2901
      account:
        login: octo-org
        type: Organization
      requester:
        login: monalisa
      created_at: "2026-11-21T15:00:00Z"
      review_url: https://github.com/organizations/octo-org/settings/installations
api_url:
  description:
    - Root of the server's REST API, derived from O(api_url).
    - Use this address to build URLs for requests that send a credential. The URLs in RV(requests) come from the server.
  returned: success
  type: str
  sample: https://api.github.com
server_url:
  description: Root of the server's web pages and Git repositories, derived from O(api_url).
  returned: success
  type: str
  sample: https://github.com
"""

from typing import Any, Mapping

from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import APP, SERVER, TOKEN
from ansible_collections.hubops.github_apps.plugins.module_utils._base.plan import Plan, unchanged
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._module import run
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.apps import (
    list_installation_requests,
    review_url,
)


def make_plan(client: Client, params: Mapping[str, Any], check_mode: bool) -> Plan:
    requests = sorted(list_installation_requests(client), key=lambda request: str(request.get("created_at")))
    server_url = client.server.server_url
    return unchanged(
        requests=[
            {**request, "review_url": review_url(server_url, request.get("account") or {})} for request in requests
        ],
        **client.server.addresses,
    )


ARGUMENT_SPEC = {**SERVER, **APP, **TOKEN}


def main() -> None:
    run(make_plan, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
