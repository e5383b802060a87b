# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credentials, whose inputs depend on the type and whose secrets are never returned."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from . import validation
from .basics import ENCRYPTED, Record, RefusedError, Request, bad
from .credential_types import CredentialTypes
from .records import Resource

PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s[\s\S]{100,}-----END [A-Z ]*PRIVATE KEY-----")
OWNERS = ("user", "team", "organization")


class Credentials(Resource):
    """Readable with any role; changed by administrators of the credential or of its organization's credentials."""

    name, type = "credentials", "credential"
    fields: ClassVar[dict[str, Any]] = {"organization": None, "credential_type": validation.REQUIRED, "inputs": {}}
    references: ClassVar[dict[str, str]] = {"organization": "organizations", "credential_type": "credential_types"}
    write_only = frozenset({"user", "team"})
    unique = validation.Unique(("organization", "name", "credential_type"))

    def may_create(self, user: Record, body: Record) -> bool:
        """Allow users to create their own credentials, and those of organizations whose credentials they administer."""
        if user["is_superuser"] or body.get("user") == user["id"]:
            return True
        return self.administers(user, body.get("organization"))

    def administers(self, user: Record, organization: Any) -> bool:
        """Return whether a user administers the credentials of an organization."""
        return self.awx.access.has(user, "organizations", organization, "credential_admin_role")

    def may_change(self, user: Record, record: Record, body: Record | None) -> bool:
        """Require permission for the other organization, too, if the credential moves there."""
        if not super().may_change(user, record, body):
            return False
        moved = body and body.get("organization", record["organization"]) != record["organization"]
        return not moved or self.administers(user, (body or {}).get("organization"))

    def show(self, record: Record) -> Record:
        """Replace each secret with a placeholder."""
        shown = super().show(record)
        for name, field in self.type_fields(record).items():
            if field.get("secret") and shown["inputs"].get(name):
                shown["inputs"][name] = ENCRYPTED
        shown["kind"] = self.type_of(record)["namespace"]
        return shown

    def type_of(self, credential: Record) -> Record:
        """Return the type of a credential."""
        return self.awx.resources["credential_types"].find(credential["credential_type"])

    def type_fields(self, credential: Record) -> dict[str, Record]:
        """Return the fields of a credential's type by ID."""
        types = self.awx.resources["credential_types"]
        assert isinstance(types, CredentialTypes)
        return types.fields_of(credential["credential_type"])

    def lacking(self, credential: Record) -> list[str]:
        """Return the required inputs that are missing."""
        required = self.type_of(credential)["inputs"].get("required", [])
        return sorted(name for name in required if not credential["inputs"].get(name))

    def check(self, values: Record, body: Record, existing: Record | None) -> None:
        """Replace all inputs with the new ones. A secret keeps its value if the placeholder is sent back."""
        if existing is None:
            check_owner(body)
        elif existing["credential_type"] != values["credential_type"]:
            raise bad("credential_type", "You cannot change the credential type of the credential.")
        known = self.type_fields(values)
        for name, value in values["inputs"].items():
            if name not in known:
                raise bad("inputs", f"Additional properties are not allowed ('{name}' was unexpected)")
            if value == ENCRYPTED and existing:
                values["inputs"][name] = existing["inputs"].get(name, "")
            else:
                check_input(known[name], value)

    def created(self, record: Record, request: Request) -> None:
        """Make users administrators of their own new credentials."""
        owner = self.awx.lookup("users", request.fields().get("user"))
        if owner is not None:
            self.awx.access.grant(owner, self.name, record["id"], "admin_role")


def check_owner(body: Record) -> None:
    """Check that a new credential belongs to one user or organization."""
    owners = [name for name in OWNERS if body.get(name)]
    if not owners:
        raise RefusedError(400, {"detail": ["Missing 'user', 'team', or 'organization'."]})
    if len(owners) > 1:
        received = ", ".join(sorted(owners))
        detail = f"Only one of 'user', 'team', or 'organization' should be provided, received {received} fields."
        raise RefusedError(400, {"detail": [detail]})


def check_input(field: Record, value: Any) -> None:
    """Check one input, which is a string, or a boolean if the type says so."""
    name, kind = field["id"], field.get("type", "string")
    wanted: Any = bool if kind == "boolean" else str
    if not isinstance(value, wanted):
        raise RefusedError(400, {"inputs": {name: [f"{value!r} is not of type '{kind}'"]}})
    if field.get("choices") and value not in field["choices"]:
        raise RefusedError(400, {"inputs": {name: [f"{value!r} is not one of {field['choices']}"]}})
    if field.get("format") == "ssh_private_key" and not PRIVATE_KEY.search(value):
        # AWX includes the invalid value, so printing this message reveals a part of a secret.
        raise RefusedError(400, {"inputs": {name: [f"Invalid certificate or key: {value[:100]}..."]}})
