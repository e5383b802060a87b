# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scripted faults: what a server, a proxy or a network does wrong with the nth matching request."""

from __future__ import annotations

import json
import re
from asyncio import sleep
from typing import Any, Dict, List, NamedTuple, Optional

from starlette.responses import Response
from starlette.types import Send

ENDS = ("answer", "drop", "truncate", "endless")
CHUNK = b"x" * 65536


class FaultError(ValueError):
    """A fault definition that is not valid."""


class Fault(NamedTuple):
    """A fault and the requests that it affects.

    :param method: of the request; empty for any. :param path: regular expression, searched in the path.
    :param skip: number of matching requests that succeed first. :param times: number of requests that are affected.
    :param carry_out: whether the request is processed although its response is lost.
    :param delay: seconds to wait first. :param status: of the response, :param body: and :param headers: (text or
    any JSON value). If the status is None, the real response is used.
    :param end: how the response is sent: in full (``answer``), not at all with the connection closed (``drop``), only
    half of it (``truncate``), or without end (``endless``).
    """

    method: str = ""
    path: str = ""
    skip: int = 0
    times: int = 1
    carry_out: bool = False
    delay: float = 0.0
    status: Optional[int] = None
    body: Any = ""
    headers: Dict[str, str] = {}
    end: str = "answer"

    def befalls(self, method: str, path: str) -> bool:
        """Return whether a request matches."""
        return self.method in ("", method) and re.search(self.path, path) is not None


def parse_faults(script: Any) -> List[Fault]:
    """Create faults from JSON data. Raises FaultError."""
    try:
        faults = [Fault(**item) for item in script]
        for fault in faults:
            re.compile(fault.path)
    except (TypeError, re.error) as exc:
        raise FaultError(str(exc)) from None
    for fault in faults:
        if fault.end not in ENDS:
            raise FaultError("end must be one of " + ", ".join(ENDS))
    return faults


class Faults:
    """The faults that a server applies."""

    def __init__(self) -> None:
        self.script: List[Fault] = []

    def next(self, method: str, path: str) -> Optional[Fault]:
        """Return the fault for this request, if any. Each request counts for all faults."""
        chosen = None
        for number, fault in enumerate(self.script):
            if not fault.befalls(method, path):
                continue
            if fault.skip > 0:
                self.script[number] = fault._replace(skip=fault.skip - 1)
            elif fault.times > 0 and chosen is None:
                self.script[number] = fault._replace(times=fault.times - 1)
                chosen = fault
        return chosen


def faulty_response(fault: Fault, genuine: Optional[Response]) -> Response:
    """Return the response with the fault. :param genuine: the real response if the request was processed."""
    if fault.status is None and genuine is not None:
        return genuine
    body = fault.body if isinstance(fault.body, str) else json.dumps(fault.body)
    kind = "text/html" if isinstance(fault.body, str) else "application/json"
    return Response(body, fault.status or 200, {"Content-Type": kind, **fault.headers})


async def send_faulty(fault: Fault, response: Response, send: Send, transport: Any) -> None:
    """Send the response as far as the fault allows."""
    if fault.end == "drop":
        transport.abort()
        return
    headers = [(name, value) for name, value in response.raw_headers if name != b"content-length"]
    body = bytes(response.body)
    if fault.end == "endless":
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        while not transport.is_closing():
            await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
            await sleep(0)
        return
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    if fault.end == "truncate" and body:
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        transport.abort()
        return
    await send({"type": "http.response.body", "body": body})
