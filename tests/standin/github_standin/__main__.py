# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``python -m github_standin``: run the stand-in server as a process."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any, List, Optional

from . import PROFILES, ProfileError, SeedError, StandIn, __version__

DEFAULT_MAX_SECONDS = 3600.0
PARENT_POLL = 0.5


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="github_standin", description="A stand-in server for the GitHub REST API.")
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument(
        "--profile", default="cloud", help="cloud or a GHES release X.Y (tested: %s)" % ", ".join(PROFILES)
    )
    parser.add_argument("--seed", metavar="FILE", help="seed file (YAML, default: the default seed of the package)")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="port (default: a free port)")
    parser.add_argument("--state-dir", metavar="DIR", type=Path, help="directory for server.json and the apps' keys")
    parser.add_argument(
        "--uninstall-delay",
        type=float,
        default=0.5,
        metavar="SECONDS",
        help="time until an installation is removed after a 202 (default: %(default)s)",
    )
    parser.add_argument(
        "--latency", type=float, default=0.0, metavar="SECONDS", help="delay of each response (default: %(default)s)"
    )
    parser.add_argument("--tls-cert", metavar="FILE", help="PEM certificate; enables HTTPS")
    parser.add_argument("--tls-key", metavar="FILE", help="PEM private key of the certificate")
    parser.add_argument(
        "--max-seconds",
        type=float,
        default=DEFAULT_MAX_SECONDS,
        help="stop after this time, or never if 0 (default: %(default)s)",
    )
    parser.add_argument("--parent-pid", type=int, metavar="PID", help="stop when this process has ended")
    return parser


def _watch(server: StandIn, max_seconds: float, parent_pid: Optional[int]) -> None:
    """Stop the server when its time is over or when the parent process has ended."""
    end = time.monotonic() + max_seconds if max_seconds > 0 else None
    while (end is None or time.monotonic() < end) and (parent_pid is None or _alive(parent_pid)):
        time.sleep(PARENT_POLL)
    server.request_stop()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _ignore(*_args: Any) -> None:
    """Ignore the signal that Uvicorn raises a second time after it has shut down."""


def main(argv: Optional[List[str]] = None) -> int:
    """Run until a signal, the time limit or the end of the parent process."""
    options = _parser().parse_args(argv)
    try:
        server = StandIn(
            options.profile,
            options.seed,
            options.host,
            options.port,
            options.uninstall_delay,
            options.tls_cert,
            options.tls_key,
            options.latency,
        )
    except (ProfileError, SeedError) as exc:
        sys.stderr.write("github_standin: %s\n" % exc)
        return 2

    def ready() -> None:
        if options.state_dir is not None:
            server.write_state_dir(options.state_dir)
        sys.stdout.write(server.api_url + "\n")
        sys.stdout.flush()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ignore)
    threading.Thread(target=_watch, args=(server, options.max_seconds, options.parent_pid), daemon=True).start()
    try:
        server.run(ready)
    except OSError as exc:
        sys.stderr.write("github_standin: %s\n" % exc)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
