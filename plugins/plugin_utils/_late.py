# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Import the code of a filter when it is called.

To find a filter, Ansible imports the files of all filters of the collection, in each process that uses one of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Callable

PLUGINS = "ansible_collections.hubops.github_apps.plugins"


def late(module: str, name: str) -> Callable[..., Any]:
    """A function that calls `name` in a module. The first call imports the module.

    :param module: its path below `plugins`.
    """

    def call(*args: Any, **kwargs: Any) -> Any:
        return getattr(import_module(f"{PLUGINS}.{module}"), name)(*args, **kwargs)

    return call
