# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A collection of the API: its records, who may see and change them, and its requests."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, ClassVar

from . import pages, validation
from .access import ROLES
from .basics import NO_RESOURCE, Answer, Record, RefusedError, Request, forbidden, not_allowed, not_found

if TYPE_CHECKING:
    from .state import Awx


class Resource:
    """A kind of records. Subclasses say which fields there are and add AWX's rules.

    :cvar name: in paths. :cvar fields: with their defaults, where REQUIRED says that there is none.
    :cvar references: fields that hold the id of a record of another resource. :cvar lists: of ids of other records, by name.
    :cvar write_only: what a new record may be given besides. :cvar hidden: what no answer has. :cvar cascade: references without which a record goes, too.
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
        """What AWX calls such a record in its messages."""
        return self.type.replace("_", " ").capitalize()

    # records

    def defaults(self) -> Record:
        """What a new record has that nobody said."""
        values = {} if self.identity != "name" else {"description": ""}
        return {
            **values,
            **{name: copy.deepcopy(value) for name, value in self.fields.items() if value is not validation.REQUIRED},
        }

    def store(self, values: Record) -> Record:
        """Keep a new record."""
        number = self.awx.next_number()
        record = {"id": number, **values, **{name: [] for name in self.lists}}
        self.records[number] = record
        self.awx.access.add(self.name, number)
        return record

    def find(self, number: Any) -> Record:
        """The record with this id."""
        try:
            return self.records[int(number)]
        except (KeyError, ValueError, TypeError):
            raise not_found() from None

    def url(self, record: Record) -> str:
        """Its place in the API."""
        return f"/api/v2/{self.name}/{record['id']}/"

    def show(self, record: Record) -> Record:
        """A record as AWX answers it: no secret in it, and with its place in the API."""
        url = self.url(record)
        related = {name: f"{url}{name}/" for name in self.lists}
        values = {name: value for name, value in record.items() if name not in {*self.lists, *self.hidden}}
        shown = {"id": record["id"], "type": self.type, "url": url, "related": related, "summary_fields": {}}
        shown.update(copy.deepcopy(values))
        shown["summary_fields"].update(self.summary(record))
        return shown

    def summary(self, record: Record) -> Record:
        """What is told of the records that a record names."""
        found: Record = {}
        for field, target in self.references.items():
            other = self.awx.lookup(target, record.get(field))
            if other is not None:
                found[field] = {"id": other["id"], "name": other.get("name", other.get("username"))}
        if self.name in ROLES:
            found["object_roles"] = self.awx.access.shown(self.name, record["id"])
        return found

    # who may do what

    def may_read(self, user: Record, record: Record) -> bool:
        """Whether a user sees a record."""
        if self.name in ROLES:
            return self.awx.access.has(user, self.name, record["id"], "read_role")
        return bool(user["is_superuser"])

    def may_create(self, user: Record, body: Record) -> bool:
        """Whether a user may make a record with these values."""
        return bool(user["is_superuser"])

    def may_change(self, user: Record, record: Record, body: Record | None) -> bool:
        """Whether a user may change a record to these values, or delete it where there are none."""
        if self.name in ROLES:
            return self.awx.access.has(user, self.name, record["id"], "admin_role")
        return bool(user["is_superuser"])

    def may_attach(self, user: Record, record: Record, item: Record, name: str) -> bool:
        """Whether a user may add a record to a list of another."""
        return self.may_change(user, record, None)

    # what AWX asks of one kind of record

    def check(self, values: Record, body: Record, existing: Record | None) -> None:
        """Refuse values that AWX refuses; complete the others."""

    def check_attached(self, record: Record, item: Record, name: str) -> None:
        """Refuse a record that does not belong into a list."""

    def check_deleted(self, record: Record) -> None:
        """Refuse to delete what AWX keeps."""

    def created(self, record: Record, request: Request) -> None:
        """What happens after a record was made."""

    def changed(self, before: Record, record: Record) -> None:
        """What happens after a record was changed."""

    # requests

    def answer(self, request: Request) -> Answer:
        """Answer a request whose path begins with the name of this resource."""
        place = len(request.path)
        if place > 2:
            return self.below(request, self.readable(request), request.path[2:])
        known = {(1, "GET"): self.listed, (1, "POST"): self.create, (2, "GET"): self.get}
        known |= {(2, "PATCH"): self.change, (2, "DELETE"): self.delete}
        if (place, request.method) not in known:
            raise not_allowed(request.method)
        return known[place, request.method](request)

    def readable(self, request: Request) -> Record:
        """The record that a path names. AWX tells whoever may not see it that it is there."""
        record = self.find(request.path[1])
        if not self.may_read(request.user, record):
            raise forbidden()
        return record

    def get(self, request: Request) -> Answer:
        """GET of a record."""
        return 200, self.show(self.readable(request))

    def listed(self, request: Request) -> Answer:
        """GET of a collection: what the user may see, filtered, in pages."""
        return self.page(request, list(self.records.values()))

    def page(self, request: Request, records: list[Record]) -> Answer:
        """A page of these records."""
        seen = [record for record in records if self.may_read(request.user, record)]
        known = {"id", self.identity, *self.fields, *self.read_only} - self.hidden
        return pages.page(request, pages.filtered(self.type, known, seen, request), self.show)

    def create(self, request: Request) -> Answer:
        """POST to a collection."""
        body = request.fields()
        if not self.may_create(request.user, body):
            raise forbidden()
        record = self.store(validation.checked(self, self.defaults(), body, None))
        if self.name in ROLES and not request.user["is_superuser"]:
            self.awx.access.grant(request.user, self.name, record["id"], "admin_role")
        self.created(record, request)
        return 201, self.show(record)

    def change(self, request: Request) -> Answer:
        """PATCH of a record."""
        record, body = self.find(request.path[1]), request.fields()
        if not self.may_change(request.user, record, body):
            raise forbidden()
        before = copy.deepcopy(record)
        record.update(validation.checked(self, copy.deepcopy(record), body, record))
        self.changed(before, record)
        return 200, self.show(record)

    def delete(self, request: Request) -> Answer:
        """DELETE of a record. What names it names nothing any more, or goes with it."""
        record = self.find(request.path[1])
        if not self.may_change(request.user, record, None):
            raise forbidden()
        self.check_deleted(record)
        self.awx.remove(self.name, record["id"])
        return 204, None

    def below(self, request: Request, record: Record, rest: tuple[str, ...]) -> Answer:
        """What is below a record: its lists, unless a subclass knows more."""
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
        """POST to a list of a record: add to it or take from it."""
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
