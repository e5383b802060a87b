# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a job: write its project, credentials and variables to a directory, as AWX does, and start ansible-runner. Import the
hosts of an inventory source with ansible-inventory.

Credentials are rendered by AWX's own code, which has more requirements: see tests/requirements/awx.txt.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .basics import Record
from .job_templates import variables
from .runner import CONTROLLER, SENT, WORKER, Run

if TYPE_CHECKING:
    from .state import Awx

TESTS = Path(__file__).resolve().parents[2]
TIME_LIMIT = 600
STATUSES = ("successful", "failed", "canceled")
IDENT = "job"


class Credential(NamedTuple):
    """A type and its inputs."""

    type: Record
    inputs: Record


class Prepared(NamedTuple):
    """Everything that a job needs, so that it can run while this AWX handles other requests.

    :param safe: extra variables of the template, in which templates are evaluated.
    :param given: those of launch, webhook and schedule, and AWX's own, in which templates are not evaluated.
    """

    directory: Path
    job: Record
    inventory: Record
    safe: Record
    given: Record
    credentials: list[Credential]
    collections: list[str]

    def run(self) -> tuple[str, Record]:
        """Return status and results. The artifacts are removed because they contain secrets."""
        try:
            environment = {**self.write(), **self.basis()}
            run = Run(self.directory, self.job["playbook"], IDENT, self.basis(), TIME_LIMIT)
            self.put("env/envvars", environment)
            processed = run.run()
            return self.status(run), self.results(run, processed.stdout)
        finally:
            for place in (SENT, WORKER, CONTROLLER, "stream", "errors", "tmp", "home"):
                shutil.rmtree(self.directory / place, ignore_errors=True)
            shutil.rmtree(self.directory, ignore_errors=True)

    def write(self) -> dict[str, str]:
        """Write the input of the job and return its environment."""
        import yaml  # type: ignore[import-untyped,unused-ignore]  # its types are a package of their own

        for name in ("home", "tmp"):
            (self.directory / name).mkdir()
        environment, arguments = self.render()
        self.put_text("inventory/hosts", f"#!/usr/bin/env python3\nprint({json.dumps(self.inventory)!r})\n", 0o700)
        self.put("env/settings", {"suppress_env_files": True})
        content = "".join(marked(yaml, name, value, name in self.safe) for name, value in self.extra_vars().items())
        self.put_text("env/extravars.yml", content)
        files = f"-e @{self.directory / WORKER}/env/extravars.yml"
        self.put_text("env/cmdline", " ".join([files, *arguments, *options(self.job)]))
        return environment

    def extra_vars(self) -> Record:
        """Return the extra variables of the template, of the launch and of AWX."""
        return {**self.safe, **self.given}

    def render(self) -> tuple[dict[str, str], list[str]]:
        """Return environment and arguments from the credentials, and write their files."""
        return render_all(self.credentials, self.directory / SENT, self.directory / WORKER)

    def basis(self) -> dict[str, str]:
        """Return the environment of every job, without the user's own variables."""
        return {
            **environment_in(self.directory, self.collections),
            "JOB_ID": str(self.job["id"]),
            "PROJECT_REVISION": self.job["scm_revision"],
        }

    def put(self, path: str, content: Any) -> None:
        """Write a YAML file of the job."""
        import yaml  # type: ignore[import-untyped,unused-ignore]  # its types are a package of their own

        self.put_text(path, yaml.safe_dump(content))

    def put_text(self, path: str, content: str, mode: int = 0o600) -> None:
        """Write a file of the job that only its owner can read."""
        file = self.directory / SENT / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=mode)
        file.write_text(content, encoding="utf-8")

    def status(self, run: Run) -> str:
        """Return the final status of the job."""
        try:
            status = (run.artifacts / "status").read_text(encoding="utf-8").strip()
        except OSError:
            return "error"
        return status if status in STATUSES else "error"

    def results(self, run: Run, told: bytes) -> Record:
        """Return the job's output, its data from set_stats, and its events; without output, ansible-runner's own messages."""
        output = run.artifacts / "stdout"
        text = output.read_text(encoding="utf-8", errors="replace") if output.exists() else ""
        errors = (self.directory / "errors").read_text(encoding="utf-8", errors="replace")
        text = plain(text) or told.decode(errors="replace") + errors
        artifacts: Record = {}
        found = list(events(run.artifacts / "job_events"))
        for event in found:
            artifacts.update(event.get("event_data", {}).get("artifact_data", {}))
        return {"stdout": text, "artifacts": artifacts, "events": found}


