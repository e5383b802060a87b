#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare the performance of this collection with a baseline and with other tools, using the stand-in server.

    bench.py [--rounds N] [--only TITLE] [SCENARIO ...]

Each scenario is a set of variants that do the same work. The variants take turns in each round, so that other load on
the machine affects all of them. The table shows the medians. The stand-in server counts requests and TCP connections.
benchmarks/RESULTS.md explains how to read the table.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Union

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests/standin"))

from github_standin import StandIn

CALLBACK = {"ANSIBLE_CALLBACKS_ENABLED": "hubops.github_apps.revoke_tokens"}
REPOSITORIES = 200
LISTED = 2000

SEED = {
    "accounts": [
        {"login": "octo-org", "id": 101, "admins": ["octo-admin"]},
        {"login": "big-org", "id": 102, "admins": ["octo-admin"]},
        {"login": "octo-admin", "id": 201, "type": "User"},
    ],
    "apps": [
        {"slug": "bench", "id": 1001, "owner": "octo-org", "permissions": {"contents": "read", "metadata": "read"}}
    ],
    "repositories": [
        {"name": "octo-org/first", "id": 5001},
        {"owner": "octo-org", "prefix": "service-", "count": REPOSITORIES, "first_id": 6001},
        {"owner": "big-org", "prefix": "service-", "count": LISTED, "first_id": 10001},
    ],
    "installations": [
        {"id": 2001, "app": "bench", "account": "octo-org", "repositories": ["first"]},
        {"id": 2002, "app": "bench", "account": "big-org", "repository_selection": "all"},
    ],
    "tokens": [
        {
            "name": "admin",
            "token": "standin-pat-classic-bench",
            "user": "octo-admin",
            "kind": "pat_classic",
            "scopes": ["repo"],
        }
    ],
}


class Sample(NamedTuple):
    """The result of one run: its wall time in seconds or its own measurement, and the counts of the stand-in server."""

    value: float
    requests: int
    mints: int
    connections: int
    note: str = ""


class Measured(NamedTuple):
    """What a variant measured itself. :param value: seconds. :param note: shown instead of a comparison."""

    value: float
    note: str


class Variant(NamedTuple):
    """One way to do the work of a scenario.

    :param run: do the work once; return what was measured, or None to measure the wall time of the call.
    :param reset: whether to reset the stand-in server before each run.
    """

    name: str
    run: Callable[[], Union[Measured, float, None]]
    reset: bool = True


