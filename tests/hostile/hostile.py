#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run every role and playbook with the real ansible-playbook against a server whose texts are all hostile.

No payload may be executed, nothing may be sent to other servers, and nothing may be printed or written raw. See
README.md.

hostile.py                  run everything
hostile.py PATTERN ...      run only jobs whose names match one of these regular expressions, and the controls
hostile.py --keep PATTERN   the same, and keep the directories of the runs
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import yaml

TESTS = Path(__file__).parents[1]
COLLECTION = TESTS.parent
COLLECTIONS = TESTS.parents[3]
for directory in ("leaks", "standin", "unit", "awx_standin"):
    sys.path.append(str(TESTS / directory))
sys.path.append(str(COLLECTION / "extensions/molecule/app_audit"))

import checks
from checks import Text
from jobs import secrets_of
from payloads import BROKEN_TOKENS, GIT_URL, LANGUAGES, PRINTABLE_TOKENS, Places, fill, polyglot
from server import NAMES, NEEDED, Decoy, HostileServer, Painter, Round, running, without_surrogates

import awx_standin
from github_standin.state import InstallationToken
from github_standin.tokens import installation_token

TIME_LIMIT = 120
SEED = COLLECTION / "tests/standin/github_standin/seed.yml"
AWX_COLLECTIONS = Path(os.environ["AWX_COLLECTIONS"])
GIVEN = {
    "admin": "standin-pat-classic-admin",
    "user": "standin-oauth-octocat-one",
    "client": "standin-oauth-secret",
    "password": "standin-octocat-password",
}
CLIENT = {"oauth_client_id": "standin-oauth-client"}
REPORTS = {
    "app_audit_html_path": "audit.html",
    "app_audit_markdown_path": "audit.md",
    "app_audit_json_path": "audit.json",
    "app_audit_history_path": "history.json",
    "app_audit_history_html_path": "history.html",
}
# An earlier report with another installation, for the section about changes.
BASELINE = {
    "date": "2026-01-01",
    "installations": [
        {
            "id": number,
            "account": account,
            "permissions": {"contents": "read"},
            "repository_selection": "all",
            "repositories": 1,
            "suspended_at": None,
        }
        for number, account in ((2001, "octo-org"), (2999, "removed-org"))
    ],
}

TEXTS = Round("texts and URLs", NEEDED | NAMES, is_brief=False)
NAMED = Round("names and broken URLs")
SURROGATES = Round("lone surrogates", NEEDED | NAMES, is_brief=False, has_surrogates=True)
TOKENS = Round("tokens", NEEDED | NAMES, is_brief=False, tokens=PRINTABLE_TOKENS)
BROKEN = Round("broken tokens", NEEDED | NAMES, is_brief=False, tokens=BROKEN_TOKENS)
REFUSED = Round("refusals that echo the request", NEEDED | NAMES, is_brief=False, refusal="refuse")
REDIRECTED = Round("redirects", NEEDED | NAMES, is_brief=False, refusal="redirect")


class Job(NamedTuple):
    """A playbook that is run in some rounds.

    :param variables: extra variables; `%s` in a text is the directory of the run.
    :param refused: requests that are rejected, see `HostileServer`.
    :param fails: whether it must fail if all names are valid. :param reaches: the last task that it reaches then,
    :param more: with these variables.
    """

    name: str
    playbook: str
    variables: Mapping[str, Any]
    rounds: tuple[Round, ...]
    refused: str = "."
    redirected: str = "^other"
    arguments: tuple[str, ...] = ()
    profile: str = "cloud"
    environment: Mapping[str, str] = {}
    fails: bool = False
    reaches: str = ""
    more: Mapping[str, Any] = {}


