# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Installation access tokens: scope, mint, revoke.

https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._endpoints import Release
from ansible_collections.hubops.github_apps.plugins.module_utils._errors import ApiError, OptionError, ScopeError
from ansible_collections.hubops.github_apps.plugins.module_utils._installation_repositories import (
    as_repositories,
    as_results,
    full_names,
    list_installation_repositories,
    resolve,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._installations import (
    Installation,
    account_login,
    get_installation,
    is_suspended,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._options import ArgumentSpec, split_full_name

SCOPE: ArgumentSpec = {
    "repositories": {"type": "list", "elements": "str"},
    "repository_ids": {"type": "list", "elements": "int"},
    "permissions": {"type": "dict"},
}

MAX_REPOSITORIES = 500
LEVELS = ("read", "write", "admin")
# The reference pages up to 2.20 know only repository_ids; a server that does not know a key ignores it, and the
# token would reach everything.
REPOSITORY_NAMES = Release(2, 21)


@dataclass(frozen=True)
class Scope:
    """What a token may do. Empty means all that the installation may.

    :param repositories: names, with or without owner. :param permissions: name and level of each, sorted.
    """

    repositories: Tuple[str, ...] = ()
    repository_ids: Tuple[int, ...] = ()
    permissions: Tuple[Tuple[str, str], ...] = ()

    def as_dict(self) -> Dict[str, Any]:
        return {
            "repositories": list(self.repositories),
            "repository_ids": list(self.repository_ids),
            "permissions": dict(self.permissions),
        }


def scope_from(options: Mapping[str, Any]) -> Scope:
    """The scope that the options ask for.

    :raises OptionError: also for an empty list or dictionary: whoever computes a scope and gets nothing does not
        want a token for everything.
    """
    for name in SCOPE:
        value = options.get(name)
        if value is not None and (not value or value == [""]):
            raise OptionError(
                f"{name} is empty, which would be a token without that limit: leave it out if that is wanted."
            )
    repositories = options.get("repositories") or []
    for name in repositories:
        split_full_name("repositories", name if "/" in name else f"owner/{name}")
    ids = options.get("repository_ids") or []
    if len(repositories) + len(ids) > MAX_REPOSITORIES:
        raise OptionError(
            f"A token can be limited to {MAX_REPOSITORIES} repositories at most, not {len(repositories) + len(ids)}."
        )
    return Scope(
        repositories=tuple(sorted({name.lower() for name in repositories})),
        repository_ids=tuple(sorted(set(ids))),
        permissions=tuple(sorted(check_permissions(options.get("permissions") or {}).items())),
    )


def check_permissions(permissions: Mapping[str, Any]) -> Dict[str, str]:
    """Permission names are GitHub's to judge (each release knows others); levels are not."""
    for name, level in permissions.items():
        if "-" in str(name):
            raise OptionError(f"permissions: {name} is written with underscores, {str(name).replace('-', '_')}.")
        if level not in LEVELS:
            raise OptionError(f"permissions: {name} is {level!r}, which is not one of {', '.join(LEVELS)}.")
    return {str(name): str(level) for name, level in permissions.items()}


def create_installation_token(client: Client, selector: Mapping[str, Any], scope: Scope) -> Dict[str, Any]:
    """Mints a token and returns it with all that is known about it.

    :raises NotFoundError: the app is not installed there.
    :raises ScopeError: names the permission or the repository that the installation does not have.
    """
    installation = None if is_id_enough(client, selector, scope) else get_installation(client, selector)
    installation_id = installation["id"] if installation else selector["installation_id"]
    try:
        answer = mint(client, installation_id, body_for(client, installation, scope))
    except ApiError as error:
        if error.status == 404 and error.cause == "not_found":
            get_installation(client, {"installation_id": installation_id})
        if error.status == 422:
            explain_scope(client, installation_id, scope, error)
        raise
    repositories = answer.get("repositories")
    return {
        "token": answer["token"],
        "expires_at": answer["expires_at"],
        "permissions": answer.get("permissions"),
        "repository_selection": answer.get("repository_selection"),
        "repositories": None if repositories is None else as_results(as_repositories(repositories)),
        "installation_id": installation_id,
    }


def is_id_enough(client: Client, selector: Mapping[str, Any], scope: Scope) -> bool:
    """Whether the selector is the id and nothing else about the installation has to be known."""
    has_owner = any("/" in name for name in scope.repositories)
    return (
        "installation_id" in selector
        and not has_owner
        and not (scope.repositories and client.release < REPOSITORY_NAMES)
    )


def mint(client: Client, installation_id: int, body: Mapping[str, Any]) -> Dict[str, Any]:
    answer: Dict[str, Any] = client.call(
        "apps/create-installation-access-token", body=body or None, installation_id=installation_id
    )
    return answer


def body_for(client: Client, installation: Optional[Installation], scope: Scope) -> Dict[str, Any]:
    """The request's body: repositories by name, or by id where the release knows ids only."""
    body: Dict[str, Any] = {}
    names: Sequence[str] = scope.repositories
    ids: List[int] = list(scope.repository_ids)
    if names and installation:
        names = full_names("repositories", names, account_login(installation))
        if client.release < REPOSITORY_NAMES:
            ids += [repository.id for repository in resolve(reader_for(client, installation["id"]), names, None)]
            names = []
    if names:
        body["repositories"] = [name.rpartition("/")[2] for name in names]
    if ids:
        body["repository_ids"] = ids
    if scope.permissions:
        body["permissions"] = dict(scope.permissions)
    return body


def reader_for(client: Client, installation_id: int) -> Client:
    """A client that acts as the installation and may read what repositories there are, and nothing more."""
    return client.with_installation_token(mint(client, installation_id, {"permissions": {"metadata": "read"}})["token"])


def check_scope(installation: Installation, scope: Scope) -> None:
    """Raises `ScopeError` for what GitHub would refuse to mint, as far as the installation tells it."""
    if is_suspended(installation):
        raise ScopeError(
            f"The installation on {account_login(installation)} is suspended since {installation['suspended_at']}:"
            " unsuspend it (github_app_installation with suspended: false) before a token is minted."
        )
    granted = installation.get("permissions") or {}
    lacking = [
        f"{name}: {level} (granted: {granted.get(name, 'nothing')})"
        for name, level in scope.permissions
        if LEVELS.index(level) > (LEVELS.index(granted[name]) if granted.get(name) in LEVELS else -1)
    ]
    if lacking:
        raise ScopeError(
            f"The installation on {account_login(installation)} was not granted {', '.join(lacking)}: ask for less, or request"
            f" the permission in the app's settings and have an owner accept it at {installation.get('html_url')}."
        )


def explain_scope(client: Client, installation_id: int, scope: Scope, error: ApiError) -> None:
    """Finds out which permission or repository GitHub refused: its own text names neither."""
    installation = get_installation(client, {"installation_id": installation_id})
    check_scope(installation, scope)
    reached = list_installation_repositories(reader_for(client, installation_id))
    names = {repository.name.lower() for repository in reached}
    ids = {repository.id for repository in reached}
    lacking = [name for name in scope.repositories if name.rpartition("/")[2] not in names]
    lacking += [str(number) for number in scope.repository_ids if number not in ids]
    if lacking:
        raise ScopeError(
            f"The installation on {account_login(installation)} does not reach {', '.join(lacking)}: the repository does not exist,"
            f" or is not selected ({installation.get('html_url')}, or github_installation_repo). [GitHub: {error.github_message}]"
        )


def revoke_installation_token(client: Client, token: str) -> bool:
    """Revokes `token`; False where GitHub no longer knew it."""
    try:
        client.with_installation_token(token).call("apps/revoke-installation-access-token")
    except ApiError as error:
        if error.status == 401:
            return False
        raise
    return True


def is_live(client: Client, token: str) -> bool:
    """Whether GitHub knows `token`, found out by reading."""
    try:
        client.with_installation_token(token).call("apps/list-repos-accessible-to-installation", query={"per_page": 1})
    except ApiError as error:
        if error.status == 401:
            return False
        raise
    return True
