# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Permission names for suggestions. Not used for validation, because each GitHub release supports different names."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Iterable

# From the schema app-permissions in https://github.com/github/rest-api-description, for all releases.
NAMES = (
    "actions",
    "administration",
    "artifact_metadata",
    "attestations",
    "checks",
    "code_quality",
    "codespaces",
    "content_references",
    "contents",
    "custom_properties_for_organizations",
    "dependabot_secrets",
    "deployments",
    "discussions",
    "email_addresses",
    "enterprise_administration",
    "enterprise_custom_properties",
    "enterprise_custom_properties_for_organizations",
    "enterprise_organization_installation_repositories",
    "enterprise_organization_installations",
    "environments",
    "followers",
    "git_ssh_keys",
    "gpg_keys",
    "interaction_limits",
    "issues",
    "members",
    "merge_queues",
    "metadata",
    "organization_administration",
    "organization_announcement_banners",
    "organization_copilot_agent_settings",
    "organization_copilot_requests",
    "organization_copilot_seat_management",
    "organization_custom_org_roles",
    "organization_custom_properties",
    "organization_custom_roles",
    "organization_events",
    "organization_external_properties_for_repos",
    "organization_hooks",
    "organization_packages",
    "organization_personal_access_token_requests",
    "organization_personal_access_tokens",
    "organization_plan",
    "organization_projects",
    "organization_secrets",
    "organization_self_hosted_runners",
    "organization_user_blocking",
    "packages",
    "pages",
    "profile",
    "pull_requests",
    "repository_custom_properties",
    "repository_hooks",
    "repository_projects",
    "secret_scanning_alerts",
    "secrets",
    "security_events",
    "single_file",
    "starring",
    "statuses",
    "team_discussions",
    "vulnerability_alerts",
    "workflows",
)
LIKENESS = 0.8  # minimum similarity of two names, from 0 to 1


def suggest_name(name: str, granted: Iterable[str]) -> str:
    """The permission name that is most similar to `name`; empty if `name` exists, or no name is similar.

    :param granted: names to prefer in suggestions.
    """
    if name in NAMES:
        return ""
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])|\W+", "_", name).lower()
    return next(iter(get_close_matches(plain, [*granted, *NAMES], n=1, cutoff=LIKENESS)), "")


def describe_suggestions(names: Iterable[str], granted: Iterable[str] = ()) -> str:
    """Sentences that suggest names instead of those that GitHub rejected, to append to a message."""
    suggestions = {name: suggest_name(name, granted) for name in names}
    return "".join(f" A permission with a similar name exists: {meant}." for meant in suggestions.values() if meant)
