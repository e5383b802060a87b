# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A document of accounts beside the installations that there are: errors in it, what to change, what was changed."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence

from ansible.module_utils.common.validation import check_type_bool, check_type_dict, check_type_list

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.input import repository_name, split_names
from ansible_collections.hubops.github_apps.plugins.module_utils._base.misplaced_secrets import (
    describe_misplaced,
    find_misplaced,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import printable, quoted
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
    Installation,
    account_login,
    account_type,
    is_suspended,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.permissions import LEVELS, rank
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repositories import full_names

KINDS = ("organization", "user")
STATES = ("exact", "present")
TEXTS = ("changes", "findings", "failures", "notes")  # of each account


class Wanted(NamedTuple):
    """An entry of the document; None for what it does not say."""

    kind: str
    login: str
    suspended: Optional[bool]
    repositories: Optional[List[str]]
    repositories_state: str
    permissions: Optional[Dict[str, str]]

    def __str__(self) -> str:
        return f"{self.kind} {self.login}"


def errors_in(accounts: Sequence[Mapping[str, Any]]) -> List[str]:
    """What is wrong with the document, whatever the installations are."""
    errors = [] if accounts else ["It names no account."]
    numbers: Dict[str, int] = {}
    for number, entry in enumerate(accounts, 1):
        misplaced = find_misplaced({}, entry) if isinstance(entry, Mapping) else []
        if misplaced:
            errors.append(f"Entry {number}: {describe_misplaced({}, misplaced, {})}")
            continue
        try:
            wanted = read_entry(entry)
        except (OptionError, TypeError) as error:
            errors.append(f"Entry {number}: {error}")
            continue
        errors += [f"Entry {number} ({printable(str(wanted))}): {error}" for error in contradictions(wanted, entry)]
        first = numbers.setdefault(wanted.login.lower(), number)
        if first != number:
            errors.append(
                f"Entry {number} ({printable(str(wanted))}): entry {first} is for the same account; an account has one entry."
            )
    return errors


def read_entry(entry: Mapping[str, Any]) -> Wanted:
    """Types are those of the role's argument spec, which checks them but hands them on as they were written."""
    named = [kind for kind in KINDS if entry.get(kind)]
    if len(named) != 1:
        raise OptionError(f"it names {'both' if named else 'no'} organization {'and' if named else 'or'} user.")
    suspended, repositories, permissions = (entry.get(key) for key in ("suspended", "repositories", "permissions"))
    return Wanted(
        named[0],
        str(entry[named[0]]),
        None if suspended is None else check_type_bool(suspended),
        None if repositories is None else [str(name) for name in check_type_list(split_names(repositories))],
        str(entry.get("repositories_state") or "exact"),
        None if permissions is None else {str(k): str(v) for k, v in check_type_dict(permissions).items()},
    )


def read_names(wanted: Wanted) -> List[str]:
    """The repositories as owner/name, without a look at the host in a URL."""
    names = [repository_name("repositories", name, None) for name in wanted.repositories or []]
    return full_names("repositories", names, wanted.login)


def contradictions(wanted: Wanted, entry: Mapping[str, Any]) -> List[str]:
    """What an entry that can be read says and cannot mean."""
    errors = []
    if "/" in wanted.login:
        errors.append("an account is named by its login alone.")
    if wanted.suspended is None and wanted.repositories is None and wanted.permissions is None:
        errors.append("it says nothing of the account: give suspended, repositories or permissions.")
    if wanted.repositories_state not in STATES:
        errors.append(
            f"repositories_state is {quoted(wanted.repositories_state)}, which is none of {', '.join(STATES)}."
        )
    if wanted.repositories is None and entry.get("repositories_state"):
        errors.append("repositories_state says nothing without repositories.")
    if wanted.repositories == []:
        errors.append(
            "repositories is empty, and GitHub leaves no installation without a repository: leave it out, or give"
            " suspended: true."
        )
    try:
        read_names(wanted)
    except OptionError as error:
        errors.append(str(error))
    errors += [
        f"permissions: the level of {quoted(name)} is {quoted(level)}, which is none of {', '.join(LEVELS)}; what is not named is not to"
        " be granted."
        for name, level in (wanted.permissions or {}).items()
        if level not in LEVELS
    ]
    return errors


def compare(
    accounts: Sequence[Mapping[str, Any]],
    listed: Mapping[str, Any],
    results: Sequence[Mapping[str, Any]],
    unlisted: str,
    one: bool,
    check_mode: bool,
) -> Dict[str, Any]:
    """What there is to do and to say about each account and, with `results`, what was done.

    :param listed: result of github_app_installation_info. :param results: those of the tasks that looped over what there is
    to do. :param one: only one installation was listed, so that an account without one is nothing to speak of.
    """
    there = {account_login(item).lower(): item for item in listed["installations"]}
    entries = []
    for wanted in map(read_entry, accounts):
        installation = there.pop(wanted.login.lower(), None)
        if installation is not None or not one:
            entries.append(compare_account(wanted, installation, listed, check_mode))
    others = [other_account(item, unlisted) for _login, item in sorted(there.items()) if unlisted != "ignore"]
    for result in results:
        for entry in (*entries, *others):
            if entry["installation_id"] == result["item"]["installation_id"]:
                entry["changes"] += changes_of(result)
                entry["failures"] += [str(result.get("msg"))] if result.get("failed") else []
    for entry in (*entries, *others):
        entry["account"] = printable(entry["account"])
        entry.update({key: [printable(text) for text in entry[key]] for key in TEXTS})
    return {
        "app": next((item.get("app_slug") or item.get("app_id") for item in listed["installations"]), None),
        "check_mode": check_mode,
        "accounts": entries,
        "unlisted": others,
        **{
            key: [f"{entry['account']}: {text}" for entry in (*entries, *others) for text in entry[key]]
            for key in TEXTS[:3]
        },
    }


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
            f"The app is not installed there: an owner of {wanted.login} installs it at {listed['install_url']}, or the"
            " document names the wrong account."
        )
        return entry
    if kind_of(installation) in KINDS and kind_of(installation) != wanted.kind:
        entry["findings"].append(f"It is no {wanted.kind}: write {kind_of(installation)} in the document.")
        return entry
    if wanted.suspended not in (None, entry["suspended"]):
        entry["suspend"] = wanted.suspended
    compare_repositories(entry, wanted, installation, check_mode)
    if wanted.permissions is not None:
        entry["findings"] += permission_findings(wanted, wanted.permissions, installation, listed)
    return entry


