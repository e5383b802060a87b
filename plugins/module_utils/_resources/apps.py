# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an app is, asks for, and where an admin changes it (https://docs.github.com/rest/apps/apps)."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional
from urllib.parse import urlsplit

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import NotFoundError
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.permissions import lacking_permissions

App = Dict[str, Any]


def get_app(client: Client) -> App:
    """The app as which the client acts."""
    return client.get("apps/get-authenticated", "id")


def get_app_by_slug(client: Client, slug: str) -> App:
    """Any app. GitHub shows a private one only to a token of somebody who may see it."""
    app = client.find("apps/get-by-slug", "id", app_slug=slug)
    if app is None:
        raise NotFoundError(
            f"There is no app {slug} on {client.server.host}, or it is private and these credentials may not see it: give"
            " token, of a user who may."
        )
    return app


def count_installations(client: Client, app: App) -> Optional[int]:
    """GitHub's count where it tells one, else the length of the list; None for another app than the client's own."""
    if isinstance(app.get("installations_count"), int):
        return int(app["installations_count"])
    return len(client.list("apps/list-installations", "id")) if client.credentials.app else None


def urls_of(app: App) -> Dict[str, Optional[str]]:
    """The pages on which an app is looked at, installed, and changed; null where GitHub does not tell enough.

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
    """What the app asks for now and the installation has not accepted, by permission.

    A user's account has no organization permissions, so what it cannot accept is no drift.
    """
    asked = app.get("permissions") or {}
    if installation.get("target_type") == "User":
        asked = {
            name: level for name, level in asked.items() if not name.startswith("organization_") and name != "members"
        }
    granted = installation.get("permissions") or {}
    return {
        name: {"app": asked[name], "installation": granted.get(name)} for name in lacking_permissions(granted, asked)
    }
