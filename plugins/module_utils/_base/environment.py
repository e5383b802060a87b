# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Environment variables of the options. (Every use of a lookup compiles this file, so keep it small.)"""

from __future__ import annotations

SERVER = {
    "api_url": "GITHUB_API_URL",
    "server_version": "GITHUB_SERVER_VERSION",
    "api_version": "GITHUB_API_VERSION",
    "validate_certs": "GITHUB_VALIDATE_CERTS",
    "ca_path": "GITHUB_CA_PATH",
    "timeout": "GITHUB_TIMEOUT",
    "retries": "GITHUB_RETRIES",
    "max_wait": "GITHUB_MAX_WAIT",
    "points_per_minute": "GITHUB_POINTS_PER_MINUTE",
}

APP = {
    "app_id": "GITHUB_APP_ID",
    "client_id": "GITHUB_APP_CLIENT_ID",
    "private_key": "GITHUB_APP_PRIVATE_KEY",
    "private_key_path": "GITHUB_APP_PRIVATE_KEY_PATH",
    "private_key_passphrase": "GITHUB_APP_PRIVATE_KEY_PASSPHRASE",
    "app_jwt": "GITHUB_APP_JWT",
    "signer_command": "GITHUB_APP_SIGNER_COMMAND",
    "signer_timeout": "GITHUB_APP_SIGNER_TIMEOUT",
    "vault_transit_key": "GITHUB_APP_VAULT_TRANSIT_KEY",
    "vault_transit_mount": "GITHUB_APP_VAULT_TRANSIT_MOUNT",
    "vault_url": "GITHUB_APP_VAULT_URL",
    "vault_namespace": "GITHUB_APP_VAULT_NAMESPACE",
    "vault_ca_path": "GITHUB_APP_VAULT_CA_PATH",
    "vault_token": "GITHUB_APP_VAULT_TOKEN",
    "vault_token_path": "GITHUB_APP_VAULT_TOKEN_PATH",
    "vault_role_id": "GITHUB_APP_VAULT_ROLE_ID",
    "vault_secret_id": "GITHUB_APP_VAULT_SECRET_ID",
    "vault_secret_id_path": "GITHUB_APP_VAULT_SECRET_ID_PATH",
    "vault_jwt_path": "GITHUB_APP_VAULT_JWT_PATH",
    "vault_auth_mount": "GITHUB_APP_VAULT_AUTH_MOUNT",
    "aws_kms_key": "GITHUB_APP_AWS_KMS_KEY",
    "aws_kms_region": "GITHUB_APP_AWS_KMS_REGION",
}

TOKEN = {"token": "GITHUB_TOKEN", "token_path": "GITHUB_TOKEN_PATH"}

# For everything that creates an installation access token: server, app and installation.
MINTING_ENVIRONMENT = {
    **SERVER,
    **APP,
    "installation_id": "GITHUB_APP_INSTALLATION_ID",
    "enterprise": "GITHUB_APP_ENTERPRISE",
}

ENVIRONMENT = {**MINTING_ENVIRONMENT, **TOKEN}

# For modules that act on all installations, or in which installation_id has another meaning.
ENVIRONMENT_WITHOUT_INSTALLATION = {**SERVER, **APP, **TOKEN}

# An OAuth app has its own variables because its client ID differs from that of the GitHub App.
OAUTH_ENVIRONMENT = {
    **SERVER,
    "client_id": "GITHUB_OAUTH_CLIENT_ID",
    "client_secret": "GITHUB_OAUTH_CLIENT_SECRET",
    "client_secret_path": "GITHUB_OAUTH_CLIENT_SECRET_PATH",
    "username": "GITHUB_USERNAME",
    "password": "GITHUB_PASSWORD",
    "one_time_password": "GITHUB_ONE_TIME_PASSWORD",
}
