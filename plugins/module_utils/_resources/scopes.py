# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits of an installation access token.

https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    CACHE,
    SCOPE,
    Selector,
    check_ids,
    number,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import quoted
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.permissions import LEVELS
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_selection import (
    Selection,
    normalized,
    selection_from,
)

# The files that a token with the permission single_file can access. GitHub only returns them with this permission.
SINGLE_FILES = ("single_file", "single_file_paths", "has_multiple_single_files")

# Returned keys of a token.
RESULTS = (
    *("token", "expires_at", "permissions", "repository_selection", "repositories", "installation_id"),
    *SINGLE_FILES,
    *("api_url", "server_url"),
)

# Placeholder for a token in check mode, which does not create one.
NO_TOKEN = "no-token-in-check-mode"

MAX_REPOSITORIES = 500
LIFETIME = 3600  # seconds that a token is valid
MOST_REMAINING = 3300  # seconds; a higher value would replace even new tokens


class Scope(NamedTuple):
    """Limits of a token. Empty values mean no limit beyond those of the installation.

    :param repositories: names, with or without owner. :param permissions: sorted names and levels.
    :param selection: names, patterns and topics, instead of `repositories`. They must be replaced by IDs before the
    scope can be sent.
    """

    repositories: Tuple[str, ...] = ()
    repository_ids: Tuple[int, ...] = ()
    permissions: Tuple[Tuple[str, str], ...] = ()
    selection: Optional[Selection] = None

    def body(self) -> Dict[str, Any]:
        """The body of the request that creates the token, without empty limits."""
        return {name: value for name, value in self.as_dict().items() if value not in ([], {})}

    def as_dict(self) -> Dict[str, Any]:
        return {
            "repositories": list(self.repositories),
            "repository_ids": list(self.repository_ids),
            "permissions": dict(self.permissions),
            **(self.selection.as_options() if self.selection else {}),
        }


def token_identity(api_url: str, app: Any, selector: Selector, scope: Scope) -> Dict[str, Any]:
    """What distinguishes a token from others: server, app, installation and scope, in a form that JSON can store.

    :param app: value of `Credentials.app`.
    """
    return {
        "api_url": api_url,
        "app": str(app),
        "installation": {selector.kind: str(selector.value).lower()},
        "scope": scope.as_dict(),
    }


def scope_from(options: Mapping[str, Any], owner: Optional[str] = None) -> Scope:
    """The scope in the options.

    :param owner: login of the account, if it is known.
    :raises OptionError: also for an empty list or dictionary, because the empty result of an expression should not
    create a token without limits.
    """
    for name in (*SCOPE, "repository_topics"):
        value = options.get(name)
        if value is not None and (not value or value == [""]):
            raise OptionError(
                f"{name} is empty, which would create a token without this limit. Omit {name} if this is intended."
            )
    selection = selection_from(options, owner)
    ids = tuple(sorted(set(check_ids(options.get("repository_ids")))))
    if len(selection.names) + len(ids) > MAX_REPOSITORIES:
        raise OptionError(
            f"A token can be limited to at most {MAX_REPOSITORIES} repositories, not {len(selection.names) + len(ids)}."
        )
    permissions = tuple(sorted(check_permissions(options.get("permissions") or {}).items()))
    if selection.needs_listing:
        return Scope((), ids, permissions, selection)
    return Scope(tuple(normalized(selection.names)), ids, permissions)


def refuse_limits_on_enterprise(kind: Optional[str], scope: Scope) -> None:
    """Raise `OptionError` if a token for an installation on an enterprise would be limited.

    https://docs.github.com/enterprise-cloud@latest/rest/apps/apps#create-an-installation-access-token-for-an-app

    :param kind: kind of the selector, or type of the installation's account.
    """
    if str(kind).lower() == "enterprise" and scope.body():
        raise OptionError(
            "GitHub cannot limit a token for an installation on an enterprise. Such a token has all permissions of the"
            f" installation and no access to repositories. Do not set {' or '.join(scope.body())}."
        )


def min_remaining(options: Mapping[str, Any]) -> int:
    """Seconds that a token must remain valid to be reused."""
    return number(options, "min_remaining", CACHE["min_remaining"]["default"], 0, MOST_REMAINING)


def check_permissions(permissions: Mapping[str, Any]) -> Dict[str, str]:
    """Validate the levels of permissions. GitHub validates the names, because each release supports different ones."""
    for name, level in permissions.items():
        if "-" in str(name):
            raise OptionError(f"permissions: {quoted(name)} must be written with underscores instead of hyphens.")
        if level not in LEVELS:
            raise OptionError(
                f"permissions: {quoted(name)} has the level {quoted(level)}, which is not one of {', '.join(LEVELS)}."
            )
    return {str(name): str(level) for name, level in permissions.items()}
