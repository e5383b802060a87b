# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Endpoints for tests to inspect the server, move the clock and run due schedules; only for this machine."""

from __future__ import annotations

import re
from email.message import Message
from ipaddress import ip_address
from typing import TYPE_CHECKING

from .authentication import parsed
from .basics import NO_RESOURCE, Answer, Record, RefusedError, not_allowed, not_found

if TYPE_CHECKING:
    from .state import Awx

PREFIX = "_awx"
HOST_HEADER = re.compile(r"(?:(localhost)|([0-9.]+)|\[([0-9a-f:]+)\])(?::[0-9]{1,5})?", re.IGNORECASE)
WRONG_HOST = (
    "Control endpoints are available on this machine only. Use http://127.0.0.1 or http://localhost with the port of the"
    " stand-in server."
)
WRONG_ORIGIN = "Control endpoints are not available to web pages. Send the request without an Origin header."


def names_loopback(host: str) -> bool:
    """Return whether a Host header names the client's own machine."""
    match = HOST_HEADER.fullmatch(host)
    if match is None:
        return False
    try:
        return bool(match[1]) or ip_address(match[2] or match[3]).is_loopback
    except ValueError:
        return False


def refuse_web_pages(headers: Message) -> None:
    """Reject a control request that a web page in a developer's browser could have sent.

    A page that rebinds its DNS name to 127.0.0.1 is recognized by the Host header, all others by the Origin header.
    """
    host = ", ".join(headers.get_all("Host", []))
    if not names_loopback(host):
        raise RefusedError(403, {"detail": WRONG_HOST})
    if any(origin != f"http://{host}" for origin in headers.get_all("Origin", [])):
        raise RefusedError(403, {"detail": WRONG_ORIGIN})


def answer(awx: Awx, method: str, path: tuple[str, ...], raw: bytes) -> Answer:
    """Handle a control request."""
    gets = {("state",): lambda: awx.records, ("log",): lambda: awx.log}
    gets["notifications",] = lambda: awx.notifications
    if path in gets and method == "GET":
        with awx.lock:
            return 200, gets[path]()
    if path == ("clock",) and method == "POST":
        return 200, move_clock(awx, parsed(raw) or {})
    if path == ("run_due",) and method == "POST":
        return 200, {"jobs": run_due(awx)}
    if path in (*gets, ("clock",), ("run_due",)):
        raise not_allowed(method)
    raise not_found(NO_RESOURCE)


def move_clock(awx: Awx, body: Record) -> Record:
    """Move the clock forward by some seconds. Requests add up."""
    ahead = body.get("ahead", 0)
    if not isinstance(ahead, (int, float)) or isinstance(ahead, bool):
        raise RefusedError(400, {"detail": "ahead must be a number of seconds."})
    with awx.lock:
        awx.clock_offset += ahead
        return {"ahead": awx.clock_offset, "now": awx.now()}


def run_due(awx: Awx) -> list[Record]:
    """Run each due schedule once, in order of time. Each job ends before the next one starts."""
    jobs = []
    with awx.lock:
        due = awx.schedules.due()
    for schedule in due:
        with awx.lock:
            if schedule["id"] not in awx.schedules.records:
                continue
            resource, number = awx.schedules.run(schedule)
        if resource in ("jobs", "workflow_jobs"):
            awx.workflow_jobs.wait_for(number)
        with awx.lock:
            jobs.append(awx.resources[resource].show(awx.resources[resource].records[number]))
    return jobs
