# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A collection of the API: its records, permissions and requests."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, ClassVar

from . import pages, validation
from .access import ROLES
from .basics import NO_RESOURCE, Answer, Record, RefusedError, Request, forbidden, not_allowed, not_found

if TYPE_CHECKING:
    from .state import Awx


IN_USE = "Resource is being used by running jobs."


class Resource:
    """A type of record. Subclasses define the fields and add AWX's rules.

    :cvar name: in paths. :cvar fields: with their defaults, or REQUIRED for those without.
    :cvar references: fields with the ID of another resource's record. :cvar lists: of IDs of other records, by name.
    :cvar write_only: additional parameters of a new record. :cvar hidden: fields that no response contains.
    :cvar cascade: references to records whose deletion also deletes this one.
    """

    name: ClassVar[str]
    type: ClassVar[str]
    identity: ClassVar[str] = "name"
    fields: ClassVar[dict[str, Any]] = {}
    references: ClassVar[dict[str, str]] = {}
    choices: ClassVar[dict[str, tuple[str, ...]]] = {}
    read_only: ClassVar[frozenset[str]] = frozenset()
    write_only: ClassVar[frozenset[str]] = frozenset()
    hidden: ClassVar[frozenset[str]] = frozenset()
    unique: ClassVar[validation.Unique] = validation.Unique(())
    lists: ClassVar[dict[str, str]] = {}
    cascade: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, awx: Awx) -> None:
        self.awx = awx
        self.records: dict[int, Record] = {}

    @property
    def label(self) -> str:
        """AWX's name for this type of record in messages."""
        return self.type.replace("_", " ").capitalize()

    # records

    def defaults(self) -> Record:
        """Return defaults for everything that the request did not set."""
        values = {} if self.identity != "name" else {"description": ""}
        return {
            **values,
            **{name: copy.deepcopy(value) for name, value in self.fields.items() if value is not validation.REQUIRED},
        }

    def store(self, values: Record) -> Record:
        """Store a new record."""
        number = self.awx.next_number()
        record = {"id": number, **values, **{name: [] for name in self.lists}}
        self.records[number] = record
        self.awx.access.add(self.name, number)
        return record

    def find(self, number: Any) -> Record:
        """Return the record with this ID."""
        try:
            return self.records[int(number)]
        except (KeyError, ValueError, TypeError):
            raise not_found() from None

    def url(self, record: Record) -> str:
        """Return the URL path of a record."""
        return f"/api/v2/{self.name}/{record['id']}/"

    def show(self, record: Record) -> Record:
        """Return AWX's representation of a record, without secrets and with its URL path."""
        url = self.url(record)
        related = {name: f"{url}{name}/" for name in self.lists}
        values = {name: value for name, value in record.items() if name not in {*self.lists, *self.hidden}}
        shown = {"id": record["id"], "type": self.type, "url": url, "related": related, "summary_fields": {}}
        shown.update(copy.deepcopy(values))
        shown["summary_fields"].update(self.summary(record))
        return shown

    def summary(self, record: Record) -> Record:
        """Return the summaries of the records that a record refers to."""
        found: Record = {}
        for field, target in self.references.items():
            other = self.awx.lookup(target, record.get(field))
            if other is not None:
                found[field] = {"id": other["id"], "name": other.get("name", other.get("username"))}
        if self.name in ROLES:
            found["object_roles"] = self.awx.access.shown(self.name, record["id"])
        return found

    # permissions

    def may_read(self, user: Record, record: Record) -> bool:
        """Return whether a user can see a record."""
        if self.name in ROLES:
            return self.awx.access.has(user, self.name, record["id"], "read_role")
        return bool(user["is_superuser"])

    def may_create(self, user: Record, body: Record) -> bool:
        """Return whether a user can create a record with these values."""
        return bool(user["is_superuser"])

    def may_change(self, user: Record, record: Record, body: Record | None) -> bool:
        """Return whether a user can change a record to these values or, without values, delete it."""
        if self.name in ROLES:
            return self.awx.access.has(user, self.name, record["id"], "admin_role")
        return bool(user["is_superuser"])

    def may_attach(self, user: Record, record: Record, item: Record, name: str) -> bool:
        """Return whether a user can add a record to another record's list."""
        return self.may_change(user, record, None)

    # AWX's rules for a type of record

    def check(self, values: Record, body: Record, existing: Record | None) -> None:
        """Reject values that AWX rejects, and complete the others."""

    def check_attached(self, record: Record, item: Record, name: str) -> None:
        """Reject a record that does not belong in a list."""

    def check_deleted(self, record: Record) -> None:
        """Reject the deletion of records that AWX keeps."""

    def created(self, record: Record, request: Request) -> None:
        """Run actions after a record was created."""

    def changed(self, before: Record, record: Record) -> None:
        """Run actions after a record was changed."""

    # requests

    def answer(self, request: Request) -> Answer:
        """Handle a request whose path begins with the name of this resource."""
        place = len(request.path)
        if place > 2:
            return self.below(request, self.readable(request), request.path[2:])
        known = {(1, "GET"): self.listed, (1, "POST"): self.create, (2, "GET"): self.get}
        known |= {(2, "PATCH"): self.change, (2, "DELETE"): self.delete}
        if (place, request.method) not in known:
            raise not_allowed(request.method)
        return known[place, request.method](request)

    def readable(self, request: Request) -> Record:
        """Return the record in the path. Like AWX, reveal that it exists even to users who cannot see it."""
        record = self.find(request.path[1])
        if not self.may_read(request.user, record):
            raise forbidden()
        return record

    def get(self, request: Request) -> Answer:
        """Handle GET of a record."""
        return 200, self.show(self.readable(request))

    def listed(self, request: Request) -> Answer:
        """Handle GET of a collection: what the user can see, filtered, in pages."""
        return self.page(request, list(self.records.values()))

    def page(self, request: Request, records: list[Record]) -> Answer:
        """Return a page of these records."""
        seen = [record for record in records if self.may_read(request.user, record)]
        known = {"id", self.identity, *self.fields, *self.read_only} - self.hidden
        return pages.page(request, pages.filtered(self.type, known, seen, request), self.show)

    def create(self, request: Request) -> Answer:
        """Handle POST to a collection."""
        body = request.fields()
        if not self.may_create(request.user, body):
            raise forbidden()
        record = self.store(validation.checked(self, self.defaults(), body, None))
        if self.name in ROLES and not request.user["is_superuser"]:
            self.awx.access.grant(request.user, self.name, record["id"], "admin_role")
        self.created(record, request)
        return 201, self.show(record)

    def change(self, request: Request) -> Answer:
        """Handle PATCH of a record."""
        record, body = self.find(request.path[1]), request.fields()
        if not self.may_change(request.user, record, body):
            raise forbidden()
        before = copy.deepcopy(record)
        record.update(validation.checked(self, copy.deepcopy(record), body, record))
        self.changed(before, record)
        return 200, self.show(record)

    def delete(self, request: Request) -> Answer:
        """Handle DELETE of a record. Records that refer to it lose the reference or are deleted, too."""
        record = self.find(request.path[1])
        if not self.may_change(request.user, record, None):
            raise forbidden()
        self.check_deleted(record)
        active = self.awx.jobs.active(self.name, record["id"])
        if active:
            raise RefusedError(409, {"error": IN_USE, "active_jobs": active})
        return self.deleted(record)

    def deleted(self, record: Record) -> Answer:
        """Delete a record and return the response."""
        self.awx.remove(self.name, record["id"])
        return 204, None

    def below(self, request: Request, record: Record, rest: tuple[str, ...]) -> Answer:
        """Handle paths below a record: its lists, unless a subclass has more."""
        if len(rest) != 1 or rest[0] not in self.lists:
            raise not_found(NO_RESOURCE)
        if request.method == "POST":
            return self.associate(request, record, rest[0])
        if request.method != "GET":
            raise not_allowed(request.method)
        target = self.lists[rest[0]]
        if target not in self.awx.resources:
            return pages.page(request, [], dict)
        other = self.awx.resources[target]
        return other.page(request, [other.records[number] for number in record[rest[0]]])

    def associate(self, request: Request, record: Record, name: str) -> Answer:
        """Handle POST to a list of a record: add or remove a record."""
        number = request.fields().get("id")
        if not isinstance(number, int):
            raise RefusedError(400, {"msg": '"id" field must be an integer.'})
        item = self.awx.lookup(self.lists[name], number)
        if item is None:
            raise RefusedError(400, {"detail": f"{self.lists[name]} has no record {number}."})
        if not self.may_attach(request.user, record, item, name):
            raise forbidden()
        linked: list[int] = record[name]
        if request.fields().get("disassociate"):
            record[name] = [other for other in linked if other != number]
        elif number not in linked:
            self.check_attached(record, item, name)
            linked.append(number)
        return 204, None
