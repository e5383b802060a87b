# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run jobs like AWX, with `ansible-runner transmit | worker | process`, and search all their output for secrets.

Jobs use `-vvvv --diff`, a fact cache, a log and the callback. The process list is monitored during the whole job.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import yaml

TESTS = Path(__file__).parents[1]
COLLECTIONS = TESTS.parents[3]
sys.path[:0] = [str(COLLECTIONS), *(str(TESTS / name) for name in ("standin", "awx_standin", "unit"))]

from scenarios import secret_lines

from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import basic
from awx_standin.runner import CONTROLLER, ERRORS, SENT, STREAM, Run
from github_standin import StandIn

FORKS = "20"
TIME_LIMIT = 1800
IDENT = "leaks"
HERE = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
SHAPES = re.compile(rb"eyJ[\w-]{8,}\.eyJ[\w-]{4,}|gh[opusr]_\w{16,}|v1\.[0-9a-f]{40}")


class Job(NamedTuple):
    """:param places: searched places and their contents. :param tokens: all tokens that existed during the job."""

    directory: Path
    places: dict[str, list[bytes]]
    problems: list[str]
    tokens: set[str]

    def events(self) -> Iterator[dict[str, Any]]:
        for path in (self.directory / CONTROLLER / "artifacts" / IDENT / "job_events").glob("*.json"):
            yield json.loads(path.read_text(encoding="utf-8"))

    def results(self) -> list[dict[str, Any]]:
        return [event for event in self.events() if event["event"] in ("runner_on_ok", "runner_on_failed")]

    def extent(self) -> str:
        """Return the amount of data that was searched."""
        size = sum(len(text) for texts in self.places.values() for text in texts)
        return f"{sum(map(len, self.places.values()))} texts of {size / 1e6:.0f} MB"


def secrets_of(server: StandIn) -> dict[str, str]:
    """Return all secrets of this server and its users, by description."""
    state = server.state
    secrets = {f"token {value[:12]}": value for value in (*state.installation_tokens, *state.user_tokens)}
    apps = [*state.apps.values(), *(manifest.app for manifest in state.manifests.values())]
    for app in apps:
        secrets[f"key of {app.slug}"] = app.private_key or ""
        secrets[f"client secret of {app.slug}"] = app.client_secret or ""
        secrets[f"webhook secret of {app.slug}"] = app.webhook_secret or ""
    for client in state.clients.values():
        secrets[f"client secret of {client.client_id}"] = client.client_secret or ""
        secrets[f"basic {client.client_id}"] = basic(client.client_id, client.client_secret or "")
    for account in state.accounts.values():
        secrets[f"password of {account.login}"] = account.password or ""
        secrets[f"basic {account.login}"] = basic(account.login, account.password or "")
    secrets.update({f"manifest code of {item.app.slug}": item.code for item in state.manifests.values()})
    return secrets


def needles(secrets: dict[str, str]) -> dict[bytes, str]:
    """Return the byte strings to search for, plain and as in JSON, with their descriptions."""
    found = {}
    for name, secret in secrets.items():
        for line in secret_lines(secret):
            found[line.encode()] = name
            found[json.dumps(line)[1:-1].encode()] = name
    return found


class Watch(threading.Thread):
    """Collect temporary data: command lines of processes whose environment contains a directory, the contents of the
    run's cache, and the existing tokens.
    """

    def __init__(self, directory: Path, servers: list[StandIn]) -> None:
        super().__init__(daemon=True)
        self.directory = directory
        self.servers = servers
        self.seen: set[bytes] = set()
        self.cached: dict[str, bytes] = {}
        self.tokens: set[str] = set()
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(0.03):
            for process in Path("/proc").glob("[0-9]*"):
                with suppress(OSError):
                    if str(self.directory).encode() in (process / "environ").read_bytes():
                        self.seen.add((process / "cmdline").read_bytes())
            for path in (self.directory / "tmp/local").glob("*/hubops_github_apps/*"):
                with suppress(OSError):
                    self.cached[path.name] = path.read_bytes()
            for server in self.servers:
                self.tokens.update(tuple(server.state.user_tokens), tuple(server.state.installation_tokens))

    def __enter__(self) -> Watch:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self.join()


