# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults by script: what a server, a proxy or a network does wrong at the n-th request of a kind."""

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
    """A fault that cannot be understood."""


class Fault(NamedTuple):
    """Which requests it befalls, and what happens to them.

    :param method: of the request; empty for any. :param path: regular expression, searched in the path.
    :param skip: how many of those requests go well before. :param times: how many it befalls.
    :param carry_out: whether the request is carried out, although its answer is lost.
    :param delay: seconds before anything else. :param status: of the answer, :param body: and :param headers: (text, or
    whatever JSON can write). None for the status: the true answer.
    :param end: how it goes out: whole (``answer``), not at all and the connection is closed (``drop``), half of it
    (``truncate``), or for ever (``endless``).
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
        """Whether it is about such a request."""
        return self.method in ("", method) and re.search(self.path, path) is not None


def parse_faults(script: Any) -> List[Fault]:
    """Faults from what JSON holds; FaultError."""
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
    """The script that a server plays."""

    def __init__(self) -> None:
        self.script: List[Fault] = []

    def next(self, method: str, path: str) -> Optional[Fault]:
        """The fault that befalls this request, if one does; each request counts for all of them."""
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
    """The answer that the fault makes. :param genuine: the true one, if the request was carried out."""
    if fault.status is None and genuine is not None:
        return genuine
    body = fault.body if isinstance(fault.body, str) else json.dumps(fault.body)
    kind = "text/html" if isinstance(fault.body, str) else "application/json"
    return Response(body, fault.status or 200, {"Content-Type": kind, **fault.headers})


async def send_faulty(fault: Fault, response: Response, send: Send, transport: Any) -> None:
    """The answer goes out, as far as the fault lets it."""
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
