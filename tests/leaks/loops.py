#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Create tokens in loops, with callbacks that receive every event.

After a loop, Ansible passes the results of all items to callbacks again. Before ansible-core 2.19, they are not
censored unless the task has `no_log`. A second job prints an item on purpose, with a `loop_control.label` that hides
nothing, to prove that the search finds it.
"""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jobs import HERE, TESTS, Job, found_in, needles, report, run_job, secrets_of
from leaks import task_for
from scenarios import SCENARIOS, prepared

from awx_standin.runner import SENT
from github_standin import StandIn

TOKENS = ("mint", "mint on an old server", "reset", "authorize")
OPTIONS = {"mint": {"cache": False}, "mint on an old server": {"cache": False}}
CALLBACKS = "dump_events,ansible.builtin.junit,hubops.github_apps.revoke_tokens"
OWNERS = ["octo-org", "acme"]
USE = [{"name": "Use the token", "ansible.builtin.assert": {"that": "installation_token is string"}}]


def creating(name: str, is_censored: bool) -> list[dict[str, Any]]:
    """Return tasks that create tokens in a loop, use them in the documented ways, and have an item that fails."""
    task = task_for(name)
    module = next(key for key in task if key.startswith("hubops."))
    task[module].update(OPTIONS.get(name, {}))
    return [
        {
            **task,
            "loop": [1, 2],
            "loop_control": {"label": "{{ item }}"},
            "register": "created",
            **({"no_log": True} if is_censored else {}),
        },
        {
            "name": "Loop over numbers",
            "ansible.builtin.assert": {"that": "created.results[item].token is string"},
            "when": "created.results[item].token is defined",
            "loop": "{{ range(created.results | length) | list }}",
        },
        {
            "name": "Loop over results",
            "ansible.builtin.assert": {"that": "item.token is string"},
            "when": "item.token is defined",
            "loop": "{{ created.results }}",
            "no_log": True,
        },
        {
            "name": "Assert that tokens were created",
            "ansible.builtin.assert": {"that": "created.results | selectattr('token', 'defined') | length > 0"},
        },
        {
            "name": "Create tokens with an item that fails",
            module: {**task[module], **({"organization": "{{ item }}"} if "mint" in name else {})},
            "loop": ["octo-org", "nobody-here"],
            "register": "created",
            "ignore_errors": True,
        },
    ]


def roles() -> list[dict[str, Any]]:
    """Use the roles that create tokens in loops."""
    return [
        {
            "name": "Work with a token of each owner",
            "ansible.builtin.include_role": {"name": "hubops.github_apps.installation_token"},
            "vars": {"installation_token_organization": "{{ item }}", "installation_token_tasks": "{{ use }}"},
            "loop": OWNERS,
        },
        {
            "name": "Check out from two owners",
            "ansible.builtin.include_role": {"name": "hubops.github_apps.git_checkout"},
            "vars": {
                "git_checkout_repositories": [
                    {
                        "repository": f"{owner}/{name}",
                        "dest": f"{{{{ directory }}}}/{{{{ item }}}}/{name}",
                        "version": "main",
                    }
                    for owner, name in (("octo-org", "hello-world"), ("acme", "anvil"))
                ],
            },
            "loop": ["one", "two"],
        },
        {
            "name": "Audit the app, and push the report and the history",
            "ansible.builtin.include_role": {"name": "hubops.github_apps.app_audit"},
            "vars": {
                "app_audit_push_repository": "octo-org/hello-world",
                "app_audit_history_path": "{{ directory }}/{{ item }}.json",
            },
            "loop": ["first", "second"],
        },
        {
            "name": "Record the report and the history as artifacts",
            "ansible.builtin.set_stats": {
                "data": {"audit": "{{ app_audit_result }}", "history": "{{ app_audit_history }}"}
            },
        },
    ]


def printed() -> list[dict[str, Any]]:
    """Return tasks with a common mistake: results in a loop without no_log."""
    return [
        {**creating("mint", False)[0]},
        {
            "name": "Loop over results",
            "ansible.builtin.assert": {"that": "item.token is string"},
            "loop": "{{ created.results }}",
            "loop_control": {"label": "{{ item.account | default('hidden') }}"},
        },
    ]


def run(directory: Path, names: dict[str, list[dict[str, Any]]]) -> tuple[Job, dict[str, str]]:
    """Run each list of tasks on its own server. Its name starts with the scenario.

    :returns: the job and all secrets of the servers.
    """
    secrets: dict[str, str] = {}
    hosts: dict[str, Any] = {}
    plays = []
    (directory / SENT / "project/callback_plugins").mkdir(parents=True)
    callback = "callback_plugins/dump_events.py"
    (directory / SENT / "project" / callback).write_text((TESTS / "leaks" / callback).read_text(encoding="utf-8"))
    with ExitStack() as servers:
        running = []
        for name, tasks in names.items():
            scenario = SCENARIOS[name.split(":")[0]]
            server = servers.enter_context(StandIn(profile=scenario.release))
            running.append(server)
            host = f"host{len(hosts)}"
            own = directory / host
            own.mkdir()
            (own / "use.json").write_text(json.dumps(USE), encoding="utf-8")
            app = prepared(SCENARIOS["mint"], server, own)
            hosts[host] = {
                "p": {name.split(":")[0]: prepared(scenario, server, own)},
                "app": {option: app[option] for option in ("api_url", "server_version", "app_id", "private_key")},
                "use": str(own / "use.json"),
                "directory": str(own),
            }
            defaults = {"group/hubops.github_apps.github_apps": "{{ app }}"} if "roles" in name else {}
            plays.append(
                {"name": name, "hosts": host, "gather_facts": False, "module_defaults": defaults, "tasks": tasks}
            )
        job = run_job(
            directory,
            plays,
            {"all": {"vars": HERE, "hosts": hosts}},
            running,
            {
                "ANSIBLE_CALLBACKS_ENABLED": CALLBACKS,
                "DUMP_EVENTS": str(directory / "tmp/events"),
                "JUNIT_OUTPUT_DIR": str(directory / "tmp/junit"),
            },
        )
        for server in running:
            secrets.update(secrets_of(server))
    secrets.update({f"token {token[:12]}": token for token in job.tokens})
    return job, secrets


def loops() -> list[str]:
    """Create tokens in loops, and return where one is shown."""
    names = {
        f"{name}: no_log {is_censored}": creating(name, is_censored) for name in TOKENS for is_censored in (False, True)
    }
    names["mint: roles"] = roles()
    with tempfile.TemporaryDirectory() as directory:
        job, secrets = run(Path(directory), names)
        problems = [*job.problems, *silent(Path(directory))]
        problems += [f"{name} is shown in {place}" for place, name in sorted(found_in(job, secrets))]
    report("loops show no token and pass none to callbacks", problems)
    print(f"      {len(names)} plays; {job.extent()} searched for {len(needles(secrets))} secrets")
    return problems


def silent(directory: Path) -> list[str]:
    """Return the callbacks that wrote nothing."""
    places = {"dump_events": directory / "tmp/events", "junit": directory / "tmp/junit"}
    return [f"{name} wrote nothing" for name, path in places.items() if not path.exists()]


def control() -> list[str]:
    """Loop over results with only a label. Anyone who can read events sees the items."""
    with tempfile.TemporaryDirectory() as directory:
        job, secrets = run(Path(directory), {"mint: printed": printed()})
        found = found_in(job, secrets)
        problems = [*job.problems, *silent(Path(directory))]
    is_masked = find_spec("ansible.module_utils.secrets")  # ansible-core 2.22 and newer
    wanted = set() if is_masked else {"job events", "standard output", "temporary files"}
    places = {place for place, name in found if name.startswith("token")}
    problems += [f"no token was found in {place}" for place in sorted(wanted - places)]
    report("the search finds an item with a label", problems)
    return problems


if __name__ == "__main__":
    sys.exit(bool(control() + loops()))
