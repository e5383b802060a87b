#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_app_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_app_info
short_description: Get information about a GitHub App
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Gets information about the app that the credentials belong to, or about any other app by its slug.
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
      - Name of the app, as it appears in the URL of its public page.
      - If not set, the module returns the app that the credentials belong to.
      - A public app requires no credentials. A private app requires the O(token) of a user who can see the app.
    type: str
seealso:
  - module: hubops.github_apps.github_app_installation_info
  - name: GitHub Apps in GitHub's REST API
    description: Reference of the operations that this module uses.
    link: https://docs.github.com/rest/apps/apps
"""

EXAMPLES = r"""
- name: Get information about the app
  hubops.github_apps.github_app_info:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
  register: result

- name: Show the page where the owner of an account installs the app
  ansible.builtin.debug:
    var: result.urls.install

# GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY_PATH are set in the environment.
- name: Get information about the app with credentials from the environment
  hubops.github_apps.github_app_info:

- name: Get information about an app on GitHub Enterprise Server
  hubops.github_apps.github_app_info:
    api_url: https://github.example.com
    server_version: "3.19"
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem

- name: Get information about another app
  hubops.github_apps.github_app_info:
    slug: other-app
"""

RETURN = r"""
app:
  description:
    - The app, as returned by GitHub.
    - See U(https://docs.github.com/rest/apps/apps#get-the-authenticated-app).
  returned: success
  type: dict
  sample:
    id: 1001
    slug: hubops-demo
    permissions:
      contents: read
installations_count:
  description: Number of installations of the app. Null for an app that the credentials do not belong to.
  returned: success
  type: int
  sample: 3
urls:
  description: Pages on which the app is managed. A URL is null if GitHub does not return the data that is needed to build it.
  returned: success
  type: dict
  contains:
    public:
      description: Public page of the app.
      type: str
      returned: always
    install:
      description: Page on which the owner of an account installs the app.
      type: str
      returned: always
    settings:
      description: Page on which the app's owner changes its settings and generates private keys.
      type: str
      returned: always
    permissions:
      description: Page on which the app's owner changes the permissions that the app requests.
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
    app = get_app_by_slug(client, check_slug("slug", slug, "the app's page")) if slug else get_app(client)
    count = None if slug else count_installations(client, app)
    return unchanged(app=app, installations_count=app.get("installations_count", count), urls=urls_of(app))


ARGUMENT_SPEC = {**SERVER, **APP, **TOKEN, "slug": {"type": "str"}}


def main() -> None:
    run(make_plan, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
