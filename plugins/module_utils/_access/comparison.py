# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare the entries of the access document with the installations of an app."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional

from ansible_collections.hubops.github_apps.plugins.module_utils._access.document import KINDS, Wanted, read_names
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
    Installation,
    account_login,
    account_type,
    is_suspended,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.permissions import rank

TEXTS = ("changes", "findings", "failures", "notes")  # of each account
Entry = Dict[str, Any]


def new_entry(kind: str, login: str, installation: Optional[Installation]) -> Dict[str, Any]:
    found = installation or {}
    return {
        "account": login,
        "kind": kind,
        "installation_id": found.get("id"),
        "html_url": found.get("html_url"),
        "suspended": is_suspended(found),
        "suspend": None,
        "repositories": None,
        "repositories_state": None,
        **{key: [] for key in TEXTS},
    }


def kind_of(installation: Installation) -> str:
    return str(account_type(installation) or "account").lower()


def compare_account(
    wanted: Wanted, installation: Optional[Installation], listed: Mapping[str, Any], check_mode: bool
) -> Dict[str, Any]:
    entry = new_entry(wanted.kind, wanted.login, installation)
    if installation is None:
        entry["findings"].append(
            f"The app is not installed on this account. An owner of {wanted.login} can install it at"
            f" {listed['install_url']}. If the account is wrong, correct the access document."
        )
        return entry
    if kind_of(installation) in KINDS and kind_of(installation) != wanted.kind:
        entry["findings"].append(
            f"The type of this account is {kind_of(installation)}. Set {kind_of(installation)} instead of {wanted.kind} in"
            " the access document."
        )
        return entry
    if wanted.suspended not in (None, entry["suspended"]):
        entry["suspend"] = wanted.suspended
    compare_repositories(entry, wanted, installation, check_mode)
    if wanted.permissions is not None:
        entry["findings"] += permission_findings(wanted, wanted.permissions, installation, listed)
    return entry


def compare_repositories(entry: Dict[str, Any], wanted: Wanted, installation: Installation, check_mode: bool) -> None:
    """Add the required changes of repositories to the entry, or the reason why they cannot be made.

    GitHub does not list the repositories of suspended installations, and cannot change those of an installation that has
    access to all repositories.
    """
    if wanted.repositories is None:
        return
    if installation.get("repository_selection") == "all":
        if wanted.repositories_state == "exact":
            entry["findings"].append(
                "The app is installed on all repositories, and the REST API cannot change that. An owner of"
                f" {wanted.login} must select 'Only select repositories' at {page_of(installation)}."
            )
    elif wanted.suspended or (wanted.suspended is None and entry["suspended"]):
        entry["notes"].append(
            "The repositories cannot be listed and are not changed, because the installation is suspended."
        )
    elif check_mode and entry["suspend"] is False:
        entry["notes"].append(
            "Changes to the repositories can only be determined after the installation is unsuspended."
        )
    else:
        entry["repositories"] = read_names(wanted)
        entry["repositories_state"] = wanted.repositories_state


def page_of(installation: Installation) -> str:
    return str(installation.get("html_url") or "the settings page of the installation")


def permission_findings(
    wanted: Wanted, permissions: Mapping[str, str], installation: Installation, listed: Mapping[str, Any]
) -> List[str]:
    """Differences between the granted permissions and the expected ones. Every app can read metadata."""
    expected = {"metadata": "read", **permissions}
    granted = {"metadata": "read", **(installation.get("permissions") or {})}
    drift = installation.get("permission_drift") or {}
    settings = listed.get("permissions_url") or "the settings page of the app"
    findings = []
    for name in sorted({*expected, *granted}):
        want, have = expected.get(name, ""), granted.get(name, "")
        there = f"The permission {name} is {have or 'not granted'}, but the access document"
        if rank(have) < rank(want):
            is_requested = rank(drift.get(name, {}).get("app", "")) >= rank(want)
            accept = f"owner of {wanted.login} must accept it at {page_of(installation)}."
            remedy = (
                f"An {accept}"
                if is_requested
                else f"The app does not request it. The app's owner must request it at {settings}, and then an {accept}"
            )
            findings.append(f"{there} requires {want}. {remedy}")
        elif rank(have) > rank(want):
            findings.append(
                f"{there} {f'defines {want}' if want else 'does not allow it'}. The owner of the app must"
                f" {'reduce' if want else 'remove'} it at {settings}, which affects all accounts."
            )
    return findings


def other_account(installation: Installation, unlisted: str) -> Dict[str, Any]:
    """The entry for an installation that the access document does not list."""
    entry = new_entry(kind_of(installation), account_login(installation), installation)
    if unlisted == "suspend" and not entry["suspended"]:
        entry["suspend"] = True
    if unlisted == "finding":
        entry["findings"].append(
            "The app is installed on this account, but the access document does not list it. Add an entry for the account,"
            f" or change the installation at {page_of(installation)}."
        )
    return entry
