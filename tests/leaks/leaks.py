#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module and plugin, in success and in every failure, as loud as Ansible can be: is a secret seen anywhere?

One job does it all, the way AWX runs jobs: `ansible-runner transmit | worker | process`, with `-vvvv --diff`, a fact cache and
a log. Each failure is a host with servers of its own. Then all that the job left is searched, and the process list, which
was watched all the time. A second job shows each secret on purpose, in each place: the search has to find it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import yaml

TESTS = Path(__file__).parents[1]
COLLECTIONS = TESTS.parents[3]
sys.path[:0] = [str(COLLECTIONS), str(TESTS / "standin"), str(TESTS / "unit")]

from scenarios import FAILURES, PASSPHRASE, SCENARIOS, SECRETS, encrypted, prepared, prepared_failure, secret_lines

from ansible_collections.hubops.github_apps.plugins.module_utils._auth import basic
from github_standin import StandIn

SUCCESS = "success"
FORKS = "20"
TIME_LIMIT = 1800
IDENT = "leaks"
# What ends the life of things comes last; of one account nothing is used after it is suspended.
ORDER = (
    *("app_info", "installations", "repositories", "mint", "keep", "add", "remove", "exact", "manifest", "check"),
    *("reset", "delete", "grant", "mint on an old server", "authorize", "authorizations", "deauthorize", "attach"),
    *("suspend", "uninstall"),
)
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMDAxIn0.c2lnbmF0dXJl"
SHAPES = re.compile(rb"eyJ[\w-]{8,}\.eyJ[\w-]{4,}|gh[opusr]_\w{16,}|v1\.[0-9a-f]{40}")
LOOKUP = "lookup('hubops.github_apps.github_installation_token', %s, **p.lookup)"

LOOKUPS = {
    "lookup in a condition": {
        "ansible.builtin.debug": {"msg": "seen"},
        "when": ["'lookup' in p", LOOKUP % "'octo-org'" + " is string"],
    },
    "lookup in an assertion": {
        "ansible.builtin.assert": {"that": LOOKUP % "'octo-org', wantdetails=true" + ".token is string"}
    },
    "lookup in a module": {
        "ansible.builtin.uri": {
            "url": "{{ p.lookup.api_url }}/installation/repositories",
            "url_username": "x-access-token",
            "url_password": "{{ " + LOOKUP % "'octo-org', permissions={'contents': 'read'}" + " }}",
            "force_basic_auth": True,
        }
    },
    "lookup of many": {
        "ansible.builtin.debug": {
            "msg": "{{ query('hubops.github_apps.github_installation_token', 'octo-org', 'acme', 'nobody-here',"
            " on_missing='warn', **p.lookup) | length }}"
        },
    },
}
if find_spec("ansible.module_utils.secrets"):  # ansible-core 2.22 and newer mask what they are told is secret
    LOOKUPS["lookup that is printed"] = {"ansible.builtin.debug": {"msg": "{{ " + LOOKUP % "'octo-org'" + " }}"}}
    LOOKUPS["lookup in a fact"] = {
        "ansible.builtin.set_fact": {"details": "{{ " + LOOKUP % "'octo-org', wantdetails=true" + " }}"}
    }

CONTROL = [
    {"ansible.builtin.debug": {"msg": "{{ secrets }}"}},
    {"ansible.builtin.set_fact": {"leaked": "{{ secrets }}", "cacheable": True}},
    {"ansible.builtin.copy": {"content": "{{ secrets | to_json }}", "dest": "{{ lookup('env', 'TMPDIR') }}/leaked"}},
    {"ansible.builtin.copy": {"content": "{{ secrets | to_json }}", "dest": "{{ lookup('env', 'HOME') }}/leaked"}},
    {"ansible.builtin.command": {"argv": ["sh", "-c", "sleep 1; exit 0", "{{ secrets['a token'] }}"]}},
]


class Job(NamedTuple):
    """:param places: where secrets were searched, each with what was seen there. :param tokens: that there were meanwhile."""

    directory: Path
    places: dict[str, list[bytes]]
    problems: list[str]
    tokens: set[str]

    def events(self) -> Iterator[dict[str, Any]]:
        for path in (self.directory / "controller/artifacts" / IDENT / "job_events").glob("*.json"):
            yield json.loads(path.read_text(encoding="utf-8"))


def secrets_of(server: StandIn) -> dict[str, str]:
    """All that this server and its users keep secret, by what it is."""
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
    """What is searched, as it is and as JSON writes it, and what it is."""
    found = {}
    for name, secret in secrets.items():
        for line in secret_lines(secret):
            found[line.encode()] = name
            found[json.dumps(line)[1:-1].encode()] = name
    return found


class Watch(threading.Thread):
    """Collects what is there for a moment only: the command lines of the processes whose environment names a directory, what
    the run's cache holds, and which tokens there are."""

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


