# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens that GitHub shows only once, stored in the file in option `dest`."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, Optional

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError, PartialChangeError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import quoted
from ansible_collections.hubops.github_apps.plugins.module_utils._files.private_files import (
    StorageError,
    private_json_file,
    read_json_file,
)


def find_kept_secret(dest: Optional[str], identity: Mapping[str, Any]) -> Optional[Dict[str, Any]]:
    """The secret in `dest` if it was created for the same purpose."""
    file = read_json_file("dest", dest) if dest else None
    if file is None or file.content.get("identity") != dict(identity):
        return None
    return {name: value for name, value in file.content.items() if name != "identity"}


def refuse_other_secret(dest: str, identity: Mapping[str, Any]) -> None:
    """Raise `OptionError` if `dest` contains anything but a secret that was created for the same purpose."""
    file = read_json_file("dest", dest)
    if file and file.content.get("identity") != dict(identity):
        raise OptionError(
            f"dest {quoted(dest)} contains a token that was created for another purpose. Use another path, or remove the"
            " file if the token is no longer needed."
        )


def keep_secret(dest: Optional[str], identity: Mapping[str, Any], make: Callable[[], Dict[str, Any]]) -> Dict[str, Any]:
    """Create a secret with `make`, store it in `dest` if set, and return it.

    :raises PartialChangeError: the secret was created but could not be stored, although space had been reserved.
    """
    if not dest:
        return make()
    with private_json_file("dest", dest) as write:
        made = make()
        try:
            write({**made, "identity": dict(identity)})
        except StorageError as error:
            raise PartialChangeError(
                f"{error} GitHub created a new token, which is lost but valid. If the task reset a token, the old one is"
                " no longer valid. Delete the grant or authorization to revoke the lost token, and have the user sign"
                " in again.",
                {"changed": True},
            ) from None
    return made
