#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_content_attachment."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_content_attachment
short_description: Create content attachments on GitHub Enterprise Server
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Creates a content attachment for a content reference. GitHub sends content references to the app in webhook events.
  - Requires GitHub Enterprise Server 3.3 or earlier. github.com and later releases do not support content attachments.
  - This module is not idempotent. Each run creates another attachment, because GitHub does not list the existing ones.
extends_documentation_fragment:
  - hubops.github_apps.attributes
  - hubops.github_apps.attributes.github_apps
  - hubops.github_apps.server
  - hubops.github_apps.app
  - hubops.github_apps.app.token
  - hubops.github_apps.installation
options:
  content_reference_id:
    description: ID of the content reference.
    type: int
    required: true
  title:
    description: Title of the attachment.
    type: str
    required: true
  body:
    description: Text of the attachment, in Markdown.
    type: str
    required: true
  repository:
    description:
      - Repository that contains the content reference, given as C(owner/name).
      - Required on GitHub Enterprise Server 3.0 and later.
      - If the app's private key is set, this option also selects the installation.
notes:
  - If the app's private key is set, the module creates and uses an installation token with only the required permission.
    Otherwise it uses O(token), which must be a user access token of the app.
seealso:
  - name: Using content attachments
    description: GitHub's guide to content attachments.
    link: https://docs.github.com/enterprise-server@3.3/developers/apps/guides/using-content-attachments
"""

EXAMPLES = r"""
- name: Attach the result of a build to a link
  hubops.github_apps.github_content_attachment:
    app_id: "1003"
    private_key_path: ~/attach-app.private-key.pem
    repository: acme/anvil
    content_reference_id: "{{ content_reference_id }}"
    title: The build succeeded
    body: All 42 tests passed.
"""

RETURN = r"""
attachment:
  description: The attachment, as returned by GitHub.
  returned: outside check mode
  type: dict
  sample:
    id: 101
    title: The build succeeded
    body: All 42 tests passed.
"""

from typing import Any, Dict, Mapping

from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    APP,
    INSTALLATION_WITH_REPOSITORIES,
    SERVER,
    TOKEN,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.plan import Plan
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._module import run
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.content_attachments import (
    create_attachment,
    sign_in_for_attachments,
)


def make_plan(client: Client, params: Mapping[str, Any], check_mode: bool) -> Plan:
    sign_in = sign_in_for_attachments(client, params)

    def attach() -> Dict[str, Any]:
        return {"attachment": create_attachment(sign_in(), params)}

    return Plan({}, {"title": params["title"], "body": params["body"]}, steps=[attach])


ARGUMENT_SPEC = {
    **SERVER,
    **APP,
    **TOKEN,
    **INSTALLATION_WITH_REPOSITORIES,
    "content_reference_id": {"type": "int", "required": True},
    "title": {"type": "str", "required": True},
    "body": {"type": "str", "required": True},
}


def main() -> None:
    run(make_plan, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
