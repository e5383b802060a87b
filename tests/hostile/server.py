# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A GitHub server whose responses contain payloads in all texts, and a decoy server that must not get any request."""

from __future__ import annotations

import base64
import json
import re
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from payloads import LANGUAGES, URLS, Places, fill, polyglot
from starlette.requests import Request
from starlette.responses import Response

from github_standin import StandIn
from github_standin.service import json_response

# Fields that every client must understand; without them, a response is useless.
NEEDED = frozenset({"token", "expires_at", "installed_version", "content", "encoding"})
# Fields that roles and playbooks compare with their input. Repositories also keep their name.
NAMES = frozenset(
    {
        *(
            "login",
            "full_name",
            "slug",
            "app_slug",
            "client_id",
            "type",
            "target_type",
            "repository_selection",
            "visibility",
        ),
        *("created_at", "updated_at", "pushed_at", "suspended_at", "default_branch", "state"),
    }
)
# Lists of objects, including the response itself.
OBJECTS = frozenset({"", "installations", "repositories", "labels", "assignees", "errors"})
# Fields that are not text, or whose null has a meaning.
NO_TEXT = frozenset(
    {"suspended_at", "suspended_by", "expires_at", "installation", "license", "account", "organization"}
)


class Round(NamedTuple):
    """Behavior of a hostile server.

    :param kept: fields that stay unchanged.
    :param is_brief: alternate between all payloads and those of one language in texts, and between all hostile URLs.
    Otherwise, every text has all payloads, and every URL is one of the decoy.
    :param has_surrogates: send lone surrogates also to Ansible's own modules, which can stop them. The collection's
    modules always get them.
    :param tokens: templates that replace tokens.
    :param refusal: response to the requests that a job selects: `refuse` or `redirect`; empty for none.
    """

    name: str
    kept: frozenset[str] = NEEDED
    is_brief: bool = True
    has_surrogates: bool = False
    tokens: tuple[str, ...] = ()
    refusal: str = ""


class Painter:
    """Add payloads to JSON data. The same field gets different payloads each time."""

    def __init__(self, rules: Round, places: Places, host: str, count: Counter[str]) -> None:
        self.rules, self.places, self.host, self.count = rules, places, host, count

    def paint(self, value: Any, path: str = "") -> Any:
        """Return a copy with payloads in every text, and in keys whose names are not fixed."""
        key = path.rpartition(".")[2]
        if isinstance(value, dict):
            return self._object(value, path)
        if isinstance(value, list):
            is_texts = key not in OBJECTS and all(isinstance(item, str) for item in value)
            texts = [self._text("", f"{path}.new")] if is_texts else []
            return [self.paint(item, path) for item in value] + texts
        if value is None and key not in NO_TEXT:
            return self._text("", path)
        if not isinstance(value, str) or key in self.rules.kept:
            return value
        return self._url(value, path) if key.endswith("url") else self._text(value, path)

    def polyglot(self, path: str) -> str:
        """Return all payloads in one text."""
        return "".join(self._fill(text, name, path) for name, text in polyglot(self._next(path)))

    def _object(self, value: dict[str, Any], path: str) -> dict[str, Any]:
        key = path.rpartition(".")[2]
        is_repository = "full_name" in value and "full_name" in self.rules.kept
        painted = {
            name: item
            if (name == "name" and is_repository) or (key == "permissions" and self.rules.kept >= NAMES)
            else self.paint(item, f"{path}.{name}".strip("."))
            for name, item in value.items()
        }
        if key == "permissions" and all(isinstance(item, str) for item in value.values()):
            painted[self._text("zq", f"{path}.key")] = "write"
            painted["zqlevel"] = self._text("", f"{path}.level")
        elif not self.rules.kept >= NAMES:
            painted[self._text("zq", f"{path}.key")] = self._text("", f"{path}.extra")
        return painted

    def _text(self, value: str, path: str) -> str:
        if not self.rules.is_brief or self.count[path] % 2 == 0:
            return value + self.polyglot(path)
        name = list(LANGUAGES)[self._next(path) % len(LANGUAGES)]
        return value + "".join(self._fill(text, name, path) for text in LANGUAGES[name])

    def _url(self, value: str, path: str) -> str:
        if not self.rules.is_brief:
            return self._fill("@DECOY@/@FIELD@", "url", path) + "/" + value.partition("://")[2].partition("/")[2]
        # The first URL of the response object itself is the one for git, because the role git_checkout reads it.
        number = self._next(path) if "." in path else self.count[path]
        self.count[path] += "." not in path
        choices = (*URLS, value + self.polyglot(f"{path}.text"))
        return self._fill(choices[number % len(choices)], "url", path)

    def _next(self, path: str) -> int:
        self.count[path] += 1
        return self.count[path] - 1 + sum(path.encode())

    def _fill(self, text: str, language: str, path: str) -> str:
        return fill(text, self.places, self.host, language, path.rpartition(".")[2] if len(path) > 40 else path)


