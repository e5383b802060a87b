#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_app_manifest."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_app_manifest
short_description: Complete a GitHub App that was made from a manifest and keep its secrets
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Exchanges the temporary code of the manifest flow for the app's id, private key, client secret and webhook secret.
  - The code works once, within an hour, and GitHub shows the secrets once. So the files for them are made before the code is
    spent, and the secrets are in these files and nowhere else.
extends_documentation_fragment:
  - hubops.github_apps.attributes
  - hubops.github_apps.attributes.github_apps
  - hubops.github_apps.server
  - hubops.github_apps.app
  - hubops.github_apps.app.token
options:
  code:
    description:
      - The temporary code with which GitHub sent the browser back.
      - It is not needed where the files are there already. No credentials are sent with it.
    type: str
  dest:
    description:
      - Directory for two files, which get mode 0600. C(private-key.pem) is the private key, and C(app.json) holds the client
        secret and the webhook secret with what is known about the app.
      - Where both files are there, nothing is changed.
    type: path
    required: true
seealso:
  - name: Registering a GitHub App from a manifest
    description: The flow in the browser that ends with the code.
    link: https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

EXAMPLES = r"""
- name: Complete the app
  hubops.github_apps.github_app_manifest:
    code: "{{ manifest_code }}"
    dest: "{{ keys_directory }}"
  register: completed

- name: What is known about it
  ansible.builtin.debug:
    var: completed.app
"""

RETURN = r"""
app:
  description: What is known about the app, without its secrets.
  returned: outside check mode, or when the files are there
  type: dict
  sample:
    id: 1001
    slug: hubops-demo
    client_id: Iv1.abc
    html_url: https://github.com/apps/hubops-demo
private_key_path:
  description: The file with the private key, ready for the option of that name of the other modules.
  returned: success
  type: str
  sample: /etc/github/private-key.pem
secrets_path:
  description: The file with the client secret and the webhook secret.
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
