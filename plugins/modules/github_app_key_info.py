#!/usr/bin/python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_app_key_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: github_app_key_info
short_description: Get information about private keys of a GitHub App
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Returns the fingerprints of one or more private keys, and whether GitHub accepts the keys for the app. The settings page of the app shows
    the same fingerprints.
  - Sends one request for each key. GitHub's API has no operation that lists the keys of an app or returns their age.
  - A key that cannot be read or that GitHub rejects does not make the task fail. Its result contains the error. The task fails if GitHub
    cannot be reached, or if the app does not exist.
extends_documentation_fragment:
  - hubops.github_apps.attributes
  - hubops.github_apps.attributes.info
  - hubops.github_apps.attributes.github_apps
  - hubops.github_apps.server
  - hubops.github_apps.app
  - hubops.github_apps.app.token
options:
  app_keys:
    description:
      - The private keys. Each entry sets exactly one suboption besides O(app_keys[].private_key_passphrase), which is optional.
      - The other options of the app, such as O(app_id), O(vault_url) and O(aws_kms_region), apply to all entries.
      - If not set, the module returns information about the key of O(private_key), O(private_key_path), O(signer_command),
        O(vault_transit_key) or O(aws_kms_key).
    type: list
    elements: dict
    suboptions:
      private_key:
        description: Same as O(private_key).
        type: str
      private_key_path:
        description: Same as O(private_key_path).
        type: path
      private_key_passphrase:
        description: Passphrase of the key in this entry. The option O(private_key_passphrase) of the module does not apply to the entries.
        type: str
      signer_command:
        description: Same as O(signer_command). The fingerprint is not known, because the program only returns signatures.
        type: raw
      vault_transit_key:
        description: Same as O(vault_transit_key). To read the public key, the policy needs the capability C(read) on C(transit/keys/KEY).
        type: str
      aws_kms_key:
        description: Same as O(aws_kms_key). To read the public key, the IAM identity needs the permission C(kms:GetPublicKey).
        type: str
seealso:
  - module: hubops.github_apps.github_app_info
  - module: hubops.github_apps.github_app_check_info
  - name: Managing private keys for GitHub Apps
    description: How to verify the fingerprint of a key, and how to delete a key.
    link: https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/managing-private-keys-for-github-apps
"""

EXAMPLES = r"""
- name: Get information about a key
  hubops.github_apps.github_app_key_info:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
  register: result

- name: Show the fingerprint of the key
  ansible.builtin.debug:
    msg: "{{ result.app_keys[0].fingerprint }}"

- name: Get information about two keys
  hubops.github_apps.github_app_key_info:
    app_id: "1001"
    app_keys:
      - private_key_path: ~/hubops-demo.private-key.pem
      - private_key: "{{ vaulted_private_key }}"
  register: result

- name: Check that GitHub accepts both keys
  ansible.builtin.assert:
    that: result.app_keys | rejectattr('accepted', 'equalto', true) | length == 0
    fail_msg: "{{ result.app_keys | map(attribute='error') | select | join(' ') }}"
"""

RETURN = r"""
app_keys:
  description: The keys, in the order of O(app_keys).
  returned: success
  type: list
  elements: dict
  contains:
    option:
      description: The option that provides the key, such as V(private_key_path).
      type: str
    name:
      description:
        - Path of the file, or name of the key in Vault or AWS KMS.
        - Null for O(app_keys[].private_key) and O(app_keys[].signer_command).
      type: str
    fingerprint:
      description:
        - Fingerprint of the key, as shown on the settings page of the app. It is the SHA-256 of the public key in DER format, in Base64.
        - Null if the key cannot be read, or if the signer does not return the public key.
      type: str
    size:
      description: Size of the key in bits. Null if RV(app_keys[].fingerprint) is null.
      type: int
    accepted:
      description: Whether GitHub accepts the key for the app. Null if the key cannot be read, or if the signer did not return a signature.
      type: bool
    file_modified_at:
      description:
        - Time of the last change of the file. Null if the key is not in a file.
        - GitHub does not return the age of a key. A key is at least as old as its file, but can be older, because a copy of the file has
          the time of the copy.
      type: str
    error:
      description: Why the key was not accepted or cannot be read. Null if there is no error.
      type: str
  sample:
    - option: private_key_path
      name: ~/hubops-demo.private-key.pem
      fingerprint: SHA256:Kr8v1s5dCyZocS2rl8FxlNpGrfO1vre2KGsXgn1HUZ0=
      size: 2048
      accepted: true
      file_modified_at: "2026-01-31T09:30:00Z"
      error: null
app:
  description:
    - The app, as returned by GitHub. Null if GitHub accepts none of the keys.
    - See U(https://docs.github.com/rest/apps/apps#get-the-authenticated-app).
  returned: success
  type: dict
  sample:
    id: 1001
    slug: hubops-demo
settings_url:
  description:
    - Page on which the app's owner generates and deletes private keys. GitHub's API cannot delete a key.
    - Null if RV(app) is null, or if GitHub does not return the data that is needed to build the URL.
  returned: success
  type: str
  sample: https://github.com/organizations/octo-org/settings/apps/hubops-demo
"""

from functools import partial
from typing import Any, Mapping

from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import APP, SERVER, TOKEN
from ansible_collections.hubops.github_apps.plugins.module_utils._base.plan import Plan, unchanged
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.app_keys import (
    APP_KEYS,
    credentials_with_keys,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client, create_client
from ansible_collections.hubops.github_apps.plugins.module_utils._module import run
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.app_keys import examine_key
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.apps import urls_of


def make_plan(client: Client, params: Mapping[str, Any], check_mode: bool) -> Plan:
    examined = [examine_key(client, key) for key in client.credentials.app_keys]
    app = next((key.app for key in examined if key.app), None)
    return unchanged(
        app_keys=[key.facts for key in examined], app=app, settings_url=urls_of(app)["settings"] if app else None
    )


ARGUMENT_SPEC = {**SERVER, **APP, **TOKEN, **APP_KEYS}


def main() -> None:
    run(make_plan, ARGUMENT_SPEC, connect=partial(create_client, read_credentials=credentials_with_keys))


if __name__ == "__main__":
    main()
