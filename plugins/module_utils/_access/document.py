# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The access document: the wanted state of the installations of an app, with an entry for each account."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible.module_utils.common.validation import check_type_bool, check_type_dict, check_type_list

from ansible_collections.hubops.github_apps.plugins.module_utils._base.entries import errors_of, set_values
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
    check_pattern,
    compiled,
    refuse_other_owners,
    selection_from,
)

KINDS = ("organization", "user")
SELECTORS = (*KINDS, "organizations", "installation_id")
STATES = ("present", "absent")
REPOSITORY_SELECTIONS = ("all", "selected", "none")
REPOSITORIES_STATES = ("exact", "present")
REPOSITORIES = ("repositories", "exclude")  # can contain URLs
NAMES = (*REPOSITORIES, "repository_topics")
SWITCHES = ("allow_no_match", "include_archived")
ACCESS = ("suspended", "repository_selection", "repositories", "repository_topics", "permissions")
MANAGED = ("state", *ACCESS, "accepted_findings")
# The kinds of findings of the role app_audit, which an entry can accept.
FINDINGS = (
    "admin",
    "surplus",
    "write",
    "all_repositories",
    "drift",
    "unknown",
    "events",
    "suspended",
    "stale",
    "request",
)
# An entry of the document, as an argument spec.
ENTRY: Dict[str, Dict[str, Any]] = {
    "organization": {"type": "str"},
    "user": {"type": "str"},
    "organizations": {"type": "list", "elements": "str"},
    "installation_id": {"type": "int"},
    "state": {"type": "str", "choices": list(STATES)},
    "suspended": {"type": "bool"},
    "repository_selection": {"type": "str", "choices": list(REPOSITORY_SELECTIONS)},
    "repositories": {"type": "list", "elements": "str"},
    "repositories_state": {"type": "str", "choices": list(REPOSITORIES_STATES)},
    **{
        name: {key: value for key, value in settings.items() if key != "default"}
        for name, settings in SELECTION.items()
    },
    "permissions": {"type": "dict"},
    "accepted_findings": {
        "type": "list",
        "elements": "dict",
        "options": {
            "finding": {"type": "str", "required": True, "choices": list(FINDINGS)},
            "reason": {"type": "str", "required": True},
            "until": {"type": "str", "required": True},
        },
    },
}
# Its keys. Except for accepted findings, `read_entry` examines the values, because its messages are better.
KEYS = {name: settings if "options" in settings else {"type": "raw"} for name, settings in ENTRY.items()}


class Wanted(NamedTuple):
    """An entry of the access document. None stands for keys that it does not set.

    :param selector: the key that selects the installation, one of `SELECTORS`. :param value: a login, an ID as text, or the
    patterns of `organizations`. :param state: present or absent. :param patterns: of organizations.
    :param allow_no_match: whether such a pattern may match no organization.
    """

    selector: str
    value: str
    suspended: Optional[bool]
    repositories: Optional[Selection]
    repositories_state: str
    permissions: Optional[Dict[str, str]]
    state: str = "present"
    repository_selection: Optional[str] = None
    patterns: Tuple[str, ...] = ()
    allow_no_match: bool = False

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

    @property
    def manages_repositories(self) -> bool:
        return self.repositories is not None or self.repository_selection == "all"

    @property
    def selected(self) -> Optional[str]:
        """Whether the installation must have access to all or to selected repositories; None to leave it."""
        if self.repositories is None:
            return "all" if self.repository_selection == "all" else None
        return "selected" if self.repositories_state == "exact" else self.repository_selection


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


def examine(accounts: Any) -> Tuple[List[Wanted], List[str]]:
    """The entries that can be read, and all errors. :param accounts: as given; the filter does not validate it."""
    if accounts is not None and not isinstance(accounts, (list, tuple)):
        return [], ["The access document must be a list of entries."]
    entries: List[Wanted] = []
    errors = [] if accounts else ["The access document must have at least one entry."]
    numbers: Dict[str, int] = {}
    for number, entry in enumerate(accounts or [], 1):
        wanted, found = examine_entry(number, entry)
        errors += found
        if wanted is None:
            continue
        entries.append(wanted)
        first = numbers.setdefault(wanted.key, number)
        if first != number:
            what = "patterns" if wanted.patterns else "account"
            errors.append(
                f"Entry {number} ({printable(str(wanted))}): entry {first} defines the same {what}. Merge the two entries."
            )
    return entries, errors


