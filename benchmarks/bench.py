#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measures this collection, its peers and the floor side by side, against the stand-in for GitHub.

    bench.py [--rounds N] [--only TITLE] [SCENARIO ...]

Each scenario is a set of variants that do the same work. They run in turns, round after round, so that whatever else
the machine does hits all of them; the table has their medians. Requests and TCP connections are the stand-in's count.
benchmarks/RESULTS.md says how to read the table.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional

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
    """One run: wall seconds, or what the run itself measured; requests and connections at the stand-in."""

    value: float
    requests: int
    mints: int
    connections: int


class Variant(NamedTuple):
    """One way to do the work of a scenario.

    :param run: does it once and returns its wall time, or None to have it measured from outside.
    :param reset: whether the stand-in is put into its first state before each run.
    """

    name: str
    run: Callable[[], Optional[float]]
    reset: bool = True


class Bench:
    """A stand-in, and the means to run playbooks against it."""

    def __init__(self, server: StandIn, home: Path) -> None:
        self.server = server
        self.home = home
        self.key = home / "bench.private-key.pem"
        server.write_state_dir(home)

    def measure(self, variants: List[Variant], rounds: int) -> Dict[str, List[Sample]]:
        samples: Dict[str, List[Sample]] = {variant.name: [] for variant in variants}
        for _round in range(rounds):
            for variant in variants:
                if variant.reset:
                    self.server.reset()
                self.server.clear_log()
                began = time.perf_counter()
                told = variant.run()
                wall = time.perf_counter() - began
                log = self.server.log
                mints = sum(entry["path"].endswith("/access_tokens") for entry in log)
                value = wall if told is None else told
                samples[variant.name].append(Sample(value, len(log), mints, self.server.connections))
        return samples

    def play(
        self,
        tasks: str,
        variables: str = "  vars: {}",
        hosts: int = 1,
        forks: int = 5,
        env: Optional[Dict[str, str]] = None,
    ) -> str:
        """Runs a playbook with so many hosts on the local connection; returns its output."""
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
                f"ansible-playbook ended with status {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
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
    """The same play with a constant token (the floor), our lookup with and without the callback, and the peer's."""

    def play(expression: str, env: Optional[Dict[str, str]] = None) -> Callable[[], None]:
        variables = bench.token(expression) + template
        return lambda: bench.play(tasks, variables, hosts, forks, env) and None

    variants = [Variant("floor", play(CONSTANT)), Variant("ours", play(bench.ours()))]
    if with_callback:
        variants.append(Variant("ours, with the callback", play(bench.ours(), CALLBACK)))
    return [*variants, Variant("community.general", play(bench.peers()))]


def cold(bench: Bench, table: Table, rounds: int) -> None:
    """(a) One token, minted by the first use of a lookup."""
    samples = bench.measure(lookup_variants(bench, DEBUG, 1, 5), rounds)
    table.above_floor("(a) one cold token", samples, peer="community.general", targets={"ours": ("of peer", 0.75)})


def hit(bench: Bench, table: Table, rounds: int) -> None:
    """CPU time of a use that finds the token in the run's cache, loading the plugin included."""
    ours, peers = (
        f"'measured', '{name}'"
        for name in ("hubops.github_apps.github_installation_token", "community.general.github_app_access_token")
    )

    def cpu(expression: str, env: Optional[Dict[str, str]] = None) -> float:
        """The median of the uses after the first one."""
        tasks = f'    - debug: {{msg: "CPU={{{{ {expression} }}}}"}}\n' * 6
        output = bench.play(tasks, env=env)
        return statistics.median([float(found) for found in re.findall(r"CPU=([\d.]+)", output)][1:])

    variants = [
        Variant("ours", lambda: cpu(bench.ours(ours))),
        Variant("ours, with the callback", lambda: cpu(bench.ours(ours), CALLBACK)),
        Variant("community.general (mints)", lambda: cpu(bench.peers(peers))),
    ]
    targets = {"ours": ("ms", 8.0), "ours, with the callback": ("ms", 3.0)}
    table.values("one more use in a worker, CPU ms", bench.measure(variants, rounds), "ms", targets)


