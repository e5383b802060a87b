# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter into_environment: sets variables for one task on one host, as if they were in ansible-playbook's environment.

The keyword `environment` is different: ansible-core shows it, and it does not affect lookups and action plugins.
"""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, Mapping


def into_environment(variables: Mapping[str, str]) -> bool:
    """Set the variables in this process, which is the task's worker. Return true, for use in conditions."""
    os.environ.update({name: str(value) for name, value in variables.items()})
    return True


class FilterModule:
    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"into_environment": into_environment}
