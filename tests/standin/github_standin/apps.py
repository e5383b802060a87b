# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations of GitHub Apps and their installations (REST reference: "Apps")."""

from __future__ import annotations

import secrets
from typing import Any, Dict, List, Optional, Set, Tuple

from . import errors, render, tokens
from .auth import INSTALLATION, PAT_CLASSIC, PAT_FINE_GRAINED, PUBLIC, USER_ACCESS
from .errors import ApiError, invalid_request, not_found
from .exchange import Call, Reply
from .keys import generated_keys
from .route import ANONYMOUS_ONLY, CORSAIR, FURY, GAMBIT, INSTALLATION_ONLY, MACHINE_MAN, Route, app_route
from .state import TOKEN_LIFETIME, Account, Client, Installation, InstallationToken, Repository, covers, iso

MAX_TOKEN_REPOSITORIES = 500
LIMITS = ("repositories", "repository_ids", "permissions")


def get_authenticated(call: Call) -> Reply:
    """apps/get-authenticated."""
    return Reply(200, render.own_app(call, call.app))


def get_by_slug(call: Call) -> Reply:
    """apps/get-by-slug; a private app is hidden from unauthenticated requests."""
    app = call.state.app_by_slug(call.params["app_slug"])
    if app is None or not (app.public or call.credential.rate_key not in (None, "anonymous")):
        raise not_found()
    return Reply(200, render.app(call, app))


def create_from_manifest(call: Call) -> Reply:
    """apps/create-from-manifest: the only response with the new app's secrets. A code works once, for an hour."""
    manifest = call.state.manifests.pop(call.params["code"], None)
    if manifest is None or manifest.expires_at <= call.state.now():
        raise not_found()
    app = manifest.app
    if app.private_key is None:
        app.private_key, public_key = generated_keys(app.slug)
        app.public_keys = [public_key]
    if app.client_secret is None:
        app.client_secret = secrets.token_hex(20)
    call.state.apps[app.id] = app
    call.state.clients[app.client_id] = Client.of_app(app)
    return Reply(201, render.converted_app(call, app))


def list_installations(call: Call) -> Reply:
    """apps/list-installations: an array that includes suspended installations. ``since`` and ``outdated`` from 2.22.

    ``outdated`` selects the installations that lack permissions the app currently requests.
    """
    items = call.state.installations_of(call.app)
    if call.profile.since("2.22"):
        if call.query.get("since"):
            items = [item for item in items if item.updated_at >= call.query["since"]]
        if call.query.get("outdated", "false") not in ("", "0", "false"):
            items = [item for item in items if item.outdated]
    return call.page(items, lambda item: render.installation(call, item))


def list_installation_requests(call: Call) -> Reply:
    """apps/list-installation-requests-for-authenticated-app: requests of members who cannot install the app."""
    return call.page(call.state.requests_of(call.app), lambda item: render.installation_request(call, item))


def get_installation(call: Call) -> Reply:
    """apps/get-installation."""
    return Reply(200, render.installation(call, call.own_installation()))


def delete_installation(call: Call) -> Reply:
    """apps/delete-installation: 204, or 202 and removal in the background with API version 2026-03-10."""
    installation = call.own_installation()
    call.state.remove_installation(installation, call.uninstall_delay if call.is_2026 else 0.0)
    return Reply(202, {}) if call.is_2026 else Reply(204)


def suspend(call: Call) -> Reply:
    """apps/suspend-installation; also 204 if it is already suspended."""
    installation = call.own_installation()
    if installation.suspended_at is None:
        installation.suspended_at = installation.updated_at = iso(call.state.now())
        installation.suspended_by = installation.app.owner
    return Reply(204)


def unsuspend(call: Call) -> Reply:
    """apps/unsuspend-installation; also 204 if it is not suspended."""
    installation = call.own_installation()
    if installation.suspended_at is not None:
        installation.suspended_at = installation.suspended_by = None
        installation.updated_at = iso(call.state.now())
    return Reply(204)


def _lookup(call: Call, account: Optional[Account]) -> Reply:
    installation = call.state.installation_on(call.app, account) if account else None
    if installation is None:
        raise not_found()
    return Reply(200, render.installation(call, installation))


def get_org_installation(call: Call) -> Reply:
    """apps/get-org-installation."""
    return _lookup(call, call.known_account(call.params["org"], "Organization"))


def get_user_installation(call: Call) -> Reply:
    """apps/get-user-installation."""
    return _lookup(call, call.known_account(call.params["username"], "User"))