class Bench:
    """A stand-in server, and methods to run playbooks against it."""

    def __init__(self, server: StandIn, home: Path) -> None:
        self.server = server
        self.home = home
        self.key = home / "bench.private-key.pem"
        server.write_state_dir(home)

    def measure(self, variants: List[Variant], rounds: int) -> Dict[str, List[Sample]]:
        """Run the variants in turns and return the samples of each."""
        samples: Dict[str, List[Sample]] = {variant.name: [] for variant in variants}
        for _round in range(rounds):
            for variant in variants:
                if variant.reset:
                    self.server.reset()
                self.server.clear_log()
                began = time.perf_counter()
                measured = variant.run()
                wall = time.perf_counter() - began
                log = self.server.log
                mints = sum(entry["path"].endswith("/access_tokens") for entry in log)
                value, note = measured if isinstance(measured, Measured) else (measured, "")
                value = wall if value is None else value
                samples[variant.name].append(Sample(value, len(log), mints, self.server.connections, note))
        return samples

    def play(
        self,
        tasks: str,
        variables: str = "  vars: {}",
        hosts: int = 1,
        forks: int = 5,
        env: Optional[Dict[str, str]] = None,
    ) -> str:
        """Run a playbook on hosts with the local connection, and return its output."""
        inventory, playbook = self.home / "inventory", self.home / "play.yml"
        interpreter = 'ansible_python_interpreter="{{ ansible_playbook_python }}"'
        lines = [f"host{number} ansible_connection=local {interpreter}\n" for number in range(hosts)]
        inventory.write_text("".join(lines), encoding="utf-8")
        playbook.write_text(f"- hosts: all\n  gather_facts: false\n{variables}\n  tasks:\n{tasks}", encoding="utf-8")
        done = subprocess.run(
            ["ansible-playbook", "-i", str(inventory), str(playbook)],
            env={
                **os.environ,
                "ANSIBLE_FORKS": str(forks),
                "ANSIBLE_LOOKUP_PLUGINS": str(HERE / "lookup_plugins"),
                "ANSIBLE_LOCAL_TEMP": str(self.home / "local_tmp"),
                "ANSIBLE_REMOTE_TEMP": str(self.home / "remote_tmp"),
                **(env or {}),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(
                f"ansible-playbook failed with status {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
            )
        return done.stdout

    def ours(self, name: str = "'hubops.github_apps.github_installation_token'") -> str:
        return (
            f"lookup({name}, installation_id=2001, app_id='1001', private_key_path='{self.key}',"
            f" api_url='{self.server.api_url}', server_version='3.19')"
        )

    def peers(self, name: str = "'community.general.github_app_access_token'") -> str:
        return f"lookup({name}, installation_id=2001, app_id='1001', key_path='{self.key}', github_url='{self.server.api_url}')"

    def token(self, expression: str) -> str:
        return f'  vars:\n    token: "{{{{ {expression} }}}}"'


CONSTANT = "'x' * 40"
DEBUG = "    - debug: {msg: '{{ token | length }}'}\n"


def lookup_variants(
    bench: Bench, tasks: str, hosts: int, forks: int, template: str = "", with_callback: bool = True
) -> List[Variant]:
    """The same play with a constant token, with our lookup (without and with the callback), and with the other lookup."""

    def play(expression: str, env: Optional[Dict[str, str]] = None) -> Callable[[], None]:
        variables = bench.token(expression) + template
        return lambda: bench.play(tasks, variables, hosts, forks, env) and None

    variants = [Variant("baseline", play(CONSTANT)), Variant("ours", play(bench.ours()))]
    if with_callback:
        variants.append(Variant("ours, with callback", play(bench.ours(), CALLBACK)))
    return [*variants, Variant("community.general", play(bench.peers()))]


def cold(bench: Bench, table: Table, rounds: int) -> None:
    """(a) The token that the first use of a lookup creates."""
    samples = bench.measure(lookup_variants(bench, DEBUG, 1, 5), rounds)
    table.above_baseline(
        "(a) first token of a run", samples, peer="community.general", targets={"ours": ("of peer", 0.75)}
    )


def hit(bench: Bench, table: Table, rounds: int) -> None:
    """CPU time of a use that finds the token in the cache of the run, including the time to load the plugin."""
    ours, peers = (
        f"'measured', '{name}'"
        for name in ("hubops.github_apps.github_installation_token", "community.general.github_app_access_token")
    )

    def cpu(expression: str, env: Optional[Dict[str, str]] = None) -> float:
        """The median of all uses except the first."""
        tasks = f'    - debug: {{msg: "CPU={{{{ {expression} }}}}"}}\n' * 6
        output = bench.play(tasks, env=env)
        return statistics.median([float(found) for found in re.findall(r"CPU=([\d.]+)", output)][1:])

    variants = [
        Variant("ours", lambda: cpu(bench.ours(ours))),
        Variant("ours, with callback", lambda: cpu(bench.ours(ours), CALLBACK)),
        Variant("community.general (creates a token)", lambda: cpu(bench.peers(peers))),
    ]
    targets = {"ours": ("ms", 8.0), "ours, with callback": ("ms", 3.0)}
    table.values("another use in a worker, CPU time", bench.measure(variants, rounds), "ms", targets)


def hosts(bench: Bench, table: Table, rounds: int) -> None:
    """(b) A token in a play variable, with one debug task for each host."""
    targets = {200: (1.3, 1.15), 500: (1.5, 1.2)}
    for number in (50, 200, 500):
        for forks in (5, 20, 50):
            for latency in (0.0, 0.1):
                title = f"(b) {number} hosts, {forks} forks, {latency * 1000:.0f} ms"
                if not re.search(table.only, title):
                    continue
                bench.server.service.latency = latency
                # One run of the other lookup is enough: it takes up to a minute, and differs clearly from the rest.
                variants = lookup_variants(bench, DEBUG, number, forks)
                samples = bench.measure(variants[:-1], rounds)
                samples.update(bench.measure(variants[-1:], 1 if number > 50 else rounds))
                wanted = targets.get(number)
                table.ratios(
                    title,
                    samples,
                    {"ours": ("x baseline", wanted[0]), "ours, with callback": ("x baseline", wanted[1])}
                    if wanted
                    else {},
                )
    bench.server.service.latency = 0.0


LOOKUPS = {
    "empty": """from ansible.plugins.lookup import LookupBase


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        return ["x" * 40]
""",
    "encrypting": """from ansible.plugins.lookup import LookupBase
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        key = HKDF(SHA256(), 32, salt=None, info=b"bench").derive(b"x" * 32)
        AESGCM(key).encrypt(b"x" * 12, b"x" * 40, None)
        return ["x" * 40]
""",
}


def parts(bench: Bench, table: Table, rounds: int) -> None:
    """CPU time for each host, compared with lookups that only do a part of the work."""
    directory = bench.home / "ansible_collections/bench/parts/plugins/lookup"
    directory.mkdir(parents=True, exist_ok=True)
    for name, source in LOOKUPS.items():
        (directory / f"{name}.py").write_text(source, encoding="utf-8")
    path = os.pathsep.join([os.environ["ANSIBLE_COLLECTIONS_PATH"], str(bench.home)])
    number = 200

    def cpu(expression: str) -> Callable[[], float]:
        def run() -> float:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            bench.play(DEBUG, bench.token(expression), number, 20, {"ANSIBLE_COLLECTIONS_PATH": path})
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000 / number

        return run

    variants = [
        Variant("baseline", cpu(CONSTANT)),
        Variant("an empty lookup of a collection", cpu("lookup('bench.parts.empty')")),
        Variant("one that only encrypts with AES-GCM", cpu("lookup('bench.parts.encrypting')")),
        Variant("ours", cpu(bench.ours())),
    ]
    table.values("CPU time of a host, 200 hosts, 20 forks", bench.measure(variants, rounds), "ms", {})


def places(bench: Bench, table: Table, rounds: int) -> None:
    """(c) A token in ten tasks, and in other places."""
    command = "    - command: sh -c 'cat > /dev/null'\n" * 10
    environment = '\n  environment: {TOKEN: "{{ token }}"}'
    defaults = '\n  module_defaults: {command: {stdin: "{{ token }}"}}'
    targets = {"ours": ("x baseline", 1.4), "ours, with callback": ("x baseline", 1.2)}
    for title, tasks, number, where, latency in (
        ("(c) 50 hosts x 10 tasks, 5 forks, 100 ms", DEBUG * 10, 50, "", 0.1),
        ("(c) environment, 5 hosts x 10 commands", command, 5, environment, 0.0),
        ("(c) module_defaults, 5 hosts x 10 commands", command, 5, defaults, 0.0),
    ):
        if re.search(table.only, title):
            bench.server.service.latency = latency
            samples = bench.measure(lookup_variants(bench, tasks, number, 5, where), rounds)
            table.ratios(title, samples, targets if latency else {})
    bench.server.service.latency = 0.0


def repositories(bench: Bench, table: Table, rounds: int) -> None:
    """(d) Add 200 repositories to an installation, and run the same task again."""
    api, admin = bench.server.api_url, "standin-pat-classic-bench"
    module = f"""
    - hubops.github_apps.github_installation_repo:
        api_url: {api}
        server_version: '3.19'
        app_id: '1001'
        private_key_path: {bench.key}
        token: {admin}
        organization: octo-org
        repository_ids: "{{{{ range(6001, 6001 + {REPOSITORIES}) | list }}}}"
        concurrency: CONCURRENCY
"""
    blind = f"""
    - uri:
        url: {api}/user/installations/2001/repositories/{{{{ item }}}}
        method: PUT
        status_code: 204
        headers: {{Authorization: Bearer {admin}}}
      loop: "{{{{ range(6001, 6001 + {REPOSITORIES}) | list }}}}"
"""
    listed = f"""
    - uri:
        url: {api}/user/installations/2001/repositories?per_page=100&page={{{{ item }}}}
        headers: {{Authorization: Bearer {admin}}}
      loop: [1, 2, 3]
      register: pages
    - uri:
        url: {api}/user/installations/2001/repositories/{{{{ item }}}}
        method: PUT
        status_code: 204
        headers: {{Authorization: Bearer {admin}}}
      loop: "{{{{ range(6001, 6001 + {REPOSITORIES}) | difference(pages.results | map(attribute='json.repositories') | flatten | map(attribute='id')) }}}}"
"""
    serial, four = (module.replace("CONCURRENCY", number) for number in ("1", "4"))
    first = [
        Variant("empty play", lambda: bench.play(DEBUG, bench.token(CONSTANT)) and None),
        Variant("ours", lambda: bench.play(serial) and None),
        Variant("ours, concurrency: 4", lambda: bench.play(four) and None),
    ]
    samples = bench.measure(first, rounds)
    samples.update(bench.measure([Variant("uri in a loop", lambda: bench.play(blind) and None)], 1))
    table.speedups(f"(d) {REPOSITORIES} repositories, first run", samples, "uri in a loop", {"ours": ("x faster", 50)})
    bench.play(serial)
    again = [
        Variant("empty play", lambda: bench.play(DEBUG, bench.token(CONSTANT)) and None, reset=False),
        Variant("ours", lambda: bench.play(serial) and None, reset=False),
        Variant("uri, after listing", lambda: bench.play(listed) and None, reset=False),
    ]
    table.against(
        f"(d) {REPOSITORIES} repositories, second run",
        bench.measure(again, rounds),
        "uri, after listing",
        {"ours": ("of peer", 0.6)},
    )


def listing(bench: Bench, table: Table, rounds: int) -> None:
    """(e) List 2,000 repositories."""
    options = {
        "api_url": bench.server.api_url,
        "server_version": "3.19",
        "app_id": "1001",
        "private_key": bench.server.private_key("bench"),
        "installation_id": 2002,
        "expected": LISTED,
    }

    def run(who: str, per_page: int) -> Callable[[], float]:
        command = [sys.executable, str(HERE / "list_repositories.py"), who, str(per_page)]

        def measure() -> float:
            done = subprocess.run(command, input=json.dumps(options), capture_output=True, text=True, check=True)
            return float(done.stdout)

        return measure

    for latency in (0.0, 0.1):
        bench.server.service.latency = latency
        samples = bench.measure([Variant("ours", run("ours", 100))], rounds)
        peers = [
            Variant("PyGithub, 100 per page", run("pygithub", 100)),
            Variant("PyGithub, default page size", run("pygithub", 30)),
        ]
        samples.update(bench.measure(peers, 1))
        targets = {"ours": ("s", 1.0)} if latency else {}
        table.values(f"(e) {LISTED} repositories, {latency * 1000:.0f} ms", samples, "s", targets)
    bench.server.service.latency = 0.0


def module(bench: Bench, table: Table, rounds: int) -> None:
    """(f) The cost of a module call."""
    options = (
        f"api_url: '{bench.server.api_url}', server_version: '3.19', app_id: '1001', private_key_path: '{bench.key}'"
    )
    info = f"    - hubops.github_apps.github_app_info: {{{options}}}\n"
    token = f"    - hubops.github_apps.github_installation_token: {{{options}, installation_id: 2001}}\n"
    get = f"    - uri: {{url: '{bench.server.url}/_standin/stats'}}\n"
    variants = [
        Variant("baseline", lambda: bench.play(DEBUG, bench.token(CONSTANT)) and None),
        Variant("ansible.builtin.ping", lambda: bench.play("    - ping:\n") and None),
        Variant("ansible.builtin.uri", lambda: bench.play(get) and None),
        Variant("ours (github_app_info)", lambda: bench.play(info) and None),
        Variant("ours (github_installation_token)", lambda: bench.play(token) and None),
        Variant("ours (github_installation_token, two tasks)", lambda: bench.play(token * 2) and None),
    ]
    table.above_baseline("(f) module call", bench.measure(variants, rounds), peer="ansible.builtin.ping", targets={})


def access(_bench: Bench, table: Table, rounds: int) -> None:
    """(g) Compare the repositories of many installations with an access document."""
    with_many_installations("(g) {} installations, nothing to change", manage_access, manage_in_a_loop, table, rounds)


def audit(_bench: Bench, table: Table, rounds: int) -> None:
    """(h) Report on many installations, with the number of their repositories."""
    with_many_installations("(h) audit of {} installations", run_audit, count_in_a_loop, table, rounds)


def with_many_installations(
    title: str, ours: Callable[[Bench, int], None], loop: Callable[[Bench, int], None], table: Table, rounds: int
) -> None:
    """Compare one module call for all installations with a loop, which would take too long with 1,000 installations."""
    for number in (50, 1000):
        if not re.search(table.only, title.format(number)):
            continue
        with standin(seed_of_many(number)) as bench:
            variants = [Variant("ours", partial(ours, bench, number))]
            if number == 50:
                variants.append(Variant("a module in a loop", partial(loop, bench, number)))
            samples = bench.measure([*variants, Variant("empty play", partial(empty_play, bench))], rounds)
            table.above(title.format(number), samples, "empty play", number)


def seed_of_many(number: int) -> Dict[str, Any]:
    """A server with this number of installations, each with access to 10 of 20 repositories."""
    accounts = [{"login": f"org-{index}", "id": 1000 + index, "admins": ["octo-admin"]} for index in range(number)]
    return {
        **SEED,
        "accounts": [{"login": "octo-admin", "id": 201, "type": "User"}, *accounts],
        "apps": [
            {"slug": "bench", "id": 1001, "owner": "org-0", "permissions": {"contents": "read", "metadata": "read"}}
        ],
        "repositories": [
            {"owner": f"org-{index}", "prefix": "service-", "count": 20, "first_id": 100_000 + 20 * index}
            for index in range(number)
        ],
        "installations": [
            {
                "id": 20_000 + index,
                "app": "bench",
                "account": f"org-{index}",
                "repositories": [{"prefix": "service-", "count": 10}],
            }
            for index in range(number)
        ],
    }


def seed_of_enterprise(number: int) -> Dict[str, Any]:
    """As `seed_of_many`, with all organizations in an enterprise on which the app is installed, too."""
    seed = seed_of_many(number)
    (app,) = seed["apps"]
    return {
        **seed,
        "apps": [{**app, "permissions": {**app["permissions"], "enterprise_organization_installations": "write"}}],
        "enterprises": [
            {"slug": "octo-enterprise", "id": 301, "organizations": [f"org-{index}" for index in range(number)]}
        ],
        "installations": [*seed["installations"], {"id": 10_001, "app": "bench", "enterprise": "octo-enterprise"}],
    }


NAMES = [f"service-{index:03}" for index in range(1, 11)]


def app_of(bench: Bench) -> str:
    return f"api_url: {bench.server.api_url}, server_version: '3.19', app_id: '1001', private_key_path: {bench.key}"


def credentials_of(bench: Bench) -> str:
    return f"{app_of(bench)}, token: standin-pat-classic-bench"


def empty_play(bench: Bench) -> None:
    bench.play(DEBUG, bench.token(CONSTANT))


def manage_access(bench: Bench, number: int) -> None:
    """Run the module once for all installations."""
    document = bench.home / "access.json"
    entries = [{"organization": f"org-{index}", "repositories": NAMES} for index in range(number)]
    document.write_text(json.dumps(entries), encoding="utf-8")
    accounts = "\"{{ lookup('file', '%s') | from_json }}\"" % document
    bench.play(f"    - hubops.github_apps.github_app_access: {{{credentials_of(bench)}, accounts: {accounts}}}\n")


def manage_in_a_loop(bench: Bench, number: int) -> None:
    """Run a module for each installation."""
    options = f"{credentials_of(bench)}, organization: 'org-{{{{ item }}}}', repositories: {NAMES}, state: exact"
    bench.play(
        f"    - hubops.github_apps.github_installation_repo: {{{options}}}\n      loop: '{{{{ range({number}) | list }}}}'\n"
    )


def scale(_bench: Bench, table: Table, rounds: int) -> None:
    """(i) Many installations: time, CPU time and peak memory of the module's process."""
    for number, targets in ((100, {}), (1000, {"ours": ("s", 10.0)}), (5000, {})):
        with standin(seed_of_many(number)) as bench:
            again = Variant("ours", lambda number=number, bench=bench: converge(bench, number, NAMES))
            table.values(f"(i) {number} installations, again", bench.measure([again], rounds), "s", targets)
            if number == 1000:
                first = Variant("ours", lambda bench=bench: converge(bench, 1000, OTHERS, check_mode=True))
                samples = bench.measure([first], rounds)
                table.values("(i) 1000 installations, first run, check mode", samples, "s", targets)
                bench.server.service.latency = 0.1
                samples = bench.measure([again], 1)
                table.values("(i) 1000 installations, again, 100 ms", samples, "s", {"ours": ("s", 35.0)})
    with standin(huge_seed()) as bench:
        huge = Variant("ours", lambda: converge(bench, 1, ["service-001"], repositories_state="present"))
        table.values("(i) 1 installation, 100000 repositories", bench.measure([huge], 1), "s", {})


def cloud(_bench: Bench, table: Table, _rounds: int) -> None:
    """(j) A thousand installations on github.com, whose limit of points requires five pauses of a minute, or one with the
    token of an enterprise.
    """
    with standin(seed_of_enterprise(1000), "cloud") as bench:
        via = {"via_enterprise": "octo-enterprise"}
        variants = [
            Variant("ours", lambda: converge(bench, 1000, NAMES)),
            Variant("ours, via_enterprise", lambda: converge(bench, 1000, NAMES, True, via)),
        ]
        targets = {"ours": ("s", 330.0), "ours, via_enterprise": ("s", 130.0)}
        table.values("(j) 1000 installations, github.com", bench.measure(variants, 1), "s", targets)


def reads(_bench: Bench, table: Table, rounds: int) -> None:
    """(k) List the repositories of 200 installations in plain Python."""
    with standin(seed_of_many(200)) as bench:

        def run(who: str, threads: int) -> Callable[[], Measured]:
            options = {**options_of(bench), "expected": 200 * 10}
            command = [str(HERE / "read_installations.py"), who, str(threads)]
            return lambda: run_process(command, json.dumps(options), is_timed=True)

        variants = [
            Variant("ours, 8 threads", run("ours", 8)),
            Variant("PyGithub, tuned, 8 threads", run("pygithub-tuned", 8)),
        ]
        samples = bench.measure(variants, rounds)
        samples.update(bench.measure([Variant("PyGithub", run("pygithub", 1))], 1))
        table.values("(k) repositories of 200 installations", samples, "s", {})


OTHERS = [f"service-{index:03}" for index in range(6, 16)]


def huge_seed() -> Dict[str, Any]:
    """A server with one installation that can access 100,000 repositories."""
    seed = seed_of_many(1)
    (installation,) = seed["installations"]
    return {
        **seed,
        "repositories": [{"owner": "org-0", "prefix": "service-", "count": 100_000, "first_id": 100_000}],
        "installations": [{**installation, "repositories": [{"prefix": "service-", "count": 100_000}]}],
    }


def options_of(bench: Bench) -> Dict[str, Any]:
    return {
        "api_url": bench.server.api_url,
        "server_version": bench.server.service.profile.server_version,
        "app_id": "1001",
        "private_key": bench.server.private_key("bench"),
    }


def converge(
    bench: Bench,
    number: int,
    names: List[str],
    check_mode: bool = False,
    options: Optional[Dict[str, Any]] = None,
    **entry: Any,
) -> Measured:
    """Run the module in a process of its own, without Ansible. :param options: of the module. :param entry: of each entry."""
    accounts = [{"organization": f"org-{index}", "repositories": names, **entry} for index in range(number)]
    arguments = {
        **options_of(bench),
        "token": "standin-pat-classic-bench",
        "accounts": accounts,
        "unlisted": "ignore",
        "_ansible_check_mode": check_mode,
        **(options or {}),
    }
    file = bench.home / "arguments.json"
    file.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": arguments}), encoding="utf-8")
    module = "ansible_collections.hubops.github_apps.plugins.modules.github_app_access"
    return run_process([module, str(file)])


def run_process(target: List[str], text: str = "", is_timed: bool = False) -> Measured:
    """Run a Python module or script, and measure its time, CPU time and peak memory.

    :param target: its name and its arguments. :param text: for its standard input. :param is_timed: whether it prints its
    time.
    """
    with (
        tempfile.TemporaryFile("w+") as given,
        tempfile.TemporaryFile("w+") as output,
        tempfile.NamedTemporaryFile("r") as peak,
    ):
        command = [sys.executable, str(HERE / "measured.py"), peak.name, *target]
        given.write(text)
        given.seek(0)
        began = time.perf_counter()
        process = subprocess.Popen(command, stdin=given, stdout=output)
        _pid, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        output.seek(0)
        printed, kilobytes = output.read(), peak.read()
    if status:
        raise RuntimeError(f"{command} failed: {printed[-3000:]}")
    cpu = usage.ru_utime + usage.ru_stime
    return Measured(float(printed) if is_timed else wall, f"CPU {cpu:.1f} s, peak {int(kilobytes) / 1024:.0f} MB")


def run_audit(bench: Bench, _number: int) -> None:
    """Run the role, which reads all installations with one module call, and writes the page."""
    defaults = f"\n  module_defaults: {{group/hubops.github_apps.github_apps: {{{app_of(bench)}}}}}"
    page = f"      vars: {{app_audit_html_path: {bench.home}/audit.html}}\n"
    bench.play(f"    - include_role: {{name: hubops.github_apps.app_audit}}\n{page}", f"  vars: {{}}{defaults}")


def count_in_a_loop(bench: Bench, _number: int) -> None:
    """List the installations, and run a module for each. Write nothing."""
    options = app_of(bench)
    bench.play(
        f"    - hubops.github_apps.github_app_info: {{{options}}}\n"
        f"    - hubops.github_apps.github_app_installation_info: {{{options}}}\n"
        "      register: listed\n"
        f"    - hubops.github_apps.github_installation_repo_info: {{{options}, installation_id: '{{{{ item }}}}'}}\n"
        "      loop: \"{{ listed.installations | map(attribute='id') }}\"\n"
    )


class Table:
    """Prints rows as Markdown, each as soon as it is available.

    :ivar only: a regular expression that selects rows of `hosts`, `places`, `access` and `audit` by title.
    """

    def __init__(self, only: str) -> None:
        self.only = only
        self.missed: List[str] = []
        print("| scenario | variant | median | relative | requests | tokens | connections | target |")
        print("|---|---|---|---|---|---|---|---|", flush=True)

    def row(
        self,
        scenario: str,
        name: str,
        samples: List[Sample],
        value: str,
        compared: str,
        is_met: Optional[bool],
        target: str,
    ) -> None:
        counted = samples[-1]
        verdict = "" if is_met is None else f"{target}: {'met' if is_met else '**missed**'}"
        if is_met is False:
            self.missed.append(f"{scenario}: {name}: {compared or value}, target {target}")
        print(
            f"| {scenario} | {name} | {value} | {compared or counted.note} | {counted.requests} | {counted.mints} | {counted.connections} |"
            f" {verdict} |",
            flush=True,
        )

    def values(self, scenario: str, samples: Dict[str, List[Sample]], unit: str, targets: Targets) -> None:
        for name, of_variant in samples.items():
            value = median(of_variant)
            kind, limit = targets.get(name, ("", 0.0))
            self.row(
                scenario,
                name,
                of_variant,
                f"{value:.2f} {unit}",
                "",
                value <= limit if kind else None,
                f"<= {limit} {kind}",
            )

    def ratios(self, scenario: str, samples: Dict[str, List[Sample]], targets: Targets) -> None:
        self.against(scenario, samples, "baseline", targets)

    def against(self, scenario: str, samples: Dict[str, List[Sample]], base: str, targets: Targets) -> None:
        """Compare the wall time of each variant with that of `base`, as a ratio."""
        for name, of_variant in samples.items():
            ratio = median(of_variant) / median(samples[base])
            kind, limit = targets.get(name, ("", 0.0))
            self.row(
                scenario,
                name,
                of_variant,
                f"{median(of_variant):.2f} s",
                f"{ratio:.2f} x {base}",
                ratio <= limit if kind else None,
                f"<= {limit}",
            )

    def speedups(self, scenario: str, samples: Dict[str, List[Sample]], base: str, targets: Targets) -> None:
        """Show how many times faster than `base` each variant is."""
        for name, of_variant in samples.items():
            ratio = median(samples[base]) / median(of_variant)
            kind, limit = targets.get(name, ("", 0.0))
            self.row(
                scenario,
                name,
                of_variant,
                f"{median(of_variant):.2f} s",
                f"{ratio:.0f} x faster",
                ratio >= limit if kind else None,
                f">= {limit}",
            )

    def above(self, scenario: str, samples: Dict[str, List[Sample]], base: str, number: int) -> None:
        """Show the milliseconds that each variant adds to `base`, divided by `number`."""
        for name, of_variant in samples.items():
            added = (median(of_variant) - median(samples[base])) * 1000 / number
            value = f"{median(of_variant):.2f} s"
            self.row(scenario, name, of_variant, value, "" if name == base else f"{added:.1f} ms each", None, "")

    def above_baseline(self, scenario: str, samples: Dict[str, List[Sample]], peer: str, targets: Targets) -> None:
        """Show the milliseconds that each variant adds to the baseline, and their ratio to those of `peer`."""
        baseline = median(samples["baseline"])
        added = {name: (median(of_variant) - baseline) * 1000 for name, of_variant in samples.items()}
        for name, of_variant in samples.items():
            ratio = added[name] / added[peer]
            kind, limit = targets.get(name, ("", 0.0))
            self.row(
                scenario,
                name,
                of_variant,
                f"{median(of_variant):.3f} s",
                "" if name == "baseline" else f"+{added[name]:.0f} ms, {ratio:.2f} x {peer}",
                ratio <= limit if kind else None,
                f"<= {limit}",
            )


Targets = Dict[str, Any]
SCENARIOS = {
    "cold": cold,
    "hit": hit,
    "hosts": hosts,
    "parts": parts,
    "places": places,
    "repositories": repositories,
    "listing": listing,
    "module": module,
    "access": access,
    "scale": scale,
    "cloud": cloud,
    "reads": reads,
    "audit": audit,
}
ROUNDS = {
    "cold": 15,
    "hit": 3,
    "hosts": 3,
    "parts": 5,
    "places": 3,
    "repositories": 5,
    "listing": 3,
    "module": 9,
    "access": 3,
    "scale": 3,
    "cloud": 1,
    "reads": 3,
    "audit": 3,
}


def median(samples: List[Sample]) -> float:
    return statistics.median(sample.value for sample in samples)


@contextmanager
def standin(seed: Dict[str, Any], profile: str = "3.19") -> Iterator[Bench]:
    """Run a stand-in server."""
    with tempfile.TemporaryDirectory() as name, StandIn(profile=profile, seed=seed) as server:
        yield Bench(server, Path(name))


def community_general() -> str:
    roots = [Path(root) for root in os.environ["ANSIBLE_COLLECTIONS_PATH"].split(os.pathsep)]
    manifests = [root / "ansible_collections/community/general/MANIFEST.json" for root in roots]
    (manifest,) = [path for path in manifests if path.exists()]
    return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, help="number of runs of each variant (default: depends on the scenario)")
    parser.add_argument(
        "--only",
        default="",
        help="regular expression for titles; applies to the scenarios hosts, places, access and audit",
    )
    parser.add_argument("scenario", nargs="*", choices=[[], *SCENARIOS], default=[])
    arguments = parser.parse_args()
    libraries = ", ".join(
        f"{name} {version(name)}" for name in ("ansible-core", "requests", "PyJWT", "cryptography", "PyGithub")
    )
    print(
        f"{time.strftime('%Y-%m-%d')}, Python {platform.python_version()}, {os.cpu_count()} cores, {libraries}, community.general {community_general()}\n"
    )
    table = Table(arguments.only)
    with standin(SEED) as bench:
        for name in arguments.scenario or SCENARIOS:
            SCENARIOS[name](bench, table, arguments.rounds or ROUNDS[name])
    print("".join(f"\nMissed: {line}" for line in table.missed) or "\nAll targets are met.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
