# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Installation tokens that are stored in a file between runs (option `dest`)."""

from __future__ import annotations

import os
from typing import Any, Dict, Mapping, Optional

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    GitHubAppsError,
    OptionError,
    PartialChangeError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import Selector
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import quoted
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import clean_secret
from ansible_collections.hubops.github_apps.plugins.module_utils._files.private_files import (
    StorageError,
    private_json_file,
    read_json_file,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.scopes import RESULTS, Scope, token_identity
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.tokens import (
    create_installation_token,
    revoke_installation_token,
    seconds_left,
)


def identity(client: Client, selector: Selector, scope: Scope) -> Dict[str, Any]:
    return token_identity(client.server.api_url, client.credentials.app, selector, scope)


def find_token_in_file(
    client: Client, dest: str, selector: Selector, scope: Scope, min_remaining: int
) -> Optional[Dict[str, Any]]:
    """The token in `dest` if it matches, is valid for `min_remaining` seconds, and no other user can read it."""
    file = read_json_file("dest", dest)
    if file is None or not file.is_private or file.content.get("identity") != identity(client, selector, scope):
        return None
    kept = file.content
    if seconds_left(str(kept.get("expires_at")), client.transport.clock()) < min_remaining:
        return None
    return {**{name: kept.get(name) for name in RESULTS}, **client.server.addresses}


def read_token_in_file(client: Client, dest: str) -> Optional[str]:
    """The token in `dest`, regardless of its scope; None if there is no file, an empty string if the token has expired.

    :raises OptionError: the token was created by another server, and only that server can revoke it.
    """
    file = read_json_file("dest", dest)
    if file is None:
        return None
    refuse_other_server(client, dest, file.content.get("identity"))
    is_used_up = seconds_left(str(file.content.get("expires_at")), client.transport.clock()) <= 0
    return "" if is_used_up else clean_secret("dest", file.content["token"])


def refuse_other_server(client: Client, dest: str, recorded: Any) -> None:
    origin = recorded.get("api_url") if isinstance(recorded, dict) else None
    if origin != client.server.api_url:
        made = f"was created on {quoted(origin)}" if origin else "was created on a server that the file does not name"
        raise OptionError(
            f"The token in dest {quoted(dest)} {made}, but api_url is {client.server.api_url}. Nothing was sent, and"
            " the file was kept. Set api_url to the server that created the token."
        )


def remove_token_file(dest: str, token: str) -> None:
    """:param token: the revoked token; empty if it had expired."""
    try:
        os.unlink(dest)
    except OSError as error:
        state = "was revoked" if token else "has expired"
        raise PartialChangeError(
            f"The token in dest {quoted(dest)} {state}, but the file cannot be removed:"
            f" {os.strerror(error.errno or 0)}.",
            {},
        ) from None


def drop_token(client: Client, token: Mapping[str, Any]) -> str:
    """Revoke a token that could not be stored, and return a sentence about the result."""
    reason = "GitHub does not recognize it yet."
    try:
        if revoke_installation_token(client, token["token"], age=0):
            return "The new token was revoked."
    except GitHubAppsError as error:
        reason = str(error)
    return f"The new token is lost but valid until {token['expires_at']}, because it could not be revoked: {reason}"


def create_token_file(client: Client, dest: str, selector: Selector, scope: Scope) -> Dict[str, Any]:
    """Create a token and store it in `dest`. If it cannot be stored, it is revoked."""
    with private_json_file("dest", dest) as write:
        token = create_installation_token(client, selector, scope)
        try:
            write({**token, "identity": identity(client, selector, scope)})
        except StorageError as error:
            raise PartialChangeError(f"{error} {drop_token(client, token)}", {"changed": False}) from None
    return token