USUAL = (TEXTS, NAMED, REFUSED)
DOCUMENT = {"access_document": "%s/given/access.yml", "admin_token_path": "%s/given/admin"}
CONVERGED = {**DOCUMENT, "installation_access_report_path": "%s/work/access.md"}
# An unexpected permission is a finding, which makes the playbook fail at its end.
CONVERGES: dict[str, Any] = {
    "fails": True,
    "reaches": "hubops.github_apps.installation_access : Fail if the installations do not match the access document",
}
WRITES = " (PUT|DELETE) /user/installations/"
MINTS = "/access_tokens "
JOBS = (
    Job(
        "quickstart",
        "hubops.github_apps.quickstart",
        {
            "organization": "octo-org",
            "add_repository": "linguist",
            "admin_token_path": "%s/given/admin",
            **CLIENT,
            "oauth_client_secret": GIVEN["client"],
            "oauth_access_token": GIVEN["user"],
        },
        (*USUAL, TOKENS, BROKEN, REDIRECTED),
        refused=f"{WRITES}|DELETE",
        reaches="Uninstall the app",
        more={"uninstall_app": True},
    ),
    Job(
        "audit",
        "hubops.github_apps.audit",
        {
            **{name: f"%s/work/{path}" for name, path in REPORTS.items()},
            "app_audit_baseline_path": "%s/given/baseline.json",
        },
        USUAL,
        refused="GET /installation/repositories",
        reaches="Show the summary and the reports",
    ),
    Job(
        "dry run", "hubops.github_apps.converge_access", CONVERGED, (TEXTS, NAMED), arguments=("--check",), **CONVERGES
    ),
    Job("converge_access", "hubops.github_apps.converge_access", CONVERGED, USUAL, refused=WRITES, **CONVERGES),
    Job(
        "doctor",
        "hubops.github_apps.doctor",
        {"organization": "octo-org", **DOCUMENT},
        (*USUAL, TOKENS, BROKEN, REDIRECTED),
        redirected="GET /app/installations",
        fails=True,  # an installation is suspended
        reaches="Show the result of each check",
    ),
    Job(
        "export_access",
        "hubops.github_apps.export_access",
        {"access_document": "%s/work/access.yml"},
        USUAL,
        refused="GET /installation/repositories",
        reaches="Write the access document",
    ),
    Job(
        "rotate_key",
        "hubops.github_apps.rotate_key",
        {
            "new_private_key_path": "%s/given/hubops-demo.private-key.pem",
            "key_hosts": "localhost",
            "key_path": "%s/given/deployed.pem",
            "ansible_connection": "local",  # to key_hosts
        },
        USUAL,
        reaches="Show which key can be deleted",
    ),
    Job(
        "reconcile_installation",
        "hubops.github_apps.reconcile_installation",
        {**CONVERGED, "awx_webhook_payload": "@PAYLOAD@"},
        (*USUAL, REDIRECTED),
        refused=WRITES,
        redirected="GET /app/installations",
        **CONVERGES,
    ),
    Job(
        "incident",
        "hubops.github_apps.incident",
        {
            "organization": "octo-org",
            "leaked": "private_key,client_secret,webhook_secret",
            "leaked_tokens_file": "%s/given/user",
            **CLIENT,
            "oauth_client_secret_path": "%s/given/client",
            "report_path": "%s/work/incident.md",
        },
        USUAL,
        refused="PUT|/applications/",
        fails=True,  # an owner must replace the secrets
        reaches="Fail if steps are left",
    ),
    Job(
        "leaked installation token",
        "hubops.github_apps.leaked_token",
        {"leaked_token_file": "%s/given/installation"},
        (*USUAL, SURROGATES),
        "DELETE",
        reaches="Show the result",
    ),
    Job(
        "leaked user token",
        "hubops.github_apps.leaked_token",
        {"leaked_token_file": "%s/given/user", **CLIENT, "oauth_client_secret_path": "%s/given/client"},
        (NAMED, REFUSED, REDIRECTED),
        refused="/applications/",
    ),
    Job(
        "leaked personal token",
        "hubops.github_apps.leaked_token",
        {"leaked_token_file": "%s/given/admin"},
        (TEXTS, NAMED),
        fails=True,
        reaches="Fail if the token was not revoked",
    ),
    Job(
        "offboard_user",
        "hubops.github_apps.offboard_user",
        {
            "user": "octocat",
            "access_tokens_file": "%s/given/user",
            **CLIENT,
            "oauth_client_secret_path": "%s/given/client",
            "password": GIVEN["password"],
        },
        USUAL,
        refused="DELETE|/authorizations",
        profile="3.19",
        reaches="Show the result",
    ),
    Job(
        "roles git_checkout and installation_token",
        "%s/given/roles.yml",
        {"repositories": [{"repository": "octo-org/hello-world", "dest": "%s/work/hello"}], "submodules": []},
        (*USUAL, TOKENS, BROKEN, REDIRECTED),
        redirected="^git .* signed in",
        refused=" DELETE |git .* signed in",
        reaches="hubops.github_apps.installation_token : Revoke the token",
        more={
            "repositories": [
                {"repository": "octo-org/hello-world", "dest": "%s/work/hello"},
                {"repository": "acme/rocket", "dest": "%s/work/rocket", "version": "main"},
            ],
            "submodules": ["acme/anvil"],
        },
    ),
    Job(
        "awx_refresh_scm_credential",
        "hubops.github_apps.awx_refresh_scm_credential",
        {"scm_repositories": "octo-org/hello-world"},
        (NAMED, REFUSED, TOKENS),
        refused=MINTS,
    ),
    Job("awx_bootstrap", "hubops.github_apps.awx_bootstrap", {}, (REFUSED,)),
)
WITH_AWX = ("awx_refresh_scm_credential", "awx_bootstrap")
WITH_JUNIT = (NAMED, REFUSED)

