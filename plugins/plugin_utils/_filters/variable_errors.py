# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter variable_errors, which is documented in plugins/filter."""

from __future__ import annotations

from typing import Any, List, Mapping, Optional

from ansible_collections.hubops.github_apps.plugins.module_utils._base.misplaced_secrets import (
    describe_misplaced,
    find_misplaced,
)
from ansible_collections.hubops.github_apps.plugins.plugin_utils._lookups.lookup import variables_from_facts


def variable_errors(
    variables: Mapping[str, Any],
    specification: Optional[Mapping[str, Mapping[str, Any]]] = None,
    facts: Optional[Mapping[str, Any]] = None,
) -> List[str]:
    spec = specification or {}
    errors = [describe_misplaced(spec, [item], {}) for item in find_misplaced(spec, variables)]
    errors += [
        f"{name} comes from the facts of the host, which are not trusted. Set it in the play or in the vars of the role."
        for name in variables_from_facts(variables, facts or {}, variables)
    ]
    return errors
