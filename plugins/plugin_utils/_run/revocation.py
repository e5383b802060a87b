# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Revocation of the tokens that a run minted, when the run ends."""

from __future__ import annotations

import os
import time
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    ConnectionFailedError,
    GitHubAppsError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import Credentials
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._github.releases import Release
from ansible_collections.hubops.github_apps.plugins.module_utils._github.server import Server
from ansible_collections.hubops.github_apps.plugins.module_utils._github.transport import Transport
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.scopes import LIFETIME
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.tokens import revoke_installation_token
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.cache import MINTED
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.files import RunFiles, run_key, seconds

TIME_LIMIT = 30  # seconds in all
TIMEOUT = 10  # seconds for each response


class Failure(NamedTuple):
    host: str
    reason: str
    expires_at: str


def revoke_minted(
    timer: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
) -> Tuple[int, List[str]]:
    """Revoke the tokens that the run minted, sequentially.

    :returns: the number of revoked tokens, and a message for each reason why tokens were not revoked.
    """
    key = run_key()
    if not key:
        return 0, []
    try:
        notes = minted_notes(RunFiles(key))
    except OSError as error:
        return 0, [f"The installation tokens of this run cannot be revoked: {os.strerror(error.errno or 0)}."]
    deadline = timer() + TIME_LIMIT

    def pause(wait: float) -> None:
        if timer() + wait > deadline:
            raise ConnectionFailedError(f"A wait of {wait:.0f} s would exceed the time limit of {TIME_LIMIT} s.")
        sleep(wait)

    by_server: Dict[Server, List[Dict[str, Any]]] = {}
    for note in notes:
        by_server.setdefault(server_of(note["server"]), []).append(note)
    revoked = 0
    failures: List[Failure] = []
    for server, notes in by_server.items():
        number, failed = revoke_on(server, notes, lambda: timer() > deadline, pause)
        revoked, failures = revoked + number, failures + failed
    return revoked, [explain(host, reason, failures) for host, reason in sorted({failure[:2] for failure in failures})]


def revoke_on(
    server: Server, notes: List[Dict[str, Any]], is_late: Callable[[], bool], pause: Callable[[float], None]
) -> Tuple[int, List[Failure]]:
    """Revoke the tokens of a server, until a request fails to get a response.

    :returns: the number of revoked tokens, and the failures.
    """
    try:
        client = Client(Transport(server, sleep=pause), Credentials())
    except GitHubAppsError as error:
        return 0, [Failure(server.host, str(error), note["expires_at"]) for note in notes]
    revoked, end = 0, ""
    failures: List[Failure] = []
    for note in notes:
        end = end or (f"The time limit of {TIME_LIMIT} s was reached." if is_late() else "")
        reason = end
        try:
            if not end:
                revoked += revoke_installation_token(client, note["token"], seconds() - note["minted_at"])
        except ConnectionFailedError as error:
            reason = end = str(error)
        except GitHubAppsError as error:
            reason = str(error)
        if reason:
            failures.append(Failure(server.host, reason, note["expires_at"]))
    return revoked, failures


def minted_notes(files: RunFiles) -> List[Dict[str, Any]]:
    """The token, expiry and server of each token that may still be valid."""
    notes = [files.read(name) for name in sorted(os.listdir(files.directory)) if name.startswith(MINTED)]
    return [note for note in notes if note and seconds() - note["minted_at"] < LIFETIME]


def server_of(place: Mapping[str, Any]) -> Server:
    release: Optional[List[int]] = place["release"]
    return Server(**{**place, "release": release and Release(*release), "timeout": TIMEOUT, "retries": 0})


def counted(number: int) -> str:
    return "1 installation token" if number == 1 else f"{number} installation tokens"


def explain(host: str, reason: str, failures: List[Failure]) -> str:
    times = [failure.expires_at for failure in failures if failure[:2] == (host, reason)]
    return f"{counted(len(times))} for {host} could not be revoked and can be used until {max(times)}: {reason}"
