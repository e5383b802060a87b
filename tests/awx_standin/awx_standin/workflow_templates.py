# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Workflow job templates and their nodes."""

from __future__ import annotations

from typing import Any, ClassVar

from . import validation
from .basics import Answer, Record, RefusedError, Request, forbidden, not_allowed
from .organizations_and_users import NOTIFICATIONS
from .records import Resource

FOLLOWERS = ("success_nodes", "failure_nodes", "always_nodes")


class WorkflowTemplates(Resource):
    """Created by users who administer the workflows of an organization."""

    name, type = "workflow_job_templates", "workflow_job_template"
    fields: ClassVar[dict[str, Any]] = {
        **dict.fromkeys(("organization", "inventory")),
        **dict.fromkeys(("extra_vars", "limit", "scm_branch", "job_tags", "skip_tags"), ""),
        **dict.fromkeys(("allow_simultaneous", "ask_variables_on_launch", "survey_enabled"), False),
    }
    references: ClassVar[dict[str, str]] = {"organization": "organizations", "inventory": "inventories"}
    unique = validation.Unique(("name", "organization"), soft=True)
    lists: ClassVar[dict[str, str]] = {"labels": "labels", **NOTIFICATIONS}

    def may_create(self, user: Record, body: Record) -> bool:
        """Return whether a user can create a workflow there."""
        return self.awx.access.has(user, "organizations", body.get("organization"), "workflow_admin_role")

    def show(self, record: Record) -> Record:
        """Add the URL of the launch."""
        shown = super().show(record)
        shown["related"]["launch"] = f"{self.url(record)}launch/"
        return shown

    def below(self, request: Request, record: Record, rest: tuple[str, ...]) -> Answer:
        """Handle launches."""
        if rest != ("launch",):
            return super().below(request, record, rest)
        if request.method != "POST":
            raise not_allowed(request.method)
        if not self.awx.access.has(request.user, self.name, record["id"], "execute_role"):
            raise forbidden()
        jobs = self.awx.workflow_jobs
        job = jobs.start(record, "manual")
        return 201, {"workflow_job": job["id"], "ignored_fields": {}, **jobs.show(job)}


class WorkflowNodes(Resource):
    """Nodes of workflows, each with what it runs and the nodes that follow."""

    name, type, identity = "workflow_job_template_nodes", "workflow_job_template_node", "identifier"
    fields: ClassVar[dict[str, Any]] = {
        "workflow_job_template": validation.REQUIRED,
        "unified_job_template": None,
        "all_parents_must_converge": False,
    }
    references: ClassVar[dict[str, str]] = {
        "workflow_job_template": "workflow_job_templates",
        "unified_job_template": "unified_job_templates",
    }
    unique = validation.Unique(("identifier", "workflow_job_template"))
    lists: ClassVar[dict[str, str]] = dict.fromkeys(FOLLOWERS, "workflow_job_template_nodes")
    cascade = frozenset({"workflow_job_template"})

    def may_read(self, user: Record, record: Record) -> bool:
        """Allow everyone who can see the workflow."""
        return self.awx.access.has(user, "workflow_job_templates", record["workflow_job_template"], "read_role")

    def may_create(self, user: Record, body: Record) -> bool:
        """Allow administrators of the workflow."""
        return self.awx.access.has(user, "workflow_job_templates", body.get("workflow_job_template"), "admin_role")

    def may_change(self, user: Record, record: Record, body: Record | None) -> bool:
        """Allow administrators of the workflow."""
        return self.may_create(user, record)

    def check_attached(self, record: Record, item: Record, name: str) -> None:
        """Reject nodes of other workflows, and cycles of one node."""
        if item["workflow_job_template"] != record["workflow_job_template"]:
            raise RefusedError(400, {"Error": "Nodes must belong to the same workflow job template."})
        if item is record:
            raise RefusedError(400, {"Error": "Cycle detected."})

    def of(self, template: int) -> list[Record]:
        """Return the nodes of a workflow."""
        return [node for node in self.records.values() if node["workflow_job_template"] == template]

    def roots(self, template: int) -> list[Record]:
        """Return the nodes of a workflow that follow no other node."""
        nodes = self.of(template)
        followers = {number for node in nodes for name in FOLLOWERS for number in node[name]}
        return [node for node in nodes if node["id"] not in followers]

    def following(self, node: Record, failed: bool) -> list[Record]:
        """Return the nodes that run after a node has ended."""
        names = ("failure_nodes" if failed else "success_nodes", "always_nodes")
        return [self.records[number] for name in names for number in node[name]]