def hosts(bench: Bench, table: Table, rounds: int) -> None:
    """(b) A token in a play variable, one debug task for each host."""
    targets = {200: (1.35, 1.15), 500: (1.5, 1.2)}
    for number in (50, 200, 500):
        for forks in (5, 20, 50):
            for latency in (0.0, 0.1):
                title = f"(b) {number} hosts, {forks} forks, {latency * 1000:.0f} ms"
                if not re.search(table.only, title):
                    continue
                bench.server.service.latency = latency
                # The peer takes up to a minute, and is far from the rest: once is enough.
                variants = lookup_variants(bench, DEBUG, number, forks)
                samples = bench.measure(variants[:-1], rounds)
                samples.update(bench.measure(variants[-1:], 1 if number > 50 else rounds))
                wanted = targets.get(number)
                table.ratios(
                    title,
                    samples,
                    {"ours": ("x floor", wanted[0]), "ours, with the callback": ("x floor", wanted[1])}
                    if wanted
                    else {},
                )
    bench.server.service.latency = 0.0


def places(bench: Bench, table: Table, rounds: int) -> None:
    """(c) The token in other places, and in ten tasks."""
    command = "    - command: sh -c 'cat > /dev/null'\n" * 10
    environment = '\n  environment: {TOKEN: "{{ token }}"}'
    defaults = '\n  module_defaults: {command: {stdin: "{{ token }}"}}'
    targets = {"ours": ("x floor", 1.4), "ours, with the callback": ("x floor", 1.2)}
    for title, tasks, number, where, latency in (
        ("(c) 50 hosts x 10 tasks, 5 forks, 100 ms", DEBUG * 10, 50, "", 0.1),
        ("(c) environment: of 5 hosts x 10 commands", command, 5, environment, 0.0),
        ("(c) module_defaults of 5 hosts x 10 commands", command, 5, defaults, 0.0),
    ):
        if re.search(table.only, title):
            bench.server.service.latency = latency
            samples = bench.measure(lookup_variants(bench, tasks, number, 5, where), rounds)
            table.ratios(title, samples, targets if latency else {})
    bench.server.service.latency = 0.0


def repositories(bench: Bench, table: Table, rounds: int) -> None:
    """(d) 200 repositories into an installation, and again."""
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
        Variant("an empty play", lambda: bench.play(DEBUG, bench.token(CONSTANT)) and None),
        Variant("ours", lambda: bench.play(serial) and None),
        Variant("ours, concurrency: 4", lambda: bench.play(four) and None),
    ]
    samples = bench.measure(first, rounds)
    samples.update(bench.measure([Variant("uri in a loop", lambda: bench.play(blind) and None)], 1))
    table.speedups(f"(d) {REPOSITORIES} repositories, first run", samples, "uri in a loop", {"ours": ("x faster", 50)})
    bench.play(serial)
    again = [
        Variant("an empty play", lambda: bench.play(DEBUG, bench.token(CONSTANT)) and None, reset=False),
        Variant("ours", lambda: bench.play(serial) and None, reset=False),
        Variant("uri, listed first", lambda: bench.play(listed) and None, reset=False),
    ]
    table.against(
        f"(d) {REPOSITORIES} repositories, again",
        bench.measure(again, rounds),
        "uri, listed first",
        {"ours": ("of peer", 0.6)},
    )


def listing(bench: Bench, table: Table, rounds: int) -> None:
    """(e) 2,000 repositories."""
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
            Variant("PyGithub, 100 a page", run("pygithub", 100)),
            Variant("PyGithub, as it comes", run("pygithub", 30)),
        ]
        samples.update(bench.measure(peers, 1))
        targets = {"ours": ("s", 1.0)} if latency else {}
        table.values(f"(e) {LISTED} repositories, {latency * 1000:.0f} ms", samples, "s", targets)
    bench.server.service.latency = 0.0


