# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The route table: one row for every operation with its releases, previews and accepted credentials.

Sources: the REST reference of the release that documents the operation; previews from the pages of GHES 2.19 to 2.21.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, FrozenSet, List, Optional, Sequence, Tuple
from urllib.parse import unquote

from . import apps, authorizations, errors, general, oauth
from .auth import (
    BASIC,
    INSTALLATION,
    JWT,
    NONE,
    PASSWORD,
    PAT_CLASSIC,
    PAT_FINE_GRAINED,
    PUBLIC,
    TOKEN_KINDS,
    USER_ACCESS,
    USER_KINDS,
)
from .exchange import Call, Permission, Reply
from .profiles import Profile

JWT_ONLY = frozenset((JWT,))
CLIENT_ONLY = frozenset((BASIC,))
INSTALLATION_ONLY = frozenset((INSTALLATION,))
ANONYMOUS_ONLY = frozenset((NONE,))
PASSWORD_ONLY = frozenset((PASSWORD,))


@dataclass(frozen=True)
class Preview:
    """A media type that the server demands in Accept up to the release ``last``."""

    name: str
    last: str
    feature: str


MACHINE_MAN = Preview("machine-man", "2.21", "GitHub Apps")
GAMBIT = Preview("gambit", "2.20", "GitHub Apps uninstallation")
FURY = Preview("fury", "2.20", "GitHub App Manifests")
CORSAIR = Preview("corsair", "3.3", "Content Attachments")
DOCTOR_STRANGE = Preview("doctor-strange", "2.20", "OAuth Applications")


@dataclass(frozen=True)
class Route:
    """One operation. ``{name}`` is one path segment, ``{name:int}`` a number, ``{name:rest}`` all that follows."""

    method: str
    template: str
    handler: Callable[[Call], Reply]
    auth: FrozenSet[str]
    doc: str
    previews: Tuple[Preview, ...] = ()
    first: Optional[str] = None
    last: Optional[str] = None
    cloud: bool = True
    permission: Optional[Permission] = None
    refusal: Optional[str] = None
    segments: Tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "segments", tuple(self.template.split("/")[1:]))

    @property
    def name(self) -> str:
        """Method and template, as the log and the statistics show them."""
        return "%s %s" % (self.method, self.template)

    def available(self, profile: Profile) -> bool:
        """The release has this operation."""
        if profile.is_cloud and not self.cloud:
            return False
        if self.first is not None and not profile.since(self.first):
            return False
        return self.last is None or profile.until(self.last)

    def missing_previews(self, profile: Profile, given: FrozenSet[str]) -> List[Preview]:
        """Previews that the release demands and the request does not name."""
        return [item for item in self.previews if profile.until(item.last) and item.name not in given]

    def match(self, segments: Sequence[str]) -> Optional[Dict[str, Any]]:
        """Parameters of a path given as raw (still percent-encoded) segments, or None."""
        params: Dict[str, Any] = {}
        for index, pattern in enumerate(self.segments):
            if pattern.endswith(":rest}"):
                rest = [unquote(part) for part in segments[index:]]
                params[pattern[1:-6]] = "/".join(rest)
                return params if rest and all(rest) else None
            if index >= len(segments) or not _match_segment(pattern, unquote(segments[index]), params):
                return None
        return params if len(segments) == len(self.segments) else None


def _match_segment(pattern: str, value: str, params: Dict[str, Any]) -> bool:
    if not pattern.startswith("{"):
        return value == pattern
    if pattern.endswith(":int}"):
        if re.match(r"^[0-9]{1,18}\Z", value) is None:
            return False
        params[pattern[1:-5]] = int(value)
        return True
    params[pattern[1:-1]] = value
    return value != ""


def _jwt(
    method: str, template: str, handler: Callable[[Call], Reply], anchor: str, *previews: Preview, **more: Any
) -> Route:
    """An operation for the app itself; machine-man is demanded up to GHES 2.21."""
    return Route(method, template, handler, JWT_ONLY, "apps/apps#" + anchor, previews=(MACHINE_MAN,) + previews, **more)


