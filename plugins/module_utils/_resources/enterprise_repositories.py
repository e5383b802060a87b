# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plan changes to the repositories of an installation on an organization, made by an app on the enterprise."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Dict, FrozenSet, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import NotFoundError, OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import Selector, check_ids
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.enterprises import (
    ADD,
    Enterprise,
    SignInOptions,
    change_repositories,
    describe_missing_repositories,
    list_accessible_repositories,
    list_organization_installations,
    list_selected_repositories,
    select_all,
    select_only,
    sign_in,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
    Installation,
    account_login,
    account_type,
    get_installation,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repositories import Change
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_access import (
    CHANGES,
    refuse_empty_selection,
    refuse_last,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_selection import (
    Repository,
    Selection,
    select,
)

OPTIONS = SignInOptions("via_enterprise", "enterprise_installation_id")
LIST_INSTALLATIONS = "enterprise-apps/organization-installations"
# GitHub requires the same permission for all operations on repositories.
OPERATIONS = ("enterprise-apps/organization-installation-repositories", ADD)


class Wanted(NamedTuple):
    """:param state: present, absent or exact. :param ids: of repositories, in addition to the selection.
    :param repository_selection: all or selected; None to leave it.
    """

    state: str
    selection: Selection
    ids: FrozenSet[int]
    repository_selection: Optional[str]


class Target(NamedTuple):
    """An installation on an organization. :param selection: all or selected."""

    enterprise: Enterprise
    organization: str
    installation_id: int
    selection: str


class Transition(NamedTuple):
    """:param before: and `after`: the repositories that the installation can access.
    :param step: None if there is nothing to change.
    """

    selection: str
    before: List[Repository]
    after: List[Repository]
    matched: Mapping[str, List[str]] = {}
    step: Optional[Callable[[], None]] = None

    @property
    def added(self) -> List[str]:
        return names_without(self.after, self.before)

    @property
    def removed(self) -> List[str]:
        return names_without(self.before, self.after)


def names_without(repositories: Sequence[Repository], others: Sequence[Repository]) -> List[str]:
    ignored = {repository.id for repository in others}
    return [repository.full_name for repository in repositories if repository.id not in ignored]


# Read


def read_target(client: Client, options: Mapping[str, Any], selector: Selector) -> Target:
    """Authenticate as the installation on the enterprise, and find the selected installation.

    :raises GitHubAppsError: the options, the server's release or the permissions do not allow the change.
    """
    if selector.kind == "user":
        raise OptionError("user cannot be used with via_enterprise. Set organization instead.")
    client_id = options["app_client_id"]
    operations = (*OPERATIONS, LIST_INSTALLATIONS) if client_id else OPERATIONS
    enterprise = sign_in(
        client, options["via_enterprise"], options["enterprise_installation_id"], *operations, options=OPTIONS
    )
    if client_id:
        organization, installation = find_other(enterprise, selector, client_id)
    else:
        organization, installation = find_own(client, selector)
    selection = str(installation.get("repository_selection") or "selected")
    return Target(enterprise, organization, installation["id"], selection)


def find_own(client: Client, selector: Selector) -> Tuple[str, Installation]:
    installation = get_installation(client, selector)
    organization = account_login(installation)
    if account_type(installation) != "Organization":
        raise OptionError(
            f"via_enterprise requires an installation on an organization. Installation {installation['id']} is on"
            f" {organization}, which is not an organization."
        )
    return organization, installation


def find_other(enterprise: Enterprise, selector: Selector, client_id: str) -> Tuple[str, Installation]:
    organization = selector.owner
    if organization is None:
        raise OptionError("installation_id cannot be used with app_client_id. Set organization instead.")
    installation = find_installation_on(enterprise, organization, client_id)
    if installation is None:
        raise NotFoundError(
            f"The app with the client ID {client_id} is not installed on {organization}. Install it with"
            " github_app_installation (via_enterprise)."
        )
    return organization, installation


def find_installation_on(enterprise: Enterprise, organization: str, client_id: str) -> Optional[Installation]:
    """The app's installation on the organization; None if it is not installed."""
    installations = list_organization_installations(enterprise, organization)
    return next((item for item in installations if item["client_id"] == client_id), None)


# Plan


def plan_transition(target: Target, wanted: Wanted) -> Optional[Transition]:
    """The change to the wanted repositories; None if the installation is and stays on all repositories."""
    refuse_contradictions(wanted)
    if wanted.repository_selection == "all":
        return plan_all(target)
    if target.selection == "all":
        return plan_limit(target, wanted)
    before = list_selected_repositories(target.enterprise, target.organization, target.installation_id)
    listed = before if is_sufficient(before, wanted) else accessible_to(target)
    found, matched = find_wanted(target, wanted, listed)
    change = CHANGES[wanted.state](before, found)
    refuse_last(before, change)
    step = partial(apply_change, target, change) if change.add or change.remove else None
    return Transition("selected", before, change.applied_to(before), matched, step)


def plan_all(target: Target) -> Optional[Transition]:
    if target.selection == "all":
        return None

    def change() -> None:
        select_all(target.enterprise, target.organization, target.installation_id)

    before = list_selected_repositories(target.enterprise, target.organization, target.installation_id)
    return Transition("all", before, accessible_to(target), step=change)


def plan_limit(target: Target, wanted: Wanted) -> Optional[Transition]:
    """Limit an installation on all repositories to the wanted ones."""
    if wanted.repository_selection is None:
        if wanted.state == "present":
            return None
        raise OptionError(
            f"state={wanted.state} requires repository_selection=selected, because the app is installed on all repositories of"
            f" {target.organization}."
        )
    before = accessible_to(target)
    found, matched = find_wanted(target, wanted, before)
    after = list(found.values())

    def change() -> None:
        names = [repository.name for repository in after]
        select_only(target.enterprise, target.organization, target.installation_id, names)

    return Transition("selected", before, after, matched, change)


def refuse_contradictions(wanted: Wanted) -> None:
    given = bool(wanted.selection.names or wanted.selection.needs_listing or wanted.ids)
    if wanted.selection.topics or not wanted.selection.include_archived:
        option = "repository_topics" if wanted.selection.topics else "include_archived=false"
        raise OptionError(
            f"{option} cannot be used with via_enterprise, because an app on the enterprise can read nothing but the names"
            " of an organization's repositories. Select the repositories by name."
        )
    if wanted.repository_selection and wanted.state == "absent":
        raise OptionError(
            "repository_selection cannot be used with state=absent. Omit repository_selection, or change state."
        )
    if wanted.repository_selection == "all" and given:
        raise OptionError("repository_selection=all cannot be used with repositories or repository_ids.")
    if wanted.repository_selection == "selected" and not given:
        raise OptionError("repository_selection=selected requires repositories or repository_ids.")


def is_sufficient(before: Sequence[Repository], wanted: Wanted) -> bool:
    """Whether the repositories of the installation contain all that can be wanted, so that no others must be listed."""
    names = {repository.name.lower() for repository in before}
    return wanted.state == "absent" or (
        not wanted.selection.needs_listing
        and names.issuperset(name.rpartition("/")[2].lower() for name in wanted.selection.names)
        and wanted.ids.issubset(repository.id for repository in before)
    )


def accessible_to(target: Target) -> List[Repository]:
    return list_accessible_repositories(target.enterprise, target.organization)


def find_wanted(
    target: Target, wanted: Wanted, listed: Sequence[Repository]
) -> Tuple[Dict[int, Repository], Mapping[str, List[str]]]:
    """The wanted repositories by ID, and what each pattern selects.

    :raises NotFoundError: lists the names and IDs that do not exist, unless they are to be removed.
    """
    is_removal = wanted.state == "absent"
    selection = wanted.selection._replace(allow_no_match=True) if is_removal else wanted.selection
    selected = select(selection, listed, target.organization)
    there = {repository.id: repository for repository in listed}
    missing = [*selected.missing, *(str(number) for number in sorted(wanted.ids - set(there)))]
    if missing and not is_removal:
        raise NotFoundError(describe_missing_repositories(target.organization, missing))
    found = {repository.id: repository for repository in selected.repositories}
    found.update({number: there[number] for number in sorted(wanted.ids & set(there))})
    if not is_removal:
        refuse_empty_selection(wanted.state, wanted.repository_selection, found)
    return found, selected.matched


def apply_change(target: Target, change: Change) -> None:
    change_repositories(
        target.enterprise,
        target.organization,
        target.installation_id,
        add=[repository.name for repository in change.add],
        remove=[repository.name for repository in change.remove],
    )


def wanted_from(options: Mapping[str, Any], selection: Selection) -> Wanted:
    ids = frozenset(check_ids(options["repository_ids"]))
    return Wanted(options["state"], selection, ids, options["repository_selection"])
