# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs: their representation and when they start. See running.py for how they run."""

from __future__ import annotations

import json
import threading
from typing import Any, ClassVar

from . import surveys
from .basics import Record
from .job_templates import variables
from .results import Results
from .workflow_jobs import OVER

STARTED_WITHOUT_INPUTS = "Job cannot start because Credential {} does not provide one or more required fields ({})."
PRE_START = "Task failed pre-start check."
COPIED = (
    *("name", "description", "project", "inventory", "organization", "job_type", "playbook", "limit", "verbosity"),
    *("forks", "job_tags", "skip_tags", "diff_mode", "start_at_task"),
)
NEW = {
    "status": "pending",
    "failed": False,
    "finished": None,
    "elapsed": 0.0,
    "event_processing_finished": False,
    **dict.fromkeys(("job_explanation", "result_traceback", "scm_revision", "webhook_guid", "stdout"), ""),
    **dict.fromkeys(("schedule", "created_by", "workflow_job")),
    "job_slice_number": 0,
    "job_slice_count": 1,
}
USED_BY_JOBS = ("job_template", "project", "inventory", "organization")
# Job.notification_data in awx/main/models/jobs.py
NOTIFIED = ("id", "name", "url", "started", "finished", "status", "result_traceback", "playbook", "limit", "extra_vars")
NO_INVENTORY = "Job could not start because it does not have a valid inventory."
NO_PROJECT = "Job could not start because it does not have a valid project."


