# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading what the workers of one run share: encrypted files in a directory that Ansible removes when the run ends.

Ansible runs each task of each host in a process of its own, so memory is of no use. `C.DEFAULT_LOCAL_TMP` is one
directory for all of them, with mode 0700. Each use of a lookup compiles this file anew (collections have no bytecode), so
what only writes is in `_run_cache`.
"""

from __future__ import annotations

import errno
import hmac
import json
import os
import stat
import time
from contextlib import suppress
from hashlib import sha256
from typing import Any, Dict, List, Mapping, Optional

from ansible import constants as C

try:  # ansible-core has it installed, but is tested without
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
except ImportError:  # pragma: no cover - sanity's import test loads this without it
    HAS_CRYPTOGRAPHY = False
else:
    HAS_CRYPTOGRAPHY = True

LOCAL_TMP: str = C.DEFAULT_LOCAL_TMP  # type: ignore[attr-defined]  # made by the configuration

DIRECTORY = "hubops_github_apps"
REVOKED = "revoked-"
NONCE = 12  # bytes, as NIST SP 800-38D recommends for GCM


class Run:
    """The key of this run, which worker processes inherit from the process that made it."""

    key: Optional[bytes] = None


def run_key() -> Optional[bytes]:
    """None where `begin_run` was not called."""
    return Run.key


def seconds() -> float:
    """A clock that all processes share and nobody can set. It goes on while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class RunFiles:
    """Records that only holders of `secret` can read. The methods raise OSError and nothing else."""

    def __init__(self, secret: bytes) -> None:
        if not HAS_CRYPTOGRAPHY:
            raise OSError(errno.ENOSYS, "no cryptography")
        keys = HKDF(SHA256(), 64, salt=None, info=b"hubops.github_apps").derive(secret)
        self.cipher, self._name_key = AESGCM(keys[:32]), keys[32:]
        self.directory = directory()

    def name(self, identity: Any) -> str:
        """The name of the record of whatever JSON can write, which tells nothing about it."""
        return hmac.new(
            self._name_key, json.dumps(identity, sort_keys=True, default=str).encode(), "sha256"
        ).hexdigest()

    def read(self, name: str) -> Dict[str, Any]:
        """A record; an empty one where there is none, or one that this secret does not open."""
        with suppress(FileNotFoundError, InvalidTag, ValueError):
            with open(self.path(name), "rb", opener=open_safely) as file:
                data = file.read()
            return dict(json.loads(self.cipher.decrypt(data[:NONCE], data[NONCE:], name.encode())))
        return {}

    def is_good(self, record: Mapping[str, Any], least: float = 0) -> bool:
        """Whether a record is good for so many seconds, none of its tokens was revoked, and no record that it was made
        from was replaced."""
        if record.get("good_until", 0) - seconds() < max(least, 0.001):
            return False
        if any(is_revoked(token, self.directory) for token in record["tokens"]):
            return False
        return all(self.stamp(name) == stamp for name, stamp in record.get("sources", {}).items())

    def stamp(self, name: str) -> List[int]:
        """What tells a record from the one that replaces it; nothing where there is none."""
        try:
            found = os.lstat(self.path(name))
        except FileNotFoundError:
            return []
        return [found.st_ino, found.st_mtime_ns]

    def path(self, name: str) -> str:
        return os.path.join(self.directory, name)


def digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def tombstone(token: str) -> str:
    return REVOKED + digest(token)


def is_revoked(token: str, path: str) -> bool:
    """Whether somebody in this run revoked the token. :param path: as of `directory`."""
    return os.path.lexists(os.path.join(path, tombstone(token)))


def directory() -> str:
    """The directory of this run's files. OSError where it is not this user's own."""
    path = os.path.join(LOCAL_TMP, DIRECTORY)
    with suppress(FileExistsError):
        os.mkdir(path, 0o700)
    found = os.lstat(path)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise PermissionError(errno.EPERM, "not private")
    return path


def open_safely(path: str, flags: int) -> int:
    """A descriptor of a private file, which is no symbolic link and is not inherited by other programs."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