ROLES = """
- hosts: localhost
  connection: local
  gather_facts: false
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
  module_defaults:
    group/hubops.github_apps.github_apps:
      api_url: "{{ api_url }}"
      server_version: "{{ server_version }}"
      app_id: "{{ app_id }}"
      private_key_path: "{{ private_key_path }}"
  tasks:
    - block:
        - ansible.builtin.include_role:
            name: hubops.github_apps.git_checkout
          vars:
            git_checkout_repositories: "{{ repositories }}"
            git_checkout_additional_repositories: "{{ submodules }}"
      rescue:
        - ansible.builtin.set_fact:
            git_checkout_failed: true
    - ansible.builtin.include_role:
        name: hubops.github_apps.installation_token
      vars:
        installation_token_organization: octo-org
        installation_token_repositories: [hello-world]
        installation_token_permissions: {contents: read}
        installation_token_tasks: "{{ work }}/../given/tasks.yml"
    - ansible.builtin.assert:
        that: git_checkout_failed is not defined
"""
TASKS = """
- hubops.github_apps.github_app_info:
- ansible.builtin.debug:
    msg: "{{ query('hubops.github_apps.github_installation_token', 'octo-org', permissions={'contents': 'read'}, api_url=api_url,
      server_version=server_version, app_id=app_id, private_key_path=private_key_path) | length }}"
"""