def prepare(awx: Awx, job: Record) -> Prepared:
    """Collect everything that a job needs. The caller must hold the lock."""
    directory = awx.directory / "jobs" / str(job["id"])
    project = awx.directory / "projects" / str(job["project"])
    shutil.copytree(project, directory / SENT / "project", symlinks=True)
    template = awx.records["job_templates"][job["job_template"]]
    safe = variables(template["extra_vars"])
    merged = {name: awx.vault.decrypt(value) for name, value in variables(job["extra_vars"]).items()}
    given = {name: value for name, value in merged.items() if name not in safe or safe[name] != value}
    inventory = awx.records["inventories"].get(job["inventory"], {})
    sliced = (job["job_slice_number"], job["job_slice_count"])
    sources = awx.inventory_sources
    return Prepared(
        directory,
        dict(job),
        sources.hosts_of(inventory) if sliced[1] == 1 else sources.hosts_of_slice(inventory, *sliced),
        {name: value for name, value in safe.items() if name not in given},
        {**given, **about(awx, job)},
        credentials_of(awx, job["credentials"]),
        [*map(str, awx.collections), *installed_collections()],
    )


def credentials_of(awx: Awx, numbers: list[int]) -> list[Credential]:
    """Return credentials with their types."""
    types = awx.records["credential_types"]
    filled = [awx.records["credentials"][number] for number in numbers]
    return [Credential(types[one["credential_type"]], dict(one["inputs"])) for one in filled]


def list_hosts(awx: Awx, source: Record) -> tuple[str, str, Record]:
    """Run ansible-inventory for an inventory source, like AWX. Return status, messages and the listed hosts."""
    directory = awx.directory / "inventory_updates" / str(awx.next_number())
    project = directory / "project"
    shutil.copytree(awx.directory / "projects" / str(source["source_project"]), project, symlinks=True)
    for name in ("home", "tmp"):
        (directory / name).mkdir()
    numbers = [source["credential"]] if source["credential"] else []
    environment, _arguments = render_all(credentials_of(awx, numbers), directory, directory)
    environment = {**environment, **environment_in(directory, [*map(str, awx.collections), *installed_collections()])}
    path, listed = project / source["source_path"], directory / "listed.json"
    more = ["--playbook-dir", str(path.parent), "--output", str(listed)]
    if source["verbosity"]:
        more.append("-" + "v" * (source["verbosity"] * 2 + 1))
    try:
        done = subprocess.run(
            ["ansible-inventory", "--list", "--export", "-i", str(path), *more],
            env={**environment, "ANSIBLE_INVENTORY_UNPARSED_FAILED": "true", "ANSIBLE_VERBOSE_TO_STDERR": "true"},
            cwd=project,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIME_LIMIT,
        )
        is_good = done.returncode == 0 and listed.exists()
        imported = json.loads(listed.read_text(encoding="utf-8")) if is_good else {}
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return "successful" if is_good else "failed", plain(done.stdout + done.stderr), imported


def render_all(credentials: list[Credential], sent: Path, place: Path) -> tuple[dict[str, str], list[str]]:
    """Return environment and arguments from credentials, and write their files.

    :param sent: where to write the files. :param place: where they are when the job runs.
    """
    render = renderer()
    environment: dict[str, str] = {}
    arguments: list[str] = []
    for credential in credentials:
        rendered = render(credential.type, credential.inputs, sent)
        environment.update(rendered.variables_in(place))
        arguments += [one.replace("/runner/", f"{place}/") for one in rendered.arguments]
    return environment, arguments


