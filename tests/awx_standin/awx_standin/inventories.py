# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inventories without hosts, which are sufficient for playbooks that run on localhost."""

from __future__ import annotations

from typing import Any, ClassVar

from . import validation
from .basics import Record
from .records import Resource


class Inventories(Resource):
    """Created by users who administer the inventories of an organization."""

    name, type = "inventories", "inventory"
    fields: ClassVar[dict[str, Any]] = {
        "organization": validation.REQUIRED,
        "kind": "",
        "host_filter": None,
        "variables": "",
        "prevent_instance_group_fallback": False,
    }
    references: ClassVar[dict[str, str]] = {"organization": "organizations"}
    choices: ClassVar[dict[str, tuple[str, ...]]] = {"kind": ("", "smart", "constructed")}
    unique = validation.Unique(("name", "organization"))
    lists: ClassVar[dict[str, str]] = {"instance_groups": "instance_groups", "input_inventories": "inventories"}

    def may_create(self, user: Record, body: Record) -> bool:
        """Return whether a user can create an inventory there."""
        return self.awx.access.has(user, "organizations", body.get("organization"), "inventory_admin_role")
