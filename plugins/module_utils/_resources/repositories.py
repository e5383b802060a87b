# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The repositories that an installation reaches: list, resolve, add, remove.

https://docs.github.com/rest/apps/installations. Names are compared as GitHub does, without regard to case.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    ApiError,
    GitHubAppsError,
    NotFoundError,
    OptionError,
    PartialChangeError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    check_repository_name,
    split_full_name,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import quoted
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import NOT_MODIFIED, Client

# GitHub lets 100 requests at a time through for all that an app or a user does
# (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits).
# A tenth of it leaves room for the other hosts of a play, and requests keeps ten connections open.
MOST_CONCURRENT = 10


WRITER_NEEDED = (
    "GitHub takes this only from a personal access token (classic) with the scope repo, of a user who administers the"
    " repository."
)
# Causes of the error with which GitHub refuses a user.
REFUSALS = ("token_kind", "forbidden", "not_found")


class Repository(NamedTuple):
    """:param full_name: owner/name; the id again where a repository was given by its id and never seen.
    :param is_admin: whether the user of the token administers it; None where that was not asked.
    """

    id: int
    full_name: str
    is_admin: Optional[bool] = None

    @property
    def name(self) -> str:
        return self.full_name.rpartition("/")[2]


class Change(NamedTuple):
    """What is to be added and what is to be removed."""

    add: List[Repository]
    remove: List[Repository]


def list_installation_repositories(client: Client) -> List[Repository]:
    """All repositories of the installation as which the client acts."""
    return as_repositories(client.list("apps/list-repos-accessible-to-installation", "id", "full_name"))


def as_repositories(items: Any) -> List[Repository]:
    """Repositories as GitHub describes them; what is none is left out."""
    known = [item for item in items if isinstance(item, dict) and "id" in item] if isinstance(items, list) else []
    return [Repository(item["id"], str(item.get("full_name"))) for item in known]


def as_results(repositories: Iterable[Repository]) -> List[Dict[str, Any]]:
    """For the result of a task, sorted by name."""
    ordered = sorted(repositories, key=lambda repository: repository.full_name.lower())
    return [
        {"id": item.id, "name": item.name, "full_name": item.full_name}
        if "/" in item.full_name
        else {"id": item.id, "name": None, "full_name": None}
        for item in ordered
    ]


def full_names(option: str, names: Optional[Sequence[str]], owner: str) -> List[str]:
    """`names` as owner/name, once each; `OptionError` for a repository of another account than `owner`."""
    result: Dict[str, str] = {}
    for name in names or []:
        if "/" in name:
            given_owner, bare = split_full_name(option, name)
            if given_owner.lower() != owner.lower():
                raise OptionError(
                    f"{option}: {quoted(name)} does not belong to {owner}, and an installation reaches its own account's repositories only."
                )
        else:
            bare = check_repository_name(option, name)
        result.setdefault(bare.lower(), f"{owner}/{bare}")
    return list(result.values())


def resolve(client: Client, names: Sequence[str], organization: Optional[str]) -> List[Repository]:
    """The repositories with these full names, in as few requests as can be.

    One request a name, or the organization's listing where that takes fewer: GitHub tells with its first page how
    many there are. (A user's listing holds public repositories only, so it is not used.)

    :raises NotFoundError: names those that do not exist, or that the credentials may not see.
    """
    missing = {name.lower(): name for name in names}
    found: List[Repository] = []

    def take(items: Iterable[Dict[str, Any]]) -> None:
        for item in items:
            if missing.pop(str(item["full_name"]).lower(), None):
                found.append(Repository(item["id"], item["full_name"], is_admin_of(client, item)))

    if organization and len(missing) > 1:
        listing = client.listing("repos/list-for-org", "id", "full_name", org=organization)
        take(listing.first)
        if listing.further_pages < len(missing):
            take(listing.rest())
    for key, full_name in list(missing.items()):
        owner, _slash, name = full_name.rpartition("/")
        item = client.find("repos/get", "id", "full_name", owner=owner, repo=name)
        if item is not None:
            del missing[key]
            found.append(Repository(item["id"], item["full_name"], is_admin_of(client, item)))
    if missing:
        raise NotFoundError(
            f"No such repository: {', '.join(sorted(missing.values()))}; or the credentials that look it up may not see it."
        )
    return found


def is_admin_of(client: Client, item: Mapping[str, Any]) -> Optional[bool]:
    """Whether the user administers the repository, where it was read with a user's token."""
    permissions = item.get("permissions")
    if not client.credentials.user_token or not isinstance(permissions, dict) or "admin" not in permissions:
        return None
    return bool(permissions["admin"])


def apply_change(client: Client, installation_id: int, change: Change, concurrency: int = 1) -> Dict[str, Any]:
    """Adds, then removes, and returns what was added and removed. `PartialChangeError` says what was done when a call fails.

    GitHub answers 304 where somebody else made the change before: that is neither added nor removed here.

    :param concurrency: how many requests are made at the same time.
    """
    failures: List[Tuple[GitHubAppsError, Repository]] = []

    def write(verb: str, repository: Repository) -> Optional[int]:
        """The status of the answer; None if it was not done. After a failure nothing more is begun."""
        if failures:
            return None
        try:
            return client.call(
                f"apps/{verb}-installation-for-authenticated-user",
                installation_id=installation_id,
                repository_id=repository.id,
            )
        except GitHubAppsError as error:
            failures.append((error, repository))
            return None

    with ThreadPoolExecutor(max_workers=concurrency) as pool:
        adding = list(zip(change.add, pool.map(partial(write, "add-repo-to"), change.add)))
        removing = list(zip(change.remove, pool.map(partial(write, "remove-repo-from"), change.remove)))
    done = {
        "added": [item.full_name for item, status in adding if status not in (None, NOT_MODIFIED)],
        "removed": [item.full_name for item, status in removing if status not in (None, NOT_MODIFIED)],
    }
    if failures:
        remaining = [item.full_name for item, status in (*adding, *removing) if status is None]
        raise describe_partial_change(*failures[0], {**done, "remaining": remaining}) from None
    return {**done, "changed": bool(done["added"] or done["removed"])}


def describe_partial_change(
    error: GitHubAppsError, repository: Repository, done: Dict[str, List[str]]
) -> PartialChangeError:
    """:param repository: whose change failed. :param done: names of those that were added, removed, and neither."""
    texts = {name: ", ".join(names) or "none" for name, names in done.items()}
    return PartialChangeError(
        f"{explain_refused_write(error, repository)} Added: {texts['added']}. Removed: {texts['removed']}. Not done:"
        f" {texts['remaining']}.",
        # A repository that was found and is not found is hidden from the user.
        {**({"cause": "forbidden"} if error.facts().get("cause") == "not_found" else {}), **done},
        cause=error,
    )


def explain_refused_write(error: GitHubAppsError, repository: Repository) -> str:
    remedy = ""
    if isinstance(error, ApiError) and error.cause in REFUSALS:
        unknown = "" if "/" in repository.full_name else " (Or there is no repository with this id.)"
        remedy = f" {WRITER_NEEDED}{unknown}"
    return f"The change for {repository.full_name} failed: {error}{remedy}"
