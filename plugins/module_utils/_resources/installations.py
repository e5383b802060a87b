# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Installations of an app: find, suspend, unsuspend, uninstall (https://docs.github.com/rest/apps/apps)."""

from __future__ import annotations

from typing import Any, Dict, Optional

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    ApiError,
    NotFoundError,
    PartialChangeError,
    UnsupportedError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import Selector, split_full_name
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._github.endpoints import ENDPOINTS
from ansible_collections.hubops.github_apps.plugins.module_utils._github.releases import Release
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.apps import list_installation_requests

Installation = Dict[str, Any]

ACCEPTED = 202
# https://docs.github.com/enterprise-server@2.22/rest/reference/apps documents suspending, but the OpenAPI description
# of 2.22 does not.
DOUBTFUL = Release(2, 22)
POLL_INTERVAL = 1  # seconds
MOST_ACCOUNTS = 10  # maximum number of accounts in a message
# For each kind of selector, the operation that finds the installation and its parameter.
FINDERS = {
    "installation_id": ("apps/get-installation", "installation_id"),
    "organization": ("apps/get-org-installation", "org"),
    "user": ("apps/get-user-installation", "username"),
    "enterprise": ("apps/get-enterprise-installation", "enterprise"),
}
# For messages.
ACCOUNTS = {
    "organization": "an organization",
    "user": "a user account",
    "enterprise": "an enterprise",
    "account": "an organization or a user",
}


def find_installation(client: Client, selector: Selector) -> Optional[Installation]:
    """The selected installation; None if the app is not installed.

    :raises NotFoundError: the app is installed on the repository's account, but not on the repository.
    """
    if selector.kind == "account":
        return find_account_installation(client, selector.value)
    if selector.kind == "repository":
        return find_repository_installation(client, *split_full_name("repository", selector.value))
    operation, parameter = FINDERS[selector.kind]
    if selector.kind == "enterprise":
        require_enterprise_finder(client, "installation_id")
    return client.find(operation, "id", **{parameter: selector.value})


def require_enterprise_finder(client: Client, instead: str) -> None:
    """Raise an error if the server cannot find an installation by its enterprise. :param instead: option with the ID."""
    operation, _parameter = FINDERS["enterprise"]
    if not client.offers(operation):
        raise UnsupportedError(
            f"GitHub Enterprise Server {client.release} cannot find an installation by its enterprise."
            f" {ENDPOINTS[operation].first} is the first release that can. Set {instead} to the ID of the installation on the"
            " enterprise. github_app_installation_info returns the ID of each installation."
        )


def find_account_installation(client: Client, login: str) -> Optional[Installation]:
    """The installation on the organization or, if there is none, on the user with this name."""
    kinds = ("organization", "user")
    return next(filter(None, (find_installation(client, Selector(kind, login)) for kind in kinds)), None)


def find_repository_installation(client: Client, owner: str, name: str) -> Optional[Installation]:
    """As `find_installation`, for a repository."""
    found = client.find("apps/get-repo-installation", "id", owner=owner, repo=name)
    elsewhere = None if found else find_account_installation(client, owner)
    if elsewhere is not None:
        raise NotFoundError(
            f"The app is installed on {owner} ({elsewhere.get('html_url')}), but the repository {owner}/{name} does"
            " not exist or is not part of the installation. To add it, use github_installation_repo with organization"
            " or user."
        )
    return found


def get_installation(client: Client, selector: Selector) -> Installation:
    """As `find_installation`, but raises `NotFoundError` with the installation URL if the app is not installed."""
    found = find_installation(client, selector)
    if found is None:
        raise NotFoundError(explain_missing(client, selector))
    return found


