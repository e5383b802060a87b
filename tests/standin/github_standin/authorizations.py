# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OAuth Authorizations API of GHES (REST reference: "OAuth authorizations"): users manage their own tokens."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from . import errors, render, tokens
from .errors import ApiError, invalid_field, invalid_request, not_found
from .exchange import Call, Reply
from .route import Route, user_route
from .state import Client, Grant, UserToken, iso

RESOURCE = "OauthAccess"


# authorizations


def list_authorizations(call: Call) -> Reply:
    """oauth-authorizations/list-authorizations: an array, which can be filtered by client from 3.4."""
    items = [token for token in call.state.authorizations_of(call.account) if _selected(call, token.client_id)]
    return call.page(items, lambda item: _render(call, item))


def get_authorization(call: Call) -> Reply:
    """oauth-authorizations/get-authorization."""
    return Reply(200, _render(call, _authorization(call)))


def create_authorization(call: Call) -> Reply:
    """oauth-authorizations/create-authorization: a token for an OAuth app, or a personal one, which requires a note."""
    client_id, secret, note = call.string("client_id"), call.string("client_secret"), call.string("note")
    client = None if client_id is None and secret is None else _client(call, client_id, secret)
    if client is None and not note:
        raise invalid_field(RESOURCE, "description", "missing_field")
    fingerprint = call.string("fingerprint")
    if client is not None and _existing(call, client, fingerprint):
        raise invalid_field(RESOURCE, "fingerprint", "already_exists")
    return Reply(201, _create(call, client, fingerprint))


def get_or_create_authorization(call: Call) -> Reply:
    """oauth-authorizations/get-or-create-authorization-for-app, with or without a fingerprint."""
    client = _client(call, call.params["client_id"], call.string("client_secret", required=True))
    fingerprint = call.params.get("fingerprint") or call.string("fingerprint")
    existing = _existing(call, client, fingerprint)
    status, body = (200, _render(call, existing[0])) if existing else (201, _create(call, client, fingerprint))
    return Reply(status, body, {"Location": body["url"]})


def update_authorization(call: Call) -> Reply:
    """oauth-authorizations/update-authorization; only one of the three keys for scopes at a time."""
    token = _authorization(call)
    changes = {key: call.strings(key) for key in ("scopes", "add_scopes", "remove_scopes")}
    given = {key: value for key, value in changes.items() if value is not None}
    if len(given) > 1:
        raise invalid_request("Only one of scopes, add_scopes and remove_scopes can be sent at a time.")
    note, note_url, fingerprint = (call.string(key) for key in ("note", "note_url", "fingerprint"))
    _check_note(call, note, token)
    token.scopes = _changed(token.scopes, **given)
    token.note = token.note if note is None else note
    token.note_url = token.note_url if note_url is None else note_url
    token.fingerprint = token.fingerprint if fingerprint is None else fingerprint
    token.updated_at = iso(call.state.now())
    return Reply(200, _render(call, token))


def delete_authorization(call: Call) -> Reply:
    """oauth-authorizations/delete-authorization: the token is no longer valid."""
    del call.state.user_tokens[_authorization(call).value]
    return Reply(204)


# grants


def list_grants(call: Call) -> Reply:
    """oauth-authorizations/list-grants: an array, which can be filtered by client from 3.4."""
    items = [grant for grant in call.state.grants_of(call.account) if _selected(call, grant.client.client_id)]
    return call.page(items, lambda item: render.grant(call, item))


def get_grant(call: Call) -> Reply:
    """oauth-authorizations/get-grant."""
    return Reply(200, render.grant(call, _grant(call)))


def delete_grant(call: Call) -> Reply:
    """oauth-authorizations/delete-grant: deletes all of the user's tokens for the app."""
    call.state.remove_grant(_grant(call).client, call.account)
    return Reply(204)


# helpers


def _selected(call: Call, client_id: Optional[str]) -> bool:
    return not call.profile.since("3.4") or call.query.get("client_id") in (None, "", client_id)


