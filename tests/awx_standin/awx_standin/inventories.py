# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inventories, whose hosts come from inventory sources. Their deletion takes a while, as in AWX."""

from __future__ import annotations

from typing import Any, ClassVar

from . import validation
from .basics import Answer, Record, Request
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
    read_only = frozenset({"pending_deletion"})
    choices: ClassVar[dict[str, tuple[str, ...]]] = {"kind": ("", "smart", "constructed")}
    unique = validation.Unique(("name", "organization"))
    lists: ClassVar[dict[str, str]] = {"instance_groups": "instance_groups", "input_inventories": "inventories"}

    def store(self, values: Record) -> Record:
        """Store an inventory."""
        return super().store({**values, "pending_deletion": False})

    def deleted(self, record: Record) -> Answer:
        """Accept the deletion. The inventory exists until a client has listed inventories."""
        record["pending_deletion"] = True
        return 202, None

    def listed(self, request: Request) -> Answer:
        """Return the inventories, of which the deleted ones do not exist any more from now on."""
        answer = super().listed(request)
        for record in [one for one in self.records.values() if one["pending_deletion"]]:
            self.awx.remove(self.name, record["id"])
        return answer

    def may_create(self, user: Record, body: Record) -> bool:
        """Return whether a user can create an inventory there."""
        return self.awx.access.has(user, "organizations", body.get("organization"), "inventory_admin_role")
