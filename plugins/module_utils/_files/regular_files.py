# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that users name: only regular ones are read and replaced. Nothing here blocks on a pipe or touches a device."""

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
    """:param status: of the file that was read, whatever has its name now."""

    content: bytes
    status: os.stat_result


def describe_mode(mode: int) -> str:
    """What such a file is; empty for a regular one."""
    if stat.S_ISREG(mode):
        return ""
    return next((name for is_kind, name in OTHER_FILES if is_kind(mode)), "a special file")


def describe_other_file(path: str) -> str:
    """What has the name `path` and is no regular file; empty for a regular file, a link to one, and nothing at all.

    A name that cannot be looked up is nothing: whoever opens it learns why.
    """
    try:
        return describe_mode(os.stat(path).st_mode)
    except FileNotFoundError:
        return "a symbolic link to nothing" if os.path.islink(path) else ""
    except OSError:
        return "a symbolic link that leads nowhere" if os.path.islink(path) else ""


def refuse_other_file(option: str, path: str) -> None:
    """`OptionError` for whatever is neither a regular file, nor a link to one, nor absent."""
    kind = describe_other_file(path)
    if kind:
        raise OptionError(f"{option} {quoted(path)} is {kind}: give the name of a regular file.")


def check_destination(option: str, path: str) -> None:
    """`OptionError` where no file can be written: `path` is something else, or its directory does not take files."""
    refuse_other_file(option, path)
    directory = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(directory):
        raise OptionError(f"{option}: the directory {quoted(directory)} does not exist. Create it first.")
    if not os.access(directory, os.W_OK | os.X_OK):
        raise OptionError(f"{option}: the directory {quoted(directory)} is not writable for this user.")


def read_regular_file(option: str, path: str, most: int) -> RegularFile:
    """Reads a regular file, up to `most` bytes. The name is looked up once: what is checked is what is read.

    :raises OptionError: something else has that name. :raises OSError: the file cannot be opened or read.
    """
    refuse_other_file(option, path)
    with open(path, "rb", opener=open_without_waiting) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):  # it was replaced meanwhile
            raise OptionError(
                f"{option} {quoted(path)} is {describe_mode(status.st_mode)}: give the name of a regular file."
            )
        return RegularFile(file.read(most), status)


def open_without_waiting(path: str, flags: int) -> int:
    """A descriptor, at once: the open of a pipe that nobody writes to would block."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
