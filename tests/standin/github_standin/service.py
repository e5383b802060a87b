# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server without its socket: performs the checks in GitHub's order and keeps the log."""

from __future__ import annotations

import json
import re
import secrets
import threading
from contextlib import contextmanager
from email.utils import formatdate
from typing import Any, Dict, FrozenSet, Iterator, List, Mapping, Optional, Tuple, Union

from starlette.requests import Request
from starlette.responses import Response

from . import auth, errors, git, limits, routes
from .errors import ApiError
from .exchange import Call, Permission, Reply
from .faults import Faults
from .profiles import API_VERSION_2022, Profile
from .seeds import Seed, load_seed
from .state import State

SECRET_KEYS = frozenset(("access_token", "client_secret", "code", "token", "refresh_token"))
MASK = "***"
NO_USER_AGENT = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.\n"
NO_API_PREFIX = (
    "<html><head><title>406 Not Acceptable</title></head><body>The REST API of this server is below /api/v3.</body>"
    "</html>\n"
)
UNPARSED = object()


def json_response(body: Any, status: int = 200, headers: Optional[Mapping[str, str]] = None) -> Response:
    """Return JSON with ASCII escapes, so that any text from a client can be returned."""
    return Response(json.dumps(body), status, dict(headers or {}), media_type="application/json; charset=utf-8")


