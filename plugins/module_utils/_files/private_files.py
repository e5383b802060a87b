# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files for secrets: written atomically, and with mode 0600 from the beginning."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Callable, Dict, Iterator, Mapping, NamedTuple, Optional

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import GitHubAppsError, OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import quoted
from ansible_collections.hubops.github_apps.plugins.module_utils._files.regular_files import (
    check_destination,
    read_regular_file,
)


class StorageError(GitHubAppsError):
    """A secret could not be written to a file that had been created for it."""


# Bytes reserved in advance, so that a secret that GitHub shows only once is not lost if the disk fills up in the
# meantime.
RESERVED = 64 * 1024
LARGEST_FILE = 1_000_000  # bytes


@contextmanager
def private_file(option: str, path: str, mode: int = 0o600) -> Iterator[Callable[[str], None]]:
    """Make sure that `path` can be written, then yield a function that writes it once.

    If the function is not called, `path` remains unchanged. A symbolic link at `path` is replaced, not followed.
    Everything is written through the descriptor of the created file, so that another user with write access to the
    directory cannot replace the file and receive the secret.

    :param mode: permissions of the file, by default for its owner only.
    :raises OptionError: the file cannot be created. :raises StorageError: the file cannot be written completely.
    """
    check_destination(option, path)
    directory = os.path.dirname(os.path.abspath(path))
    with ExitStack() as cleanup:
        try:
            descriptor, temporary = tempfile.mkstemp(prefix=".github_apps_", dir=directory)
            cleanup.callback(discard, descriptor, temporary)
            fill(descriptor, bytes(RESERVED))
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise OptionError(f"{option}: a file cannot be created in {quoted(directory)}: {reason}.") from None

        def write(text: str) -> None:
            try:
                fill(descriptor, text.encode())
                os.fchmod(descriptor, mode)
                os.replace(temporary, path)
                is_ours = os.path.samestat(os.lstat(path), os.fstat(descriptor))
            except OSError as error:
                raise StorageError(
                    f"{option} {quoted(path)} cannot be written: {os.strerror(error.errno or 0)}."
                ) from None
            if not is_ours:
                raise StorageError(
                    f"{option} {quoted(path)} was replaced by another user while it was being written. Remove it, and"
                    " use a file in a directory that only you can write to."
                )

        yield write


def fill(descriptor: int, content: bytes) -> None:
    """Replace the content of the file and flush it to disk. Raises OSError."""
    with os.fdopen(os.dup(descriptor), "r+b") as file:
        file.seek(0)
        file.write(content)
        file.truncate()
        file.flush()
        os.fsync(descriptor)


def discard(descriptor: int, temporary: str) -> None:
    """Close the temporary file and remove it, unless it was renamed or another file has its name."""
    with suppress(OSError):
        if os.path.samestat(os.lstat(temporary), os.fstat(descriptor)):
            os.unlink(temporary)
    os.close(descriptor)


@contextmanager
def private_json_file(option: str, path: str) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """As `private_file`, for an object that is written as JSON."""
    with private_file(option, path) as write:
        yield lambda content: write(json.dumps(content, indent=2, sort_keys=True) + "\n")


class KeptFile(NamedTuple):
    """:param is_private: whether the file belongs to this user and nobody else can read or write it."""

    content: Dict[str, Any]
    is_private: bool


def read_json_file(option: str, path: str, key: str = "token") -> Optional[KeptFile]:
    """The object in the file `path`; None if the file does not exist or is empty.

    :param key: a key that such a file contains, with a string as its value.
    :raises OptionError: the file contains something else, and must not be overwritten.
    """
    try:
        file = read_regular_file(option, path, LARGEST_FILE)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OptionError(f"{option} {quoted(path)} cannot be read: {os.strerror(error.errno or 0)}.") from None
    if not file.content:
        return None
    try:
        content = json.loads(file.content)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict) or not isinstance(content.get(key), str):
        raise OptionError(
            f"{option} {quoted(path)} already exists and was not created by this module. Remove it, or use another"
            " path."
        )
    others = stat.S_IRWXG | stat.S_IRWXO
    return KeptFile(content, file.status.st_uid == os.geteuid() and not file.status.st_mode & others)
