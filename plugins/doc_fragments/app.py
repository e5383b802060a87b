# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options with which an app, or a user, authenticates."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  app_id:
    description:
      - Id of the GitHub App, as shown on its settings page.
      - If not set, the environment variable E(GITHUB_APP_ID) is used.
    type: str
  client_id:
    description:
      - Client id of the GitHub App, which can stand for O(app_id) on github.com and on GitHub Enterprise Server 3.18 and
        newer. Where both are given, O(app_id) is used.
      - If not set, the environment variable E(GITHUB_APP_CLIENT_ID) is used.
    type: str
  private_key:
    description:
      - A private key of the app, PKCS#1 or PKCS#8 in PEM. Common damage is repaired, such as Base64 around the key, quotes, and line
        breaks written as C(\n).
      - If not set, the environment variable E(GITHUB_APP_PRIVATE_KEY) is used.
    type: str
  private_key_path:
    description:
      - File with a private key of the app, on the machine where this runs.
      - If not set, the environment variable E(GITHUB_APP_PRIVATE_KEY_PATH) is used.
    type: path
  private_key_passphrase:
    description:
      - Passphrase of an encrypted private key.
      - If not set, the environment variable E(GITHUB_APP_PRIVATE_KEY_PASSPHRASE) is used.
    type: str
  app_jwt:
    description:
      - A JSON web token of the app that was signed elsewhere, for keys that never leave a key management service. It
        takes the place of O(app_id), O(client_id) and O(private_key).
      - If not set, the environment variable E(GITHUB_APP_JWT) is used.
    type: str
notes:
  - Each of O(app_id), O(client_id) and O(app_jwt) silences the environment variables of the others, and so does each of
    O(private_key), O(private_key_path) and O(app_jwt).
  - An app signs with the time. Where GitHub refuses the time of this machine's clock, the app signs by GitHub's clock and warns;
    a clock that is more than an hour off is an error that tells both times.
requirements:
  - PyJWT >= 2.3.0
  - cryptography >= 3.4.8
"""

    TOKEN = r"""
options:
  token:
    description:
      - A user's token, for operations that GitHub does not let an app do. Others do not use it.
      - If not set, the environment variable E(GITHUB_TOKEN) is used.
    type: str
  token_path:
    description:
      - File that holds such a token and nothing else, on the machine where this runs; in place of O(token).
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
