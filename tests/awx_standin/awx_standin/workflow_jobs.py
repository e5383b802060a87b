# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Workflow jobs of job templates with slices: one node, and one job, for each slice of the inventory."""

from __future__ import annotations

from typing import Any, ClassVar

from . import pages
from .basics import Answer, Record, Request
from .results import Results

OVER = ("successful", "failed", "error", "canceled")


class WorkflowJobs(Results):
    """Created by the launch of a job template whose inventory is divided into slices."""

    name, type = "workflow_jobs", "workflow_job"
    fields: ClassVar[dict[str, Any]] = dict.fromkeys(("job_template", "unified_job_template", "organization", "status"))
    references: ClassVar[dict[str, str]] = {"job_template": "job_templates", "organization": "organizations"}
    methods = ("GET", "DELETE")
    hidden = frozenset({"stdout", "nodes"})

    def may_read(self, user: Record, record: Record) -> bool:
        """Allow everyone who can see the template."""
        return self.awx.access.has(user, "job_templates", record["job_template"], "read_role")

    def launch(self, template: Record, launch_type: str) -> Record:
        """Store a workflow job without nodes."""
        return self.store(
            {
                **{name: template[name] for name in ("name", "description", "organization")},
                "job_template": template["id"],
                "unified_job_template": template["id"],
                "launch_type": launch_type,
                "is_sliced_job": True,
                "status": "running",
                "failed": False,
                "started": self.awx.now(),
                "finished": None,
                "event_processing_finished": True,
                "job_explanation": "",
                "stdout": "",
                "nodes": [],
            }
        )

    def end(self, record: Record) -> None:
        """End a workflow job with the last of its jobs. It fails if one of them failed."""
        jobs = [self.awx.jobs.records[number] for number in record["nodes"]]
        if any(job["status"] not in OVER for job in jobs):
            return
        failed = any(job["failed"] for job in jobs)
        record.update(status="failed" if failed else "successful", failed=failed, finished=self.awx.now())

    def artifacts(self, record: Record) -> Record:
        """Return the data that the next node of a workflow gets: that of all slices, in the order in which they ended."""
        jobs = [self.awx.jobs.records[number] for number in record["nodes"]]
        merged: Record = {}
        for job in sorted(jobs, key=lambda job: (job["finished"], job["id"])):
            if job["status"] in ("successful", "failed"):
                merged.update(job["artifacts"])
        return merged

    def below(self, request: Request, record: Record, rest: tuple[str, ...]) -> Answer:
        """Return the nodes, each with its job."""
        if rest != ("workflow_nodes",) or request.method != "GET":
            return super().below(request, record, rest)
        jobs = [self.awx.jobs.records[number] for number in record["nodes"]]
        return pages.page(request, jobs, lambda job: node(record, job))


def node(record: Record, job: Record) -> Record:
    """Return AWX's representation of the node of a slice."""
    summary = {name: job[name] for name in ("id", "name", "description", "status", "failed", "elapsed")}
    return {
        "id": job["id"],
        "type": "workflow_job_node",
        "job": job["id"],
        "workflow_job": record["id"],
        "unified_job_template": record["unified_job_template"],
        "summary_fields": {"job": {**summary, "type": "job"}},
    }