def compare_repositories(entry: Dict[str, Any], wanted: Wanted, installation: Installation, check_mode: bool) -> None:
    """GitHub shows the repositories of no installation that is suspended, and changes none of one that is on all."""
    if wanted.repositories is None:
        return
    if installation.get("repository_selection") == "all":
        if wanted.repositories_state == "exact":
            entry["findings"].append(
                "It is installed on all repositories, which no call of the REST API can change: an owner of"
                f" {wanted.login} chooses 'Only select repositories' at {page_of(installation)}."
            )
    elif wanted.suspended or (wanted.suspended is None and entry["suspended"]):
        entry["notes"].append("It is suspended, so its repositories cannot be read; they are left as they are.")
    elif check_mode and entry["suspend"] is False:
        entry["notes"].append("Which repositories have to change is known only when it is not suspended any more.")
    else:
        entry["repositories"] = read_names(wanted)
        entry["repositories_state"] = wanted.repositories_state


def page_of(installation: Installation) -> str:
    return str(installation.get("html_url") or "the page of the installation")


def permission_findings(
    wanted: Wanted, permissions: Mapping[str, str], installation: Installation, listed: Mapping[str, Any]
) -> List[str]:
    """Where what was granted is more or less than expected. Every app may read metadata, so that needs no mention."""
    expected = {"metadata": "read", **permissions}
    granted = {"metadata": "read", **(installation.get("permissions") or {})}
    drift = installation.get("permission_drift") or {}
    settings = listed.get("permissions_url") or "the app's settings"
    findings = []
    for name in sorted({*expected, *granted}):
        want, have = expected.get(name, ""), granted.get(name, "")
        there = f"The permission {name} is {have or 'not granted'}"
        if rank(have) < rank(want):
            asked = rank(drift.get(name, {}).get("app", "")) >= rank(want)
            accept = f"an owner of {wanted.login} accepts it at {page_of(installation)}"
            remedy = (
                accept if asked else f"the app does not ask for it; its owner changes that at {settings}, then {accept}"
            )
            findings.append(f"{there}, and {want} is expected: {remedy}.")
        elif rank(have) > rank(want):
            findings.append(
                f"{there}, and {want or 'none'} is expected: the app's owner takes it back at {settings}, for all accounts."
            )
    return findings


def other_account(installation: Installation, unlisted: str) -> Dict[str, Any]:
    """An installation that the document does not name."""
    entry = new_entry(kind_of(installation), account_login(installation), installation)
    if unlisted == "suspend" and not entry["suspended"]:
        entry["suspend"] = True
    if unlisted == "finding":
        entry["findings"].append(
            f"The app is installed there, and the document does not name it: {page_of(installation)}."
        )
    return entry


def changes_of(result: Mapping[str, Any]) -> List[str]:
    """What a task changed, or would in check mode; also one that failed midway."""
    if "added" in result:
        return [*(f"add {name}" for name in result["added"]), *(f"remove {name}" for name in result["removed"])]
    if result.get("failed") or not result.get("changed"):
        return []
    return ["suspend" if result["item"]["suspend"] else "unsuspend"]
