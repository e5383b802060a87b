# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading the records that the workers of a run share: encrypted files in a directory that Ansible removes after the run.

Ansible runs each task of each host in a separate process, so the workers cannot share memory. They all use the same
`C.DEFAULT_LOCAL_TMP`, a directory with mode 0700. Python compiles this file again for each use of a lookup, because
collections have no bytecode, so code that writes records is in `cache`.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import time
from contextlib import suppress
from hashlib import sha256
from typing import Any, Dict, List, Mapping, Optional

from ansible import constants as C

try:  # ansible-core requires cryptography, but the import sanity test runs without it
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.hmac import HMAC
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
except ImportError:  # pragma: no cover - only in the import sanity test
    HAS_CRYPTOGRAPHY = False
else:
    HAS_CRYPTOGRAPHY = True

LOCAL_TMP: str = C.DEFAULT_LOCAL_TMP  # type: ignore[attr-defined]  # set by Ansible's configuration

DIRECTORY = "hubops_github_apps"
REVOKED = "revoked-"
NONCE = 12  # bytes, as NIST SP 800-38D recommends for GCM


class Run:
    """The key of this run, which worker processes inherit from the process that created it."""

    key: Optional[bytes] = None


def run_key() -> Optional[bytes]:
    """The key of this run, or None if `begin_run` was not called."""
    return Run.key


def seconds() -> float:
    """A clock shared by all processes that cannot be set. Where possible, it also advances while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class RunFiles:
    """Records that only holders of `secret` can read. Methods only raise OSError."""

    def __init__(self, secret: bytes) -> None:
        if not HAS_CRYPTOGRAPHY:
            raise OSError(errno.ENOSYS, "no cryptography")
        keys = HKDF(SHA256(), 64, salt=None, info=b"hubops.github_apps").derive(secret)
        self.cipher, self._name_key = AESGCM(keys[:32]), keys[32:]
        self.directory = directory()

    def name(self, identity: Any) -> str:
        """The name of the record for an identity that can be written as JSON. It does not reveal the identity."""
        mac = HMAC(self._name_key, SHA256())
        mac.update(json.dumps(identity, sort_keys=True, default=str).encode())
        return mac.finalize().hex()

    def read(self, name: str) -> Dict[str, Any]:
        """The record. Empty if it does not exist or cannot be decrypted with this secret."""
        with suppress(FileNotFoundError, InvalidTag, ValueError):
            with open(self.path(name), "rb", opener=open_safely) as file:
                data = file.read()
            return dict(json.loads(self.cipher.decrypt(data[:NONCE], data[NONCE:], name.encode())))
        return {}

    def is_good(self, record: Mapping[str, Any], least: float = 0) -> bool:
        """Whether a record is valid for at least `least` seconds.

        A record becomes invalid if one of its tokens is revoked or one of its source records is replaced.
        """
        if record.get("good_until", 0) - seconds() < max(least, 0.001):
            return False
        if any(is_revoked(token, self.directory) for token in record["tokens"]):
            return False
        return all(self.stamp(name) == stamp for name, stamp in record.get("sources", {}).items())

    def stamp(self, name: str) -> List[int]:
        """A value that changes when the record is replaced. Empty if there is no record."""
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
    """Whether the token was revoked in this run. :param path: path returned by `directory`."""
    return os.path.lexists(os.path.join(path, tombstone(token)))


def directory() -> str:
    """The directory for the files of this run. Raises OSError if other users own it or have access to it."""
    path = os.path.join(LOCAL_TMP, DIRECTORY)
    with suppress(FileExistsError):
        os.mkdir(path, 0o700)
    found = os.lstat(path)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise PermissionError(errno.EPERM, "not private")
    return path


def open_safely(path: str, flags: int) -> int:
    """Open a private file. Symbolic links are not followed, and child programs do not inherit the descriptor."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
