# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Job templates: requirements, credentials, launches and webhooks."""

from __future__ import annotations

import json
import secrets
import string
from typing import Any, ClassVar

from . import surveys, validation, webhooks
from .basics import Answer, Record, RefusedError, Request, bad, forbidden, not_allowed
from .organizations_and_users import NOTIFICATIONS
from .records import Resource

PROMPT = "You must either set a default value or ask to prompt on launch."
ASK = (
    *("scm_branch", "diff_mode", "variables", "limit", "tags", "skip_tags", "job_type", "verbosity", "inventory"),
    *("credential", "execution_environment", "forks", "instance_groups", "job_slice_count", "labels", "timeout"),
)
# Parameters of a launch, by the template's option that allows them.
PROMPTS = {
    "extra_vars": "ask_variables_on_launch",
    "job_tags": "ask_tags_on_launch",
    **{name: f"ask_{name}_on_launch" for name in ("limit", "skip_tags", "job_type", "verbosity", "inventory")},
}
KINDS = ("ssh", "vault", "cloud", "net", "kubernetes")
KEY_LETTERS = string.ascii_letters + string.digits


def variables(value: Any) -> Record:
    """Parse extra variables, which can be JSON text."""
    if isinstance(value, str):
        try:
            value = json.loads(value or "{}")
        except ValueError:
            raise bad("extra_vars", "Cannot parse as JSON.") from None
    if not isinstance(value, dict):
        raise bad("extra_vars", "Variables must be an object.")
    return value


