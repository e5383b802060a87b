#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a playbook with the real ansible-playbook, once for each release of GitHub, and looks at what it did.

    play.py [--must-leak] PLAYBOOK RELEASE [RELEASE ...]

For each release a stand-in is started, and the playbook gets what is in its server.json as variables. It runs with
-vvvv and --diff; the output goes to a file and is searched for secrets. Every request that the stand-in got must have
asked for exactly the previews that the endpoint needs there. Prints what failed; the exit status is 1 then. With --must-leak the search has to find a
secret of each kind that the playbook shows, which proves that it would find one.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

COLLECTIONS = os.environ.get("ANSIBLE_COLLECTIONS_PATH") or os.environ["ANSIBLE_COLLECTIONS_PATHS"]
COLLECTION = next(
    path
    for path in (Path(root) / "ansible_collections/hubops/github_apps" for root in COLLECTIONS.split(os.pathsep))
    if path.is_dir()
)
sys.path.insert(0, str(COLLECTION / "tests/standin"))

from github_standin import StandIn  # the path has to be set first

# What no output may hold: installation tokens of every form, JSON web tokens, keys, and the seed's own credentials.
SECRETS = re.compile(
    r"ghs_[\w.-]{16,}|v1\.[0-9a-f]{16,}|\beyJ[\w-]{16,}|BEGIN [A-Z ]*PRIVATE KEY|MII[\w+/]{40,}|standin-(?:pat|user|oauth)-(?!client\b)[\w-]+"
)

MUST_LEAK = ("ghs_", "standin-pat-", "BEGIN RSA PRIVATE KEY")

# The previews that releases before 2.22 demand, by method and route, as their reference pages say
# (https://docs.github.com/enterprise/2.20/rest/reference/apps). A listing is a GET like what is below it.
MACHINE_MAN = re.compile(
    r"/(app|apps|installation|user/installations|orgs/[^/]+/installations?|users/[^/]+/installation|repos/.*/installation)(/|$)"
)


def demanded_previews(release: str, method: str, path: str) -> set[str]:
    if release == "cloud" or tuple(map(int, release.split("."))) > (2, 21):
        return set()
    previews = set()
    if path == "/installation/token":
        previews = {"gambit"}
    elif re.match(MACHINE_MAN, path):
        previews = {"machine-man"}
        if method == "DELETE" and re.fullmatch(r"/app/installations/\d+", path):
            previews.add("gambit")
    elif re.fullmatch(r"/applications/[^/]+/(token|grant)", path):
        previews = {"doctor-strange"}
    return previews & ({"machine-man"} if release == "2.21" else {"machine-man", "gambit", "doctor-strange"})


def wrong_accepts(release: str, log: list[dict]) -> list[str]:
    """Requests of the collection whose Accept header is not exactly what the endpoint needs."""
    problems = []
    for entry in log:
        if not str(entry["user_agent"]).startswith("hubops.github_apps"):
            continue
        path = entry["path"].replace("/api/v3", "", 1)
        wanted = demanded_previews(release, entry["method"], path)
        sent = set(re.findall(r"vnd\.github\.([\w-]+)-preview", entry["accept"] or ""))
        if sent != wanted or entry["status"] == 415:
            problems.append(f"{entry['method']} {path} sent {sorted(sent)} and needs {sorted(wanted)}")
    return problems


def play(playbook: str, release: str, directory: Path, must_leak: bool) -> list[str]:
    """Runs the playbook against one release; returns what went wrong."""
    with StandIn(profile=release) as server:
        server.write_state_dir(directory)
        inventory = os.environ.get("INVENTORY_PATH", "testhost,")
        command = [
            "ansible-playbook",
            "-i",
            inventory,
            playbook,
            "-vvvv",
            "--diff",
            "-e",
            f"@{directory / 'server.json'}",
        ]
        command += ["-e", f"@{COLLECTION / 'tests/standin/quickstart.yml'}", "-e", f"state_dir={directory}"]
        if inventory == "testhost,":
            command += [
                "-e",
                "ansible_connection=local",
                "-e",
                "ansible_python_interpreter={{ ansible_playbook_python }}",
            ]
        output_path = directory / "output.txt"
        with open(output_path, "wb") as output:
            status = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False).returncode
        text = output_path.read_text(encoding="utf-8", errors="replace")
        log = server.log
    problems = wrong_accepts(release, log)
    leaks = [f"a secret is shown in: {line.strip()[:60]}..." for line in text.splitlines() if SECRETS.search(line)]
    if must_leak:
        problems += [
            f"the search for secrets does not find {kind}"
            for kind in MUST_LEAK
            if not any(kind in leak for leak in leaks)
        ]
    else:
        problems += leaks
    if status:
        problems.append(f"ansible-playbook ended with status {status}:\n{text[-6000:]}")
    recap = re.search(r"ok=\d+.*", text)
    print(
        f"{'FAIL' if problems else 'ok  '} {playbook} on {release}: {recap.group() if recap else ''} {len(log)} requests",
        flush=True,
    )
    return problems


def main() -> int:
    arguments = sys.argv[1:]
    must_leak = "--must-leak" in arguments
    playbook, *releases = [argument for argument in arguments if argument != "--must-leak"]
    failed = False
    for release in releases:
        with tempfile.TemporaryDirectory() as directory:
            for problem in play(playbook, release, Path(directory), must_leak):
                failed = True
                print(problem, flush=True)
    return 1 if failed or not releases else 0


if __name__ == "__main__":
    sys.exit(main())
