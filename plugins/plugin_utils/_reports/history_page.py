# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Contents of the page that shows the history of audits: the shapes of its charts, and the rows of its tables."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Dict, List, Mapping, Sequence, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import plural
from ansible_collections.hubops.github_apps.plugins.plugin_utils._reports.audit import (
    KINDS,
    SEVERITIES,
    format_finding,
    shorten,
)
from ansible_collections.hubops.github_apps.plugins.plugin_utils._reports.history import Merged, Record, is_open

# Size of a chart in its own units. The page stretches it.
WIDTH, HEIGHT = 1000, 100
# The widest bar, in units. Bars of audits that are far apart would otherwise be blocks.
BAR = 24
INTERVALS = 4
SHOWN_GONE = 100
SHOWN_AUDITS = 30


def make_page(history: Mapping[str, Any]) -> Dict[str, Any]:
    """:param history: with at least one audit."""
    audits = history["audits"]
    steps = find_steps([audit["date"] for audit in audits])
    last = audits[-1]["date"]
    rows = [describe_record(record, last) for record in history["findings"]]
    open_rows = [row for row in rows if is_open(row)]
    open_rows.sort(key=lambda row: (SEVERITIES.index(row["severity"]), row["since"], row["account"].lower()))
    gone = [row for row in rows if row["gone"] is not None]
    return {
        "first": audits[0]["date"],
        "last": last,
        "dates": find_ticks(audits[0]["date"], last),
        "count": len(audits),
        "latest": {**audits[-1], "new": total(audits[-1])},
        "findings": draw_findings(audits, steps),
        "changes": draw_changes(audits, steps),
        "open": open_rows,
        "gone": gone[:SHOWN_GONE],
        "gone_count": len(gone),
        "audits": [{**audit, "new": total(audit)} for audit in reversed(audits[-SHOWN_AUDITS:])],
    }


def total(audit: Mapping[str, Any]) -> int:
    """The number of new findings."""
    return sum(audit[severity] for severity in SEVERITIES)


def find_steps(dates: Sequence[str]) -> List[Tuple[float, float]]:
    """The beginning and the width of each audit in a chart. It lasts until the next one, the last one for a day."""
    days = [date.fromisoformat(text).toordinal() for text in dates]
    ends = [*days[1:], days[-1] + 1]
    scale = WIDTH / (ends[-1] - days[0])
    return [(round((day - days[0]) * scale, 2), round((end - day) * scale, 2)) for day, end in zip(days, ends)]


def find_ticks(first: str, last: str) -> List[str]:
    """The dates below a chart: five at equal distances, or the first and the last one of a few days."""
    days = (date.fromisoformat(last) - date.fromisoformat(first)).days
    if days < 2 * INTERVALS:
        return sorted({first, last})
    start = date.fromisoformat(first)
    return [(start + timedelta(days=days * number // INTERVALS)).isoformat() for number in range(INTERVALS + 1)]


def draw_findings(audits: Sequence[Mapping[str, Any]], steps: Sequence[Tuple[float, float]]) -> Dict[str, Any]:
    """Stacked areas of the new findings by severity, the most severe at the bottom."""
    top = round_up(max(total(audit) for audit in audits))
    base = [0] * len(audits)
    areas = []
    for severity in SEVERITIES:
        level = [below + audit[severity] for below, audit in zip(base, audits)]
        if level != base:
            areas.append({"severity": severity, "points": outline(base, level, steps, top)})
        base = level
    return {"top": top, "areas": areas}


def outline(lower: Sequence[int], upper: Sequence[int], steps: Sequence[Tuple[float, float]], top: int) -> str:
    """The corners of an area between two lines of steps."""
    upper_line = [(x, level) for (start, width), level in zip(steps, upper) for x in (start, start + width)]
    lower_line = [(x, level) for (start, width), level in zip(steps, lower) for x in (start, start + width)]
    corners = [*upper_line, *reversed(lower_line)]
    return " ".join(f"{x:g},{HEIGHT - level * HEIGHT / top:g}" for x, level in corners)


def draw_changes(audits: Sequence[Mapping[str, Any]], steps: Sequence[Tuple[float, float]]) -> Dict[str, Any]:
    """A bar up for the findings that appeared in an audit, and a bar down for those that were gone."""
    top = round_up(max(max(audit["appeared"], audit["gone"]) for audit in audits))
    unit = HEIGHT / 2 / top
    bars = [
        {
            "date": audit["date"],
            "x": x,
            "width": min(width, BAR),
            "appeared": audit["appeared"],
            "gone": audit["gone"],
            "up": round(audit["appeared"] * unit, 2),
            "down": round(audit["gone"] * unit, 2),
        }
        for audit, (x, width) in zip(audits, steps)
        if audit["appeared"] or audit["gone"]
    ]
    return {"top": top, "bars": bars}


def round_up(number: int) -> int:
    """A round number that is not below the number, for the scale of a chart. Half of it is an integer, too."""
    size = 1
    while number > 20 * size:
        size *= 10
    return next(digits * size for digits in (2, 4, 6, 8, 10, 12, 16, 20) if digits * size >= number)


def describe_record(record: Record, last: str) -> Dict[str, Any]:
    """A row of the tables. :param last: date of the last audit."""
    kind = KINDS.get(record["kind"])
    end = date.fromisoformat(record["gone"] or last)
    return {
        **record,
        "title": kind.title if kind else record["kind"],
        "severity": kind.severity if kind else SEVERITIES[-1],
        "days": (end - date.fromisoformat(record["since"])).days,
    }


def format_changes(merged: Merged) -> List[str]:
    """The changes since the previous audit as lines of text; none for the first audit."""
    if merged.is_first:
        return []
    day = merged.history["audits"][-1]["date"]
    lines = []
    for records, verb in ((merged.appeared, "appeared"), (merged.gone, "disappeared")):
        rows = [describe_record(record, day) for record in records]
        names = shorten([f"{row['account']}: {format_finding(row)}" for row in rows], "more finding")
        lines.append(
            f"{plural(len(rows), 'finding')} {verb} since the previous audit{': ' if names else ''}{'; '.join(names)}."
        )
    return lines
