# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Authentication headers for the operations."""

from __future__ import annotations

from typing import Dict

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError, UnsupportedError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import basic
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import App, Credentials
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.jwt import (
    EXPIRES_IN,
    sign_app_jwt,
    sign_app_jwt_with,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github.endpoints import (
    APP,
    INSTALLATION,
    NOBODY,
    OAUTH_APP,
    PASSWORD,
    USER,
    Endpoint,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github.releases import Release

# https://docs.github.com/enterprise-server@3.18/apps/creating-github-apps/authenticating-with-a-github-app/
# generating-a-json-web-token-jwt-for-a-github-app
CLIENT_ID_AS_ISSUER = Release(3, 18)

NEEDS = {
    APP: "the app's own credentials: either app_id and private_key_path (GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY_PATH),"
    " or app_id and another key option (private_key, signer_command, vault_transit_key or aws_kms_key), or app_jwt",
    INSTALLATION: "an installation access token",
    USER: "a user's token in token or token_path (GITHUB_TOKEN or GITHUB_TOKEN_PATH)",
    OAUTH_APP: "client_id and client_secret (or client_secret_path) of the OAuth app",
    PASSWORD: "username and password",
}

OPTIONS = {
    INSTALLATION: "the installation token",
    PASSWORD: "username and password",
    NOBODY: "an unauthenticated request",
}


class Authenticator:
    """Creates the authentication headers of an operation from the configured credentials."""

    def __init__(self, credentials: Credentials) -> None:
        self.credentials = credentials
        self._jwt = ""
        self._jwt_good_until = 0.0

    def kind_for(self, endpoint: Endpoint) -> str:
        """The first kind of authentication that the operation accepts and the credentials provide."""
        held = {
            APP: self.credentials.app,
            INSTALLATION: self.credentials.installation_token,
            USER: self.credentials.user_token,
            OAUTH_APP: self.credentials.oauth_app,
            PASSWORD: self.credentials.login,
            NOBODY: True,
        }
        for kind in endpoint.auth:
            if held[kind]:
                return kind
        needs = " or ".join(NEEDS[kind] for kind in endpoint.auth)
        raise OptionError(f"This operation requires {needs}.{self.credentials.describe_given()}")

    def name_of(self, kind: str) -> str:
        """The options that the credentials of this kind came from, for messages."""
        held = self.credentials
        if kind == APP and held.app:
            return held.app.key_option if held.app.jwt else f"{held.app.id_option} and {held.app.key_option}"
        if kind == OAUTH_APP and held.oauth_app:
            return held.oauth_app.option
        return held.token_option if kind == USER else OPTIONS[kind]

    def identity_of(self, kind: str) -> str:
        """Whose requests the server counts: the app's, the user's, or those of an installation."""
        return self.credentials.installation_token or kind if kind == INSTALLATION else kind

    def headers(self, kind: str, release: Release, now: float) -> Dict[str, str]:
        """The authentication headers; `now` is the server's time in seconds."""
        credentials = self.credentials
        if kind == APP and credentials.app:
            return {"Authorization": f"Bearer {self.app_jwt(credentials.app, release, now)}"}
        if kind == OAUTH_APP and credentials.oauth_app:
            return {"Authorization": basic(credentials.oauth_app.client_id, credentials.oauth_app.client_secret)}
        if kind == INSTALLATION:
            return {"Authorization": f"Bearer {credentials.installation_token}"}
        if kind == USER:
            return {"Authorization": f"Bearer {credentials.user_token}"}
        if kind == PASSWORD and credentials.login:
            otp = credentials.login.one_time_password
            signed_in = {"Authorization": basic(credentials.login.username, credentials.login.password)}
            return {**signed_in, "X-GitHub-OTP": otp} if otp else signed_in
        return {}

    def forget_jwt(self) -> None:
        """Sign a new JWT for the next request, because the current one has wrong timestamps."""
        self._jwt = ""

    def app_jwt(self, app: App, release: Release, now: float) -> str:
        if app.jwt:
            return app.jwt
        if not self._jwt or now > self._jwt_good_until:
            sign, key = (sign_app_jwt_with, app.signer) if app.signer else (sign_app_jwt, app.private_key)
            self._jwt = sign(issuer(app, release), key, now)
            self._jwt_good_until = now + EXPIRES_IN - 60
        return self._jwt


def issuer(app: App, release: Release) -> str:
    """The app ID if it is known, which every release accepts, or else the client ID if the release accepts it."""
    if app.app_id:
        return app.app_id
    if release < CLIENT_ID_AS_ISSUER:
        raise UnsupportedError(
            f"GitHub Enterprise Server {release} does not accept the client ID of an app (3.18 and later do). Set"
            " app_id instead."
        )
    return app.client_id or ""
