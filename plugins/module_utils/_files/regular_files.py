# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files from options: only regular files are read and replaced. Pipes do not block, and devices are not opened."""

from __future__ import annotations

import os
import stat
from typing import NamedTuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import quoted

OTHER_FILES = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a character device"),
    (stat.S_ISBLK, "a block device"),
)


class RegularFile(NamedTuple):
    """:param status: status of the file that was read, even if another file has its name now."""

    content: bytes
    status: os.stat_result


def describe_mode(mode: int) -> str:
    """The type of a file for messages; empty for a regular file."""
    if stat.S_ISREG(mode):
        return ""
    return next((name for is_kind, name in OTHER_FILES if is_kind(mode)), "a special file")


def describe_other_file(path: str) -> str:
    """The type of the file `path`; empty for a regular file, a link to one, and a missing file.

    It is also empty if the type cannot be determined. Opening the file then raises the error.
    """
    try:
        return describe_mode(os.stat(path).st_mode)
    except FileNotFoundError:
        return "a symbolic link to a missing file" if os.path.islink(path) else ""
    except OSError:
        return "a symbolic link that cannot be followed" if os.path.islink(path) else ""


def refuse_other_file(option: str, path: str) -> None:
    """Raise `OptionError` unless `path` is a regular file, a link to one, or does not exist."""
    kind = describe_other_file(path)
    if kind:
        raise OptionError(f"{option} {quoted(path)} is {kind}. Use the path of a regular file.")


def check_destination(option: str, path: str) -> None:
    """Raise `OptionError` if `path` is not a regular file, or no file can be created in its directory."""
    refuse_other_file(option, path)
    directory = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(directory):
        raise OptionError(f"{option}: the directory {quoted(directory)} does not exist. Create it first.")
    if not os.access(directory, os.W_OK | os.X_OK):
        raise OptionError(f"{option}: the directory {quoted(directory)} is not writable by this user.")


def read_regular_file(option: str, path: str, most: int) -> RegularFile:
    """Read up to `most` bytes of a regular file. The file that is read is the file that was checked.

    :raises OptionError: `path` is not a regular file. :raises OSError: the file cannot be opened or read.
    """
    refuse_other_file(option, path)
    with open(path, "rb", opener=open_without_waiting) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):  # replaced since the first check
            raise OptionError(
                f"{option} {quoted(path)} is {describe_mode(status.st_mode)}. Use the path of a regular file."
            )
        return RegularFile(file.read(most), status)


def open_without_waiting(path: str, flags: int) -> int:
    """Open a file without blocking on a pipe that has no writer."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
