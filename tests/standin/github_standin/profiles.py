# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Differences between GitHub releases.

A profile is ``cloud`` (github.com, the latest behavior) or a GitHub Enterprise Server release such as ``2.20``.
Every rule compares releases, so any ``X.Y`` is a valid profile, even if :data:`KNOWN` does not contain it.
"""

from __future__ import annotations

import re
from typing import Optional, Tuple

Release = Tuple[int, int]

CLOUD = "cloud"
KNOWN = ("2.18", "2.19", "2.20", "2.21", "2.22", "3.0", "3.3", "3.4", "3.9", "3.19", "3.21", "3.22", CLOUD)
OLDEST = (2, 18)
API_VERSION_2022 = "2022-11-28"
API_VERSION_2026 = "2026-03-10"
GHES_API_PREFIX = "/api/v3"


class ProfileError(ValueError):
    """The profile is neither ``cloud`` nor a release ``X.Y``."""


def parse_release(text: str) -> Release:
    """Convert ``"2.20"`` to ``(2, 20)``."""
    match = re.match(r"^([0-9]{1,3})\.([0-9]{1,3})\Z", text)
    if match is None:
        raise ProfileError("%r is not a release of the form X.Y" % text)
    release = int(match.group(1)), int(match.group(2))
    if release < OLDEST:
        raise ProfileError("%s is older than 2.18, the oldest supported release" % text)
    return release


class Profile:
    """A server release; ``release`` is None for github.com, which is newer than every release."""

    def __init__(self, name: str) -> None:
        self.name = str(name)
        self.release: Optional[Release] = None if self.name == CLOUD else parse_release(self.name)

    @property
    def is_cloud(self) -> bool:
        """Whether this is github.com."""
        return self.release is None

    def since(self, release: str) -> bool:
        """Return whether this server is ``release`` or newer."""
        return self.release is None or self.release >= parse_release(release)

    def until(self, release: str) -> bool:
        """Return whether this server is ``release`` or older; never true for github.com."""
        return self.release is not None and self.release <= parse_release(release)

    @property
    def api_prefix(self) -> str:
        """Path prefix of the REST API (GitHub docs: "Getting started with the REST API", base URL of GHES)."""
        return "" if self.is_cloud else GHES_API_PREFIX

    @property
    def installed_version(self) -> Optional[str]:
        """``installed_version`` of ``GET /meta`` (operation meta/get), which github.com does not have."""
        return None if self.is_cloud else "%s.0" % self.name

    @property
    def server_version(self) -> str:
        """Version for users and for server.json: ``2.20.0`` or ``cloud``."""
        return self.installed_version or CLOUD

    @property
    def api_versions(self) -> Tuple[str, ...]:
        """Known values of X-GitHub-Api-Version, newest first (docs "API Versions"; GHES supports versions from 3.9)."""
        if not self.since("3.9"):
            return ()
        return (API_VERSION_2026, API_VERSION_2022) if self.since("3.21") else (API_VERSION_2022,)

    @property
    def accepts_client_id_issuer(self) -> bool:
        """Whether ``iss`` can be a client ID (docs "Generating a JSON Web Token (JWT) for a GitHub App": GHES 3.18)."""
        return self.since("3.18")

    @property
    def understands_repository_names(self) -> bool:
        """Whether a new token can have ``repositories``; the docs up to GHES 2.21 have only ``repository_ids``."""
        return self.since("2.22")

    @property
    def error_has_status(self) -> bool:
        """Whether error bodies contain the status as a string, as on newer servers."""
        return self.since("3.14")

    def documentation_url(self, page: str) -> str:
        """Return the URL of a documentation page; ``page`` is, for example, ``apps/apps#get-the-authenticated-app``."""
        if self.is_cloud:
            return "https://docs.github.com/rest/%s" % page if page else "https://docs.github.com/rest"
        path, _hash, anchor = page.partition("#")
        section = path.split("/")[0]
        if not self.since("3.0"):
            base = "https://developer.github.com/enterprise/%s/v3" % self.name
            return "%s/%s/#%s" % (base, section, anchor) if page else base
        base = "https://docs.github.com/enterprise-server@%s/rest" % self.name
        if not page:
            return base
        return "%s/reference/%s#%s" % (base, section, anchor) if self.until("3.3") else "%s/%s" % (base, page)
