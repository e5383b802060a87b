# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Grants of users for an OAuth app (https://docs.github.com/rest/apps/oauth-applications).

Servers before 2.20 only support operations with the token in their path. These are used only if there is no
alternative.
"""

from __future__ import annotations

import hashlib
from typing import Any, Dict, Mapping, Optional, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    ApiError,
    OptionError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import OAuthApp, clean_secret
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.permission_names import describe_suggestions
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.scopes import scope_from

# Each operation with the token in its body, and with the token in its path.
CHECK = ("apps/check-token", "apps/check-authorization")
RESET = ("apps/reset-token", "apps/reset-authorization")
DELETE_TOKEN = ("apps/delete-token", "apps/revoke-authorization-for-application")
DELETE_GRANT = ("apps/delete-authorization", "apps/revoke-grant-for-application")


def require_oauth_app(client: Client) -> OAuthApp:
    """The OAuth app; `OptionError` if its client ID or client secret is missing."""
    if client.credentials.oauth_app is None:
        raise OptionError(
            "client_id and client_secret are required (or GITHUB_OAUTH_CLIENT_ID and GITHUB_OAUTH_CLIENT_SECRET)."
            + client.credentials.describe_given()
        )
    return client.credentials.oauth_app


def clean_access_token(client: Client, access_token: Optional[str]) -> str:
    """The validated token; `OptionError` if the credentials of the OAuth app are missing."""
    require_oauth_app(client)
    return clean_secret("access_token", access_token) or ""


def with_token(
    client: Client, access_token: str, operations: Tuple[str, str], legacy: bool
) -> Tuple[str, Dict[str, Any]]:
    """The operation to use, with the token in its body or in its path, and its arguments.

    :param legacy: prefer the operation with the token in its path. It is always used if the server supports no other.
    """
    by_body, by_path = operations
    client_id = require_oauth_app(client).client_id
    if legacy or not client.offers(by_body):
        return by_path, {"client_id": client_id, "access_token": access_token}
    return by_body, {"client_id": client_id, "body": {"access_token": access_token}}


def find_authorization(client: Client, access_token: str, legacy: bool = False) -> Optional[Dict[str, Any]]:
    """The authorization that the token belongs to; None if GitHub does not know the token."""
    operation, arguments = with_token(client, access_token, CHECK, legacy)
    return client.find(operation, "id", **arguments)


def delete_grant(client: Client, access_token: str, legacy: bool = False) -> Dict[str, Any]:
    """Delete the grant that the token belongs to, with all its tokens."""
    operation, arguments = with_token(client, access_token, DELETE_GRANT, legacy)
    return {"changed": client.delete(operation, **arguments)}


def delete_token(client: Client, access_token: str, legacy: bool = False) -> Dict[str, Any]:
    """Delete only the token."""
    operation, arguments = with_token(client, access_token, DELETE_TOKEN, legacy)
    return {"changed": client.delete(operation, **arguments)}


def describe_grant(authorization: Mapping[str, Any]) -> Dict[str, Any]:
    """A summary of an authorization for the diff, without its token."""
    return {
        "id": authorization.get("id"),
        "user": (authorization.get("user") or {}).get("login"),
        "scopes": authorization.get("scopes") or [],
    }


def without_token(authorization: Mapping[str, Any]) -> Dict[str, Any]:
    """The authorization or grant without its secrets."""
    return {name: value for name, value in authorization.items() if name not in ("token", "hashed_token")}


def as_new_token(authorization: Mapping[str, Any]) -> Dict[str, Any]:
    return {"token": authorization["token"], "authorization": without_token(authorization)}


def reset_token(client: Client, access_token: str, legacy: bool = False) -> Dict[str, Any]:
    """Replace the token with a new one. The request is never repeated, because it invalidates the old token."""
    operation, arguments = with_token(client, access_token, RESET, legacy)
    return as_new_token(client.get(operation, "token", **arguments))


def scope_token(client: Client, access_token: str, body: Mapping[str, Any]) -> Dict[str, Any]:
    """Create a new token with fewer rights than the given one."""
    client_id = require_oauth_app(client).client_id
    sent = {"access_token": access_token, **body}
    try:
        return as_new_token(client.get("apps/scope-token", "token", body=sent, client_id=client_id))
    except ApiError as error:
        if error.status == 422:
            error.explanation += describe_suggestions(body.get("permissions") or {})
        raise


def scoped_body(options: Mapping[str, Any]) -> Dict[str, Any]:
    """The limits of a scoped token; `OptionError` if GitHub would reject them."""
    scope = scope_from(options)
    if scope.selection:
        raise OptionError("repositories cannot contain patterns with state=scoped. Use the names of the repositories.")
    if bool(options.get("target")) == bool(options.get("target_id")):
        raise OptionError(
            "state=scoped requires exactly one of target and target_id, to select the account that the new token is"
            " limited to."
        )
    if scope.repositories and scope.repository_ids:
        raise OptionError(
            "With state=scoped, repositories and repository_ids cannot be used together. Set only one of them."
        )
    target = {name: options[name] for name in ("target", "target_id") if options.get(name)}
    return {**target, **scope.body()}


def new_token_identity(client: Client, access_token: str, state: str, body: Mapping[str, Any]) -> Dict[str, Any]:
    """The purpose and origin of a new token, without the token itself."""
    return {
        "api_url": client.server.api_url,
        "client_id": require_oauth_app(client).client_id,
        "made_from": hashlib.sha256(access_token.encode()).hexdigest(),
        "state": state,
        **body,
    }
