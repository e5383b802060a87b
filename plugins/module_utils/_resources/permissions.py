# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Permissions and their levels."""

from __future__ import annotations

from typing import Iterable, List, Mapping

LEVELS = ("read", "write", "admin")


def lacking_permissions(granted: Mapping[str, str], wanted: Mapping[str, str]) -> List[str]:
    """The names of the permissions that are wanted at a higher level than granted."""
    return [name for name, level in wanted.items() if rank(level) > rank(granted.get(name, ""))]


def describe_permissions(permissions: Mapping[str, str], names: Iterable[str]) -> str:
    """The permissions and their levels, for messages."""
    return ", ".join(f"{name}: {permissions[name]}" for name in names)


def rank(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else -1
