# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole AWX: its resources, its clock, and the routing of requests."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timezone
from email.message import Message
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from . import authentication, control, general, seeds, surveys
from .access import Access
from .basics import NO_RESOURCE, Answer, Record, RefusedError, Request, forbidden, is_number, not_allowed, not_found
from .credential_types import CredentialTypes
from .credentials import Credentials
from .execution_environments import ExecutionEnvironments
from .inventories import Inventories
from .inventory_sources import InventorySources, InventoryUpdates
from .job_templates import JobTemplates
from .jobs import Jobs
from .labels_and_groups import InstanceGroups, Labels
from .notification_templates import NotificationTemplates
from .organizations_and_users import Organizations, Roles, Users
from .projects import Projects, ProjectUpdates
from .records import Resource
from .schedules import Schedules
from .workflow_jobs import WorkflowJobs
from .workflow_templates import WorkflowNodes, WorkflowTemplates

UNIFIED = ("job_templates", "projects", "workflow_job_templates")
OTHERS = (
    *(Organizations, Users, CredentialTypes, ExecutionEnvironments, Inventories, NotificationTemplates),
    InstanceGroups,
)


class Awx:
    """The records of an AWX and its rules.

    :param run_jobs: whether jobs are really run. :param with_tokens: whether OAuth2 tokens are supported, which AWX had
    until November 2024. :param collections: where jobs find collections.
    """

    def __init__(self, *, run_jobs: bool = False, with_tokens: bool = True, collections: tuple[Path, ...] = ()) -> None:
        self.lock = threading.RLock()
        self.run_jobs, self.with_tokens, self.collections = run_jobs, with_tokens, collections
        self.clock_offset = 0.0
        self.number = 0
        self.log: list[Record] = []
        self.vault = surveys.Vault()
        self.notifications: list[Record] = []
        self.access = Access(self)
        self.roles = Roles(self)
        self.credentials, self.projects, self.templates = Credentials(self), Projects(self), JobTemplates(self)
        self.schedules, self.jobs, self.inventory_sources = Schedules(self), Jobs(self), InventorySources(self)
        self.labels, self.workflow_jobs = Labels(self), WorkflowJobs(self)
        self.workflow_templates, self.workflow_nodes = WorkflowTemplates(self), WorkflowNodes(self)
        workflows = (self.workflow_templates, self.workflow_nodes, self.workflow_jobs)
        own = (self.credentials, self.projects, self.inventory_sources, self.templates, self.schedules, self.jobs)
        updates = (ProjectUpdates(self), InventoryUpdates(self))
        created = (*(kind(self) for kind in OTHERS), *own, self.labels, *workflows, *updates)
        self.resources: dict[str, Resource] = {one.name: one for one in created}
        self.records = {name: resource.records for name, resource in self.resources.items()}
        self.tokens = authentication.Tokens(self)
        seeds.plant(self)

    @cached_property
    def _temporary(self) -> TemporaryDirectory[str]:
        return TemporaryDirectory(prefix="awx-standin-")

    @property
    def directory(self) -> Path:
        """Directory of projects and jobs, which exists as long as this object."""
        return Path(self._temporary.name)

    def close(self) -> None:
        """Wait for the jobs and remove all files."""
        for threads in (self.workflow_jobs.threads, self.jobs.threads):  # workflows start jobs
            for thread in list(threads.values()):
                thread.join()
        if "_temporary" in vars(self):
            self._temporary.cleanup()

    # the clock

    def clock(self) -> datetime:
        """Return the current time."""
        return datetime.fromtimestamp(time.time() + self.clock_offset, timezone.utc)

    def now(self) -> str:
        """Return the current time in AWX's format."""
        return self.clock().strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    # records

    def next_number(self) -> int:
        """Return an ID that no record has."""
        self.number += 1
        return self.number

    def lookup(self, resource: str, number: Any) -> Record | None:
        """Return the record with this ID, if it exists. For schedules and workflows, all templates are one resource."""
        if not is_number(number):
            return None
        places = UNIFIED if resource == "unified_job_templates" else (resource,)
        return next((self.records[place][number] for place in places if number in self.records.get(place, {})), None)

    def remove(self, name: str, number: int) -> None:
        """Delete a record. Records that refer to it lose the reference or are deleted, too."""
        removed = self.records[name].pop(number)
        self.access.drop(name, number)
        for resource in self.resources.values():
            targets = [field for field, target in resource.references.items() if self.is_of(target, name)]
            listing = [listed for listed, target in resource.lists.items() if target == name]
            for record in [*resource.records.values()]:
                self.forget(resource, record, targets, number)
                for listed in listing:
                    record[listed] = [other for other in record[listed] if other != number]
        self.labels.clean_up(removed.get("labels", []))

    def forget(self, resource: Resource, record: Record, targets: list[str], number: int) -> None:
        """Remove a record's references to another."""
        for field in targets:
            if record.get(field) != number:
                continue
            if field in resource.cascade:
                if record["id"] in resource.records:
                    self.remove(resource.name, record["id"])
            else:
                record[field] = None

    @staticmethod
    def is_of(target: str, name: str) -> bool:
        """Return whether a reference to this resource can refer to a record of that one."""
        return target == name or (target == "unified_job_templates" and name in UNIFIED)

    # requests

    def answer(self, method: str, target: str, headers: Message, raw: bytes) -> Answer:
        """Handle a request."""
        url = urlsplit(target)
        parts = tuple(unquote(part) for part in url.path.strip("/").split("/"))
        if parts[0] == control.PREFIX:
            control.refuse_web_pages(headers)
            return control.answer(self, method, parts[1:], raw)
        with self.lock:
            if parts == ("api",) and method == "GET":
                return 200, general.VERSIONS
            if not url.path.endswith("/") or parts[:2] != ("api", "v2"):
                raise not_found(NO_RESOURCE)
            query = tuple(parse_qsl(url.query, keep_blank_values=True))
            return self.route(Request(method, parts[2:], query, headers, raw, None, {}))

    def route(self, request: Request) -> Answer:
        """Pass a request to the part that handles it."""
        path = request.path
        if path == ("ping",):
            return 200, general.PING
        if path[:1] == ("job_templates",) and path[2:] in (("github",), ("gitlab",), ("bitbucket_dc",)):
            return self.hook(request)
        if path[:1] == ("tokens",) and not self.with_tokens:
            raise not_found(NO_RESOURCE)
        user = self.tokens.user_of(request)
        request = request._replace(user=user, body=authentication.parsed(request.raw))
        if path[:1] == ("tokens",):
            return self.tokens.answer(request)
        if path[:1] == ("roles",):
            return self.roles.answer(request)
        if path and path[0] in self.resources:
            return self.resources[path[0]].answer(request)
        return general.answer(self, request)

    def hook(self, request: Request) -> Answer:
        """Handle a webhook, authenticated only by its signature. A missing template and a missing key look the same."""
        template = self.lookup("job_templates", int(request.path[1]) if request.path[1].isdecimal() else None)
        if request.method != "POST":
            raise not_allowed(request.method)
        if template is None or request.path[2] != template["webhook_service"]:
            raise forbidden()
        return self.templates.hook(template, request._replace(body=authentication.parsed(request.raw)))


__all__ = ["Awx", "RefusedError"]
