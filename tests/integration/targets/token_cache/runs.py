#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Count the tokens of runs with many hosts, and check what runs leave behind, even if they are interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Iterator

sys.path.insert(0, str(Path(__file__).parents[1] / "setup_releases"))

from play import StandIn, environment

HOSTS = 6
FORKS = 4
CALLBACK = "hubops.github_apps.revoke_tokens"
TIME_LIMIT = 120


class Run:
    """A run of ansible-playbook with its own stand-in server."""

    def __init__(self, server: StandIn, home: Path, with_callback: bool) -> None:
        self.server = server
        self.home = home
        self.local_tmp = home / "local_tmp"
        interpreter = 'ansible_python_interpreter="{{ ansible_playbook_python }}"'
        hosts = "".join(f"host{number} ansible_connection=local {interpreter}\n" for number in range(HOSTS))
        (home / "inventory").write_text(f"[many]\n{hosts}", encoding="utf-8")
        self.environment = {
            **environment(server, home),
            "ANSIBLE_LOCAL_TEMP": str(self.local_tmp),
            "ANSIBLE_FORKS": str(FORKS),
            **({"ANSIBLE_CALLBACKS_ENABLED": CALLBACK} if with_callback else {}),
        }

    def start(self, *playbooks: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["ansible-playbook", "-i", str(self.home / "inventory"), *playbooks],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def mints(self) -> int:
        return sum(entry["path"].endswith("/access_tokens") and entry["status"] == 201 for entry in self.server.log)

    def live_tokens(self) -> list[str]:
        return [token for token in self.server.state.installation_tokens if self.server.state.installation_token(token)]

    def files_left(self) -> list[Path]:
        return [path for path in self.local_tmp.rglob("*") if path.is_file()]


@contextmanager
def running(with_callback: bool) -> Iterator[Run]:
    with tempfile.TemporaryDirectory() as name, StandIn(profile="3.19") as server:
        server.write_state_dir(Path(name))
        yield Run(server, Path(name), with_callback)


def many_hosts(with_callback: bool) -> list[str]:
    """Three playbooks with many hosts and tasks share one token."""
    with running(with_callback) as run:
        process = run.start("module.yml", "everywhere.yml", "everywhere.yml")
        output = process.communicate(timeout=TIME_LIMIT)[0]
        messages = output.count("Revoked 1 installation token created by this run.")
        return [
            *(
                [f"ansible-playbook ended with status {process.returncode}:\n{output[-4000:]}"]
                if process.returncode
                else []
            ),
            *differs("created tokens", run.mints(), 1),
            *differs("valid tokens", len(run.live_tokens()), 0 if with_callback else 1),
            *differs("lines about revoked tokens", messages, 1 if with_callback else 0),
            *differs("remaining files", run.files_left(), []),
        ]


def under_ansible_runner(with_callback: bool) -> list[str]:
    """The same with ansible-runner, as in jobs of Automation Platform."""
    with running(with_callback) as run:
        private = run.home / "runner"
        for path, text in {
            "project/everywhere.yml": Path("everywhere.yml").read_text(encoding="utf-8"),
            "project/templates/token.j2": Path("templates/token.j2").read_text(encoding="utf-8"),
            "inventory/hosts": (run.home / "inventory").read_text(encoding="utf-8"),
        }.items():
            (private / path).parent.mkdir(parents=True, exist_ok=True)
            (private / path).write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "ansible_runner", "run", str(private), "-p", "everywhere.yml", "--ident", "it"]
        done = subprocess.run(command, env=run.environment, capture_output=True, text=True, check=False)
        return [
            *(
                [f"ansible-runner ended with status {done.returncode}:\n{done.stdout[-4000:]}"]
                if done.returncode
                else []
            ),
            *differs("created tokens", run.mints(), 1),
            *differs("valid tokens", len(run.live_tokens()), 0 if with_callback else 1),
            *differs("lines about revoked tokens", done.stdout.count("Revoked 1 installation"), int(with_callback)),
            *differs("remaining files", run.files_left(), []),
        ]


def wrong_clock(with_callback: bool) -> list[str]:
    """With a clock that is wrong by 50 minutes, one worker warns, and all workers use the server's clock."""
    problems = []
    for seconds in (-3000, 3000):
        with running(with_callback) as run:
            run.server.clock_offset = seconds
            process = run.start("everywhere.yml")
            output = process.communicate(timeout=TIME_LIMIT)[0]
            refused = sum(entry["status"] == 401 for entry in run.server.log)
            problems += [
                *(
                    [f"ansible-playbook ended with status {process.returncode}:\n{output[-4000:]}"]
                    if process.returncode
                    else []
                ),
                *differs("created tokens", run.mints(), 1),
                *differs("rejected requests", refused, 1),
                *differs("warnings", output.count("The clock of this machine is"), 1),
            ]
    return problems


def ended(with_callback: bool, number: signal.Signals) -> list[str]:
    """A signal ends a run while its tasks wait."""
    is_orderly = number == signal.SIGINT
    with running(with_callback) as run:
        process = run.start("waits.yml")
        deadline = time.monotonic() + TIME_LIMIT
        while len(list(run.home.glob("ready-*"))) < FORKS and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        secrets = [token.encode() for token in run.live_tokens()]
        secrets += [
            line for line in (run.home / "hubops-demo.private-key.pem").read_bytes().splitlines() if len(line) > 40
        ]
        if is_orderly:
            os.killpg(process.pid, number)  # like a terminal
        else:
            process.send_signal(number)
        process.wait(TIME_LIMIT)
        if not is_orderly:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # workers without a parent
        output = process.stdout.read() if process.stdout else ""
        left = run.files_left()
        return [
            *differs("created tokens", run.mints(), 1),
            *differs("valid tokens", len(run.live_tokens()), 0 if with_callback and is_orderly else 1),
            *differs(
                "lines about revoked tokens",
                output.count("Revoked 1 installation token"),
                int(with_callback and is_orderly),
            ),
            *differs(
                "remaining files",
                [path.name for path in left] if is_orderly else bool(left),
                [] if is_orderly else True,
            ),
            *(f"{path.name} shows a secret" for path in left for secret in secrets if secret in path.read_bytes()),
            *(
                f"{path.name} is readable by others"
                for path in left
                if path.parent.name == "hubops_github_apps" and path.stat().st_mode & 0o077
            ),
        ]


def differs(what: str, found: object, expected: object) -> list[str]:
    return [] if found == expected else [f"{what}: {found} instead of {expected}"]


def main() -> int:
    status = 0
    for with_callback in (False, True):
        checks = {
            "many hosts": lambda with_callback=with_callback: many_hosts(with_callback),
            "wrong clock": lambda with_callback=with_callback: wrong_clock(with_callback),
            "ansible-runner": lambda with_callback=with_callback: under_ansible_runner(with_callback),
        }
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            checks[number.name] = lambda with_callback=with_callback, number=number: ended(with_callback, number)
        for name, check in checks.items():
            problems = check()
            print(f"{'FAIL' if problems else 'ok  '} {name}{' with the callback' if with_callback else ''}", flush=True)
            print("".join(f"{problem}\n" for problem in problems), end="", flush=True)
            status |= bool(problems)
    return status


if __name__ == "__main__":
    sys.exit(main())
