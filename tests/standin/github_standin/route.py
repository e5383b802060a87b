# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows of the route tables: an operation with its releases, previews and accepted credentials.

The rows are defined after their handlers, in ``apps``, ``enterprises``, ``oauth``, ``authorizations`` and ``general``.
Sources: the REST reference of the release that documents the operation; for previews, the documentation of GHES 2.19 to
2.21.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, FrozenSet, List, Optional, Sequence, Tuple
from urllib.parse import unquote

from .auth import BASIC, INSTALLATION, JWT, NONE, PASSWORD
from .exchange import Call, Permission, Reply
from .profiles import Profile

JWT_ONLY = frozenset((JWT,))
CLIENT_ONLY = frozenset((BASIC,))
INSTALLATION_ONLY = frozenset((INSTALLATION,))
ANONYMOUS_ONLY = frozenset((NONE,))
PASSWORD_ONLY = frozenset((PASSWORD,))


@dataclass(frozen=True)
class Preview:
    """A media type that the server requires in Accept up to the release ``last``."""

    name: str
    last: str
    feature: str


MACHINE_MAN = Preview("machine-man", "2.21", "GitHub Apps")
GAMBIT = Preview("gambit", "2.20", "GitHub Apps uninstallation")
FURY = Preview("fury", "2.20", "GitHub App Manifests")
CORSAIR = Preview("corsair", "3.3", "Content Attachments")
DOCTOR_STRANGE = Preview("doctor-strange", "2.20", "OAuth Applications")


@dataclass(frozen=True)
class Route:
    """An operation. ``{name}`` is a path segment, ``{name:int}`` a number, ``{name:rest}`` the rest of the path.

    A token with fine-grained permissions needs one of ``permissions``.
    """

    method: str
    template: str
    handler: Callable[[Call], Reply]
    auth: FrozenSet[str]
    doc: str
    previews: Tuple[Preview, ...] = ()
    first: Optional[str] = None
    last: Optional[str] = None
    cloud: bool = True
    permissions: Tuple[Permission, ...] = ()
    refusal: Optional[str] = None
    segments: Tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "segments", tuple(self.template.split("/")[1:]))

    @property
    def name(self) -> str:
        """Method and template, as in the log and the statistics."""
        return "%s %s" % (self.method, self.template)

    def available(self, profile: Profile) -> bool:
        """Return whether the release has this operation."""
        if profile.is_cloud and not self.cloud:
            return False
        if self.first is not None and not profile.since(self.first):
            return False
        return self.last is None or profile.until(self.last)

    def missing_previews(self, profile: Profile, given: FrozenSet[str]) -> List[Preview]:
        """Return the previews that the release requires and the request lacks."""
        return [item for item in self.previews if profile.until(item.last) and item.name not in given]

    def match(self, segments: Sequence[str]) -> Optional[Dict[str, Any]]:
        """Return the parameters of a path given as raw (percent-encoded) segments, or None."""
        params: Dict[str, Any] = {}
        for index, pattern in enumerate(self.segments):
            if pattern.endswith(":rest}"):
                rest = [unquote(part) for part in segments[index:]]
                params[pattern[1:-6]] = "/".join(rest)
                return params if rest and all(rest) else None
            if index >= len(segments) or not _match_segment(pattern, unquote(segments[index]), params):
                return None
        return params if len(segments) == len(self.segments) else None


def _match_segment(pattern: str, value: str, params: Dict[str, Any]) -> bool:
    if not pattern.startswith("{"):
        return value == pattern
    if pattern.endswith(":int}"):
        if re.match(r"^[0-9]{1,18}\Z", value) is None:
            return False
        params[pattern[1:-5]] = int(value)
        return True
    params[pattern[1:-1]] = value
    return value != ""


def app_route(
    method: str, template: str, handler: Callable[[Call], Reply], anchor: str, *previews: Preview, **more: Any
) -> Route:
    """Return the route of an operation that authenticates as the app; machine-man is required up to GHES 2.21."""
    return Route(method, template, handler, JWT_ONLY, "apps/apps#" + anchor, previews=(MACHINE_MAN,) + previews, **more)


def client_route(method: str, template: str, handler: Callable[[Call], Reply], anchor: str, **more: Any) -> Route:
    """Return the route of an operation of the OAuth applications API."""
    return Route(method, template, handler, CLIENT_ONLY, "apps/oauth-applications#" + anchor, **more)


def user_route(method: str, template: str, handler: Callable[[Call], Reply], anchor: str) -> Route:
    """Return the route of an operation of the OAuth Authorizations API, which github.com has removed."""
    doc = "oauth-authorizations/oauth-authorizations#" + anchor
    return Route(method, template, handler, PASSWORD_ONLY, doc, cloud=False)
