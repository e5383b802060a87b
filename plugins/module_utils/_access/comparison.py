# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare the entries of the access document with the installations of an app."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional

from ansible_collections.hubops.github_apps.plugins.module_utils._access.document import KINDS, Wanted
from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import printable, quoted
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.apps import App, permission_drift
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.enterprise_installations import (
    Drift,
    refuse_side_effects,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
    Installation,
    account_kind,
    account_login,
    is_suspended,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.permissions import (
    describe_permissions,
    rank,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_selection import (
    full_names,
    refuse_other_owners,
)

TEXTS = ("changes", "findings", "failures", "notes")  # of each account
Entry = Dict[str, Any]


def new_entry(kind: Optional[str], account: str, installation: Optional[Installation]) -> Entry:
    """An entry of the report. Its texts are safe to print."""
    found = installation or {}
    return {
        "account": printable(account),
        "kind": kind,
        "installation_id": found.get("id"),
        "html_url": found.get("html_url"),
        "suspended": is_suspended(found),
        "suspend": None,
        "repository_selection": None,
        "repositories": None,
        "repositories_state": None,
        "matched": {},
        **{key: [] for key in TEXTS},
    }


def tell(entry: Entry, key: str, *texts: str) -> None:
    """Add texts to an entry. :param key: one of `TEXTS`."""
    entry[key] += map(printable, texts)


def kind_of(installation: Installation) -> str:
    return account_kind(installation) or "account"


def missing_account(wanted: Wanted, listed: Mapping[str, Any]) -> Entry:
    """The entry for an account on which the app is not installed."""
    if wanted.login:
        entry = new_entry(wanted.selector, wanted.login, None)
        remedy = f"The app is not installed on this account. {install_by_owner(wanted, listed)}"
    else:
        entry = new_entry(None, f"installation {wanted.value}", None)
        remedy = (
            "The app does not have this installation. It may have been uninstalled, or installed again with another ID."
            " Remove the entry from the access document, or correct its installation_id."
        )
    if wanted.state == "present":
        tell(entry, "findings", remedy)
    return entry


def new_account(wanted: Wanted, listed: Mapping[str, Any]) -> Entry:
    """The entry for an organization on which the app can be installed. It has a finding if the document prevents that."""
    entry = new_entry(wanted.selector, wanted.login, None)
    requested = drift_of(listed, {"target_type": "Organization"})
    beyond = exceeding(wanted, requested)
    if wanted.repository_selection is None and wanted.repositories is None:
        tell(
            entry,
            "findings",
            "The app is not installed on this account. To install it, set repository_selection or repositories in the access"
            " document.",
        )
    elif wanted.permissions is not None and requested is None:
        tell(
            entry,
            "findings",
            "This app is not installed, because the app on the enterprise cannot read the permissions that this app requests."
            " Remove 'permissions' from the entry to install this app with all permissions that it requests.",
        )
    elif beyond:
        tell(entry, "findings", describe_beyond(beyond, listed, "so the app is not installed"))
    else:
        entry["suspend"] = wanted.suspended or None
        set_repositories(entry, wanted, wanted.login)
        if wanted.permissions is not None:
            granted = {name: levels["app"] for name, levels in (requested or {}).items()}
            described = {"account": {"login": wanted.login}, "permissions": granted}
            tell(entry, "findings", *permission_findings(wanted.permissions, described, listed))
    return entry


def drift_of(listed: Mapping[str, Any], installation: Installation) -> Optional[Drift]:
    """The permissions that the installation has not accepted; None if the app is not known."""
    app: Optional[App] = listed.get("app")
    return None if app is None else permission_drift(app, installation)


def exceeding(wanted: Wanted, drift: Optional[Drift]) -> Dict[str, str]:
    """The permissions that the app requests at a higher level than the document allows."""
    if wanted.permissions is None:
        return {}
    allowed = {"metadata": "read", **wanted.permissions}
    requested = {name: str(levels["app"]) for name, levels in (drift or {}).items()}
    return {name: level for name, level in requested.items() if rank(level) > rank(allowed.get(name, ""))}


def describe_beyond(beyond: Mapping[str, str], listed: Mapping[str, Any], effect: str) -> str:
    return (
        f"The app requests {describe_permissions(beyond, sorted(beyond))}, which the access document does not allow, {effect}."
        f" Change the access document, or have the owner of the app change the permissions at {settings_of(listed)}."
    )


def settings_of(listed: Mapping[str, Any]) -> str:
    return str(listed.get("permissions_url") or "the settings page of the app")


def outside_account(wanted: Wanted, slug: str, listed: Mapping[str, Any]) -> Entry:
    """The entry for an account on which the app is not installed, and which does not belong to the enterprise."""
    entry = new_entry(wanted.selector, wanted.login, None)
    tell(
        entry,
        "findings",
        f"The app is not installed on this account, which is not an organization of the enterprise {slug}."
        f" {install_by_owner(wanted, listed)}",
    )
    return entry


def install_by_owner(wanted: Wanted, listed: Mapping[str, Any]) -> str:
    page = listed.get("install_url") or "the page of the app"
    return f"An owner of {wanted.login} can install it at {page}. If the account is wrong, correct the access document."


def is_other_kind(wanted: Wanted, installation: Installation) -> bool:
    """Whether the account is an organization instead of a user, or vice versa."""
    kind = kind_of(installation)
    return wanted.selector in KINDS and kind in KINDS and kind != wanted.selector


def compare_account(wanted: Wanted, installation: Installation, listed: Mapping[str, Any], check_mode: bool) -> Entry:
    """The entry for an account on which the app is installed. :param listed: as of `Convergence.describe_app`."""
    kind = kind_of(installation)
    entry = new_entry(
        wanted.selector if wanted.login else kind, wanted.login or account_login(installation), installation
    )
    if is_other_kind(wanted, installation):
        tell(
            entry,
            "findings",
            f"The type of this account is {kind}. Set {kind} instead of {wanted.selector} in the access document.",
        )
        return entry
    if wanted.suspended not in (None, entry["suspended"]):
        entry["suspend"] = wanted.suspended
    can_select = bool(listed.get("enterprise")) and kind == "organization"
    compare_repositories(entry, wanted, installation, check_mode, can_select)
    return entry


def compare_permissions(
    entry: Entry, wanted: Wanted, installation: Installation, listed: Mapping[str, Any], accepts: bool
) -> Drift:
    """Add findings about permissions to the entry, and return the permissions to accept.

    :param accepts: whether the task accepts permissions.
    """
    drift = drift_of(listed, installation) or {}
    accepted = compare_drift(entry, wanted, installation, listed, drift) if accepts and drift else {}
    if wanted.permissions is not None:
        levels = {name: change["app"] for name, change in accepted.items()}
        granted = {**(installation.get("permissions") or {}), **levels}
        after = {**installation, "permissions": granted, "permission_drift": {} if accepted else drift}
        tell(entry, "findings", *permission_findings(wanted.permissions, after, listed))
    return accepted


def compare_drift(
    entry: Entry, wanted: Wanted, installation: Installation, listed: Mapping[str, Any], drift: Drift
) -> Drift:
    """The permissions to accept. If none can be accepted, the entry states the reason."""
    levels = {name: str(change["app"]) for name, change in drift.items()}
    pending = describe_permissions(levels, sorted(levels))
    login, beyond = account_login(installation), exceeding(wanted, drift)
    if wanted.suspended:
        tell(
            entry,
            "notes",
            f"These permissions are not accepted, because accepting them would unsuspend the installation: {pending}. To"
            " accept them, set suspended: false.",
        )
    elif beyond:
        tell(entry, "findings", describe_beyond(beyond, listed, "so none of the requested permissions are accepted"))
    elif not (listed.get("enterprise") and kind_of(installation) == "organization"):
        if wanted.permissions is None:  # otherwise each of them is a finding
            tell(entry, "findings", f"An owner of {login} must accept {pending} at {page_of(installation)}.")
    else:
        try:
            refuse_side_effects(login, wanted.suspended, entry["suspended"])
        except OptionError as error:
            tell(entry, "findings", str(error))
            return {}
        return drift
    return {}


def compare_repositories(
    entry: Entry, wanted: Wanted, installation: Installation, check_mode: bool, can_select: bool
) -> None:
    """Add the required changes of repositories to the entry, or the reason why they cannot be made.

    GitHub does not list the repositories of suspended installations.

    :param can_select: whether the API can change an installation from all repositories to selected ones, and back.
    """
    is_on_all, selected = installation.get("repository_selection") == "all", wanted.selected
    if not wanted.manages_repositories or (is_on_all and selected != "selected"):
        return
    login = account_login(installation)
    reason = "" if can_select else why_unselectable(is_on_all, selected == "all")
    if reason:
        tell(entry, "findings", f"{reason.format(login=login)} at {page_of(installation)}.")
    elif wanted.suspended or (wanted.suspended is None and entry["suspended"]):
        tell(
            entry,
            "notes",
            "The repositories cannot be listed and are not changed, because the installation is suspended.",
        )
    elif check_mode and entry["suspend"] is False:
        tell(
            entry, "notes", "Changes to the repositories can only be determined after the installation is unsuspended."
        )
    else:
        set_repositories(entry, wanted, login)


def why_unselectable(is_on_all: bool, wants_all: bool) -> str:
    """Who must change the selection; empty if it need not change."""
    if not is_on_all and not wants_all:
        return ""
    now, choice = ("all", "Only select") if is_on_all else ("selected", "All")
    return (
        f"The app is installed on {now} repositories. The API can only change this on organizations of an enterprise"
        f" (via_enterprise). An owner of {{login}} must select '{choice} repositories'"
    )


def set_repositories(entry: Entry, wanted: Wanted, login: str) -> None:
    """Add the wanted repositories to the entry."""
    selection = wanted.repositories
    if selection is not None:
        try:
            refuse_other_owners(selection, login)
        except OptionError as error:
            tell(entry, "failures", str(error))
            return
        entry["repositories"] = [*full_names("repositories", selection.names, login), *selection.patterns]
        entry["repositories_state"] = wanted.repositories_state
    entry["repository_selection"] = wanted.selected or wanted.repository_selection


def page_of(installation: Installation) -> str:
    return str(installation.get("html_url") or "the settings page of the installation")


def permission_findings(
    permissions: Mapping[str, str], installation: Installation, listed: Mapping[str, Any]
) -> List[str]:
    """Differences between the granted permissions and the expected ones. Every app can read metadata."""
    expected = {"metadata": "read", **permissions}
    granted = {"metadata": "read", **(installation.get("permissions") or {})}
    drift = installation.get("permission_drift") or {}
    settings = settings_of(listed)
    findings = []
    for name in sorted({*expected, *granted}):
        want, have = expected.get(name, ""), granted.get(name, "")
        state = f"has the level {have}" if have else "is not granted"
        there = f"The permission {quoted(name)} {state}, but the access document"
        if rank(have) < rank(want):
            is_requested = rank(drift.get(name, {}).get("app", "")) >= rank(want)
            accept = f"owner of {account_login(installation)} must accept it at {page_of(installation)}."
            remedy = (
                f"An {accept}"
                if is_requested
                else f"The app does not request this level. The app's owner must request it at {settings}, and then an {accept}"
            )
            findings.append(f"{there} requires {want}. {remedy}")
        elif rank(have) > rank(want):
            findings.append(
                f"{there} {f'defines {want}' if want else 'does not allow it'}. The owner of the app must"
                f" {'reduce' if want else 'remove'} it at {settings}. This affects all accounts."
            )
    return findings


def other_account(installation: Installation, unlisted: str) -> Entry:
    """The entry for an installation that the access document does not list."""
    entry = new_entry(kind_of(installation), account_login(installation), installation)
    if unlisted == "suspend" and not entry["suspended"]:
        entry["suspend"] = True
    if unlisted == "finding":
        tell(
            entry,
            "findings",
            "The app is installed on this account, but the access document does not list it. Add an entry for the account,"
            f" or change the installation at {page_of(installation)}.",
        )
    return entry
