# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP server for an AWX, in its own thread."""

from __future__ import annotations

import json
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

from . import seeds
from .basics import VERSION, Record, RefusedError, Text
from .control import PREFIX
from .state import Awx

FAILED = "The stand-in server failed. See its standard error."


class Handler(BaseHTTPRequestHandler):
    """Request handler of a server."""

    protocol_version = "HTTP/1.1"
    awx: Awx

    def respond(self) -> None:
        """Respond to the request and log it."""
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            status, answer = self.awx.answer(self.command, self.path, self.headers, raw)
        except RefusedError as error:
            status, answer = error.status, error.body
        except Exception:  # a bug in the stand-in server: tell the client
            traceback.print_exc()
            status, answer = 500, {"detail": FAILED}
        with self.awx.lock:
            content, kind = encoded(status, answer)
            if not self.path.startswith(f"/{PREFIX}/"):
                self.awx.log.append({"method": self.command, "path": self.path, "status": status})
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("X-API-Product-Name", "AWX")
        self.send_header("X-API-Product-Version", VERSION)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_DELETE = respond

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing; clients can request the log."""


def encoded(status: int, answer: Any) -> tuple[bytes, str]:
    """Return the body of a response and its content type."""
    if answer is None:
        return b"", "application/json"
    if isinstance(answer, Text):
        return answer.encode(), "text/plain; charset=utf-8"
    return json.dumps(answer).encode(), "application/json"


class AwxStandIn:
    """A stand-in server that runs as long as the context.

    :param port: on 127.0.0.1; 0 for a free port. :param run_jobs: whether jobs are really run.
    :param with_tokens: whether OAuth2 tokens are supported.
    :param collections: directories in which jobs find collections.
    """

    token, user_token = seeds.ADMIN_TOKEN, seeds.USER_TOKEN
    username, password = seeds.USERNAME, seeds.PASSWORD
    user, user_password = seeds.USER, seeds.USER_PASSWORD

    def __init__(
        self, *, port: int = 0, run_jobs: bool = False, with_tokens: bool = True, collections: tuple[Path, ...] = ()
    ) -> None:
        self.state = Awx(run_jobs=run_jobs, with_tokens=with_tokens, collections=collections)
        self.server = ThreadingHTTPServer(("127.0.0.1", port), type("AwxHandler", (Handler,), {"awx": self.state}))
        self.server.daemon_threads = True
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def port(self) -> int:
        """Return the port."""
        return int(self.server.server_address[1])

    @property
    def url(self) -> str:
        """Return the URL, without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"

    def description(self) -> Record:
        """Return what a client needs to know."""
        names = ("url", "token", "user_token", "username", "password", "user", "user_password")
        return {name: getattr(self, name) for name in names}

    def start(self) -> None:
        """Serve in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving, wait for the jobs and remove all files."""
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()
        self.state.close()

    def __enter__(self) -> AwxStandIn:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
