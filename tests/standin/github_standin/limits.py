# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rate limits of github.com (docs "Rate limits for the REST API"). Requests are counted but never rejected."""

from __future__ import annotations

from typing import Dict

from .auth import Credential
from .state import State

BASE = 5000
ANONYMOUS = 60
MAXIMUM = 12500
FREE_REPOSITORIES = 20
ENTERPRISE = 15000
PER_REPOSITORY = 50


def limit_of(credential: Credential, state: State) -> int:
    """Return the requests allowed per hour; an installation gets 50 more for every repository over 20, up to 12,500.

    An installation on an enterprise has the limit of an organization of GitHub Enterprise Cloud.
    """
    token = credential.installation_token
    if token is not None and token.installation.account.is_enterprise:
        return ENTERPRISE
    if token is not None:
        count = len(state.installation_repositories(token.installation))
        return min(MAXIMUM, BASE + PER_REPOSITORY * max(0, count - FREE_REPOSITORIES))
    return BASE if credential.user_token is not None else ANONYMOUS


def reset_time(state: State) -> int:
    """Return the end of the current hour of the server's clock."""
    return (int(state.now()) // 3600 + 1) * 3600


def count_call(credential: Credential, state: State) -> Dict[str, str]:
    """Count a request and return its x-ratelimit headers. Requests with a JWT have none."""
    key = credential.rate_key
    if key is None:
        return {}
    limit = limit_of(credential, state)
    used = state.rate_used[key] = state.rate_used.get(key, 0) + 1
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(max(0, limit - used)),
        "X-RateLimit-Used": str(used),
        "X-RateLimit-Reset": str(reset_time(state)),
        "X-RateLimit-Resource": "core",
    }
