# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter awx_removals, which is documented in plugins/filter."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, NamedTuple, Sequence, Tuple

from ansible_collections.hubops.github_apps.plugins.plugin_utils._filters.awx_credential_types import number_of
from ansible_collections.hubops.github_apps.plugins.plugin_utils._lookups.lookup import plain

Record = Mapping[str, Any]

# Description of an organization, and last name of a user, that the role created.
MARK = "Created by hubops.github_apps.awx_github_app"
NOT_CREATED = "this role did not create it"


class Kind(NamedTuple):
    """A resource of AWX, in the order of removal. `uses` are the resources and fields that refer to it."""

    resource: str
    label: str
    uses: Tuple[Tuple[str, str], ...] = ()


KINDS = (
    Kind("workflow_job_templates", "workflow", (("workflow_job_template_nodes", "unified_job_template"),)),
    Kind("workflow_job_template_nodes", "workflow node"),
    Kind("job_templates", "job template", (("workflow_job_template_nodes", "unified_job_template"),)),
    Kind("inventories", "inventory", (("job_templates", "inventory"),)),
    Kind("inventory_sources", "inventory source"),
    Kind(
        "projects",
        "project",
        (
            ("job_templates", "project"),
            ("inventory_sources", "source_project"),
            ("workflow_job_template_nodes", "unified_job_template"),
        ),
    ),
    Kind(
        "execution_environments",
        "execution environment",
        (
            ("job_templates", "execution_environment"),
            ("inventory_sources", "execution_environment"),
            ("projects", "default_environment"),
        ),
    ),
    Kind(
        "credentials",
        "credential",
        (
            ("job_templates", "credentials"),
            ("projects", "credential"),
            ("inventory_sources", "credential"),
            ("execution_environments", "credential"),
        ),
    ),
    Kind("notification_templates", "notification template"),
    Kind("credential_types", "credential type", (("credentials", "credential_type"),)),
    Kind("users", "user"),
)
LABELS = {"teams": "team", **{kind.resource: kind.label for kind in KINDS}}
# Records that AWX deletes with another record: the resource of that record, and the field that refers to it.
OWNERS = {
    "inventory_sources": ("inventories", "inventory"),
    "workflow_job_template_nodes": ("workflow_job_templates", "workflow_job_template"),
}
CONTENTS = (
    *("job_templates", "inventories", "projects", "execution_environments", "credentials", "notification_templates"),
    *("workflow_job_templates", "teams"),
)


def plan_removals(records: Any, names: Any, organization: Any) -> Dict[str, Any]:
    return Removals(plain(records), plain(names), plain(organization)).plan()


class Removals:
    """What to remove from an organization, and why the rest is kept."""

    def __init__(self, records: Mapping[str, List[Record]], names: Mapping[str, Any], organization: Record) -> None:
        self.records, self.names, self.organization = records, names, organization
        self.removed: Dict[str, List[int]] = {}
        self.kept: List[str] = []

    def plan(self) -> Dict[str, Any]:
        for kind in KINDS:
            wanted = [record for record in self.records.get(kind.resource, []) if self.is_own(kind.resource, record)]
            self.removed[kind.resource] = [
                record["id"]
                for record in wanted
                if self.is_unneeded(kind.label, name_of(record), self.use_of(kind, record))
            ]
        is_free = self.is_unneeded("organization", self.organization["name"], self.use_of_organization())
        self.removed["organizations"] = [self.organization["id"]] if is_free else []
        removed = {resource: [str(number) for number in numbers] for resource, numbers in self.removed.items()}
        return {"removed": removed, "kept": self.kept}

    def is_own(self, resource: str, record: Record) -> bool:
        """Whether the role creates a record with this name."""
        if resource in OWNERS:
            owner, field = OWNERS[resource]
            return record[field] in self.removed[owner]
        names = self.names.get(resource, [])
        if resource == "users":
            return record["username"] in names
        if resource == "credential_types":
            return not record.get("managed") and any(number_of(name, record["name"]) for name in names)
        if record.get("organization") != self.organization["id"] or record.get("pending_deletion"):
            return False
        if resource == "credentials":
            kind = record["summary_fields"]["credential_type"]["name"]
            return any(one["name"] == record["name"] and number_of(one["credential_type"], kind) for one in names)
        return record["name"] in names

    def is_unneeded(self, label: str, name: str, reason: str) -> bool:
        """Whether there is no reason to keep a record. Otherwise, report the reason."""
        if reason:
            self.kept.append(f'The {label} "{name}" is kept, because {reason}.')
        return not reason

    def use_of(self, kind: Kind, record: Record) -> str:
        """Why a record must be kept; empty if it can be removed."""
        if kind.resource != "users":
            return explained("it is used by", self.users(kind, record))
        return NOT_CREATED if record.get("last_name") != MARK else explained("it has roles on", self.roles(record))

    def use_of_organization(self) -> str:
        """As `use_of`, for the organization."""
        return (
            NOT_CREATED if self.organization.get("description") != MARK else explained("it contains", self.contents())
        )

    def users(self, kind: Kind, record: Record) -> List[str]:
        """The records that refer to a record and are not removed."""
        return [
            described(resource, other)
            for resource, field in kind.uses
            for other in self.left(resource)
            if record["id"] in references(other, field)
        ]

    def left(self, resource: str) -> List[Record]:
        """The records that are not removed."""
        removed = self.removed.get(resource, [])
        return [record for record in self.records.get(resource, []) if record["id"] not in removed]

    def roles(self, user: Record) -> List[str]:
        """The records on which a user has roles, except the organization and the records that are removed."""
        ended = {
            ("organization", self.organization["id"]),
            *(("credential", number) for number in self.removed["credentials"]),
        }
        found = [role["summary_fields"] for role in self.records.get("roles", [])]
        others = [one for one in found if (one.get("resource_type"), one.get("resource_id")) not in ended]
        return sorted(
            {f'the {one.get("resource_type", "system")} "{one.get("resource_name", "AWX")}"' for one in others}
        )

    def contents(self) -> List[str]:
        """The contents of the organization that are not removed."""
        found = [
            described(resource, record)
            for resource in CONTENTS
            for record in self.left(resource)
            if record.get("organization") == self.organization["id"]
        ]
        # The role removes its own user from the organization, even if other roles keep the user.
        users = [user["id"] for user in self.records.get("users", []) if user.get("last_name") == MARK]
        members = [record for record in self.records.get("members", []) if record["id"] not in users]
        return [*found, *(described("users", member) for member in members)]


def explained(verb: str, things: Sequence[str]) -> str:
    return f"{verb} {', '.join(things)}" if things else ""


def references(record: Record, field: str) -> Sequence[Any]:
    """The IDs to which a field refers. AWX returns a list of credentials only in the summary."""
    listed = record.get("summary_fields", {}).get(field)
    return [one["id"] for one in listed] if isinstance(listed, list) else [record.get(field)]


def described(resource: str, record: Record) -> str:
    return f'the {LABELS[resource]} "{name_of(record)}"'


def name_of(record: Record) -> str:
    return str(next(record[key] for key in ("username", "name", "identifier", "id") if record.get(key)))
