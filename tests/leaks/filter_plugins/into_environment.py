# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter into_environment: variables for one task on one host, as if ansible-playbook had been started with them.

The keyword `environment` is something else: ansible-core shows it, and it reaches neither lookups nor action plugins.
"""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, Mapping


def into_environment(variables: Mapping[str, str]) -> bool:
    """Sets the variables in this process, which is the worker of the task. True, so that a condition can do it."""
    os.environ.update({name: str(value) for name, value in variables.items()})
    return True


class FilterModule:
    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"into_environment": into_environment}
