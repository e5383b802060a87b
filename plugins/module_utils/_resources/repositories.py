# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The repositories of an installation: list, resolve, add, remove.

https://docs.github.com/rest/apps/installations. Like on GitHub, names are not case-sensitive.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    ApiError,
    GitHubAppsError,
    NotFoundError,
    PartialChangeError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import READING, number
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import (
    NOT_MODIFIED,
    Client,
    Listing,
    Reading,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.minting import temporary_reader, without
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_selection import Repository

# GitHub allows an app or a user 100 concurrent requests
# (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits).
# A tenth of that leaves room for the other hosts of a play, and requests keeps ten connections open.
MOST_CONCURRENT = 10


def read_concurrency(options: Mapping[str, Any]) -> int:
    """The value of the option; `OptionError` if it is out of range."""
    return number(options, "read_concurrency", READING["read_concurrency"]["default"], 1, MOST_CONCURRENT)


WRITER_NEEDED = (
    "Outside of enterprises, GitHub accepts changes to the repositories of an installation only with a personal access"
    " token (classic) with the repo scope, owned by an administrator of the repository."
)
# Causes of errors that mean that the user is not allowed to make the change.
REFUSALS = ("token_kind", "forbidden", "not_found")


# What is kept of each repository in a listing.
LISTING = "apps/list-repos-accessible-to-installation"
KEYS = ("id", "full_name")
LISTED = (*KEYS, "topics", "archived")
OF_ORGANIZATION = "repos/list-for-org"
# Options of a listing that is read with a user's token.
AS_USER: Dict[str, Any] = {"optional_previews": True, "only": (*LISTED, "permissions")}


class Change(NamedTuple):
    """The repositories to add and to remove.

    :param matched: full names of the repositories that each pattern and topic selects.
    """

    add: List[Repository]
    remove: List[Repository]
    matched: Mapping[str, List[str]] = {}

    def applied_to(self, repositories: Iterable[Repository]) -> List[Repository]:
        """The repositories after the change."""
        after = {repository.id: repository for repository in (*repositories, *self.add)}
        for repository in self.remove:
            del after[repository.id]
        return list(after.values())


def list_installation_repositories(client: Client) -> List[Repository]:
    """All repositories of the installation that the client authenticates as."""
    return as_repositories(client.list(LISTING, "id", "full_name", optional_previews=True, only=LISTED))


def read_installation_repositories(client: Client, installation_id: int, only: Sequence[str]) -> Reading:
    """The repositories of an installation, read as the installation. :param only: the keys to keep of each repository."""
    with temporary_reader(client, installation_id) as reader:
        reading = reader.read(LISTING, "id", "full_name", optional_previews=True, only=only)
        token = reader.credentials.installation_token
    return reading._replace(items=without(token, reading.items))


def as_repositories(items: Any) -> List[Repository]:
    """The repositories in a list that GitHub returned. Invalid items are ignored."""
    known = [item for item in items if isinstance(item, dict) and "id" in item] if isinstance(items, list) else []
    return [as_repository(item) for item in known]


def as_repository(item: Mapping[str, Any], is_admin: Optional[bool] = None) -> Repository:
    """The repository in an item. Servers before 3.3 return topics only with a preview media type."""
    topics = item.get("topics")
    return Repository(
        item["id"],
        str(item.get("full_name")),
        is_admin,
        tuple(map(str, topics)) if isinstance(topics, list) else (),
        bool(item.get("archived")),
    )


def as_results(repositories: Iterable[Repository]) -> List[Dict[str, Any]]:
    """The repositories for a task result, sorted by name."""
    ordered = sorted(repositories, key=lambda repository: repository.full_name.lower())
    return [
        {"id": item.id, "name": item.name, "full_name": item.full_name}
        if "/" in item.full_name
        else {"id": item.id, "name": None, "full_name": None}
        for item in ordered
    ]


def sorted_names(repositories: Iterable[Repository]) -> List[str]:
    """The full names for the diff, or the IDs of repositories whose names are not known."""
    return sorted((repository.full_name for repository in repositories), key=str.lower)


class AccountRepositories:
    """The repositories of an account that the user of the token can see. A listing that was read is used again.

    :param owner: login of the account. :param organization: the same if it is an organization, otherwise None.
    """

    def __init__(self, client: Client, owner: str, organization: Optional[str]) -> None:
        self.client, self.owner = client, owner
        self._organization = organization
        self._known: Dict[str, Repository] = {}
        self._listing: Optional[Listing] = None
        self._is_listed = False

    def list(self) -> List[Repository]:
        """All repositories of the account.

        The public list of a user's repositories lacks the private ones. The user's own list has all of them, or those to
        which the owner invited the user.
        """
        if self._organization:
            items = self.client.list(OF_ORGANIZATION, *KEYS, org=self._organization, **AS_USER)
        else:
            query = {"affiliation": "owner,collaborator"}
            items = self.client.list("repos/list-for-authenticated-user", *KEYS, query=query, **AS_USER)
        listed = self._remember(items)
        self._is_listed = True
        return [item for item in listed if item.full_name.partition("/")[0].lower() == self.owner.lower()]

    def find(self, names: Iterable[str]) -> Tuple[List[Repository], List[str]]:
        """The repositories with these full names, and the names that were not found, with as few requests as possible.

        The organization's listing is used if it takes fewer requests than one for each name.
        """
        asked = {name.lower(): name for name in names}
        self._list_for(asked)
        for key in self._unknown(asked):
            owner, _slash, name = asked[key].rpartition("/")
            item = self.client.find("repos/get", *KEYS, owner=owner, repo=name)
            if item is not None:  # with another name if the repository was renamed
                self._known[key] = as_repository(item, is_admin_of(self.client, item))
        return [self._known[key] for key in asked if key in self._known], [asked[key] for key in self._unknown(asked)]

    def resolve(self, names: Iterable[str]) -> List[Repository]:
        """As `find`. :raises NotFoundError: lists the repositories that do not exist, or that the user cannot access."""
        found, missing = self.find(names)
        if missing:
            raise NotFoundError(
                f"{'Repository' if len(missing) == 1 else 'Repositories'} not found:"
                f" {', '.join(sorted(missing))}. Check the spelling, and whether"
                f" {self.client.credentials.token_option} has access."
            )
        return found

    def _list_for(self, asked: Iterable[str]) -> None:
        """List the repositories of the organization if this saves requests."""
        if self._is_listed or not self._organization or len(self._unknown(asked)) < 2:
            return
        if self._listing is None:
            self._listing = self.client.listing(OF_ORGANIZATION, *KEYS, org=self._organization, **AS_USER)
            self._remember(self._listing.first)
        if self._listing.further_pages < len(self._unknown(asked)):
            self._remember(self._listing.rest())
            self._is_listed = True

    def _unknown(self, keys: Iterable[str]) -> List[str]:
        return [key for key in keys if key not in self._known]

    def _remember(self, items: Iterable[Mapping[str, Any]]) -> List[Repository]:
        repositories = [as_repository(item, is_admin_of(self.client, item)) for item in items]
        self._known.update((repository.full_name.lower(), repository) for repository in repositories)
        return repositories


def is_admin_of(client: Client, item: Mapping[str, Any]) -> Optional[bool]:
    """Whether the user administers the repository; None if it was not read with a user's token."""
    permissions = item.get("permissions")
    if not client.credentials.user_token or not isinstance(permissions, dict) or "admin" not in permissions:
        return None
    return bool(permissions["admin"])


def apply_change(client: Client, installation_id: int, change: Change, concurrency: int = 1) -> Dict[str, Any]:
    """Add and remove repositories, and return their names. If a request fails, `PartialChangeError` lists what was
    done.

    Repositories that somebody else has added or removed in the meantime (status 304) are not returned.

    :param concurrency: number of concurrent requests.
    """
    failures: List[Tuple[GitHubAppsError, Repository]] = []
    progress = client.transport.progress
    progress.begin(len(change.add) + len(change.remove), f"repositories of installation {installation_id} changed")

    def write(verb: str, repository: Repository) -> Optional[int]:
        """Send a request and return the status; None if it failed, or was not sent because of an earlier failure."""
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
        finally:
            progress.step()

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


def describe_done(done: Mapping[str, Sequence[str]]) -> str:
    """What a change that failed halfway did. :param done: names of the added, removed and remaining repositories."""
    texts = {name: ", ".join(names) or "none" for name, names in done.items()}
    return f"Added: {texts['added']}. Removed: {texts['removed']}. Not done: {texts['remaining']}."


def describe_partial_change(
    error: GitHubAppsError, repository: Repository, done: Dict[str, List[str]]
) -> PartialChangeError:
    """:param repository: its change failed. :param done: names of the added, removed and remaining repositories."""
    advice = describe_done(done)
    return PartialChangeError(
        explain_refused_write(error, repository, advice),
        # The repository was found before, so not_found means that the user has no access to it.
        {**({"cause": "forbidden"} if error.facts().get("cause") == "not_found" else {}), **done},
        cause=error,
    )


def explain_refused_write(error: GitHubAppsError, repository: Repository, advice: str) -> str:
    if isinstance(error, ApiError) and error.cause in REFUSALS:
        unknown = "" if "/" in repository.full_name else " The error can also mean that no repository has this ID."
        advice = f"{WRITER_NEEDED}{unknown} {advice}"
    return f"The change for {repository.full_name} failed: {error.with_advice(advice)}"
