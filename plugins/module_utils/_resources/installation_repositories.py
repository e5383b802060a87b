# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the repositories of many installations concurrently.

Requests for each installation: one token, and one for each 100 repositories, or only one to count them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Callable, Dict, List, Sequence, TypeVar, Union

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    ConnectionFailedError,
    GitHubAppsError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
    Installation,
    is_suspended,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.minting import temporary_reader
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repositories import (
    LISTING,
    read_installation_repositories,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_access import DESCRIBED, by_name

# Causes of errors that the next installation is likely to have too. The server may be down, and GitHub may ban clients
# that send more requests after a rate limit was exceeded
# (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit).
COMMON = ("connection", "limit")
MOST_FAILURES = 5  # such errors in a row

Item = TypeVar("Item")
Value = TypeVar("Value")


class Attempts:
    """Processes installations until too many in a row fail with an error that the others are likely to have too."""

    def __init__(self) -> None:
        self.failures: List[GitHubAppsError] = []

    def attempt(self, step: Callable[[Item], Value], item: Item) -> Union[Value, GitHubAppsError]:
        """What `step` returns for an installation, or the error that it raises."""
        failures = self.failures
        if len(failures) >= MOST_FAILURES:
            return unprocessed(failures[-1])
        try:
            value = step(item)
        except GitHubAppsError as error:
            self.failures = [*failures, error] if error.facts().get("cause") in COMMON else []
            return error
        self.failures = []
        return value


def unprocessed(error: GitHubAppsError) -> GitHubAppsError:
    """The error of an installation that was not processed because of the error of another one."""
    skipped = GitHubAppsError(f"Not processed, because {MOST_FAILURES} installations in a row failed: {error}")
    skipped.cause = error.facts()["cause"]
    return skipped


def read_each(
    read: Callable[[Item], Value], items: Sequence[Item], concurrency: int
) -> List[Union[Value, GitHubAppsError]]:
    """For each item, such as an installation, what `read` returns, or the error that it raises.

    :param concurrency: number of items that are read at a time.
    """
    with ThreadPoolExecutor(concurrency) as pool:
        return list(pool.map(partial(Attempts().attempt, read), items))


def include_repositories(
    client: Client, installations: Sequence[Installation], include: Sequence[str], concurrency: int
) -> List[Installation]:
    """The installations with their `repositories` and `repository_count`, or with the `failure` to read them.

    GitHub does not list the repositories of suspended installations.

    :param include: if it does not contain `repositories`, they are only counted.
    """
    active = [item for item in installations if not is_suspended(item)]
    read = partial(list_repositories if "repositories" in include else count_repositories, client)
    read_items = read_each(read, active, concurrency)
    failed = sum(isinstance(item, GitHubAppsError) for item in read_items)
    if failed:
        client.transport.warn(
            f"Installations whose repositories could not be read: {failed} of {len(active)}. For each of them, the"
            " key 'failure' contains the reason."
        )
    added = {item["id"]: as_result(read_item) for item, read_item in zip(active, read_items)}
    return [{**item, **added.get(item["id"], {})} for item in installations]


def as_result(value: Union[Dict[str, Any], GitHubAppsError]) -> Dict[str, Any]:
    if isinstance(value, GitHubAppsError):
        return {"failure": {"message": str(value), "cause": value.facts().get("cause")}}
    return value


def list_repositories(client: Client, installation: Installation) -> Dict[str, Any]:
    items = read_installation_repositories(client, installation["id"], DESCRIBED).items
    return {"repositories": by_name(items), "repository_count": len(items)}


def count_repositories(client: Client, installation: Installation) -> Dict[str, Any]:
    with temporary_reader(client, installation["id"]) as reader:
        count = reader.listing(LISTING, query={"per_page": 1}).wrapper.get("total_count")
    if not isinstance(count, int):
        raise ConnectionFailedError(
            f"{client.server.host} did not return the number of repositories. Check that api_url is the API of a GitHub"
            " server."
        )
    return {"repository_count": count}
