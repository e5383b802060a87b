# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Installation access tokens: scope, mint, revoke.

https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Dict, List, Mapping, Sequence, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._endpoints import Release
from ansible_collections.hubops.github_apps.plugins.module_utils._errors import ApiError, OptionError, ScopeError
from ansible_collections.hubops.github_apps.plugins.module_utils._installation_repositories import (
    Repository,
    as_repositories,
    as_results,
    full_names,
    list_installation_repositories,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._installations import (
    Installation,
    account_login,
    get_installation,
    is_suspended,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._options import (
    ArgumentSpec,
    check_ids,
    split_full_name,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._permissions import LEVELS, lacking_permissions

SCOPE: ArgumentSpec = {
    "repositories": {"type": "list", "elements": "str"},
    "repository_ids": {"type": "list", "elements": "int"},
    "permissions": {"type": "dict"},
}

MAX_REPOSITORIES = 500
# The reference pages up to 2.21 know only repository_ids; a server that does not know a key ignores it, and the
# token would reach everything.
REPOSITORY_NAMES = Release(2, 22)


@dataclass(frozen=True)
class Scope:
    """What a token may do. Empty means all that the installation may.

    :param repositories: names, with or without owner. :param permissions: name and level of each, sorted.
    """

    repositories: Tuple[str, ...] = ()
    repository_ids: Tuple[int, ...] = ()
    permissions: Tuple[Tuple[str, str], ...] = ()

    def body(self) -> Dict[str, Any]:
        """The body of the request that mints, without what is not limited."""
        return {name: value for name, value in self.as_dict().items() if value}

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
    ids = check_ids(options.get("repository_ids"))
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
    installation_id = selector.get("installation_id")
    if not installation_id or is_name_lookup_due(client, scope):
        installation = get_installation(client, selector)
        installation_id = installation["id"]
        scope = resolve_scope(client, installation, scope)
    try:
        answer = mint(client, installation_id, scope.body())
    except ApiError as error:
        if error.cause == "not_found" or error.status == 422:
            explain_refused_token(client, installation_id, scope)
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


def mint(client: Client, installation_id: int, body: Mapping[str, Any]) -> Dict[str, Any]:
    return client.get(
        "apps/create-installation-access-token",
        "token",
        "expires_at",
        body=body or None,
        installation_id=installation_id,
    )


def reader_for(client: Client, installation_id: int) -> Client:
    """A client that acts as the installation and may read what repositories there are, and nothing more.

    Its token is not revoked, which would cost a request in every run: it dies with this process's memory.
    """
    return client.with_installation_token(mint(client, installation_id, {"permissions": {"metadata": "read"}})["token"])


def is_name_lookup_due(client: Client, scope: Scope) -> bool:
    """Whether the names of the scope need to be compared with the installation before GitHub can take them."""
    return bool(scope.repositories) and (
        client.release < REPOSITORY_NAMES or any("/" in name for name in scope.repositories)
    )


def resolve_scope(client: Client, installation: Installation, scope: Scope) -> Scope:
    """The scope as the server takes it: names without their owner, or ids where the release knows ids only."""
    full = full_names("repositories", scope.repositories, account_login(installation))
    names = tuple(name.rpartition("/")[2] for name in full)
    if not names or client.release >= REPOSITORY_NAMES:
        return replace(scope, repositories=names)
    reached = check_repositories(client, installation, replace(scope, repositories=names, repository_ids=()))
    ids = [repository.id for repository in reached if repository.name.lower() in names]
    return replace(scope, repositories=(), repository_ids=tuple(sorted({*ids, *scope.repository_ids})))


def foresee_token(client: Client, selector: Mapping[str, Any], scope: Scope) -> None:
    """What minting would fail for, found out without minting. (An id of a repository cannot be looked up that way.)"""
    installation = get_installation(client, selector)
    check_grant(installation, scope)
    names = full_names("repositories", scope.repositories, account_login(installation))
    refuse_unreached(installation, [name for name in names if not is_reached(client, installation, name)])


def explain_refused_token(client: Client, installation_id: int, scope: Scope) -> None:
    """What minting was refused for: GitHub's own text names neither permission nor repository."""
    installation = get_installation(client, {"installation_id": installation_id})
    check_grant(installation, scope)
    if scope.repositories or scope.repository_ids:
        check_repositories(client, installation, scope)


def check_grant(installation: Installation, scope: Scope) -> None:
    """`ScopeError` where the installation is suspended, or was granted less than the scope asks for."""
    account = account_login(installation)
    if is_suspended(installation):
        raise ScopeError(
            f"The installation on {account} is suspended since {installation['suspended_at']}: unsuspend it"
            " (github_app_installation with suspended: false) before a token is minted."
        )
    granted, wanted = installation.get("permissions") or {}, dict(scope.permissions)
    lacking = [
        f"{name}: {wanted[name]} (granted: {granted.get(name, 'nothing')})"
        for name in lacking_permissions(granted, wanted)
    ]
    if lacking:
        raise ScopeError(
            f"The installation on {account} was not granted {', '.join(lacking)}: ask for less, or request the permission"
            f" in the app's settings and have an owner accept it at {installation.get('html_url')}."
        )


def check_repositories(client: Client, installation: Installation, scope: Scope) -> List[Repository]:
    """The repositories of the installation, listed; `ScopeError` names those of the scope that are not among them."""
    reached = list_installation_repositories(reader_for(client, installation["id"]))
    names = {repository.name.lower() for repository in reached}
    ids = {repository.id for repository in reached}
    lacking = [name for name in scope.repositories if name.rpartition("/")[2] not in names]
    lacking += [str(number) for number in scope.repository_ids if number not in ids]
    refuse_unreached(installation, lacking)
    return reached


def is_reached(client: Client, installation: Installation, full_name: str) -> bool:
    owner, name = full_name.split("/")
    found = client.find("apps/get-repo-installation", "id", owner=owner, repo=name)
    return found is not None and found["id"] == installation["id"]


def refuse_unreached(installation: Installation, lacking: Sequence[str]) -> None:
    if lacking:
        raise ScopeError(
            f"The installation on {account_login(installation)} does not reach {', '.join(lacking)}: the repository does"
            f" not exist, or is not selected ({installation.get('html_url')}, or github_installation_repo)."
        )


def revoke_installation_token(client: Client, token: str) -> bool:
    """Revokes `token`; False where GitHub no longer knew it."""
    try:
        client.with_installation_token(token).call("apps/revoke-installation-access-token")
    except ApiError as error:
        if error.cause != "bad_credentials":
            raise
        return error.repeated
    return True


def is_live(client: Client, token: str) -> bool:
    """Whether GitHub knows `token`, found out by reading."""
    try:
        client.with_installation_token(token).listing("apps/list-repos-accessible-to-installation")
    except ApiError as error:
        if error.cause != "bad_credentials":
            raise
        return False
    return True
