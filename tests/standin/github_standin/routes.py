# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the operation of a request: the rows of all route tables, in the order in which they are tried."""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence, Tuple

from . import apps, authorizations, enterprises, general, oauth
from .profiles import Profile
from .route import Route

ROUTES = (*apps.ROUTES, *enterprises.ROUTES, *oauth.ROUTES, *authorizations.ROUTES, *general.ROUTES)

# What precedes a secret in a path.
_BEFORE_SECRETS = frozenset(
    route.segments[:index]
    for route in ROUTES
    for index, pattern in enumerate(route.segments)
    if pattern in ("{access_token}", "{code}")
)


def find(method: str, segments: Sequence[str], profile: Profile) -> Optional[Tuple[Route, Dict[str, Any]]]:
    """Return the operation of a request and its path parameters if this release has it."""
    for route in ROUTES:
        if route.method == method and route.available(profile):
            params = route.match(segments)
            if params is not None:
                return route, params
    return None


def masked_path(segments: Sequence[str]) -> str:
    """Return the path for the log, cut off before a secret, for any release and method."""
    for before in _BEFORE_SECRETS:
        if len(segments) > len(before) and all(
            pattern.startswith("{") or pattern == segment for pattern, segment in zip(before, segments)
        ):
            segments = list(segments[: len(before)]) + ["***"]
    return "/" + "/".join(segments)
