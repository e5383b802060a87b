# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in server for the part of AWX's REST API that the role awx_github_app uses. See ../README.md."""

from __future__ import annotations

from .basics import RefusedError
from .server import AwxStandIn
from .state import Awx

__all__ = ["Awx", "AwxStandIn", "RefusedError"]