def examine_entry(number: int, entry: Any) -> Tuple[Optional[Wanted], List[str]]:
    """An entry, unless it cannot be read, and its errors. :param number: counted from 1."""
    if not isinstance(entry, Mapping):
        return None, [f"Entry {number}: must be a dictionary."]
    misplaced = find_misplaced({}, entry)
    if misplaced:
        return None, [f"Entry {number}: {describe_misplaced({}, misplaced, {})}"]
    entry = set_values(ENTRY, entry)
    invalid = errors_of({"options": KEYS}, number, entry)
    if invalid:
        return None, invalid
    try:
        wanted = read_entry(entry)
    except (OptionError, TypeError) as error:
        return None, [f"Entry {number}: {error}"]
    return wanted, [f"Entry {number} ({printable(str(wanted))}): {error}" for error in contradictions(wanted, entry)]


def read_entry(entry: Mapping[str, Any]) -> Wanted:
    """Convert an entry to the types of `ENTRY`. The filter gets entries that no argument spec has converted."""
    named = [selector for selector in SELECTORS if entry.get(selector)]
    if len(named) != 1:
        rule = f"only one of {' and '.join(named)}" if named else "organization, organizations, user or installation_id"
        raise OptionError(f"set {rule}.")
    suspended, permissions, selection = (entry.get(key) for key in ("suspended", "permissions", "repository_selection"))
    patterns = tuple(read_names(entry.get("organizations") or []))
    return Wanted(
        named[0],
        ", ".join(patterns) or str(entry[named[0]]),
        None if suspended is None else check_type_bool(suspended),
        read_selection(entry),
        text_of(entry, "repositories_state", "exact"),
        None if permissions is None else read_permissions(permissions),
        text_of(entry, "state", "present"),
        None if selection is None else str(selection),
        patterns,
        check_type_bool(entry.get("allow_no_match") or False),
    )


def read_permissions(value: Any) -> Dict[str, str]:
    return {str(name): str(level) for name, level in check_type_dict(value).items()}


def text_of(entry: Mapping[str, Any], key: str, default: str) -> str:
    return str(entry.get(key) or default)


def read_selection(entry: Mapping[str, Any]) -> Optional[Selection]:
    """The repositories of an entry; None if it does not manage them. The hosts in URLs are not checked."""
    names = {name: read_names(entry[name]) for name in NAMES if entry.get(name) is not None}
    names.update(
        {name: [repository_name(name, text, None) for text in names[name]] for name in REPOSITORIES if name in names}
    )
    switches = {name: check_type_bool(entry[name]) for name in SWITCHES if entry.get(name) is not None}
    if entry.get("organizations") and not selection_from(names).needs_listing:
        switches.pop("allow_no_match", None)  # it is about the patterns of organizations
    selection = selection_from({**names, **switches})
    return selection if selection.names or selection.needs_listing else None


def read_names(value: Any) -> List[str]:
    return [str(name) for name in check_type_list(split_names(value))]


def contradictions(wanted: Wanted, entry: Mapping[str, Any]) -> List[str]:
    """Contradictory or unsupported values in an entry."""
    errors = []
    if all(entry.get(key) is None for key in MANAGED):
        errors.append(f"set at least one of {', '.join(MANAGED[:-1])} and {MANAGED[-1]}.")
    for key, choices in CHOICES.items():
        value = getattr(wanted, key)
        if value is not None and value not in choices:
            errors.append(f"{key} must be one of {', '.join(choices)}, not {quoted(value)}.")
    given = [key for key in ACCESS if entry.get(key) is not None]
    if wanted.state == "absent" and given:
        errors.append(f"{' and '.join(given)} cannot be used with state=absent.")
    return (
        wrong_selector(wanted, entry)
        + errors
        + wrong_repositories(wanted, entry)
        + wrong_levels(wanted.permissions or {})
        + wrong_acceptances(entry.get("accepted_findings") or [])
    )


CHOICES = {
    "state": STATES,
    "repository_selection": REPOSITORY_SELECTIONS,
    "repositories_state": REPOSITORIES_STATES,
}


