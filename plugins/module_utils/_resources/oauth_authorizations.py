# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OAuth authorizations and grants of a user, which only GitHub Enterprise Server still supports.

https://docs.github.com/enterprise-server@3.4/rest/oauth-authorizations. GitHub shows a token only once, when it is
created.
"""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional

from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.oauth_grants import require_oauth_app

Authorization = Dict[str, Any]

WITHOUT_FINGERPRINT = "oauth-authorizations/get-or-create-authorization-for-app"
WITH_FINGERPRINT = "oauth-authorizations/get-or-create-authorization-for-app-and-fingerprint"


def list_authorizations(client: Client, client_id: Optional[str] = None) -> List[Authorization]:
    """The user's authorizations, or only those of one application."""
    return of_application(client_id, client.list("oauth-authorizations/list-authorizations", "id"))


def list_grants(client: Client, client_id: Optional[str] = None) -> List[Authorization]:
    """The user's grants, or only that of one application."""
    return of_application(client_id, client.list("oauth-authorizations/list-grants", "id"))


def of_application(client_id: Optional[str], items: List[Authorization]) -> List[Authorization]:
    """The items of the application. GitHub's own parameter `client_id` is only documented from GHES 3.4 on."""
    return [item for item in items if not client_id or (item.get("app") or {}).get("client_id") == client_id]


def find_grant(client: Client, grant_id: int) -> Optional[Authorization]:
    return client.find("oauth-authorizations/get-grant", "id", grant_id=grant_id)


def get_authorization(client: Client, authorization_id: int) -> Optional[Authorization]:
    return client.find("oauth-authorizations/get-authorization", "id", authorization_id=authorization_id)


def delete_grant_by_id(client: Client, grant_id: int) -> Dict[str, Any]:
    """Delete the grant with all its tokens; `changed: False` if it no longer exists."""
    return {"changed": client.delete("oauth-authorizations/delete-grant", grant_id=grant_id)}


def delete_authorization(client: Client, authorization_id: int) -> Dict[str, Any]:
    return {"changed": client.delete("oauth-authorizations/delete-authorization", authorization_id=authorization_id)}


def find_authorization_for(client: Client, wanted: Mapping[str, Any]) -> Optional[Authorization]:
    """The authorization of the OAuth app with `client_id` or, without one, the personal access token with `note`."""
    fingerprint, client_id = wanted.get("fingerprint") or None, wanted.get("client_id")
    for item in list_authorizations(client, client_id):
        is_same = bool(client_id) or (is_personal(item) and item.get("note") == wanted["note"])
        if is_same and (item.get("fingerprint") or None) == fingerprint:
            return item
    return None


def is_personal(authorization: Authorization) -> bool:
    """Whether it is a personal access token. In place of an application, GitHub names one whose client ID is zeros."""
    return not str((authorization.get("app") or {}).get("client_id") or "").strip("0")


def create_authorization(client: Client, wanted: Mapping[str, Any]) -> Authorization:
    """Create the authorization and return it with its token, which GitHub shows only now."""
    body = {name: wanted[name] for name in ("scopes", "note", "note_url") if wanted.get(name) is not None}
    client_id, fingerprint = wanted.get("client_id"), wanted.get("fingerprint")
    if not client_id:
        body.update({"fingerprint": fingerprint} if fingerprint else {})
        return client.get("oauth-authorizations/create-authorization", "id", body=body)
    body["client_secret"] = require_oauth_app(client).client_secret
    if fingerprint:
        return client.get(WITH_FINGERPRINT, "id", body=body, client_id=client_id, fingerprint=fingerprint)
    return client.get(WITHOUT_FINGERPRINT, "id", body=body, client_id=client_id)


def update_authorization(client: Client, authorization_id: int, change: Mapping[str, Any]) -> Authorization:
    return client.get("oauth-authorizations/update-authorization", "id", body=change, authorization_id=authorization_id)


def differences(authorization: Mapping[str, Any], wanted: Mapping[str, Any]) -> Dict[str, Any]:
    """The values to update in the authorization. The order of the scopes is ignored."""
    change: Dict[str, Any] = {}
    scopes = wanted.get("scopes")
    if scopes is not None and sorted(scopes) != sorted(authorization.get("scopes") or []):
        change["scopes"] = sorted(scopes)
    for name in ("note", "note_url"):
        if wanted.get(name) is not None and wanted[name] != authorization.get(name):
            change[name] = wanted[name]
    return change
