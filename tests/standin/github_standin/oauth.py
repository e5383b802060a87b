# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OAuth applications API (REST reference: "OAuth authorizations"), including the older form with tokens in the path."""

from __future__ import annotations

from typing import Tuple

from . import errors, render, tokens
from .apps import requested_permissions, requested_repositories
from .errors import ApiError, invalid_request, not_found
from .exchange import Call, Reply
from .route import CLIENT_ONLY, DOCTOR_STRANGE, Route, client_route
from .state import Account, Client, UserToken, iso


def _client(call: Call) -> Client:
    """Return the client of the Basic credentials. It must match the path, because other clients are hidden."""
    client = call.credential.client
    assert client is not None
    if client.client_id != call.params["client_id"]:
        raise not_found()
    return client


def _authorization(call: Call) -> Tuple[Client, UserToken]:
    """Return the token in the body or, with the older endpoints, in the path. Unknown tokens are 404."""
    client = _client(call)
    value = call.params.get("access_token") or call.string("access_token", required=True)
    token = call.state.authorization(client, value or "")
    if token is None:
        raise not_found()
    return client, token


def check_token(call: Call) -> Reply:
    """apps/check-token and the older apps/check-authorization."""
    client, token = _authorization(call)
    return Reply(200, render.authorization(call, client, token))


def reset_token(call: Call) -> Reply:
    """apps/reset-token and the older apps/reset-authorization: same authorization, new token; revokes the old one."""
    client, token = _authorization(call)
    del call.state.user_tokens[token.value]
    token.value = tokens.user_token(call.profile, _prefix(token))
    token.updated_at = iso(call.state.now())
    call.state.user_tokens[token.value] = token
    return Reply(200, render.authorization(call, client, token))


def delete_token(call: Call) -> Reply:
    """apps/delete-token and the older apps/revoke-authorization-for-application."""
    _client_unused, token = _authorization(call)
    del call.state.user_tokens[token.value]
    return Reply(204)


def delete_grant(call: Call) -> Reply:
    """apps/delete-authorization and the older apps/revoke-grant-for-application: deletes all tokens of the user."""
    client, token = _authorization(call)
    call.state.remove_grant(client, token.user)
    return Reply(204)


def scope_token(call: Call) -> Reply:
    """apps/scope-token: a new user access token of a GitHub App with a smaller scope. The given token stays unchanged.

    Tokens of OAuth apps and tokens that already have a reduced scope are not valid here: 404.
    """
    client, token = _authorization(call)
    if token.app is None or token.installation is not None:
        raise not_found()
    if call.body.get("repositories") is not None and call.body.get("repository_ids") is not None:
        raise invalid_request("Only one of repositories and repository_ids can be sent.")
    installation = call.state.installation_on(token.app, _target(call))
    if installation is None or not installation.account.has_member(token.user):
        raise not_found()
    if installation.suspended_at is not None:
        raise ApiError(403, errors.SUSPENDED)
    narrow = UserToken(
        id=call.state.next_id(),
        value=tokens.user_token(call.profile, _prefix(token)),
        user=token.user,
        kind=token.kind,
        client_id=token.client_id,
        app=token.app,
        installation=installation,
        repository_ids=requested_repositories(call, installation),
        permissions=requested_permissions(call, installation.permissions),
        created_at=iso(call.state.now()),
        updated_at=iso(call.state.now()),
    )
    call.state.user_tokens[narrow.value] = narrow
    return Reply(200, render.authorization(call, client, narrow))


def _target(call: Call) -> Account:
    """Return the account of ``target`` or ``target_id``."""
    login, number = call.string("target"), call.integer("target_id")
    if login is not None:
        return call.known_account(login)
    if number is None:
        raise invalid_request('"target" or "target_id" wasn\'t supplied.')
    for account in call.state.accounts.values():
        if account.id == number:
            return account
    raise not_found()


def _prefix(token: UserToken) -> str:
    return "gho_" if token.app is None else "ghu_"


ROUTES: Tuple[Route, ...] = (
    client_route(
        "DELETE",
        "/applications/{client_id}/grant",
        delete_grant,
        "delete-an-app-authorization",
        previews=(DOCTOR_STRANGE,),
        first="2.20",
    ),
    client_route(
        "POST",
        "/applications/{client_id}/token",
        check_token,
        "check-a-token",
        previews=(DOCTOR_STRANGE,),
        first="2.20",
    ),
    client_route(
        "PATCH",
        "/applications/{client_id}/token",
        reset_token,
        "reset-a-token",
        previews=(DOCTOR_STRANGE,),
        first="2.20",
    ),
    client_route(
        "DELETE",
        "/applications/{client_id}/token",
        delete_token,
        "delete-an-app-token",
        previews=(DOCTOR_STRANGE,),
        first="2.20",
    ),
    Route(
        "POST",
        "/applications/{client_id}/token/scoped",
        scope_token,
        CLIENT_ONLY,
        "apps/apps#create-a-scoped-access-token",
        first="3.0",
    ),
    client_route(
        "DELETE",
        "/applications/{client_id}/grants/{access_token}",
        delete_grant,
        "revoke-a-grant-for-an-application",
        last="3.3",
    ),
    client_route(
        "GET",
        "/applications/{client_id}/tokens/{access_token}",
        check_token,
        "check-an-authorization",
        last="3.3",
    ),
    client_route(
        "POST",
        "/applications/{client_id}/tokens/{access_token}",
        reset_token,
        "reset-an-authorization",
        last="3.3",
    ),
    client_route(
        "DELETE",
        "/applications/{client_id}/tokens/{access_token}",
        delete_token,
        "revoke-an-authorization-for-an-application",
        last="3.3",
    ),
)
