# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the repositories of an installation, and plan the change to the wanted ones."""

from __future__ import annotations

from typing import Any, Callable, Dict, FrozenSet, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    ConnectionFailedError,
    ForbiddenError,
    NoMatchError,
    NotFoundError,
    OptionError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import Selector, check_ids
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import TOKENS, token_kind
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
    Installation,
    account_login,
    account_type,
    get_installation,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.minting import reader_for
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repositories import (
    LISTED,
    LISTING,
    WRITER_NEEDED,
    AccountRepositories,
    Change,
    as_repositories,
    read_installation_repositories,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_selection import (
    Repository,
    Selection,
    select,
)

SET_TOKEN = (
    "Set token or token_path (GITHUB_TOKEN or GITHUB_TOKEN_PATH). The token must be a personal access token (classic) with"
    " the repo scope, owned by an administrator of the repositories."
)


class Access(NamedTuple):
    """:param selection: all or selected. :param owner: login of the account; None if unknown.
    :param organization: the same if the account is an organization, else None. :param is_complete: whether
    `repositories` contains all repositories of the installation, not only those visible to a user.
    """

    installation_id: int
    selection: str
    owner: Optional[str]
    organization: Optional[str]
    repositories: List[Repository]
    is_complete: bool


# Returned keys of a repository; GitHub returns about a hundred.
# (permissions are those of the user whose token was used.)
DESCRIBED = (
    *("id", "name", "full_name", "private", "visibility", "archived", "default_branch", "html_url", "topics"),
    "permissions",
)


def describe_repositories(client: Client, selector: Selector) -> Dict[str, Any]:
    """The repositories of an installation for the info module, even if it is an installation on all repositories."""
    if client.credentials.app:
        installation_id = selector.installation_id or get_installation(client, selector)["id"]
        reader, operation = reader_for(client, installation_id), LISTING
        path: Dict[str, Any] = {}
    else:
        installation_id = id_for_user(client, selector)
        reader, operation = client, "apps/list-installation-repos-for-authenticated-user"
        path = {"installation_id": installation_id}
    reading = reader.read(operation, "id", "full_name", only=DESCRIBED, optional_previews=True, **path)
    return {
        "installation_id": installation_id,
        "repository_selection": reading.wrapper.get("repository_selection"),
        "repositories": by_name(reading.items),
    }


def by_name(items: Iterable[Mapping[str, Any]]) -> List[Mapping[str, Any]]:
    """Repositories as GitHub returned them, sorted by name."""
    return sorted(items, key=lambda item: str(item["full_name"]).lower())


def read_access(client: Client, selector: Selector, state: str) -> Access:
    """Read the repositories with the app's key or else the user's token. `OptionError` if `state` is not possible."""
    if client.credentials.app:
        return read_installation(client, get_installation(client, selector), state)
    return read_as_user(client, selector, state)


def read_installation(client: Client, installation: Installation, state: str) -> Access:
    """Read the repositories with the app's key. :param installation: as GitHub returned it."""
    login = account_login(installation)
    organization = login if account_type(installation) == "Organization" else None
    selection = str(installation.get("repository_selection") or "selected")
    refuse_unselected(selection, state, login)
    if selection == "all":
        return Access(installation["id"], selection, login, organization, [], is_complete=True)
    reading = read_installation_repositories(client, installation["id"], LISTED)
    if state == "exact" and not reading.is_complete:
        raise ConnectionFailedError(
            f"The repositories of {login} changed each time they were read. Nothing was removed. Run the task again."
        )
    repositories = as_repositories(reading.items)
    return Access(installation["id"], selection, login, organization, repositories, is_complete=True)


def read_as_user(client: Client, selector: Selector, state: str) -> Access:
    if state == "exact":
        raise OptionError(
            "state=exact requires the app's private key (app_id and private_key_path). With a user's token, only the"
            " repositories that the user can access are visible, and others would not be removed."
        )
    number = id_for_user(client, selector)
    operation = "apps/list-installation-repos-for-authenticated-user"
    reading = client.read(operation, "id", "full_name", optional_previews=True, installation_id=number)
    selection = str(reading.wrapper.get("repository_selection") or "selected")
    refuse_unselected(selection, state, f"the account of installation {number}")
    repositories = as_repositories(reading.items) if selection != "all" else []
    owner = repositories[0].full_name.partition("/")[0] if repositories else None
    account = reading.items[0].get("owner") if reading.items else None
    is_organization = isinstance(account, dict) and account.get("type") == "Organization"
    return Access(number, selection, owner, owner if is_organization else None, repositories, is_complete=False)


def id_for_user(client: Client, selector: Selector) -> int:
    """The installation ID, the only selector that works without the app's key. Rejects unsupported tokens."""
    if selector.installation_id is None:
        raise OptionError(
            f"{selector.kind} requires the app's private key. Set app_id and private_key_path, or use installation_id"
            f" instead.{client.credentials.describe_given()}"
        )
    if token_kind(client.credentials.user_token or "") == TOKENS["github_pat_"]:
        raise ForbiddenError(
            f"GitHub does not accept {client.credentials.token_option} for listing the repositories of an installation. Use a"
            " personal access token (classic), or the app's private key."
        )
    return selector.installation_id


def refuse_unselected(selection: str, state: str, where: str) -> None:
    if selection == "all" and state != "present":
        raise OptionError(
            f"state={state} cannot be used, because the app is installed on all repositories of {where}. An owner must"
            " first select 'Only select repositories' in the web interface. An app cannot change its own selection."
        )


def plan_change(
    client: Client,
    access: Access,
    state: str,
    selection: Selection,
    ids: Optional[Sequence[int]],
    check_mode: bool,
) -> Change:
    """The repositories to add and remove. Problems that can be detected in advance raise an error here, before any
    change.

    :param check_mode: whether to look up the user's rights for each repository, which GitHub otherwise checks during
    the change.
    """
    visible = AccountRepositories(client, owner_of(access, selection), access.organization)
    try:
        wanted, matched = find_wanted(visible, access, selection, frozenset(check_ids(ids)), state != "absent")
    except (NotFoundError, NoMatchError):
        refuse_scopes(client)  # because without the scope, GitHub hides private repositories
        raise
    refuse_empty_selection(state, None, wanted)
    change = CHANGES[state](access.repositories, wanted)._replace(matched=matched)
    refuse_last_removal(access, change)
    require_token(client, len(change.add), len(change.remove))
    refuse_user(client, foreseen(visible, change) if check_mode else change)
    return change


def find_wanted(
    visible: AccountRepositories,
    access: Access,
    selection: Selection,
    ids: FrozenSet[int],
    is_new_wanted: bool,
) -> Tuple[Dict[int, Repository], Mapping[str, List[str]]]:
    """The wanted repositories by ID, including those outside the installation only if `is_new_wanted`, and what each
    pattern and topic selects.

    Patterns and topics also select repositories of the installation that the token's user cannot see, so that state
    exact keeps them.
    """
    listed = access.repositories
    if not is_new_wanted:
        selection = selection._replace(allow_no_match=True)  # what is already absent is no error
    elif selection.needs_listing:
        require_user(visible.client)
        listed = [*visible.list(), *listed]
    selected = select(selection, listed, visible.owner)
    wanted = {repository.id: repository for repository in selected.repositories}
    wanted.update({repository.id: repository for repository in listed if repository.id in ids})
    if is_new_wanted:
        require_token(visible.client, len(selected.missing), 0)
        # A renamed repository is found by its old name and may already be part of the installation.
        found = visible.resolve(selected.missing)
        for repository in (*found, *(Repository(number, str(number)) for number in sorted(ids))):
            wanted.setdefault(repository.id, repository)
    return wanted, selected.matched


def missing_of(there: Sequence[Repository], wanted: Mapping[int, Repository]) -> List[Repository]:
    reached = {repository.id for repository in there}
    return [repository for number, repository in wanted.items() if number not in reached]


# The change for each state, from the current and the wanted repositories.
CHANGES: Dict[str, Callable[[Sequence[Repository], Mapping[int, Repository]], Change]] = {
    "present": lambda there, wanted: Change(missing_of(there, wanted), []),
    "absent": lambda there, wanted: Change([], [item for item in there if item.id in wanted]),
    "exact": lambda there, wanted: Change(missing_of(there, wanted), [item for item in there if item.id not in wanted]),
}


def foreseen(visible: AccountRepositories, change: Change) -> Change:
    """The change, with the rights of the token's user for each repository whose name is known."""
    unknown = [item for item in (*change.add, *change.remove) if item.is_admin is None and "/" in item.full_name]
    found, _missing = visible.find([item.full_name for item in unknown])
    rights = {**{item.id: False for item in unknown}, **{item.id: item.is_admin for item in found}}

    def with_rights(repositories: Sequence[Repository]) -> List[Repository]:
        return [item._replace(is_admin=rights.get(item.id, item.is_admin)) for item in repositories]

    return change._replace(add=with_rights(change.add), remove=with_rights(change.remove))


def refuse_user(client: Client, change: Change) -> None:
    """Raise `ForbiddenError` if GitHub is known to reject the change by this user."""
    refused = [repository.full_name for repository in (*change.add, *change.remove) if repository.is_admin is False]
    if refused:
        raise ForbiddenError(
            f"The owner of {client.credentials.token_option} is not an administrator of {', '.join(refused)}. {WRITER_NEEDED}"
        )
    if change.add or change.remove:
        refuse_scopes(client)


def refuse_scopes(client: Client) -> None:
    """Raise `ForbiddenError` if the user's token is known to lack the scope for changes."""
    scopes = client.token_scopes
    if scopes is not None and "repo" not in scopes:
        raise ForbiddenError(
            f"{client.credentials.token_option} does not have the repo scope. Its scopes are:"
            f" {', '.join(sorted(scopes)) or 'none'}. {WRITER_NEEDED}"
        )


def require_token(client: Client, adding: int, removing: int) -> None:
    if (adding or removing) and not client.credentials.user_token:
        raise OptionError(
            "GitHub does not allow an app to change its own repository selection."
            f" Repositories to add: {adding}. Repositories to remove: {removing}. {SET_TOKEN}"
        )
    if adding or removing:
        refuse_token_kind(client)


def refuse_token_kind(client: Client) -> None:
    """Raise `ForbiddenError` if the user's token is known to be of another kind than changes require."""
    kind = token_kind(client.credentials.user_token or "")
    if kind and kind != TOKENS["ghp_"]:
        raise ForbiddenError(
            f"GitHub does not accept {client.credentials.token_option} for changing repositories. {WRITER_NEEDED}"
        )


def require_user(client: Client) -> None:
    if not client.credentials.user_token:
        raise OptionError(
            "Topics (repository_topics) and patterns (in the option repositories) can only match repositories that the owner of"
            f" token can see. {SET_TOKEN}"
        )


def owner_of(access: Access, selection: Selection) -> str:
    """The account's login. Without the app's key, it is taken from the option values."""
    if access.owner:
        return access.owner
    names = (*selection.names, *selection.patterns)
    owners = [name.partition("/")[0] for name in names if "/" in name]
    if (names or selection.topics) and not owners:
        raise OptionError(
            "repositories must be in the form owner/name, because the account is not known without the app's private"
            " key."
        )
    return owners[0] if owners else ""


def refuse_empty_selection(state: str, repository_selection: Optional[str], wanted: Mapping[int, Repository]) -> None:
    if not wanted and (state == "exact" or repository_selection):
        option = "state=exact" if state == "exact" else f"repository_selection={repository_selection}"
        raise OptionError(
            f"{option} without repositories would remove all repositories, which GitHub does not allow. Uninstall the app"
            " instead."
        )


def refuse_last_removal(access: Access, change: Change) -> None:
    if access.is_complete:
        refuse_last(access.repositories, change)


def refuse_last(repositories: Sequence[Repository], change: Change) -> None:
    """Raise `OptionError` if the change removes all repositories. :param repositories: those of the installation."""
    if change.remove and not change.add and len(change.remove) == len(repositories):
        names = ", ".join(repository.full_name for repository in change.remove)
        raise OptionError(
            f"Removing {names} would leave the installation without repositories, which GitHub does not allow."
            " Uninstall the app instead (github_app_installation with state=absent), or suspend the installation."
        )
