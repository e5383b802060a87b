# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Schedules. Nothing runs automatically: POST /_awx/run_due runs what is due according to the server's clock."""

from __future__ import annotations

from typing import Any, ClassVar

from . import rules, validation
from .access import ROLES
from .basics import Record, bad
from .records import Resource

NO_VARIABLES = "Variables are not allowed on launch. Check the Prompt on Launch setting."


class Schedules(Resource):
    """Schedules of job templates and projects, for users who can run these."""

    name, type = "schedules", "schedule"
    fields: ClassVar[dict[str, Any]] = {
        "unified_job_template": validation.REQUIRED,
        "rrule": validation.REQUIRED,
        "enabled": True,
        "extra_data": {},
    }
    references: ClassVar[dict[str, str]] = {"unified_job_template": "unified_job_templates"}
    read_only = frozenset({"next_run"})
    unique = validation.Unique(("unified_job_template", "name"))
    lists: ClassVar[dict[str, str]] = {
        "credentials": "credentials",
        "labels": "labels",
        "instance_groups": "instance_groups",
    }
    cascade = frozenset({"unified_job_template"})

    def has(self, user: Record, number: Any, *fields: str) -> bool:
        """Return whether a user has one of these roles. Projects and job templates have different roles."""
        places = ("projects", "workflow_job_templates")
        resource = next((place for place in places if self.awx.lookup(place, number)), "job_templates")
        own = [field for field in fields if field in ROLES[resource]]
        return any(self.awx.access.has(user, resource, number, field) for field in own)

    def may_read(self, user: Record, record: Record) -> bool:
        """Allow everyone who can see the template."""
        return self.has(user, record["unified_job_template"], "read_role")

    def may_create(self, user: Record, body: Record) -> bool:
        """Allow everyone who can run the template."""
        return self.has(user, body.get("unified_job_template"), "execute_role", "update_role")

    def may_change(self, user: Record, record: Record, body: Record | None) -> bool:
        """Allow administrators of the template."""
        return self.has(user, record["unified_job_template"], "admin_role")

    def check(self, values: Record, body: Record, existing: Record | None) -> None:
        """Check the rule, and whether the template accepts variables. A change recalculates the next time."""
        if not isinstance(values["rrule"], str):
            raise bad("rrule", "Not a valid string.")
        if not isinstance(values["extra_data"], dict):
            raise bad("extra_data", "Variables must be an object.")
        rules.check(values["rrule"])
        template = self.awx.lookup("unified_job_templates", values["unified_job_template"]) or {}
        if values["extra_data"] and not template.get("ask_variables_on_launch"):
            raise bad("extra_data", NO_VARIABLES)
        self.plan(values)

    def plan(self, values: Record) -> None:
        """Set when a schedule is due next."""
        time = rules.following(values["rrule"], self.awx.clock()) if values["enabled"] else None
        values["next_run"] = time.strftime("%Y-%m-%dT%H:%M:%SZ") if time else None

    def due(self) -> list[Record]:
        """Return the due schedules in order of time."""
        now = self.awx.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
        found = [record for record in self.records.values() if record["next_run"] and record["next_run"] <= now]
        return sorted(found, key=lambda record: (record["next_run"], record["id"]))

    def run(self, schedule: Record) -> tuple[str, int]:
        """Start what a schedule refers to, set its next time, and return resource and ID of the job."""
        self.plan(schedule)
        number = schedule["unified_job_template"]
        if number in self.awx.records["projects"]:
            return "project_updates", self.awx.projects.update(self.awx.records["projects"][number])["id"]
        workflow = self.awx.lookup("workflow_job_templates", number)
        if workflow is not None:
            return "workflow_jobs", self.awx.workflow_jobs.start(workflow, "scheduled")["id"]
        template = self.awx.records["job_templates"][number]
        job = self.awx.jobs.launch(template, "scheduled", schedule["extra_data"], {"schedule": schedule["id"]})
        return "workflow_jobs" if job.get("is_sliced_job") else "jobs", job["id"]
