# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Registration of secrets that Ansible masks in its output.

ansible-core 2.22 and later supports this, and registers the secrets of modules by itself.
"""

from __future__ import annotations

from typing import Iterable

try:
    from ansible.module_utils.secrets import register_secrets  # type: ignore[import-not-found]  # new in 2.22
except ImportError:  # pragma: no cover - depends on the version of ansible-core
    MASKS_SECRETS = False

    def register_secrets(values: Iterable[str]) -> None:
        """Do nothing. This ansible-core cannot mask secrets, so only `no_log` protects them."""


else:  # pragma: no cover - as above
    MASKS_SECRETS = True

__all__ = ["MASKS_SECRETS", "register_secrets"]
