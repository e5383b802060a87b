# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens that GitHub shows once, kept in a file (option `dest`) before anybody can lose them."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, Optional

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import PartialChangeError
from ansible_collections.hubops.github_apps.plugins.module_utils._files.private_files import (
    StorageError,
    private_json_file,
    read_json_file,
)


def find_kept_secret(dest: Optional[str], identity: Mapping[str, Any]) -> Optional[Dict[str, Any]]:
    """What is kept in `dest`, if it was made for the same purpose."""
    file = read_json_file("dest", dest) if dest else None
    if file is None or file.content.get("identity") != dict(identity):
        return None
    return {name: value for name, value in file.content.items() if name != "identity"}


def keep_secret(dest: Optional[str], identity: Mapping[str, Any], make: Callable[[], Dict[str, Any]]) -> Dict[str, Any]:
    """Makes a secret and returns it, kept in `dest` where there is one.

    :raises PartialChangeError: it was made and cannot be kept, although room for it had been made before.
    """
    if not dest:
        return make()
    with private_json_file("dest", dest) as write:
        made = make()
        try:
            write({**made, "identity": dict(identity)})
        except StorageError as error:
            raise PartialChangeError(
                f"{error} GitHub made a new token that is lost but good, and a token that was reset is dead: have the user"
                " sign in again, and delete the grant or authorization to end the lost token.",
                {"changed": True},
            ) from None
    return made
