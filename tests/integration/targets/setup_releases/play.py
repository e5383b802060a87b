#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a playbook with the real ansible-playbook against each release of GitHub, and check its requests and output.

    play.py [--must-leak] [--at-home] [--key-stores] [--private-ca] [--all-operations] PLAYBOOK RELEASE [RELEASE ...]

For each release, start a stand-in server and pass its server.json to the playbook as variables. The playbook runs with
-vvvv and --diff, and its output is searched for secrets. Every request of the collection must request exactly the
previews that the endpoint requires. Prints all problems, with exit status 1.

With --must-leak, the search must find a secret of each kind that the playbook prints, which proves that it works.
With --at-home, the environment contains server and credentials, as for a user who set them there.
With --key-stores, it also contains credentials of key management services that have the app's private key.
With --private-ca, the server uses HTTPS, and its certificate is signed by the CA in ~/github-ca.pem.
With --all-operations, each operation of the endpoint table must succeed on the oldest and on the newest given release
that supports it.
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Sequence

from collection import COLLECTION

from github_standin import StandIn  # requires the path that collection sets

# Secrets that no output may contain: installation tokens of every form, JWTs, keys, and the seed's credentials.
SECRETS = re.compile(
    r"ghs_[\w.-]{16,}|v1\.[0-9a-f]{16,}|\beyJ[\w-]{16,}|BEGIN [A-Z ]*PRIVATE KEY|MII[\w+/]{40,}"
    r"|standin-(?:pat|user|oauth|octocat|monalisa|demo-client|manifest)-(?!client\b)[\w-]+"
)

MUST_LEAK = ("ghs_", "standin-pat-", "BEGIN RSA PRIVATE KEY")

# Paths for which releases before 2.22 require the preview machine-man, according to their reference pages
# (https://docs.github.com/enterprise/2.20/rest/reference/apps).
MACHINE_MAN = re.compile(
    r"/(app|apps|installation|user/installations|orgs/[^/]+/installations?|users/[^/]+/installation|repos/.*/installation)(/|$)"
)


def demanded_previews(release: str, method: str, path: str) -> set[str]:
    if path.startswith("/repos/") and "/content_references/" in path or path.startswith("/content_references/"):
        return {"corsair"}
    if release == "cloud" or tuple(map(int, release.split("."))) > (2, 21):
        return set()
    previews = set()
    if re.match(r"/app-manifests/", path):
        previews = {"fury"}
    elif path == "/installation/token":
        previews = {"gambit"}
    elif re.match(MACHINE_MAN, path):
        previews = {"machine-man"}
        if method == "DELETE" and re.fullmatch(r"/app/installations/\d+", path):
            previews.add("gambit")
    elif re.fullmatch(r"/applications/[^/]+/(token|grant)", path):
        previews = {"doctor-strange"}
    return previews & ({"machine-man"} if release == "2.21" else {"machine-man", "gambit", "doctor-strange", "fury"})


def wrong_accepts(release: str, log: list[dict]) -> list[str]:
    """Return the requests of the collection whose Accept header does not have exactly the required previews."""
    problems = []
    for entry in log:
        is_api = entry["status"] != 406
        if not is_api or not str(entry["user_agent"]).startswith("hubops.github_apps"):
            continue
        path = entry["path"].replace("/api/v3", "", 1)
        wanted = demanded_previews(release, entry["method"], path)
        sent = set(re.findall(r"vnd\.github\.([\w-]+)-preview", entry["accept"] or "")) - {"mercy"}  # adds topics
        if sent != wanted or entry["status"] == 415:
            problems.append(f"{entry['method']} {path} sent {sorted(sent)} but requires {sorted(wanted)}")
    return problems


def ansible_playbook(playbook: str, directory: Path) -> list[str]:
    """Return the command. Without ansible-test's inventory, testhost is this machine.

    Files NAME_*_github_installations.yml next to NAME_playbook.yml are further inventory sources.
    """
    inventory = os.environ.get("INVENTORY_PATH")
    if not inventory:
        inventory = f"{directory}/inventory"
        interpreter = 'ansible_python_interpreter="{{ ansible_playbook_python }}"'
        Path(inventory).write_text(f"testhost ansible_connection=local {interpreter}\n", encoding="utf-8")
    variables = [f"@{directory}/server.json", f"@{COLLECTION}/tests/standin/quickstart.yml", f"state_dir={directory}"]
    options = [option for variable in variables for option in ("-e", variable)]
    name = Path(playbook).stem.removesuffix("_playbook")
    sources = sorted(Path(playbook).parent.glob(f"{name}_*_github_installations.yml"))
    options += [option for source in sources for option in ("-i", str(source))]
    return ["ansible-playbook", "-i", inventory, playbook, "-vvvv", "--diff", *options]


def private_ca(directory: Path) -> dict[str, str]:
    """Write the certificate of a new CA, and return the options of a server whose certificate this CA has signed."""
    import trustme

    ca, path = trustme.CA(), directory / "server.pem"
    ca.cert_pem.write_to_path(str(directory / "github-ca.pem"))
    path.touch(0o600)
    ca.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(path))
    return {"tls_cert": str(path)}


