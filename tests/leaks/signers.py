#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sign with each signer in a job, with success and with failures, and search for the credentials of the signers.

The command prints the private key to standard error. A second job passes a Vault token to a program as an argument, to
prove that the search finds it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from jobs import HERE, TESTS, Job, found_in, needles, report, run_job, secrets_of

from github_standin import StandIn

sys.path.insert(0, str(TESTS / "key_stores"))

from kms_standin import ALIAS, REGION, SECRET_ACCESS_KEY, KmsStandIn
from vault_standin import VaultStandIn

SECRET_ID = "a-secret-id-of-vault-that-nobody-shows"
SCRIPT = '#!/bin/sh\ncat "$1" >&2\n[ -z "$2" ] || exit "$2"\nexec openssl dgst -sha256 -sign "$1"\n'
OPTIONS = (
    *(
        "api_url",
        "server_version",
        "app_id",
        "retries",
        "signer_command",
        "signer_timeout",
        "vault_url",
        "vault_transit_key",
    ),
    *("vault_token", "vault_role_id", "vault_secret_id", "vault_jwt_path", "aws_kms_key", "aws_kms_region"),
)
ARGUMENTS = {option: f"{{{{ p.{option} | default(omit) }}}}" for option in OPTIONS}
TOKEN = "lookup('hubops.github_apps.github_installation_token', 'octo-org', **p)"
TASKS = [
    {"name": "Module", "hubops.github_apps.github_app_info": ARGUMENTS, "ignore_errors": True},
    {
        "name": "Token",
        "hubops.github_apps.github_installation_token": {**ARGUMENTS, "user": "octocat"},
        "ignore_errors": True,
    },
    {"name": "Lookup", "ansible.builtin.assert": {"that": TOKEN + " is string"}, "ignore_errors": True},
]
FAILS = "fails"


def signers(directory: Path, vault: VaultStandIn, private_key: str) -> dict[str, dict[str, Any]]:
    """Return the options of each signer by the name of a host, and the same with wrong credentials."""
    key, script = directory / "key.pem", directory / "sign"
    key.write_text(private_key, encoding="utf-8")
    script.write_text(SCRIPT, encoding="utf-8")
    script.chmod(0o700)
    (directory / "job.jwt").write_text(vault.add_jwt_role("ansible", private_key), encoding="utf-8")
    vault.state.secret_ids["approle"] = (SECRET_ID, {"github-app"})
    common = {"vault_url": vault.url, "vault_transit_key": "github-app"}
    return {
        "command": {"signer_command": [str(script), str(key)]},
        f"command_{FAILS}": {"signer_command": [str(script), str(key), "3"]},
        "token": {**common, "vault_token": vault.add_token("github-app")},
        f"token_{FAILS}": {**common, "vault_token": vault.add_token("other")},
        "approle": {**common, "vault_role_id": "approle", "vault_secret_id": SECRET_ID},
        f"approle_{FAILS}": {**common, "vault_role_id": "unknown", "vault_secret_id": SECRET_ID},
        "jwt": {**common, "vault_role_id": "ansible", "vault_jwt_path": str(directory / "job.jwt")},
        f"jwt_{FAILS}": {**common, "vault_role_id": "unknown", "vault_jwt_path": str(directory / "job.jwt")},
        "kms": {"aws_kms_key": ALIAS, "aws_kms_region": REGION},
        f"kms_{FAILS}": {"aws_kms_key": "alias/unknown", "aws_kms_region": REGION},
    }


def each_signer() -> list[str]:
    """Run a job with a host for each signer, and return the problems."""
    with (
        tempfile.TemporaryDirectory() as name,
        StandIn(profile="3.19") as server,
        VaultStandIn() as vault,
        KmsStandIn() as kms,
    ):
        directory = Path(name)
        private_key = server.private_key("hubops-demo")
        vault.add_key(private_key)
        kms.add_key(private_key)
        app = {"api_url": server.api_url, "server_version": "3.19", "app_id": "1001", "retries": 0}
        hosts = {host: {"p": {**app, **p}} for host, p in signers(directory, vault, private_key).items()}
        credentials = directory / "aws"
        credentials.write_text(
            f"[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = {SECRET_ACCESS_KEY}\n",
            encoding="utf-8",
        )
        variables = {"AWS_ENDPOINT_URL_KMS": kms.url, "AWS_SHARED_CREDENTIALS_FILE": str(credentials)}
        secrets = {f"Vault token {token[:8]}": token for token in vault.state.tokens}
        secrets.update({"secret ID": SECRET_ID, "secret access key": SECRET_ACCESS_KEY})
        secrets["JWT of Vault"] = (directory / "job.jwt").read_text(encoding="utf-8")
        job = run(directory, TASKS, hosts, server, variables)
        secrets.update({f"Vault token {token[:8]}": token for token in vault.state.revoked})
        secrets.update(secrets_of(server))
        secrets.update({f"token {token[:12]}": token for token in job.tokens})
        results = job.results()
    problems = [*job.problems, *wrong_results(results, hosts)]
    problems += [f"{name} is shown in {place}" for place, name in sorted(found_in(job, secrets))]
    report("no credential of a signer is shown", problems)
    print(f"      {len(results)} results; {job.extent()} searched for {len(needles(secrets))} secrets")
    return problems


def run(
    directory: Path, tasks: list[dict[str, Any]], hosts: dict[str, Any], server: StandIn, variables: dict[str, str]
) -> Job:
    plays = [{"name": "Signers", "hosts": "all", "gather_facts": False, "tasks": tasks}]
    return run_job(directory, plays, {"all": {"vars": HERE, "hosts": hosts}}, [server], variables)


def wrong_results(results: list[dict[str, Any]], hosts: dict[str, Any]) -> list[str]:
    """Return the tasks without the result that the name of their host says."""
    missing = len(TASKS) * len(hosts) - len(results)
    problems = [f"{missing} results are missing"] if missing else []
    for event in results:
        where, task = event["event_data"]["host"], event["event_data"]["task"]
        if (event["event"] == "runner_on_failed") is not where.endswith(FAILS):
            problems.append(f"{task} of {where}: {event['event_data']['res'].get('msg')}")
    return problems


def control() -> list[str]:
    """Show a Vault token on purpose in the arguments of a program."""
    token = "hvs.shown-on-purpose-as-an-argument"
    with tempfile.TemporaryDirectory() as name, StandIn(profile="3.19") as server:
        app = {"api_url": server.api_url, "server_version": "3.19", "app_id": "1001", "signer_timeout": 2}
        command = {"signer_command": ["sh", "-c", "sleep 30; exit 1", token[4:]]}
        job = run(Path(name), TASKS[:1], {"here": {"p": {**app, **command}}}, server, {})
        found = found_in(job, {"a Vault token": token[4:]})
    problems = [*job.problems]
    problems += [] if ("process list", "a Vault token") in found else ["a Vault token in arguments was not found"]
    report("the search finds credentials in arguments", problems)
    return problems


if __name__ == "__main__":
    sys.exit(bool(control() + each_signer()))
