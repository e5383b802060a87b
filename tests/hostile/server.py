# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A GitHub whose answers carry payloads in every text, and a server that nobody has a reason to ask."""

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

# What any client has to understand: without it there is nothing that could be done with an answer.
NEEDED = frozenset({"token", "expires_at", "installed_version", "content", "encoding"})
# What roles and playbooks compare with what they were told. Repositories keep their name, too.
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
# Lists of objects, the answer itself among them.
OBJECTS = frozenset({"", "installations", "repositories", "labels", "assignees", "errors"})
# No text, or a null that says something.
NO_TEXT = frozenset(
    {"suspended_at", "suspended_by", "expires_at", "installation", "license", "account", "organization"}
)


class Round(NamedTuple):
    """What a hostile server does.

    :param kept: fields that stay as they are. :param is_brief: whether texts alternate between all payloads and those of one language,
    and URLs between all that are hostile; else every text carries all payloads, and every URL is one of the decoy.
    :param has_surrogates: whether Ansible's own modules get lone surrogates, which may end what they do. Those of the collection do always.
    :param tokens: instead of tokens. :param refusal: to a request that a run names: `refuse` or `redirect`; empty for none.
    """

    name: str
    kept: frozenset[str] = NEEDED
    is_brief: bool = True
    has_surrogates: bool = False
    tokens: tuple[str, ...] = ()
    refusal: str = ""


class Painter:
    """Puts payloads into JSON data. The same field gets other payloads each time."""

    def __init__(self, rules: Round, places: Places, host: str, count: Counter[str]) -> None:
        self.rules, self.places, self.host, self.count = rules, places, host, count

    def paint(self, value: Any, path: str = "") -> Any:
        """A copy with payloads in every text, and in keys that nobody knows beforehand."""
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
        """All payloads in one text."""
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
        # The first URL of an object itself is the one for git: the role git_checkout would read it.
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
    """A stand-in between whose answers and the client somebody sits.

    :param refused: regular expression of the requests that a round refuses: `module`, `git` or `other` (which program asks), method, path
    and, with credentials, `signed in`, separated by spaces.
    :ivar credentials: what it issued and what it was sent, and no report or log may hold.
    :ivar requests: what it was asked, and whether it refused. :ivar issued: how many tokens it made up.
    """

    def __init__(self, rules: Round, places: Places, refused: str, **options: Any) -> None:
        super().__init__(**options)
        self.rules, self.places, self.refused = rules, places, refused
        self.credentials: set[str] = set()
        self.requests: list[tuple[str, bool]] = []
        self._tokens: dict[str, str] = {}
        self._count: Counter[str] = Counter()
        self._genuine: Callable[[Request, bytes], Response] = self.service.answer
        self.service.answer = self._answer  # type: ignore[method-assign]

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
        """The answer with payloads. An error of the stand-in gets them, too."""
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
        """Headers whose text the collection reads or shows, and those that lead elsewhere."""
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
        """An error as a gateway writes it, with all that it was sent; or the way to another server."""
        if self.rules.refusal == "redirect":
            return Response(None, 302, {"Location": f"{self.places.decoy}/zq/redirect"})
        texts = [painter.polyglot("error"), echo]
        if self._count["refusals"] % 2:
            texts.reverse()
        self._count["refusals"] += 1
        if kind == "git":  # which shows this as what the other side says, up to a null
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
        """What the request held, and what is in its Basic credentials; all of it is secret from now on."""
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
        """The token that the client gets."""
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
        """The headers as the stand-in understands them."""
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
    """The same JSON data, without what is no text."""
    return json.loads(re.sub(r"\\ud[89a-f][0-9a-f]{2}", "", json.dumps(value)))


def header_text(text: str) -> str:
    """As much of a text as a header can hold: not what ends it, but Escape, C1 and all that is not ASCII."""
    return re.sub("[\0\r\n\x0b\x0c]+", " ", text).strip(" \t").encode("latin-1", "ignore").decode("latin-1").strip()


class Decoy(ThreadingHTTPServer):
    """A server that keeps what it is asked.

    :ivar seen: a line for each request, and for each connection without one.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), DecoyHandler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.seen: list[str] = []


class DecoyHandler(BaseHTTPRequestHandler):
    """Answers as if it were what the client looks for."""

    server: Decoy

    def handle_one_request(self) -> None:
        before = len(self.server.seen)
        super().handle_one_request()
        if len(self.server.seen) == before:
            self.server.seen.append("a connection without a request")

    def answer(self) -> None:
        """Keep the request, and its credentials above all."""
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
        """Say nothing; all is kept in the server."""


@contextmanager
def running(server: Any) -> Iterator[Any]:
    """A server of http.server, while it answers."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
