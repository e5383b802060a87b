# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Workflow jobs: those of workflow job templates, and those of job templates with slices, with a job for each slice."""

from __future__ import annotations

import threading
from typing import Any, ClassVar

from . import pages
from .basics import Answer, Record, Request
from .results import Results

OVER = ("successful", "failed", "error", "canceled")


class WorkflowJobs(Results):
    """The jobs of a workflow are in `nodes`. A job can be a workflow job itself, if it has slices."""

    name, type = "workflow_jobs", "workflow_job"
    fields: ClassVar[dict[str, Any]] = dict.fromkeys(
        ("job_template", "workflow_job_template", "unified_job_template", "organization", "status")
    )
    references: ClassVar[dict[str, str]] = {
        "job_template": "job_templates",
        "workflow_job_template": "workflow_job_templates",
        "organization": "organizations",
    }
    methods = ("GET", "DELETE")
    hidden = frozenset({"stdout", "nodes"})

    def __init__(self, awx: Any) -> None:
        super().__init__(awx)
        self.threads: dict[int, threading.Thread] = {}

    def may_read(self, user: Record, record: Record) -> bool:
        """Allow everyone who can see the template."""
        return any(
            self.awx.access.has(user, self.references[name], record[name], "read_role")
            for name in ("job_template", "workflow_job_template")
        )

    def add(self, template: Record, field: str, launch_type: str) -> Record:
        """Store a workflow job without nodes."""
        return self.store(
            {
                **{name: template[name] for name in ("name", "description", "organization")},
                **dict.fromkeys(("job_template", "workflow_job_template")),
                field: template["id"],
                "unified_job_template": template["id"],
                "launch_type": launch_type,
                "is_sliced_job": field == "job_template",
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

    def start(self, template: Record, launch_type: str) -> Record:
        """Run a workflow in its own thread, because its jobs run one after the other."""
        record = self.add(template, "workflow_job_template", launch_type)
        thread = threading.Thread(target=self.run, args=(record,), daemon=True, name=f"workflow {record['id']}")
        self.threads[record["id"]] = thread
        thread.start()
        return record

    def run(self, record: Record) -> None:
        """Run the nodes of a workflow. A workflow fails if nothing follows a node that failed."""
        nodes = self.awx.workflow_nodes
        with self.awx.lock:
            waiting: list[tuple[Record, Record]] = [(node, {}) for node in nodes.roots(record["workflow_job_template"])]
        failed = False
        while waiting:
            node, given = waiting.pop(0)
            with self.awx.lock:
                template = self.awx.records["job_templates"][node["unified_job_template"]]
                job = self.awx.jobs.launch(template, "workflow", given, {"workflow_job": record["id"]})
                record["nodes"].append(job["id"])
            self.wait_for(job["id"])
            with self.awx.lock:
                following = nodes.following(node, job["failed"])
                waiting += [(other, {**given, **self.artifacts_of(job)}) for other in following]
                failed = failed or (job["failed"] and not following)
        with self.awx.lock:
            self.finish(record, failed)

    def finish(self, record: Record, failed: bool) -> None:
        """End a workflow job."""
        record.update(status="failed" if failed else "successful", failed=failed, finished=self.awx.now())

    def end_slices(self, record: Record) -> None:
        """End a workflow job with the last of its slices. It fails if one of them failed."""
        jobs = self.jobs_of(record)
        if all(job["status"] in OVER for job in jobs):
            self.finish(record, any(job["failed"] for job in jobs))

    def jobs_of(self, record: Record) -> list[Record]:
        """Return the jobs of a workflow job."""
        return [self.awx.jobs.records.get(number) or self.records[number] for number in record["nodes"]]

    def artifacts_of(self, job: Record) -> Record:
        """Return the data that the next node of a workflow gets: that of all slices, in the order in which they ended."""
        if "artifacts" in job:
            return dict(job["artifacts"])
        merged: Record = {}
        for one in sorted(self.jobs_of(job), key=lambda one: (one["finished"], one["id"])):
            if one["status"] in ("successful", "failed"):
                merged.update(self.artifacts_of(one))
        return merged

    def wait_for(self, number: int) -> None:
        """Wait until a job or a workflow job has ended. The caller must not hold the lock."""
        if number in self.awx.jobs.records:
            self.awx.jobs.wait(number)
            return
        thread = self.threads.get(number)
        if thread is not None:
            thread.join()
        for job in self.records[number]["nodes"]:
            self.wait_for(job)

    def below(self, request: Request, record: Record, rest: tuple[str, ...]) -> Answer:
        """Return the nodes, each with its job."""
        if rest != ("workflow_nodes",) or request.method != "GET":
            return super().below(request, record, rest)
        return pages.page(request, self.jobs_of(record), lambda job: node_of(record, job))


def node_of(record: Record, job: Record) -> Record:
    """Return AWX's representation of a node and its job."""
    summary = {name: job[name] for name in ("id", "name", "description", "status", "failed")}
    return {
        "id": job["id"],
        "type": "workflow_job_node",
        "job": job["id"],
        "workflow_job": record["id"],
        "unified_job_template": job["unified_job_template"],
        "summary_fields": {"job": {**summary, "type": "workflow_job" if "nodes" in job else "job"}},
    }
