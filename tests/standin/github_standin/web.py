# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ASGI application: the API and, outside of its prefix, the control endpoints for tests."""

from __future__ import annotations

import json
import re
from asyncio import sleep
from ipaddress import ip_address
from typing import Any, Callable, List, Optional

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from . import render
from .errors import ApiError
from .faults import FaultError, faulty_response, parse_faults, send_faulty
from .profiles import ProfileError
from .service import UNPARSED, Service, json_response, parse_body

CONTROL = "/_standin"
HOST_HEADER = re.compile(r"(?:(localhost)|([0-9.]+)|\[([0-9a-f:]+)\])(?::[0-9]{1,5})?", re.IGNORECASE)
WRONG_HOST = (
    "Control endpoints are available on this machine only. Use http://127.0.0.1, http://localhost or http://[::1] with the"
    " port of the stand-in server."
)
WRONG_ORIGIN = "Control endpoints are not available to web pages. Send the request without an Origin header."


class Api:
    """ASGI endpoint for everything except the control endpoints."""

    def __init__(self, service: Service) -> None:
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to an HTTP request."""
        request = Request(scope, receive)
        try:
            body = await request.body()
        except ClientDisconnect:
            return
        await sleep(self.service.latency)
        fault = self.service.faults.next(request.method, request.url.path)
        if fault is None:
            response = self.service.answer(request, body)
            await response(scope, receive, send)
            return
        with self.service.held_up():
            await sleep(fault.delay)
            genuine = self.service.answer(request, body) if fault.carry_out or fault.status is None else None
        await send_faulty(fault, faulty_response(fault, genuine), send, scope["transport"])


class Control:
    """Endpoints to inspect and control the server. Their requests are neither logged nor counted."""

    def __init__(self, service: Service, api_url: Callable[[], str]) -> None:
        self.service = service
        self.api_url = api_url

    async def log(self, request: Request) -> Response:
        """GET: return the log; DELETE: clear it."""
        if request.method == "DELETE":
            self.service.clear_log()
            return Response(None, 204)
        with self.service.lock:
            return json_response(self.service.log)

    async def stats(self, request: Request) -> Response:
        """GET: return the numbers of requests and connections."""
        return json_response(self.service.statistics())

    async def reset(self, request: Request) -> Response:
        """POST: read the seed again and clear the log."""
        self.service.reset()
        return Response(None, 204)

    async def clock(self, request: Request) -> Response:
        """POST ``{"offset": seconds}``: adjust the server's clock."""
        offset = await self._value(request, "offset")
        if not isinstance(offset, (int, float)) or isinstance(offset, bool) or abs(offset) > 1e9:
            return json_response({"message": "offset must be a number (in seconds)"}, 422)
        self.service.state.clock_offset = float(offset)
        return json_response({"offset": offset})

    async def faults(self, request: Request) -> Response:
        """POST a list of faults: use these from now on. DELETE: use no faults."""
        try:
            script = json.loads(await request.body()) if request.method == "POST" else []
            self.service.faults.script = parse_faults(script)
        except (ValueError, FaultError) as exc:
            return json_response({"message": str(exc)}, 422)
        return Response(None, 204)

    async def state(self, request: Request) -> Response:
        """GET: return installations, repositories and the numbers of valid tokens."""
        service = self.service
        with service.lock:
            service.state.sweep()
            body = {"profile": service.profile.name, "clock_offset": service.state.clock_offset}
            return json_response(dict(body, **render.summary(service.state)))

    async def files(self, request: Request) -> Response:
        """POST ``{"repository": "owner/name", "files": {path: text}}``: create a commit; null removes a file."""
        owner, _slash, name = str(await self._value(request, "repository")).partition("/")
        repository = self.service.state.repository(owner, name)
        files = await self._value(request, "files")
        if repository is None or not isinstance(files, dict):
            return json_response({"message": "repository must exist, and files must map paths to text"}, 422)
        with self.service.lock:
            changed = {**repository.files, **files}
            repository.files = {path: str(text) for path, text in changed.items() if text is not None}
            try:
                return json_response({"commit": self.service.repositories.head(repository)})
            except ApiError as exc:
                return json_response({"message": exc.message}, exc.status)

    async def switch(self, request: Request) -> Response:
        """POST ``{"profile": "2.20"}``: change the release; the state stays."""
        try:
            self.service.switch(str(await self._value(request, "profile")))
        except ProfileError as exc:
            return json_response({"message": str(exc)}, 422)
        return json_response({"profile": self.service.profile.name, "api_url": self.api_url()})

    @staticmethod
    async def _value(request: Request, key: str) -> Optional[Any]:
        body = parse_body(await request.body())
        return body.get(key) if body is not UNPARSED and isinstance(body, dict) else None


def names_loopback(host: str) -> bool:
    """Return whether a Host header names the client's own machine."""
    match = HOST_HEADER.fullmatch(host)
    if match is None:
        return False
    try:
        return bool(match[1]) or ip_address(match[2] or match[3]).is_loopback
    except ValueError:
        return False


class ControlGuard:
    """ASGI middleware that rejects control requests that a web page in a developer's browser could have sent.

    A page that rebinds its DNS name to 127.0.0.1 is recognized by the Host header, all others by the Origin header.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond with 403 or pass the request on."""
        message = self._refusal(scope) if scope["path"].startswith(CONTROL + "/") else None
        app = json_response({"message": message}, 403) if message else self.app
        await app(scope, receive, send)

    @staticmethod
    def _refusal(scope: Scope) -> Optional[str]:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not names_loopback(host):
            return WRONG_HOST
        own = "%s://%s" % (scope["scheme"], host)
        return WRONG_ORIGIN if any(origin != own for origin in headers.getlist("origin")) else None


def list_routes(service: Service, api_url: Callable[[], str]) -> List[BaseRoute]:
    """Return the control endpoints, which :class:`ControlGuard` protects below :data:`CONTROL`, and the API."""
    control = Control(service, api_url)
    return [
        Route(CONTROL + "/log", control.log, methods=["GET", "DELETE"]),
        Route(CONTROL + "/stats", control.stats, methods=["GET"]),
        Route(CONTROL + "/reset", control.reset, methods=["POST"]),
        Route(CONTROL + "/clock", control.clock, methods=["POST"]),
        Route(CONTROL + "/faults", control.faults, methods=["POST", "DELETE"]),
        Route(CONTROL + "/state", control.state, methods=["GET"]),
        Route(CONTROL + "/files", control.files, methods=["POST"]),
        Route(CONTROL + "/switch", control.switch, methods=["POST"]),
        Mount("/", app=Api(service)),
    ]


def application(service: Service, api_url: Callable[[], str]) -> ASGIApp:
    """Create the application that Uvicorn runs."""
    router = Starlette(routes=list_routes(service, api_url))
    router.router.redirect_slashes = False
    app = ControlGuard(router)

    async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
        """Add the transport's ``close`` to the scope. Uvicorn's ``send`` belongs to the object with the transport."""
        await app({**scope, "transport": send.__self__.transport}, receive, send)  # type: ignore[attr-defined]  # Uvicorn has it, ASGI does not

    return with_transport
