# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recurrence rules of schedules: which ones AWX rejects, and when they are due next."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .basics import bad

START = re.compile(r"DTSTART(?:;TZID=[^:\s]+)?:\d+T\d+Z?(?=\s)")
RULE = re.compile(r"RRULE:\S+")
PARTS = re.compile(r"DTSTART(?:;TZID=([^:\s]+))?:(\d{8}T\d{6})Z?\s+RRULE:(\S+)\s*")
STEPS = {
    "MINUTELY": timedelta(minutes=1),
    "HOURLY": timedelta(hours=1),
    "DAILY": timedelta(days=1),
    "WEEKLY": timedelta(weeks=1),
}


def check(rule: str) -> None:
    """Check that a rule has one start with a time zone, and that each rule has an interval."""
    starts, rules = START.findall(rule), RULE.findall(rule)
    if not starts:
        raise bad("rrule", "Valid DTSTART required in rrule. Value should start with: DTSTART:YYYYMMDDTHHMMSSZ")
    if "TZID" not in starts[0] and not starts[0].endswith("Z"):
        raise bad("rrule", "DTSTART cannot be a naive datetime.  Specify ;TZINFO= or YYYYMMDDTHHMMSSZZ.")
    if len(starts) > 1:
        raise bad("rrule", "Multiple DTSTART is not supported.")
    if not rules:
        raise bad("rrule", "One or more rule required in rrule.")
    for one in rules:
        if "INTERVAL=" not in one:
            raise bad("rrule", f"INTERVAL required in rrule: {one}")
        if "SECONDLY" in one:
            raise bad("rrule", f"SECONDLY is not supported: {one}")
    try:
        following(rule, datetime.now(timezone.utc))
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise bad("rrule", f"rrule parsing failed validation: {error}") from None


def following(rule: str, after: datetime) -> datetime | None:
    """Return the next time in UTC, or None for rules by month or year or with parts other than FREQ and INTERVAL.

    As in AWX, the clock of the time zone decides: a daily job runs at the same hour in summer and winter.
    """
    found = PARTS.fullmatch(rule)
    parts = dict(part.partition("=")[::2] for part in found[3].split(";")) if found else {}
    if found is None or set(parts) != {"FREQ", "INTERVAL"} or parts["FREQ"] not in STEPS or int(parts["INTERVAL"]) < 1:
        return None
    zone = ZoneInfo(found[1]) if found[1] else timezone.utc
    start = datetime.strptime(found[2], "%Y%m%dT%H%M%S")
    step = STEPS[parts["FREQ"]] * int(parts["INTERVAL"])
    passed = after.astimezone(zone).replace(tzinfo=None) - start
    time = start + max(passed // step, -1) * step + step
    return time.replace(tzinfo=zone).astimezone(timezone.utc)