def module(bench: Bench, table: Table, rounds: int) -> None:
    """(f) What a call of a module costs."""
    options = (
        f"api_url: '{bench.server.api_url}', server_version: '3.19', app_id: '1001', private_key_path: '{bench.key}'"
    )
    info = f"    - hubops.github_apps.github_app_info: {{{options}}}\n"
    token = f"    - hubops.github_apps.github_installation_token: {{{options}, installation_id: 2001}}\n"
    get = f"    - uri: {{url: '{bench.server.url}/_standin/stats'}}\n"
    variants = [
        Variant("floor", lambda: bench.play(DEBUG, bench.token(CONSTANT)) and None),
        Variant("ansible.builtin.ping", lambda: bench.play("    - ping:\n") and None),
        Variant("ansible.builtin.uri", lambda: bench.play(get) and None),
        Variant("ours (github_app_info)", lambda: bench.play(info) and None),
        Variant("ours (github_installation_token)", lambda: bench.play(token) and None),
        Variant("ours (github_installation_token, twice)", lambda: bench.play(token * 2) and None),
    ]
    table.above_floor(
        "(f) a call of a module", bench.measure(variants, rounds), peer="ansible.builtin.ping", targets={}
    )


class Table:
    """Prints rows as Markdown, as soon as they are known.

    :ivar only: of the many rows of `hosts` and `places`, those whose title has this regular expression.
    """

    def __init__(self, only: str) -> None:
        self.only = only
        self.missed: List[str] = []
        print("| scenario | variant | median | compared | requests | mints | connections | target |")
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
            f"| {scenario} | {name} | {value} | {compared} | {counted.requests} | {counted.mints} | {counted.connections} |"
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
        self.against(scenario, samples, "floor", targets)

    def against(self, scenario: str, samples: Dict[str, List[Sample]], base: str, targets: Targets) -> None:
        """Each variant's wall time as a multiple of that of `base`."""
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
        """How many times faster than `base` each variant is."""
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

    def above_floor(self, scenario: str, samples: Dict[str, List[Sample]], peer: str, targets: Targets) -> None:
        """The milliseconds that each variant adds to the floor, as a part of what `peer` adds."""
        floor = median(samples["floor"])
        added = {name: (median(of_variant) - floor) * 1000 for name, of_variant in samples.items()}
        for name, of_variant in samples.items():
            ratio = added[name] / added[peer]
            kind, limit = targets.get(name, ("", 0.0))
            self.row(
                scenario,
                name,
                of_variant,
                f"{median(of_variant):.3f} s",
                "" if name == "floor" else f"+{added[name]:.0f} ms, {ratio:.2f} x {peer}",
                ratio <= limit if kind else None,
                f"<= {limit}",
            )


Targets = Dict[str, Any]
SCENARIOS = {
    "cold": cold,
    "hit": hit,
    "hosts": hosts,
    "places": places,
    "repositories": repositories,
    "listing": listing,
    "module": module,
}
ROUNDS = {"cold": 15, "hit": 3, "hosts": 3, "places": 3, "repositories": 5, "listing": 3, "module": 9}


def median(samples: List[Sample]) -> float:
    return statistics.median(sample.value for sample in samples)


@contextmanager
def standin() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as name, StandIn(profile="3.19", seed=SEED) as server:
        yield Bench(server, Path(name))


def community_general() -> str:
    roots = [Path(root) for root in os.environ["ANSIBLE_COLLECTIONS_PATH"].split(os.pathsep)]
    manifests = [root / "ansible_collections/community/general/MANIFEST.json" for root in roots]
    (manifest,) = [path for path in manifests if path.exists()]
    return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, help="how often each variant runs; default: as many as its noise needs")
    parser.add_argument(
        "--only", default="", help="of the scenarios hosts and places only titles with this regular expression"
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
    with standin() as bench:
        for name in arguments.scenario or SCENARIOS:
            SCENARIOS[name](bench, table, arguments.rounds or ROUNDS[name])
    print("".join(f"\nMissed: {line}" for line in table.missed) or "\nEvery target is met.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
