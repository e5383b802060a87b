# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which repositories an installation reaches, and what has to change so that it reaches the wanted ones."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    ConnectionFailedError,
    ForbiddenError,
    OptionError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import Selector, check_ids
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import TOKENS, token_kind
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
    account_login,
    get_installation,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.minting import reader_for
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repositories import (
    WRITER_NEEDED,
    Change,
    Repository,
    as_repositories,
    full_names,
    is_admin_of,
    resolve,
)


class Access(NamedTuple):
    """:param selection: all or selected. :param owner: login of the account, None where it is not known.
    :param organization: the same, where the account is an organization. :param is_complete: whether
    `repositories` is all that the installation reaches, not only what a user may see of it.
    """

    installation_id: int
    selection: str
    owner: Optional[str]
    organization: Optional[str]
    repositories: List[Repository]
    is_complete: bool


# What is told of a repository; GitHub's own description of one is a hundred lines long.
# (permissions are those of the user whose token lists the repositories.)
DESCRIBED = (
    *("id", "name", "full_name", "private", "visibility", "archived", "default_branch", "html_url", "topics"),
    "permissions",
)


def describe_repositories(client: Client, selector: Selector) -> Dict[str, Any]:
    """The repositories of an installation for an info module, all of them also where the installation is on all."""
    if client.credentials.app:
        installation_id = selector.installation_id or get_installation(client, selector)["id"]
        reader, operation = reader_for(client, installation_id), "apps/list-repos-accessible-to-installation"
        path: Dict[str, Any] = {}
    else:
        installation_id = id_for_user(client, selector)
        reader, operation = client, "apps/list-installation-repos-for-authenticated-user"
        path = {"installation_id": installation_id}
    reading = reader.read(operation, "id", "full_name", optional_previews=True, **path)
    items = sorted(reading.items, key=lambda item: str(item["full_name"]).lower())
    return {
        "installation_id": installation_id,
        "repository_selection": reading.wrapper.get("repository_selection"),
        "repositories": [{key: item[key] for key in DESCRIBED if key in item} for item in items],
    }


def read_access(client: Client, selector: Selector, state: str) -> Access:
    """Reads with the app's key, or without one with the user's token. `OptionError` for a state that cannot be had."""
    return read_as_app(client, selector, state) if client.credentials.app else read_as_user(client, selector, state)


def read_as_app(client: Client, selector: Selector, state: str) -> Access:
    installation = get_installation(client, selector)
    login = account_login(installation)
    organization = login if installation.get("target_type") == "Organization" else None
    selection = str(installation.get("repository_selection") or "selected")
    refuse_unselected(selection, state, login)
    if selection == "all":
        return Access(installation["id"], selection, login, organization, [], is_complete=True)
    reading = reader_for(client, installation["id"]).read(
        "apps/list-repos-accessible-to-installation", "id", "full_name"
    )
    if state == "exact" and not reading.is_complete:
        raise ConnectionFailedError(
            f"The repositories of {login} changed each time they were read, so nothing was removed: run the task again."
        )
    repositories = as_repositories(reading.items)
    return Access(installation["id"], selection, login, organization, repositories, is_complete=True)


def read_as_user(client: Client, selector: Selector, state: str) -> Access:
    if state == "exact":
        raise OptionError(
            "state exact needs the app's key (app_id and private_key_path): a user's token shows only the repositories"
            " that the user may see, and others would be left in place."
        )
    number = id_for_user(client, selector)
    operation = "apps/list-installation-repos-for-authenticated-user"
    reading = client.read(operation, "id", "full_name", installation_id=number)
    selection = str(reading.wrapper.get("repository_selection") or "selected")
    refuse_unselected(selection, state, f"installation {number}")
    repositories = as_repositories(reading.items) if selection != "all" else []
    owner = repositories[0].full_name.partition("/")[0] if repositories else None
    return Access(number, selection, owner, None, repositories, is_complete=False)


def id_for_user(client: Client, selector: Selector) -> int:
    """The installation's id, the only selector that needs no app's key, for a token that may read what is there."""
    if selector.installation_id is None:
        raise OptionError(
            f"{selector.kind} can be looked up with the app's key only: give app_id and private_key_path,"
            f" or give installation_id.{client.credentials.describe_given()}"
        )
    if token_kind(client.credentials.user_token or "") == TOKENS["github_pat_"]:
        raise ForbiddenError(
            f"GitHub does not support {client.credentials.token_option} for the repositories of an installation. Give a personal"
            " access token (classic), or the app's key."
        )
    return selector.installation_id


def refuse_unselected(selection: str, state: str, where: str) -> None:
    if selection == "all" and state != "present":
        raise OptionError(
            f"The app is installed on all repositories of {where}, so state {state} cannot be had: an owner has to choose"
            " 'Only select repositories' in the web interface first; no call of the REST API can."
        )


