# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stateful, strict stand-in server for GitHub's REST API for GitHub Apps."""

from __future__ import annotations

from ._version import __version__
from .faults import Fault, FaultError
from .profiles import KNOWN as PROFILES
from .profiles import Profile, ProfileError
from .seeds import SeedError
from .server import StandIn

__all__ = ["PROFILES", "Fault", "FaultError", "Profile", "ProfileError", "SeedError", "StandIn", "__version__"]
