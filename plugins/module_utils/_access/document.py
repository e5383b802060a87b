# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The access document: the wanted state of the installations of an app, with an entry for each account."""

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
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.permissions import LEVELS
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repositories import full_names

KINDS = ("organization", "user")
STATES = ("exact", "present")
# An entry of the document, as an argument spec.
ENTRY: Dict[str, Dict[str, Any]] = {
    "organization": {"type": "str"},
    "user": {"type": "str"},
    "suspended": {"type": "bool"},
    "repositories": {"type": "list", "elements": "str"},
    "repositories_state": {"type": "str", "choices": list(STATES)},
    "permissions": {"type": "dict"},
}


class Wanted(NamedTuple):
    """An entry of the access document. None stands for keys that it does not set."""

    kind: str
    login: str
    suspended: Optional[bool]
    repositories: Optional[List[str]]
    repositories_state: str
    permissions: Optional[Dict[str, str]]

    def __str__(self) -> str:
        return f"{self.kind} {self.login}"


class DocumentError(OptionError):
    """The access document has errors."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__()
        self.errors = errors

    def __str__(self) -> str:
        return "\n- ".join(["Nothing was changed because the access document has errors.", *self.errors])


def errors_in(accounts: Sequence[Mapping[str, Any]]) -> List[str]:
    """The errors in the access document that can be found without looking at the installations."""
    errors = [] if accounts else ["The access document must have at least one entry."]
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
                f"Entry {number} ({printable(str(wanted))}): entry {first} defines the same account. Merge the two entries."
            )
    return errors


def read_entry(entry: Mapping[str, Any]) -> Wanted:
    """Convert an entry to the types of `ENTRY`. The filter gets entries that no argument spec has converted."""
    named = [kind for kind in KINDS if entry.get(kind)]
    if len(named) != 1:
        raise OptionError("set either organization or user, not both." if named else "set organization or user.")
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
    """The repositories as owner/name. The host in a URL is not checked."""
    names = [repository_name("repositories", name, None) for name in wanted.repositories or []]
    return full_names("repositories", names, wanted.login)


def contradictions(wanted: Wanted, entry: Mapping[str, Any]) -> List[str]:
    """Contradictory or unsupported values in an entry."""
    errors = []
    if "/" in wanted.login:
        errors.append(f"{wanted.kind} must be the login of the account, without a slash.")
    if wanted.suspended is None and wanted.repositories is None and wanted.permissions is None:
        errors.append("set at least one of suspended, repositories and permissions.")
    if wanted.repositories_state not in STATES:
        errors.append(
            f"repositories_state must be one of {', '.join(STATES)}, not {quoted(wanted.repositories_state)}."
        )
    if wanted.repositories is None and entry.get("repositories_state"):
        errors.append("repositories_state requires repositories.")
    if wanted.repositories == []:
        errors.append(
            "repositories must not be empty, because GitHub does not allow an installation without repositories."
            " Omit it, or set suspended: true."
        )
    try:
        read_names(wanted)
    except OptionError as error:
        errors.append(str(error))
    return errors + wrong_levels(wanted.permissions or {})


def wrong_levels(permissions: Mapping[str, str]) -> List[str]:
    return [
        f"the level of the permission {quoted(name)} must be one of {', '.join(LEVELS)}, not {quoted(level)}. Omit permissions"
        " that must not be granted."
        for name, level in permissions.items()
        if level not in LEVELS
    ]