class Run:
    """A directory with the input and the output of a run."""

    def __init__(self, directory: Path, decoy: Decoy) -> None:
        self.directory, self.decoy = directory, decoy
        for name in ("given", "home", "tmp", "work", "marks", "junit"):
            (directory / name).mkdir()
        self.places = Places(str(directory / "marks"), f"zq-{directory.name}-", decoy.url)
        self.status = 0

    def give(self, files: Mapping[str, str]) -> None:
        """Write files for the run, which are not searched afterwards."""
        for name, text in files.items():
            path = self.directory / "given" / name
            path.write_text(text, encoding="utf-8")
            path.chmod(0o600)

    def play(
        self, playbook: str, variables: Mapping[str, Any], arguments: tuple[str, ...], environment: Mapping[str, str]
    ) -> None:
        """Run ansible-playbook with full verbosity."""
        self.give({"variables.json": json.dumps(variables)})
        own = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "LC_ALL": "C.UTF-8",
            "HOME": str(self.directory / "home"),
            "TMPDIR": str(self.directory / "tmp"),
            "ANSIBLE_HOME": str(self.directory / "home/.ansible"),
            "ANSIBLE_LOCAL_TEMP": str(self.directory / "tmp/local"),
            "ANSIBLE_REMOTE_TMP": str(self.directory / "tmp/remote"),
            "ANSIBLE_LOG_PATH": str(self.directory / "log"),
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_CALLBACKS_ENABLED": "hubops.github_apps.revoke_tokens",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_PIPELINING": "1",  # halves the run time
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GITHUB_RETRIES": "0",
            "GITHUB_MAX_WAIT": "0",
            "GITHUB_TIMEOUT": "10",
        }
        command = [
            "ansible-playbook",
            playbook,
            "-i",
            "localhost,",
            "-vvv",
            "--diff",
            "-e",
            f"@{self.directory}/given/variables.json",
            *arguments,
        ]
        done = subprocess.run(
            command,
            cwd=self.directory / "work",
            env={**own, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=TIME_LIMIT,
        )
        self.status = done.returncode
        (self.directory / "stdout").write_bytes(done.stdout)
        (self.directory / "stderr").write_bytes(done.stderr)

    def texts(self) -> list[Text]:
        """Return all output of the run."""
        return [text for text in checks.texts_below(self.directory) if not text.place.startswith("given/")]

    def problems(self, secrets: Mapping[str, str]) -> Iterator[str]:
        """Yield everything that must not happen."""
        texts = self.texts()
        if self.status not in (0, 2):
            yield f"ansible-playbook ended with status {self.status}"
        yield from checks.find_marks(self.places, self.directory)
        for request, count in Counter(self.decoy.seen).items():
            leaked = [name for name, secret in secrets.items() if secret in request]
            what = f", with {leaked[0]}" if leaked else ""
            yield f"sent elsewhere{what}, {count} times: {ascii(request)[:300]}"
        yield from checks.find_secrets(texts, secrets)
        yield from checks.find_crashes(texts)
        yield from checks.find_raw(texts)
        yield from checks.find_lines(text for text in texts if text.place in ("stdout", "stderr", "log"))
        for text in texts:
            if text.place.endswith(".md"):
                yield from checks.find_live_markdown(text)
            elif text.place.endswith(".html"):
                yield from checks.find_live_html(text, page_template(Path(text.place).name))
            elif text.place.endswith(".json"):
                yield from checks.find_wrong_json(text)


def page_template(name: str) -> str:
    """Return the template of a page of an audit, including its script."""
    directory = COLLECTION / "roles/app_audit/templates"
    page = "history.html.j2" if name == REPORTS["app_audit_history_html_path"] else "report.html.j2"
    return "".join((directory / part).read_text(encoding="utf-8") for part in (page, "report.js"))


def small_seed() -> dict[str, Any]:
    """Return the default seed without hundreds of repositories, and without an installation that adds nothing new."""
    seed: dict[str, Any] = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    seed["repositories"] = [item for item in seed["repositories"] if item.get("owner") != "big-org"]
    seed["installations"] = [
        item for item in seed["installations"] if item.get("account") not in ("big-org", "limited-org")
    ]
    return seed


def webhook_payload(painter: Painter) -> dict[str, Any]:
    """Return the event that starts a job, from an untrusted sender."""
    event = {
        "action": "created",
        "installation": {
            "account": {"login": "octocat", "html_url": "https://github.com/octocat"},
            "permissions": {"metadata": "read"},
        },
        "organization": {"login": "octo-org", "description": "text"},
        "repositories": [{"full_name": "octo-org/hello-world", "name": "hello-world"}],
        "sender": {"login": "octocat", "url": "https://api.github.com/users/octocat"},
    }
    painted: dict[str, Any] = without_surrogates(painter.paint(event))  # which Ansible cannot read at all
    painted["action"] = "created"
    painted["installation"].update(id=2001, app_id=1001)
    return painted


def filled(value: Any, directory: Path) -> Any:
    """Return a job's variables for this run."""
    if isinstance(value, str):
        return value.replace("%s", str(directory))
    if isinstance(value, list):
        return [filled(item, directory) for item in value]
    return {name: filled(item, directory) for name, item in value.items()} if isinstance(value, dict) else value


def hostile_awx(stack: ExitStack, rules: Round, places: Places, secrets: dict[str, str]) -> dict[str, str]:
    """Start an AWX and return its environment variables. It rejects credentials in rounds with rejected requests."""
    standin = stack.enter_context(awx_standin.AwxStandIn())
    awx = standin.state
    secrets["token of AWX"] = standin.token
    genuine = awx.answer

    def answer(method: str, target: str, headers: Any, raw: bytes) -> Any:
        if method in ("POST", "PATCH") and "/credentials/" in target:
            body = json.loads(raw)
            secrets.update(
                {f"input {name}": str(text) for name, text in body.get("inputs", {}).items() if "pass" in name}
            )
            text = "".join(fill(text, places, "127.0.0.1", name, "awx") for name, text in polyglot())
            echo = f"{text}{headers}{json.dumps(body)}"
            raise awx_standin.RefusedError(400, {"detail": echo, "inputs": [echo]})
        return genuine(method, target, headers, raw)

    if rules.refusal:
        awx.answer = answer  # type: ignore[method-assign]  # calls the genuine one
    return {
        "ANSIBLE_COLLECTIONS_PATH": f"{COLLECTIONS}:{AWX_COLLECTIONS}",
        "CONTROLLER_HOST": standin.url,
        "CONTROLLER_OAUTH_TOKEN": standin.token,
    }


def play_job(job: Job, rules: Round, run: Run) -> list[str]:
    """Run a job and return its problems."""
    refused = job.redirected if rules.refusal == "redirect" else job.refused
    secrets = dict(GIVEN)
    with ExitStack() as stack:
        server = HostileServer(rules, run.places, refused, profile=job.profile, seed=small_seed())
        stack.enter_context(server)
        environment = {**job.environment}
        if job.name in WITH_AWX:
            environment.update(hostile_awx(stack, rules, run.places, secrets))
        if rules in WITH_JUNIT:
            environment["ANSIBLE_CALLBACKS_ENABLED"] = "hubops.github_apps.revoke_tokens,ansible.builtin.junit"
            environment["JUNIT_OUTPUT_DIR"] = str(run.directory / "junit")
        prepare(run, server)
        variables = {
            "api_url": server.api_url,
            "server_version": "3.19" if job.profile != "cloud" else "cloud",
            "app_id": "1001",
            "private_key_path": "%s/given/hubops-demo.private-key.pem",
            "work": "%s/work",
            **job.variables,
            **(job.more if rules is TEXTS else {}),
        }
        if "awx_webhook_payload" in variables:
            variables["awx_webhook_payload"] = webhook_payload(Painter(NAMED, run.places, "127.0.0.1", server._count))
        variables = filled(variables, run.directory)
        run.play(filled(job.playbook, run.directory), variables, job.arguments, environment)
        secrets.update(secrets_of(server))
        secrets.update({f"a sent or issued credential, {text[:6]}...": text for text in server.credentials})
        secrets.update(
            {f"end of a sent credential, {text[:6]}...": text[-32:] for text in server.credentials if len(text) > 48}
        )
        # Lone surrogates cannot occur in output; each token also has a part without them.
        secrets = {name: re.sub("[\ud800-\udfff]", "", secret) for name, secret in secrets.items() if secret}
        problems = list(run.problems(secrets))
        if job.name != "awx_bootstrap":
            problems += untested(server, rules)
    if rules is TEXTS and run.status != (2 if job.fails else 0):
        problems.append(f"ansible-playbook ended with status {run.status}: {last_failure(run)}")
    if rules in (TEXTS, SURROGATES) and f"TASK [{job.reaches}]" not in (run.directory / "stdout").read_text(
        encoding="utf-8", errors="replace"
    ):
        problems.append(f"it did not reach the task {job.reaches!r}")
    return problems


def untested(server: HostileServer, rules: Round) -> Iterator[str]:
    """Yield the reasons why a run proves nothing, because the server did nothing hostile."""
    if not server.requests:
        yield "it did not send requests to the server"
    if rules.refusal and not any(is_refused for _name, is_refused in server.requests):
        yield f"the server rejected no request: {server.requests}"
    if rules.tokens and not server.issued:
        yield "it did not create a token"


def last_failure(run: Run) -> str:
    """Return the message with which the playbook failed."""
    failures = re.findall(
        r"^(?:fatal|failed): .*|^\[?ERROR.*", (run.directory / "stdout").read_text(errors="replace"), re.MULTILINE
    )
    return ascii(failures[-1])[:600] if failures else f"status {run.status}"


def prepare(run: Run, server: HostileServer) -> None:
    """Write the keys, tokens and documents for a job."""
    server.write_state_dir(run.directory / "given")
    (run.directory / "given/server.json").unlink()
    state, installation = server.state, server.state.installations[2001]
    token = installation_token(server.service.profile, installation.app.id)
    state.installation_tokens[token] = InstallationToken(
        token, installation, None, {"metadata": "read"}, state.now() + 3600
    )
    document = (COLLECTION / "playbooks/files/access.yml").read_text(encoding="utf-8")
    run.give(
        {
            **GIVEN,
            "installation": token,
            "access.yml": document,
            "baseline.json": json.dumps(BASELINE),
            "roles.yml": ROLES,
            "tasks.yml": TASKS,
        }
    )


CONTROL = """
- hosts: localhost
  connection: local
  gather_facts: false
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
  tasks:
    - name: Evaluate a payload
      ansible.builtin.debug:
        msg: "%(jinja)s"
    - name: Run a command
      ansible.builtin.command: touch {{ marks }}/control
    - name: Ask the decoy
      ansible.builtin.uri:
        url: "{{ decoy }}/control"
        headers: {Authorization: "token {{ secret }}"}
    - name: Print a payload
      ansible.builtin.debug:
        msg: text
      loop: ["{{ payload }}"]
    - name: Write a payload
      ansible.builtin.copy:
        content: "{{ payload }}"
        dest: "{{ work }}/written"
    - name: Print a secret
      ansible.builtin.debug:
        var: secret
    - name: Let a module crash
      crash:
"""
# What the checks must find in that run, in the payloads themselves, and in a page.
CONTROL_FINDS = (
    "a payload was executed: control$",
    "a payload was executed: jinja",
    "a payload named a file: .*zqtraversal",
    "sent elsewhere, with the secret",
    "the secret is shown in stdout",
    "the secret is shown in log",
    "a crash in stdout, 'Let a module crash'",
    r"raw .*U\+001B.* in stdout, 'Print a payload'",
    r"raw .*U\+001B.* in log, 'Print a payload'",
    r"raw .*U\+001B.* in work/written",
    "a line of a payload in stdout, 'Print a payload'",
    "a payload was executed: zq-hostile-.*elsewhere in ",
)
EVERY_RAW = (0x00, 0x07, 0x08, 0x0D, 0x1B, 0x7F, 0x85, 0x9B, 0x2028, 0x202E, 0x2066)
LIVE_PAGE = """<title>t</title><meta content="default-src 'none'"><h2>h</h2><script>zq()</script><zqtag>t</zqtag>
<p onload="zq()" src="//decoy"></p><a href="javascript:zq()">t</a>"""
PAGE_FINDS = (
    "tags <zqtag>",
    "a script that its policy",
    "an attribute onload",
    "an attribute src",
    "a link in .*javascript",
)


def control() -> list[str]:
    """Return known problems that the checks did not find."""
    with tempfile.TemporaryDirectory(prefix="hostile-") as name, running(Decoy()) as decoy:
        run = Run(Path(name), decoy)
        text = "".join(fill(payload, run.places, "127.0.0.1", language, "control") for language, payload in polyglot())
        jinja = fill(LANGUAGES["jinja"][0], run.places, "127.0.0.1", "jinja", "control")
        (run.directory / "given/library").mkdir()
        run.give(
            {"control.yml": CONTROL % {"jinja": jinja}, "library/crash.py": "#!/usr/bin/python\nraise ValueError\n"}
        )
        variables = {
            "marks": run.places.marks,
            "decoy": decoy.url,
            "secret": "ghs_shownonpurpose",
            "work": str(run.directory / "work"),
        }
        # Ansible would evaluate a template in a variable, and cannot handle lone surrogates.
        payload = re.sub("[\ud800-\udfff]|[{}]", "", text)
        run.play(f"{name}/given/control.yml", {**variables, "payload": payload}, (), {})
        for stray in ("zqtraversal", f"{run.places.prefix}elsewhere"):
            (run.directory / "work" / stray).touch()
        found = list(run.problems({"the secret": "ghs_shownonpurpose"}))
    missing = [wanted for wanted in CONTROL_FINDS if not any(re.search(wanted, problem) for problem in found)]
    raw = "".join(checks.find_raw([Text("control", text.encode("utf-8", "surrogatepass"))]))
    missing += [f"raw U+{code:04X}" for code in EVERY_RAW if f"U+{code:04X}" not in raw] + ["raw bytes"] * (
        "U+DCED" not in raw
    )
    live = "\n".join(
        checks.find_live_markdown(
            Text("control", f"{text}\n| a |\n|---|\n| {text.splitlines()[0]} | b |".encode("utf-8", "replace"))
        )
    )
    missing += [
        f"{what} in Markdown"
        for what in (*checks.LIVE_MARKDOWN, "a row with the wrong number of columns")
        if what not in live
    ]
    page = list(checks.find_live_html(Text("page", LIVE_PAGE.encode()), "<title><meta><h2><script><p><a>"))
    missing += [f"{wanted} in HTML" for wanted in PAGE_FINDS if not any(re.search(wanted, problem) for problem in page)]
    return [f"not found: {wanted}" for wanted in missing]


def payloads_work() -> list[str]:
    """Return payloads that do nothing even without protection, in a script or in git's configuration."""
    with tempfile.TemporaryDirectory(prefix="hostile-") as name:
        marks = Path(name) / "marks"
        marks.mkdir()
        places = Places(str(marks), "marks/", "http://127.0.0.1:1")
        environment = {"PATH": os.environ["PATH"], "HOME": name, "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1"}
        for number, payload in enumerate([*LANGUAGES["shell"], *PRINTABLE_TOKENS[:2]]):
            text = fill(payload, places, "127.0.0.1", "shell", str(number))
            for quoted in (text, f'"{text}"', f"'{text}'"):
                (Path(name) / "script").write_text(f"echo {quoted}\n", encoding="utf-8")
                subprocess.run(
                    ["sh", "script"], cwd=name, env=environment, capture_output=True, check=False, timeout=TIME_LIMIT
                )
        for number, payload in enumerate([GIT_URL, *LANGUAGES["git"][:2], PRINTABLE_TOKENS[3]]):
            text = fill(payload, places, "127.0.0.1", "git", str(number))
            for written in (f'[credential "{text}"]', f"[url]\ninsteadOf = {text}"):
                (Path(name) / "config").write_text(f"{written}\n", encoding="utf-8")
                command = ["git", "-c", f"include.path={name}/config", "credential", "fill"]
                asked = b"protocol=http\nhost=x\n\n"
                subprocess.run(
                    command,
                    input=asked,
                    cwd=name,
                    env=environment,
                    capture_output=True,
                    check=False,
                    timeout=TIME_LIMIT,
                )
        run = {path.name for path in marks.iterdir()}
    wanted = [*(f"shell-{number}" for number in range(8)), *(f"git-{number}" for number in range(4))]
    return [f"does nothing: {mark}" for mark in wanted if mark not in run]


def main() -> int:
    parser = argparse.ArgumentParser(description="Run all roles and playbooks against a hostile server.")
    parser.add_argument("--keep", action="store_true", help="keep the directories of the runs")
    parser.add_argument("patterns", nargs="*", help="run only jobs that match one of these regular expressions")
    options = parser.parse_args()
    failed = 0

    def report(name: str, problems: list[str]) -> None:
        nonlocal failed
        failed += bool(problems)
        print(f"{'FAIL  ' if problems else 'ok    '}{name} (ansible-core {version('ansible-core')})", flush=True)
        for problem in problems:
            print(f"      {problem}", flush=True)

    def play(name: str, job: Job, rules: Round) -> list[str]:
        with ExitStack() as stack:
            directory = tempfile.mkdtemp(prefix="hostile-")
            if options.keep:
                name += f" in {directory}"
            else:
                stack.callback(shutil.rmtree, directory, ignore_errors=True)
            return play_job(job, rules, Run(Path(directory), stack.enter_context(running(Decoy()))))

    broken: list[str] = []
    watcher = logging.Handler(logging.ERROR)
    # This method is all that the handler needs.
    watcher.emit = lambda record: broken.append(record.getMessage() + repr(record.exc_info)[:300])  # type: ignore[method-assign]
    logging.getLogger("uvicorn.error").addHandler(watcher)
    logging.getLogger("uvicorn.error").propagate = False

    report("the payloads work without protection", payloads_work())
    report("the checks find active payloads", control())
    runs = {f"{job.name}, {rules.name}": (job, rules) for job in JOBS for rules in job.rounds}
    if options.patterns:
        runs = {
            name: run for name, run in runs.items() if any(re.search(pattern, name) for pattern in options.patterns)
        }
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, problems in zip(runs, pool.map(lambda name: play(name, *runs[name]), runs)):
            report(name, problems)
    report("the hostile server can send its payloads", broken)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
