# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets that Ansible masks in whatever it shows: ansible-core 2.22 and newer can, and modules there do it by themselves."""

from __future__ import annotations

from typing import Iterable

try:
    from ansible.module_utils.secrets import register_secrets  # type: ignore[import-not-found]  # new in 2.22
except ImportError:  # pragma: no cover - which of the two it is depends on the ansible-core
    MASKS_SECRETS = False

    def register_secrets(values: Iterable[str]) -> None:
        """Nothing masks secrets here: `no_log` is what there is."""


else:  # pragma: no cover - as above
    MASKS_SECRETS = True

__all__ = ["MASKS_SECRETS", "register_secrets"]
