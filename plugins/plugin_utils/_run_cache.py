# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values that are made once in a run, by whichever worker needs one first."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Optional

from ansible_collections.hubops.github_apps.plugins.module_utils._errors import (
    GitHubAppsError,
    MissingLibraryError,
    NotFoundError,
)
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run_files import (
    LOCAL_TMP,
    NONCE,
    Run,
    RunFiles,
    digest,
    directory,
    open_safely,
    seconds,
    tombstone,
)

MINTED = "minted-"


def begin_run() -> bytes:
    """Makes the key of the run. To be called before any worker is forked."""
    Run.key = Run.key or os.urandom(32)
    return Run.key


def write_record(files: RunFiles, name: str, record: Mapping[str, Any]) -> None:
    """Replaces a record; readers see the one or the other. Raises OSError."""
    nonce = os.urandom(NONCE)
    data = nonce + files.cipher.encrypt(nonce, json.dumps(record).encode(), name.encode())
    descriptor, temporary = tempfile.mkstemp(dir=files.directory)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.replace(temporary, files.path(name))
    except OSError:
        os.unlink(temporary)
        raise


@contextmanager
def locked(path: str) -> Iterator[None]:
    """One process at a time. The system opens the lock of a process that dies. Raises OSError."""
    descriptor = open_safely(path, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def note_revoked(token: str) -> None:
    """From now on nobody in this run gets that token. OSError where that cannot be noted."""
    os.close(open_safely(os.path.join(directory(), tombstone(token)), os.O_WRONLY | os.O_CREAT))


class Made(NamedTuple):
    """:param lifetime: seconds that the value is good for. :param tokens: those that end its life when they are revoked."""

    value: Dict[str, Any]
    lifetime: float
    tokens: List[str]


class Kept(NamedTuple):
    """:param good_until: on the clock `seconds`. :param name: of the record, if there is one."""

    value: Dict[str, Any]
    good_until: float
    is_new: bool
    name: str


class SharedFailureError(GitHubAppsError):
    """What went wrong in another worker, which made the same while this one waited for it."""

    def __init__(self, message: str, facts: Mapping[str, Any]) -> None:
        super().__init__(message)
        self._facts = dict(facts)

    def facts(self) -> Dict[str, Any]:
        return self._facts


class RunCache:
    """What the file system refuses is a warning, and then each worker makes its own.

    :param secret: who has it can read the values. :param warn: shows a warning.
    """

    def __init__(self, secret: bytes, warn: Callable[[str], None]) -> None:
        self._warn: Optional[Callable[[str], None]] = warn
        self._files: Optional[RunFiles] = None
        with self._reported():
            self._files = RunFiles(secret)

    def once(self, identity: Any, make: Callable[[], Made], least: float = 0, fresh: bool = False) -> Kept:
        """The value of that identity, from the cache or from `make`.

        A failure is raised in all workers that were waiting for the same value, and is then forgotten.

        :param least: seconds that the value must be good for.
        :param fresh: whether it must have been made after this call.
        """
        asked, name = seconds(), self._name(identity)
        record = self._read(name)
        if not fresh and self._is_good(record, least):
            return Kept(record["value"], record["good_until"], False, name)
        with self._locked(name):
            record = self._read(name)
            if record.get("failed_at", 0) > asked:
                raise failure_in(record)
            if self._is_good(record, least) and (not fresh or record["made_at"] > asked):
                return Kept(record["value"], record["good_until"], False, name)
            began = seconds()
            try:
                made = make()
            except MissingLibraryError:
                raise
            except GitHubAppsError as error:
                still_good = record if self._is_good(record, 0) else {}
                self.write(name, {**still_good, **failure_from(error), "failed_at": seconds()})
                raise
            kept = {**made._asdict(), "made_at": seconds(), "good_until": began + made.lifetime}
            self.write(name, kept)
            return Kept(made.value, kept["good_until"], True, name)

    def recall(self, identity: Any, least: float) -> Optional[Dict[str, Any]]:
        """The value of that identity, if it is there."""
        record = self._read(self._name(identity))
        return dict(record["value"]) if self._is_good(record, least) else None

    def write(self, name: str, record: Mapping[str, Any]) -> None:
        with self._reported():
            if self._files:
                write_record(self._files, name, record)

    def _name(self, identity: Any) -> str:
        return self._files.name(identity) if self._files else ""

    def _read(self, name: str) -> Dict[str, Any]:
        with self._reported():
            if self._files:
                return self._files.read(name)
        return {}

    def _is_good(self, record: Mapping[str, Any], least: float) -> bool:
        return bool(self._files and self._files.is_good(record, least))

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        with ExitStack() as stack:
            with self._reported():
                if self._files:
                    stack.enter_context(locked(self._files.path(name + ".lock")))
            yield

    @contextmanager
    def _reported(self) -> Iterator[None]:
        """Turns the first error of the file system into a warning."""
        try:
            yield
        except OSError as error:
            if self._warn:
                self._warn(
                    "The run cannot share installation tokens, so each use mints one:"
                    f" {os.strerror(error.errno or errno.EIO)} in {LOCAL_TMP}. Make room there, or set local_tmp"
                    " (ANSIBLE_LOCAL_TEMP) to another directory."
                )
            self._warn = None


def minted_name(token: str) -> str:
    return MINTED + digest(token)


def drop_note(token: str) -> None:
    """A token needs no revoking any more."""
    with suppress(OSError):
        os.unlink(os.path.join(directory(), minted_name(token)))


def forget(token: str, warn: Callable[[str], None]) -> None:
    """From now on nobody in this run gets that token."""
    try:
        note_revoked(token)
    except OSError as error:
        # Then nobody is to get any of the tokens that are there; the notes for the end of the run stay.
        with suppress(OSError):
            for name in os.listdir(directory()):
                if not name.startswith(MINTED):
                    os.unlink(os.path.join(directory(), name))
        warn(
            "The run forgets the installation tokens that it shares, because it cannot note that one is revoked:"
            f" {os.strerror(error.errno or errno.EIO)} in {LOCAL_TMP}."
        )


def failure_from(error: GitHubAppsError) -> Dict[str, Any]:
    return {"failure": str(error), "facts": error.facts(), "is_missing": isinstance(error, NotFoundError)}


def failure_in(record: Mapping[str, Any]) -> GitHubAppsError:
    message = str(record["failure"])
    return NotFoundError(message) if record["is_missing"] else SharedFailureError(message, record["facts"])