def run_job(directory: Path, plays: list[dict[str, Any]], inventory: dict[str, Any], servers: list[StandIn]) -> Job:
    """Runs the plays as AWX would, and collects what people and programs can see of it."""
    project = directory / "sent"
    for path, content in {
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
    runner = [sys.executable, "-m", "ansible_runner"]
    worker, controller = str(directory / "worker"), str(directory / "controller")
    with (
        Watch(directory, servers) as watch,
        (directory / "stream").open("wb") as stream,
        (directory / "errors").open("wb") as errors,
    ):
        transmit = subprocess.Popen(
            [*runner, "transmit", str(project), "-p", "site.yml", "-i", IDENT],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        subprocess.run(
            [*runner, "worker", "--private-data-dir", worker],
            env=environment,
            stdin=transmit.stdout,
            stdout=stream,
            stderr=errors,
            check=True,
            timeout=TIME_LIMIT,
        )
        transmit.wait(TIME_LIMIT)
    with (directory / "stream").open("rb") as stream:
        processed = subprocess.run(
            [*runner, "process", controller, "-i", IDENT],
            env=environment,
            stdin=stream,
            capture_output=True,
            check=False,
            timeout=TIME_LIMIT,
        )
    artifacts = Path(controller) / "artifacts" / IDENT
    problems = []
    if (artifacts / "rc").read_text(encoding="utf-8") != "0":
        problems.append(f"the job failed:\n{(artifacts / 'stdout').read_text(encoding='utf-8')[-3000:]}")
    places = {
        "standard output": [processed.stdout, (artifacts / "stdout").read_bytes()],
        "standard error": [processed.stderr, (directory / "errors").read_bytes()],
        "job events": [path.read_bytes() for path in (artifacts / "job_events").iterdir()],
        "other artifacts": contents(
            path for path in artifacts.iterdir() if path.name not in ("job_events", "fact_cache")
        ),
        "fact cache": contents([artifacts / "fact_cache"]),
        "stream of the worker": [(directory / "stream").read_bytes()],
        "log": [(directory / "log").read_bytes()],
        "temporary files": contents([directory / "tmp"]),
        "home directory": contents([directory / "home"]),
        "the run's cache": list(watch.cached.values()),
        "process list": list(watch.seen),
    }
    return Job(directory, places, problems, watch.tokens)


def contents(paths: Iterable[Path]) -> list[bytes]:
    """What stands in these files, and in the files below these directories."""
    files = [file for path in paths for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file()]
    return [file.read_bytes() for file in files]


def found_in(job: Job, secrets: dict[str, str]) -> set[tuple[str, str]]:
    """Which secrets stand in which places."""
    searched = needles(secrets)
    found = set()
    for place, texts in job.places.items():
        text = b"\0".join(texts)
        found |= {(place, name) for needle, name in searched.items() if needle in text}
        found |= {(place, f"something like {shape[:8]!r}") for shape in SHAPES.findall(text)}
    return found


def task_for(name: str) -> dict[str, Any]:
    """A task that runs a scenario with whatever parameters its host has."""
    scenario = SCENARIOS[name]
    options = {option: f"{{{{ p[{name!r}][{option!r}] | default(omit) }}}}" for option in scenario.code.ARGUMENT_SPEC}
    return {
        "name": name,
        f"hubops.github_apps.{scenario.module}": options,
        "when": f"{name!r} in p",
        "ignore_errors": True,
    }


def play_for(release: str, names: list[str]) -> dict[str, Any]:
    tasks = [task_for(name) for name in names]
    if release == SCENARIOS["mint"].release:
        own = {"when": "'lookup' in p", "ignore_errors": True}
        tasks[:0] = [{"name": name, **own, **task} for name, task in LOOKUPS.items()]
    return {"name": f"On {release}", "hosts": group(release), "gather_facts": False, "tasks": tasks}


def group(release: str) -> str:
    return "on_" + re.sub(r"\W", "_", release)


def host(failure: str, release: str) -> str:
    return re.sub(r"\W+", "_", f"{failure} {release}")


def everything(is_brief: bool) -> list[str]:
    """Runs all scenarios with all failures, and tells what went wrong.

    :param is_brief: whether a failure meets only the scenario that it is described with.
    """
    assert sorted(ORDER) == sorted(SCENARIOS)
    by_release: dict[str, list[str]] = {}
    for name in ORDER:
        by_release.setdefault(SCENARIOS[name].release, []).append(name)
    secrets = {"passphrase": PASSPHRASE}
    hosts: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as directory, ExitStack() as servers:
        running = []
        for failure in (SUCCESS, *FAILURES):
            for release, names in by_release.items():
                described = FAILURES[failure].scenario if failure != SUCCESS else ""
                is_described = described in names
                if is_brief and failure != SUCCESS:
                    names = [described] if is_described else []
                if not names:
                    continue
                profile = FAILURES[failure].release if is_described else ""
                server = servers.enter_context(StandIn(profile=profile or release))
                running.append(server)
                name = host(failure, release)
                own = Path(directory) / "files" / name
                own.mkdir(parents=True)
                p = {each: parameters(failure, each, server, own) for each in names}
                if {"app_info", "mint"} & set(names):
                    app = parameters(failure, "app_info", server, own)
                    options = (
                        "api_url",
                        "server_version",
                        "app_id",
                        "client_id",
                        "private_key",
                        "private_key_passphrase",
                    )
                    p["lookup"] = {option: app[option] for option in options if app.get(option)}
                hosts.setdefault(group(release), {})[name] = {"p": p}
                for params in p.values():
                    secrets.update(
                        {f"{option} of {name}": str(params[option]) for option in SECRETS if params.get(option)}
                    )
        inventory = {
            "all": {
                "vars": {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"},
                "children": {name: {"hosts": members} for name, members in hosts.items()},
            }
        }
        plays = [play_for(release, names) for release, names in by_release.items()]
        job = run_job(Path(directory), plays, inventory, running)
        for server in running:
            secrets.update(secrets_of(server))
        secrets.update({f"token {token[:12]}": token for token in job.tokens})
        results = [event for event in job.events() if event["event"] in ("runner_on_ok", "runner_on_failed")]
        problems = [*job.problems, *untrue(results, hosts)]
        problems += [f"{name} is shown in {place}" for place, name in sorted(found_in(job, secrets))]
        size = sum(len(text) for texts in job.places.values() for text in texts)
        files = sum(len(texts) for texts in job.places.values())
    report("a secret is shown nowhere", problems)
    print(
        f"      {len(results)} results of {len(ORDER)} modules' jobs and {len(LOOKUPS)} of the lookup's with success and"
        f" {len(FAILURES)} failures; {files} texts of {size / 1e6:.0f} MB searched for {len(needles(secrets))} secrets"
    )
    return problems


def parameters(failure: str, name: str, server: StandIn, directory: Path) -> dict[str, Any]:
    scenario = SCENARIOS[name]
    if failure != SUCCESS:
        return prepared_failure(failure, scenario, server, directory)
    params = prepared(scenario, server, directory)
    if "private_key" in params:
        params.update(private_key=encrypted(params["private_key"], PASSPHRASE), private_key_passphrase=PASSPHRASE)
    return params


def untrue(results: list[dict[str, Any]], hosts: dict[str, Any]) -> list[str]:
    """Tasks that did not end as they had to: with success, with the failure's cause, or at all."""
    tasks = [name for members in hosts.values() for own in members.values() for name in own["p"]]
    wanted = sum(len(LOOKUPS) if name == "lookup" else 1 for name in tasks)
    problems = [f"{len(results)} of {wanted} results came"] if len(results) != wanted else []
    ended = {(event["event_data"]["host"], event["event_data"]["task"]): event for event in results}
    for (where, task), event in ended.items():
        if where.startswith(SUCCESS) and event["event"] == "runner_on_failed":
            problems.append(f"{task} failed: {event['event_data']['res'].get('msg')}")
    for name, failure in FAILURES.items():
        event = ended.get((host(name, SCENARIOS[failure.scenario].release), failure.scenario))
        cause = event["event_data"]["res"].get("cause") if event else "no result"
        if cause != failure.cause:
            problems.append(f"{name}: the cause of {failure.scenario} is {cause}, not {failure.cause}")
    return problems


def control() -> list[str]:
    """Shows secrets on purpose, everywhere."""
    with tempfile.TemporaryDirectory() as directory, StandIn() as server:
        secrets = {
            "a token": "ghs_shownonpurposeatoken",
            "a key": server.private_key("hubops-demo"),
            "a passphrase": PASSPHRASE,
            "a JWT": JWT,
            "a client secret": "standin-oauth-secret",
        }
        variables = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        inventory = {"all": {"hosts": {"here": {**variables, "secrets": secrets}}}}
        job = run_job(Path(directory), [{"hosts": "all", "gather_facts": False, "tasks": CONTROL}], inventory, [server])
        found = found_in(job, secrets)
    everywhere = ("standard output", "job events", "other artifacts", "fact cache", "stream of the worker", "log")
    everywhere += ("temporary files", "home directory")
    wanted = {(place, name) for place in everywhere for name in secrets} | {("process list", "a token")}
    problems = [*job.problems, *(f"{name} was not found in {place}" for place, name in sorted(wanted - found))]
    report("the search finds what is shown", problems)
    print(f"      {len(wanted)} secrets shown on purpose, in {len(everywhere) + 1} places")
    return problems


def report(name: str, problems: list[str]) -> None:
    print(f"{'FAIL  ' if problems else 'ok    '}{name} (ansible-core {version('ansible-core')})", flush=True)
    for problem in problems[:50]:
        print(f"      {problem}", flush=True)


if __name__ == "__main__":
    sys.exit(bool(control() + everything("--brief" in sys.argv[1:])))