def get_enterprise_installation(call: Call) -> Reply:
    """apps/get-enterprise-installation."""
    return _lookup(call, call.state.enterprise(call.params["enterprise"]))


def _covering(call: Call, repository: Optional[Repository]) -> Installation:
    """Return the installation of the JWT's app that can access the repository."""
    installation = call.state.installation_on(call.app, repository.owner) if repository else None
    if installation is None or repository is None or not call.state.installation_covers(installation, repository):
        raise not_found()
    return installation


def get_repo_installation(call: Call) -> Reply:
    """apps/get-repo-installation; 301 for a former name of the repository."""
    owner, name = call.params["owner"], call.params["repo"]
    repository = call.state.repository(owner, name)
    if repository is None:
        renamed = call.state.renamed_repository(owner, name)
        if renamed is not None and _covering(call, renamed):
            raise call.moved(renamed, ["installation"])
    return Reply(200, render.installation(call, _covering(call, repository)))


def get_repo_installation_by_id(call: Call) -> Reply:
    """Target of the redirect of apps/get-repo-installation."""
    repository = call.state.repositories.get(call.params["repository_id"])
    return Reply(200, render.installation(call, _covering(call, repository)))


def create_token(call: Call) -> Reply:
    """apps/create-installation-access-token. Tokens of installations on enterprises cannot be limited."""
    installation = call.own_installation()
    if installation.suspended_at is not None:
        raise ApiError(403, errors.SUSPENDED)
    if installation.vanishes_at is not None:
        raise not_found()
    if installation.account.is_enterprise and any(call.body.get(key) for key in LIMITS):
        raise ApiError(422, errors.MINT_ENTERPRISE)
    token = InstallationToken(
        value=tokens.installation_token(call.profile, installation.app.id),
        installation=installation,
        repository_ids=requested_repositories(call, installation),
        permissions=requested_permissions(call, installation.permissions),
        expires_at=call.state.now() + TOKEN_LIFETIME,
    )
    call.state.installation_tokens[token.value] = token
    return Reply(201, render.minted(call, token))


def requested_repositories(call: Call, installation: Installation) -> Optional[Set[int]]:
    """Return the IDs given by ``repositories`` and ``repository_ids``, or None if both are missing or empty."""
    names: List[str] = []
    if call.profile.understands_repository_names:
        names = call.strings("repositories") or []
    numbers = set(call.integers("repository_ids") or [])
    if len(names) + len(numbers) > MAX_TOKEN_REPOSITORIES:
        raise invalid_request("No more than %d repositories are allowed." % MAX_TOKEN_REPOSITORIES)
    for name in names:
        repository = call.state.repository(installation.account.login, name)
        numbers.add(repository.id if repository is not None else 0)
    reachable = {repo.id for repo in call.state.installation_repositories(installation)} if numbers else set()
    if not numbers <= reachable:
        raise ApiError(422, errors.MINT_REPOSITORY)
    return numbers or None


def requested_permissions(call: Call, granted: Dict[str, str]) -> Dict[str, str]:
    """Return the permissions of the new token. Like GitHub, reject permissions that are not granted."""
    wanted = call.permissions()
    if not wanted:
        return dict(granted)
    if any(name not in granted for name in wanted):
        raise ApiError(422, errors.MINT_PERMISSION)
    if any(not covers(granted[name], level) for name, level in wanted.items()):
        raise ApiError(422, errors.MINT_LEVEL)
    if "metadata" in granted:
        wanted.setdefault("metadata", "read")
    return wanted


def list_installation_repositories(call: Call) -> Reply:
    """apps/list-repos-accessible-to-installation: the repositories that this token can access."""
    token = call.credential.installation_token
    assert token is not None
    if token.installation.account.is_enterprise:
        raise ApiError(403, errors.NOT_BY_INTEGRATION)
    selection = token.installation.repository_selection if token.repository_ids is None else "selected"
    items = [repo for repo in call.state.installation_repositories(token.installation) if call.can_see(repo)]
    return call.page(
        items,
        lambda item: render.repository(call, item),
        lambda total, page: {"total_count": total, "repository_selection": selection, "repositories": page},
    )


def revoke_token(call: Call) -> Reply:
    """apps/revoke-installation-access-token: revokes the token that authenticates the request."""
    token = call.credential.installation_token
    assert token is not None
    del call.state.installation_tokens[token.value]
    return Reply(204)