class HostileServer(StandIn):
    """A stand-in server whose responses are manipulated on their way to the client.

    :param refused: regular expression for requests that a round rejects. It matches `module`, `git` or `other` (the
    program), the method, the path and, with credentials, `signed in`, separated by spaces.
    :ivar credentials: issued and received credentials, which no report or log may contain.
    :ivar requests: requests and whether they were rejected. :ivar issued: number of made-up tokens.
    """

    def __init__(self, rules: Round, places: Places, refused: str, **options: Any) -> None:
        super().__init__(**options)
        self.rules, self.places, self.refused = rules, places, refused
        self.credentials: set[str] = set()
        self.requests: list[tuple[str, bool]] = []
        self._tokens: dict[str, str] = {}
        self._count: Counter[str] = Counter()
        self._genuine: Callable[[Request, bytes], Response] = self.service.answer
        self.service.answer = self._answer  # type: ignore[method-assign]  # calls the genuine one

    @property
    def issued(self) -> int:
        return len(self._tokens)

    def _answer(self, request: Request, raw_body: bytes) -> Response:
        agent = request.headers.get("user-agent", "")
        kind = "module" if agent.startswith("hubops.github_apps") else "git" if agent.startswith("git/") else "other"
        name = f"{kind} {request.method} {request.url.path}" + " signed in" * ("authorization" in request.headers)
        is_refused = bool(self.rules.refusal and re.search(self.refused, name))
        self.requests.append((name, is_refused))
        echo = self._echo(request, raw_body)
        painter = Painter(self.rules, self.places, request.headers.get("host", ""), self._count)
        if is_refused:
            return self._refusal(painter, echo, kind)
        genuine = self._genuine(
            Request({**request.scope, "headers": list(self._with_genuine_tokens(request))}), raw_body
        )
        if kind == "git":
            return genuine
        return self._hostile(painter, request, genuine, kind)

    def _hostile(self, painter: Painter, request: Request, genuine: Response, kind: str) -> Response:
        """Return the response with payloads, also for errors."""
        headers = dict(genuine.headers)
        headers.pop("content-length", None)
        body = json.loads(bytes(genuine.body)) if genuine.body else None
        if body is None:
            response = Response(None, genuine.status_code, headers)
        else:
            body = painter.paint(body)
            if kind == "other" and not self.rules.has_surrogates:
                body = without_surrogates(body)
            if request.url.path.endswith("/access_tokens") and "token" in body:
                body["token"] = self._issue(body["token"], painter)
            response = json_response(body, genuine.status_code, headers)
        self._add_headers(response, painter, request)
        return response

    def _add_headers(self, response: Response, painter: Painter, request: Request) -> None:
        """Add headers whose text the collection reads or shows, and headers with links to other servers."""
        decoy = self.places.decoy
        text = header_text(painter.polyglot("header"))
        new = {
            "X-GitHub-Request-Id": text,
            "X-Accepted-GitHub-Permissions": f"contents=read,{text}",
            "X-GitHub-Media-Type": text,
        }
        new["Refresh"] = f"0; url={decoy}/zq/refresh"
        if "page" not in request.query_params:
            new["Link"] = f'<{decoy}/zq/link?page=2>; rel="next", <{decoy}/zq/link?page=2>; rel="last"'
        if response.status_code < 300:
            new["Location"] = f"{decoy}/zq/location"
        names = {name.lower().encode() for name in new}
        response.raw_headers = [item for item in response.raw_headers if item[0] not in names] + [
            (name.lower().encode(), value.encode("latin-1")) for name, value in new.items()
        ]

    def _refusal(self, painter: Painter, echo: str, kind: str) -> Response:
        """Return an error like a gateway's that repeats the whole request, or a redirect to another server."""
        if self.rules.refusal == "redirect":
            return Response(None, 302, {"Location": f"{self.places.decoy}/zq/redirect"})
        texts = [painter.polyglot("error"), echo]
        if self._count["refusals"] % 2:
            texts.reverse()
        self._count["refusals"] += 1
        if kind == "git":  # git shows this as the remote's message, up to the first null
            text = "\n".join(texts).replace("\0", "")
            return Response(text.encode("utf-8", "replace"), 422, media_type="text/plain")
        entry = {key: painter.polyglot(f"errors.{key}") for key in ("resource", "field", "code", "message")}
        body = {"message": "".join(texts), "errors": [echo, painter.polyglot("errors"), entry, {echo: echo}]}
        response = json_response(
            {**body, "documentation_url": self.places.decoy + painter.polyglot("docs"), "status": echo}, 422
        )
        response.raw_headers.append((b"x-github-request-id", header_text(echo).encode("latin-1")))
        return response

    def _echo(self, request: Request, raw_body: bytes) -> str:
        """Return the contents of the request and of its Basic credentials, and register these as secrets."""
        lines = [f"{name}: {value}" for name, value in request.headers.items()]
        scheme, _space, value = request.headers.get("authorization", "").partition(" ")
        if value:
            self.credentials.add(value)
        if scheme.lower() == "basic":
            with suppress(ValueError):
                plain = base64.b64decode(value).decode()
                lines.append(plain)
                self.credentials.add(plain.partition(":")[2])
        return "\n".join([*lines, raw_body.decode("utf-8", "replace")])

    def _issue(self, genuine: str, painter: Painter) -> str:
        """Return the token for the client."""
        self.credentials.add(genuine)
        if not self.rules.tokens:
            return genuine
        number, tail = self._count["tokens"], f"zq{secrets.token_hex(8)}"
        self._count["tokens"] += 1
        template = self.rules.tokens[number % len(self.rules.tokens)]
        token = fill(template, self.places, painter.host, "token", str(number)).replace("@ID@", tail)
        self._tokens[token] = genuine
        self.credentials |= {token, tail}
        return token

    def _with_genuine_tokens(self, request: Request) -> Iterator[tuple[bytes, bytes]]:
        """Return the headers with the original tokens, which the stand-in server accepts."""
        for name, value in request.scope["headers"]:
            scheme, _space, credential = value.decode("latin-1").partition(" ")
            if name == b"authorization":
                user = ""
                if scheme.lower() == "basic":
                    with suppress(ValueError):
                        user, _colon, credential = base64.b64decode(credential).decode("latin-1").partition(":")
                if credential in self._tokens:
                    credential = self._tokens[credential]
                    text = base64.b64encode(f"{user}:{credential}".encode()).decode() if user else credential
                    value = f"{scheme} {text}".encode()
            yield name, value