class Jobs(Results):
    """Created by a launch, a webhook or a schedule. Without --run-jobs they succeed without running anything."""

    name, type = "jobs", "job"
    fields: ClassVar[dict[str, Any]] = dict.fromkeys(
        (
            "job_template",
            "unified_job_template",
            "project",
            "inventory",
            "organization",
            "status",
            "launch_type",
            "schedule",
        ),
    )
    references: ClassVar[dict[str, str]] = {
        "job_template": "job_templates",
        "project": "projects",
        "inventory": "inventories",
        "organization": "organizations",
        "schedule": "schedules",
        "created_by": "users",
    }
    methods = ("GET", "DELETE")
    hidden = frozenset({"stdout", "events", "created_by", "survey_passwords", "workflow_job"})
    lists: ClassVar[dict[str, str]] = {"credentials": "credentials", "labels": "labels"}

    def __init__(self, awx: Any) -> None:
        super().__init__(awx)
        self.threads: dict[int, threading.Thread] = {}

    def may_read(self, user: Record, record: Record) -> bool:
        """Allow everyone who can see the template."""
        return self.awx.access.has(user, "job_templates", record["job_template"], "read_role")

    def show(self, record: Record) -> Record:
        """Add the URL of the output, and hide passwords of the survey."""
        shown = super().show(record)
        if record["survey_passwords"]:
            hidden = surveys.masked(json.loads(record["extra_vars"]), record["survey_passwords"])
            shown["extra_vars"] = json.dumps(hidden)
        shown["related"]["stdout"] = f"{self.url(record)}stdout/"
        return shown

    def active(self, resource: str, number: int) -> list[Record]:
        """Return the jobs because of which AWX does not delete a record."""
        field = {name: field for field, name in self.references.items() if field in USED_BY_JOBS}.get(resource)
        running = [job for job in self.records.values() if job["status"] not in OVER]
        return [{"id": job["id"], "type": self.type} for job in running if field and job[field] == number]

    def obstacle(self, template: Record) -> Record:
        """Return AWX's error if a launch is not possible."""
        project = self.awx.records["projects"].get(template["project"])
        if project is None:
            return {"project": ["A project is required to run a job."]}
        missing = self.awx.projects.obstacle(project)
        return {"playbook": [missing]} if missing else {}

    def launch(self, template: Record, launch_type: str, given: Record, more: Record | None = None) -> Record:
        """Create a job, or a workflow job with a job for each slice of the inventory, and start the jobs if possible.

        :param given: extra variables that are not from the template.
        :param more: fields that differ from the template, and who launched the job.
        """
        inventory = (more or {}).get("inventory", template["inventory"])
        count = min(template["job_slice_count"], len(self.awx.inventory_sources.names_of(inventory)))
        if count <= 1:
            job = self.add_job(template, {**(more or {}), "launch_type": launch_type}, given)
            if self.prepare(job):
                self.start(job)
            return job
        workflow = self.awx.workflow_jobs.add(template, "job_template", launch_type)
        of_slices = {
            **(more or {}),
            "launch_type": "workflow",
            "workflow_job": workflow["id"],
            "job_slice_count": count,
        }
        jobs = [self.add_job(template, {**of_slices, "job_slice_number": first + 1}, given) for first in range(count)]
        workflow["nodes"] = [job["id"] for job in jobs]
        obstacle = self.awx.inventory_sources.update_for(inventory)
        for job in jobs:
            if self.prepare(job, obstacle):
                self.start(job)
        return workflow

    def add_job(self, template: Record, more: Record, given: Record) -> Record:
        """Store a job with the values of its template."""
        extra_vars = surveys.merged(template, variables(template["extra_vars"]), given, self.awx.vault)
        job = self.store(
            {
                **NEW,
                **{name: template[name] for name in COPIED},
                "job_template": template["id"],
                "unified_job_template": template["id"],
                "extra_vars": json.dumps(extra_vars),
                "survey_passwords": surveys.passwords(template),
                "started": self.awx.now(),
                "artifacts": {},
                "events": [],
                "job_env": {},
                **more,
            }
        )
        for name in self.lists:
            job[name] = [*template[name]]
        return job

    def prepare(self, job: Record, of_inventory: str | None = None) -> bool:
        """Return whether a job can start. Otherwise, end it.

        :param of_inventory: result of the update of the inventory for all slices. None if it has not been updated.
        """
        lacking = self.lacking(job)
        if lacking:
            self.finish(job, "failed", lacking)
            return False
        project = self.awx.records["projects"].get(job["project"])
        obstacle = NO_PROJECT if project is None else self.awx.projects.obstacle(project)
        obstacle = NO_INVENTORY if job["inventory"] is None else obstacle
        if obstacle or project is None:
            self.finish(job, "error", obstacle)
            return False
        if project["scm_update_on_launch"] and not self.updated(job, project):
            return False
        obstacle = self.awx.inventory_sources.update_for(job["inventory"]) if of_inventory is None else of_inventory
        if obstacle:
            self.finish(job, "failed", obstacle)
            return False
        job["scm_revision"] = project["scm_revision"]
        return True

    def lacking(self, job: Record) -> str:
        """Return the required inputs that a credential lacks."""
        credentials = self.awx.credentials
        for number in job["credentials"]:
            names = credentials.lacking(credentials.records[number])
            if names:
                words = STARTED_WITHOUT_INPUTS.format(credentials.records[number]["name"], ", ".join(names))
                return f"{words} {PRE_START}"
        return ""

    def updated(self, job: Record, project: Record) -> bool:
        """Synchronize the project before its job if required. If that fails, the job fails, too."""
        update = self.awx.projects.update(project)
        project["current_update"] = None
        if update["failed"]:
            previous = {"job_type": "project_update", "job_name": project["name"], "job_id": str(update["id"])}
            self.finish(job, "failed", f"Previous Task Failed: {json.dumps(previous)}")
        return not update["failed"]

    def start(self, job: Record) -> None:
        """Run a job in its own thread, because it might send requests to this server."""
        if not self.awx.run_jobs:
            self.finish(job, "successful")
            return
        from . import running

        prepared = running.prepare(self.awx, job)
        job["status"] = "running"
        thread = threading.Thread(target=self.run, args=(job, prepared), daemon=True, name=f"job {job['id']}")
        self.threads[job["id"]] = thread
        thread.start()

    def run(self, job: Record, prepared: Any) -> None:
        """Run a job; called in its thread."""
        status, explanation, outcome = "error", "", {}
        try:
            status, outcome = prepared.run()
        except Exception as error:  # if a job cannot run, the error belongs to the job, as in AWX
            explanation = f"{type(error).__name__}: {error}"
        with self.awx.lock:
            job.update(outcome)
            self.finish(job, status, explanation)

    def finish(self, job: Record, status: str, explanation: str = "") -> None:
        """End a job."""
        job.update(status=status, failed=status in ("failed", "error"), job_explanation=explanation)
        job.update(finished=self.awx.now(), event_processing_finished=True)
        workflow = self.awx.lookup("workflow_jobs", job["workflow_job"])
        if workflow is not None and workflow["is_sliced_job"]:
            self.awx.workflow_jobs.end_slices(workflow)
        self.notify(job)

    def notify(self, job: Record) -> None:
        """Record the notifications of an ended job, with the data that AWX passes to them."""
        template = self.awx.lookup("job_templates", job["job_template"]) or {}
        shown = {name: self.show(job).get(name) for name in NOTIFIED}
        for number in template.get(f"notification_templates_{'error' if job['failed'] else 'success'}", []):
            self.awx.notifications.append({"notification_template": number, "body": shown})

    def wait(self, number: int, seconds: float = 600) -> Record:
        """Wait until a job has ended. The caller must not hold the lock."""
        thread = self.threads.get(number)
        if thread is not None:
            thread.join(seconds)
        return self.records[number]