def plan_change(
    client: Client,
    access: Access,
    state: str,
    names: Optional[Sequence[str]],
    ids: Optional[Sequence[int]],
    check_mode: bool,
) -> Change:
    """What to add and what to remove. Everything that can be known to fail fails here, before anything is changed.

    :param check_mode: whether to ask about each repository what GitHub says only when it is changed.
    """
    if state == "exact" and not names and not ids:
        raise OptionError(
            "state exact with no repositories would remove the last one, which GitHub refuses: uninstall the app instead."
        )
    wanted_names = full_names("repositories", names, owner_of(access, names or []))
    wanted = find_wanted(client, access, wanted_names, check_ids(ids), state != "absent")
    add, remove = CHANGES[state](access.repositories, wanted)
    refuse_last_removal(access, add, remove)
    require_token(client, len(add), len(remove))
    change = Change(add, remove)
    refuse_user(client, foreseen(client, change) if check_mode else change)
    return change


def find_wanted(
    client: Client, access: Access, names: Sequence[str], ids: Sequence[int], is_new_wanted: bool
) -> Dict[int, Repository]:
    """The repositories that are named, by their ids, as far as the installation reaches them or `is_new_wanted`."""
    there = {repository.full_name.lower(): repository for repository in access.repositories}
    there.update((str(repository.id), repository) for repository in access.repositories)
    keys = [*(name.lower() for name in names), *map(str, ids)]
    wanted = {there[key].id: there[key] for key in keys if key in there}
    if is_new_wanted:
        missing = [name for name in names if name.lower() not in there]
        require_token(client, len(missing), 0)
        # A repository that was renamed is found under its old name and may be there already.
        found = resolve(client, missing, access.organization) if missing else []
        for repository in (*found, *(Repository(number, str(number)) for number in sorted(set(ids)))):
            wanted.setdefault(repository.id, repository)
    return wanted


def missing_of(there: Sequence[Repository], wanted: Mapping[int, Repository]) -> List[Repository]:
    reached = {repository.id for repository in there}
    return [repository for number, repository in wanted.items() if number not in reached]


# What to add and what to remove, of the repositories that are there and those that are wanted.
CHANGES: Dict[str, Callable[[Sequence[Repository], Mapping[int, Repository]], Change]] = {
    "present": lambda there, wanted: Change(missing_of(there, wanted), []),
    "absent": lambda there, wanted: Change([], [item for item in there if item.id in wanted]),
    "exact": lambda there, wanted: Change(missing_of(there, wanted), [item for item in there if item.id not in wanted]),
}


def foreseen(client: Client, change: Change) -> Change:
    """The change with what the user of the token may do to each repository whose name is known."""

    def ask(repository: Repository) -> Repository:
        owner, _slash, name = repository.full_name.rpartition("/")
        if repository.is_admin is not None or not owner:
            return repository
        item = client.find("repos/get", "id", owner=owner, repo=name)
        return repository._replace(is_admin=is_admin_of(client, item) if item else False)

    return Change([ask(repository) for repository in change.add], [ask(repository) for repository in change.remove])


def refuse_user(client: Client, change: Change) -> None:
    """`ForbiddenError` where it is known that GitHub will not let the user make the change."""
    refused = [repository.full_name for repository in (*change.add, *change.remove) if repository.is_admin is False]
    if refused:
        raise ForbiddenError(
            f"The user of {client.credentials.token_option} does not administer {', '.join(refused)}. {WRITER_NEEDED}"
        )
    scopes = client.token_scopes
    if (change.add or change.remove) and scopes is not None and "repo" not in scopes:
        raise ForbiddenError(
            f"{client.credentials.token_option} has the scopes {', '.join(sorted(scopes)) or 'none'}, without repo. {WRITER_NEEDED}"
        )


def require_token(client: Client, adding: int, removing: int) -> None:
    if (adding or removing) and not client.credentials.user_token:
        raise OptionError(
            f"{adding} repositories have to be added and {removing} removed, which GitHub does not let an app do: give token"
            " (or GITHUB_TOKEN), a personal access token (classic) with the scope repo, of a user who administers them."
        )
    kind = token_kind(client.credentials.user_token or "")
    if (adding or removing) and kind and kind != TOKENS["ghp_"]:
        raise ForbiddenError(f"GitHub does not support {client.credentials.token_option} here. {WRITER_NEEDED}")


def owner_of(access: Access, names: Sequence[str]) -> str:
    """The account's login; without the app's key it is taken from what was given."""
    if access.owner:
        return access.owner
    owners = [name.partition("/")[0] for name in names if "/" in name]
    if names and not owners:
        raise OptionError("repositories: without the app's key the account is not known, so give them as owner/name.")
    return owners[0] if owners else ""


def refuse_last_removal(access: Access, add: Sequence[Repository], remove: Sequence[Repository]) -> None:
    if access.is_complete and remove and not add and len(remove) == len(access.repositories):
        names = ", ".join(repository.full_name for repository in remove)
        raise OptionError(
            f"Removing {names} would leave the installation without a repository, which GitHub refuses: uninstall the app instead"
            " (github_app_installation with state: absent), or suspend it."
        )
