# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Grants that users gave to an OAuth application (https://docs.github.com/rest/apps/oauth-applications).

Servers before 2.20 know only operations with the token in their path; they are used where there is nothing else.
"""

from __future__ import annotations

import hashlib
from typing import Any, Dict, Mapping, Optional, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    ApiError,
    ConnectionFailedError,
    OptionError,
    PartialChangeError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import OAuthApp, clean_secret
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.permission_names import describe_suggestions
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.scopes import scope_from

# Each with the token in its body, and with the token in its path.
CHECK = ("apps/check-token", "apps/check-authorization")
RESET = ("apps/reset-token", "apps/reset-authorization")
DELETE_TOKEN = ("apps/delete-token", "apps/revoke-authorization-for-application")
DELETE_GRANT = ("apps/delete-authorization", "apps/revoke-grant-for-application")


def require_oauth_app(client: Client) -> OAuthApp:
    """The OAuth application; `OptionError` where client id or client secret are missing."""
    if client.credentials.oauth_app is None:
        raise OptionError(
            "client_id and client_secret are required (or GITHUB_OAUTH_CLIENT_ID and GITHUB_OAUTH_CLIENT_SECRET)."
            + client.credentials.describe_given()
        )
    return client.credentials.oauth_app


def clean_access_token(client: Client, access_token: Optional[str]) -> str:
    """The token, once it is sure that there is an application to ask as."""
    require_oauth_app(client)
    return clean_secret("access_token", access_token) or ""


def with_token(
    client: Client, access_token: str, operations: Tuple[str, str], legacy: bool
) -> Tuple[str, Dict[str, Any]]:
    """The first operation, with the token in its body, or the second one, with the token in its path; and its arguments.

    :param legacy: whether the second one is wanted where the server has both; it is used where there is nothing else.
    """
    by_body, by_path = operations
    client_id = require_oauth_app(client).client_id
    if legacy or not client.offers(by_body):
        return by_path, {"client_id": client_id, "access_token": access_token}
    return by_body, {"client_id": client_id, "body": {"access_token": access_token}}


def find_authorization(client: Client, access_token: str, legacy: bool = False) -> Optional[Dict[str, Any]]:
    """What GitHub knows about the token; None where it does not know it."""
    operation, arguments = with_token(client, access_token, CHECK, legacy)
    return client.find(operation, "id", **arguments)


def delete_grant(client: Client, access_token: str, legacy: bool = False) -> Dict[str, Any]:
    """Deletes the grant behind the token, with all tokens that belong to it."""
    operation, arguments = with_token(client, access_token, DELETE_GRANT, legacy)
    return {"changed": client.delete(operation, **arguments)}


def delete_token(client: Client, access_token: str, legacy: bool = False) -> Dict[str, Any]:
    """Deletes the token and nothing else."""
    operation, arguments = with_token(client, access_token, DELETE_TOKEN, legacy)
    return {"changed": client.delete(operation, **arguments)}


def describe_grant(authorization: Mapping[str, Any]) -> Dict[str, Any]:
    """What may be shown of an authorization: never its token."""
    return {
        "id": authorization.get("id"),
        "user": (authorization.get("user") or {}).get("login"),
        "scopes": authorization.get("scopes") or [],
    }


def without_token(authorization: Mapping[str, Any]) -> Dict[str, Any]:
    """The authorization, or grant, without what is secret."""
    return {name: value for name, value in authorization.items() if name not in ("token", "hashed_token")}


def as_new_token(authorization: Mapping[str, Any]) -> Dict[str, Any]:
    return {"token": authorization["token"], "authorization": without_token(authorization)}


def reset_token(client: Client, access_token: str, legacy: bool = False) -> Dict[str, Any]:
    """Replaces the token by a new one. Never repeated: the old token is dead as soon as GitHub has read the request."""
    operation, arguments = with_token(client, access_token, RESET, legacy)
    try:
        return as_new_token(client.get(operation, "token", **arguments))
    except ConnectionFailedError as error:
        raise PartialChangeError(ambiguous(error), {}, error) from None
    except ApiError as error:
        if error.status < 500:
            raise
        raise PartialChangeError(ambiguous(error), {}, error) from None


def ambiguous(error: Exception) -> str:
    return f"{error} The token may have been reset all the same, and then it is dead: check it before you go on."


def scope_token(client: Client, access_token: str, body: Mapping[str, Any]) -> Dict[str, Any]:
    """Makes a new token that may do less than the given one."""
    client_id = require_oauth_app(client).client_id
    sent = {"access_token": access_token, **body}
    try:
        return as_new_token(client.get("apps/scope-token", "token", body=sent, client_id=client_id))
    except ApiError as error:
        if error.status == 422:
            error.explanation += describe_suggestions(body.get("permissions") or {})
        raise


def scoped_body(options: Mapping[str, Any]) -> Dict[str, Any]:
    """What a scoped token is limited to; `OptionError` for what GitHub would refuse."""
    scope = scope_from(options)
    if bool(options.get("target")) == bool(options.get("target_id")):
        raise OptionError(
            "state scoped needs one of target and target_id, the account that the new token is limited to."
        )
    if scope.repositories and scope.repository_ids:
        raise OptionError("repositories and repository_ids are both given: state scoped takes one of them.")
    target = {name: options[name] for name in ("target", "target_id") if options.get(name)}
    return {**target, **scope.body()}


def new_token_identity(client: Client, access_token: str, state: str, body: Mapping[str, Any]) -> Dict[str, Any]:
    """What a new token was made from and for, without the token itself."""
    return {
        "api_url": client.server.api_url,
        "client_id": require_oauth_app(client).client_id,
        "made_from": hashlib.sha256(access_token.encode()).hexdigest(),
        "state": state,
        **body,
    }
