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
      - JWT that authenticates as the app and was signed outside of this collection. It replaces O(app_id), O(client_id) and
        O(private_key). It expires after at most ten minutes and cannot be renewed.
      - If not set, the environment variable E(GITHUB_APP_JWT) is used.
    type: str
  signer_command:
    description:
      - List with a program and its arguments. The program signs with the app's private key. A string is split like a command line, but no
        shell is involved.
      - The program reads the data to sign from standard input, and prints only the signature (RSASSA-PKCS1-v1_5 with SHA-256), as
        bytes or in Base64. It inherits the environment. Its error messages are not shown, because they can contain secrets.
      - Other users of the machine can see the arguments, so they must not contain secrets.
      - If not set, the environment variable E(GITHUB_APP_SIGNER_COMMAND) is used.
    type: raw
  signer_timeout:
    description:
      - Maximum number of seconds, from 1 to 3600, that O(signer_command) can run, or that the task waits for each response from
        Vault or AWS KMS. The default is 30.
      - If not set, the environment variable E(GITHUB_APP_SIGNER_TIMEOUT) is used.
    type: int
  vault_transit_key:
    description:
      - Name of the app's private key in the transit secrets engine of HashiCorp Vault or OpenBao. The key must have the type C(rsa-2048).
      - The Vault token needs a policy with the capability C(update) on C(transit/sign/KEY). With the capability C(read) on
        C(transit/keys/KEY), the fingerprint of the key is shown if GitHub rejects the signature.
      - If not set, the environment variable E(GITHUB_APP_VAULT_TRANSIT_KEY) is used.
    type: str
  vault_transit_mount:
    description:
      - Path where the transit secrets engine is mounted. The default is V(transit).
      - If not set, the environment variable E(GITHUB_APP_VAULT_TRANSIT_MOUNT) is used.
    type: str
  vault_url:
    description:
      - URL of Vault, such as C(https://vault.example.com:8200).
      - If not set, the environment variable E(GITHUB_APP_VAULT_URL) or E(VAULT_ADDR) is used.
    type: str
  vault_namespace:
    description:
      - Namespace in Vault.
      - If not set, the environment variable E(GITHUB_APP_VAULT_NAMESPACE) or E(VAULT_NAMESPACE) is used.
    type: str
  vault_ca_path:
    description:
      - Path to a file or a directory with the CA certificates that are trusted for Vault.
      - If not set, the environment variable E(GITHUB_APP_VAULT_CA_PATH), E(VAULT_CACERT) or E(VAULT_CAPATH) is used. With
        E(VAULT_SKIP_VERIFY), the certificate of Vault is not verified.
    type: path
  vault_token:
    description:
      - Token for Vault.
      - If not set, the environment variable E(GITHUB_APP_VAULT_TOKEN) is used. If this variable is not set and no login with
        AppRole or a JWT is configured, E(VAULT_TOKEN) or the file C(~/.vault-token) is used.
    type: str
  vault_token_path:
    description:
      - Path to a file that contains only the token for Vault. Use it instead of O(vault_token).
      - If not set, the environment variable E(GITHUB_APP_VAULT_TOKEN_PATH) is used.
    type: path
  vault_role_id:
    description:
      - Role ID for a login with AppRole or, with O(vault_jwt_path), name of the role for a login with a JWT. The Vault token that
        the login returns is revoked after each signature.
      - If not set, the environment variable E(GITHUB_APP_VAULT_ROLE_ID) is used.
    type: str
  vault_secret_id:
    description:
      - Secret ID for a login with AppRole.
      - If not set, the environment variable E(GITHUB_APP_VAULT_SECRET_ID) is used.
    type: str
  vault_secret_id_path:
    description:
      - Path to a file that contains only the secret ID. Use it instead of O(vault_secret_id).
      - If not set, the environment variable E(GITHUB_APP_VAULT_SECRET_ID_PATH) is used.
    type: path
  vault_jwt_path:
    description:
      - Path to a file with the JWT for a login to Vault, such as the token of a Kubernetes service account.
      - If not set, the environment variable E(GITHUB_APP_VAULT_JWT_PATH) is used.
    type: path
  vault_auth_mount:
    description:
      - Path where the auth method of the login is mounted. The default is V(jwt) with O(vault_jwt_path), and V(approle)
        otherwise.
      - If not set, the environment variable E(GITHUB_APP_VAULT_AUTH_MOUNT) is used.
    type: str
  aws_kms_key:
    description:
      - ID, ARN or alias of the app's private key in AWS Key Management Service (KMS). The key must have the key spec C(RSA_2048) and the
        key usage C(SIGN_VERIFY). boto3 finds the AWS credentials in the usual places.
      - The IAM identity needs the permission C(kms:Sign). With the permission C(kms:GetPublicKey), the fingerprint of the key
        is shown if GitHub rejects the signature.
      - If not set, the environment variable E(GITHUB_APP_AWS_KMS_KEY) is used.
    type: str
  aws_kms_region:
    description:
      - Region of the key. It is not needed if O(aws_kms_key) is an ARN.
      - If not set, the environment variable E(GITHUB_APP_AWS_KMS_REGION) or E(AWS_REGION), or the default region of boto3, is used.
    type: str
notes:
  - Setting one of O(app_id), O(client_id) and O(app_jwt) disables the environment variables of the others. The same
    applies to O(private_key), O(private_key_path), O(signer_command), O(vault_transit_key), O(aws_kms_key) and O(app_jwt).
  - The app's JWT contains timestamps. If GitHub rejects them, the JWT is signed again with GitHub's time, and a warning is
    shown. If the local clock is off by more than an hour, the task fails with a message that contains both times.
requirements:
  - PyJWT >= 2.3.0
  - cryptography >= 3.4.8
  - hvac >= 1.0.0 (only for O(vault_transit_key))
  - boto3 >= 1.20.34 (only for O(aws_kms_key))
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
      - Path to a file on the host that runs the module. The file contains only the token. Use this option instead of O(token).
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
  signer_command:
    env:
      - name: GITHUB_APP_SIGNER_COMMAND
    vars:
      - name: github_app_signer_command
  signer_timeout:
    env:
      - name: GITHUB_APP_SIGNER_TIMEOUT
    vars:
      - name: github_app_signer_timeout
  vault_transit_key:
    env:
      - name: GITHUB_APP_VAULT_TRANSIT_KEY
    vars:
      - name: github_app_vault_transit_key
  vault_transit_mount:
    env:
      - name: GITHUB_APP_VAULT_TRANSIT_MOUNT
    vars:
      - name: github_app_vault_transit_mount
  vault_url:
    env:
      - name: GITHUB_APP_VAULT_URL
    vars:
      - name: github_app_vault_url
  vault_namespace:
    env:
      - name: GITHUB_APP_VAULT_NAMESPACE
    vars:
      - name: github_app_vault_namespace
  vault_ca_path:
    env:
      - name: GITHUB_APP_VAULT_CA_PATH
    vars:
      - name: github_app_vault_ca_path
  vault_token:
    secret: true
    env:
      - name: GITHUB_APP_VAULT_TOKEN
    vars:
      - name: github_app_vault_token
  vault_token_path:
    env:
      - name: GITHUB_APP_VAULT_TOKEN_PATH
    vars:
      - name: github_app_vault_token_path
  vault_role_id:
    env:
      - name: GITHUB_APP_VAULT_ROLE_ID
    vars:
      - name: github_app_vault_role_id
  vault_secret_id:
    secret: true
    env:
      - name: GITHUB_APP_VAULT_SECRET_ID
    vars:
      - name: github_app_vault_secret_id
  vault_secret_id_path:
    env:
      - name: GITHUB_APP_VAULT_SECRET_ID_PATH
    vars:
      - name: github_app_vault_secret_id_path
  vault_jwt_path:
    env:
      - name: GITHUB_APP_VAULT_JWT_PATH
    vars:
      - name: github_app_vault_jwt_path
  vault_auth_mount:
    env:
      - name: GITHUB_APP_VAULT_AUTH_MOUNT
    vars:
      - name: github_app_vault_auth_mount
  aws_kms_key:
    env:
      - name: GITHUB_APP_AWS_KMS_KEY
    vars:
      - name: github_app_aws_kms_key
  aws_kms_region:
    env:
      - name: GITHUB_APP_AWS_KMS_REGION
    vars:
      - name: github_app_aws_kms_region
"""
