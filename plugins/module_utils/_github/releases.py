# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Releases of GitHub."""

from __future__ import annotations

import sys
from typing import NamedTuple


class Release(NamedTuple):
    """A release of GitHub Enterprise Server. Compares by age; CLOUD is newer than any."""

    major: int
    minor: int

    def __str__(self) -> str:
        return "github.com" if self == CLOUD else f"{self.major}.{self.minor}"


CLOUD = Release(sys.maxsize, 0)
EVERY_SERVER = Release(sys.maxsize - 1, 0)  # the last of an operation that no server dropped and the cloud did
OLDEST = Release(2, 18)  # that this collection supports: before it, most operations and their previews are others
