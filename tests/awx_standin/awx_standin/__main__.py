# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Serve until stopped: python tests/awx_standin/awx_standin --state-dir DIR."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

if not __package__:
    # If it is run as a directory, its modules are still a package, not top-level modules.
    own = Path(__file__).resolve().parent
    sys.path[:] = [str(own.parent), *(place for place in sys.path if Path(place or ".").resolve() != own)]

from awx_standin import AwxStandIn


def parsed() -> argparse.Namespace:
    """Parse the options."""
    parser = argparse.ArgumentParser(prog="awx_standin", description="A stand-in server for AWX. See its README.md.")
    parser.add_argument("--state-dir", type=Path, required=True, help="directory for awx.json")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--max-seconds", type=float, default=3600, help="stop after this time (default: %(default)s)")
    parser.add_argument("--run-jobs", action="store_true", help="run jobs with ansible-runner")
    parser.add_argument(
        "--without-tokens", action="store_true", help="do not support OAuth2 tokens, like AWX since November 2024"
    )
    parser.add_argument(
        "--collections",
        type=Path,
        action="append",
        default=[],
        help="directory with collections for jobs; can be repeated",
    )
    return parser.parse_args()


def main() -> None:
    """Serve, and write awx.json."""
    options = parsed()
    standin = AwxStandIn(
        port=options.port,
        run_jobs=options.run_jobs,
        with_tokens=not options.without_tokens,
        collections=tuple(path.resolve() for path in options.collections),
    )
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_arguments: ended.set())
    with standin:
        options.state_dir.mkdir(parents=True, exist_ok=True)
        temporary = options.state_dir / ".awx.json"
        temporary.write_text(
            json.dumps({**standin.description(), "pid": os.getpid()}, indent=2) + "\n", encoding="utf-8"
        )
        temporary.rename(options.state_dir / "awx.json")
        ended.wait(options.max_seconds)


if __name__ == "__main__":
    main()
