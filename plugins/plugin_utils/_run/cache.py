# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values that are created once in a run, by the first worker that needs them."""

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
    """Create the key of the run. Must be called before the first worker is forked."""
    Run.key = Run.key or os.urandom(32)
    return Run.key


def write_record(files: RunFiles, name: str, record: Mapping[str, Any]) -> None:
    """Replace a record atomically. Raises OSError."""
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
    """Lock a file. The system releases the lock if the process dies. Raises OSError."""
    descriptor = open_safely(path, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def note_revoked(token: str) -> None:
    """Mark a token as revoked, so that it is no longer shared in this run. Raises OSError."""
    os.close(open_safely(os.path.join(directory(), tombstone(token)), os.O_WRONLY | os.O_CREAT))


class Made(NamedTuple):
    """:param lifetime: lifetime in seconds. :param tokens: tokens whose revocation invalidates the value."""

    value: Dict[str, Any]
    lifetime: float
    tokens: List[str]


class Kept(NamedTuple):
    """:param good_until: end of its validity, on the clock `seconds`. :param source: name and stamp of its record, if any."""

    value: Dict[str, Any]
    good_until: float
    is_new: bool
    source: Dict[str, List[int]]


class SharedFailureError(GitHubAppsError):
    """Failure of another worker that was creating the same value while this one waited."""

    def __init__(self, message: str, facts: Mapping[str, Any]) -> None:
        super().__init__(message)
        self._facts = dict(facts)

    def facts(self) -> Dict[str, Any]:
        return self._facts


class RunCache:
    """Values that are shared within the run. If the file system fails, a warning is shown, and each worker creates its own.

    :param secret: secret that is required to read the values.
    :param warn: function that shows a warning.
    """

    def __init__(self, secret: bytes, warn: Callable[[str], None]) -> None:
        self._tell = warn
        self._warn: Optional[Callable[[str], None]] = warn
        self._files: Optional[RunFiles] = None
        with self._reported():
            self._files = RunFiles(secret)

    def once(self, identity: Any, make: Callable[[], Made], least: float = 0, fresh: bool = False) -> Kept:
        """The value for an identity, from the cache or from `make`.

        A failure is also raised in all workers that are waiting for the same value. It is not kept after that.

        :param least: minimum remaining lifetime of the value, in seconds.
        :param fresh: whether the value must be created after this call.
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
                # Errors without a cause only affect this worker, for example a library that its Python does not have.
                if error.facts().get("cause"):
                    still_good = record if self._is_good(record, 0) else {}
                    self.write(name, {**still_good, **failure_from(error), "failed_at": seconds()})
                raise
            self.keep(identity, made, began)
            return Kept(made.value, began + made.lifetime, True, self._source(name))

    def keep(self, identity: Any, made: Made, began: float = 0) -> None:
        """Store the value for an identity. :param began: start of its lifetime."""
        self.write(self._name(identity), {**made._asdict(), "made_at": seconds(), "good_until": began + made.lifetime})

    def recall(self, identity: Any, least: float) -> Optional[Dict[str, Any]]:
        """The stored value for an identity, or None."""
        _record, kept = self._look(self._name(identity), least)
        return kept and kept.value

    def note_minted(self, note: Mapping[str, Any]) -> None:
        """Record what is needed to revoke a token when the run ends."""
        try:
            if self._files:
                write_record(self._files, minted_name(note["token"]), note)
                return
        except OSError:
            pass
        self._tell(
            "A new installation token cannot be revoked at the end of the run, because it could not be recorded. It is"
            f" valid until {note['expires_at']}."
        )

    def write(self, name: str, record: Mapping[str, Any]) -> None:
        with self._reported():
            if self._files:
                write_record(self._files, name, record)

    def _name(self, identity: Any) -> str:
        return self._files.name(identity) if self._files else ""

    def _look(self, name: str, least: float) -> Tuple[Dict[str, Any], Optional[Kept]]:
        """The record, and its value if it is still valid."""
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
        """Show a warning for the first error of the file system, and ignore later ones."""
        try:
            yield
        except OSError as error:
            if self._warn:
                self._warn(
                    f"The run cannot share installation tokens ({os.strerror(error.errno or errno.EIO)} in {LOCAL_TMP}), so each"
                    " use creates a new one. Check the permissions and the free space of this directory, or set local_tmp"
                    " (ANSIBLE_LOCAL_TEMP) to another one."
                )
            self._warn = None


def minted_name(token: str) -> str:
    return MINTED + digest(token)


def origin_of(token: str) -> Optional[str]:
    """The API URL of the server that created the token, or None if the run has no note of the token."""
    key = run_key()
    with suppress(OSError):
        note = RunFiles(key).read(minted_name(token)) if key else {}
        return str(note["server"]["api_url"]) if note else None
    return None


def drop_note(token: str) -> None:
    """Remove the note of a token that no longer has to be revoked."""
    with suppress(OSError):
        os.unlink(os.path.join(directory(), minted_name(token)))


def forget(token: str, warn: Callable[[str], None]) -> None:
    """Stop sharing a token within this run."""
    try:
        note_revoked(token)
    except OSError as error:
        # To be safe, remove all shared tokens. Keep the notes of minted tokens and the marks of revoked ones.
        paths = []
        with suppress(OSError):  # without the directory, there are no shared tokens
            paths = glob.glob(os.path.join(glob.escape(directory()), "*"))
        for path in paths:
            if not os.path.basename(path).startswith((MINTED, REVOKED)):
                with suppress(OSError):
                    os.unlink(path)
        warn(
            "All shared installation tokens of this run were discarded, because a revoked token could not be marked as"
            f" revoked: {os.strerror(error.errno or errno.EIO)} in {LOCAL_TMP}."
        )


def failure_from(error: GitHubAppsError) -> Dict[str, Any]:
    return {"failure": str(error), "facts": error.facts()}


def failure_in(record: Mapping[str, Any]) -> GitHubAppsError:
    message, facts = str(record["failure"]), record["facts"]
    return NotFoundError(message) if facts["cause"] == NotFoundError.cause else SharedFailureError(message, facts)
