#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run every module and plugin, with success and with every failure, at full verbosity, and search for secrets.

One job runs everything, the way AWX runs jobs. Each failure is a host with its own servers. Then all files and output of
the job are searched. A second job prints each secret in each place on purpose, to prove that the search finds it.
"""

from __future__ import annotations

import re
import sys
import tempfile
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jobs import HERE, Job, found_in, needles, report, run_job, secrets_of
from scenarios import FAILURES, PASSPHRASE, SCENARIOS, SECRETS, encrypted, prepared, prepared_failure

from github_standin import StandIn

SUCCESS = "success"
# Scenarios that change or revoke tokens and installations run last, in this order.
ENDS = (
    "access",
    "add",
    "remove",
    "exact",
    "reset",
    "delete",
    "grant",
    "authorize",
    "authorizations",
    "deauthorize",
    "access via an enterprise",
    "suspend on an enterprise",
    "suspend",
    "uninstall",
)
ORDER = (*(name for name in SCENARIOS if name not in ENDS), *ENDS)
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMDAxIn0.c2lnbmF0dXJl"
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
if find_spec("ansible.module_utils.secrets"):  # ansible-core 2.22 and newer mask registered secrets
    LOOKUPS["lookup that is printed"] = {"ansible.builtin.debug": {"msg": "{{ " + LOOKUP % "'octo-org'" + " }}"}}
    LOOKUPS["lookup in a fact"] = {
        "ansible.builtin.set_fact": {"details": "{{ " + LOOKUP % "'octo-org', wantdetails=true" + " }}"}
    }

# Inventory sources are read before the first task, with success and with each failure of this scenario.
LISTING = "app_info"
INVENTORY = {
    "name": "The installations as an inventory",
    "hosts": "github_installations",
    "gather_facts": False,
    "tasks": [{"name": "inventory", "ansible.builtin.debug": {"var": "hostvars[inventory_hostname]"}}],
}

CONTROL = [
    {"ansible.builtin.debug": {"msg": "{{ secrets }}"}},
    {"ansible.builtin.set_fact": {"leaked": "{{ secrets }}", "cacheable": True}},
    {"ansible.builtin.copy": {"content": "{{ secrets | to_json }}", "dest": "{{ lookup('env', 'TMPDIR') }}/leaked"}},
    {"ansible.builtin.copy": {"content": "{{ secrets | to_json }}", "dest": "{{ lookup('env', 'HOME') }}/leaked"}},
    {"ansible.builtin.command": {"argv": ["sh", "-c", "sleep 1; exit 0", "{{ secrets['a token'] }}"]}},
]


def task_for(name: str) -> dict[str, Any]:
    """Return a task that runs a scenario with the parameters of its host."""
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
    """Run all scenarios with all failures, and return the problems.

    :param is_brief: run each failure only with its own scenario.
    """
    by_release: dict[str, list[str]] = {}
    for name in ORDER:
        by_release.setdefault(SCENARIOS[name].release, []).append(name)
    secrets = {"passphrase": PASSPHRASE}
    hosts: dict[str, dict[str, Any]] = {}
    sources: dict[str, dict[str, Any]] = {}
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
                if LISTING in names and (failure == SUCCESS or described == LISTING):
                    sources[name] = p[LISTING]
                hosts.setdefault(group(release), {})[name] = {"p": p}
                for params in p.values():
                    secrets.update(
                        {f"{option} of {name}": str(params[option]) for option in SECRETS if params.get(option)}
                    )
        inventory = {
            "all": {
                "vars": HERE,
                "children": {name: {"hosts": members} for name, members in hosts.items()},
            }
        }
        plays = [INVENTORY, *(play_for(release, names) for release, names in by_release.items())]
        job = run_job(Path(directory), plays, inventory, running, sources=sources)
        for server in running:
            secrets.update(secrets_of(server))
        secrets.update({f"token {token[:12]}": token for token in job.tokens})
        results = job.results()
        problems = [*job.problems, *untrue(results, hosts), *unread(job, sources)]
        problems += [f"{name} is shown in {place}" for place, name in sorted(found_in(job, secrets))]
    report("no secret is shown", problems)
    print(
        f"      {len(results)} results of {len(ORDER)} tasks with modules and {len(LOOKUPS)} with lookups, with success and"
        f" {len(FAILURES)} failures; {job.extent()} searched for {len(needles(secrets))} secrets"
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
    """Find tasks without a result, without success, or without the cause of their failure."""
    results = [event for event in results if event["event_data"]["task"] != "inventory"]
    tasks = [name for members in hosts.values() for own in members.values() for name in own["p"]]
    wanted = sum(len(LOOKUPS) if name == "lookup" else 1 for name in tasks)
    problems = [f"{len(results)} of {wanted} results are missing or extra"] if len(results) != wanted else []
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


def unread(job: Job, sources: dict[str, Any]) -> list[str]:
    """Find inventory sources that were not read, or that were read although their server fails."""
    # Ansible wraps its warnings, even in the middle of a path.
    text = re.sub(r"\x1b\[[0-9;]*m|\s", "", b"".join(job.places["standard output"]).decode())
    failed = set(re.findall(r"Unabletoparse[\w./-]*?/(\w+)_github_installations\.ymlasaninventory", text))
    wanted = {name for name in sources if not name.startswith(SUCCESS)}
    problems = [f"the inventory source of {name} was read" for name in sorted(wanted - failed)]
    problems += [f"the inventory source of {name} was not read" for name in sorted(failed - wanted)]
    if not any(event["event_data"]["task"] == "inventory" for event in job.results()):
        problems.append("no host of an inventory source ran a task")
    return problems


def control() -> list[str]:
    """Print secrets on purpose in all places."""
    with tempfile.TemporaryDirectory() as directory, StandIn() as server:
        secrets = {
            "a token": "ghs_shownonpurposeatoken",
            "a key": server.private_key("hubops-demo"),
            "a passphrase": PASSPHRASE,
            "a JWT": JWT,
            "a client secret": "standin-oauth-secret",
        }
        inventory = {"all": {"hosts": {"here": {**HERE, "secrets": secrets}}}}
        job = run_job(Path(directory), [{"hosts": "all", "gather_facts": False, "tasks": CONTROL}], inventory, [server])
        found = found_in(job, secrets)
    everywhere = ("standard output", "job events", "other artifacts", "fact cache", "stream of the worker", "log")
    everywhere += ("temporary files", "home directory")
    wanted = {(place, name) for place in everywhere for name in secrets} | {("process list", "a token")}
    problems = [*job.problems, *(f"{name} was not found in {place}" for place, name in sorted(wanted - found))]
    report("the search finds shown secrets", problems)
    print(f"      {len(wanted)} secrets shown on purpose, in {len(everywhere) + 1} places")
    return problems


if __name__ == "__main__":
    sys.exit(bool(control() + everything("--brief" in sys.argv[1:])))