def without_surrogates(value: Any) -> Any:
    """Return the JSON data without lone surrogates."""
    return json.loads(re.sub(r"\\ud[89a-f][0-9a-f]{2}", "", json.dumps(value)))


def header_text(text: str) -> str:
    """Return the part of a text that a header can contain, including Escape and C1 but without line breaks."""
    return re.sub("[\0\r\n\x0b\x0c]+", " ", text).strip(" \t").encode("latin-1", "ignore").decode("latin-1").strip()


class Decoy(ThreadingHTTPServer):
    """A server that records its requests.

    :ivar seen: a line for each request, and for each connection without one.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), DecoyHandler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.seen: list[str] = []


class DecoyHandler(BaseHTTPRequestHandler):
    """Respond as if this were the requested server."""

    server: Decoy

    def handle_one_request(self) -> None:
        before = len(self.server.seen)
        super().handle_one_request()
        if len(self.server.seen) == before:
            self.server.seen.append("a connection without a request")

    def answer(self) -> None:
        """Record the request, in particular its credentials."""
        sent = {
            name: value
            for name, value in self.headers.items()
            if name.lower() in ("authorization", "cookie", "user-agent")
        }
        self.server.seen.append(f"{self.command} {self.path} {sent}")
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}" if self.command != "HEAD" else b"")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing, because the server records everything."""


@contextmanager
def running(server: Any) -> Iterator[Any]:
    """Run a server of http.server."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
