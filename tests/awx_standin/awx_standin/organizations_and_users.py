# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Organizations, users, and the roles granted to users."""

from __future__ import annotations

from typing import Any, ClassVar

from . import pages, validation
from .basics import NO_RESOURCE, Answer, Record, RefusedError, Request, forbidden, not_allowed, not_found
from .records import Resource

NOTIFICATIONS = dict.fromkeys(
    ("notification_templates_started", "notification_templates_success", "notification_templates_error"),
    "notification_templates",
)
NOT_IN_ORGANIZATION = "You cannot grant credential access to a user not in the credentials' organization"
NOT_PRIVATE = "You cannot grant private credential access to another user"


class Organizations(Resource):
    """Visible to all who have a role in the organization; only superusers can create one."""

    name, type = "organizations", "organization"
    fields: ClassVar[dict[str, Any]] = {"max_hosts": 0, "default_environment": None}
    references: ClassVar[dict[str, str]] = {"default_environment": "execution_environments"}
    unique = validation.Unique(("name",))
    lists: ClassVar[dict[str, str]] = {
        **NOTIFICATIONS,
        "notification_templates_approvals": "notification_templates",
        "galaxy_credentials": "credentials",
        "instance_groups": "instance_groups",
    }

    def below(self, request: Request, record: Record, rest: tuple[str, ...]) -> Answer:
        """Manage members and administrators."""
        if rest not in (("users",), ("admins",)):
            return super().below(request, record, rest)
        field = "member_role" if rest == ("users",) else "admin_role"
        users = self.awx.resources["users"]
        if request.method == "POST" and "id" not in request.fields():
            status, shown = users.create(request)
            self.awx.access.grant(users.find(shown["id"]), self.name, record["id"], field)
            return status, shown
        return self.awx.roles.users_of(request, self.awx.access.role(self.name, record["id"], field))


class Users(Resource):
    """Superusers manage all. Users see themselves, superusers and members of their organizations."""

    name, type, identity = "users", "user", "username"
    fields: ClassVar[dict[str, Any]] = {
        **dict.fromkeys(("first_name", "last_name", "email"), ""),
        **dict.fromkeys(("is_superuser", "is_system_auditor"), False),
        "password": validation.REQUIRED,
    }
    hidden = frozenset({"password"})

    def may_read(self, user: Record, record: Record) -> bool:
        """Return whether a user can see another user."""
        if user["is_superuser"] or user is record or record["is_superuser"]:
            return True
        access, organizations = self.awx.access, self.awx.records["organizations"]
        return any(
            access.has(user, "organizations", number, "read_role")
            and access.has_without_rank(record, "organizations", number, "member_role")
            for number in organizations
        )

    def may_change(self, user: Record, record: Record, body: Record | None) -> bool:
        """Allow users to change themselves, but not to promote or delete themselves."""
        if user["is_superuser"]:
            return True
        return user is record and body is not None and not body.get("is_superuser")

    def check(self, values: Record, body: Record, existing: Record | None) -> None:
        """Return AWX's special message for a name that already exists."""
        for other in self.records.values():
            if other is not existing and other["username"] == values["username"]:
                raise RefusedError(400, {"username": ["A user with that username already exists."]})

    def below(self, request: Request, record: Record, rest: tuple[str, ...]) -> Answer:
        """Return the roles and the organizations of a user."""
        if rest == ("organizations",) and request.method == "GET":
            access, organizations = self.awx.access, self.awx.resources["organizations"]
            own = [
                one
                for number, one in organizations.records.items()
                if access.has_without_rank(record, "organizations", number, "member_role")
            ]
            return organizations.page(request, own)
        if rest != ("roles",) or request.method != "GET":
            return super().below(request, record, rest)
        given = [role for role in self.awx.access.roles.values() if record["id"] in role["members"]]
        return pages.page(request, given, self.awx.roles.show)


class Roles(Resource):
    """Roles of records. Administrators of a record grant its roles."""

    name, type = "roles", "role"

    def find(self, number: Any) -> Record:
        """Return the role with this ID."""
        role = self.awx.access.roles.get(int(number) if str(number).isdecimal() else 0)
        if role is None:
            raise not_found()
        return role

    def show(self, record: Record) -> Record:
        """Return AWX's representation of a role."""
        resource, number, url = record["resource"], record["record"], f"/api/v2/roles/{record['id']}/"
        return {
            "id": record["id"],
            "type": "role",
            "url": url,
            "name": self.awx.access.shown(resource, number)[record["field"]]["name"],
            "related": {"users": f"{url}users/", "teams": f"{url}teams/"},
            "summary_fields": {
                "resource_name": self.awx.records[resource].get(number, {}).get("name"),
                "resource_type": self.awx.resources[resource].type,
                "resource_id": number,
            },
        }

    def answer(self, request: Request) -> Answer:
        """Handle GET of a role, and GET and POST of its users."""
        if len(request.path) == 1:
            seen = [role for role in self.awx.access.roles.values() if self.may_read(request.user, role)]
            return pages.page(request, seen, self.show)
        role = self.find(request.path[1])
        if not self.may_read(request.user, role):
            raise forbidden()
        if request.path[2:] == ("users",):
            return self.users_of(request, role)
        if request.method != "GET":
            raise not_allowed(request.method)
        if len(request.path) == 2:
            return 200, self.show(role)
        if request.path[2:] == ("teams",):
            return pages.page(request, [], dict)
        raise not_found(NO_RESOURCE)

    def may_read(self, user: Record, record: Record) -> bool:
        """Allow everyone who can see the record."""
        return self.awx.access.has(user, record["resource"], record["record"], "read_role")

    def users_of(self, request: Request, role: Record) -> Answer:
        """Return the users with a role, grant it or revoke it."""
        users = self.awx.resources["users"]
        if request.method == "GET":
            return users.page(request, [users.records[number] for number in role["members"]])
        if request.method != "POST":
            raise not_allowed(request.method)
        user = self.awx.lookup("users", request.fields().get("id"))
        if user is None:
            raise RefusedError(400, {"detail": "User matching query does not exist."})
        taken = bool(request.fields().get("disassociate"))
        if role["resource"] == "credentials":
            self.check_credential(request.user, user, role, taken)
        if not self.awx.access.has(request.user, role["resource"], role["record"], "admin_role"):
            raise forbidden()
        if taken:
            role["members"] = [number for number in role["members"] if number != user["id"]]
        else:
            self.awx.access.grant(user, role["resource"], role["record"], role["field"])
        return 204, None

    def check_credential(self, granter: Record, user: Record, role: Record, taken: bool) -> None:
        """Allow credential roles only for members of the organization, which includes superusers."""
        organization = self.awx.records["credentials"][role["record"]]["organization"]
        if organization is None:
            if not granter["is_superuser"]:
                raise RefusedError(400, {"msg": NOT_PRIVATE})
        elif not taken and not self.awx.access.has_without_rank(user, "organizations", organization, "member_role"):
            raise RefusedError(400, {"msg": NOT_IN_ORGANIZATION})
