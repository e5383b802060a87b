#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run jobs with only credentials of the shipped AWX types: they succeed, create each token once, and show no secret.

The credentials are rendered by AWX's own code. Unlike the shipped types, the last job has a token in its environment,
to prove that the search finds it where environments are stored.
"""

from __future__ import annotations

import json
import stat
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import trustme
import yaml
from jobs import HERE, Job, found_in, needles, report, run_job, secrets_of
from rendering import TYPES, render

from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import Selector
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import create_client
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.scopes import Scope
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.tokens import create_installation_token
from awx_standin.runner import SENT, WORKER
from github_standin import StandIn

ADMIN = "standin-pat-classic-admin"
OAUTH = {"client_id": "standin-oauth-client", "client_secret": "standin-oauth-secret"}
ACCESS_TOKEN = "standin-oauth-octocat-one"
IN_THE_ENVIRONMENT = {**TYPES["github_token"], "injectors": {"env": {"GITHUB_TOKEN": "{{ token }}"}}}


def run(
    directory: Path,
    playbook: str,
    credentials: list[tuple[Mapping[str, Any], Mapping[str, Any]]],
    servers: list[StandIn],
    hosts: int = 8,
    environment: Mapping[str, str] | None = None,
    **extra: str,
) -> Job:
    """Run a playbook from this directory as a job with these credentials, each a type and its inputs.

    :param environment: the extra environment variables of AWX's job settings. :param extra: variables of the inventory.
    """
    variables = dict(environment or {})
    files: list[str] = []
    for kind, inputs in credentials:
        rendered = render(kind, inputs, directory / SENT)
        variables.update(rendered.variables_in(directory / WORKER))
        files += [path.name for path in rendered.files.values()]
    plays = yaml.safe_load(Path(__file__).with_name(playbook).read_text(encoding="utf-8"))
    names = [f"host{number}" for number in range(1, hosts + 1)]
    inventory = {"all": {"hosts": dict.fromkeys(names, {}), "vars": {**HERE, **extra}}}
    job = run_job(directory, plays, inventory, servers, variables)
    modes = {stat.S_IMODE((directory / WORKER / "env" / name).stat().st_mode) for name in files}
    if modes - {0o600}:
        job.problems.append(f"files of credentials have the wrong modes {modes}")
    return job


def leaked(job: Job, servers: list[StandIn], more: Mapping[str, str] | None = None) -> list[str]:
    """Return the secrets of the servers and their users, and more, that are shown."""
    secrets = {"a token of the OAuth app": ACCESS_TOKEN, **{f"token {token[:12]}": token for token in job.tokens}}
    secrets.update(more or {})
    for number, server in enumerate(servers):
        secrets.update({f"{name} of server {number}": secret for name, secret in secrets_of(server).items()})
    print(f"      {len(job.results())} results; {job.extent()} searched for {len(needles(secrets))} secrets")
    return [f"{name} is shown in {place}" for place, name in sorted(found_in(job, secrets))]


def minted(server: StandIn) -> Counter[str]:
    """Return how often each token was created, by installation and scope."""
    return Counter(
        f"{entry['path']} {json.dumps(entry['body'], sort_keys=True)}"
        for entry in server.log
        if entry["path"].endswith("/access_tokens")
    )


def revoked(server: StandIn) -> int:
    return sum(entry["method"] == "DELETE" and entry["path"].endswith("/installation/token") for entry in server.log)


def every_type(directory: Path) -> list[str]:
    """Use all types in one job. The first app's server uses TLS with a CA that only its credential contains."""
    ca = trustme.CA()
    certificate = directory / "server.pem"
    ca.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(certificate))
    with StandIn(profile="3.19", tls_cert=str(certificate)) as first, StandIn(profile="3.22") as second:
        app = {
            "api_url": first.api_url,
            "app_id": "1001",
            "private_key": first.private_key("hubops-demo"),
            "ca_cert": ca.cert_pem.bytes().decode(),
        }
        other = {
            "api_url": second.api_url,
            "app_id": "Iv1.standin-other",
            "private_key": second.private_key("other-app"),
        }
        inputs = {
            "github_app": app,
            "github_app_secondary": other,
            "github_oauth_app": OAUTH,
            "github_token": {"token": ADMIN},
        }
        credentials = [(TYPES[kind], filled) for kind, filled in inputs.items()]
        job = run(directory, "awx_every_type.yml", credentials, [first, second], access_token=ACCESS_TOKEN)
        counts = minted(first) + minted(second)
        problems = [*job.problems, *leaked(job, [first, second])]
        problems += [f"{count} tokens were created: {what}" for what, count in counts.items() if count != 1]
        # Two of the first app, one of the second, and one with which the module lists the repositories.
        if len(counts) != 4 or revoked(first) + revoked(second) != 3:
            problems.append(f"{revoked(first)} and {revoked(second)} tokens were revoked of {list(counts)}")
    return problems


def installation_token(directory: Path) -> list[str]:
    """Use a token that the platform's lookup put into the credential."""
    with StandIn(profile="3.19") as server:
        app = {"api_url": server.api_url, "server_version": "3.19", "app_id": "1001"}
        client = create_client({**app, "private_key": server.private_key("hubops-demo")}, print)
        token = create_installation_token(client, Selector("organization", "octo-org"), Scope())["token"]
        server.clear_log()
        job = run(
            directory, "awx_token.yml", [(TYPES["github_token"], {"token": token})], [server], api_url=server.api_url
        )
        problems = [*job.problems, *leaked(job, [server])]
        if minted(server) or revoked(server) != 1:
            problems.append("the job created a token, or did not revoke its own token")
    return problems


def control(directory: Path) -> list[str]:
    with StandIn(profile="3.19") as server:
        job = run(directory, "awx_control.yml", [(IN_THE_ENVIRONMENT, {"token": ADMIN})], [server])
        found = {place for place, name in found_in(job, {"token": ADMIN})}
    wanted = {"other artifacts", "fact cache"}
    return [
        *job.problems,
        *(f"a token in the environment was not found in {place}" for place in sorted(wanted - found)),
    ]


JOBS: dict[str, Callable[[Path], list[str]]] = {
    "a job with a credential of each type": every_type,
    "a job with an installation token": installation_token,
    "the search finds a token in the environment": control,
}


def run_all(jobs: Mapping[str, Callable[[Path], list[str]]]) -> int:
    """Run functions that run a job and return the problems, and return how many jobs have problems."""
    failed = 0
    for name, job in jobs.items():
        with tempfile.TemporaryDirectory() as directory:
            problems = job(Path(directory))
        report(name, problems)
        failed += bool(problems)
    return failed


if __name__ == "__main__":
    sys.exit(run_all(JOBS))