def create_content_attachment(call: Call) -> Reply:
    """apps/create-content-attachment, also with the repository in the path."""
    reference = call.state.content_references.get(call.params["content_reference_id"])
    if "repo" in call.params and call.repository() is not reference:
        raise not_found()
    if reference is None or not call.can_see(reference):
        raise not_found()
    call.require_permission()
    title, body = call.string("title", required=True), call.string("body", required=True)
    return Reply(200, {"id": call.state.next_id(), "title": title, "body": body})


def list_user_installations(call: Call) -> Reply:
    """apps/list-installations-for-authenticated-user: installations of the token's app in the token's scope."""
    user, scope = call.user_token.user, call.user_token.installation
    items = [
        item
        for item in call.state.installations_of(call.app)
        if item.account.has_member(user) and scope in (None, item)
    ]
    return call.page(
        items,
        lambda item: render.installation(call, item),
        lambda total, page: {"total_count": total, "installations": page},
    )


def _user_installation(call: Call) -> Installation:
    """Return the installation in the path if the user is a member of its account."""
    installation = call.state.installations.get(call.params["installation_id"])
    if installation is None or not installation.account.has_member(call.user_token.user):
        raise not_found()
    return installation


def list_user_installation_repositories(call: Call) -> Reply:
    """apps/list-installation-repos-for-authenticated-user."""
    installation = _user_installation(call)
    if call.user_token.app not in (None, installation.app) or call.user_token.installation not in (None, installation):
        raise not_found()
    items = [repo for repo in call.state.installation_repositories(installation) if call.can_see(repo)]
    return call.page(
        items,
        lambda item: render.repository(call, item),
        lambda total, page: {
            "total_count": total,
            "repository_selection": installation.repository_selection,
            "repositories": page,
        },
    )


def _administered(call: Call, installation: Installation) -> Repository:
    """Return the repository in the path if the user is its admin and it belongs to the installation's account."""
    call.require_scope("repo")
    repository = call.state.repositories.get(call.params["repository_id"])
    if repository is None or repository.owner is not installation.account:
        raise not_found()
    if not repository.owner.has_admin(call.user_token.user):
        raise not_found()
    return repository


def add_repository(call: Call) -> Reply:
    """apps/add-repo-to-installation-for-authenticated-user; also 204 if the installation already has the repository."""
    installation = _user_installation(call)
    repository = _administered(call, installation)
    if installation.repository_selection == "selected" and repository.id not in installation.repository_ids:
        installation.repository_ids.add(repository.id)
        installation.updated_at = iso(call.state.now())
    return Reply(204)


def remove_repository(call: Call) -> Reply:
    """apps/remove-repo-from-installation-for-authenticated-user; also 204 if the repository is already absent."""
    installation = _user_installation(call)
    repository = _administered(call, installation)
    if installation.repository_selection == "all":
        raise ApiError(422, errors.REMOVE_FROM_ALL)
    if installation.repository_ids == {repository.id}:
        raise ApiError(422, errors.REMOVE_LAST)
    if repository.id in installation.repository_ids:
        installation.repository_ids.remove(repository.id)
        installation.updated_at = iso(call.state.now())
    return Reply(204)


def list_org_installations(call: Call) -> Reply:
    """orgs/list-app-installations: all apps of the organization, for its owners and for apps with the permission."""
    account = call.known_account(call.params["org"], "Organization")
    token = call.credential.installation_token
    if token is not None:
        if token.installation.account is not account:
            raise not_found()
    elif not account.has_admin(call.user_token.user):
        raise not_found()
    call.require_scope("admin:org", "write:org", "read:org", "admin:read")
    call.require_permission()
    return call.page(
        call.state.installations_on(account),
        lambda item: render.installation(call, item),
        lambda total, page: {"total_count": total, "installations": page},
    )


def _attachment(template: str, **more: Any) -> Route:
    """Return the route for creating a content attachment, in one of its two forms."""
    return Route(
        "POST",
        template,
        create_content_attachment,
        frozenset((INSTALLATION, USER_ACCESS)),
        "apps/installations#create-a-content-attachment",
        previews=(CORSAIR,),
        permissions=(("content_references", "write"),),
        **more,
    )


