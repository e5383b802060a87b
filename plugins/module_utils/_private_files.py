# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files for secrets: mode 0600 from their first byte, complete or not there."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, Mapping, Optional

from ansible_collections.hubops.github_apps.plugins.module_utils._errors import GitHubAppsError, OptionError


class StorageError(GitHubAppsError):
    """A secret could not be written although a file for it could be made."""


# Bytes that are written beforehand, so that a disk which fills up meanwhile does not cost a secret that is shown once.
RESERVED = 64 * 1024


@contextmanager
def private_file(option: str, path: str) -> Iterator[Callable[[str], None]]:
    """Makes sure that `path` can be written, then yields the function that writes it, once.

    What the function got stands in `path` when it returns; without it `path` is as it was. A symbolic link at `path` is
    replaced, not followed.

    :raises OptionError: the file cannot be made. :raises StorageError: it cannot be completed.
    """
    directory = os.path.dirname(os.path.abspath(path))
    if os.path.isdir(path):
        raise OptionError(f"{option} {path} is a directory: give the name of a file in it.")
    temporary = ""
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=".github_apps_", dir=directory)
        with os.fdopen(descriptor, "wb") as file:
            file.write(bytes(RESERVED))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        if temporary:
            os.unlink(temporary)
        raise OptionError(f"{option}: no file can be made in {directory}: {os.strerror(error.errno or 0)}.") from None

    def write(text: str) -> None:
        try:
            with open(temporary, "r+b") as file:
                file.write(text.encode())
                file.truncate()
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except OSError as error:
            raise StorageError(f"{option} {path} cannot be written: {os.strerror(error.errno or 0)}.") from None

    try:
        yield write
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


@contextmanager
def private_json_file(option: str, path: str) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """As `private_file`, for an object."""
    with private_file(option, path) as write:
        yield lambda content: write(json.dumps(content, indent=2, sort_keys=True) + "\n")


def is_private(path: str) -> bool:
    """Whether the file belongs to this user and nobody else may read or write it."""
    found = os.stat(path)
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def read_json_file(option: str, path: str, key: str = "token") -> Optional[Dict[str, Any]]:
    """The object in `path`, None where there is no file, or an empty one.

    :param key: what such a file holds, as text.
    :raises OptionError: something else is there, which must not be overwritten.
    """
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read(1_000_000)
            content = json.loads(text) if text else None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OptionError(f"{option} {path} cannot be read: {os.strerror(error.errno or 0)}.") from None
    except ValueError:
        text, content = "?", None
    if not text:
        return None
    if not isinstance(content, dict) or not isinstance(content.get(key), str):
        raise OptionError(f"{option} {path} exists and is not a file of this module: remove it, or give another name.")
    return content
