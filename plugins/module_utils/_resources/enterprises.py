# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Installations on the organizations of an enterprise, managed by an app that is installed on the enterprise.

https://docs.github.com/enterprise-cloud@latest/rest/enterprise-admin/organization-installations
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any, Callable, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    ApiError,
    ForbiddenError,
    GitHubAppsError,
    NotFoundError,
    OptionError,
    PartialChangeError,
    SuspendedError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import Selector, check_slug
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
    Installation,
    account_login,
    account_type,
    get_installation,
    is_suspended,
    require_enterprise_finder,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.minting import mint
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.permissions import rank
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repositories import (
    as_repositories,
    describe_done,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_selection import (
    Repository,
    is_pattern,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.tokens import revoke_at_end

LARGEST_BATCH = 50  # repositories in a request
INSTALLATIONS = "enterprise_organization_installations"
REPOSITORIES = "enterprise_organization_installation_repositories"
EITHER = (REPOSITORIES, INSTALLATIONS)
ADD = "enterprise-apps/grant-repository-access-to-installation"
REMOVE = "enterprise-apps/remove-repository-access-to-installation"
# The level and the permissions of each operation; one of them is sufficient.
# https://docs.github.com/enterprise-cloud@latest/rest/authentication/permissions-required-for-github-apps
NEEDED: Dict[str, Tuple[str, Tuple[str, ...]]] = {
    "enterprise-apps/installable-organizations": ("read", (INSTALLATIONS,)),
    "enterprise-apps/installable-organization-accessible-repositories": ("read", EITHER),
    "enterprise-apps/organization-installations": ("read", (INSTALLATIONS,)),
    "enterprise-apps/create-installation": ("write", (INSTALLATIONS,)),
    "enterprise-apps/delete-installation": ("write", (INSTALLATIONS,)),
    "enterprise-apps/organization-installation-repositories": ("read", EITHER),
    "enterprise-apps/change-installation-repository-access-selection": ("write", EITHER),
    ADD: ("write", EITHER),
    REMOVE: ("write", EITHER),
}


class Enterprise(NamedTuple):
    """An enterprise on which the app is installed.

    :param installation: on the enterprise, as GitHub returned it.
    :param client: authenticates as this installation. Its token has all of its permissions, because GitHub cannot limit
    it, and is revoked when the task ends.
    """

    slug: str
    installation: Installation
    client: Client

    @property
    def permissions(self) -> Mapping[str, str]:
        """The granted permissions."""
        return self.installation.get("permissions") or {}


class Organization(NamedTuple):
    """An organization of an enterprise."""

    id: int
    login: str


class Attempt(NamedTuple):
    """A request, with what is necessary to explain why GitHub rejected it.

    :param installation_id: of the installation on the organization. :param names: of the repositories in the body, without
    owner. :param client_id: of the app in the body.
    """

    enterprise: Enterprise
    operation: str
    organization: str = ""
    installation_id: Optional[int] = None
    names: Sequence[str] = ()
    client_id: str = ""

    def send(self, send: Callable[..., Any], *keys: str, **body: Any) -> Any:
        """Send the request with a method of the client.

        :param keys: that the response must have. :param body: the argument `body` of the method.
        :raises ApiError: GitHub rejected the request. The message says what it means for this operation.
        """
        path = {"enterprise": self.enterprise.slug, "org": self.organization, "installation_id": self.installation_id}
        try:
            return send(self.operation, *keys, **body, **{name: value for name, value in path.items() if value})
        except ApiError as error:
            if error.cause in EXPLANATIONS:
                error.explanation = EXPLANATIONS[error.cause].format(**self.values())
            raise

    def values(self) -> Dict[str, str]:
        """The values of the placeholders in `EXPLANATIONS`."""
        number = f"installation {self.installation_id}" if self.installation_id else "the installation"
        return {
            "host": self.enterprise.client.server.host,
            "enterprise": self.enterprise.slug,
            "needed": describe_needed(self.operation),
            "names": ", ".join(self.names),
            "installation": f"{number} on {self.organization}",
            "missing": self.describe_missing(),
        }

    def describe_missing(self) -> str:
        if not self.organization:
            return f"The enterprise {self.enterprise.slug} does not exist on {self.enterprise.client.server.host}."
        other = "it does not exist"
        if self.installation_id:
            other = f"it has no installation {self.installation_id}"
        elif self.client_id:
            other = f"no app with the client ID {self.client_id} can be installed on this organization"
        return (
            f"The organization {self.organization} does not belong to the enterprise {self.enterprise.slug}, or {other}."
            " github_app_enterprise_info returns the organizations of the enterprise."
        )


# For the causes of GitHub's rejections, what they mean here.
EXPLANATIONS = {
    "not_found": "{missing}",
    "token_kind": "{host} rejected the token of the installation on the enterprise {enterprise}. This operation requires the"
    " permission {needed}.",
    "forbidden": "{host} rejected the token of the installation on the enterprise {enterprise}. This operation requires the"
    " permission {needed}.",
    "all_repositories": "Repositories cannot be removed from {installation}, because it can access all repositories. Set"
    " repository_selection to selected, and list the repositories to keep.",
    "last_repository": "Removing {names} would leave {installation} without repositories, which GitHub does not allow."
    " Uninstall the app instead.",
    "invalid": "{host} rejected the repositories of {installation}. The end of this message states the problem.",
}


# Sign in


class SignInOptions(NamedTuple):
    """The names of the options, for messages."""

    enterprise: str = "enterprise"
    installation_id: str = "installation_id"


OWN_OPTIONS = SignInOptions()


def sign_in(
    client: Client,
    slug: str,
    installation_id: Optional[int],
    *operations: str,
    options: SignInOptions = OWN_OPTIONS,
) -> Enterprise:
    """Authenticate as the installation on the enterprise.

    :param client: authenticates as the app. :param installation_id: finds the installation on servers before 3.21.
    :param operations: the operations that are going to be used. Everything that GitHub would reject because of the server's
    release or a missing permission raises an error here.
    """
    check_support(client, slug, installation_id, *operations, options=options)
    installation = get_installation(
        client, Selector("installation_id", installation_id) if installation_id else Selector("enterprise", slug)
    )
    check_installation(installation, slug, options)
    for operation in operations:
        check_permission(installation, operation)
    minted = mint(client, installation["id"], {})
    revoke_at_end(client, minted)
    return Enterprise(slug, installation, client.with_installation_token(minted["token"], age=0))


def check_support(
    client: Client,
    slug: str,
    installation_id: Optional[int],
    *operations: str,
    options: SignInOptions = OWN_OPTIONS,
) -> None:
    """Raise an error if the options or the server's release do not allow the operations. Parameters as of `sign_in`."""
    check_slug(options.enterprise, slug, "the enterprise's page")
    client.require(*operations)
    if not installation_id:
        require_enterprise_finder(client, options.installation_id)


def check_installation(installation: Installation, slug: str, options: SignInOptions) -> None:
    """Raise an error unless the installation is on the enterprise and can be used."""
    account = account_login(installation)
    if account_type(installation) != "Enterprise" or account.lower() != slug.lower():
        raise OptionError(
            f"{options.installation_id} {installation['id']} is an installation on {account}, not on the enterprise {slug}."
            f" Set {options.installation_id} to the ID of the installation on the enterprise. With GitHub Enterprise Server"
            " 3.21 and later, omit it."
        )
    if is_suspended(installation):
        raise SuspendedError(
            f"The installation on the enterprise {slug} has been suspended since {installation['suspended_at']}. Unsuspend it"
            " with github_app_installation (suspended: false)."
        )


def check_permission(installation: Installation, operation: str) -> None:
    """Raise `ForbiddenError` if the installation on the enterprise lacks the permission for the operation."""
    require_permission(installation, *NEEDED[operation])


def require_permission(installation: Installation, level: str, names: Sequence[str]) -> None:
    """Raise `ForbiddenError` unless the installation on the enterprise has one of the permissions with this level."""
    granted = installation.get("permissions") or {}
    if not any(rank(granted.get(name, "")) >= rank(level) for name in names):
        which = "one of them" if len(names) > 1 else "it"
        raise ForbiddenError(
            f"The installation on the enterprise {account_login(installation)} was not granted {describe_permission(level, names)}."
            f" Request {which} in the app's settings, and have an owner of the enterprise accept it at"
            f" {installation.get('html_url')}."
        )


def describe_needed(operation: str) -> str:
    return describe_permission(*NEEDED[operation])


def describe_permission(level: str, names: Sequence[str]) -> str:
    return " or ".join(f"{name}: {level}" for name in names)


# Read


def list_installable_organizations(enterprise: Enterprise) -> List[Organization]:
    """The organizations of the enterprise."""
    attempt = Attempt(enterprise, "enterprise-apps/installable-organizations")
    return [Organization(item["id"], item["login"]) for item in attempt.send(enterprise.client.list, "id", "login")]


def select_organizations(
    enterprise: Enterprise, organizations: Sequence[Organization], names: Optional[Sequence[str]]
) -> List[Organization]:
    """The organizations with these names, sorted by name.

    :param names: names or shell patterns; None for all. :raises NotFoundError: lists the names that match nothing.
    """
    wanted = ["*"] if names is None else [name.lower() for name in names]
    missing = [
        name for name in wanted if not is_pattern(name) and name not in (item.login.lower() for item in organizations)
    ]
    if missing:
        raise NotFoundError(
            f"organizations: {', '.join(missing)} {'does' if len(missing) == 1 else 'do'} not belong to the enterprise"
            f" {enterprise.slug}. Check the spelling."
        )
    found = [item for item in organizations if any(fnmatchcase(item.login.lower(), pattern) for pattern in wanted)]
    return sorted(found, key=lambda item: item.login.lower())


def list_accessible_repositories(enterprise: Enterprise, organization: str) -> List[Repository]:
    """All repositories of the organization."""
    attempt = Attempt(enterprise, "enterprise-apps/installable-organization-accessible-repositories", organization)
    return as_repositories(attempt.send(enterprise.client.list, "id", "full_name"))


def list_organization_installations(enterprise: Enterprise, organization: str) -> List[Installation]:
    """The installations of all apps on the organization. GitHub does not return whether they are suspended."""
    attempt = Attempt(enterprise, "enterprise-apps/organization-installations", organization)
    return list(attempt.send(enterprise.client.list, "id", "client_id"))


def list_selected_repositories(enterprise: Enterprise, organization: str, installation_id: int) -> List[Repository]:
    """The repositories that an installation can access."""
    operation = "enterprise-apps/organization-installation-repositories"
    attempt = Attempt(enterprise, operation, organization, installation_id)
    return as_repositories(attempt.send(enterprise.client.list, "id", "full_name"))


def find_accessible_repositories(enterprise: Enterprise, organization: str, names: Sequence[str]) -> List[Repository]:
    """The repositories of the organization with these names, without owner.

    :raises NotFoundError: lists the names that do not exist.
    """
    there = {item.name.lower(): item for item in list_accessible_repositories(enterprise, organization)}
    missing = [name for name in names if name.lower() not in there]
    if missing:
        raise NotFoundError(describe_missing_repositories(organization, missing))
    return [there[name.lower()] for name in names]


def describe_missing_repositories(organization: str, missing: Sequence[str]) -> str:
    what = "Repository" if len(missing) == 1 else "Repositories"
    return f"{what} not found in {organization}: {', '.join(missing)}. Check the spelling."


# Write


def install(
    enterprise: Enterprise, organization: str, client_id: str, selection: str, names: Sequence[str] = ()
) -> Installation:
    """Install an app on the organization, and return the installation.

    If the app is already installed, GitHub unsuspends it and accepts the permissions that it requests, but keeps its
    repositories. In both cases, GitHub approves all pending requests to install the app.

    :param client_id: of the app. :param selection: all, selected, or none for an app without repository permissions.
    :param names: of the selected repositories, without owner.
    """
    first = list(names[:LARGEST_BATCH])
    body = {"client_id": client_id, "repository_selection": selection, **({"repositories": first} if first else {})}
    attempt = Attempt(enterprise, "enterprise-apps/create-installation", organization, names=first, client_id=client_id)
    try:
        installation: Installation = attempt.send(enterprise.client.get, "id", body=body)
    except ApiError as error:
        if error.cause == "invalid" and selection == "none":
            error.explanation = (
                f"The app with the client ID {client_id} requires access to repositories of {organization}, because it"
                " requests repository permissions. Set repository_selection to all or selected."
            )
        raise
    change_repositories(enterprise, organization, installation["id"], add=names, done=LARGEST_BATCH)
    return installation


def uninstall_from(enterprise: Enterprise, organization: str, installation_id: int) -> bool:
    """Uninstall an app from the organization; False if it was not installed."""
    attempt = Attempt(enterprise, "enterprise-apps/delete-installation", organization, installation_id)
    try:
        attempt.send(enterprise.client.call)
    except ApiError as error:
        if error.cause != "not_found":
            raise
        return error.repeated
    return True


def select_all(enterprise: Enterprise, organization: str, installation_id: int) -> Installation:
    """Give an installation access to all repositories of the organization."""
    return change_selection(enterprise, organization, installation_id, "all")


def select_only(enterprise: Enterprise, organization: str, installation_id: int, names: Sequence[str]) -> Installation:
    """Limit an installation on all repositories to some of them. :param names: at least one, without owner."""
    installation = change_selection(enterprise, organization, installation_id, "selected", names[:LARGEST_BATCH])
    change_repositories(enterprise, organization, installation_id, add=names, done=LARGEST_BATCH)
    return installation


def change_selection(
    enterprise: Enterprise, organization: str, installation_id: int, selection: str, names: Sequence[str] = ()
) -> Installation:
    operation = "enterprise-apps/change-installation-repository-access-selection"
    body = {"repository_selection": selection, **({"repositories": list(names)} if names else {})}
    installation: Installation = Attempt(enterprise, operation, organization, installation_id, names).send(
        enterprise.client.get, "id", body=body
    )
    return installation


def change_repositories(
    enterprise: Enterprise,
    organization: str,
    installation_id: int,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
    done: int = 0,
) -> Dict[str, List[str]]:
    """Add repositories to an installation on selected repositories, then remove others. One repository must remain.

    :param add: and `remove`: names without owner. :param done: number of names in `add` that an earlier request added.
    :returns: the full names of those that were added and removed.
    :raises PartialChangeError: a request failed after an earlier one.
    """
    changed = {"added": [f"{organization}/{name}" for name in add[:done]], "removed": []}
    requests = [("added", ADD, batch) for batch in batches(add[done:])]
    requests += [("removed", REMOVE, batch) for batch in batches(remove)]
    for number, (key, operation, batch) in enumerate(requests):
        try:
            attempt = Attempt(enterprise, operation, organization, installation_id, batch)
            attempt.send(enterprise.client.items, "id", body={"repositories": batch})
        except GitHubAppsError as error:
            if not any(changed.values()):
                raise
            remaining = [f"{organization}/{name}" for _key, _operation, names in requests[number:] for name in names]
            left = {**changed, "remaining": remaining}
            raise PartialChangeError(error.with_advice(describe_done(left)), left, cause=error) from None
        changed[key] += [f"{organization}/{name}" for name in batch]
    return changed


def batches(names: Sequence[str]) -> Iterable[List[str]]:
    return (list(names[start : start + LARGEST_BATCH]) for start in range(0, len(names), LARGEST_BATCH))
