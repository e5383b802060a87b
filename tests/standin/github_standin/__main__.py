# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``python -m github_standin``: run the stand-in as a process."""

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
    parser = argparse.ArgumentParser(prog="github_standin", description="A stand-in for the GitHub REST API.")
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument(
        "--profile", default="cloud", help="cloud or a GHES release X.Y (tested: %s)" % ", ".join(PROFILES)
    )
    parser.add_argument("--seed", metavar="FILE", help="seed file (YAML); default: the one of the package")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: let the system choose")
    parser.add_argument("--state-dir", metavar="DIR", type=Path, help="write server.json and the apps' keys here")
    parser.add_argument(
        "--uninstall-delay",
        type=float,
        default=0.5,
        metavar="SECONDS",
        help="how long an installation stays after a 202",
    )
    parser.add_argument(
        "--latency", type=float, default=0.0, metavar="SECONDS", help="how much longer each answer takes"
    )
    parser.add_argument("--tls-cert", metavar="FILE", help="PEM certificate; makes the server speak HTTPS")
    parser.add_argument("--tls-key", metavar="FILE", help="PEM key of the certificate")
    parser.add_argument(
        "--max-seconds",
        type=float,
        default=DEFAULT_MAX_SECONDS,
        help="end by itself after this time; 0: never (default: %(default)s)",
    )
    parser.add_argument("--parent-pid", type=int, metavar="PID", help="end when this process is gone")
    return parser


def _watch(server: StandIn, max_seconds: float, parent_pid: Optional[int]) -> None:
    """Stop the server when its time is over or the process it works for is gone."""
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
    """Uvicorn ends on the first signal and then raises it again; by then there is nothing left to do."""


def main(argv: Optional[List[str]] = None) -> int:
    """Run until a signal, the time limit, or the end of the parent."""
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