def wrong_selector(wanted: Wanted, entry: Mapping[str, Any]) -> List[str]:
    errors = []
    if "/" in wanted.value:
        errors.append(f"{wanted.selector} must be the login of the account, without a slash.")
    if wanted.selector == "installation_id" and not re.fullmatch(r"[1-9]\d*", wanted.value):
        errors.append("installation_id must be a positive number.")
    if wanted.selector not in KINDS and entry.get("accepted_findings"):
        errors.append("accepted_findings requires organization or user.")
    selection = wanted.repositories or Selection()
    if wanted.patterns and any("/" in name for name in (*selection.names, *selection.patterns, *selection.exclude)):
        errors.append(
            "repositories and exclude must contain names without an owner, because the entry is for several organizations."
        )
    for pattern in wanted.patterns:
        try:
            check_pattern("organizations", pattern)
        except OptionError as error:
            errors.append(str(error))
    return errors


def wrong_repositories(wanted: Wanted, entry: Mapping[str, Any]) -> List[str]:
    errors = [
        f"{name} must not be empty, because GitHub does not allow an installation without repositories. Omit"
        f" the option {name}, or set suspended: true instead."
        for name in ("repositories", "repository_topics")
        if entry.get(name) is not None and not read_names(entry[name])
    ]
    if wanted.repositories is None:
        return errors or requiring_repositories(wanted, entry)
    if wanted.repository_selection in ("all", "none"):
        errors.append(f"repositories cannot be used with repository_selection={wanted.repository_selection}.")
    if wanted.login and not wanted.patterns:
        try:
            refuse_other_owners(wanted.repositories, wanted.login)
        except OptionError as error:
            errors.append(str(error))
    return errors


def requiring_repositories(wanted: Wanted, entry: Mapping[str, Any]) -> List[str]:
    """Errors in an entry that does not manage repositories."""
    given = ["repository_selection=selected"] if wanted.repository_selection == "selected" else []
    given += ["repositories_state"] if entry.get("repositories_state") else []
    if not given:
        return []
    verb = "requires" if len(given) == 1 else "require"
    return [f"{' and '.join(given)} {verb} repositories or repository_topics."]


def wrong_acceptances(accepted: Sequence[Mapping[str, Any]]) -> List[str]:
    """Errors in the findings that are accepted."""
    errors = []
    for until in (str(item["until"]) for item in accepted):
        try:
            is_date = date.fromisoformat(until).isoformat() == until
        except ValueError:
            is_date = False
        if not is_date:
            errors.append(f"until must be a date such as 2027-06-30, not {quoted(until)}.")
    findings = [str(item["finding"]) for item in accepted]
    repeated = sorted({finding for finding in findings if findings.count(finding) > 1})
    errors += [f"accepted_findings contains {finding} more than once. Remove one of them." for finding in repeated]
    return errors


def wrong_levels(permissions: Mapping[str, str]) -> List[str]:
    return [
        f"the level of the permission {quoted(name)} must be one of {', '.join(LEVELS)}, not {quoted(level)}. Omit permissions"
        " that must not be granted."
        for name, level in permissions.items()
        if level not in LEVELS
    ]


# Entries for several organizations


def expand(
    document: Sequence[Wanted], organizations: Sequence[str], named: Iterable[str], is_complete: bool = True
) -> List[Wanted]:
    """The document with an entry for each organization that a pattern matches, in the place of the entry with the pattern.

    An organization with an entry of its own is not matched. Of several entries with patterns, the first one is used.

    :param organizations: the logins that can be matched. :param named: the logins of accounts with entries of their own.
    :param is_complete: whether each pattern must match one of `organizations`.
    :raises DocumentError: names all patterns that match no organization.
    """
    taken = {login.lower() for login in named}
    expanded: List[Wanted] = []
    errors: List[str] = []
    for entry in document:
        matched = {pattern: list(filter(compiled(pattern).match, organizations)) for pattern in entry.patterns}
        if is_complete and not entry.allow_no_match:
            errors += describe_unmatched(pattern for pattern, logins in matched.items() if not logins)
        logins = {login.lower(): login for found in matched.values() for login in found}
        expanded += entries_for(entry, [logins[key] for key in sorted(logins.keys() - taken)])
        taken.update(logins)
    if errors:
        raise DocumentError(errors)
    return expanded


def entries_for(entry: Wanted, organizations: Sequence[str]) -> List[Wanted]:
    """The entry, or one for each of these organizations if it has patterns."""
    if not entry.patterns:
        return [entry]
    return [entry._replace(selector="organization", value=login, patterns=()) for login in organizations]


def describe_unmatched(patterns: Iterable[str]) -> List[str]:
    names = " or ".join(map(quoted, patterns))
    return [f"No organization matches {names}. Check the spelling, or set allow_no_match: true."] if names else []
