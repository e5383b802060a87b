# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The access document: the wanted state of the installations of an app, with an entry for each account."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible.module_utils.common.validation import check_type_bool, check_type_dict, check_type_list

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.input import repository_name, split_names
from ansible_collections.hubops.github_apps.plugins.module_utils._base.misplaced_secrets import (
    describe_misplaced,
    find_misplaced,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import SELECTION
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import printable, quoted
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.permissions import LEVELS
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_selection import (
    Selection,
    refuse_other_owners,
    selection_from,
)

KINDS = ("organization", "user")
SELECTORS = (*KINDS, "installation_id")
STATES = ("exact", "present")
REPOSITORIES = ("repositories", "exclude")  # can contain URLs
NAMES = (*REPOSITORIES, "repository_topics")
SWITCHES = ("allow_no_match", "include_archived")
MANAGED = ("suspended", "repositories", "repository_topics", "permissions", "accepted_findings")
# An entry of the document, as an argument spec.
ENTRY: Dict[str, Dict[str, Any]] = {
    "organization": {"type": "str"},
    "user": {"type": "str"},
    "installation_id": {"type": "int"},
    "suspended": {"type": "bool"},
    "repositories": {"type": "list", "elements": "str"},
    "repositories_state": {"type": "str", "choices": list(STATES)},
    **{
        name: {key: value for key, value in settings.items() if key != "default"}
        for name, settings in SELECTION.items()
    },
    "permissions": {"type": "dict"},
    "accepted_findings": {
        "type": "list",
        "elements": "dict",
        "options": {
            "finding": {"type": "str", "required": True},
            "reason": {"type": "str", "required": True},
            "until": {"type": "str", "required": True},
        },
    },
}


class Wanted(NamedTuple):
    """An entry of the access document. None stands for keys that it does not set.

    :param selector: the key that selects the installation, one of `SELECTORS`. :param value: a login, or an ID as text.
    """

    selector: str
    value: str
    suspended: Optional[bool]
    repositories: Optional[Selection]
    repositories_state: str
    permissions: Optional[Dict[str, str]]

    def __str__(self) -> str:
        return f"{self.selector} {self.value}"

    @property
    def key(self) -> str:
        """What identifies the selected installation in the document: its ID after `#`, or the login in lower case."""
        return f"#{self.value}" if self.selector == "installation_id" else self.value.lower()

    @property
    def login(self) -> str:
        """The login of the account; empty if the entry selects the installation by its ID."""
        return "" if self.selector == "installation_id" else self.value


class DocumentError(OptionError):
    """The access document has errors."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__()
        self.errors = errors

    def __str__(self) -> str:
        return "\n- ".join(["Nothing was changed because the access document has errors.", *self.errors])


def errors_in(accounts: Sequence[Mapping[str, Any]]) -> List[str]:
    """The errors in the access document that can be found without looking at the installations."""
    return examine(accounts)[1]


def read_document(accounts: Sequence[Mapping[str, Any]]) -> List[Wanted]:
    """The entries of the access document; `DocumentError` if it has errors."""
    wanted, errors = examine(accounts)
    if errors:
        raise DocumentError(errors)
    return wanted


def examine(accounts: Sequence[Mapping[str, Any]]) -> Tuple[List[Wanted], List[str]]:
    """The entries that can be read, and all errors."""
    entries: List[Wanted] = []
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
        entries.append(wanted)
        errors += [f"Entry {number} ({printable(str(wanted))}): {error}" for error in contradictions(wanted, entry)]
        first = numbers.setdefault(wanted.key, number)
        if first != number:
            errors.append(
                f"Entry {number} ({printable(str(wanted))}): entry {first} defines the same account. Merge the two entries."
            )
    return entries, errors


def read_entry(entry: Mapping[str, Any]) -> Wanted:
    """Convert an entry to the types of `ENTRY`. The filter gets entries that no argument spec has converted."""
    named = [selector for selector in SELECTORS if entry.get(selector)]
    if len(named) != 1:
        rule = f"only one of {' and '.join(named)}" if named else "organization, user or installation_id"
        raise OptionError(f"set {rule}.")
    suspended, permissions = (entry.get(key) for key in ("suspended", "permissions"))
    return Wanted(
        named[0],
        str(entry[named[0]]),
        None if suspended is None else check_type_bool(suspended),
        read_selection(entry),
        str(entry.get("repositories_state") or "exact"),
        None if permissions is None else {str(k): str(v) for k, v in check_type_dict(permissions).items()},
    )


def read_selection(entry: Mapping[str, Any]) -> Optional[Selection]:
    """The repositories of an entry; None if it does not manage them. The hosts in URLs are not checked."""
    names = {name: read_names(entry[name]) for name in NAMES if entry.get(name) is not None}
    names.update(
        {name: [repository_name(name, text, None) for text in names[name]] for name in REPOSITORIES if name in names}
    )
    switches = {name: check_type_bool(entry[name]) for name in SWITCHES if entry.get(name) is not None}
    selection = selection_from({**names, **switches})
    return selection if selection.names or selection.needs_listing else None


def read_names(value: Any) -> List[str]:
    return [str(name) for name in check_type_list(split_names(value))]


def contradictions(wanted: Wanted, entry: Mapping[str, Any]) -> List[str]:
    """Contradictory or unsupported values in an entry."""
    errors = []
    if "/" in wanted.value:
        errors.append(f"{wanted.selector} must be the login of the account, without a slash.")
    if wanted.selector == "installation_id" and not re.fullmatch(r"[1-9]\d*", wanted.value):
        errors.append("installation_id must be a positive number.")
    if wanted.selector == "installation_id" and entry.get("accepted_findings"):
        errors.append("accepted_findings requires organization or user.")
    if all(entry.get(key) is None for key in MANAGED):
        errors.append(f"set at least one of {', '.join(MANAGED[:-1])} and {MANAGED[-1]}.")
    if wanted.repositories_state not in STATES:
        errors.append(
            f"repositories_state must be one of {', '.join(STATES)}, not {quoted(wanted.repositories_state)}."
        )
    return (
        errors
        + wrong_repositories(wanted, entry)
        + wrong_levels(wanted.permissions or {})
        + wrong_dates(entry.get("accepted_findings") or [])
    )


def wrong_repositories(wanted: Wanted, entry: Mapping[str, Any]) -> List[str]:
    errors = [
        f"{name} must not be empty, because GitHub does not allow an installation without repositories. Omit it, or set"
        " suspended: true."
        for name in ("repositories", "repository_topics")
        if entry.get(name) is not None and not read_names(entry[name])
    ]
    if wanted.repositories is None and not errors and entry.get("repositories_state"):
        errors.append("repositories_state requires repositories or repository_topics.")
    if wanted.repositories and wanted.login:
        try:
            refuse_other_owners(wanted.repositories, wanted.login)
        except OptionError as error:
            errors.append(str(error))
    return errors


def wrong_dates(accepted: Sequence[Mapping[str, Any]]) -> List[str]:
    """Errors in the dates until which findings are accepted."""
    errors = []
    for until in (str(item["until"]) for item in accepted if item.get("until")):
        try:
            date.fromisoformat(until)
        except ValueError:
            errors.append(f"until must be a date such as 2027-06-30, not {quoted(until)}.")
    return errors


def wrong_levels(permissions: Mapping[str, str]) -> List[str]:
    return [
        f"the level of the permission {quoted(name)} must be one of {', '.join(LEVELS)}, not {quoted(level)}. Omit permissions"
        " that must not be granted."
        for name, level in permissions.items()
        if level not in LEVELS
    ]
