#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Set up AWX with the playbooks, the real command line and the modules of awx.awx, and run the jobs.

AWX is the stand-in server in ../awx_standin, which rejects what AWX rejects. All output is searched for secrets.
"""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

COLLECTION = Path(__file__).resolve().parents[2]
AWX_COLLECTION = Path(os.environ["AWX_COLLECTIONS"])
sys.path.insert(0, str(COLLECTION / "tests/leaks"))

import requests
from jobs import COLLECTIONS, SHAPES, needles, report, secrets_of

from awx_standin import AwxStandIn
from github_standin import StandIn

SAMPLE = COLLECTION / "extensions/awx_project"
REFRESH = "GitHub App refresh SCM credential"
TWO_HOURS = 7200
KEPT = ("jobs", "project_updates", "job_templates", "schedules")  # resources whose records contain no secrets
JOBS_REPOSITORY = "octo-org/linguist"  # private; the repository with the jobs in these tests


class World:
    """A GitHub server, an AWX, and the machine that sets it up. Collects all visible output."""

    def __init__(self, directory: Path, seed: Any = None, **awx_options: Any) -> None:
        self.directory = directory
        self.seen: list[str] = []
        self.secrets: dict[str, str] = {}
        self._servers = ExitStack()
        self.github = self._servers.enter_context(StandIn(profile="3.19", seed=seed))
        collections = (COLLECTIONS, AWX_COLLECTION)
        self.awx = self._servers.enter_context(AwxStandIn(collections=collections, **awx_options))
        self.key = directory / "key.pem"
        self.key.touch(0o600)
        self.key.write_text(self.github.private_key("hubops-demo"), encoding="utf-8")

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_error: object) -> None:
        self._servers.close()

    def ask(self, method: str, path: str, **options: Any) -> Any:
        place = path if path.startswith("/") else f"/api/v2/{path}"
        headers = {"Authorization": f"Bearer {self.awx.token}"}
        answer = requests.request(method, self.awx.url + place, headers=headers, timeout=600, **options)
        assert answer.ok, f"{method} {path}: {answer.text}"
        return answer.json() if answer.content else None

    def records(self, resource: str) -> dict[str, Any]:
        """Return complete records by name."""
        return {record["name"]: record for record in self.ask("GET", "/_awx/state")[resource].values()}

    def add(self, name: str, kind: int, **inputs: str) -> int:
        """Create a credential in the first organization."""
        body = {"name": name, "organization": 1, "credential_type": kind, "inputs": inputs}
        return int(self.ask("POST", "credentials/", json=body)["id"])

    def number(self, resource: str, name: str) -> int:
        return int(self.records(resource)[name]["id"])

    def play(self, playbook: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["ansible-playbook", "-vvv", playbook if "/" in playbook else f"hubops.github_apps.{playbook}", *arguments],
            env={
                "PATH": os.environ["PATH"],
                "HOME": os.environ["HOME"],
                "LC_ALL": "C.UTF-8",
                "ANSIBLE_COLLECTIONS_PATH": f"{COLLECTIONS}:{AWX_COLLECTION}",
                "ANSIBLE_NOCOLOR": "true",
                "ANSIBLE_PIPELINING": "true",
                "CONTROLLER_HOST": self.awx.url,
                "CONTROLLER_OAUTH_TOKEN": self.awx.token,
                "CONTROLLER_REQUEST_TIMEOUT": "120",  # this AWX answers after an update of an inventory, AWX before
                **environment,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        self.seen += [done.stdout, done.stderr]
        return done

    def bootstrap(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        app = {"app_id": "1001", "private_key_path": str(self.key), "api_url": self.github.api_url}
        usual = [word for name, value in app.items() for word in ("-e", f"{name}={value}")]
        return self.play("awx_bootstrap", *usual, *arguments, **environment)

    def find_leaks(self) -> list[str]:
        """Find secrets in the output, in notifications, and in the records of AWX that are not encrypted, with events of jobs."""
        state = self.ask("GET", "/_awx/state")
        kept = [json.dumps(record) for name in KEPT for record in state[name].values()]
        kept += [json.dumps(self.ask("GET", "/_awx/notifications")), json.dumps(self.ask("GET", "jobs/"))]
        secrets = {"the password of the refresh": self.awx.user_password, **self.secrets, **secrets_of(self.github)}
        text = "\0".join([*self.seen, *kept]).encode()
        found = {name for needle, name in needles(secrets).items() if needle in text}
        found |= {f"something like {shape[:8]!r}" for shape in SHAPES.findall(text)}
        return [f"{name} is shown" for name in sorted(found)]


def unchanged(done: subprocess.CompletedProcess[str]) -> bool:
    """Return true, or raise AssertionError with the tasks that changed something."""
    tasks = re.split(r"\n(?=TASK )", done.stdout)
    changed = [task.splitlines()[0] for task in tasks if re.search("^changed: ", task, re.MULTILINE)]
    assert changes(done) == 0, changed
    return True


def changes(done: subprocess.CompletedProcess[str]) -> int:
    """Return the number of changed tasks. Raises AssertionError if the play failed."""
    recap = re.search(r"^localhost +: ok=\d+ +changed=(\d+) .*failed=0 ", done.stdout, re.MULTILINE)
    assert done.returncode == 0, f"{done.stdout[-5000:]}{done.stderr[-2000:]}"
    assert recap, f"{done.stdout[-5000:]}{done.stderr[-2000:]}"
    return int(recap[1])


def fails(done: subprocess.CompletedProcess[str], *says: str) -> None:
    words = " ".join((done.stdout + done.stderr).replace('\\"', '"').split())
    assert done.returncode != 0, done.stdout[-3000:]
    for text in says:
        assert text in words, f"The output does not contain {text!r}:\n{done.stdout[-5000:]}"


def for_jobs(project: str = f"file://{SAMPLE}") -> list[str]:
    return ["-e", f"project_url={project}", "-e", "execution_environment_image=registry.example.com/ee:1"]


def for_refresh(world: World, *repositories: str, user: str = "") -> list[str]:
    values = {
        "scm_repositories": ",".join(repositories),
        "refresh_username": user or world.awx.user,
        "refresh_password": world.awx.user_password,
        "refresh_project_url": f"file://{SAMPLE}",
        "awx_github_app_refresh_playbook": "awx_refresh_scm_credential.yml",
    }
    return [word for name, value in values.items() for word in ("-e", f"{name}={value}")]


def organization(world: World, name: str) -> dict[str, Any]:
    """Return everything that belongs to an organization, directly or through its projects or templates."""
    state = world.ask("GET", "/_awx/state")
    number = next(record["id"] for record in state["organizations"].values() if record["name"] == name)
    owned = {
        resource: {key: record for key, record in records.items() if record.get("organization") == number}
        for resource, records in state.items()
        if resource not in ("organizations", "jobs", "project_updates") and isinstance(records, dict)
    }
    templates = {record["id"] for record in owned["job_templates"].values()}
    owned["schedules"] = {
        key: record for key, record in state["schedules"].items() if record["unified_job_template"] in templates
    }
    return json.loads(
        re.sub(r'"(modified|last_[a-z_]+|current_update|scm_revision)": [^,}]*', r'"\1": 0', json.dumps(owned))
    )


def permanent(state: dict[str, Any]) -> dict[str, Any]:
    """Return the state of AWX without the results of jobs and updates, which AWX keeps."""
    results = {"jobs", "workflow_jobs", "project_updates", "inventory_updates"}
    return {resource: records for resource, records in state.items() if resource not in results}


def roles_of(world: World, user: str) -> set[tuple[str, str, str]]:
    """Return the roles of a user: resource, name and role."""
    (found,) = world.ask("GET", "users/", params={"username": user})["results"]
    roles = world.ask("GET", f"users/{found['id']}/roles/")["results"]
    shown = [(role["summary_fields"], role["name"]) for role in roles]
    return {(about["resource_type"], about["resource_name"], name) for about, name in shown}


def two_organizations(world: World) -> None:
    """Set up two organizations from nothing, and remove everything again."""
    user, key = "github-app-refresh", world.directory / "First"
    mail: dict[str, Any] = {
        "url": "https://example.com",
        "headers": {},
        "http_method": "POST",
        "password": "hook-password",
    }
    values = {
        "awx_github_app_labels": ["github"],
        "awx_github_app_instance_groups": ["default"],
        "awx_github_app_notification_templates": [
            {"name": "Mail", "notification_type": "webhook", "notification_configuration": mail}
        ],
    }
    usual = [*for_jobs(), *for_refresh(world, "octo-org/hello-world", user=user), "-e", json.dumps(values)]
    usual += ["-e", "audit_repository=octo-org/audits"]
    first, second = (
        ["-e", f"awx_organization={name}", "-e", f"webhook_key_path={world.directory / name}", *usual]
        for name in ("First", "Second")
    )
    absent = ("-e", "awx_github_app_state=absent")
    before = world.ask("GET", "/_awx/state")
    assert changes(world.bootstrap("--check", *first)) == 1
    assert world.ask("GET", "/_awx/state") == before, "check mode changed something"

    assert changes(world.bootstrap(*first)) > 0
    of_first = organization(world, "First")
    assert len(of_first["job_templates"]) == 4
    assert len(of_first["credentials"]) == 3
    templates = {one["name"]: one for one in of_first["job_templates"].values()}
    groups, labels = world.records("instance_groups"), world.records("labels")
    (notification,) = of_first["notification_templates"].values()
    for template in templates.values():
        assert template["labels"] == [labels["github"]["id"]]
        assert template["instance_groups"] == [groups["default"]["id"]]
        assert template["notification_templates_error"] == [notification["id"]]
    pushed = {"app_audit_push_repository": "octo-org/audits", "fail_on_appeared_findings": True}
    assert json.loads(templates["GitHub App audit"]["extra_vars"]) == pushed
    assert key.read_text(encoding="utf-8") == templates["GitHub App reconcile installation"]["webhook_key"]
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    world.secrets = {
        "the webhook key": key.read_text(encoding="utf-8"),
        "the password of the webhook": mail["password"],
    }
    (token,) = [one for one in of_first["credentials"].values() if one["name"] == "GitHub App token"]
    assert token["inputs"]["password"].startswith("ghs_"), "the setup did not refresh the token"
    roles = {("organization", "First", "Member"), ("credential", "GitHub App token", "Admin")}
    assert roles_of(world, user) == roles

    assert changes(world.bootstrap(*second)) > 0
    assert organization(world, "First") == of_first, "the second organization's setup changed the first one"
    of_second = organization(world, "Second")
    assert unchanged(world.bootstrap(*first)), "a second run changed something"
    assert unchanged(world.bootstrap("--check", *second)), "check mode reported a change that does not exist"

    whole = world.ask("GET", "/_awx/state")
    assert changes(world.bootstrap("--check", *first, *absent)) > 0
    assert world.ask("GET", "/_awx/state") == whole, "check mode changed something"
    removal = world.bootstrap(*first, *absent)
    assert changes(removal) > 0
    output = " ".join(removal.stdout.replace('\\"', '"').split())
    assert 'The credential type "GitHub App" is kept, because it is used by the credential "GitHub App".' in output
    assert f'The user "{user}" is kept, because it has roles on' in output
    assert "First" not in world.records("organizations")
    assert organization(world, "Second") == of_second
    assert unchanged(world.bootstrap(*first, *absent)), "a second removal changed something"
    assert changes(world.bootstrap(*second, *absent)) > 0
    assert permanent(world.ask("GET", "/_awx/state")) == permanent(before)


def shared(world: World) -> None:
    """Keep what others use, and an organization and a user that existed before."""
    world.ask("POST", "organizations/", json={"name": "1"})  # could be mistaken for an ID
    setup = [*for_jobs(), *for_refresh(world, "octo-org/hello-world")]
    changes(world.bootstrap(*setup))
    project, inventory = world.number("projects", "GitHub Apps"), world.number("inventories", "GitHub Apps")
    body = {"name": "Deploy", "playbook": "audit.yml", "project": project, "inventory": inventory}
    deploy = world.ask("POST", "job_templates/", json=body)["id"]
    world.ask("POST", f"job_templates/{deploy}/credentials/", json={"id": world.number("credentials", "GitHub App")})
    removal = world.bootstrap(*setup, "-e", "awx_github_app_state=absent")
    assert changes(removal) > 0
    output = " ".join(removal.stdout.replace('\\"', '"').split())
    for kept in ("project", "inventory"):
        assert f'The {kept} "GitHub Apps" is kept, because it is used by the job template "Deploy".' in output
    assert 'The credential "GitHub App" is kept, because it is used by the job template "Deploy".' in output
    assert f'The user "{world.awx.user}" is kept, because this role did not create it.' in output
    assert 'The organization "Default" is kept, because this role did not create it.' in output
    assert set(world.records("job_templates")) == {"Deploy"}
    assert set(world.records("projects")) == {"GitHub Apps"}
    assert set(world.records("credentials")) == {"GitHub App"}
    assert world.awx.user in {one["username"] for one in world.ask("GET", "/_awx/state")["users"].values()}


def rerun(world: World) -> None:
    """Run the setup a second time, after manual changes and an upgrade."""
    certificate, token = world.directory / "ca.pem", world.directory / "token"
    certificate.write_text("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", encoding="utf-8")
    token.touch(0o600)
    token.write_text("standin-pat-classic-admin\n", encoding="utf-8")
    setup = [*for_jobs(), "-e", f"ca_path={certificate}", "-e", f"admin_token_path={token}"]
    changes(world.bootstrap(*setup))
    assert world.records("credentials")["GitHub App"]["inputs"]["ca_cert"].startswith("-----BEGIN CERTIFICATE")
    administrator = world.number("credentials", "GitHub App administrator")
    with_token = {name for name, one in world.records("job_templates").items() if administrator in one["credentials"]}
    assert with_token == {"GitHub App converge access", "GitHub App reconcile installation"}

    # Somebody adds an input, a credential and a notification. The type is from an older release with other texts and injectors.
    app, audit = world.number("credentials", "GitHub App"), world.number("job_templates", "GitHub App audit")
    inputs = world.ask("GET", f"credentials/{app}/")["inputs"]
    world.ask("PATCH", f"credentials/{app}/", json={"inputs": {**inputs, "installation_id": "2001"}})
    oauth = world.add("OAuth", world.number("credential_types", "GitHub OAuth App"), client_id="x", client_secret="y")
    world.ask("POST", f"job_templates/{audit}/credentials/", json={"id": oauth})
    how = {"url": "https://example.com", "headers": {}, "http_method": "POST"}
    mail = {"name": "Mail", "organization": 1, "notification_type": "webhook", "notification_configuration": how}
    notification = world.ask("POST", "notification_templates/", json=mail)["id"]
    world.ask("POST", f"job_templates/{audit}/notification_templates_error/", json={"id": notification})
    kind = world.awx.state.resources["credential_types"].records[world.number("credential_types", "GitHub App")]
    kind["inputs"]["fields"][0]["help_text"] = "The text of an older release."
    kind["injectors"]["env"]["GITHUB_OLD"] = "{{ app_id }}"
    kept = copy.deepcopy(kind["inputs"])
    assert changes(world.bootstrap(*setup)) == 1
    assert kind["inputs"] == kept
    assert "GITHUB_OLD" not in kind["injectors"]["env"]
    assert world.records("credentials")["GitHub App"]["inputs"]["installation_id"] == "2001"
    template = world.records("job_templates")["GitHub App audit"]
    assert oauth in template["credentials"]
    assert template["notification_templates_error"] == [notification]

    # If the fields of a type differ, the new type gets another name, and every template gets the credential of the new type.
    kind["inputs"]["fields"] = [field for field in kept["fields"] if field["id"] != "skip_tls_verify"]
    assert changes(world.bootstrap(*setup, "-e", "update_secrets=true")) > 1
    new = world.number("credential_types", "GitHub App (2)")
    credentials = world.ask("GET", "/_awx/state")["credentials"].values()
    (moved,) = [one["id"] for one in credentials if one["name"] == "GitHub App" and one["credential_type"] == new]
    for template in world.records("job_templates").values():
        assert moved in template["credentials"], template
        assert app not in template["credentials"], template
    assert unchanged(world.bootstrap(*setup))


def healing(world: World) -> None:
    """Check that the next scheduled job replaces a token that expired while AWX was down, so that the project can be synchronized."""
    files = {path.name: path.read_text(encoding="utf-8") for path in SAMPLE.glob("*.yml")}
    body = {"repository": JOBS_REPOSITORY, "files": {**files, "access.yml": "installation_access_accounts: []\n"}}
    requests.post(f"{world.github.url}/_standin/files", json=body, timeout=30).raise_for_status()
    project = f"{world.github.url}/{JOBS_REPOSITORY}.git"
    setup = [
        *for_jobs(project),
        *for_refresh(world, JOBS_REPOSITORY),
        "-e",
        '{"project_credential": "GitHub App token"}',
    ]
    world.github.state.installations[2001].repository_ids.add(
        next(one.id for one in world.github.state.repositories.values() if one.full_name == JOBS_REPOSITORY)
    )
    before = world.ask("GET", "/_awx/state")
    assert changes(world.bootstrap("--check", *setup)) > 0
    assert world.ask("GET", "/_awx/state") == before, "check mode changed something"
    # The credential is new and contains no token, so the setup runs the refresh job.
    changes(world.bootstrap(*setup))
    jobs, refresh = world.number("projects", "GitHub Apps"), world.number("job_templates", REFRESH)
    audit = world.number("job_templates", "GitHub App audit")

    def synchronize() -> str:
        return str(world.ask("POST", f"projects/{jobs}/update/")["status"])

    def launch() -> requests.Response:
        headers = {"Authorization": f"Bearer {world.awx.token}"}
        return requests.post(f"{world.awx.url}/api/v2/job_templates/{audit}/launch/", headers=headers, timeout=600)

    assert synchronize() == "successful"
    # Jobs sign with the clock of this machine, which cannot be moved, so the test changes the expiry of the tokens.
    for token in world.github.state.installation_tokens.values():
        token.expires_at -= TWO_HOURS
    world.ask("POST", "/_awx/clock", json={"ahead": TWO_HOURS})
    assert synchronize() == "failed", "the token did not expire"
    assert launch().status_code == 400, "the token did not expire"

    due = world.ask("POST", "/_awx/run_due")["jobs"]
    refreshed = [job for job in due if job.get("job_template") == refresh]
    assert refreshed, json.dumps(refreshed)[:4000]
    assert refreshed[0]["status"] == "successful", json.dumps(refreshed)[:4000]
    assert synchronize() == "successful"
    launched = launch()
    assert launched.status_code == 201, launched.text

    # In older setups, the job is in the project that it refreshes.
    world.awx.state.resources["job_templates"].records[refresh]["project"] = jobs
    assert changes(world.bootstrap(*setup)) == 1
    assert world.records("job_templates")[REFRESH]["project"] == world.number("projects", "GitHub Apps refresh")


def refusals(world: World) -> None:
    """Check that error messages explain what to do."""
    user = {"CONTROLLER_OAUTH_TOKEN": world.awx.user_token}
    fails(
        world.bootstrap(*for_jobs(), **user),
        'AWX has no organization "Default", or this user cannot see it, and it was not created:',
        "Only a system administrator can create organizations.",
    )
    members = world.ask("GET", "organizations/1/")["summary_fields"]["object_roles"]["member_role"]["id"]
    users = {record["username"]: record["id"] for record in world.ask("GET", "/_awx/state")["users"].values()}
    world.ask("POST", f"roles/{members}/users/", json={"id": users[world.awx.user]})
    fails(
        world.bootstrap(*for_jobs(), **user),
        "This user does not have the required role in AWX. Only a system administrator can create or remove credential types,",
        "set awx_github_app_credential_types to an empty list",
    )
    fails(
        world.bootstrap(*for_jobs(f"{world.github.url}/octo-org/no-such-repository.git")),
        'The project "GitHub Apps" was not synchronized: Project update failed',
        "fatal: ",
    )
    fails(
        world.bootstrap("-e", "awx_github_app_installations_inventory=Installations"),
        "awx_github_app_installations_inventory requires awx_github_app_project",
    )
    fails(
        world.bootstrap(*for_jobs(), "-e", "scm_repositories=octo-org/hello-world"),
        "refresh_username and refresh_password",
    )
    app = ["-e", "app_id=1001", "-e", f"private_key_path={world.key}", "-e", f"api_url={world.github.api_url}"]
    refresh = [*app, "-e", "scm_repositories=octo-org/hello-world"]
    world.add("GitHub App token", world.number("credential_types", "Source Control"))
    fails(
        world.play("awx_refresh_scm_credential", *refresh, **user),
        'The credential "GitHub App token" was not updated. The new token was revoked.',
        "The user must have the role Admin on the credential and be a member of the organization",
    )


def passwords(world: World) -> None:
    """Set up AWX with a user name and a password instead of a token."""
    login = {
        "CONTROLLER_OAUTH_TOKEN": "",
        "CONTROLLER_USERNAME": world.awx.username,
        "CONTROLLER_PASSWORD": world.awx.password,
    }
    changes(world.bootstrap(**login))
    given = {"host": world.awx.url, "username": world.awx.username, "password": world.awx.password}
    again = world.bootstrap(
        "-e", json.dumps({"awx_github_app_controller": given}), CONTROLLER_HOST="http://127.0.0.1:1"
    )
    assert changes(again) == 0


FOR_EACH = """
- name: Get a token for each installation
  hosts: github_installations
  gather_facts: false
  tasks:
    - name: Show the installation
      ansible.builtin.debug:
        msg: "{{ inventory_hostname }} is {{ github_app_installation_id }}, like {{ details.installation_id }}"
      vars:
        details: "{{ lookup('hubops.github_apps.github_installation_token', wantdetails=true) }}"
      when: not github_app_installation_suspended
