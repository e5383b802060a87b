# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Grants that users gave to an OAuth application (https://docs.github.com/rest/apps/oauth-applications).

Servers before 2.20 know only operations with the token in their path; they are used where there is nothing else.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional

from ansible_collections.hubops.github_apps.plugins.module_utils._client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials import OAuthApp
from ansible_collections.hubops.github_apps.plugins.module_utils._errors import ApiError, OptionError


def require_oauth_app(client: Client) -> OAuthApp:
    """The OAuth application; `OptionError` where client id or client secret are missing."""
    if client.credentials.oauth_app is None:
        raise OptionError(
            "client_id and client_secret are required (or GITHUB_OAUTH_CLIENT_ID and GITHUB_OAUTH_CLIENT_SECRET)."
        )
    return client.credentials.oauth_app


def find_authorization(client: Client, access_token: str) -> Optional[Dict[str, Any]]:
    """What GitHub knows about the token; None where it does not know it."""
    client_id = require_oauth_app(client).client_id
    if client.offers("apps/check-token"):
        return client.find("apps/check-token", "id", body={"access_token": access_token}, client_id=client_id)
    return client.find("apps/check-authorization", "id", client_id=client_id, access_token=access_token)


def delete_grant(client: Client, access_token: str) -> Dict[str, Any]:
    """Deletes the grant behind the token; `changed: False` where it went in the meantime."""
    client_id = require_oauth_app(client).client_id
    try:
        if client.offers("apps/delete-authorization"):
            client.call("apps/delete-authorization", body={"access_token": access_token}, client_id=client_id)
        else:
            client.call("apps/revoke-grant-for-application", client_id=client_id, access_token=access_token)
    except ApiError as error:
        if error.cause != "not_found":
            raise
        return {"changed": error.repeated}
    return {}


def describe_grant(authorization: Mapping[str, Any]) -> Dict[str, Any]:
    """What may be shown of an authorization: never its token."""
    return {
        "id": authorization.get("id"),
        "user": (authorization.get("user") or {}).get("login"),
        "scopes": authorization.get("scopes") or [],
    }
