# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Installations on the organizations of an enterprise (REST reference: "Organization installations").

Only an app that is installed on the enterprise can use these operations, with a token of that installation.
"""

from __future__ import annotations

from typing import Any, List, Tuple

from . import errors, render
from .auth import INSTALLATION, JWT
from .errors import ApiError, invalid_request, not_found
from .exchange import Call, Permission, Reply
from .route import Route
from .state import Account, App, Installation, Repository, iso, need_repositories

MAX_REPOSITORIES = 50
INSTALLATIONS = "enterprise_organization_installations"
REPOSITORIES = "enterprise_organization_installation_repositories"


# the records in the path


def _enterprise(call: Call) -> Account:
    """Return the enterprise in the path: 403 for other credentials, 404 for other enterprises, 403 without permission."""
    token = call.credential.installation_token
    if token is None or not token.installation.account.is_enterprise:
        raise ApiError(403, errors.NOT_BY_INTEGRATION)
    enterprise = token.installation.account
    if call.state.enterprise(call.params["enterprise"]) is not enterprise:
        raise not_found()
    call.require_permission()
    return enterprise


def _organization(call: Call) -> Account:
    """Return the organization in the path if it belongs to the enterprise."""
    enterprise = _enterprise(call)
    organization = call.known_account(call.params["org"], "Organization")
    if organization.enterprise is not enterprise:
        raise not_found()
    return organization


def _installation(call: Call) -> Installation:
    """Return the installation in the path, of any app, if it is on the organization."""
    organization = _organization(call)
    installation = call.state.installations.get(call.params["installation_id"])
    if installation is None or installation.account is not organization:
        raise not_found()
    return installation


# the body


def _repositories(call: Call, account: Account, required: bool) -> List[Repository]:
    """Return the named repositories of an account. 422 for unknown names, more than 50, or, if required, none."""
    names = call.strings("repositories") or []
    if len(names) > MAX_REPOSITORIES:
        raise invalid_request(
            "For 'properties/repositories', no more than %d items are allowed; %d were supplied."
            % (MAX_REPOSITORIES, len(names))
        )
    if bool(names) is not required:
        raise invalid_request('"repositories" %s.' % ("wasn't supplied" if required else "is not a permitted key"))
    found = [call.state.repository(account.login, name) for name in names]
    known = [repository for repository in found if repository is not None]
    if len(known) < len(names):
        raise ApiError(422, errors.MINT_REPOSITORY)
    return known


def _selection(call: Call, *choices: str) -> str:
    selection = call.string("repository_selection", required=True)
    if selection not in choices:
        raise invalid_request(
            "For 'properties/repository_selection', %r is not a member of %s." % (selection, list(choices))
        )
    return selection


def _select(call: Call, installation: Installation, selection: str, chosen: List[Repository]) -> None:
    installation.repository_selection = "all" if selection == "all" else "selected"
    installation.repository_ids = {repository.id for repository in chosen}
    installation.updated_at = iso(call.state.now())


def _installable_app(call: Call, organization: Account) -> App:
    """Return the app to install: a public one, or a private one of the same enterprise."""
    app = call.state.app_by_client_id(call.string("client_id", required=True) or "")
    if app is None or not (app.public or app.owner.enterprise is organization.enterprise):
        raise not_found()
    return app


# the operations


def list_organizations(call: Call) -> Reply:
    """enterprise-apps/installable-organizations."""
    enterprise = _enterprise(call)
    return call.page(
        call.state.organizations_of(enterprise), lambda item: render.installable_organization(call, enterprise, item)
    )


def list_accessible_repositories(call: Call) -> Reply:
    """enterprise-apps/installable-organization-accessible-repositories: all repositories of the organization."""
    return call.page(call.state.repositories_of(_organization(call)), render.accessible_repository)


def list_installations(call: Call) -> Reply:
    """enterprise-apps/organization-installations: those of all apps, whoever owns them."""
    enterprise, organization = _enterprise(call), _organization(call)
    return call.page(
        call.state.installations_on(organization),
        lambda item: render.organization_installation(call, enterprise, item),
    )


def install(call: Call) -> Reply:
    """enterprise-apps/create-installation: 201, or 200 for an installation that existed before.

    Both approve pending requests. The latter unsuspends, and accepts the permissions that the app requests. It only selects
    repositories if the installation had no repository permissions before.
    """
    organization = _organization(call)
    selection = _selection(call, "all", "selected", "none")
    chosen = _repositories(call, organization, selection == "selected")
    app = _installable_app(call, organization)
    granted = organization.grantable(app.permissions)
    installation = call.state.installation_on(app, organization)
    had_repositories = installation is not None and need_repositories(installation.permissions)
    if selection == "none" and need_repositories(granted) and not had_repositories:
        raise ApiError(422, errors.SELECTION_NEEDED)
    status = 200 if installation else 201
    if installation is None:
        installation = _new_installation(call, app, organization)
    if not had_repositories:
        _select(call, installation, selection, chosen)
    installation.permissions = granted
    installation.suspended_at = installation.suspended_by = None
    installation.updated_at = iso(call.state.now())
    call.state.approve_requests(app, organization)
    return Reply(status, render.installation(call, installation))


def _new_installation(call: Call, app: App, account: Account) -> Installation:
    installation = Installation(
        id=call.state.next_id(),
        app=app,
        account=account,
        repository_selection="selected",
        repository_ids=set(),
        permissions={},
        created_at=iso(call.state.now()),
    )
    call.state.installations[installation.id] = installation
    return installation


def uninstall(call: Call) -> Reply:
    """enterprise-apps/delete-installation."""
    call.state.remove_installation(_installation(call))
    return Reply(204)


def list_repositories(call: Call) -> Reply:
    """enterprise-apps/organization-installation-repositories."""
    return call.page(call.state.installation_repositories(_installation(call)), render.accessible_repository)


def change_selection(call: Call) -> Reply:
    """enterprise-apps/change-installation-repository-access-selection; ``selected`` replaces the previous selection."""
    installation = _installation(call)
    selection = _selection(call, "all", "selected")
    chosen = _repositories(call, installation.account, selection == "selected")
    if not need_repositories(installation.permissions):
        raise ApiError(422, errors.NO_REPOSITORY_PERMISSIONS)
    _select(call, installation, selection, chosen)
    return Reply(200, render.installation(call, installation))


def add_repositories(call: Call) -> Reply:
    """enterprise-apps/grant-repository-access-to-installation: returns all named repositories, also those it had before."""
    installation = _installation(call)
    chosen = _repositories(call, installation.account, True)
    if not need_repositories(installation.permissions):
        raise ApiError(422, errors.NO_REPOSITORY_PERMISSIONS)
    if installation.repository_selection == "selected":
        installation.repository_ids.update(repository.id for repository in chosen)
        installation.updated_at = iso(call.state.now())
    return Reply(200, [render.accessible_repository(repository) for repository in chosen])


def remove_repositories(call: Call) -> Reply:
    """enterprise-apps/remove-repository-access-to-installation: returns the repositories that it had before."""
    installation = _installation(call)
    chosen = _repositories(call, installation.account, True)
    if installation.repository_selection == "all":
        raise ApiError(422, errors.REMOVE_FROM_ALL)
    removed = [repository for repository in chosen if repository.id in installation.repository_ids]
    remaining = installation.repository_ids - {repository.id for repository in removed}
    if not remaining:
        raise ApiError(422, errors.REMOVE_LAST)
    if removed:
        installation.repository_ids = remaining
        installation.updated_at = iso(call.state.now())
    return Reply(200, [render.accessible_repository(repository) for repository in removed])


def _route(
    method: str, path: str, handler: Any, anchor: str, *permissions: Permission, base: str = "organizations/{org}"
) -> Route:
    """Return the route of an operation; one of the permissions is needed."""
    return Route(
        method,
        "/enterprises/{enterprise}/apps/%s%s" % (base, path),
        handler,
        # The handlers refuse JWTs, with the same 403 as tokens of other installations.
        frozenset((INSTALLATION, JWT)),
        "enterprise-admin/organization-installations#" + anchor,
        first="3.19",
        permissions=permissions,
    )


def _either(level: str) -> Tuple[Permission, Permission]:
    return (REPOSITORIES, level), (INSTALLATIONS, level)


ONE = "/installations/{installation_id:int}"
ROUTES: Tuple[Route, ...] = (
    _route(
        "GET",
        "",
        list_organizations,
        "get-enterprise-owned-organizations-that-can-have-github-apps-installed",
        (INSTALLATIONS, "read"),
        base="installable_organizations",
    ),
    _route(
        "GET",
        "/accessible_repositories",
        list_accessible_repositories,
        "get-repositories-belonging-to-an-enterprise-owned-organization",
        *_either("read"),
        base="installable_organizations/{org}",
    ),
    _route(
        "GET",
        "/installations",
        list_installations,
        "list-github-apps-installed-on-an-enterprise-owned-organization",
        (INSTALLATIONS, "read"),
    ),
    _route(
        "POST",
        "/installations",
        install,
        "install-a-github-app-on-an-enterprise-owned-organization",
        (INSTALLATIONS, "write"),
    ),
    _route(
        "DELETE",
        ONE,
        uninstall,
        "uninstall-a-github-app-from-an-enterprise-owned-organization",
        (INSTALLATIONS, "write"),
    ),
    _route(
        "GET",
        ONE + "/repositories",
        list_repositories,
        "get-the-repositories-accessible-to-a-given-github-app-installation",
        *_either("read"),
    ),
    _route(
        "PATCH",
        ONE + "/repositories",
        change_selection,
        "toggle-installation-repository-access-between-selected-and-all-repositories",
        *_either("write"),
    ),
    _route(
        "PATCH",
        ONE + "/repositories/add",
        add_repositories,
        "grant-repository-access-to-an-organization-installation",
        *_either("write"),
    ),
    _route(
        "PATCH",
        ONE + "/repositories/remove",
        remove_repositories,
        "remove-repository-access-from-an-organization-installation",
        *_either("write"),
    ),
)
