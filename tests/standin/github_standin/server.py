# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A running server, in a thread of a test or as a process with a state directory."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

import uvicorn

from .faults import Fault
from .keys import new_keys, public_key_of
from .seeds import Seed
from .service import Service
from .state import App, State
from .web import application

START_TIMEOUT = 20.0
UNINSTALL_DELAY = 0.5
KEEP_ALIVE = 60
STOP_POLL = 0.02
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}


class _Uvicorn(uvicorn.Server):
    """Uvicorn with a callback on startup and a fast shutdown, because tests start many servers."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: Optional[List[socket.socket]] = None) -> None:
        """Start, then run the callback."""
        await super().startup(sockets=sockets)
        if self.started:
            self._on_ready()

    async def main_loop(self) -> None:
        """Wait for the shutdown."""
        await self.on_tick(0)
        while not self.should_exit:
            await asyncio.sleep(STOP_POLL)


class StandIn:
    """The stand-in server as a context manager: ``with StandIn(profile="2.20") as server: server.api_url``.

    :param profile: ``cloud`` or a release such as ``2.20``
    :param seed: a YAML file, a mapping, or None for the default seed
    :param uninstall_delay: seconds until an installation is removed after a 202 (API version 2026-03-10)
    :param latency: seconds by which each response is delayed, like those of a distant server
    """

    def __init__(
        self,
        profile: str = "cloud",
        seed: Seed = None,
        host: str = "127.0.0.1",
        port: int = 0,
        uninstall_delay: float = UNINSTALL_DELAY,
        tls_cert: Optional[str] = None,
        tls_key: Optional[str] = None,
        latency: float = 0.0,
    ) -> None:
        self.service = Service(profile, seed, uninstall_delay, latency)
        self.host = host
        self.port = port
        self._tls_cert = tls_cert
        self._tls_key = tls_key
        self._server: Optional[_Uvicorn] = None
        self._stop_requested = False
        self._thread: Optional[threading.Thread] = None

    # running

    def __enter__(self) -> StandIn:
        self.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def start(self) -> None:
        """Serve in a thread of this process."""
        ready = threading.Event()
        self._stop_requested = False
        listener = self._listen()
        self._thread = threading.Thread(
            target=self._serve, args=(listener, ready.set), name="github-standin", daemon=True
        )
        self._thread.start()
        if not ready.wait(START_TIMEOUT):
            self.stop()
            raise RuntimeError("the stand-in server did not start")

    def run(self, on_ready: Callable[[], None]) -> None:
        """Serve until :meth:`request_stop`; calls ``on_ready`` as soon as the server accepts requests."""
        self._serve(self._listen(), on_ready)

    def request_stop(self) -> None:
        """Make the server stop soon, even if it is still starting. Can be called from any thread."""
        self._stop_requested = True
        if self._server is not None:
            self._server.should_exit = True

    def stop(self) -> None:
        """Stop the thread of :meth:`start` without waiting for clients to close their connections."""
        if self._server is not None:
            self._server.force_exit = True
        self.request_stop()
        if self._thread is not None:
            self._thread.join(START_TIMEOUT)
            self._thread = None

    def _listen(self) -> socket.socket:
        # With TCP as the protocol, asyncio sets TCP_NODELAY; otherwise each response on a kept connection waits 40 ms.
        listener = socket.socket(
            socket.AF_INET6 if ":" in self.host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
        )
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.host, self.port))
        self.port = listener.getsockname()[1]
        return listener

    def _serve(self, listener: socket.socket, on_ready: Callable[[], None]) -> None:
        config = uvicorn.Config(
            application(self.service, lambda: self.api_url),
            http="h11",
            ws="none",
            loop="asyncio",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=1,
            ssl_certfile=self._tls_cert,
            ssl_keyfile=self._tls_key,
        )
        self._server = _Uvicorn(config, on_ready)
        self._server.should_exit = self._stop_requested
        try:
            self._server.run(sockets=[listener])
        finally:
            listener.close()

    # URLs and credentials

    @property
    def url(self) -> str:
        """URL of the web host."""
        host = ANY_ADDRESS.get(self.host, self.host)
        return "%s://%s:%d" % ("https" if self._tls_cert else "http", "[%s]" % host if ":" in host else host, self.port)

    @property
    def api_url(self) -> str:
        """URL of the REST API, with ``/api/v3`` on GHES."""
        return self.url + self.service.profile.api_prefix

    def private_key(self, slug: str) -> str:
        """Return the app's private key (PEM). Raises KeyError for an app without one."""
        private_key = self._app(slug).private_key
        if private_key is None:
            raise KeyError(slug)
        return private_key

    def generate_key(self, slug: str) -> str:
        """Generate another private key of the app, like its owner on the settings page, and return it (PEM)."""
        app = self._app(slug)
        private_key, public_key = new_keys()
        app.public_keys.append(public_key)
        return private_key

    def delete_key(self, slug: str, private_key: str) -> None:
        """Delete a private key (PEM) of the app, like its owner on the settings page."""
        self._app(slug).public_keys.remove(public_key_of(private_key))

    def _app(self, slug: str) -> App:
        app = self.state.app_by_slug(slug)
        if app is None:
            raise KeyError(slug)
        return app

    # inspection and control

    @property
    def state(self) -> State:
        """The records of the server."""
        return self.service.state

    @property
    def log(self) -> List[Dict[str, Any]]:
        """Copy of the log of API requests."""
        with self.service.lock:
            return list(self.service.log)

    @property
    def connections(self) -> int:
        """Number of connections with API requests since the log was cleared."""
        return len(self.service.clients)

    @property
    def clock_offset(self) -> float:
        """Seconds by which the server's clock is ahead."""
        return self.state.clock_offset

    @clock_offset.setter
    def clock_offset(self, seconds: float) -> None:
        self.state.clock_offset = seconds

    def inject(self, *faults: Fault) -> None:
        """Use these faults from now on, instead of the previous ones."""
        self.service.faults.script = list(faults)

    def settle(self) -> None:
        """Wait until delayed requests have been processed, including those whose clients have stopped waiting."""
        while self.service.delayed:
            time.sleep(STOP_POLL)

    def clear_log(self) -> None:
        """Clear the log and the counters."""
        self.service.clear_log()

    def reset(self) -> None:
        """Read the seed again; clear the log, the clock offset and the faults."""
        self.service.reset()

    def switch(self, profile: str) -> None:
        """Change the release."""
        self.service.switch(profile)

    # the state directory

    def description(self, directory: Path) -> Dict[str, Any]:
        """Contents of server.json."""
        state, profile = self.state, self.service.profile
        grants: Dict[str, Dict[str, List[str]]] = {}
        tokens = {}
        for token in state.user_tokens.values():
            if token.kind == "oauth_token" and token.client_id is not None:
                grants.setdefault(token.client_id, {}).setdefault(token.user.login, []).append(token.value)
            else:
                tokens[token.label or token.value] = {
                    "token": token.value,
                    "user": token.user.login,
                    "kind": token.kind,
                    "scopes": token.scopes,
                }
        return {
            "url": self.url,
            "api_url": self.api_url,
            "profile": profile.name,
            "pid": os.getpid(),
            "server_version": profile.server_version,
            "apps": {
                app.slug: {
                    "app_id": app.id,
                    "client_id": app.client_id,
                    "client_secret": app.client_secret,
                    "private_key_path": str(self._key_path(directory, app.slug)) if app.private_key else None,
                }
                for app in state.apps.values()
            },
            "tokens": tokens,
            "users": {
                account.login: {"password": account.password, "otp": account.otp}
                for account in state.accounts.values()
                if account.password is not None
            },
            "manifests": {manifest.app.slug: manifest.code for manifest in state.manifests.values()},
            "oauth_apps": {
                client.client_id: {
                    "client_secret": client.client_secret,
                    "grants": grants.get(client.client_id, {}),
                }
                for client in state.clients.values()
                if client.app is None
            },
        }

    def write_state_dir(self, directory: Path) -> None:
        """Write the apps' keys and then, atomically, server.json. All files are readable only by their owner."""
        directory.mkdir(parents=True, exist_ok=True)
        for app in self.state.apps.values():
            if app.private_key is not None:
                _write_private(self._key_path(directory, app.slug), app.private_key)
        _write_private(directory / "server.json", json.dumps(self.description(directory), indent=2) + "\n")

    @staticmethod
    def _key_path(directory: Path, slug: str) -> Path:
        return directory.resolve() / ("%s.private-key.pem" % slug)


def _write_private(path: Path, text: str) -> None:
    """Replace a file atomically. It is never readable by others."""
    temporary = path.with_name(".%s.%d" % (path.name, os.getpid()))
    descriptor = os.open(str(temporary), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.replace(str(temporary), str(path))