def _client(method: str, template: str, handler: Callable[[Call], Reply], anchor: str, **more: Any) -> Route:
    """An operation of the OAuth applications API."""
    return Route(method, template, handler, CLIENT_ONLY, "apps/oauth-applications#" + anchor, **more)


def _user(method: str, template: str, handler: Callable[[Call], Reply], anchor: str) -> Route:
    """An operation of the OAuth Authorizations API, which github.com has removed."""
    doc = "oauth-authorizations/oauth-authorizations#" + anchor
    return Route(method, template, handler, PASSWORD_ONLY, doc, cloud=False)


def _attachment(template: str, **more: Any) -> Route:
    """The creation of a content attachment, in one of its two forms."""
    return Route(
        "POST",
        template,
        apps.create_content_attachment,
        frozenset((INSTALLATION, USER_ACCESS)),
        "apps/installations#create-a-content-attachment",
        previews=(CORSAIR,),
        permission=("content_references", "write"),
        **more,
    )


ROUTES: Tuple[Route, ...] = (
    Route("GET", "/", general.root, PUBLIC, "meta/meta#github-api-root"),
    Route("GET", "/meta", general.meta, PUBLIC, "meta/meta#get-github-meta-information"),
    Route(
        "GET",
        "/rate_limit",
        general.rate_limit,
        PUBLIC,
        "rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user",
    ),
    _jwt("GET", "/app", apps.get_authenticated, "get-the-authenticated-app"),
    Route("GET", "/apps/{app_slug}", apps.get_by_slug, PUBLIC, "apps/apps#get-an-app", previews=(MACHINE_MAN,)),
    Route(
        "POST",
        "/app-manifests/{code}/conversions",
        apps.create_from_manifest,
        ANONYMOUS_ONLY,
        "apps/apps#create-a-github-app-from-a-manifest",
        previews=(FURY,),
    ),
    _jwt("GET", "/app/installations", apps.list_installations, "list-installations-for-the-authenticated-app"),
    _jwt(
        "GET",
        "/app/installations/{installation_id:int}",
        apps.get_installation,
        "get-an-installation-for-the-authenticated-app",
    ),
    _jwt(
        "DELETE",
        "/app/installations/{installation_id:int}",
        apps.delete_installation,
        "delete-an-installation-for-the-authenticated-app",
        GAMBIT,
    ),
    _jwt(
        "POST",
        "/app/installations/{installation_id:int}/access_tokens",
        apps.create_token,
        "create-an-installation-access-token-for-an-app",
    ),
    _jwt(
        "PUT",
        "/app/installations/{installation_id:int}/suspended",
        apps.suspend,
        "suspend-an-app-installation",
        first="2.22",
    ),
    _jwt(
        "DELETE",
        "/app/installations/{installation_id:int}/suspended",
        apps.unsuspend,
        "unsuspend-an-app-installation",
        first="2.22",
    ),
    _jwt(
        "GET",
        "/orgs/{org}/installation",
        apps.get_org_installation,
        "get-an-organization-installation-for-the-authenticated-app",
    ),
    _jwt(
        "GET",
        "/users/{username}/installation",
        apps.get_user_installation,
        "get-a-user-installation-for-the-authenticated-app",
    ),
    _jwt(
        "GET",
        "/repos/{owner}/{repo}/installation",
        apps.get_repo_installation,
        "get-a-repository-installation-for-the-authenticated-app",
    ),
    _jwt(
        "GET",
        "/repositories/{repository_id:int}/installation",
        apps.get_repo_installation_by_id,
        "get-a-repository-installation-for-the-authenticated-app",
    ),
    Route(
        "GET",
        "/installation/repositories",
        apps.list_installation_repositories,
        INSTALLATION_ONLY,
        "apps/installations#list-repositories-accessible-to-the-app-installation",
        previews=(MACHINE_MAN,),
        refusal=errors.NEEDS_INSTALLATION_TOKEN,
    ),
    Route(
        "DELETE",
        "/installation/token",
        apps.revoke_token,
        INSTALLATION_ONLY,
        "apps/installations#revoke-an-installation-access-token",
        previews=(GAMBIT,),
        first="2.20",
    ),
    Route(
        "GET",
        "/user/installations",
        apps.list_user_installations,
        frozenset((USER_ACCESS,)),
        "apps/installations#list-app-installations-accessible-to-the-user-access-token",
        previews=(MACHINE_MAN,),
        refusal=errors.NEEDS_USER_ACCESS_TOKEN,
    ),
    Route(
        "GET",
        "/user/installations/{installation_id:int}/repositories",
        apps.list_user_installation_repositories,
        frozenset((USER_ACCESS, PAT_CLASSIC)),
        "apps/installations#list-repositories-accessible-to-the-user-access-token",
        previews=(MACHINE_MAN,),
        refusal=errors.NEEDS_USER_OR_PAT,
    ),
    Route(
        "PUT",
        "/user/installations/{installation_id:int}/repositories/{repository_id:int}",
        apps.add_repository,
        frozenset((PAT_CLASSIC,)),
        "apps/installations#add-a-repository-to-an-app-installation",
        previews=(MACHINE_MAN,),
    ),
    Route(
        "DELETE",
        "/user/installations/{installation_id:int}/repositories/{repository_id:int}",
        apps.remove_repository,
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
        apps.list_org_installations,
        frozenset((PAT_CLASSIC, PAT_FINE_GRAINED, INSTALLATION)),
        "orgs/orgs#list-app-installations-for-an-organization",
        previews=(MACHINE_MAN,),
        first="2.19",
        permission=("organization_administration", "read"),
    ),
    _client(
        "DELETE",
        "/applications/{client_id}/grant",
        oauth.delete_grant,
        "delete-an-app-authorization",
        previews=(DOCTOR_STRANGE,),
        first="2.20",
    ),
    _client(
        "POST",
        "/applications/{client_id}/token",
        oauth.check_token,
        "check-a-token",
        previews=(DOCTOR_STRANGE,),
        first="2.20",
    ),
    _client(
        "PATCH",
        "/applications/{client_id}/token",
        oauth.reset_token,
        "reset-a-token",
        previews=(DOCTOR_STRANGE,),
        first="2.20",
    ),
    _client(
        "DELETE",
        "/applications/{client_id}/token",
        oauth.delete_token,
        "delete-an-app-token",
        previews=(DOCTOR_STRANGE,),
        first="2.20",
    ),
    Route(
        "POST",
        "/applications/{client_id}/token/scoped",
        oauth.scope_token,
        CLIENT_ONLY,
        "apps/apps#create-a-scoped-access-token",
        first="3.0",
    ),
    _client(
        "DELETE",
        "/applications/{client_id}/grants/{access_token}",
        oauth.delete_grant,
        "revoke-a-grant-for-an-application",
        last="3.3",
    ),
    _client(
        "GET",
        "/applications/{client_id}/tokens/{access_token}",
        oauth.check_token,
        "check-an-authorization",
        last="3.3",
    ),
    _client(
        "POST",
        "/applications/{client_id}/tokens/{access_token}",
        oauth.reset_token,
        "reset-an-authorization",
        last="3.3",
    ),
    _client(
        "DELETE",
        "/applications/{client_id}/tokens/{access_token}",
        oauth.delete_token,
        "revoke-an-authorization-for-an-application",
        last="3.3",
    ),
    _user("GET", "/authorizations", authorizations.list_authorizations, "list-your-authorizations"),
    _user("POST", "/authorizations", authorizations.create_authorization, "create-a-new-authorization"),
    _user(
        "PUT",
        "/authorizations/clients/{client_id}",
        authorizations.get_or_create_authorization,
        "get-or-create-an-authorization-for-a-specific-app",
    ),
    _user(
        "PUT",
        "/authorizations/clients/{client_id}/{fingerprint}",
        authorizations.get_or_create_authorization,
        "get-or-create-an-authorization-for-a-specific-app-and-fingerprint",
    ),
    _user(
        "GET",
        "/authorizations/{authorization_id:int}",
        authorizations.get_authorization,
        "get-a-single-authorization",
    ),
    _user(
        "PATCH",
        "/authorizations/{authorization_id:int}",
        authorizations.update_authorization,
        "update-an-existing-authorization",
    ),
    _user(
        "DELETE",
        "/authorizations/{authorization_id:int}",
        authorizations.delete_authorization,
        "delete-an-authorization",
    ),
    _user("GET", "/applications/grants", authorizations.list_grants, "list-your-grants"),
    _user("GET", "/applications/grants/{grant_id:int}", authorizations.get_grant, "get-a-single-grant"),
    _user("DELETE", "/applications/grants/{grant_id:int}", authorizations.delete_grant, "delete-a-grant"),
    Route(
        "GET",
        "/repos/{owner}/{repo}",
        general.get_repository,
        PUBLIC,
        "repos/repos#get-a-repository",
        permission=("metadata", "read"),
    ),
    Route(
        "GET",
        "/repositories/{repository_id:int}",
        general.get_repository_by_id,
        PUBLIC,
        "repos/repos#get-a-repository",
        permission=("metadata", "read"),
    ),
    Route(
        "GET", "/orgs/{org}/repos", general.list_org_repositories, PUBLIC, "repos/repos#list-organization-repositories"
    ),
    Route(
        "GET",
        "/users/{username}/repos",
        general.list_user_repositories,
        PUBLIC,
        "repos/repos#list-repositories-for-a-user",
    ),
    Route("GET", "/user", general.get_own_user, USER_KINDS, "users/users#get-the-authenticated-user"),
    Route(
        "GET",
        "/user/repos",
        general.list_own_repositories,
        USER_KINDS,
        "repos/repos#list-repositories-for-the-authenticated-user",
    ),
    Route("GET", "/users/{username}", general.get_user, PUBLIC, "users/users#get-a-user"),
    Route("GET", "/orgs/{org}", general.get_org, PUBLIC, "orgs/orgs#get-an-organization"),
    Route(
        "GET",
        "/repos/{owner}/{repo}/issues",
        general.list_issues,
        PUBLIC,
        "issues/issues#list-repository-issues",
        permission=("issues", "read"),
    ),
    Route(
        "POST",
        "/repos/{owner}/{repo}/issues",
        general.create_issue,
        TOKEN_KINDS,
        "issues/issues#create-an-issue",
        permission=("issues", "write"),
    ),
    Route(
        "GET",
        "/repos/{owner}/{repo}/contents",
        general.get_content,
        PUBLIC,
        "repos/contents#get-repository-content",
        permission=("contents", "read"),
    ),
    Route(
        "GET",
        "/repos/{owner}/{repo}/contents/{path:rest}",
        general.get_content,
        PUBLIC,
        "repos/contents#get-repository-content",
        permission=("contents", "read"),
    ),
)

# Where a path holds a secret: what comes before it.
_BEFORE_SECRETS = frozenset(
    route.segments[:index]
    for route in ROUTES
    for index, pattern in enumerate(route.segments)
    if pattern in ("{access_token}", "{code}")
)


def find(method: str, segments: Sequence[str], profile: Profile) -> Optional[Tuple[Route, Dict[str, Any]]]:
    """The operation of a request and its path parameters, if this release has it."""
    for route in ROUTES:
        if route.method == method and route.available(profile):
            params = route.match(segments)
            if params is not None:
                return route, params
    return None


def masked_path(segments: Sequence[str]) -> str:
    """The path for the log: without its secret and what follows, on any release and method."""
    for before in _BEFORE_SECRETS:
        if len(segments) > len(before) and all(
            pattern.startswith("{") or pattern == segment for pattern, segment in zip(before, segments)
        ):
            segments = list(segments[: len(before)]) + ["***"]
    return "/" + "/".join(segments)
