# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lookup github_installation_token; its documentation is in the file of that name beside it."""

from __future__ import annotations

from ansible.utils.display import Display

from ansible_collections.hubops.github_apps.plugins.module_utils._environment import MINTING_ENVIRONMENT
from ansible_collections.hubops.github_apps.plugins.plugin_utils._lookup import Answer, GitHubAppsLookup, Question


class LookupModule(GitHubAppsLookup):
    ENVIRONMENT = MINTING_ENVIRONMENT

    def answer(self, question: Question) -> Answer:
        # Loaded only here, for most questions have been answered before.
        from ansible_collections.hubops.github_apps.plugins.plugin_utils._token_answers import answer

        return answer(question, Display().warning)