def _authorization(call: Call) -> UserToken:
    """Return the user's own authorization that the path identifies."""
    for token in call.state.authorizations_of(call.account):
        if token.id == call.params["authorization_id"]:
            return token
    raise not_found()


def _grant(call: Call) -> Grant:
    """Return the user's own grant that the path identifies."""
    for grant in call.state.grants_of(call.account):
        if grant.id == call.params["grant_id"]:
            return grant
    raise not_found()


def _client(call: Call, client_id: Optional[str], secret: Optional[str]) -> Client:
    """Return the OAuth app if the secret is correct. GitHub Apps cannot use this API."""
    client = call.state.clients.get(client_id or "")
    if client is None or client.app is not None or client.client_secret != secret:
        raise ApiError(422, errors.INVALID_CLIENT)
    return client


def _existing(call: Call, client: Client, fingerprint: Optional[str]) -> List[UserToken]:
    """Return the user's tokens for an app with this fingerprint, or without a fingerprint."""
    return [
        token
        for token in call.state.authorizations_of(call.account)
        if token.client_id == client.client_id and (token.fingerprint or None) == (fingerprint or None)
    ]


def _check_note(call: Call, note: Optional[str], own: Optional[UserToken] = None) -> None:
    """Raise 422 if another authorization of the user has the same note."""
    if note and any(token.note == note and token is not own for token in call.state.authorizations_of(call.account)):
        raise invalid_field(RESOURCE, "description", "already_exists")


def _create(call: Call, client: Optional[Client], fingerprint: Optional[str]) -> Dict[str, Any]:
    """Store a new token. This is the only response that contains it."""
    note, now = call.string("note"), iso(call.state.now())
    _check_note(call, note)
    token = UserToken(
        id=call.state.next_id(),
        value=tokens.user_token(call.profile, "gho_" if client else "ghp_"),
        user=call.account,
        kind="oauth_token" if client else "pat_classic",
        scopes=call.strings("scopes") or [],
        client_id=client.client_id if client else None,
        note=note,
        note_url=call.string("note_url"),
        fingerprint=fingerprint,
        created_at=now,
        updated_at=now,
    )
    call.state.user_tokens[token.value] = token
    return render.authorization(call, client, token)


def _render(call: Call, token: UserToken) -> Dict[str, Any]:
    client = call.state.clients[token.client_id] if token.client_id else None
    return render.authorization(call, client, token, reveal=False)


def _changed(
    present: List[str],
    scopes: Optional[List[str]] = None,
    add_scopes: Optional[List[str]] = None,
    remove_scopes: Optional[List[str]] = None,
) -> List[str]:
    """Return the scopes after a change, in order and without duplicates."""
    wanted = (present if scopes is None else scopes) + (add_scopes or [])
    return [scope for scope in dict.fromkeys(wanted) if scope not in (remove_scopes or [])]


ROUTES: Tuple[Route, ...] = (
    user_route("GET", "/authorizations", list_authorizations, "list-your-authorizations"),
    user_route("POST", "/authorizations", create_authorization, "create-a-new-authorization"),
    user_route(
        "PUT",
        "/authorizations/clients/{client_id}",
        get_or_create_authorization,
        "get-or-create-an-authorization-for-a-specific-app",
    ),
    user_route(
        "PUT",
        "/authorizations/clients/{client_id}/{fingerprint}",
        get_or_create_authorization,
        "get-or-create-an-authorization-for-a-specific-app-and-fingerprint",
    ),
    user_route(
        "GET",
        "/authorizations/{authorization_id:int}",
        get_authorization,
        "get-a-single-authorization",
    ),
    user_route(
        "PATCH",
        "/authorizations/{authorization_id:int}",
        update_authorization,
        "update-an-existing-authorization",
    ),
    user_route(
        "DELETE",
        "/authorizations/{authorization_id:int}",
        delete_authorization,
        "delete-an-authorization",
    ),
    user_route("GET", "/applications/grants", list_grants, "list-your-grants"),
    user_route("GET", "/applications/grants/{grant_id:int}", get_grant, "get-a-single-grant"),
    user_route("DELETE", "/applications/grants/{grant_id:int}", delete_grant, "delete-a-grant"),
)
