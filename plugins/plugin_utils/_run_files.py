# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that the workers of one run share: encrypted, in a directory that Ansible removes when the run ends.

Ansible runs each task of each host in a process of its own, so memory is of no use. `C.DEFAULT_LOCAL_TMP` is one
directory for all of them, with mode 0700. Each use of a lookup loads this file, from its source: it is kept short.
"""

from __future__ import annotations

import errno
import fcntl
import hmac
import json
import os
import stat
import tempfile
import time
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import Any, Dict, Iterator, List, Mapping, Optional

from ansible import constants as C

try:  # ansible-core has it installed, but is tested without
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
except ImportError:
    pass

LOCAL_TMP: str = C.DEFAULT_LOCAL_TMP  # type: ignore[attr-defined]  # made by the configuration

DIRECTORY = "hubops_github_apps"
NONCE = 12  # bytes, as NIST SP 800-38D recommends for GCM


class _Run:
    """The key of this run, which worker processes inherit from the process that made it."""

    key: Optional[bytes] = None


def begin_run() -> bytes:
    """Makes the key of the run. To be called before any worker is forked."""
    _Run.key = _Run.key or os.urandom(32)
    return _Run.key


def run_key() -> Optional[bytes]:
    """None where `begin_run` was not called."""
    return _Run.key


def seconds() -> float:
    """A clock that all processes share and nobody can set. It goes on while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class RunFiles:
    """Records that only holders of `secret` can read and write. The methods raise OSError and nothing else."""

    def __init__(self, secret: bytes) -> None:
        keys = HKDF(SHA256(), 64, salt=None, info=b"hubops.github_apps").derive(secret)
        self._cipher, self._name_key = AESGCM(keys[:32]), keys[32:]
        self._directory = directory()

    def name(self, identity: Any) -> str:
        """The name of the record of whatever JSON can write, which tells nothing about it."""
        return hmac.new(self._name_key, json.dumps(identity, sort_keys=True).encode(), "sha256").hexdigest()

    def read(self, name: str) -> Dict[str, Any]:
        """A record; an empty one where there is none, or one that this secret does not open."""
        with suppress(FileNotFoundError, InvalidTag, ValueError):
            with open(self._path(name), "rb", opener=open_safely) as file:
                data = file.read()
            return dict(json.loads(self._cipher.decrypt(data[:NONCE], data[NONCE:], name.encode())))
        return {}

    def write(self, name: str, record: Mapping[str, Any]) -> None:
        """Replaces a record; readers see the one or the other."""
        nonce = os.urandom(NONCE)
        data = nonce + self._cipher.encrypt(nonce, json.dumps(record).encode(), name.encode())
        descriptor, temporary = tempfile.mkstemp(dir=self._directory)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            os.replace(temporary, self._path(name))
        except OSError:
            os.unlink(temporary)
            raise

    def names(self) -> List[str]:
        return sorted(os.listdir(self._directory))

    def is_good(self, record: Mapping[str, Any], least: float = 0) -> bool:
        """Whether a record is good for so many seconds, none of its tokens was revoked, and no record that it was made
        from was replaced."""
        if record.get("good_until", 0) - seconds() < max(least, 0.001):
            return False
        if any(os.path.lexists(self._path(tombstone(token))) for token in record["tokens"]):
            return False
        return all(self.stamp(name) == stamp for name, stamp in record.get("sources", {}).items())

    def stamp(self, name: str) -> List[int]:
        """What tells a record from the one that replaces it; nothing where there is none."""
        try:
            found = os.lstat(self._path(name))
        except FileNotFoundError:
            return []
        return [found.st_ino, found.st_mtime_ns]

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """One process at a time. The system opens the lock of a process that dies."""
        descriptor = open_safely(self._path(name + ".lock"), os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _path(self, name: str) -> str:
        return os.path.join(self._directory, name)


def digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def tombstone(token: str) -> str:
    return "revoked-" + digest(token)


def note_revoked(token: str) -> None:
    """From now on nobody in this run gets that token. OSError where that cannot be noted."""
    os.close(open_safely(os.path.join(directory(), tombstone(token)), os.O_WRONLY | os.O_CREAT))


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