def environment(server: StandIn, directory: Path) -> dict[str, str]:
    """Return the environment of a user who has set all variables and has the app's key in the home directory."""
    return {
        **os.environ,
        "HOME": str(directory),
        "GITHUB_API_URL": server.api_url,
        "GITHUB_SERVER_VERSION": server.service.profile.server_version,
        "GITHUB_APP_ID": "1001",
        "GITHUB_APP_PRIVATE_KEY_PATH": str(directory / "hubops-demo.private-key.pem"),
        "ADMIN_TOKEN": "standin-pat-classic-admin",
        "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
    }


def key_stores(server: StandIn, directory: Path, stack: ExitStack) -> dict[str, str]:
    """Start key management services with the app's private key, and return the environment of a user who logged in."""
    from kms_standin import KmsStandIn
    from vault_standin import VaultStandIn

    private_key = server.private_key("hubops-demo")
    kms = stack.enter_context(KmsStandIn())
    kms.add_key(private_key)
    vault = stack.enter_context(VaultStandIn())
    vault.add_key(private_key)
    vault.state.secret_ids["6f1d2c9e-5c1b-4a77-9a55-0d4c4f0f6f0e"] = ("a-secret-id", {"github-app"})
    for name, secret in {
        "vault-secret-id": "a-secret-id",
        "job.jwt": vault.add_jwt_role("ansible", private_key),
    }.items():
        (directory / name).touch(0o600)
        (directory / name).write_text(f"{secret}\n", encoding="utf-8")
    login = {"VAULT_ADDR": vault.url, "VAULT_TOKEN": vault.add_token("github-app")}
    return {**kms.environment, **login, "GITHUB_APP_PIN": "1234"}


def missing_operations(logs: dict[str, list[dict]]) -> list[str]:
    """Return the operations that did not succeed on the oldest or the newest release that supports them."""
    sys.path.insert(0, str(COLLECTION.parents[2]))
    table = importlib.import_module("ansible_collections.hubops.github_apps.plugins.module_utils._github.endpoints")
    releases = {
        release: table.CLOUD if release == "cloud" else table.Release(*map(int, release.split("."))) for release in logs
    }
    problems = []
    for operation, row in table.ENDPOINTS.items():
        having = sorted((release for release in releases if row.offered_by(releases[release])), key=releases.get)
        if not having:
            problems.append(f"{operation} is not supported by these releases; add one that supports it to runme.sh")
            continue
        for release in dict.fromkeys((having[0], having[-1])):
            succeeded = {
                (entry["method"], re.sub(r":[a-z]+}", "}", (entry["route"] or "").replace("/api/v3", "", 1)))
                for entry in logs[release]
                if entry["status"] in row.success
            }
            is_told = operation == "meta/get" and release == "cloud"
            if (row.method, row.path) not in succeeded and not is_told:
                problems.append(f"{operation} did not succeed on {release}")
    return problems


def play(playbook: str, release: str, options: argparse.Namespace) -> tuple[list[str], list[dict]]:
    """Run the playbook against one release, return the problems and the stand-in server's log."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        directory = Path(name)
        tls = private_ca(directory) if options.private_ca else {}
        server = stack.enter_context(StandIn(profile=release, **tls))
        server.write_state_dir(directory)
        more = key_stores(server, directory, stack) if options.key_stores else {}
        if options.private_ca:
            more["GITHUB_CA_PATH"] = str(directory / "github-ca.pem")
        done = subprocess.run(
            ansible_playbook(playbook, directory),
            env={**environment(server, directory), **more} if options.at_home else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        log = server.log
    text = done.stdout.decode("utf-8", errors="replace")
    leaks = [f"a secret is shown in: {line.strip()[:60]}..." for line in text.splitlines() if SECRETS.search(line)]
    if options.must_leak:
        leaks = [f"the search did not find {kind}" for kind in MUST_LEAK if not any(kind in leak for leak in leaks)]
    problems = [*wrong_accepts(release, log), *leaks]
    if done.returncode:
        problems.append(f"ansible-playbook ended with status {done.returncode}:\n{text[-6000:]}")
    recap = "; ".join(re.findall(r"^\S+ +: (ok=\d+ +changed=\d+)", text, re.MULTILINE))
    word = "FAIL" if problems else "ok  "
    print(f"{word} {Path(playbook).name} on {release}: {recap} {len(log)} requests", flush=True)
    return problems, log


def play_all(*commands: Sequence[str]) -> int:
    """Run playbooks concurrently, print all problems, and return the exit status.

    :param commands: the command-line arguments of this script for each playbook.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--must-leak", action="store_true")
    parser.add_argument("--at-home", action="store_true")
    parser.add_argument("--key-stores", action="store_true")
    parser.add_argument("--private-ca", action="store_true")
    parser.add_argument("--all-operations", action="store_true")
    parser.add_argument("playbook")
    parser.add_argument("release", nargs="+")
    problems = []
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        parsed = [parser.parse_args(command) for command in commands]
        plays = [
            {release: pool.submit(play, options.playbook, release, options) for release in options.release}
            for options in parsed
        ]
        for options, futures in zip(parsed, plays):
            played = {release: future.result() for release, future in futures.items()}
            problems += [problem for found, _log in played.values() for problem in found]
            if options.all_operations:
                problems += missing_operations({release: log for release, (_found, log) in played.items()})
    print("".join(f"{problem}\n" for problem in problems), end="")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(play_all(sys.argv[1:]))
