# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Projects and their updates."""

from __future__ import annotations

from typing import Any, ClassVar

from . import checkout, validation
from .basics import Answer, Record, Request, bad, forbidden, not_allowed
from .organizations_and_users import NOTIFICATIONS
from .records import Resource
from .results import Results

TRIGGERS = ("scm_type", "scm_url", "scm_branch", "scm_refspec")
MISSING_REVISION = "Missing a revision to run due to failed project update."


class Projects(Resource):
    """Synchronized when created, when their source changes, and on request."""

    name, type = "projects", "project"
    fields: ClassVar[dict[str, Any]] = {
        **dict.fromkeys(
            ("organization", "credential", "default_environment", "signature_validation_credential"),
        ),
        **dict.fromkeys(("scm_type", "scm_url", "scm_branch", "scm_refspec", "local_path"), ""),
        **dict.fromkeys(("scm_clean", "scm_update_on_launch", "scm_delete_on_update", "scm_track_submodules"), False),
        **dict.fromkeys(("timeout", "scm_update_cache_timeout"), 0),
        "allow_override": False,
    }
    references: ClassVar[dict[str, str]] = {
        "organization": "organizations",
        "credential": "credentials",
        "default_environment": "execution_environments",
        "signature_validation_credential": "credentials",
    }
    choices: ClassVar[dict[str, tuple[str, ...]]] = {"scm_type": ("", "git", "svn", "insights", "archive")}
    read_only = frozenset({"status", "scm_revision", "last_updated", "last_update_failed", "custom_virtualenv"})
    hidden = frozenset({"playbooks", "current_update"})
    unique = validation.Unique(("name", "organization"), soft=True)
    lists: ClassVar[dict[str, str]] = NOTIFICATIONS

    def store(self, values: Record) -> Record:
        """Store a project that has never been synchronized."""
        unsynchronized = {"status": "never updated", "scm_revision": "", "last_updated": None}
        new = {"last_update_failed": False, "playbooks": [], "current_update": None}
        return super().store({**values, **unsynchronized, **new})

    def may_create(self, user: Record, body: Record) -> bool:
        """Return whether a user can create a project there with this credential."""
        access, credential = self.awx.access, body.get("credential")
        usable = not credential or access.has(user, "credentials", credential, "use_role")
        return usable and access.has(user, "organizations", body.get("organization"), "project_admin_role")

    def may_change(self, user: Record, record: Record, body: Record | None) -> bool:
        """Return whether a user can change a project and use its new credential."""
        credential = (body or {}).get("credential")
        usable = credential in (None, record["credential"])
        usable = usable or self.awx.access.has(user, "credentials", credential, "use_role")
        return usable and super().may_change(user, record, body)

    def check(self, values: Record, body: Record, existing: Record | None) -> None:
        """Check that the credential is for source control."""
        if values["credential"]:
            credential = self.awx.records["credentials"][values["credential"]]
            if self.awx.records["credential_types"][credential["credential_type"]]["kind"] != "scm":
                raise bad("credential", "Credential kind must be 'scm'.")
        if values["scm_type"] and not values["scm_url"]:
            raise bad("scm_url", "SCM URL is required.")

    def show(self, record: Record) -> Record:
        """Show an update as running until a client has read its result."""
        shown, url = super().show(record), self.url(record)
        for name in ("update", "project_updates", "playbooks"):
            shown["related"][name] = f"{url}{name}/"
        if record["current_update"]:
            shown["summary_fields"]["current_update"] = {"id": record["current_update"], "status": "pending"}
        return shown

    def created(self, record: Record, request: Request) -> None:
        """Synchronize a new project."""
        if record["scm_type"]:
            self.update(record)

    def changed(self, before: Record, record: Record) -> None:
        """Synchronize a project when its source changes, but not when its credential does."""
        if record["scm_type"] and any(record[name] != before[name] for name in TRIGGERS):
            self.update(record)

    def below(self, request: Request, record: Record, rest: tuple[str, ...]) -> Answer:
        """Handle playbooks and updates."""
        updates = self.awx.resources["project_updates"]
        if rest == ("playbooks",) and request.method == "GET":
            return 200, record["playbooks"]
        if rest == ("project_updates",) and request.method == "GET":
            return updates.page(request, [one for one in updates.records.values() if one["project"] == record["id"]])
        if rest == ("update",):
            return self.update_answer(request, record)
        return super().below(request, record, rest)

    def update_answer(self, request: Request, record: Record) -> Answer:
        """Return whether a project can be updated, or update it."""
        can_update = bool(record["scm_type"])
        if request.method == "GET":
            return 200, {"can_update": can_update}
        if request.method != "POST" or not can_update:
            raise not_allowed(request.method)
        if not self.awx.access.has(request.user, self.name, record["id"], "update_role"):
            raise forbidden()
        update = self.update(record)
        return 202, {"project_update": update["id"], **self.awx.resources["project_updates"].show(update)}

    def update(self, project: Record) -> Record:
        """Synchronize a project. If that fails, it keeps its playbooks, and none of its jobs can start."""
        started = self.awx.now()
        target = self.awx.directory / "projects" / str(project["id"])
        target.parent.mkdir(exist_ok=True)
        outcome = checkout.synchronize(self.source(project), target)
        status = "successful" if outcome.revision else "failed"
        project.update(status=status, last_updated=self.awx.now(), last_update_failed=not outcome.revision)
        if outcome.revision:
            project.update(scm_revision=outcome.revision, playbooks=checkout.find_playbooks(target))
        update = self.awx.resources["project_updates"].store(
            {
                **{name: project[name] for name in ("name", "description", *TRIGGERS, "credential")},
                "project": project["id"],
                "unified_job_template": project["id"],
                "status": status,
                "failed": not outcome.revision,
                "started": started,
                "finished": self.awx.now(),
                "elapsed": 0.1,
                "event_processing_finished": True,
                "job_explanation": "",
                "result_traceback": "",
                "scm_revision": outcome.revision,
                "stdout": outcome.output,
            }
        )
        project["current_update"] = update["id"]
        return update

    def source(self, project: Record) -> checkout.Source:
        """Return the source of a project, with the login of its credential."""
        inputs = self.awx.records["credentials"].get(project["credential"], {}).get("inputs", {})
        login = {name: str(inputs.get(name, "")) for name in ("username", "password")}
        return checkout.Source(project["scm_url"], project["scm_branch"], project["scm_refspec"], **login)

    def obstacle(self, project: Record) -> str:
        """Return the reason why jobs of a project cannot start."""
        failed = project["status"] == "failed" and not project["scm_update_on_launch"]
        return MISSING_REVISION if failed else ""


class ProjectUpdates(Results):
    """Results of synchronizations. They end immediately, but stay in the status running until a client reads them."""

    name, type = "project_updates", "project_update"
    fields: ClassVar[dict[str, Any]] = {"status": "", "project": None, "unified_job_template": None, "failed": False}
    references: ClassVar[dict[str, str]] = {"project": "projects"}
    cascade = frozenset({"project"})

    def may_read(self, user: Record, record: Record) -> bool:
        """Allow everyone who can see the project."""
        return self.awx.access.has(user, "projects", record["project"], "read_role")

    def get(self, request: Request) -> Answer:
        """Return an update, which has ended from now on."""
        record = self.readable(request)
        project = self.awx.records["projects"][record["project"]]
        if project["current_update"] == record["id"]:
            project["current_update"] = None
        return 200, self.show(record)
