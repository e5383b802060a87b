# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings of an audit that are accepted for an account, with a reason and an end date."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import printable, quoted

NOTES = {"accepted": "accepted until {until}", "expired": "acceptance expired on {until}"}
KEYS = ("account", "finding", "reason", "until")


class Acceptance(NamedTuple):
    """:param account: name of the account as in the report. :param finding: kind of finding.
    :param until: the last day on which the finding is accepted.
    """

    account: str
    finding: str
    reason: str
    until: date

    @property
    def key(self) -> Tuple[str, str]:
        """Account and kind, which identify a finding. Like on GitHub, names are not case-sensitive."""
        return self.account.lower(), self.finding


def read_date(value: Any) -> Optional[date]:
    """The date; None if the value is not a date in the format YYYY-MM-DD."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)):
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def errors_in(entries: Any, kinds: Sequence[str]) -> List[str]:
    """A message for each invalid entry."""
    if not isinstance(entries, (list, tuple)):
        return [f"accepted must be a list of dictionaries, not {quoted(entries)}."]
    errors = []
    seen: Dict[Tuple[str, str], int] = {}
    for number, entry in enumerate(entries, start=1):
        problem = find_problem(entry, kinds)
        if not problem:
            first = seen.setdefault(read_acceptance(entry).key, number)
            is_repeated = first != number
            problem = f"Entry {first} is for the same account and finding. Remove one entry." if is_repeated else ""
        if problem:
            errors.append(f"accepted: entry {number}{name_of(entry)}: {problem}")
    return errors


def name_of(entry: Any) -> str:
    """The account and the finding of an entry for messages, if they are known."""
    values = [entry[key] for key in KEYS[:2] if entry.get(key)] if isinstance(entry, Mapping) else []
    return f" ({', '.join(map(quoted, values))})" if values else ""


def find_problem(entry: Any, kinds: Sequence[str]) -> str:
    """What is wrong with an entry; empty if it is valid."""
    if not isinstance(entry, Mapping):
        return f"Must be a dictionary with the keys {', '.join(KEYS)}, not {quoted(entry)}."
    unknown = [str(key) for key in entry if key not in KEYS]
    if unknown:
        return f"Unknown key {quoted(unknown[0])}. Supported keys: {', '.join(KEYS)}."
    missing = [key for key in KEYS if not str(entry.get(key) or "").strip()]
    if missing:
        return f"{missing[0]} is missing. Required keys: {', '.join(KEYS)}."
    if entry["finding"] not in kinds:
        return f"finding must be one of {', '.join(kinds)}, not {quoted(entry['finding'])}."
    if read_date(entry["until"]) is None:
        return f"until must be a date in the format YYYY-MM-DD, for example 2027-01-31, not {quoted(entry['until'])}."
    return ""


def read_acceptance(entry: Mapping[str, Any]) -> Acceptance:
    """:param entry: without errors."""
    until = date.fromisoformat(str(entry["until"]))
    return Acceptance(str(entry["account"]).strip(), entry["finding"], printable(str(entry["reason"])).strip(), until)


def account_of(entry: Mapping[str, Any]) -> str:
    """The name of the account, or of the installation if the account no longer exists."""
    return str(entry["account"] or f"installation {entry['id']}")


def accept_findings(
    entries: Sequence[Mapping[str, Any]], acceptances: Sequence[Acceptance], today: date, titles: Mapping[str, str]
) -> List[Dict[str, Any]]:
    """Set `acceptance` of the accepted findings, and return the acceptances of the reported kinds, with their state.

    :param titles: of the reported kinds.
    """
    by_key = {
        (account_of(entry).lower(), finding["kind"]): finding for entry in entries for finding in entry["findings"]
    }
    results = []
    for item in sorted(acceptances, key=lambda acceptance: acceptance.key):
        if item.finding not in titles:
            continue
        finding = by_key.get(item.key)
        state = "unused" if finding is None else "expired" if item.until < today else "accepted"
        details = {"reason": item.reason, "until": item.until.isoformat(), "state": state}
        if finding is not None:
            finding["acceptance"] = {**details, "note": NOTES[state].format(until=item.until)}
        results.append({"account": item.account, "finding": item.finding, "title": titles[item.finding], **details})
    return results


def is_new(finding: Mapping[str, Any]) -> bool:
    """Whether the finding is not accepted, or no longer."""
    return finding["acceptance"] is None or finding["acceptance"]["state"] != "accepted"


def format_acceptances(acceptances: Sequence[Mapping[str, Any]]) -> List[str]:
    """The acceptances that need attention, as lines of text."""
    texts = {
        "expired": "The acceptance of {finding} for {account} expired on {until}.",
        "unused": "The acceptance of {finding} for {account} matches no finding. Remove it.",
    }
    return [texts[item["state"]].format(**item) for item in acceptances if item["state"] in texts]
