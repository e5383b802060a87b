# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare the entries of the access document with the installations of an app."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional

from ansible_collections.hubops.github_apps.plugins.module_utils._access.document import KINDS, Wanted
from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import printable
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
    Installation,
    account_kind,
    account_login,
    is_suspended,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.permissions import rank
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
        remedy = (
            f"The app is not installed on this account. An owner of {wanted.login} can install it at"
            f" {listed['install_url']}. If the account is wrong, correct the access document."
        )
    else:
        entry = new_entry(None, f"installation {wanted.value}", None)
        remedy = (
            "The app does not have this installation. It may have been uninstalled, or installed again with another ID."
            " Remove the entry from the access document, or correct its installation_id."
        )
    tell(entry, "findings", remedy)
    return entry


def compare_account(wanted: Wanted, installation: Installation, listed: Mapping[str, Any], check_mode: bool) -> Entry:
    """The entry for an account on which the app is installed. :param listed: as of `Convergence.describe_app`."""
    kind = kind_of(installation)
    is_other_kind = wanted.selector in KINDS and kind in KINDS and kind != wanted.selector
    entry = new_entry(
        wanted.selector if wanted.login else kind, wanted.login or account_login(installation), installation
    )
    if is_other_kind:
        tell(
            entry,
            "findings",
            f"The type of this account is {kind}. Set {kind} instead of {wanted.selector} in the access document.",
        )
        return entry
    if wanted.suspended not in (None, entry["suspended"]):
        entry["suspend"] = wanted.suspended
    compare_repositories(entry, wanted, installation, check_mode)
    if wanted.permissions is not None:
        tell(entry, "findings", *permission_findings(wanted.permissions, installation, listed))
    return entry


def compare_repositories(entry: Entry, wanted: Wanted, installation: Installation, check_mode: bool) -> None:
    """Add the required changes of repositories to the entry, or the reason why they cannot be made.

    GitHub does not list the repositories of suspended installations, and cannot change those of an installation that has
    access to all repositories.
    """
    if wanted.repositories is None:
        return
    login = account_login(installation)
    if installation.get("repository_selection") == "all":
        if wanted.repositories_state == "exact":
            tell(
                entry,
                "findings",
                "The app is installed on all repositories, and an app cannot change its own selection. An owner of"
                f" {login} must select 'Only select repositories' at {page_of(installation)}.",
            )
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
        selection = wanted.repositories
        try:
            refuse_other_owners(selection, login)
        except OptionError as error:
            tell(entry, "failures", str(error))
            return
        entry["repositories"] = [*full_names("repositories", selection.names, login), *selection.patterns]
        entry["repositories_state"] = wanted.repositories_state


def page_of(installation: Installation) -> str:
    return str(installation.get("html_url") or "the settings page of the installation")


def permission_findings(
    permissions: Mapping[str, str], installation: Installation, listed: Mapping[str, Any]
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
            accept = f"owner of {account_login(installation)} must accept it at {page_of(installation)}."
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
