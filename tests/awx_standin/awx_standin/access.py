# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles, their members, and which roles include others (AWX documentation: "Role-Based Access Controls")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .basics import Record

if TYPE_CHECKING:
    from .state import Awx

ADMINS = ("project", "inventory", "credential", "workflow", "notification", "job_template", "execution_environment")
OF_ADMIN = (*(f"{name}_admin_role" for name in ADMINS), "execute_role", "member_role", "approval_role")

# The roles of each resource, and the roles that include them. organization.X is a role of the record's organization.
ROLES: dict[str, dict[str, tuple[str, ...]]] = {
    "organizations": {
        "admin_role": (),
        **dict.fromkeys(OF_ADMIN, ("admin_role",)),
        "auditor_role": (),
        "read_role": (*OF_ADMIN, "auditor_role"),
    },
    "credentials": {
        "admin_role": ("organization.credential_admin_role",),
        "use_role": ("admin_role",),
        "read_role": ("use_role", "organization.auditor_role"),
    },
    "inventories": {
        "admin_role": ("organization.inventory_admin_role",),
        "update_role": ("admin_role",),
        "adhoc_role": ("admin_role",),
        "use_role": ("adhoc_role",),
        "read_role": ("update_role", "use_role", "organization.auditor_role"),
    },
    "projects": {
        "admin_role": ("organization.project_admin_role",),
        "use_role": ("admin_role",),
        "update_role": ("admin_role",),
        "read_role": ("use_role", "update_role", "organization.auditor_role"),
    },
    "workflow_job_templates": {
        "admin_role": ("organization.workflow_admin_role",),
        "execute_role": ("admin_role", "organization.execute_role"),
        "approval_role": ("admin_role", "organization.approval_role"),
        "read_role": ("execute_role", "approval_role", "organization.auditor_role"),
    },
    "job_templates": {
        "admin_role": ("organization.job_template_admin_role",),
        "execute_role": ("admin_role", "organization.execute_role"),
        "read_role": ("execute_role", "organization.auditor_role"),
    },
}


def role_name(field: str) -> str:
    """Return the display name of a role."""
    return field[: -len("_role")].replace("_", " ").title()


class Access:
    """The roles of all records."""

    def __init__(self, awx: Awx) -> None:
        self.awx = awx
        self.roles: dict[int, Record] = {}
        self.ids: dict[tuple[str, int, str], int] = {}
        self.number = 0

    def add(self, resource: str, number: int) -> None:
        """Create the roles of a new record."""
        for field in ROLES.get(resource, ()):
            self.number += 1
            own = self.ids[resource, number, field] = self.number
            self.roles[own] = {"id": own, "resource": resource, "record": number, "field": field, "members": []}

    def drop(self, resource: str, number: int) -> None:
        """Remove the roles of a deleted record, and a deleted user from all roles."""
        for field in ROLES.get(resource, ()):
            del self.roles[self.ids.pop((resource, number, field))]
        if resource == "users":
            for role in self.roles.values():
                role["members"] = [member for member in role["members"] if member != number]

    def shown(self, resource: str, number: int) -> Record:
        """Return the roles of a record for its summary."""
        return {
            field: {"id": self.ids[resource, number, field], "name": role_name(field)}
            for field in ROLES.get(resource, ())
        }

    def role(self, resource: str, number: int, field: str) -> Record:
        """Return a role of a record."""
        return self.roles[self.ids[resource, number, field]]

    def members(self, resource: str, number: int, field: str) -> list[int]:
        """Return the IDs of the users who have this role directly."""
        role = self.ids.get((resource, number, field))
        members: list[int] = self.roles[role]["members"] if role else []
        return members

    def grant(self, user: Record, resource: str, number: int, field: str) -> None:
        """Grant a role."""
        members = self.members(resource, number, field)
        if user["id"] not in members:
            members.append(user["id"])

    def has(self, user: Record, resource: str, number: Any, field: str) -> bool:
        """Return whether a user has a role, or one that includes it."""
        if user["is_superuser"]:
            return True
        return self.has_without_rank(user, resource, number, field)

    def has_without_rank(self, user: Record, resource: str, number: Any, field: str) -> bool:
        """Return the same, but ignore that superusers have all permissions."""
        record = self.awx.lookup(resource, number)
        if record is None:
            return False
        if user["id"] in self.members(resource, record["id"], field):
            return True
        return any(self._includes(user, resource, record, parent) for parent in ROLES[resource][field])

    def _includes(self, user: Record, resource: str, record: Record, parent: str) -> bool:
        place, _dot, field = parent.rpartition(".")
        if place:
            return self.has_without_rank(user, "organizations", record["organization"], field)
        return self.has_without_rank(user, resource, record["id"], field)
