# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Apps, the permissions that they request, and their settings pages (https://docs.github.com/rest/apps/apps)."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional
from urllib.parse import quote, urlsplit

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import NotFoundError
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.permissions import lacking_permissions

App = Dict[str, Any]


def get_app(client: Client) -> App:
    """The app that the client authenticates as."""
    return client.get("apps/get-authenticated", "id")


def get_app_by_slug(client: Client, slug: str) -> App:
    """The app with the slug. A private app is only visible with a token of a user who has access to it."""
    app = client.find("apps/get-by-slug", "id", app_slug=slug)
    if app is None:
        raise NotFoundError(
            f"The app {slug} does not exist on {client.server.host}, or it is private and not visible with these"
            " credentials. Set token to a token of a user who has access to the app."
        )
    return app


def count_installations(client: Client, app: App) -> Optional[int]:
    """The number of installations, from the app or from the list of installations; None for another app."""
    if isinstance(app.get("installations_count"), int):
        return int(app["installations_count"])
    return len(client.list("apps/list-installations", "id")) if client.credentials.app else None


def list_installation_requests(client: Client) -> List[Dict[str, Any]]:
    """The pending requests to install the app. GitHub Enterprise Server has supported them since 3.8."""
    return client.list("apps/list-installation-requests-for-authenticated-app", "id")


def review_url(server_url: str, account: Mapping[str, Any]) -> str:
    """The page with the installed apps of an account, on which an owner approves or rejects pending requests."""
    kind = "organizations" if account.get("login") else "enterprises"
    name = quote(str(account.get("login") or account.get("slug") or ""), safe="")
    return f"{server_url}/{kind}/{name}/settings/installations"


def urls_of(app: App) -> Dict[str, Optional[str]]:
    """URLs of the app's public page, its installation page and its settings; null if GitHub does not return the
    required data.

    https://docs.github.com/apps/maintaining-github-apps/modifying-a-github-app-registration
    """
    page = app.get("html_url")
    owner = app.get("owner") or {}
    slug = app.get("slug")
    if not page or not slug:
        return {"public": page, "install": None, "settings": None, "permissions": None}
    web = "://".join(urlsplit(page)[:2])
    if not owner.get("login"):
        account = f"/enterprises/{owner['slug']}" if owner.get("slug") else ""
    else:
        account = f"/organizations/{owner['login']}" if owner.get("type") == "Organization" else ""
    settings = f"{web}{account}/settings/apps/{slug}"
    return {
        "public": page,
        "install": f"{page}/installations/new",
        "settings": settings,
        "permissions": f"{settings}/permissions",
    }


def permission_drift(app: App, installation: Mapping[str, Any]) -> Dict[str, Dict[str, Optional[str]]]:
    """The permissions that the app requests and the installation has not accepted yet.

    Permissions that the type of the account cannot accept are ignored.
    """
    asked = app.get("permissions") or {}
    asked = {name: level for name, level in asked.items() if is_acceptable(name, installation.get("target_type"))}
    granted = installation.get("permissions") or {}
    return {
        name: {"app": asked[name], "installation": granted.get(name)} for name in lacking_permissions(granted, asked)
    }


def is_acceptable(permission: str, target_type: Optional[str]) -> bool:
    """Whether an account of this type can accept the permission. Enterprises accept no others than those for enterprises.

    https://docs.github.com/apps/creating-github-apps/registering-a-github-app/choosing-permissions-for-a-github-app
    """
    if permission.startswith("enterprise_") or target_type == "Enterprise":
        return permission.startswith("enterprise_") and target_type == "Enterprise"
    return target_type != "User" or not (permission.startswith("organization_") or permission == "members")
