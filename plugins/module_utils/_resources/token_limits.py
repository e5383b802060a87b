# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare the limits of an installation access token with the permissions and repositories of its installation.

https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    ApiError,
    NoMatchError,
    OptionError,
    ScopeError,
    SuspendedError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import Selector
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import utc
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
    Installation,
    account_login,
    account_type,
    get_installation,
    is_suspended,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.minting import REPOSITORY_NAMES, reader_for
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.permission_names import describe_suggestions
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.permissions import (
    describe_permissions,
    lacking_permissions,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repositories import (
    as_results,
    list_installation_repositories,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_selection import (
    Repository,
    Selection,
    full_names,
    select,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.scopes import (
    LIFETIME,
    MAX_REPOSITORIES,
    NO_TOKEN,
    RESULTS,
    Scope,
    refuse_limits_on_enterprise,
)


def resolve_scope(client: Client, installation: Installation, scope: Scope) -> Scope:
    """The scope in the form that the server accepts: names without owner, or IDs.

    IDs replace patterns and topics, and on servers that do not support names also names.
    """
    refuse_limits_on_enterprise(account_type(installation), scope)
    full = full_names("repositories", scope.repositories, account_login(installation))
    names = tuple(name.rpartition("/")[2] for name in full)
    if not scope.selection and (not names or client.release >= REPOSITORY_NAMES):
        return scope._replace(repositories=names)
    check_grant(installation, scope)
    try:
        found = find_repositories(client, installation, scope)
    except ApiError as error:
        if error.cause == "not_found":  # the installation may be gone, which `get_installation` explains
            get_installation(client, Selector("installation_id", installation["id"]))
        raise
    return Scope(repository_ids=tuple(sorted({item.id for item in found})), permissions=scope.permissions)


def foresee_token(client: Client, selector: Selector, scope: Scope) -> Dict[str, Any]:
    """The result of creating a token, with a placeholder for the token, or the error, without creating it.

    IDs of named repositories are not looked up. Repository IDs, patterns and topics are looked up with a token that
    can only list repositories.
    """
    refuse_limits_on_enterprise(selector.kind, scope)
    installation = get_installation(client, selector)
    refuse_limits_on_enterprise(account_type(installation), scope)
    names = full_names("repositories", scope.repositories, account_login(installation))
    check_grant(installation, scope)
    refuse_unreached(installation, [name for name in names if not is_reached(client, installation, name)])
    is_listed = scope.repository_ids or scope.selection
    listed = find_repositories(client, installation, scope._replace(repositories=())) if is_listed else []
    named = [{"id": None, "name": name.rpartition("/")[2], "full_name": name} for name in names]
    return {
        **dict.fromkeys(RESULTS),
        "token": NO_TOKEN,
        "expires_at": utc(client.transport.server_time() + LIFETIME),
        # Every token has read access to metadata.
        "permissions": {"metadata": "read", **dict(scope.permissions)}
        if scope.permissions
        else installation.get("permissions"),
        "repository_selection": "selected" if named or listed else installation.get("repository_selection"),
        "repositories": [*named, *as_results(listed)] or None,
        "installation_id": installation["id"],
        **client.server.addresses,
    }


def correct_refused_scope(client: Client, installation_id: int, scope: Scope) -> Scope:
    """A scope that GitHub rejected, with the current names of renamed repositories.

    :raises ScopeError: names the permission or repository that caused the error, which GitHub's own message does not.
    """
    installation = get_installation(client, Selector("installation_id", installation_id))
    refuse_limits_on_enterprise(account_type(installation), scope)
    check_grant(installation, scope)
    if not scope.repositories and not scope.repository_ids:
        return scope
    found = find_repositories(client, installation, scope)
    names = {item.name.lower() for item in found if item.id not in scope.repository_ids}
    return scope._replace(repositories=tuple(sorted(names))) if scope.repositories else scope


def check_grant(installation: Installation, scope: Scope) -> None:
    """Raise `SuspendedError`, or `ScopeError` if the scope exceeds the permissions of the installation."""
    account = account_login(installation)
    if is_suspended(installation):
        raise SuspendedError(
            f"The installation on {account} has been suspended since {installation['suspended_at']}. Unsuspend it with"
            " github_app_installation (suspended: false) before you create a token."
        )
    granted, wanted = installation.get("permissions") or {}, dict(scope.permissions)
    lacking = lacking_permissions(granted, wanted)
    if lacking:
        raise ScopeError(
            f"The installation on {account} was not granted {describe_permissions(wanted, lacking)}. It was granted"
            f" {describe_permissions(granted, sorted(granted)) or 'no permissions'}."
            f"{describe_suggestions(lacking, granted)} Limit the token to granted permissions, or request more in the"
            f" app's settings and have an owner accept them at {installation.get('html_url')}."
        )


def find_repositories(client: Client, installation: Installation, scope: Scope) -> List[Repository]:
    """The repositories of the scope. `ScopeError` names those that the installation cannot access.

    A renamed repository is found by its old name, which GitHub redirects.
    """
    account = account_login(installation)
    reader = reader_for(client, installation["id"])
    reached = list_installation_repositories(reader)
    by_id = {repository.id: repository for repository in reached}
    selected = select(scope.selection or Selection(names=scope.repositories), reached, account)
    others = [(name.rpartition("/")[2], find_renamed(reader, name)) for name in selected.missing]
    others += [(str(number), number) for number in scope.repository_ids]
    refuse_unreached(installation, [name for name, number in others if number not in by_id])
    found = {repository.id: repository for repository in selected.repositories}
    found.update((number, by_id[number]) for _name, number in others if number in by_id)
    if scope.selection:
        check_number(len(found), account)
    return list(found.values())


def check_number(number: int, account: str) -> None:
    """Check how many repositories patterns and topics select. GitHub would not limit a token for an empty list."""
    if not number:
        raise NoMatchError(
            f"The patterns and topics select no repository of {account}, but a token must be limited to at least one."
            " Check repositories and repository_topics."
        )
    if number > MAX_REPOSITORIES:
        raise OptionError(
            f"The patterns and topics select {number} repositories of {account}, but a token can be limited to at most"
            f" {MAX_REPOSITORIES}. Use narrower patterns, or omit repositories and repository_topics to create a token"
            " for all repositories of the installation."
        )


def find_renamed(reader: Client, full_name: str) -> Optional[int]:
    """The ID of the repository that has or had this name; None if there is none."""
    owner, _slash, name = full_name.rpartition("/")
    item = reader.find("repos/get", "id", owner=owner, repo=name)
    return int(item["id"]) if item else None


def is_reached(client: Client, installation: Installation, full_name: str) -> bool:
    owner, _slash, name = full_name.rpartition("/")
    found = client.find("apps/get-repo-installation", "id", owner=owner, repo=name)
    return found is not None and found["id"] == installation["id"]


def refuse_unreached(installation: Installation, lacking: Sequence[str]) -> None:
    if lacking:
        raise ScopeError(
            f"The installation on {account_login(installation)} has no access to {', '.join(lacking)}. Check the"
            f" spelling, or add the missing repositories at {installation.get('html_url')} or with"
            " github_installation_repo."
        )
