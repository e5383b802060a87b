# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credential types: the rules for custom types, and what cannot change once a credential uses them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from . import templates, validation
from .basics import Record, bad, forbidden
from .records import Resource

NAME = re.compile(r"^[a-zA-Z_]+[a-zA-Z0-9_]*$")
FILE_NAME = re.compile(r"^template(\.\w+)?$")
ENV_BLOCKLIST = {
    *("VIRTUAL_ENV", "PATH", "PYTHONPATH", "JOB_ID", "INVENTORY_ID", "INVENTORY_SOURCE_ID", "INVENTORY_UPDATE_ID"),
    *("AD_HOC_COMMAND_ID", "REST_API_URL", "REST_API_TOKEN", "MAX_EVENT_RES", "CALLBACK_QUEUE", "CALLBACK_CONNECTION"),
    *("CACHE", "JOB_CALLBACK_DEBUG", "INVENTORY_HOSTVARS", "AWX_HOST", "PROJECT_REVISION"),
    "SUPERVISOR_WEB_CONFIG_PATH",
}
FIELD_KEYS = {
    *("id", "label", "type", "format", "choices", "help_text", "multiline", "secret", "default", "ask_at_runtime"),
    "internal",
}
ADDITIONAL = "Additional properties are not allowed: %s"
IN_USE = "Modifications to inputs are not allowed for credential types that are in use"
DELETED_IN_USE = "Credential types that are in use cannot be deleted"
DELETED_MANAGED = "Deletion not allowed for managed credential types"
MANAGED = "Modifications not allowed for managed credential types"


class CredentialTypes(Resource):
    """All users can read them, and superusers can create them."""

    name, type = "credential_types", "credential_type"
    fields: ClassVar[dict[str, Any]] = {"kind": validation.REQUIRED, "inputs": {}, "injectors": {}}
    read_only = frozenset({"managed", "namespace"})
    unique = validation.Unique(("name", "kind"))

    def store(self, values: Record) -> Record:
        """Store a type; types created by users are not managed."""
        return super().store({**values, "managed": values.get("managed", False), "namespace": values.get("namespace")})

    def may_read(self, user: Record, record: Record) -> bool:
        """Allow all users to read all types."""
        return True

    def fields_of(self, number: int) -> dict[str, Record]:
        """Return the fields of a type by ID."""
        return {field["id"]: field for field in self.records[number]["inputs"].get("fields", [])}

    def is_used(self, record: Record) -> bool:
        """Return whether there is a credential of this type."""
        return any(one["credential_type"] == record["id"] for one in self.awx.records["credentials"].values())

    def check_deleted(self, record: Record) -> None:
        """Reject the deletion of types that are managed or used."""
        if record["managed"]:
            raise forbidden(DELETED_MANAGED)
        if self.is_used(record):
            raise forbidden(DELETED_IN_USE)

    def check(self, values: Record, body: Record, existing: Record | None) -> None:
        """Check kind, fields and injectors. The fields of a type in use cannot change, including their texts."""
        if existing and existing["managed"]:
            raise forbidden(MANAGED)
        if values["kind"] not in ("cloud", "net"):
            raise bad("kind", f"Must be 'cloud' or 'net', not {values['kind']}")
        check_inputs(values["inputs"])
        check_injectors(values["injectors"], values["inputs"])
        if existing and values["inputs"] != existing["inputs"] and self.is_used(existing):
            raise forbidden(IN_USE)


def check_inputs(inputs: Record) -> None:
    """Check the fields and which of them are required."""
    if set(inputs) - {"fields", "required", "dependencies", "metadata"}:
        raise bad("inputs", ADDITIONAL % inputs)
    for name in ("fields", "required"):
        check_kind("inputs", inputs.get(name, []), list)
    for field in inputs.get("fields", []):
        check_kind("inputs", field, dict)
        check_field(field)
    ids = [field["id"] for field in inputs.get("fields", [])]
    if len(ids) != len(set(ids)):
        raise bad("inputs", f"field IDs must be unique ({', '.join(ids)})")
    if set(inputs.get("required", [])) - set(ids):
        raise bad("inputs", f"required fields are not defined: {inputs['required']}")


def check_kind(name: str, value: Any, kind: type) -> None:
    """Check that objects are objects and arrays are arrays."""
    if not isinstance(value, kind):
        raise bad(name, f"{value!r} is not of type '{'object' if kind is dict else 'array'}'")


def check_field(field: Record) -> None:
    """Check one field of a type."""
    for key in ("id", "label"):
        if key not in field:
            raise bad("inputs", f"'{key}' is a required property")
    if set(field) - FIELD_KEYS or field["id"] == "tower" or not NAME.match(field["id"]):
        raise bad("inputs", f"{field['id']} is not an allowed field: {sorted(field)}")
    if field.get("ask_at_runtime"):
        raise bad("inputs", "'ask_at_runtime' is not supported for custom credentials.")
    if field.get("type", "string") not in ("string", "boolean"):
        raise bad("inputs", f"'{field['type']}' is not one of ['string', 'boolean']")
    if field.get("format", "url") not in ("ssh_private_key", "url"):
        raise bad("inputs", f"'{field['format']}' is not one of ['ssh_private_key', 'url']")


def check_injectors(injectors: Record, inputs: Record) -> None:
    """Check files, environment variables, extra variables and their templates."""
    if set(injectors) - {"file", "env", "extra_vars"}:
        raise bad("injectors", ADDITIONAL % injectors)
    for values in injectors.values():
        check_kind("injectors", values, dict)
    for name, template in injectors.get("env", {}).items():
        check_variable(name, template)
    files = set(injectors.get("file", {}))
    check_files(files)
    known = [field["id"] for field in inputs.get("fields", [])]
    for name, template in every_template(injectors):
        problem = templates.undefined(template, known, files)
        if problem:
            raise bad("injectors", f"{name} uses an undefined field ({problem})")


def check_variable(name: str, template: Any) -> None:
    """Check one environment variable."""
    if not NAME.match(name) or name.startswith("ANSIBLE_") or name in ENV_BLOCKLIST:
        raise bad("injectors", f"Environment variable {name} is not allowed to be used in credentials.")
    if not isinstance(template, str) or not template.isascii():
        raise bad("injectors", f"{name} must be a template in ASCII")


def check_files(files: set[str]) -> None:
    """Check the files: one without a name, or several with names."""
    if not all(FILE_NAME.match(name) for name in files):
        raise bad("injectors", f"File names must be template or template.NAME: {sorted(files)}")
    if "template" in files and len(files) > 1:
        raise bad("injectors", "Must use multi-file syntax when injecting multiple files")


def every_template(injectors: Record) -> Iterator[tuple[str, str]]:
    """Return all templates of a type, each with the name of its target."""
    for kind in ("file", "env"):
        yield from ((name, str(template)) for name, template in injectors.get(kind, {}).items())
    yield from inner_templates("extra_vars", injectors.get("extra_vars", {}))


def inner_templates(name: str, node: Any) -> Iterator[tuple[str, str]]:
    """Return the templates in extra variables, which can be lists and objects."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from inner_templates(str(key), value)
    elif isinstance(node, list):
        for value in node:
            yield from inner_templates(name, value)
    elif isinstance(node, str):
        yield name, node
