# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""History of the audits of an app: how many findings each audit had, and since when each finding exists."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any, Dict, List, Mapping, NamedTuple, Sequence, Tuple

from ansible_collections.hubops.github_apps.plugins.plugin_utils._reports.acceptances import (
    account_of,
    is_new,
    read_date,
)
from ansible_collections.hubops.github_apps.plugins.plugin_utils._reports.audit import SEVERITIES

# Limits of the size of a history. A finding that still exists is always kept.
MAX_AUDITS = 400
MAX_GONE = 500
GONE_DAYS = 90

NUMBERS = ("installations", *SEVERITIES, "accepted", "appeared", "gone")
TEXTS = ("account", "kind")

Record = Dict[str, Any]
Key = Tuple[Any, str]


NOT_A_HISTORY = (
    "The history is not valid. Use a file that an earlier audit has written, or remove the file to start a new history."
)


class HistoryError(Exception):
    """Why a history cannot be continued."""


class Merged(NamedTuple):
    """:param history: the history with the audit. :param appeared: records of the new findings that the previous audit
    did not have. :param gone: records of those that only the previous audit had. :param is_first: whether there was none
    before it.
    """

    history: Dict[str, Any]
    appeared: List[Record]
    gone: List[Record]
    is_first: bool


def merge(earlier: Any, report: Mapping[str, Any]) -> Merged:
    """Add an audit to a history.

    The first audit cannot be compared with a previous one, so none of its findings have appeared. Another audit on the
    same day replaces the entry of this day.

    :param earlier: a history, or nothing. :param report: from `make_report`.
    """
    history = read_history(earlier, report)
    today = report["date"]
    before = {key_of(record): record for record in history["findings"]}
    now = current_records(report, before)
    old = {key: {**record, "gone": record["gone"] or today} for key, record in before.items() if key not in now}
    appeared = [record for key, record in now.items() if is_open(record) and not is_open(before.get(key))]
    gone = [record for key, record in {**old, **now}.items() if is_open(before.get(key)) and not is_open(record)]
    if not history["audits"]:
        appeared = []
    return Merged(
        {
            "app": report["app"]["id"],
            "audits": add_audit(history["audits"], describe_audit(report, now.values(), len(appeared), len(gone))),
            "findings": [*sort_records(now.values()), *recent(old.values(), today)],
        },
        sort_records(appeared),
        sort_records(gone),
        is_first=not history["audits"],
    )


def read_history(value: Any, report: Mapping[str, Any]) -> Dict[str, Any]:
    """The history if the audit can be added to it, or an empty one for nothing."""
    if not value:
        return {"audits": [], "findings": []}
    try:
        audits = [read_audit(item) for item in value["audits"]]
        findings = [read_record(item) for item in value["findings"]]
        app = value["app"]
    except (KeyError, TypeError, ValueError):
        raise HistoryError(NOT_A_HISTORY) from None
    if app != report["app"]["id"]:
        raise HistoryError(
            f"The history belongs to the app {app!r}, not to {report['app']['id']!r}. Use another history."
        )
    if audits and audits[-1]["date"] > report["date"]:
        raise HistoryError(
            f"The history contains an audit from {audits[-1]['date']}, which is later than this one ({report['date']})."
            " Check app_audit_date and the clock."
        )
    return {"audits": audits, "findings": findings}


def read_audit(item: Mapping[str, Any]) -> Dict[str, Any]:
    return {"date": read_day(item["date"]), **{name: read_number(item[name]) for name in NUMBERS}}


def read_record(item: Mapping[str, Any]) -> Record:
    return {
        "id": read_number(item["id"]),
        **{name: str(item[name]) for name in TEXTS},
        "since": read_day(item["since"]),
        "accepted": bool(item["accepted"]),
        "gone": None if item["gone"] is None else read_day(item["gone"]),
    }


def read_day(value: Any) -> str:
    day = read_date(value)
    if day is None:
        raise ValueError("not a date")
    return day.isoformat()


def read_number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("not a number")
    return int(value)


def key_of(record: Mapping[str, Any]) -> Key:
    """What identifies a finding. The ID of an installation stays the same if its account is renamed."""
    return record["id"], record["kind"]


def is_open(record: Any) -> bool:
    """Whether the finding exists and is not accepted."""
    return record is not None and record["gone"] is None and not record["accepted"]


def current_records(report: Mapping[str, Any], before: Mapping[Key, Record]) -> Dict[Key, Record]:
    """A record for each finding of the report."""
    records = {}
    for entry, finding in findings_in(report):
        key = (entry["id"], finding["kind"])
        known = before.get(key)
        records[key] = {
            "id": entry["id"],
            "account": account_of(entry),
            "kind": finding["kind"],
            "since": known["since"] if known and known["gone"] is None else report["date"],
            "accepted": not is_new(finding),
            "gone": None,
        }
    return records


def findings_in(report: Mapping[str, Any]) -> List[Tuple[Record, Record]]:
    """Each finding of the report with its installation or request."""
    entries = [*report["installations"], *report["requests"]]
    return [(entry, finding) for entry in entries for finding in entry["findings"]]


def sort_records(records: Any) -> List[Record]:
    return sorted(records, key=lambda record: (record["account"].lower(), str(record["id"]), record["kind"]))


def recent(records: Any, today: str) -> List[Record]:
    """The findings that have disappeared recently, latest first."""
    first = (date.fromisoformat(today) - timedelta(days=GONE_DAYS)).isoformat()
    kept = [record for record in sort_records(records) if record["gone"] >= first]
    return sorted(kept, key=lambda record: record["gone"], reverse=True)[:MAX_GONE]


def describe_audit(report: Mapping[str, Any], records: Any, appeared: int, gone: int) -> Dict[str, Any]:
    """The numbers of one audit."""
    severities = Counter(finding["severity"] for _entry, finding in findings_in(report) if is_new(finding))
    return {
        "date": report["date"],
        "installations": len(report["installations"]),
        **{severity: severities[severity] for severity in SEVERITIES},
        "accepted": sum(record["accepted"] for record in records),
        "appeared": appeared,
        "gone": gone,
    }


def add_audit(audits: Sequence[Dict[str, Any]], audit: Dict[str, Any]) -> List[Dict[str, Any]]:
    """Append the audit, or replace one of the same day, whose changes are included."""
    if audits and audits[-1]["date"] == audit["date"]:
        both = {name: audits[-1][name] + audit[name] for name in ("appeared", "gone")}
        return [*audits[:-1], {**audit, **both}]
    return [*audits, audit][-MAX_AUDITS:]
