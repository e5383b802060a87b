# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an installation access token is limited to.

https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, NamedTuple, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    CACHE,
    SCOPE,
    Selector,
    check_ids,
    number,
    split_full_name,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import quoted
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.permissions import LEVELS

# Which files a token with the permission single_file may use; with it only, GitHub returns them.
SINGLE_FILES = ("single_file", "single_file_paths", "has_multiple_single_files")

# What is returned of a token.
RESULTS = (
    *("token", "expires_at", "permissions", "repository_selection", "repositories", "installation_id"),
    *SINGLE_FILES,
    *("api_url", "server_url"),
)

# What stands in for a token in check mode, which creates none: nobody can take it for one.
NO_TOKEN = "no-token-in-check-mode"

MAX_REPOSITORIES = 500
LIFETIME = 3600  # seconds that a token lives
MOST_REMAINING = 3300  # seconds; more than this would replace a new token at once


class Scope(NamedTuple):
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


def token_identity(api_url: str, app: Any, selector: Selector, scope: Scope) -> Dict[str, Any]:
    """Everything that makes a token what it is: server, app, installation and scope. As JSON can write it.

    :param app: as `Credentials.app`.
    """
    return {
        "api_url": api_url,
        "app": str(app),
        "installation": {selector.kind: str(selector.value).lower()},
        "scope": scope.as_dict(),
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


def min_remaining(options: Mapping[str, Any]) -> int:
    """Seconds of life that a token must have left to be used once more."""
    return number(options, "min_remaining", CACHE["min_remaining"]["default"], 0, MOST_REMAINING)


def check_permissions(permissions: Mapping[str, Any]) -> Dict[str, str]:
    """Permission names are GitHub's to judge (each release knows others); levels are not."""
    for name, level in permissions.items():
        if "-" in str(name):
            raise OptionError(f"permissions: {quoted(name)} is written with underscores instead of hyphens.")
        if level not in LEVELS:
            raise OptionError(
                f"permissions: {quoted(name)} is {quoted(level)}, which is not one of {', '.join(LEVELS)}."
            )
    return {str(name): str(level) for name, level in permissions.items()}
