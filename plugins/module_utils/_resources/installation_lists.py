# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""List and filter the installations of an app, of an organization, or of a user."""

from __future__ import annotations

import re
from typing import Any, List, Mapping

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError, UnsupportedError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    INSTALLATION,
    ArgumentSpec,
    check_login,
    installation_selector,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import quoted
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._github.releases import Release
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
    Installation,
    account_login,
    get_installation,
    is_suspended,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.permissions import lacking_permissions

FILTERS: ArgumentSpec = {
    "account": {"type": "str"},
    "suspended": {"type": "bool"},
    "repository_selection": {"type": "str", "choices": ["all", "selected"]},
    "permissions": {"type": "dict"},
    "since": {"type": "str"},
    "outdated": {"type": "str"},
}
# The filters that GitHub applies
# (https://docs.github.com/enterprise-server@2.22/rest/reference/apps#list-installations-for-the-authenticated-app).
SENT_FILTERS = ("since", "outdated")
# A date, or a date and a time with a time zone, in ISO 8601. GitHub returns no installations for anything else.
TIME = r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))?"
FIRST_WITH_FILTERS = Release(2, 22)


def list_app_installations(client: Client, options: Mapping[str, Any]) -> List[Installation]:
    """All installations of the app, or the selected one."""
    filters = {name: options[name] for name in SENT_FILTERS if options.get(name)}
    if any(options.get(name) for name in INSTALLATION):
        selector = installation_selector(options)
        if filters:
            raise OptionError(f"{' and '.join(filters)} cannot be used with {selector.kind}.")
        return [get_installation(client, selector)]
    if "since" in filters and not re.fullmatch(TIME, str(filters["since"])):
        raise OptionError(f"since must be a time such as 2026-01-31T12:00:00Z, not {quoted(filters['since'])}.")
    if filters and client.release < FIRST_WITH_FILTERS:
        raise UnsupportedError(
            f"GitHub Enterprise Server {client.release} does not support {' and '.join(filters)}."
            f" GitHub Enterprise Server {FIRST_WITH_FILTERS} is the first release that does."
        )
    return client.list("apps/list-installations", "id", query=filters)


def list_organization_installations(client: Client, options: Mapping[str, Any]) -> List[Installation]:
    """The installations of all apps on an organization."""
    if not options.get("organization"):
        raise OptionError("list=organization requires organization.")
    return client.list("orgs/list-app-installations", "id", org=check_login("organization", options["organization"]))


def list_user_installations(client: Client, options: Mapping[str, Any]) -> List[Installation]:
    """The installations that are visible to the user of the token."""
    return client.list("apps/list-installations-for-authenticated-user", "id")


def is_wanted(installation: Installation, options: Mapping[str, Any]) -> bool:
    """Whether the installation matches the filters that are set."""
    account, selection = options.get("account"), options.get("repository_selection")
    return (
        (options.get("installation_ids") is None or installation["id"] in options["installation_ids"])
        and (not account or account_login(installation).lower() == account.lower())
        and (options.get("suspended") is None or is_suspended(installation) == options["suspended"])
        and (not selection or installation.get("repository_selection") == selection)
        and not lacking_permissions(installation.get("permissions") or {}, options.get("permissions") or {})
    )