ROUTES: Tuple[Route, ...] = (
    app_route("GET", "/app", get_authenticated, "get-the-authenticated-app"),
    Route("GET", "/apps/{app_slug}", get_by_slug, PUBLIC, "apps/apps#get-an-app", previews=(MACHINE_MAN,)),
    Route(
        "POST",
        "/app-manifests/{code}/conversions",
        create_from_manifest,
        ANONYMOUS_ONLY,
        "apps/apps#create-a-github-app-from-a-manifest",
        previews=(FURY,),
    ),
    app_route("GET", "/app/installations", list_installations, "list-installations-for-the-authenticated-app"),
    app_route(
        "GET",
        "/app/installation-requests",
        list_installation_requests,
        "list-installation-requests-for-the-authenticated-app",
        first="3.8",
    ),
    app_route(
        "GET",
        "/app/installations/{installation_id:int}",
        get_installation,
        "get-an-installation-for-the-authenticated-app",
    ),
    app_route(
        "DELETE",
        "/app/installations/{installation_id:int}",
        delete_installation,
        "delete-an-installation-for-the-authenticated-app",
        GAMBIT,
    ),
    app_route(
        "POST",
        "/app/installations/{installation_id:int}/access_tokens",
        create_token,
        "create-an-installation-access-token-for-an-app",
    ),
    app_route(
        "PUT",
        "/app/installations/{installation_id:int}/suspended",
        suspend,
        "suspend-an-app-installation",
        first="2.22",
    ),
    app_route(
        "DELETE",
        "/app/installations/{installation_id:int}/suspended",
        unsuspend,
        "unsuspend-an-app-installation",
        first="2.22",
    ),
    app_route(
        "GET",
        "/orgs/{org}/installation",
        get_org_installation,
        "get-an-organization-installation-for-the-authenticated-app",
    ),
    app_route(
        "GET",
        "/users/{username}/installation",
        get_user_installation,
        "get-a-user-installation-for-the-authenticated-app",
    ),
    app_route(
        "GET",
        "/enterprises/{enterprise}/installation",
        get_enterprise_installation,
        "get-an-enterprise-installation-for-the-authenticated-app",
        first="3.21",
    ),
    app_route(
        "GET",
        "/repos/{owner}/{repo}/installation",
        get_repo_installation,
        "get-a-repository-installation-for-the-authenticated-app",
    ),
    app_route(
        "GET",
        "/repositories/{repository_id:int}/installation",
        get_repo_installation_by_id,
        "get-a-repository-installation-for-the-authenticated-app",
    ),
    Route(
        "GET",
        "/installation/repositories",
        list_installation_repositories,
        INSTALLATION_ONLY,
        "apps/installations#list-repositories-accessible-to-the-app-installation",
        previews=(MACHINE_MAN,),
        refusal=errors.NEEDS_INSTALLATION_TOKEN,
    ),
    Route(
        "DELETE",
        "/installation/token",
        revoke_token,
        INSTALLATION_ONLY,
        "apps/installations#revoke-an-installation-access-token",
        previews=(GAMBIT,),
        first="2.20",
    ),
    Route(
        "GET",
        "/user/installations",
        list_user_installations,
        frozenset((USER_ACCESS,)),
        "apps/installations#list-app-installations-accessible-to-the-user-access-token",
        previews=(MACHINE_MAN,),
        refusal=errors.NEEDS_USER_ACCESS_TOKEN,
    ),
    Route(
        "GET",
        "/user/installations/{installation_id:int}/repositories",
        list_user_installation_repositories,
        frozenset((USER_ACCESS, PAT_CLASSIC)),
        "apps/installations#list-repositories-accessible-to-the-user-access-token",
        previews=(MACHINE_MAN,),
        refusal=errors.NEEDS_USER_OR_PAT,
    ),
    Route(
        "PUT",
        "/user/installations/{installation_id:int}/repositories/{repository_id:int}",
        add_repository,
        frozenset((PAT_CLASSIC,)),
        "apps/installations#add-a-repository-to-an-app-installation",
        previews=(MACHINE_MAN,),
    ),
    Route(
        "DELETE",
        "/user/installations/{installation_id:int}/repositories/{repository_id:int}",
        remove_repository,
        frozenset((PAT_CLASSIC,)),
        "apps/installations#remove-a-repository-from-an-app-installation",
        previews=(MACHINE_MAN,),
    ),
    _attachment("/content_references/{content_reference_id:int}/attachments", last="2.22"),
    _attachment(
        "/repos/{owner}/{repo}/content_references/{content_reference_id:int}/attachments", first="3.0", last="3.3"
    ),
    Route(
        "GET",
        "/orgs/{org}/installations",
        list_org_installations,
        frozenset((PAT_CLASSIC, PAT_FINE_GRAINED, INSTALLATION)),
        "orgs/orgs#list-app-installations-for-an-organization",
        previews=(MACHINE_MAN,),
        first="2.19",
        permissions=(("organization_administration", "read"),),
    ),
)
