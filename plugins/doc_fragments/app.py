# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that authenticate an app or a user."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  app_id:
    description:
      - ID of the GitHub App, as shown on its settings page.
      - If not set, the environment variable E(GITHUB_APP_ID) is used.
    type: str
  client_id:
    description:
      - Client ID of the GitHub App. It can be used instead of O(app_id) on github.com and on GitHub Enterprise Server 3.18 and
        later. If both are set, O(app_id) is used.
      - If not set, the environment variable E(GITHUB_APP_CLIENT_ID) is used.
    type: str
  private_key:
    description:
      - Private key of the app, as PKCS#1 or PKCS#8 in PEM format. Common formatting errors are corrected, such as an additional Base64
        encoding, quotes, and line breaks written as C(\n).
      - If not set, the environment variable E(GITHUB_APP_PRIVATE_KEY) is used.
    type: str
  private_key_path:
    description:
      - Path to a file with a private key of the app, on the machine that runs the module or lookup.
      - If not set, the environment variable E(GITHUB_APP_PRIVATE_KEY_PATH) is used.
    type: path
  private_key_passphrase:
    description:
      - Passphrase of an encrypted private key.
      - If not set, the environment variable E(GITHUB_APP_PRIVATE_KEY_PASSPHRASE) is used.
    type: str
  app_jwt:
    description:
      - JWT of the app that was signed elsewhere, for private keys that never leave a key management service. It replaces
        O(app_id), O(client_id) and O(private_key).
      - If not set, the environment variable E(GITHUB_APP_JWT) is used.
    type: str
notes:
  - Setting one of O(app_id), O(client_id) and O(app_jwt) disables the environment variables of the others. The same
    applies to O(private_key), O(private_key_path) and O(app_jwt).
  - The app's JWT contains timestamps. If GitHub rejects them, the JWT is signed again with GitHub's time, and a warning is
    shown. If the local clock is off by more than an hour, the task fails with a message that contains both times.
requirements:
  - PyJWT >= 2.3.0
  - cryptography >= 3.4.8
"""

    TOKEN = r"""
options:
  token:
    description:
      - Token of a user, for operations that GitHub does not allow an app to perform. Other operations do not use it.
      - If not set, the environment variable E(GITHUB_TOKEN) is used.
    type: str
  token_path:
    description:
      - Path to a file that contains only the token, on the host that runs the module. Use it instead of O(token).
      - If not set, the environment variable E(GITHUB_TOKEN_PATH) is used.
    type: path
"""

    PLUGINS = r"""
options:
  app_id:
    env:
      - name: GITHUB_APP_ID
    vars:
      - name: github_app_id
  client_id:
    env:
      - name: GITHUB_APP_CLIENT_ID
    vars:
      - name: github_app_client_id
  private_key:
    secret: true
    env:
      - name: GITHUB_APP_PRIVATE_KEY
    vars:
      - name: github_app_private_key
  private_key_path:
    env:
      - name: GITHUB_APP_PRIVATE_KEY_PATH
    vars:
      - name: github_app_private_key_path
  private_key_passphrase:
    secret: true
    env:
      - name: GITHUB_APP_PRIVATE_KEY_PASSPHRASE
    vars:
      - name: github_app_private_key_passphrase
  app_jwt:
    secret: true
    env:
      - name: GITHUB_APP_JWT
    vars:
      - name: github_app_jwt
"""