class JobTemplates(Resource):
    """A playbook of a project, an inventory, and the credentials of its jobs."""

    name, type = "job_templates", "job_template"
    fields: ClassVar[dict[str, Any]] = {
        "project": validation.REQUIRED,
        "playbook": validation.REQUIRED,
        "job_type": "run",
        **dict.fromkeys(("inventory", "execution_environment", "webhook_credential")),
        **dict.fromkeys(("extra_vars", "limit", "job_tags", "skip_tags", "webhook_service", "scm_branch"), ""),
        **dict.fromkeys(("start_at_task", "host_config_key"), ""),
        **dict.fromkeys(("forks", "verbosity", "timeout"), 0),
        **dict.fromkeys(("diff_mode", "become_enabled", "allow_simultaneous", "use_fact_cache"), False),
        **dict.fromkeys(("survey_enabled", "force_handlers", "prevent_instance_group_fallback"), False),
        **{f"ask_{name}_on_launch": False for name in ASK},
        "job_slice_count": 1,
    }
    references: ClassVar[dict[str, str]] = {
        "inventory": "inventories",
        "project": "projects",
        "execution_environment": "execution_environments",
        "webhook_credential": "credentials",
    }
    read_only = frozenset({"organization", "custom_virtualenv"})
    hidden = frozenset({"webhook_key", "survey_spec"})
    choices: ClassVar[dict[str, tuple[str, ...]]] = {
        "job_type": ("run", "check"),
        "webhook_service": ("", "github", "gitlab", "bitbucket_dc"),
    }
    unique = validation.Unique(("name", "organization"), soft=True)
    lists: ClassVar[dict[str, str]] = {
        "credentials": "credentials",
        "labels": "labels",
        "instance_groups": "instance_groups",
        **NOTIFICATIONS,
    }

    def store(self, values: Record) -> Record:
        """Store a template, with a webhook key if it has a webhook."""
        record = super().store({**values, "webhook_key": "", "survey_spec": {}})
        self.renew_key(record)
        return record

    def renew_key(self, record: Record) -> None:
        """Create a new webhook key."""
        key = "".join(secrets.choice(KEY_LETTERS) for _letter in range(50))
        record["webhook_key"] = key if record["webhook_service"] else ""

    def may_create(self, user: Record, body: Record) -> bool:
        """Return whether a user can use everything that the template refers to."""
        access = self.awx.access
        usable = body.get("inventory") is None or access.has(user, "inventories", body["inventory"], "use_role")
        return usable and access.has(user, "projects", body.get("project"), "use_role")

    def may_attach(self, user: Record, record: Record, item: Record, name: str) -> bool:
        """Return whether a user administers the template and can use the credential."""
        usable = name != "credentials" or self.awx.access.has(user, name, item["id"], "use_role")
        return usable and super().may_attach(user, record, item, name)

    def check(self, values: Record, body: Record, existing: Record | None) -> None:
        """Check the inventory first, then that the project has the playbook."""
        project = self.awx.records["projects"][values["project"]]
        if values["inventory"] is None and not values["ask_inventory_on_launch"]:
            raise bad("inventory", PROMPT)
        if values["playbook"] not in project["playbooks"]:
            raise bad("playbook", "Playbook not found for project.")
        if (values["scm_branch"] or values["ask_scm_branch_on_launch"]) and not project["allow_override"]:
            raise bad("scm_branch", "Project does not allow overriding branch.")
        variables(values["extra_vars"])
        if values["job_slice_count"] < 1:
            raise bad("job_slice_count", "Ensure this value is greater than or equal to 1.")
        values["organization"] = project["organization"]

    def check_attached(self, record: Record, item: Record, name: str) -> None:
        """Allow one credential per type, and none for source control."""
        if name != "credentials":
            return
        types, credentials = self.awx.records["credential_types"], self.awx.records["credentials"]
        for other in record[name]:
            if credentials[other]["credential_type"] == item["credential_type"]:
                words = types[item["credential_type"]]["name"]
                raise RefusedError(400, {"error": f"Cannot assign multiple {words} credentials."})
        kind = types[item["credential_type"]]["kind"]
        if kind not in KINDS:
            raise RefusedError(400, {"error": f"Cannot assign a Credential of kind `{kind}`."})

    def changed(self, before: Record, record: Record) -> None:
        """Create a new key if the webhook service changes."""
        if before["webhook_service"] != record["webhook_service"]:
            self.renew_key(record)

    def show(self, record: Record) -> Record:
        """Add the URLs of the webhook and of the launch."""
        shown, url = super().show(record), self.url(record)
        for name in ("launch", "jobs", "schedules", "webhook_key", "survey_spec"):
            shown["related"][name] = f"{url}{name}/"
        service = record["webhook_service"]
        shown["related"]["webhook_receiver"] = f"{url}{service}/" if service else ""
        return shown

    def summary(self, record: Record) -> Record:
        """Add the names of the credentials."""
        found, credentials = super().summary(record), self.awx.records["credentials"]
        found["credentials"] = [{"id": item, "name": credentials[item]["name"]} for item in record["credentials"]]
        return found

    def below(self, request: Request, record: Record, rest: tuple[str, ...]) -> Answer:
        """Handle launches, the webhook key, jobs and schedules."""
        if rest == ("launch",):
            return self.launch(request, record)
        if rest == ("webhook_key",):
            return self.key(request, record)
        if rest == ("survey_spec",):
            return self.survey(request, record)
        if rest in (("jobs",), ("schedules",)) and request.method == "GET":
            other = self.awx.resources[rest[0]]
            records = [one for one in other.records.values() if one["unified_job_template"] == record["id"]]
            return other.page(request, records)
        return super().below(request, record, rest)

    def key(self, request: Request, record: Record) -> Answer:
        """Return the webhook key to administrators of the template; POST creates a new one."""
        if not self.may_change(request.user, record, None):
            raise forbidden()
        if request.method == "POST":
            self.renew_key(record)
        elif request.method != "GET":
            raise not_allowed(request.method)
        return (201 if request.method == "POST" else 200), {"webhook_key": record["webhook_key"]}

    def survey(self, request: Request, record: Record) -> Answer:
        """Handle the survey: GET returns it without encrypted defaults, POST replaces it, and DELETE removes it."""
        if request.method == "GET":
            return 200, surveys.shown(record["survey_spec"])
        if request.method not in ("POST", "DELETE"):
            raise not_allowed(request.method)
        if not self.may_change(request.user, record, None):
            raise forbidden()
        old = record["survey_spec"]
        record["survey_spec"] = (
            surveys.stored(request.fields(), old, self.awx.vault) if request.method == "POST" else {}
        )
        return 200, None

    def launch(self, request: Request, record: Record) -> Answer:
        """Handle a launch: POST starts a job if the project has a revision."""
        if not self.awx.access.has(request.user, self.name, record["id"], "execute_role"):
            raise forbidden()
        if request.method == "GET":
            needed = [one["variable"] for one in surveys.questions(record) if one["required"]]
            shown = {option: record[option] for option in PROMPTS.values()}
            return 200, {
                **shown,
                "survey_enabled": bool(surveys.questions(record)),
                "variables_needed_to_start": needed,
            }
        if request.method != "POST":
            raise not_allowed(request.method)
        obstacle = self.awx.jobs.obstacle(record)
        if obstacle:
            raise RefusedError(400, obstacle)
        return self.launched(request.user, record, request.fields() if request.body is not None else {})

    def launched(self, user: Record, record: Record, body: Record) -> Answer:
        """Create a job with the parameters of its launch that the template allows."""
        answers, other = surveys.accepted(record, variables(body.get("extra_vars", {})))
        body = {**body, "extra_vars": other} if other else {name: body[name] for name in body if name != "extra_vars"}
        prompts = {name: value for name, value in body.items() if record.get(PROMPTS.get(name, ""))}
        ignored = {name: value for name, value in body.items() if name not in prompts}
        given = {**answers, **prompts.pop("extra_vars", {})}
        if "inventory" in prompts and self.awx.lookup("inventories", prompts["inventory"]) is None:
            raise bad("inventory", f'Invalid pk "{prompts["inventory"]}" - object does not exist.')
        job = self.awx.jobs.launch(record, "manual", given, {**prompts, "created_by": user["id"]})
        resource = self.awx.workflow_jobs if job.get("is_sliced_job") else self.awx.jobs
        return 201, {resource.type: job["id"], "ignored_fields": ignored, **resource.show(job)}

    def hook(self, record: Record, request: Request) -> Answer:
        """Handle GitHub's POST: start a job with the event if the signature is valid."""
        event = webhooks.checked(record, request)
        if any(job["webhook_guid"] == event.guid for job in self.awx.jobs.records.values() if event.guid):
            return 202, {"message": "Webhook previously received, aborting."}
        self.awx.jobs.launch(record, "webhook", event.variables(), {"webhook_guid": event.guid})
        return 202, {"message": "Job queued."}
