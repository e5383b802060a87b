# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plan the installation of an app on an organization, made by an app on the enterprise."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import ApiError, OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import Selector
from ansible_collections.hubops.github_apps.plugins.module_utils._base.plan import Plan
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._resources import (
    enterprise_repositories as repositories,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.apps import App, permission_drift
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.enterprise_repositories import (
    LIST_INSTALLATIONS,
    OPTIONS,
    Transition,
    find_installation_on,
    plan_transition,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.enterprises import (
    LARGEST_BATCH,
    Enterprise,
    find_accessible_repositories,
    install,
    list_selected_repositories,
    sign_in,
    uninstall_from,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
    Installation,
    find_installation,
    is_suspended,
    suspend_installation,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_selection import (
    Repository,
    Selection,
    full_names,
)

Drift = Dict[str, Dict[str, Optional[str]]]
Step = Callable[[], Any]

# The operations of each state. Installing requires the permission for all others.
OPERATIONS = {
    "present": (LIST_INSTALLATIONS, "enterprise-apps/create-installation"),
    "absent": (LIST_INSTALLATIONS, "enterprise-apps/delete-installation"),
}
SUSPENDED_BY_ITSELF = "because only the app itself can suspend its installations"
# Causes of errors that mean that the app on the enterprise cannot read another app.
HIDDEN = ("not_found", "token_kind", "forbidden")


class Target(NamedTuple):
    """An app and an organization.

    :param client: authenticates as the app that is installed on the enterprise. :param own_app: this app.
    :param client_id: of the app to install. :param installation: as GitHub returned it; None if it is not installed.
    """

    client: Client
    enterprise: Enterprise
    organization: str
    own_app: App
    client_id: str
    installation: Optional[Installation]

    @property
    def is_own(self) -> bool:
        """Whether the app to install is the one on the enterprise, so that its key is at hand."""
        return bool(self.client_id == self.own_app["client_id"])

    @property
    def about(self) -> str:
        """The header of the diff."""
        server = self.client.server
        if self.installation is None:
            return f"{self.organization} (app {self.client_id} on {server.host})"
        return server.describe_installation(self.organization, self.installation["id"])


class Wanted(NamedTuple):
    """:param repository_selection: all, selected or none; None to leave it. :param names: of repositories, without owner."""

    repository_selection: Optional[str]
    names: List[str]
    suspended: Optional[bool]
    accept_permissions: bool


class State(NamedTuple):
    """What the diff shows of an installation.

    :param repositories: if the task is about them. :param suspended: None if unknown. :param permissions: those that are
    going to change.
    """

    repository_selection: str
    repositories: Sequence[Repository] = ()
    suspended: Optional[bool] = None
    permissions: Mapping[str, Optional[str]] = {}

    def lines(self) -> List[str]:
        return [
            "state: present",
            f"repository_selection: {self.repository_selection}",
            *([] if self.suspended is None else [f"suspended: {str(self.suspended).lower()}"]),
            *(f"permission {name}: {level or 'none'}" for name, level in sorted(self.permissions.items())),
            *sorted((repository.full_name for repository in self.repositories), key=str.lower),
        ]


ABSENT = ["state: absent"]


# Read


def wanted_from(options: Mapping[str, Any]) -> Wanted:
    selection, given = options["repository_selection"], options["repositories"]
    if given is not None and selection in ("all", "none"):
        raise OptionError(
            f"repositories cannot be used with repository_selection={selection}. Omit repositories, or change"
            " repository_selection."
        )
    if given == []:
        raise OptionError(
            "repositories is empty, but an installation with repository_selection=selected must have at least one repository."
            " Set state=absent to uninstall the app."
        )
    names = [name.rpartition("/")[2] for name in full_names("repositories", given, options["organization"])]
    return Wanted(
        selection or ("selected" if names else None), names, options["suspended"], bool(options["accept_permissions"])
    )


def read_target(client: Client, options: Mapping[str, Any]) -> Target:
    """Authenticate as the installation on the enterprise, and find the app's installation on the organization.

    :raises GitHubAppsError: the server's release, the permissions or the organization do not allow the change.
    """
    enterprise = sign_in(
        client,
        options["via_enterprise"],
        options["enterprise_installation_id"],
        *OPERATIONS[options["state"]],
        options=OPTIONS,
    )
    own_app = client.get("apps/get-authenticated", "id", "client_id")
    client_id = options["app_client_id"] or own_app["client_id"]
    target = Target(client, enterprise, options["organization"], own_app, client_id, None)
    return target._replace(installation=read_installation(target))


def read_installation(target: Target) -> Optional[Installation]:
    """The app's installation on the organization. If its key is at hand, as the app sees it."""
    found = find_installation_on(target.enterprise, target.organization, target.client_id)
    if found is None or not target.is_own:
        return found
    return find_installation(target.client, Selector("installation_id", found["id"]))


def read_drift(target: Target, installation: Installation) -> Optional[Drift]:
    """The permissions that the app requests and the organization has not accepted; None if they are unknown."""
    app: Optional[App] = target.own_app
    if not target.is_own:
        app = find_app(target.enterprise, str(installation.get("app_slug") or ""))
    return None if app is None else permission_drift(app, {"target_type": "Organization", **installation})


def find_app(enterprise: Enterprise, slug: str) -> Optional[App]:
    """Another app; None if the app on the enterprise cannot see it."""
    try:
        return enterprise.client.get("apps/get-by-slug", "id", app_slug=slug) if slug else None
    except ApiError as error:
        if error.cause in HIDDEN:
            return None
        raise


# Plan


def plan_removal(target: Target) -> Plan:
    installation = target.installation
    if installation is None:
        return Plan(ABSENT, ABSENT, about=target.about)
    selection = str(installation.get("repository_selection"))

    def uninstall() -> Dict[str, Any]:
        return {"changed": uninstall_from(target.enterprise, target.organization, installation["id"])}

    return Plan(
        State(selection, suspended=suspension_of(target, installation)).lines(),
        ABSENT,
        steps=[uninstall],
        returns={"installation": installation, **target.client.server.addresses},
        about=target.about,
    )


def plan_presence(target: Target, wanted: Wanted) -> Plan:
    if wanted.suspended is not None and not target.is_own:
        raise OptionError(
            f"suspended cannot be used if app_client_id selects another app, {SUSPENDED_BY_ITSELF}. Use a task with the"
            " credentials of that app, without via_enterprise."
        )
    if wanted.suspended is not None:
        target.client.require("apps/suspend-installation", "apps/unsuspend-installation")
    if target.installation is None:
        return plan_installation(target, wanted)
    return plan_convergence(target, wanted, target.installation)


def plan_installation(target: Target, wanted: Wanted) -> Plan:
    """Install the app."""
    selection = wanted.repository_selection
    if selection is None:
        raise OptionError(
            f"The app with the client ID {target.client_id} is not installed on {target.organization}. Set"
            " repository_selection or repositories to install it."
        )
    require_names(wanted)
    found = find_accessible_repositories(target.enterprise, target.organization, wanted.names) if wanted.names else []

    def install_app() -> None:
        names = [repository.name for repository in found]
        created = install(target.enterprise, target.organization, target.client_id, selection, names)
        if wanted.suspended:
            suspend_installation(target.client, created["id"], True)

    after = State(
        selection,
        found,
        bool(wanted.suspended) if target.is_own else None,
    )
    return Plan(
        ABSENT,
        after.lines(),
        steps=[partial(run_steps, target, [install_app])],
        returns={"permission_drift": {}, **target.client.server.addresses},
        about=target.about,
    )


def plan_convergence(target: Target, wanted: Wanted, installation: Installation) -> Plan:
    """Change an existing installation. The request with which GitHub accepts permissions is only sent if that is wanted."""
    transition = plan_repositories(target, wanted, installation)
    is_now = suspension_of(target, installation)
    suspended = is_now if wanted.suspended is None else wanted.suspended
    drift = read_drift(target, installation) if target.is_own or wanted.accept_permissions else None
    accepted = check_acceptance(target, wanted, drift, is_now) if wanted.accept_permissions else {}
    steps: List[Step] = []
    if accepted:
        place = (target.enterprise, target.organization, target.client_id, installation)
        steps.append(partial(accept, *place, wanted.repository_selection, wanted.names))
    steps += [transition.step] if transition.step else []
    if suspended != is_now and not accepted:
        steps.append(partial(suspend_installation, target.client, installation["id"], bool(suspended)))
    current = str(installation.get("repository_selection"))
    return Plan(
        State(current, transition.before, is_now, levels_in(accepted, "installation")).lines(),
        State(transition.selection, transition.after, suspended, levels_in(accepted, "app")).lines(),
        steps=[partial(run_steps, target, steps)] if steps else [],
        returns={
            "installation": installation,
            "permission_drift": {} if accepted else drift,
            **({"accepted_permissions": accepted} if wanted.accept_permissions else {}),
            **target.client.server.addresses,
        },
        about=target.about,
    )


def levels_in(drift: Drift, side: str) -> Dict[str, Optional[str]]:
    """The levels of the permissions. :param side: app or installation."""
    return {name: change[side] for name, change in drift.items()}


def plan_repositories(target: Target, wanted: Wanted, installation: Installation) -> Transition:
    current, selection = str(installation.get("repository_selection")), wanted.repository_selection
    if selection == "none":
        refuse_repositories(target, current, installation)
    if selection in (None, "none") or (selection == current and not wanted.names):
        return Transition(current, [], [])
    require_names(wanted)
    change = repositories.Wanted("exact", Selection(names=tuple(wanted.names)), frozenset(), selection)
    place = repositories.Target(target.enterprise, target.organization, installation["id"], current)
    return plan_transition(place, change) or Transition(current, [], [])


def refuse_repositories(target: Target, current: str, installation: Installation) -> None:
    """Raise `OptionError` if the installation can access repositories."""
    if current == "all" or list_selected_repositories(target.enterprise, target.organization, installation["id"]):
        raise OptionError(
            f"repository_selection=none cannot be used, because installation {installation['id']} on {target.organization} can"
            " access repositories. Set repository_selection to all or selected, or uninstall the app."
        )


def require_names(wanted: Wanted) -> None:
    if wanted.repository_selection == "selected" and not wanted.names:
        raise OptionError("repository_selection=selected requires repositories.")


def check_acceptance(target: Target, wanted: Wanted, drift: Optional[Drift], is_suspended_now: Optional[bool]) -> Drift:
    """The permissions to accept. :raises OptionError: they are unknown, or accepting them has another effect."""
    if drift is None:
        raise OptionError(
            f"{explain_hidden(target.enterprise, target.client_id)} An owner of {target.organization} can accept them in the web"
            " interface."
        )
    if drift:
        refuse_side_effects(target.organization, wanted.suspended, is_suspended_now)
    return drift


def explain_hidden(enterprise: Enterprise, client_id: str) -> str:
    """Why the permissions that another app requests are not known."""
    return (
        f"accept_permissions cannot be used, because the app on the enterprise {enterprise.slug} cannot read the permissions"
        f" that the app with the client ID {client_id} requests."
    )


def refuse_side_effects(organization: str, suspended: Optional[bool], is_suspended_now: Optional[bool]) -> None:
    """Raise `OptionError` if accepting permissions would unsuspend an installation unintentionally.

    :param suspended: whether the installation is to be suspended; None to leave it.
    """
    if is_suspended_now and suspended is not False:
        raise OptionError(
            f"accept_permissions requires suspended=false, because the installation on {organization} is suspended, and"
            " accepting the permissions unsuspends it."
        )
    if suspended:
        raise OptionError(
            "accept_permissions cannot be used with suspended=true while there are permissions to accept, because"
            " accepting them unsuspends the installation."
        )


def accept(
    enterprise: Enterprise,
    organization: str,
    client_id: str,
    installation: Installation,
    selection: Optional[str] = None,
    names: Sequence[str] = (),
) -> None:
    """Accept the permissions that the app requests. GitHub ignores the repositories if the installation has some.

    :param selection: of repositories; by default, that of the installation. :param names: without owner.
    """
    selection = selection or str(installation.get("repository_selection"))
    if selection == "selected" and not names:
        found = list_selected_repositories(enterprise, organization, installation["id"])
        names = [repository.name for repository in found]
        selection = "selected" if names else "none"
    install(enterprise, organization, client_id, selection, names[:LARGEST_BATCH])


def run_steps(target: Target, steps: Sequence[Step]) -> Dict[str, Any]:
    for step in steps:
        step()
    return {"installation": read_installation(target)}


def suspension_of(target: Target, installation: Installation) -> Optional[bool]:
    """Whether the installation is suspended; None for another app, because GitHub does not return it."""
    return is_suspended(installation) if target.is_own else None