def run_job(
    directory: Path,
    plays: list[dict[str, Any]],
    inventory: dict[str, Any],
    servers: list[StandIn],
    variables: Mapping[str, str] | None = None,
    sources: Mapping[str, Mapping[str, Any]] | None = None,
) -> Job:
    """Run the plays like AWX, and collect everything that users and programs can see.

    :param variables: of the job's environment. Files of credentials must already be in `directory` / SENT / env.
    :param sources: options of inventory sources, by their names.
    """
    project = directory / SENT
    for path, content in {
        **{
            f"inventory/{name}_github_installations.yml": {"plugin": "hubops.github_apps.installations", **options}
            for name, options in (sources or {}).items()
        },
        "env/envvars": dict(variables or {}),
        "project/site.yml": plays,
        "inventory/hosts.yml": inventory,
        "env/settings": {"fact_cache": "fact_cache", "fact_cache_type": "jsonfile"},
    }.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(yaml.safe_dump(content), encoding="utf-8")
    (project / "env/cmdline").write_text(f"-vvvv --diff --forks {FORKS}", encoding="utf-8")
    for name in ("home", "tmp"):
        (directory / name).mkdir()
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
        "HOME": str(directory / "home"),
        "TMPDIR": str(directory / "tmp"),
        "ANSIBLE_LOCAL_TEMP": str(directory / "tmp/local"),
        "ANSIBLE_REMOTE_TMP": str(directory / "tmp/remote"),
        "ANSIBLE_LOG_PATH": str(directory / "log"),
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_CALLBACKS_ENABLED": "hubops.github_apps.revoke_tokens",
    }
    run = Run(directory, "site.yml", IDENT, environment, TIME_LIMIT)
    with Watch(directory, servers) as watch:
        processed = run.run()
    artifacts = run.artifacts
    problems = []
    if (artifacts / "rc").read_text(encoding="utf-8") != "0":
        problems.append(f"the job failed:\n{(artifacts / 'stdout').read_text(encoding='utf-8')[-6000:]}")
    places = {
        "standard output": [processed.stdout, (artifacts / "stdout").read_bytes()],
        "standard error": [processed.stderr, (directory / ERRORS).read_bytes()],
        "job events": [path.read_bytes() for path in (artifacts / "job_events").iterdir()],
        "other artifacts": contents(
            path for path in artifacts.iterdir() if path.name not in ("job_events", "fact_cache")
        ),
        "fact cache": contents([artifacts / "fact_cache"]),
        "stream of the worker": [(directory / STREAM).read_bytes()],
        "log": [(directory / "log").read_bytes()],
        "temporary files": contents([directory / "tmp"]),
        "home directory": contents([directory / "home"]),
        "the run's cache": list(watch.cached.values()),
        "process list": list(watch.seen),
    }
    return Job(directory, places, problems, watch.tokens)


def contents(paths: Iterable[Path]) -> list[bytes]:
    """Return the contents of these files, and of all files in these directories."""
    files = [file for path in paths for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file()]
    return [file.read_bytes() for file in files]


def found_in(job: Job, secrets: dict[str, str]) -> set[tuple[str, str]]:
    """Return which secrets are in which places."""
    searched = needles(secrets)
    found = set()
    for place, texts in job.places.items():
        text = b"\0".join(texts)
        found |= {(place, name) for needle, name in searched.items() if needle in text}
        found |= {(place, f"something like {shape[:8]!r}") for shape in SHAPES.findall(text)}
    return found


def report(name: str, problems: list[str]) -> None:
    print(f"{'FAIL  ' if problems else 'ok    '}{name} (ansible-core {version('ansible-core')})", flush=True)
    for problem in problems[:50]:
        print(f"      {problem}", flush=True)
