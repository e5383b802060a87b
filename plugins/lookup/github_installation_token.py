# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lookup github_installation_token. Its documentation is in github_installation_token.yml."""

from __future__ import annotations

from typing import Any, List

from ansible_collections.hubops.github_apps.plugins.module_utils._base.environment import MINTING_ENVIRONMENT
from ansible_collections.hubops.github_apps.plugins.plugin_utils._lookups.lookup import GitHubAppsLookup


class LookupModule(GitHubAppsLookup):
    ENVIRONMENT = MINTING_ENVIRONMENT

    def new_result(self, *asked: Any) -> List[Any]:
        # Imported here because most calls are answered from the run's records and never need it.
        from ansible_collections.hubops.github_apps.plugins.plugin_utils._lookups.token_results import result

        return result(*asked)