def masked(value: Any) -> Any:
    """Return a copy of JSON data without the values of secret keys."""
    if isinstance(value, dict):
        return {key: MASK if key in SECRET_KEYS else masked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError("%s is not JSON" % name)


def parse_body(raw: bytes) -> Any:
    """Return the JSON data of a body, None if it is empty, or :data:`UNPARSED` if it is not JSON."""
    if not raw.strip():
        return None
    try:
        return json.loads(raw, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return UNPARSED


def accepts_json(accept: str) -> bool:
    """Return whether Accept is missing or allows JSON (docs "Getting started with the REST API", media types)."""
    entries = [entry.partition(";")[0].strip().lower() for entry in accept.split(",") if entry.strip()]
    return not entries or any(
        entry in ("*/*", "application/*", "application/json") or entry.startswith("application/vnd.github")
        for entry in entries
    )


def previews_in(accept: str) -> FrozenSet[str]:
    """Return the names of the preview media types in an Accept header."""
    return frozenset(re.findall(r"application/vnd\.github\.([a-z-]+)-preview(?:\.[a-z]+)?\+json", accept.lower()))


class Service:
    """State, log and counters of a server, with a lock so that tests can read them from another thread."""

    def __init__(self, profile: str, seed: Seed, uninstall_delay: float, latency: float = 0.0) -> None:
        self.profile = Profile(profile)
        self.seed = seed
        self.uninstall_delay = uninstall_delay
        self.latency = latency
        self.lock = threading.RLock()
        self.faults = Faults()
        self.state: State = load_seed(seed)
        self.repositories = git.Repositories()
        self.log: List[Dict[str, Any]] = []
        self.requests = 0
        self.by_route: Dict[str, int] = {}
        self.clients: Dict[Tuple[str, int], int] = {}
        self.delayed = 0

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """Count a delayed request until it has been processed or dropped."""
        self.delayed += 1
        try:
            yield
        finally:
            self.delayed -= 1

    def reset(self) -> None:
        """Read the seed again; clear the log, the counters, the clock offset and the faults."""
        with self.lock:
            self.state = load_seed(self.seed)
            self.repositories = git.Repositories()
            self.faults = Faults()
            self.clear_log()

    def switch(self, profile: str) -> None:
        """Change the release. Raises ProfileError."""
        changed = Profile(profile)
        with self.lock:
            self.profile = changed

    def clear_log(self) -> None:
        """Clear the log and the counters."""
        with self.lock:
            self.log = []
            self.requests = 0
            self.by_route = {}
            self.clients = {}

    def statistics(self) -> Dict[str, Any]:
        """Return the counters since the start, the last reset, or the last time the log was cleared."""
        with self.lock:
            return {"requests": self.requests, "connections": len(self.clients), "by_route": dict(self.by_route)}

    def answer(self, request: Request, raw_body: bytes) -> Response:
        """Respond to an API request and add its log entry."""
        with self.lock:
            self.state.sweep()
            return _Exchange(self, request, raw_body).run()


class _Exchange:
    """A request: collect its properties, then run the checks, then the handler."""

    def __init__(self, service: Service, request: Request, raw_body: bytes) -> None:
        self.service = service
        self.profile = service.profile
        self.state = service.state
        self.request = request
        self.path = request.scope["raw_path"].decode("latin-1").partition("?")[0]
        self.git = git.parse_path(self.path)
        self.raw_body = raw_body
        self.body = None if self.git else parse_body(raw_body)
        self.query = dict(request.query_params)
        self.accept = ", ".join(request.headers.getlist("accept"))
        self.previews = previews_in(self.accept)
        self.requested_version = request.headers.get("x-github-api-version", "")
        self.api_version: Optional[str] = None
        self.route: Optional[routes.Route] = None
        self.credential = auth.identify(
            request.headers.get("authorization"), request.headers.get("x-github-otp"), self.state, self.profile
        )
        self.web_url = "%s://%s" % (request.url.scheme, request.headers.get("host", "127.0.0.1"))

    def run(self) -> Response:
        """Return the complete response."""
        headers = self._common_headers()
        if not self.request.headers.get("user-agent"):
            response = Response(NO_USER_AGENT, 403, headers, media_type="text/plain")
        elif self.git is not None:
            call = self._call(self.git.params, (git.permission_of(self.git, self.request),))
            response = git.answer(self.git, self.request, self.raw_body, call, self.service.repositories)
            response.headers.update(headers)
        elif not self._below_prefix():
            response = Response(NO_API_PREFIX, 406, headers, media_type="text/html")
        else:
            response = self._api_response(headers)
        self._write_log(response.status_code)
        return response

    def _common_headers(self) -> Dict[str, str]:
        request_id = secrets.token_hex(9).upper()
        headers = {
            "Server": "github-standin",
            "Date": formatdate(self.state.now(), usegmt=True),
            "X-GitHub-Request-Id": ":".join((request_id[:4], request_id[4:10], request_id[10:])),
        }
        if not self.profile.is_cloud:
            headers["X-GitHub-Enterprise-Version"] = "enterprise-server@%s" % self.profile.installed_version
        return headers

    def _below_prefix(self) -> bool:
        prefix = self.profile.api_prefix
        return not prefix or self.path == prefix or self.path.startswith(prefix + "/")

    def _segments(self) -> List[str]:
        path = self.path[len(self.profile.api_prefix) :] if self._below_prefix() else self.path
        return (path or "/").split("/")[1:]

    def _api_response(self, headers: Dict[str, str]) -> Response:
        headers["X-GitHub-Media-Type"] = self._media_type()
        try:
            reply = self._reply()
        except ApiError as exc:
            reply = self._error_reply(exc)
        if self.api_version is not None:
            headers["X-GitHub-Api-Version-Selected"] = self.api_version
        if self.profile.is_cloud:
            headers.update(limits.count_call(self.credential, self.state))
        headers.update(self._credential_headers())
        headers.update(reply.headers)
        if reply.body is None:
            return Response(None, reply.status, headers)
        return json_response(reply.body, reply.status, headers)

    def _reply(self) -> Reply:
        """Check version, route, preview, credential and body, then run the handler. The first failure is the reply."""
        self._select_version()
        found = routes.find(self.request.method, self._segments(), self.profile)
        if found is None:
            raise errors.not_found()
        self.route, params = found
        if not accepts_json(self.accept):
            raise ApiError(415, errors.UNSUPPORTED_ACCEPT % self.accept)
        missing = self.route.missing_previews(self.profile, self.previews)
        if missing:
            raise ApiError(415, errors.PREVIEW_NEEDED % missing[0].feature)
        auth.check(self.credential, self.route.auth, self.route.refusal)
        return self.route.handler(self._call(params, self.route.permissions))

    def _call(self, params: Dict[str, Any], permissions: Tuple[Permission, ...]) -> Call:
        return Call(
            profile=self.profile,
            state=self.state,
            credential=self.credential,
            params=params,
            query=self.query,
            body=self._body(),
            previews=self.previews,
            api_version=self.api_version,
            web_url=self.web_url,
            api_url=self.web_url + self.profile.api_prefix,
            path="/" + "/".join(self._segments()),
            accepted_permissions=permissions,
            uninstall_delay=self.service.uninstall_delay,
        )

    def _select_version(self) -> None:
        """Check X-GitHub-Api-Version: a known version, unless the server does not support the header."""
        known = self.profile.api_versions
        if not known:
            return
        if self.requested_version and self.requested_version not in known:
            listed = ", ".join('"%s"%s' % (name, "" if index else " (most recent)") for index, name in enumerate(known))
            raise ApiError(400, errors.UNKNOWN_API_VERSION % (self.requested_version, listed))
        self.api_version = self.requested_version or API_VERSION_2022

    def _body(self) -> Dict[str, Any]:
        if self.request.method == "GET" or self.body is None:
            return {}
        if self.body is UNPARSED:
            raise ApiError(400, errors.PROBLEMS_PARSING_JSON)
        if not isinstance(self.body, dict):
            raise ApiError(400, errors.BODY_NOT_OBJECT)
        return self.body

    def _media_type(self) -> str:
        names = ["%s-preview" % name for name in sorted(self.previews)] or ["v3"]
        return ", ".join("github.%s; format=json" % name for name in names)

    def _credential_headers(self) -> Dict[str, str]:
        headers = {}
        token = self.credential.user_token
        if token is not None and self.credential.kind in (auth.PAT_CLASSIC, auth.OAUTH):
            headers["X-OAuth-Scopes"] = ", ".join(token.scopes)
        if self.route is not None and self.route.permissions and self.credential.has_permissions:
            headers["X-Accepted-GitHub-Permissions"] = "; ".join("%s=%s" % item for item in self.route.permissions)
        return headers

    def _error_reply(self, error: ApiError) -> Reply:
        body: Dict[str, Any] = {"message": error.message}
        if "Location" in error.headers:
            body["url"] = error.headers["Location"]
        if error.errors is not None:
            body["errors"] = error.errors
        body["documentation_url"] = self.profile.documentation_url(self.route.doc if self.route else "")
        if self.profile.error_has_status:
            body["status"] = str(error.status)
        return Reply(error.status, body, error.headers)

    def _write_log(self, status: int) -> None:
        service, headers = self.service, self.request.headers
        client = self.request.client
        connection = (client.host, client.port) if client is not None else ("", 0)
        service.clients[connection] = service.clients.get(connection, 0) + 1
        service.requests += 1
        template = self.route.template if self.route is not None else self.git.template if self.git else None
        name = self.route.name if self.route is not None else template or "unmatched"
        service.by_route[name] = service.by_route.get(name, 0) + 1
        service.log.append(
            {
                "n": service.requests,
                "method": self.request.method,
                "path": routes.masked_path(self._segments()),
                "route": template,
                "query": masked(self.query),
                "accept": self.accept,
                "api_version": self.requested_version or None,
                "auth": self.credential.kind,
                "user_agent": headers.get("user-agent"),
                "status": status,
                "body": self._logged_body(),
                "connection": connection[1],
            }
        )

    def _logged_body(self) -> Union[None, str, Dict[str, Any], List[Any]]:
        return "(not JSON)" if self.body is UNPARSED else masked(self.body)
