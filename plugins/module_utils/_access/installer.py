# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage installations on the organizations of an enterprise for an access document, with one token for all of them.

The app that is installed on the enterprise manages its own installations, or those of another app.
"""

from __future__ import annotations

import math
from functools import cached_property, partial
from typing import Any, Dict, FrozenSet, List, Mapping, Optional, Sequence, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._access.comparison import Entry
from ansible_collections.hubops.github_apps.plugins.module_utils._access.document import DocumentError, Wanted
from ansible_collections.hubops.github_apps.plugins.module_utils._access.steps import (
    UNINSTALLED,
    Facts,
    Step,
    names_of,
    show_acceptance,
    show_installation,
    show_repositories,
    show_selection,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import GitHubAppsError, OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import printable
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._resources import (
    enterprise_repositories as repositories,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.apps import App
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.enterprise_installations import (
    SUSPENDED_BY_ITSELF,
    Drift,
    State,
    accept,
    explain_hidden,
    find_app,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.enterprises import (
    LARGEST_BATCH,
    NEEDED,
    Enterprise,
    check_permission,
    check_support,
    install,
    list_installable_organizations,
    sign_in,
    uninstall_from,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installation_repositories import read_each
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
    Installation,
    account_login,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_selection import Selection

LIST_ORGANIZATIONS = "enterprise-apps/installable-organizations"
INSTALL = "enterprise-apps/create-installation"
UNINSTALL = "enterprise-apps/delete-installation"
CHANGE = repositories.OPERATIONS


class Installer:
    """The app that is installed on the enterprise.

    :param client: authenticates as this app. :param params: options of the module github_app_access.
    :raises GitHubAppsError: the options or the server's release do not allow the changes.
    """

    def __init__(self, client: Client, params: Mapping[str, Any]) -> None:
        self.client = client
        self.slug = params["via_enterprise"]
        self.installation_id = params["enterprise_installation_id"]
        self.given_client_id = params["app_client_id"]
        check_support(client, self.slug, self.installation_id, *NEEDED, options=repositories.OPTIONS)

    # Read

    @cached_property
    def enterprise(self) -> Enterprise:
        """Authenticates with one token, which is created when it is needed for the first time."""
        return sign_in(self.client, self.slug, self.installation_id, options=repositories.OPTIONS)

    def require(self, *operations: str) -> None:
        """Raise `ForbiddenError` if the installation on the enterprise lacks the permissions for the operations."""
        for operation in operations:
            check_permission(self.enterprise.installation, operation)

    @cached_property
    def own_app(self) -> App:
        return self.client.get("apps/get-authenticated", "id", "client_id")

    @property
    def client_id(self) -> str:
        """The client ID of the app whose installations are managed."""
        return str(self.given_client_id or self.own_app["client_id"])

    @property
    def is_own(self) -> bool:
        """Whether the app manages its own installations."""
        return not self.given_client_id or self.given_client_id == self.own_app["client_id"]

    @cached_property
    def organizations(self) -> List[str]:
        """The logins of the enterprise's organizations."""
        self.require(LIST_ORGANIZATIONS)
        return [organization.login for organization in list_installable_organizations(self.enterprise)]

    @cached_property
    def organization_keys(self) -> FrozenSet[str]:
        """The logins of the enterprise's organizations in lower case."""
        return frozenset(login.lower() for login in self.organizations)

    def list_installations(
        self, logins: Sequence[str], concurrency: int
    ) -> Tuple[List[Installation], Dict[str, GitHubAppsError]]:
        """The installations of another app on these organizations, and the errors by login in lower case.

        :param concurrency: number of organizations that are read at a time.
        """
        self.require(repositories.LIST_INSTALLATIONS)

        def read(login: str) -> List[Installation]:
            found = repositories.find_installation_on(self.enterprise, login, self.client_id)
            account = {"account": {"login": login}, "target_type": "Organization"}
            return [{**found, **account}] if found else []

        outcomes = dict(zip(logins, read_each(read, logins, concurrency)))
        failed = {login.lower(): one for login, one in outcomes.items() if isinstance(one, GitHubAppsError)}
        return [item for one in outcomes.values() if not isinstance(one, GitHubAppsError) for item in one], failed

    def find_app(self, installations: Sequence[Installation], accepts: bool) -> Optional[App]:
        """The app whose installations are managed; None if the app on the enterprise cannot read it.

        :raises OptionError: it is unknown which permissions to accept.
        """
        if self.is_own:
            return self.own_app
        slug = next((str(item["app_slug"]) for item in installations if item.get("app_slug")), "")
        app = find_app(self.enterprise, slug)
        if app is None and accepts and installations:
            raise OptionError(f"{explain_hidden(self.enterprise, self.client_id)} Remove accept_permissions.")
        return app

    def refuse_other(self, document: Sequence[Wanted], unlisted: str) -> None:
        """Raise an error for everything that is only possible with the key of the app whose installations are managed."""
        errors = []
        for entry in document:
            name = printable(str(entry))
            if entry.selector not in ("organization", "organizations"):
                errors.append(f"{name}: {entry.selector} cannot be used with app_client_id. Set organization instead.")
            if entry.suspended is not None:
                errors.append(f"{name}: suspended cannot be used with app_client_id, {SUSPENDED_BY_ITSELF}.")
        if errors:
            raise DocumentError(errors)
        if unlisted == "suspend":
            raise OptionError(f"unlisted=suspend cannot be used with app_client_id, {SUSPENDED_BY_ITSELF}.")

    # Plan

    def plan_installation(self, entry: Entry, wanted: Wanted) -> Step:
        """Install the app. The ID of the new installation becomes a part of the entry."""
        login, selection = wanted.login, entry["repository_selection"] or "selected"
        names, matched = self.select_new(wanted) if wanted.repositories else ([], {})
        short = [name.rpartition("/")[2] for name in names]

        def run() -> None:
            created = install(self.enterprise, login, self.client_id, selection, short)
            entry.update(installation_id=created["id"], html_url=created.get("html_url"))

        show = partial(show_installation, selection)
        return Step(run, show, names, matched=matched, writes=max(1, batches_of(len(names))))

    def select_new(self, wanted: Wanted) -> Tuple[List[str], Mapping[str, List[str]]]:
        """The full names of the repositories for a new installation, and what each pattern selects."""
        change = repositories.Wanted("present", wanted.repositories or Selection(), frozenset(), None)
        repositories.refuse_contradictions(change)
        place = repositories.Target(self.enterprise, wanted.login, 0, "selected")
        found, matched = repositories.find_wanted(place, change, repositories.accessible_to(place))
        if not found:
            raise OptionError(f"The app cannot be installed on {wanted.login}, because no repository is selected.")
        return names_of(found.values()), matched

    def plan_acceptance(self, entry: Entry, installation: Installation, drift: Drift) -> Step:
        """Accept permissions. :param drift: those that the installation has not accepted."""
        place = (self.enterprise, account_login(installation), self.client_id, installation)
        return Step(partial(accept, *place), show_acceptance(entry, drift), writes=1)

    def plan_uninstallation(self, installation: Installation) -> Step:
        def run() -> Facts:
            return {"changed": uninstall_from(self.enterprise, account_login(installation), installation["id"])}

        return Step(run, UNINSTALLED, writes=1)

    def plan_repositories(self, installation: Installation, wanted: Wanted) -> Optional[Step]:
        """None if the repositories are as wanted."""
        selection, current = wanted.repositories or Selection(), str(installation.get("repository_selection"))
        place = repositories.Target(self.enterprise, account_login(installation), installation["id"], current)
        change = repositories.Wanted(wanted.repositories_state, selection, frozenset(), wanted.selected)
        transition = repositories.plan_transition(place, change)
        if transition is None:
            return None
        run = transition.step or (lambda: None)
        if transition.selection != current:
            before, after = State(current, transition.before), State(transition.selection, transition.after)
            return Step(run, partial(show_selection, before, after), matched=transition.matched, writes=1)
        added, removed = transition.added, transition.removed
        show = partial(show_repositories, names_of(transition.before))
        return Step(run, show, added, removed, transition.matched, batches_of(len(added)) + batches_of(len(removed)))


def batches_of(number: int) -> int:
    """The number of requests to change this number of repositories."""
    return math.ceil(number / LARGEST_BATCH)
