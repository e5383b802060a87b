# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Labels, which AWX removes with the last record that has them, and instance groups."""

from __future__ import annotations

from typing import Any, ClassVar

from . import validation
from .basics import Record, Request, not_allowed
from .records import Resource


class Labels(Resource):
    """Created by members of an organization. AWX has no request to delete a label."""

    name, type = "labels", "label"
    fields: ClassVar[dict[str, Any]] = {"organization": validation.REQUIRED}
    references: ClassVar[dict[str, str]] = {"organization": "organizations"}
    unique = validation.Unique(("name", "organization"))
    cascade = frozenset({"organization"})

    def may_read(self, user: Record, record: Record) -> bool:
        """Allow everyone who can see the organization."""
        return self.awx.access.has(user, "organizations", record["organization"], "read_role")

    def may_create(self, user: Record, body: Record) -> bool:
        """Allow members of the organization."""
        return self.awx.access.has(user, "organizations", body.get("organization"), "member_role")

    def delete(self, request: Request) -> Any:
        """Reject the request."""
        raise not_allowed(request.method)

    def clean_up(self, numbers: list[int]) -> None:
        """Remove those of these labels that no record has any more."""
        for number in numbers:
            used = any(
                number in record.get("labels", ())
                for resource in self.awx.resources.values()
                for record in resource.records.values()
            )
            if not used and number in self.records:
                self.awx.remove(self.name, number)


class InstanceGroups(Resource):
    """Created by superusers."""

    name, type = "instance_groups", "instance_group"
    fields: ClassVar[dict[str, Any]] = {
        **dict.fromkeys(("max_concurrent_jobs", "max_forks", "policy_instance_minimum"), 0),
        "is_container_group": False,
        "credential": None,
    }
    references: ClassVar[dict[str, str]] = {"credential": "credentials"}
    unique = validation.Unique(("name",))
