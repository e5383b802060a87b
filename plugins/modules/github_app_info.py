#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_app_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_app_info
short_description: What a GitHub App is, asks for, and where it is managed
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Describes the app whose credentials are given, or any app by its slug.
extends_documentation_fragment:
  - hubops.github_apps.attributes
  - hubops.github_apps.attributes.info
  - hubops.github_apps.attributes.github_apps
  - hubops.github_apps.server
  - hubops.github_apps.app
  - hubops.github_apps.app.token
options:
  slug:
    description:
      - The name of an app as it stands in its URL. It needs no credentials for a public app; O(token) shows private ones to
        users who may see them.
      - If not set, the app whose credentials are given is described.
    type: str
seealso:
  - module: hubops.github_apps.github_app_installation_info
  - name: GitHub Apps in GitHub's REST API
    description: Reference of the operations that this module uses.
    link: https://docs.github.com/rest/apps/apps
"""

EXAMPLES = r"""
- name: Describe the app
  hubops.github_apps.github_app_info:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
  register: described

- name: Where an owner installs it
  ansible.builtin.debug:
    var: described.urls.install
"""

RETURN = r"""
app:
  description:
    - The app as GitHub describes it.
    - See U(https://docs.github.com/rest/apps/apps#get-the-authenticated-app).
  returned: success
  type: dict
  sample:
    id: 1001
    slug: hubops-demo
    permissions:
      contents: read
installations_count:
  description: How many installations the app has. Null for another app than that of the credentials.
  returned: success
  type: int
  sample: 3
urls:
  description: The pages on which the app is managed. Null where GitHub does not tell enough to know them.
  returned: success
  type: dict
  contains:
    public:
      description: The app's public page.
      type: str
      returned: always
    install:
      description: Where an owner of an account installs it.
      type: str
      returned: always
    settings:
      description: Where the app's owner changes it, and generates keys.
      type: str
      returned: always
    permissions:
      description: Where the app's owner changes what it asks for.
      type: str
      returned: always
"""

from typing import Any, Mapping

from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import APP, SERVER, TOKEN, check_slug
from ansible_collections.hubops.github_apps.plugins.module_utils._base.plan import Plan, unchanged
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._module import run
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.apps import (
    count_installations,
    get_app,
    get_app_by_slug,
    urls_of,
)


def make_plan(client: Client, params: Mapping[str, Any], check_mode: bool) -> Plan:
    slug = params["slug"]
    app = get_app_by_slug(client, check_slug("slug", slug)) if slug else get_app(client)
    count = None if slug else count_installations(client, app)
    return unchanged(app=app, installations_count=app.get("installations_count", count), urls=urls_of(app))


ARGUMENT_SPEC = {**SERVER, **APP, **TOKEN, "slug": {"type": "str"}}


def main() -> None:
    run(make_plan, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
