# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inventory sources in projects, and their updates."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from . import validation
from .basics import Answer, Record, RefusedError, Request, bad, forbidden, not_allowed
from .job_templates import variables
from .organizations_and_users import NOTIFICATIONS
from .records import Resource
from .results import Results

NOT_FOR_SOURCES = ("insights", "vault")


class InventorySources(Resource):
    """Files of projects from which AWX imports hosts, on request or before a job. Only `source: scm` is supported."""

    name, type = "inventory_sources", "inventory_source"
    fields: ClassVar[dict[str, Any]] = {
        "inventory": validation.REQUIRED,
        "source": validation.REQUIRED,
        **dict.fromkeys(("source_project", "credential", "execution_environment")),
        **dict.fromkeys(
            ("source_path", "source_vars", "scm_branch", "enabled_var", "enabled_value", "host_filter"), ""
        ),
        **dict.fromkeys(("overwrite", "overwrite_vars", "update_on_launch"), False),
        **dict.fromkeys(("timeout", "update_cache_timeout"), 0),
        "verbosity": 1,
        "limit": "",
    }
    references: ClassVar[dict[str, str]] = {
        "inventory": "inventories",
        "source_project": "projects",
        "credential": "credentials",
        "execution_environment": "execution_environments",
    }
    choices: ClassVar[dict[str, tuple[Any, ...]]] = {"source": ("scm",), "verbosity": (0, 1, 2)}
    read_only = frozenset({"status", "last_updated", "last_update_failed"})
    hidden = frozenset({"imported"})
    unique = validation.Unique(("name", "inventory"), soft=True)
    lists: ClassVar[dict[str, str]] = NOTIFICATIONS
    cascade = frozenset({"inventory", "source_project"})

    def store(self, values: Record) -> Record:
        """Store a source that has never been updated."""
        new: Record = {"status": "never updated", "last_updated": None, "last_update_failed": False, "imported": {}}
        return super().store({**values, **new})

    def may_read(self, user: Record, record: Record) -> bool:
        """Allow everyone who can see the inventory."""
        return self.awx.access.has(user, "inventories", record["inventory"], "read_role")

    def may_create(self, user: Record, body: Record) -> bool:
        """Allow administrators of the inventory who can use the project and the credential."""
        access = self.awx.access
        used = [(self.references[name], body.get(name)) for name in ("source_project", "credential")]
        usable = all(number is None or access.has(user, resource, number, "use_role") for resource, number in used)
        return usable and access.has(user, "inventories", body.get("inventory"), "admin_role")

    def may_change(self, user: Record, record: Record, body: Record | None) -> bool:
        """Allow administrators of the inventory who can use a new project and a new credential."""
        new = {name: value for name, value in (body or {}).items() if value != record.get(name)}
        return self.may_create(user, {**new, "inventory": record["inventory"]})

    def check(self, values: Record, body: Record, existing: Record | None) -> None:
        """Check the inventory, the project and the credential."""
        if self.awx.records["inventories"][values["inventory"]]["kind"]:
            reason = "Cannot create Inventory Source for Smart or Constructed Inventories"
            raise RefusedError(400, {"inventory": {"detail": reason}})
        project = self.awx.records["projects"].get(values["source_project"])
        if project is None:
            raise bad("source_project", "Project required for scm type sources.")
        if not project["scm_type"]:
            raise bad("source_project", "Cannot use manual project for SCM-based inventory.")
        if values["scm_branch"] and not project["allow_override"]:
            raise bad("scm_branch", "Project does not allow overriding branch.")
        credential = self.awx.records["credentials"].get(values["credential"])
        if credential and self.awx.credentials.type_of(credential)["kind"] in NOT_FOR_SOURCES:
            raise bad("credential", "Credentials of type insights and vault are disallowed for scm inventory sources.")

    def show(self, record: Record) -> Record:
        """Add the paths of updates."""
        shown, url = super().show(record), self.url(record)
        for name in ("update", "inventory_updates"):
            shown["related"][name] = f"{url}{name}/"
        return shown

    def below(self, request: Request, record: Record, rest: tuple[str, ...]) -> Answer:
        """Handle updates."""
        updates = self.awx.resources["inventory_updates"]
        if rest == ("inventory_updates",) and request.method == "GET":
            own = [one for one in updates.records.values() if one["inventory_source"] == record["id"]]
            return updates.page(request, own)
        if rest != ("update",):
            return super().below(request, record, rest)
        if request.method == "GET":
            return 200, {"can_update": True}
        if request.method != "POST":
            raise not_allowed(request.method)
        if not self.awx.access.has(request.user, "inventories", record["inventory"], "update_role"):
            raise forbidden()
        update = self.update(record)
        return 202, {"inventory_update": update["id"], **updates.show(update)}

    def update(self, source: Record) -> Record:
        """Import the hosts of a source. If that fails, the inventory keeps its hosts."""
        started = self.awx.now()
        status, output, explanation = "successful", "", self.obstacle(source)
        if explanation:
            status = "failed"
        elif self.awx.run_jobs:
            from . import running

            status, output, imported = running.list_hosts(self.awx, source)
            source["imported"] = imported if status == "successful" else source["imported"]
        source.update(status=status, last_updated=self.awx.now(), last_update_failed=status != "successful")
        update: Record = self.awx.resources["inventory_updates"].store(
            {
                **{
                    name: source[name] for name in ("name", "description", "inventory", "source_project", "source_path")
                },
                "inventory_source": source["id"],
                "unified_job_template": source["id"],
                "status": status,
                "failed": status != "successful",
                "started": started,
                "finished": self.awx.now(),
                "elapsed": 0.1,
                "event_processing_finished": True,
                "job_explanation": explanation,
                "result_traceback": "",
                "stdout": output,
            }
        )
        return update

    def obstacle(self, source: Record) -> str:
        """Return the reason why a source cannot be updated. AWX synchronizes its project first."""
        project = self.awx.records["projects"][source["source_project"]]
        update = self.awx.projects.update(project)
        project["current_update"] = None
        if not update["failed"]:
            return ""
        previous = {"job_type": "project_update", "job_name": project["name"], "job_id": str(update["id"])}
        return f"Previous Task Failed: {json.dumps(previous)}"

    def update_for(self, inventory: Any) -> str:
        """Update the sources that have to be updated before a job. Return the reason why it cannot start."""
        for source in [*self.records.values()]:
            if source["inventory"] == inventory and source["update_on_launch"]:
                update = self.update(source)
                if update["failed"]:
                    previous = {"job_type": "inventory_update", "job_name": source["name"], "job_id": str(update["id"])}
                    return f"Previous Task Failed: {json.dumps(previous)}"
        return ""

    def names_of(self, inventory: Any) -> list[str]:
        """Return the names of the hosts of an inventory, sorted."""
        groups = [
            group
            for one in self.records.values()
            if one["inventory"] == inventory
            for group in one["imported"].values()
        ]
        return sorted({name for group in groups for name in (*group.get("hosts", ()), *group.get("hostvars", ()))})

    def hosts_of_slice(self, inventory: Record, number: int, count: int) -> Record:
        """Return every count-th host, sorted by name, starting with the number-th. Groups keep their children and variables."""
        names = self.names_of(inventory.get("id"))[number - 1 :: count]
        listed = self.hosts_of(inventory)
        hostvars = listed["_meta"]["hostvars"]
        listed["_meta"] = {"hostvars": {name: hostvars[name] for name in names if name in hostvars}}
        for name, group in listed.items():
            if "hosts" in group and name != "_meta":
                listed[name] = {**group, "hosts": [host for host in group["hosts"] if host in names]}
        return listed

    def hosts_of(self, inventory: Record) -> Record:
        """Return the hosts of an inventory as the output of an inventory script."""
        merged: Record = {"_meta": {"hostvars": {}}, "all": {"hosts": [], "children": []}}
        for source in self.records.values():
            imported = source["imported"] if source["inventory"] == inventory.get("id") else {}
            merged["_meta"]["hostvars"].update(imported.get("_meta", {}).get("hostvars", {}))
            merged["all"]["children"] += imported.get("all", {}).get("children", [])
            merged.update({name: group for name, group in imported.items() if name not in ("_meta", "all")})
        merged["all"]["vars"] = variables(inventory.get("variables", ""))
        return merged


class InventoryUpdates(Results):
    """Results of updates, which have ended when the request that started them returns."""

    name, type = "inventory_updates", "inventory_update"
    fields: ClassVar[dict[str, Any]] = {"status": "", "inventory": None, "inventory_source": None, "failed": False}
    references: ClassVar[dict[str, str]] = {"inventory": "inventories", "inventory_source": "inventory_sources"}
    cascade = frozenset({"inventory_source"})

    def may_read(self, user: Record, record: Record) -> bool:
        """Allow everyone who can see the inventory."""
        return self.awx.access.has(user, "inventories", record["inventory"], "read_role")
