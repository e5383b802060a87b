# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Releases of GitHub."""

from __future__ import annotations

import sys
from typing import NamedTuple


class Release(NamedTuple):
    """A release of GitHub Enterprise Server. Releases compare by age; CLOUD is newer than any other."""

    major: int
    minor: int

    def __str__(self) -> str:
        return "github.com" if self == CLOUD else f"{self.major}.{self.minor}"


CLOUD = Release(sys.maxsize, 0)
EVERY_SERVER = Release(sys.maxsize - 1, 0)  # the last release of an operation that only github.com has dropped
OLDEST = Release(2, 18)  # the oldest supported release; most operations and previews of earlier ones differ
