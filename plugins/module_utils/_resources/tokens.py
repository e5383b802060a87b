# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Create and revoke installation access tokens.

https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any, Callable, Dict, List, Mapping, Optional

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import ApiError, GitHubAppsError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import Selector
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.minting import REPOSITORY_NAMES, mint
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.scopes import (
    SINGLE_FILES,
    Scope,
    refuse_limits_on_enterprise,
)

# Files that are only sometimes needed are imported on demand, because every import slows down a lookup.


def create_installation_token(
    client: Client,
    selector: Selector,
    scope: Scope,
    find: Optional[Callable[[Client, Selector], Dict[str, Any]]] = None,
) -> Dict[str, Any]:
    """Create a token and return it with its details.

    :param find: finds the selected installation; `get_installation` by default.
    :raises NotFoundError: the app is not installed. :raises OptionError: the scope limits a token for an enterprise.
    :raises ScopeError: names the permission or the repository that the installation does not have.
    """
    refuse_limits_on_enterprise(selector.kind, scope)
    installation_id = selector.installation_id
    if not installation_id or is_lookup_due(client, scope):
        from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
            get_installation,
        )
        from ansible_collections.hubops.github_apps.plugins.module_utils._resources.token_limits import resolve_scope

        installation = (find or get_installation)(client, selector)
        installation_id = installation["id"]
        scope = resolve_scope(client, installation, scope)
    try:
        answer = mint(client, installation_id, scope.body())
    except ApiError as error:
        if error.cause != "not_found" and error.status != 422:
            raise
        from ansible_collections.hubops.github_apps.plugins.module_utils._resources.token_limits import (
            correct_refused_scope,
        )

        corrected = correct_refused_scope(client, installation_id, scope)
        if corrected == scope:
            raise
        answer = mint(client, installation_id, corrected.body())
    return describe_token(client, installation_id, answer)


def describe_token(client: Client, installation_id: int, answer: Mapping[str, Any]) -> Dict[str, Any]:
    """The details of a token. :param answer: GitHub's response to its creation."""
    return {
        "token": answer["token"],
        "expires_at": answer["expires_at"],
        "permissions": answer.get("permissions"),
        "repository_selection": answer.get("repository_selection"),
        "repositories": repositories_of(answer),
        "installation_id": installation_id,
        **{name: answer.get(name) for name in SINGLE_FILES},
        **client.server.addresses,
    }


def repositories_of(answer: Mapping[str, Any]) -> Optional[List[Dict[str, Any]]]:
    """The repositories that a token is limited to; None if it is not limited."""
    if answer.get("repositories") is None:
        return None
    from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repositories import (
        as_repositories,
        as_results,
    )

    return as_results(as_repositories(answer["repositories"]))


def seconds_left(expires_at: str, now: float) -> float:
    """Seconds until a timestamp in GitHub's format (ISO 8601, ``Z`` or an offset); 0 if it is invalid."""
    try:
        return datetime.fromisoformat(expires_at.replace("Z", "+00:00")).timestamp() - now
    except ValueError:
        return 0


def is_lookup_due(client: Client, scope: Scope) -> bool:
    """Whether the repositories must be resolved with the installation before they can be sent."""
    return bool(scope.selection) or (
        bool(scope.repositories)
        and (client.release < REPOSITORY_NAMES or any("/" in name for name in scope.repositories))
    )


def revoke_installation_token(client: Client, token: str, age: float = math.inf) -> bool:
    """Revoke `token`; False if GitHub no longer knows it. :param age: seconds since it was created."""
    try:
        client.with_installation_token(token, age).call("apps/revoke-installation-access-token")
    except ApiError as error:
        if error.cause != "bad_credentials":
            raise
        return error.repeated
    return True


def revoke_at_end(client: Client, minted: Mapping[str, Any]) -> None:
    """Revoke a token when the task ends. A failure is a warning. :param minted: GitHub's response to its creation."""
    minted_at = client.transport.timer()

    def revoke() -> None:
        try:
            revoke_installation_token(client, minted["token"], client.transport.timer() - minted_at)
        except GitHubAppsError as error:
            client.transport.warn(
                f"A token of this task was not revoked and stays valid until {minted['expires_at']}: {error}"
            )

    client.at_end(revoke)


def is_live(client: Client, token: str) -> bool:
    """Whether `token` is valid, checked with a read request."""
    try:
        client.with_installation_token(token).listing("apps/list-repos-accessible-to-installation")
    except ApiError as error:
        if error.cause not in ("bad_credentials", "token_kind"):
            raise
        return error.cause != "bad_credentials"  # a valid token for an enterprise cannot list repositories
    return True