"""


def installations(world: World) -> None:
    """Run a job for each installation, with an inventory that AWX reads from GitHub."""
    project = world.directory / "project"
    shutil.copytree(SAMPLE, project)
    (project / "each.yml").write_text(FOR_EACH, encoding="utf-8")
    name = "GitHub App installations"
    values = {
        "awx_github_app_installations_inventory": name,
        "awx_github_app_job_templates": [{"name": "Each", "playbook": "each.yml", "inventory": name}],
    }
    setup = [*for_jobs(f"file://{project}"), "-e", json.dumps(values)]
    before = world.ask("GET", "/_awx/state")
    assert changes(world.bootstrap("--check", *setup)) > 0
    assert world.ask("GET", "/_awx/state") == before, "check mode changed something"
    changes(world.bootstrap(*setup))
    assert unchanged(world.bootstrap(*setup)), "a second run changed something"
    assert unchanged(world.bootstrap("--check", *setup)), "check mode reported a change that does not exist"
    template = world.records("job_templates")["Each"]
    assert template["inventory"] == world.number("inventories", name)

    def run() -> str:
        job = world.ask("POST", f"job_templates/{template['id']}/launch/")["job"]
        ended = world.awx.state.jobs.wait(job)
        assert ended["status"] == "successful", json.dumps(ended)[:4000]
        return str(ended["stdout"])

    assert "acme is 2002, like 2002" in run()
    (source,) = world.ask("GET", "/_awx/state")["inventory_sources"].values()
    assert set(source["imported"]["_meta"]["hostvars"]) == {
        record.account.login for record in world.github.state.installations.values() if record.app.id == 1001
    }
    del world.github.state.installations[2002]
    output = run()
    assert "octo-org is 2001, like 2001" in output
    assert "acme" not in output

    absent = [*for_jobs(f"file://{project}"), "-e", json.dumps({**values, "awx_github_app_job_templates": []})]
    absent += ["-e", "awx_github_app_installations_state=absent"]
    assert changes(world.bootstrap(*absent)) == 1
    assert unchanged(world.bootstrap(*absent))
    state = world.ask("GET", "/_awx/state")
    assert name not in [record["name"] for record in state["inventories"].values()]
    assert state["inventory_sources"] == {}


SLICES = 4
LISTED = [f"org-{number}" for number in range(10)]
SLICED: dict[str, Any] = {
    "accounts": [
        {"login": "owner"},
        {"login": "admin", "type": "User"},
        *({"login": login, "admins": ["admin"]} for login in LISTED),
    ],
    "apps": [{"slug": "hubops-demo", "id": 1001, "owner": "owner", "permissions": {"metadata": "read"}}],
    "repositories": [{"owner": login, "prefix": "service-", "count": 3} for login in LISTED],
    "installations": [
        {
            "id": 5000 + number,
            "app": "hubops-demo",
            "account": login,
            "repositories": [{"prefix": "service-", "count": 1}],
        }
        for number, login in enumerate(LISTED)
    ],
    "tokens": [{"name": "admin", "token": "standin-admin", "user": "admin", "kind": "pat_classic", "scopes": ["repo"]}],
}


def sliced(world: World) -> None:
    """Divide an access document among four jobs, and merge their reports."""
    project = world.directory / "project"
    shutil.copytree(SAMPLE, project)
    wanted = [{"organization": login, "repositories": ["service-001", "service-002"]} for login in LISTED]
    (project / "access.yml").write_text(json.dumps({"installation_access_accounts": wanted}), encoding="utf-8")
    token = world.directory / "token"
    token.touch(0o600)
    token.write_text("standin-admin\n", encoding="utf-8")
    setup = [*for_jobs(f"file://{project}"), "-e", f"job_slices={SLICES}", "-e", f"admin_token_path={token}"]
    changes(world.bootstrap(*setup))
    assert unchanged(world.bootstrap(*setup)), "a second run changed something"
    workflow = world.number("workflow_job_templates", "GitHub App converge access in slices")
    assert [one["unified_job_template"] for one in world.records("schedules").values()].count(workflow) == 1
    jobs = world.awx.state.workflow_jobs
    number = world.ask("POST", f"workflow_job_templates/{workflow}/launch/")["workflow_job"]
    jobs.wait_for(number)
    divided, merged = jobs.jobs_of(jobs.records[number])
    slices = jobs.jobs_of(divided)
    assert len(slices) == SLICES
    for first, job in enumerate(slices):
        assert "Accounts:" in job["stdout"], json.dumps(job)[:4000]
        ((name, report),) = job["artifacts"].items()
        found = [entry["account"] for entry in report["accounts"]]
        assert sorted(found) == LISTED[first::SLICES], f"slice {first} processed {found}"
        assert name == f"installation_access_report_{5000 + first}"
    assert f"Accounts: {len(LISTED)}, " in merged["stdout"], json.dumps(merged)[:6000]

    assert changes(world.bootstrap(*setup, "-e", "awx_github_app_state=absent")) > 0
    state = world.ask("GET", "/_awx/state")
    assert not any(state[name] for name in ("workflow_job_templates", "workflow_job_template_nodes", "job_templates"))


def mint(world: World, organization: str) -> str:
    """Return a new installation token. It is not shown in any output."""
    dest = world.directory / "minted.json"
    task = {
        "hubops.github_apps.github_installation_token": {
            "api_url": world.github.api_url,
            "app_id": "1001",
            "private_key_path": str(world.key),
            "organization": organization,
            "dest": str(dest),
        }
    }
    path = world.directory / "mint.yml"
    path.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]), encoding="utf-8")
    changes(world.play(str(path)))
    return str(json.loads(dest.read_text(encoding="utf-8"))["token"])


def for_incidents(world: World) -> list[str]:
    """Return variables for the job templates with surveys, and the credentials that their jobs need."""
    credentials = [
        {
            "name": "GitHub App",
            "credential_type": "GitHub App",
            "private_key_path": str(world.key),
            "inputs": {"app_id": "1001", "api_url": world.github.api_url},
        },
        {
            "name": "GitHub OAuth App",
            "credential_type": "GitHub OAuth App",
            "inputs": {"client_id": "standin-oauth-client", "client_secret": "standin-oauth-secret"},
        },
    ]
    values = {"awx_github_app_incident_templates": True, "awx_github_app_credentials": credentials}
    file = world.directory / "variables.json"
    file.write_text(json.dumps(values), encoding="utf-8")
    return [*for_jobs(), "-e", f"@{file}"]


def incidents(world: World) -> None:
    """Launch the jobs for incidents with secrets in their surveys. The verbosity is the highest."""
    setup = for_incidents(world)
    before = world.ask("GET", "/_awx/state")
    assert changes(world.bootstrap("--check", *setup)) > 0
    assert world.ask("GET", "/_awx/state") == before, "check mode changed something"
    changes(world.bootstrap(*setup))
    assert changes(world.bootstrap(*setup)) == 0, "a second run changed something"

    token = mint(world, "acme")
    world.secrets = secrets_of(world.github)
    how = {"url": "https://example.com", "headers": {}, "http_method": "POST"}
    body = {"name": "Hook", "organization": 1, "notification_type": "webhook", "notification_configuration": how}
    hook = world.ask("POST", "notification_templates/", json=body)["id"]
    names = ("GitHub App incident", "GitHub App leaked token", "GitHub App offboard user")
    incident, leaked, offboard = (world.number("job_templates", name) for name in names)
    for number in (incident, leaked, offboard):
        world.ask("PATCH", f"job_templates/{number}/", json={"verbosity": 4, "diff_mode": True})
        for end in ("success", "error"):
            world.ask("POST", f"job_templates/{number}/notification_templates_{end}/", json={"id": hook})

    def launch(template: int, status: str, *says: str, **answers: Any) -> int:
        launched = world.ask("POST", f"job_templates/{template}/launch/", json={"extra_vars": answers})
        world.seen.append(json.dumps(launched))
        ended = world.awx.state.jobs.wait(launched["job"])
        output = " ".join(str(ended["stdout"]).replace('\\"', '"').split())
        assert ended["status"] == status, output[-4000:]
        for text in says:
            assert text in output, f"The output does not contain {text!r}:\n{output[-4000:]}"
        return int(launched["job"])

    users = {name: f"standin-oauth-{name}" for name in ("octocat-one", "octocat-two", "monalisa")}
    launch(leaked, "successful", "The token was revoked", leaked_token=users["octocat-one"], revoke_grant="false")
    answers = {"user": "octocat", "access_tokens": users["octocat-two"], "password": "", "one_time_password": ""}
    launch(offboard, "successful", "was revoked, with all its tokens", **answers)
    says = ("Token 1 was revoked", "Token 2 was revoked", "The installation on acme (ID 2002) was suspended")
    answers = {"organization": "acme", "user": "", "installation_id": "", "all_installations": "false"}
    tokens = f"{token} {users['monalisa']}"
    left = "The owner of the app must generate a new private key and delete the leaked one at"
    launch(incident, "failed", *says, left, leaked_tokens=tokens, leaked=["private_key"], **answers)
    launch(incident, "successful", "is suspended", leaked_tokens=tokens, leaked=[], **answers)
    assert not {token, *users.values()} & {*world.github.state.user_tokens, *world.github.state.installation_tokens}
    assert world.github.state.installations[2002].suspended_at is not None
    assert len(world.ask("GET", "/_awx/notifications")) == 4
    assert world.find_leaks() == []

    # In a question of another type, AWX records a secret. The search must find it.
    job = launch(offboard, "failed", "user", user=token, access_tokens=users["monalisa"])
    assert world.find_leaks() != []
    world.ask("DELETE", f"jobs/{job}/")
    world.awx.state.notifications.pop()
    world.seen.pop()


# The variables of infra.aap_configuration, in order, with the modules and options to which its roles pass them.
APPLIED = {
    "controller_credential_types": ("credential_type", "name description kind inputs injectors"),
    "controller_credentials": ("credential", "name organization credential_type inputs"),
    "controller_execution_environments": ("execution_environment", "name image organization"),
    "controller_projects": ("project", "name organization scm_type scm_url scm_branch credential"),
    "controller_inventories": ("inventory", "name organization"),
    "controller_templates": (
        "job_template",
        "name description organization project playbook inventory credentials execution_environment job_type extra_vars"
        " webhook_service survey_enabled survey_spec",
    ),
    "controller_schedules": ("schedule", "name organization unified_job_template rrule"),
}


def application(world: World) -> list[dict[str, Any]]:
    """Return a play that creates everything in the variables of infra.aap_configuration."""
    tasks = []
    for variable, (module, options) in APPLIED.items():
        arguments: dict[str, Any] = {name: f"{{{{ item.{name} | default(omit) }}}}" for name in options.split()}
        if module == "credential":
            arguments["update_secrets"] = False
        tasks.append(
            {f"awx.awx.{module}": arguments, "loop": f"{{{{ {variable} }}}}", "no_log": module == "credential"}
        )
    secrets = {
        "github_app_private_key": f"{{{{ lookup('ansible.builtin.file', '{world.key}') }}}}",
        "github_oauth_app_client_secret": "standin-oauth-secret",
    }
    return [{"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": secrets, "tasks": tasks}]


def configuration(world: World) -> None:
    """Check that the configuration for infra.aap_configuration creates what the role creates, and contains no secrets."""
    setup, file = for_incidents(world), world.directory / "controller.yml"
    write = [*setup, "-e", f"awx_github_app_configuration_path={file}"]
    assert changes(world.bootstrap("--check", *write, CONTROLLER_HOST="http://127.0.0.1:1")) == 1
    assert not file.exists()
    assert changes(world.bootstrap(*write, CONTROLLER_HOST="http://127.0.0.1:1")) == 1
    assert changes(world.bootstrap(*write, CONTROLLER_HOST="http://127.0.0.1:1")) == 0
    rendered = file.read_text(encoding="utf-8")
    world.seen.append(rendered)

    changes(world.bootstrap(*setup))
    apply = world.directory / "apply.yml"
    apply.write_text(json.dumps(application(world)), encoding="utf-8")
    assert unchanged(world.play(str(apply), "-e", f"@{file}"))
    for resource in ("credentials", "projects", "job_templates", "schedules"):
        for name in world.records(resource):
            assert f"name: {name}\n" in rendered, f"{resource}: {name}"


def rotation(world: World) -> None:
    """Replace the key in the credential of the app, which AWX never returns, and keep everything else."""
    changes(world.bootstrap())
    app = world.records("credentials")["GitHub App"]
    world.ask("PATCH", f"credentials/{app['id']}/", json={"description": "For the jobs of octo-org"})
    app = world.records("credentials")["GitHub App"]
    new = world.directory / "new.pem"
    new.touch(0o600)
    new.write_text(world.github.generate_key("hubops-demo"), encoding="utf-8")
    given = {"private_key_path": world.key, "new_private_key_path": new, "api_url": world.github.api_url}
    rotate = ["rotate_key", "-e", "app_id=1001", "-e", '{"awx_credential": "GitHub App"}']
    rotate += [word for name, value in given.items() for word in ("-e", f"{name}={value}")]

    before = world.ask("GET", "/_awx/state")
    done = world.play(*rotate, "--check", "--diff")
    assert changes(done) == 1
    assert 'These places would get the new key: the credential "GitHub App" in AWX' in done.stdout.replace('\\"', '"')
    assert world.ask("GET", "/_awx/state") == before, "check mode changed something"

    assert changes(world.play(*rotate, "--diff")) == 1
    changed = world.records("credentials")["GitHub App"]
    assert changed["inputs"] == {**app["inputs"], "private_key": new.read_text(encoding="utf-8").strip()}
    mark = " Private key: SHA256:"
    assert changed["description"].startswith(f"For the jobs of octo-org{mark}")
    assert changes(world.play(*rotate)) == 0, "a second run changed something"
    assert changes(world.play(*rotate, "--check")) == 0, "check mode reported a change that does not exist"

    fails(
        world.play(*rotate, "-e", "awx_credential=Unknown"),
        'AWX has no credential "Unknown" of the type "GitHub App" in the organization "Default" that contains a private key',
    )
    new.write_text(world.github.generate_key("hubops-demo"), encoding="utf-8")
    members = world.ask("GET", "organizations/1/")["summary_fields"]["object_roles"]["auditor_role"]["id"]
    users = {record["username"]: record["id"] for record in world.ask("GET", "/_awx/state")["users"].values()}
    world.ask("POST", f"roles/{members}/users/", json={"id": users[world.awx.user]})
    fails(
        world.play(*rotate, CONTROLLER_OAUTH_TOKEN=world.awx.user_token),
        'Do not delete the old key yet. These places could not be updated: the credential "GitHub App" in AWX.',
    )
    assert world.records("credentials")["GitHub App"] == changed
    assert changes(world.play(*rotate)) == 1
    assert world.records("credentials")["GitHub App"]["description"].count(mark) == 1


CASES: dict[str, tuple[Callable[[World], None], dict[str, Any]]] = {
    "two organizations are set up from nothing and removed": (two_organizations, {"run_jobs": True}),
    "what others use is kept": (shared, {"run_jobs": True}),
    "job slices share an access document": (sliced, {"run_jobs": True, "seed": SLICED}),
    "a second run keeps what it does not manage, even after an upgrade": (rerun, {}),
    "an expired token is replaced and an older setup is repaired": (healing, {"run_jobs": True}),
    "a job runs for each installation": (installations, {"run_jobs": True}),
    "secrets in surveys of the jobs for incidents stay secret": (incidents, {"run_jobs": True}),
    "the configuration as code creates the same as the role": (configuration, {}),
    "error messages explain what to do": (refusals, {}),
    "user name and password": (passwords, {}),
    "the key of the app is replaced": (rotation, {}),
}


def problems_of(name: str) -> list[str]:
    case, settings = CASES[name]
    with tempfile.TemporaryDirectory() as directory, World(Path(directory), **settings) as world:
        try:
            case(world)
        except AssertionError:
            return [*traceback.format_exc().splitlines(), *world.find_leaks()]
        return world.find_leaks()


def main(patterns: list[str]) -> int:
    failed = 0
    names = [name for name in CASES if not patterns or any(pattern in name for pattern in patterns)]
    # Runs concurrently because the modules of awx.awx wait for seconds.
    with ThreadPoolExecutor(max_workers=3) as pool:
        for name, problems in zip(names, pool.map(problems_of, names)):
            failed += bool(problems)
            report(name, problems)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
