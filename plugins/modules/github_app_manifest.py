#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_app_manifest."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_app_manifest
short_description: Complete the registration of a GitHub App from a manifest
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Exchanges the temporary code of the manifest flow for the app's ID, private key, client secret and webhook secret.
  - The code is valid for one hour and can be used only once, and GitHub returns the secrets only once. The module therefore
    creates the files for the secrets before it uses the code. The secrets are written only to these files.
extends_documentation_fragment:
  - hubops.github_apps.attributes
  - hubops.github_apps.attributes.github_apps
  - hubops.github_apps.server
  - hubops.github_apps.app
  - hubops.github_apps.app.token
options:
  code:
    description:
      - Temporary code from the URL to which GitHub redirected the browser.
      - Not required if both files in O(dest) already exist. No credentials are sent with the code.
    type: str
  dest:
    description:
      - Directory for two files with mode 0600. C(private-key.pem) contains the private key. C(app.json) contains the client
        secret, the webhook secret and the other data of the app.
      - If both files exist, nothing is changed.
    type: path
    required: true
seealso:
  - name: Registering a GitHub App from a manifest
    description: The steps in the browser that return the code.
    link: https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

EXAMPLES = r"""
- name: Complete the registration of the app
  hubops.github_apps.github_app_manifest:
    code: "{{ manifest_code }}"
    dest: "{{ keys_directory }}"
  register: created

- name: Get information about the new app with its private key
  hubops.github_apps.github_app_info:
    app_id: "{{ created.app.id }}"
    private_key_path: "{{ created.private_key_path }}"
"""

RETURN = r"""
app:
  description: The app, without its secrets.
  returned: outside check mode, or when the files already exist
  type: dict
  sample:
    id: 1001
    slug: hubops-demo
    client_id: Iv1.abc
    html_url: https://github.com/apps/hubops-demo
private_key_path:
  description: Path of the file with the private key, for the option O(private_key_path) of other modules.
  returned: success
  type: str
  sample: /etc/github/private-key.pem
secrets_path:
  description: Path of the file with the client secret and the webhook secret.
  returned: success
  type: str
  sample: /etc/github/app.json
"""

from typing import Any, Mapping

from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import APP, SERVER, TOKEN
from ansible_collections.hubops.github_apps.plugins.module_utils._base.plan import Plan
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._module import run
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.manifests import (
    convert_manifest,
    paths_in,
    read_converted,
)


def make_plan(client: Client, params: Mapping[str, Any], check_mode: bool) -> Plan:
    paths = paths_in(params["dest"])
    present = {"state": "present", **paths}
    app = read_converted(paths)
    if app:
        return Plan(present, present, returns={"app": app, **paths})
    return Plan(
        {"state": "absent"},
        present,
        steps=[lambda: {"app": convert_manifest(client, params["code"], paths)}],
        returns=paths,
    )


ARGUMENT_SPEC = {
    **SERVER,
    **APP,
    **TOKEN,
    "code": {"type": "str", "no_log": True},
    "dest": {"type": "path", "required": True},
}


def main() -> None:
    run(make_plan, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
