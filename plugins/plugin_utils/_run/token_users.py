# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts that use a token of the run, so that the last one can revoke it (`revoke: released`)."""

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
    """Notes that the host uses the token; False where the token was revoked in the meantime. Raises OSError."""
    with locked(path_of(token) + ".lock"):
        if is_revoked(token, directory()):
            return False
        write_users(token, {*read_users(token), host})
        return True


def leave(token: str, host: str, task_vars: Mapping[str, Any], dry_run: bool = False) -> bool:
    """Notes that the host no longer uses the token. Raises OSError.

    :param task_vars: tell which hosts are still there. :returns: whether the token is to be revoked now. Then nobody gets it any more.
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
    """Whether one of `users` is still there, or a later batch of the play comes to use the token too.

    Hosts that failed or cannot be reached are not there: Ansible runs nothing on them that uses the token.
    https://docs.ansible.com/ansible/latest/reference_appendices/special_variables.html
    """
    active = task_vars.get("ansible_play_hosts") or []
    batch = task_vars.get("ansible_play_batch") or []
    if users.intersection(active):
        return True
    everyone = task_vars.get("ansible_play_hosts_all") or []
    ended = max((number for number, name in enumerate(everyone) if name == host or name in batch), default=-1)
    # Without a host that is left in its batch, the play ends here.
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
