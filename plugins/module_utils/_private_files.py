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


@contextmanager
def private_json_file(option: str, path: str) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Makes sure that `path` can be written, then yields the function that writes it, once.

    What the function got stands in `path` when the block ends without an error; else `path` is as it was. A symbolic
    link at `path` is replaced, not followed.

    :raises OptionError: the file cannot be made. :raises StorageError: it cannot be completed.
    """
    directory = os.path.dirname(os.path.abspath(path))
    if os.path.isdir(path):
        raise OptionError(f"{option} {path} is a directory: give the name of a file in it.")
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=".github_apps_", dir=directory)
    except OSError as error:
        raise OptionError(f"{option}: no file can be made in {directory}: {os.strerror(error.errno or 0)}.") from None

    def write(content: Mapping[str, Any]) -> None:
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(content, file, indent=2, sort_keys=True)
                file.write("\n")
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


def is_private(path: str) -> bool:
    """Whether the file belongs to this user and nobody else may read or write it."""
    found = os.stat(path)
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def read_json_file(option: str, path: str) -> Optional[Dict[str, Any]]:
    """The object in `path`, None where there is no file, or an empty one.

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
    if not isinstance(content, dict) or not isinstance(content.get("token"), str):
        raise OptionError(f"{option} {path} exists and is not a file of this module: remove it, or give another name.")
    return content