def environment_in(directory: Path, collections: list[str]) -> dict[str, str]:
    """Return the environment of everything that runs in a directory."""
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "LC_ALL": "C.UTF-8",
        "HOME": str(directory / "home"),
        "TMPDIR": str(directory / "tmp"),
        "ANSIBLE_LOCAL_TEMP": str(directory / "tmp/local"),
        "ANSIBLE_REMOTE_TMP": str(directory / "tmp/remote"),
        "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(collections),
    }


def about(awx: Awx, job: Record) -> Record:
    """Return AWX's own variables for a job."""
    project = awx.records["projects"][job["project"]]
    values = {"job_id": job["id"], "job_launch_type": job["launch_type"], "project_revision": job["scm_revision"]}
    values["project_scm_branch"] = project["scm_branch"]
    user = awx.lookup("users", job["created_by"])
    schedule = awx.lookup("schedules", job["schedule"])
    if user is not None:
        values.update(user_id=user["id"], user_name=user["username"])
    if schedule is not None:
        values.update(schedule_id=schedule["id"], schedule_name=schedule["name"])
    workflow = awx.lookup("workflow_jobs", job["workflow_job"])
    if workflow is not None:
        values.update({f"workflow_job_{name}": workflow[name] for name in ("id", "name", "launch_type")})
    template = awx.lookup("job_templates", job["job_template"]) or {}
    values.update(job_template_id=template.get("id"), job_template_name=template.get("name"))
    return {f"{prefix}_{name}": value for prefix in ("awx", "tower") for name, value in values.items()}


def installed_collections() -> Iterator[str]:
    """Return additional directories with collections: the one that contains this file, and those in the environment."""
    if TESTS.parents[2].name == "ansible_collections":
        yield str(TESTS.parents[3])
    yield from filter(None, os.environ.get("ANSIBLE_COLLECTIONS_PATH", "").split(os.pathsep))


def renderer() -> Callable[[Any, Any, Path], Any]:
    """Return AWX's own code, by means of tests/unit/rendering.py."""
    place = str(TESTS / "unit")
    if place not in sys.path:
        sys.path.append(place)
    from rendering import render  # type: ignore[import-not-found,unused-ignore]  # in the path at run time

    function: Callable[[Any, Any, Path], Any] = render
    return function


def marked(yaml: Any, name: str, value: Any, is_safe: bool) -> str:
    """Return an extra variable as YAML, marked as unsafe (so that it is not evaluated) unless it is from the template."""

    class Unsafe(yaml.SafeDumper):  # type: ignore[misc]  # PyYAML has no types
        """Marks strings and names of variables."""

    Unsafe.add_representer(str, lambda dumper, text: dumper.represent_scalar("!unsafe", text))
    dumper = yaml.SafeDumper if is_safe else Unsafe
    return str(yaml.dump({name: value}, Dumper=dumper, default_flow_style=False, allow_unicode=True))


def options(job: Record) -> Iterator[str]:
    """Return the options of ansible-playbook that a template has."""
    if job["job_type"] == "check":
        yield "--check"
    if job["diff_mode"]:
        yield "--diff"
    if job["verbosity"]:
        yield "-" + "v" * min(int(job["verbosity"]), 5)
    values = {"--limit": "limit", "--forks": "forks", "--tags": "job_tags", "--skip-tags": "skip_tags"}
    for option, name in {**values, "--start-at-task": "start_at_task"}.items():
        if job[name]:
            yield f"{option} {json.dumps(str(job[name]))}"


def plain(text: str) -> str:
    """Remove colors from the output."""
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)


def events(directory: Path) -> Iterator[Record]:
    """Return the events of a job in order."""
    for path in sorted(directory.glob("*.json"), key=lambda path: int(path.name.split("-")[0])):
        event: Record = json.loads(path.read_text(encoding="utf-8"))
        yield event
