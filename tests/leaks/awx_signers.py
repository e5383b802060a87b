#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run jobs on 50 hosts with credentials of the AWX types for signers: one signature and one token for each scope.

No file of the jobs contains the private key. The credentials of Vault and AWS, and the secret of the command, must not be
shown. A credential of the type GitHub App proves that the search finds a key.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import trustme
from awx_jobs import leaked, minted, revoked, run, run_all
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from jobs import TESTS
from rendering import TYPES, render
from scenarios import secret_lines

from github_standin import StandIn

sys.path.insert(0, str(TESTS / "key_stores"))

from kms_standin import ALIAS, REGION, SECRET_ACCESS_KEY, KmsStandIn
from vault_standin import VaultStandIn

HOSTS = 50
SCOPES = 2
SIGNATURES = SCOPES + 1  # one more for the module that authenticates as the app
ROLE_ID = "6f1d2c9e-5c1b-4a77-9a55-0d4c4f0f6f0e"
SECRET_ID = "a-secret-id-of-vault-that-nobody-shows"
PASSPHRASE = "a-passphrase-that-nobody-shows"
# The key is encrypted. The path of its passphrase is in a variable. The command leaves a line for each signature.
COMMAND = 'sh -c \'echo >> "$1"; exec openssl dgst -sha256 -sign "$0" -passin "file:$GITHUB_APP_SIGNER_SECRET_PATH"\' {key} {log}'


class Signer(NamedTuple):
    """What a job with a signer needs.

    :param inputs: of the credential. :param secrets: by their descriptions. :param count: returns the number of signatures.
    :param environment: the extra environment variables of AWX's job settings.
    """

    kind: str
    inputs: Mapping[str, str]
    secrets: Callable[[], Mapping[str, str]]
    count: Callable[[], int]
    environment: Mapping[str, str] = {}


@contextmanager
def vault(login: str, directory: Path, private_key: str) -> Iterator[Signer]:
    """Start Vault with TLS and a CA that only the credential contains."""
    ca = trustme.CA()
    certificate = directory / "vault.pem"
    ca.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(certificate))
    with VaultStandIn(str(certificate)) as server:
        server.add_key(private_key)
        server.state.secret_ids[ROLE_ID] = (SECRET_ID, {"github-app"})
        token = server.add_token("github-app")
        path = directory / "job.jwt"
        path.write_text(server.add_jwt_role("ansible", private_key), encoding="utf-8")
        logins = {
            "AppRole": {"vault_role_id": ROLE_ID, "vault_secret_id": SECRET_ID},
            "a JWT": {"vault_role_id": "ansible", "vault_jwt_path": str(path)},
            "a token": {"vault_token": token},
        }
        common = {
            "vault_url": server.url,
            "vault_transit_key": "github-app",
            "vault_ca_cert": ca.cert_pem.bytes().decode(),
        }

        def secrets() -> dict[str, str]:
            tokens = {f"Vault token {value[:8]}": value for value in (token, *server.state.revoked)}
            return {**tokens, "secret ID": SECRET_ID, "JWT": path.read_text(encoding="utf-8")}

        def count() -> int:
            return sum(line.endswith(" /v1/transit/sign/github-app") for line in server.state.log)

        yield Signer("github_app_vault", {**common, **logins[login]}, secrets, count)


@contextmanager
def aws_kms(_directory: Path, private_key: str) -> Iterator[Signer]:
    with KmsStandIn() as server:
        server.add_key(private_key)
        inputs = {
            "aws_kms_key": ALIAS,
            "aws_kms_region": REGION,
            "access_key_id": server.environment["AWS_ACCESS_KEY_ID"],
            "secret_access_key": SECRET_ACCESS_KEY,
        }
        secrets = {"secret access key": SECRET_ACCESS_KEY}
        environment = {"AWS_ENDPOINT_URL_KMS": server.url}
        yield Signer("github_app_aws_kms", inputs, lambda: secrets, lambda: server.signatures, environment)


@contextmanager
def command(directory: Path, private_key: str) -> Iterator[Signer]:
    key, log = directory / "key.pem", directory / "signatures"
    encryption = BestAvailableEncryption(PASSPHRASE.encode())
    loaded = load_pem_private_key(private_key.encode(), None)
    key.write_bytes(loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    inputs = {"signer_command": COMMAND.format(key=key, log=log), "signer_secret": PASSPHRASE}
    secrets = {"passphrase": PASSPHRASE}
    yield Signer("github_app_command", inputs, lambda: secrets, lambda: len(log.read_bytes()))


def files_with_key(directory: Path, private_key: str) -> list[str]:
    """Return the files that contain a line of the private key."""
    lines = [line.encode() for line in secret_lines(private_key)]
    files = [path for path in directory.rglob("*") if path.is_file()]
    return [str(path) for path in files if any(line in path.read_bytes() for line in lines)]


def control(directory: Path) -> list[str]:
    with StandIn(profile="3.19") as server:
        key = server.private_key("hubops-demo")
    render(TYPES["github_app"], {"app_id": "1001", "private_key": key}, directory)
    return [] if len(files_with_key(directory, key)) == 1 else ["the private key of the type GitHub App was not found"]


def job(signer_in: Callable[[Path, str], Iterator[Signer]], directory: Path) -> list[str]:
    """Run a job with a signer, and return the problems."""
    with StandIn(profile="3.19") as server, signer_in(directory, server.private_key("hubops-demo")) as signer:
        inputs = {"api_url": server.api_url, "app_id": "1001", **signer.inputs}
        done = run(
            directory,
            "awx_signers.yml",
            [(TYPES[signer.kind], inputs)],
            [server],
            hosts=HOSTS,
            environment=signer.environment,
        )
        problems = [*done.problems, *leaked(done, [server], signer.secrets())]
        problems += [
            f"{path} contains the private key" for path in files_with_key(directory, server.private_key("hubops-demo"))
        ]
        counts = minted(server)
        if list(counts.values()) != [1] * SCOPES or revoked(server) != SCOPES:
            problems.append(f"{revoked(server)} tokens were revoked of {counts}")
        if signer.count() != SIGNATURES:
            problems.append(f"{signer.count()} signatures instead of {SIGNATURES}")
    return problems


JOBS = {
    **{
        f"a job with a key in Vault and {login}": partial(job, partial(vault, login))
        for login in ("AppRole", "a JWT", "a token")
    },
    "a job with a key in AWS KMS": partial(job, aws_kms),
    "a job with a command that signs": partial(job, command),
    "the search finds the key of the type GitHub App": control,
}


if __name__ == "__main__":
    sys.exit(run_all(JOBS))
