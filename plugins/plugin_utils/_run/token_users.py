# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts that use a shared token, so that the last one can revoke it (`revoke: released`)."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import Any, List, Mapping, Set

from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.cache import locked, note_revoked
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.files import (
    digest,
    directory,
    is_revoked,
    open_safely,
)


def join(token: str, host: str) -> bool:
    """Register the host as a user of the token. Return False if the token was revoked in the meantime. Raises OSError."""
    with locked(path_of(token) + ".lock"):
        if is_revoked(token, directory()):
            return False
        write_users(token, {*read_users(token), host})
        return True


def leave(token: str, host: str, task_vars: Mapping[str, Any], dry_run: bool = False) -> bool:
    """Remove the host from the users of the token. Raises OSError.

    :param task_vars: variables that contain the active hosts of the play.
    :returns: whether the token must be revoked now. If so, it is no longer shared.
    """
    with locked(path_of(token) + ".lock"):
        if is_revoked(token, directory()):
            return False
        users = read_users(token)
        is_last = not os.path.lexists(path_of(token)) or not may_use(users - {host}, host, task_vars)
        if not dry_run:
            write_users(token, users - {host})
            if is_last:
                note_revoked(token)
        return is_last


def may_use(users: Set[str], host: str, task_vars: Mapping[str, Any]) -> bool:
    """Whether one of `users` is still active, or a later batch of the play may use the token.

    Failed and unreachable hosts are not active: Ansible runs no more tasks on them.
    https://docs.ansible.com/ansible/latest/reference_appendices/special_variables.html
    """
    active = task_vars.get("ansible_play_hosts") or []
    batch = task_vars.get("ansible_play_batch") or []
    if users.intersection(active):
        return True
    everyone = task_vars.get("ansible_play_hosts_all") or []
    ended = max((number for number, name in enumerate(everyone) if name == host or name in batch), default=-1)
    # If no host is left in the batch, the play ends and there is no later batch.
    return bool(batch) and any(name in active for name in everyone[ended + 1 :])


def path_of(token: str) -> str:
    return os.path.join(directory(), "users-" + digest(token))


def read_users(token: str) -> Set[str]:
    with suppress(FileNotFoundError), open(path_of(token), encoding="utf-8", opener=open_safely) as file:
        users: List[str] = json.load(file)
        return set(users)
    return set()


def write_users(token: str, users: Set[str]) -> None:
    with open(path_of(token), "w", encoding="utf-8", opener=open_safely) as file:
        json.dump(sorted(users), file)
