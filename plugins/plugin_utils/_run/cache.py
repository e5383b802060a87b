# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values that are made once in a run, by whichever worker needs one first."""

from __future__ import annotations

import errno
import fcntl
import glob
import json
import os
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    GitHubAppsError,
    NotFoundError,
)
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.files import (
    LOCAL_TMP,
    NONCE,
    REVOKED,
    Run,
    RunFiles,
    digest,
    directory,
    open_safely,
    run_key,
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
    """:param good_until: on the clock `seconds`. :param source: name and stamp of the record, if there is one."""

    value: Dict[str, Any]
    good_until: float
    is_new: bool
    source: Dict[str, List[int]]


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
        self._tell = warn
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
        record, kept = self._look(name, least)
        if kept and not fresh:
            return kept
        with self._locked(name):
            record, kept = self._look(name, least)
            if record.get("failed_at", 0) > asked:
                raise failure_in(record)
            if kept and (not fresh or record["made_at"] > asked):
                return kept
            began = seconds()
            try:
                made = make()
            except GitHubAppsError as error:
                # One without a cause lies in this worker alone, such as a library that its Python does not have.
                if error.facts().get("cause"):
                    still_good = record if self._is_good(record, 0) else {}
                    self.write(name, {**still_good, **failure_from(error), "failed_at": seconds()})
                raise
            self.keep(identity, made, began)
            return Kept(made.value, began + made.lifetime, True, self._source(name))

    def keep(self, identity: Any, made: Made, began: float = 0) -> None:
        """From now on this is the value. :param began: when its life began."""
        self.write(self._name(identity), {**made._asdict(), "made_at": seconds(), "good_until": began + made.lifetime})

    def recall(self, identity: Any, least: float) -> Optional[Dict[str, Any]]:
        """The value of that identity, if it is there."""
        _record, kept = self._look(self._name(identity), least)
        return kept and kept.value

    def note_minted(self, note: Mapping[str, Any]) -> None:
        """Keeps what is needed to revoke a token when the run ends."""
        try:
            if self._files:
                write_record(self._files, minted_name(note["token"]), note)
                return
        except OSError:
            pass
        self._tell(
            f"A token that was just minted cannot be revoked at the end of the run: it is good until {note['expires_at']}."
        )

    def write(self, name: str, record: Mapping[str, Any]) -> None:
        with self._reported():
            if self._files:
                write_record(self._files, name, record)

    def _name(self, identity: Any) -> str:
        return self._files.name(identity) if self._files else ""

    def _look(self, name: str, least: float) -> Tuple[Dict[str, Any], Optional[Kept]]:
        """The record, and what it holds if it is good."""
        source, record = self._source(name), self._read(name)
        if not self._is_good(record, least):
            return record, None
        return record, Kept(record["value"], record["good_until"], False, source)

    def _source(self, name: str) -> Dict[str, List[int]]:
        with self._reported():
            if self._files:
                return {name: self._files.stamp(name)}
        return {}

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


def origin_of(token: str) -> Optional[str]:
    """The API URL of the server that created the token in this run; None where the run has no note of it."""
    key = run_key()
    with suppress(OSError):
        note = RunFiles(key).read(minted_name(token)) if key else {}
        return str(note["server"]["api_url"]) if note else None
    return None


def drop_note(token: str) -> None:
    """A token needs no revoking any more."""
    with suppress(OSError):
        os.unlink(os.path.join(directory(), minted_name(token)))


def forget(token: str, warn: Callable[[str], None]) -> None:
    """From now on nobody in this run gets that token."""
    try:
        note_revoked(token)
    except OSError as error:
        # Then nobody is to get any of the tokens that are there. Notes and marks stay.
        paths = []
        with suppress(OSError):  # without a directory there is nothing that anybody could get
            paths = glob.glob(os.path.join(glob.escape(directory()), "*"))
        for path in paths:
            if not os.path.basename(path).startswith((MINTED, REVOKED)):
                with suppress(OSError):
                    os.unlink(path)
        warn(
            "The run forgets the installation tokens that it shares, because it cannot note that one is revoked:"
            f" {os.strerror(error.errno or errno.EIO)} in {LOCAL_TMP}."
        )


def failure_from(error: GitHubAppsError) -> Dict[str, Any]:
    return {"failure": str(error), "facts": error.facts()}


def failure_in(record: Mapping[str, Any]) -> GitHubAppsError:
    message, facts = str(record["failure"]), record["facts"]
    return NotFoundError(message) if facts["cause"] == NotFoundError.cause else SharedFailureError(message, facts)