def explain_missing(client: Client, selector: Selector) -> str:
    """Why no installation was found. The REST API can install apps only in enterprises, so it includes the URL."""
    kind, name = selector
    app = client.get("apps/get-authenticated", "id")
    installations = client.listing("apps/list-installations").first
    accounts = sorted(account_login(item) for item in installations)
    kinds = {account_login(item).lower(): str(account_type(item)).lower() for item in installations}
    actual = kinds.get(str(name).lower())
    more = " and others" if len(accounts) > MOST_ACCOUNTS else ""
    installed_on = (
        f"The app is installed on: {', '.join(accounts[:MOST_ACCOUNTS])}{more}."
        if accounts
        else "The app is not installed on any account."
    )
    name_of_app = f"The app {app.get('slug') or app.get('name')} (ID {app.get('id')})"
    if kind == "installation_id":
        return (
            f"{name_of_app} has no installation {name} on {client.server.host}. This installation was uninstalled, or it"
            f" belongs to another app. {installed_on}"
        )
    if kind in ACCOUNTS and actual in ACCOUNTS and actual != kind:
        return (
            f"{name} is not {ACCOUNTS[kind]} on {client.server.host}, but the app is installed on {ACCOUNTS[actual]} with"
            f" this name. Set {actual} instead{f' of {kind}' if kind in FINDERS else ''}."
        )
    return (
        f"{name_of_app} is not installed on the {kind} {name} on {client.server.host}, or the {kind} does not exist."
        f"{describe_requests(client, str(name).partition('/')[0])}"
        f" An owner can install the app at {app.get('html_url')}/installations/new. {installed_on}"
    )


def describe_requests(client: Client, login: str) -> str:
    """A sentence about pending requests to install the app on an account; empty if there is none."""
    if not client.offers("apps/list-installation-requests-for-authenticated-app"):
        return ""
    requests = [item for item in list_installation_requests(client) if account_login(item).lower() == login.lower()]
    requesters = sorted({str((item.get("requester") or {}).get("login")) for item in requests})
    return (
        f" {' and '.join(requesters)} requested the installation, and an owner must approve it." if requesters else ""
    )


def account_login(installation: Installation) -> str:
    """The account's login, the slug of an enterprise, or the installation ID if the account no longer exists."""
    account = installation.get("account") or {}
    return str(account.get("login") or account.get("slug") or installation.get("id"))


def account_type(installation: Installation) -> Optional[str]:
    """`Organization`, `User` or `Enterprise`; None if the server does not return it."""
    return installation.get("target_type") or (installation.get("account") or {}).get("type")


def account_kind(installation: Installation) -> str:
    """The type of the account in lower case, as in the options; empty if the server does not return it."""
    return (account_type(installation) or "").lower()


def is_suspended(installation: Installation) -> bool:
    """Whether the installation is suspended. Servers before 2.22 do not support suspending or return the key."""
    return bool(installation.get("suspended_at"))


def suspend_installation(client: Client, installation_id: int, suspended: bool) -> None:
    operation = "apps/suspend-installation" if suspended else "apps/unsuspend-installation"
    try:
        client.call(operation, installation_id=installation_id)
    except ApiError as error:
        if client.release != DOUBTFUL or error.cause != "not_found":
            raise
        raise UnsupportedError(
            f"GitHub Enterprise Server {client.release} does not support suspending installations. (GitHub's"
            " documentation of this release is contradictory.) Release 3.0 is the first release that is known to"
            " support it."
        ) from None


def uninstall(client: Client, installation_id: int, wait_timeout: int) -> Dict[str, Any]:
    """Delete the installation and wait up to `wait_timeout` seconds until it no longer exists; `changed: False` if it
    did not exist.

    API version 2026-03-10 returns 202 and deletes in the background
    (https://docs.github.com/rest/about-the-rest-api/breaking-changes). Earlier versions return 204 after deletion.
    """
    try:
        status = client.call("apps/delete-installation", installation_id=installation_id)
    except ApiError as error:
        if error.cause != "not_found":
            raise
        if find_installation(client, Selector("installation_id", installation_id)) is not None:
            error.explanation = (
                f"{client.server.host} reported that installation {installation_id} does not exist, but it still"
                " exists. Run the task again."
            )
            raise
        return {"changed": error.repeated}
    deadline = client.transport.timer() + wait_timeout
    while status == ACCEPTED and find_installation(client, Selector("installation_id", installation_id)) is not None:
        if client.transport.timer() >= deadline:
            raise PartialChangeError(
                f"GitHub accepted the request to uninstall installation {installation_id}, but the installation still"
                f" exists after {wait_timeout} s. Run the task again to check it, or raise wait_timeout.",
                {"uninstall_accepted": True},
            )
        client.transport.sleep(POLL_INTERVAL)
    return {}
