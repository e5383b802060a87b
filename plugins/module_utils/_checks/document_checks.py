# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check what an access document requires: valid entries, and an app on the enterprise or a user's token."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Collection, Dict, List, Mapping, Sequence

from ansible_collections.hubops.github_apps.plugins.module_utils._access.document import (
    Wanted,
    examine,
    expand,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._access.installer import Installer
from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import GitHubAppsError, OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import refuse_without_enterprise
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import name_some, plural
from ansible_collections.hubops.github_apps.plugins.module_utils._checks.checklist import NotCheckedError, ProblemError
from ansible_collections.hubops.github_apps.plugins.module_utils._github.authenticator import NEEDS
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._github.endpoints import USER
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.enterprises import (
    INSTALLATIONS,
    require_permission,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
    Installation,
    account_login,
    account_type,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repositories import (
    WRITER_NEEDED,
    AccountRepositories,
    Change,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_access import (
    refuse_scopes,
    refuse_token_kind,
    refuse_user,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_selection import (
    Selection,
    select,
)


class DocumentChecks:
    """The checks of an access document. Each returns what is in order, or raises an error.

    :param params: options of github_app_check_info. :param installations: filled by an earlier check.
    """

    def __init__(self, client: Client, params: Mapping[str, Any], installations: Sequence[Installation]) -> None:
        self.client = client
        self.params = params
        self.installations = installations
        self.organizations: Collection[str] = ()  # of the enterprise, in lower case
        self.document: List[Wanted] = []
        self.managing: List[Wanted] = []  # entries that manage repositories with a user's token

    def check_enterprise(self) -> str:
        if self.params["via_enterprise"] is None:
            refuse_without_enterprise(self.params)
            raise NotCheckedError("via_enterprise is not set.")
        installer = Installer(self.client, self.params)
        self.organizations = installer.organization_keys
        require_permission(installer.enterprise.installation, "write", (INSTALLATIONS,))
        return (
            f"The installation on the enterprise {installer.slug} can manage installations on"
            f" {plural(len(self.organizations), 'organization')}."
        )

    def check_document(self) -> str:
        accounts = self.params["accounts"]
        if accounts is None:
            raise NotCheckedError("No access document is set.")
        wanted, errors = examine(accounts)
        if errors:
            raise ProblemError(f"The access document has errors. {' '.join(errors)}")
        self.document = wanted
        self.managing = [entry for entry in wanted if entry.repositories is not None and self.needs_user(entry)]
        number = f"{len(wanted)} {'entry' if len(wanted) == 1 else 'entries'}"
        if not self.managing:
            return f"The access document has {number}. No entry needs a user's token."
        return f"The access document has {number}. A user's token is needed for {self.describe_managing()}."

    def needs_user(self, entry: Wanted) -> bool:
        """Whether only a user's token can change the repositories of the entry, not the app on the enterprise."""
        if entry.patterns:
            return not self.organizations  # patterns select organizations of the enterprise
        return self.logins.get(entry.value, entry.login.lower()) not in self.organizations

    @cached_property
    def logins(self) -> Dict[str, str]:
        """The login in lower case of the account of each installation, by the ID of the installation."""
        return {str(item["id"]): account_login(item).lower() for item in self.installations}

    def describe_managing(self) -> str:
        return name_some([str(entry) for entry in self.managing])

    def check_user_token(self) -> str:
        if not self.managing:
            raise NotCheckedError("No entry of the access document needs a user's token.")
        held = self.client.credentials
        if not held.user_token:
            error = held.errors.get("user_token") or f"Set {NEEDS[USER]}."
            raise OptionError(f"Repositories of {self.describe_managing()} cannot be changed. {error} {WRITER_NEEDED}")
        refuse_token_kind(self.client)
        self.client.listing("repos/list-for-authenticated-user")
        refuse_scopes(self.client)
        return f"GitHub accepts {held.token_option}, which has the repo scope."

    def check_administrator(self) -> str:
        there = {str(item["id"]): item for item in self.installations}
        there.update({account_login(item).lower(): item for item in self.installations})
        problems = []
        for entry in filter(self.needs_user, self.expanded()):
            installation = there.get(entry.key.lstrip("#"))
            try:
                if installation and entry.repositories and installation.get("repository_selection") != "all":
                    self.refuse_user(installation, entry.repositories)
            except GitHubAppsError as error:
                problems.append(f"{entry}: {error}")
        if problems:
            raise ProblemError(" ".join(problems))
        return (
            f"The owner of {self.client.credentials.token_option} administers the repositories in the access document."
        )

    def expanded(self) -> List[Wanted]:
        """The document with an entry for each organization on which the app is installed and that a pattern matches."""
        organizations = [account_login(item) for item in self.installations if account_type(item) == "Organization"]
        named = [entry.login for entry in self.document if not entry.patterns]
        return expand(self.document, organizations, named, is_complete=False)

    def refuse_user(self, installation: Installation, selection: Selection) -> None:
        """Raise an error if the user cannot see or does not administer one of the selected repositories."""
        login = account_login(installation)
        organization = login if account_type(installation) == "Organization" else None
        visible = AccountRepositories(self.client, login, organization)
        selected = select(selection, visible.list(), login)
        refuse_user(self.client, Change([*selected.repositories, *visible.resolve(selected.missing)], []))
