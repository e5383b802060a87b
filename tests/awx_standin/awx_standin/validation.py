# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validation of all records: types, choices, references, unique names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .basics import Record, RefusedError, bad, is_number

if TYPE_CHECKING:
    from .records import Resource

REQUIRED = object()
READ_ONLY = {"id", "type", "url", "related", "summary_fields", "created", "modified"}


class Unique(NamedTuple):
    """Fields whose values must be unique. :param soft: whether AWX checks them itself, with another message."""

    names: tuple[str, ...]
    soft: bool = False


def words(names: tuple[str, ...]) -> str:
    """Join names of fields as AWX does."""
    labels = [name.replace("_", " ").capitalize() for name in names]
    return " and ".join([", ".join(labels[:-1]), labels[-1]]) if len(labels) > 1 else labels[0]


def checked(resource: Resource, values: Record, body: Record, existing: Record | None) -> Record:
    """Return the values of a record after a request, if they are valid. Unlike AWX, reject unknown fields."""
    known = {resource.identity, *resource.fields} | ({"description"} if resource.identity == "name" else set())
    allowed = known | READ_ONLY | resource.read_only | resource.write_only
    for name in body:
        if name not in allowed:
            raise bad(name, "Unknown field.")
    values.update({name: value for name, value in body.items() if name in known})
    for name in (resource.identity, *resource.fields):
        check_presence(resource, name, values)
        check_type(resource.fields.get(name, REQUIRED), name, values)
    check_choices(resource, values)
    resource.check(values, body, existing)
    check_unique(resource, values, existing)
    return values


def check_choices(resource: Resource, values: Record) -> None:
    """Check that fields have one of their choices, and that references exist."""
    for name, options in resource.choices.items():
        if values[name] not in options:
            raise bad(name, f'"{values[name]}" is not a valid choice.')
    for name, target in resource.references.items():
        if values[name] is not None and resource.awx.lookup(target, values[name]) is None:
            raise bad(name, f'Invalid pk "{values[name]}" - object does not exist.')


def check_presence(resource: Resource, name: str, values: Record) -> None:
    """Check that required fields are set and not empty."""
    if name != resource.identity and resource.fields[name] is not REQUIRED:
        return
    if name not in values:
        raise bad(name, "This field is required.")
    if values[name] is None:
        raise bad(name, "This field may not be null.")
    if values[name] == "":
        raise bad(name, "This field may not be blank.")


def check_type(default: Any, name: str, values: Record) -> None:
    """Check that the type of a field is that of its default. For strings, null means empty."""
    if isinstance(default, str) and values[name] is None:
        values[name] = default
    for kind, message in ((bool, "Must be a valid boolean."), (str, "Not a valid string.")):
        if isinstance(default, kind) and not isinstance(values[name], kind):
            raise bad(name, message)
    if isinstance(default, dict) and not isinstance(values[name], dict):
        raise bad(name, f"{values[name]!r} is not of type 'object'")
    if is_number(default) and not is_number(values[name]):
        raise bad(name, "A valid integer is required.")


def check_unique(resource: Resource, values: Record, existing: Record | None) -> None:
    """Check that unique fields are unique. Nulls are different from each other if the database checks them."""
    names, soft = resource.unique
    wanted = [values.get(name) for name in names]
    if not names or (None in wanted and not soft):
        return
    for other in resource.records.values():
        if other is not existing and [other.get(name) for name in names] == wanted:
            raise RefusedError(400, {names[0] if len(names) == 1 else "__all__": [taken(resource)]})


def taken(resource: Resource) -> str:
    """Return AWX's message for a name that another record has."""
    names, soft = resource.unique
    if soft:
        kind = resource.type.replace("_", " ").title().replace(" ", "")
        return f"{kind} with this ({', '.join(names)}) combination already exists."
    return f"{resource.label} with this {words(names)} already exists."
