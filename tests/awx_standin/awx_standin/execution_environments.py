# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Execution environments. Their names are unique in the whole AWX, regardless of the organization."""

from __future__ import annotations

from typing import Any, ClassVar

from . import validation
from .basics import Record, bad
from .records import Resource

NOT_REGISTRY = "Only Container Registry credentials can be associated with an Execution Environment"
NOT_MOVED = "Cannot change the organization of an execution environment"


class ExecutionEnvironments(Resource):
    """Those of an organization are visible to its users, those without an organization to everyone."""

    name, type = "execution_environments", "execution_environment"
    fields: ClassVar[dict[str, Any]] = {
        "organization": None,
        "image": validation.REQUIRED,
        "credential": None,
        "pull": "",
    }
    references: ClassVar[dict[str, str]] = {"organization": "organizations", "credential": "credentials"}
    choices: ClassVar[dict[str, tuple[str, ...]]] = {"pull": ("", "always", "missing", "never")}
    read_only = frozenset({"managed"})
    unique = validation.Unique(("name",))

    def store(self, values: Record) -> Record:
        """Store an environment; those created by users are not managed."""
        return super().store({**values, "managed": values.get("managed", False)})

    def may_read(self, user: Record, record: Record) -> bool:
        """Return whether a user can see an environment."""
        return record["organization"] is None or self.has(user, record["organization"], "read_role")

    def may_create(self, user: Record, body: Record) -> bool:
        """Only superusers can create environments without an organization."""
        return self.has(user, body.get("organization"), "execution_environment_admin_role")

    def may_change(self, user: Record, record: Record, body: Record | None) -> bool:
        """Apply the same rules to changes."""
        return self.has(user, record["organization"], "execution_environment_admin_role")

    def has(self, user: Record, organization: Any, field: str) -> bool:
        """Return whether a user has a role in an organization."""
        return self.awx.access.has(user, "organizations", organization, field)

    def check(self, values: Record, body: Record, existing: Record | None) -> None:
        """The organization cannot change, and the credential must be for a registry."""
        if values["credential"] is not None:
            credential = self.awx.records["credentials"][values["credential"]]
            if self.awx.records["credential_types"][credential["credential_type"]]["kind"] != "registry":
                raise bad("credential", NOT_REGISTRY)
        if existing and values["organization"] not in (None, existing["organization"]):
            raise bad("organization", NOT_MOVED)
