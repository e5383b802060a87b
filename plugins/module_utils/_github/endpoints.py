# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operations of GitHub's REST API that this collection uses. No other file contains paths.

The table is keyed by GitHub's operation IDs and contains only facts that GitHub documents. Sources: the OpenAPI
descriptions (https://github.com/github/rest-api-description) and, for the previews of releases up to 2.21, the
reference pages of these releases (https://docs.github.com/enterprise/2.20/rest/reference/apps).
"""

from __future__ import annotations

from typing import Dict, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._github.releases import (
    CLOUD,
    EVERY_SERVER,
    OLDEST,
    Release,
)

# Kinds of authentication.
APP = "app"  # a JWT signed with the app's private key
INSTALLATION = "installation"  # an installation access token
USER = "user"  # a user's token
OAUTH_APP = "oauth_app"  # basic authentication with client ID and client secret
PASSWORD = "password"  # basic authentication with a user name, a password and a one-time password
NOBODY = "nobody"  # no Authorization header

# Preview media types and the last release of GitHub Enterprise Server that requires them.
MACHINE_MAN = {"machine-man": Release(2, 21)}
MACHINE_MAN_AND_GAMBIT = {"machine-man": Release(2, 21), "gambit": Release(2, 20)}
GAMBIT = {"gambit": Release(2, 20)}
DOCTOR_STRANGE = {"doctor-strange": Release(2, 20)}
FURY = {"fury": Release(2, 20)}
CORSAIR = {"corsair": Release(3, 3)}
MERCY = {"mercy": Release(3, 2)}

# What to do if a request may have succeeded that GitHub performs only once.
IF_CONVERTED = (
    "The code can be used only once. If the owner's list of apps contains the new app, generate a private key and a client"
    " secret in its settings. Otherwise, create a new code."
)
IF_AUTHORIZED = "If so, the token is lost. Delete the authorization with state=absent, and run the task again."
IF_RESET = "If so, the old token is no longer valid, and the new one is lost. Check the old token before you continue."
IF_SCOPED = "If so, the new token is lost. Run the task again to create another one."
IF_ATTACHED = "Check the issue or pull request first, because each run of the task creates another attachment."

PLAIN_MEDIA_TYPE = "application/vnd.github+json"


class Endpoint(NamedTuple):
    """An operation.

    :param auth: accepted kinds of authentication, in order of preference.
    :param success: statuses that mean success.
    :param first: first release that supports the operation.
    :param last: last release that supports the operation.
    :param previews: required preview media types, with the last release that requires each.
    :param optional_previews: preview media types that add keys to the response, with the last release that needs each.
    :param items: key of the list in the response; empty if the response is the list itself.
    :param repeatable: whether the request can be repeated safely; None to decide by the HTTP method.
    :param if_done: what to do because the request may have succeeded although no usable response arrived.
    """

    method: str
    path: str
    auth: Tuple[str, ...]
    success: Tuple[int, ...] = (200,)
    first: Release = OLDEST
    last: Release = CLOUD
    previews: Mapping[str, Release] = {}
    optional_previews: Mapping[str, Release] = {}
    items: str = ""
    repeatable: Optional[bool] = None
    if_done: str = "Run the task again to find out."

    @property
    def doubt(self) -> str:
        """What a message adds if no usable response arrived; empty for a request that changes nothing."""
        return "" if self.method == "GET" else f" The request may have succeeded anyway. {self.if_done}"

    @property
    def is_repeatable(self) -> bool:
        return self.method in ("GET", "PUT", "DELETE") if self.repeatable is None else self.repeatable

    @property
    def is_write(self) -> bool:
        """Whether the operation changes state. A repeatable POST only reads, or mints a token that expires."""
        return self.method != "GET" and not (self.method == "POST" and self.is_repeatable)

    def offered_by(self, release: Release) -> bool:
        return self.first <= release <= self.last

    def accept(self, release: Release, with_optional: bool = False) -> str:
        """The Accept header for a release: the previews that it requires, or the plain media type."""
        previews = {**self.previews, **(self.optional_previews if with_optional else {})}
        wanted = sorted(name for name, last in previews.items() if release <= last)
        return ",".join(f"application/vnd.github.{name}-preview+json" for name in wanted) or PLAIN_MEDIA_TYPE


ENDPOINTS: Dict[str, Endpoint] = {
    "meta/get": Endpoint("GET", "/meta", (NOBODY,)),
    # The app and its installations
    "apps/get-authenticated": Endpoint("GET", "/app", (APP,), previews=MACHINE_MAN),
    "apps/get-by-slug": Endpoint("GET", "/apps/{app_slug}", (USER, INSTALLATION, NOBODY), previews=MACHINE_MAN),
    "apps/create-from-manifest": Endpoint(
        "POST",
        "/app-manifests/{code}/conversions",
        (NOBODY,),
        success=(201, 200),
        previews=FURY,
        if_done=IF_CONVERTED,
    ),
    "orgs/list-app-installations": Endpoint(
        "GET", "/orgs/{org}/installations", (USER,), first=Release(2, 19), previews=MACHINE_MAN, items="installations"
    ),
    "apps/list-installations-for-authenticated-user": Endpoint(
        "GET", "/user/installations", (USER,), previews=MACHINE_MAN, items="installations"
    ),
    "apps/list-installations": Endpoint("GET", "/app/installations", (APP,), previews=MACHINE_MAN),
    "apps/get-installation": Endpoint("GET", "/app/installations/{installation_id}", (APP,), previews=MACHINE_MAN),
    "apps/list-installation-requests-for-authenticated-app": Endpoint(
        "GET", "/app/installation-requests", (APP,), first=Release(3, 8)
    ),
    "apps/get-enterprise-installation": Endpoint(
        "GET", "/enterprises/{enterprise}/installation", (APP,), first=Release(3, 21)
    ),
    "apps/get-org-installation": Endpoint("GET", "/orgs/{org}/installation", (APP,), previews=MACHINE_MAN),
    "apps/get-user-installation": Endpoint("GET", "/users/{username}/installation", (APP,), previews=MACHINE_MAN),
    "apps/get-repo-installation": Endpoint("GET", "/repos/{owner}/{repo}/installation", (APP,), previews=MACHINE_MAN),
    "apps/delete-installation": Endpoint(
        "DELETE",
        "/app/installations/{installation_id}",
        (APP,),
        success=(204, 202),
        previews=MACHINE_MAN_AND_GAMBIT,
    ),
    "apps/suspend-installation": Endpoint(
        "PUT", "/app/installations/{installation_id}/suspended", (APP,), success=(204,), first=Release(2, 22)
    ),
    "apps/unsuspend-installation": Endpoint(
        "DELETE", "/app/installations/{installation_id}/suspended", (APP,), success=(204,), first=Release(2, 22)
    ),
    # Installation access tokens
    "apps/create-installation-access-token": Endpoint(
        "POST",
        "/app/installations/{installation_id}/access_tokens",
        (APP,),
        success=(201,),
        previews=MACHINE_MAN,
        repeatable=True,
    ),
    "apps/revoke-installation-access-token": Endpoint(
        "DELETE", "/installation/token", (INSTALLATION,), success=(204,), first=Release(2, 20), previews=GAMBIT
    ),
    # Repositories of an installation
    "apps/list-repos-accessible-to-installation": Endpoint(
        "GET",
        "/installation/repositories",
        (INSTALLATION,),
        previews=MACHINE_MAN,
        optional_previews=MERCY,
        items="repositories",
    ),
    "apps/list-installation-repos-for-authenticated-user": Endpoint(
        "GET",
        "/user/installations/{installation_id}/repositories",
        (USER,),
        previews=MACHINE_MAN,
        optional_previews=MERCY,
        items="repositories",
    ),
    "apps/add-repo-to-installation-for-authenticated-user": Endpoint(
        "PUT",
        "/user/installations/{installation_id}/repositories/{repository_id}",
        (USER,),
        success=(204, 304),
        previews=MACHINE_MAN,
    ),
    "apps/remove-repo-from-installation-for-authenticated-user": Endpoint(
        "DELETE",
        "/user/installations/{installation_id}/repositories/{repository_id}",
        (USER,),
        success=(204, 304),
        previews=MACHINE_MAN,
    ),
    "repos/get": Endpoint("GET", "/repos/{owner}/{repo}", (USER, INSTALLATION)),
    "repos/list-for-org": Endpoint("GET", "/orgs/{org}/repos", (USER, INSTALLATION), optional_previews=MERCY),
    "repos/list-for-authenticated-user": Endpoint("GET", "/user/repos", (USER,), optional_previews=MERCY),
    # Installations on the organizations of an enterprise, for an app that is installed on the enterprise
    "enterprise-apps/installable-organizations": Endpoint(
        "GET", "/enterprises/{enterprise}/apps/installable_organizations", (INSTALLATION,), first=Release(3, 19)
    ),
    "enterprise-apps/installable-organization-accessible-repositories": Endpoint(
        "GET",
        "/enterprises/{enterprise}/apps/installable_organizations/{org}/accessible_repositories",
        (INSTALLATION,),
        first=Release(3, 19),
    ),
    "enterprise-apps/organization-installations": Endpoint(
        "GET", "/enterprises/{enterprise}/apps/organizations/{org}/installations", (INSTALLATION,), first=Release(3, 19)
    ),
    "enterprise-apps/create-installation": Endpoint(
        "POST",
        "/enterprises/{enterprise}/apps/organizations/{org}/installations",
        (INSTALLATION,),
        success=(201, 200),
        first=Release(3, 19),
    ),
    "enterprise-apps/delete-installation": Endpoint(
        "DELETE",
        "/enterprises/{enterprise}/apps/organizations/{org}/installations/{installation_id}",
        (INSTALLATION,),
        success=(204,),
        first=Release(3, 19),
    ),
    "enterprise-apps/organization-installation-repositories": Endpoint(
        "GET",
        "/enterprises/{enterprise}/apps/organizations/{org}/installations/{installation_id}/repositories",
        (INSTALLATION,),
        first=Release(3, 19),
    ),
    "enterprise-apps/change-installation-repository-access-selection": Endpoint(
        "PATCH",
        "/enterprises/{enterprise}/apps/organizations/{org}/installations/{installation_id}/repositories",
        (INSTALLATION,),
        first=Release(3, 19),
        repeatable=True,
    ),
    "enterprise-apps/grant-repository-access-to-installation": Endpoint(
        "PATCH",
        "/enterprises/{enterprise}/apps/organizations/{org}/installations/{installation_id}/repositories/add",
        (INSTALLATION,),
        first=Release(3, 19),
        repeatable=True,
    ),
    "enterprise-apps/remove-repository-access-to-installation": Endpoint(
        "PATCH",
        "/enterprises/{enterprise}/apps/organizations/{org}/installations/{installation_id}/repositories/remove",
        (INSTALLATION,),
        first=Release(3, 19),
    ),
    # Tokens and grants of an OAuth app
    "apps/check-token": Endpoint(
        "POST",
        "/applications/{client_id}/token",
        (OAUTH_APP,),
        first=Release(2, 20),
        previews=DOCTOR_STRANGE,
        repeatable=True,
    ),
    "apps/delete-authorization": Endpoint(
        "DELETE",
        "/applications/{client_id}/grant",
        (OAUTH_APP,),
        success=(204,),
        first=Release(2, 20),
        previews=DOCTOR_STRANGE,
    ),
    "apps/check-authorization": Endpoint(
        "GET", "/applications/{client_id}/tokens/{access_token}", (OAUTH_APP,), last=Release(3, 3)
    ),
    "apps/revoke-grant-for-application": Endpoint(
        "DELETE",
        "/applications/{client_id}/grants/{access_token}",
        (OAUTH_APP,),
        success=(204,),
        last=Release(3, 3),
    ),
    "apps/delete-token": Endpoint(
        "DELETE",
        "/applications/{client_id}/token",
        (OAUTH_APP,),
        success=(204,),
        first=Release(2, 20),
        previews=DOCTOR_STRANGE,
    ),
    "apps/reset-token": Endpoint(
        "PATCH",
        "/applications/{client_id}/token",
        (OAUTH_APP,),
        first=Release(2, 20),
        previews=DOCTOR_STRANGE,
        if_done=IF_RESET,
    ),
    "apps/scope-token": Endpoint(
        "POST", "/applications/{client_id}/token/scoped", (OAUTH_APP,), first=Release(3, 0), if_done=IF_SCOPED
    ),
    "apps/revoke-authorization-for-application": Endpoint(
        "DELETE",
        "/applications/{client_id}/tokens/{access_token}",
        (OAUTH_APP,),
        success=(204,),
        last=Release(3, 3),
    ),
    "apps/reset-authorization": Endpoint(
        "POST",
        "/applications/{client_id}/tokens/{access_token}",
        (OAUTH_APP,),
        last=Release(3, 3),
        if_done=IF_RESET,
    ),
    # Content attachments, which github.com and servers since 3.4 do not support
    "apps/create-content-attachment": Endpoint(
        "POST",
        "/content_references/{content_reference_id}/attachments",
        (INSTALLATION, USER),
        success=(200, 304),
        last=Release(2, 22),
        previews=CORSAIR,
        if_done=IF_ATTACHED,
    ),
    "apps/create-content-attachment-for-repo": Endpoint(
        "POST",
        "/repos/{owner}/{repo}/content_references/{content_reference_id}/attachments",
        (INSTALLATION, USER),
        first=Release(3, 0),
        last=Release(3, 3),
        previews=CORSAIR,
        if_done=IF_ATTACHED,
    ),
    # OAuth authorizations, which github.com does not support
    "oauth-authorizations/list-grants": Endpoint("GET", "/applications/grants", (PASSWORD,), last=EVERY_SERVER),
    "oauth-authorizations/get-grant": Endpoint(
        "GET", "/applications/grants/{grant_id}", (PASSWORD,), last=EVERY_SERVER
    ),
    "oauth-authorizations/delete-grant": Endpoint(
        "DELETE", "/applications/grants/{grant_id}", (PASSWORD,), success=(204, 304), last=EVERY_SERVER
    ),
    "oauth-authorizations/list-authorizations": Endpoint("GET", "/authorizations", (PASSWORD,), last=EVERY_SERVER),
    "oauth-authorizations/create-authorization": Endpoint(
        "POST", "/authorizations", (PASSWORD,), success=(201, 304), last=EVERY_SERVER, if_done=IF_AUTHORIZED
    ),
    "oauth-authorizations/get-or-create-authorization-for-app": Endpoint(
        "PUT",
        "/authorizations/clients/{client_id}",
        (PASSWORD,),
        success=(200, 201, 304),
        last=EVERY_SERVER,
        repeatable=False,
        if_done=IF_AUTHORIZED,
    ),
    "oauth-authorizations/get-or-create-authorization-for-app-and-fingerprint": Endpoint(
        "PUT",
        "/authorizations/clients/{client_id}/{fingerprint}",
        (PASSWORD,),
        success=(200, 201),
        last=EVERY_SERVER,
        repeatable=False,
        if_done=IF_AUTHORIZED,
    ),
    "oauth-authorizations/get-authorization": Endpoint(
        "GET", "/authorizations/{authorization_id}", (PASSWORD,), last=EVERY_SERVER
    ),
    "oauth-authorizations/update-authorization": Endpoint(
        "PATCH", "/authorizations/{authorization_id}", (PASSWORD,), last=EVERY_SERVER
    ),
    "oauth-authorizations/delete-authorization": Endpoint(
        "DELETE", "/authorizations/{authorization_id}", (PASSWORD,), success=(204, 304), last=EVERY_SERVER
    ),
}
