#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run each rulebook with the real ansible-rulebook, send deliveries to it, and check which of them start a job.

Requires Java. Sends a delivery without a signature, one with a wrong signature, one that does not match the rule, and one
that does. Only the last one may run the playbook, or launch the job template. Its text contains templates that would
create a file. The output of ansible-rulebook and its jobs is searched for secrets.
"""

from __future__ import annotations

import hmac
import http.client
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

COLLECTION = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(COLLECTION / "tests/standin"), str(COLLECTION / "tests/leaks")]

from jobs import needles, secrets_of

from github_standin import StandIn  # requires the paths above

SECRET = "It's a Secret to Everybody"
CONTROLLER_TOKEN = "standin-controller-token"
SECONDS = 120
# The installations that the access document suspends, in the stand-in server's default seed.
SIGNED, UNSIGNED = 2001, 2002
ACCOUNTS = [{"organization": "octo-org", "suspended": True}, {"organization": "acme", "suspended": True}]
KEPT_INSTALLATION = {"id": SIGNED, "app_id": 1001, "account": {"login": "octo-org", "type": "Organization"}}


def payload(installation: int, template: str) -> bytes:
    """Return the body of an event whose free text is a template."""
    account = {**KEPT_INSTALLATION["account"], "description": template}
    app = {**KEPT_INSTALLATION, "id": installation, "account": account}
    return json.dumps({"action": "created", "installation": app, "requester": {"login": template}}).encode()


def sign(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest()}


def post(port: int, event: str, body: bytes, signature: dict[str, str]) -> int:
    """Send a delivery, with headers in lower case as proxies for HTTP/2 write them, and return the status."""
    headers = {"Content-Type": "application/json", "X-GitHub-Event": event, **signature}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    connection.request("POST", "/", body, {name.lower(): value for name, value in headers.items()})
    status = connection.getresponse().status
    connection.close()
    return status


def wait_for(what: str, condition: Callable[[], Any]) -> Any:
    """Return the first true result of the condition."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.2)
    raise AssertionError(f"{what}: not within {SECONDS} seconds")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def accepts(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def rulebook(name: str, directory: Path, *options: str, **variables: str) -> Iterator[int]:
    """Run a rulebook of the collection and yield the port of its webhook."""
    port = free_port()
    settings = {
        "github_webhook_secret": SECRET,
        "github_webhook_port": port,
        "access_document": f"{directory}/access.json",
    }
    (directory / "vars.json").write_text(json.dumps(settings), encoding="utf-8")
    # ansible.eda is not on PyPI. Its webhook is the same as the one in ansible-rulebook.
    builtin = Path(str(importlib.util.find_spec("ansible_rulebook").origin)).parent / "event_source/webhook.py"
    (directory / "sources").mkdir()
    shutil.copy(builtin, directory / "sources/ansible.eda.webhook.py")
    command = ["ansible-rulebook", "--rulebook", f"hubops.github_apps.{name}", "--vars", f"{directory}/vars.json"]
    command += ["--source-dir", f"{directory}/sources", *options]
    with (
        (directory / "output").open("wb") as output,
        subprocess.Popen(
            command,
            cwd=directory,
            env={**os.environ, **variables},
            stdout=output,
            stderr=output,
            start_new_session=True,
        ) as process,
    ):
        try:
            wait_for("ansible-rulebook listens", lambda: accepts(port) or process.poll() is not None)
            if process.poll() is not None:
                raise AssertionError(f"ansible-rulebook ended with status {process.returncode}")
            yield port
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def send_deliveries(port: int, directory: Path) -> None:
    """Send deliveries that must not start a job, and then one that must."""
    template = f"{{{{ lookup('ansible.builtin.pipe', 'touch {directory}/evaluated') }}}}"
    unwanted, wanted = payload(UNSIGNED, template), payload(SIGNED, template)
    statuses = {
        "a delivery without a signature is rejected": (post(port, "installation", unwanted, {}), 400),
        "a delivery with a wrong signature is rejected": (
            post(port, "installation", unwanted, sign(unwanted, "another secret")),
            401,
        ),
        "a signed delivery of another event is accepted": (post(port, "push", unwanted, sign(unwanted)), 200),
        "a signed delivery is accepted": (post(port, "installation", wanted, sign(wanted)), 200),
    }
    for what, (status, expected) in statuses.items():
        check(what, status == expected, f"status {status}")


def check(what: str, condition: bool, details: str) -> None:
    if not condition:
        raise AssertionError(f"{what}: {details}")
    print(f"ok    {what}", flush=True)


def check_output(directory: Path, secrets: dict[str, str]) -> None:
    """Search the output for secrets, and for the secret of the webhook."""
    sought = needles({**secrets, "the webhook secret": SECRET})

    def found_in(file: str) -> list[str]:
        text = (directory / file).read_bytes()
        return sorted({name for needle, name in sought.items() if needle in text})

    found = found_in("vars.json")
    check("the search finds the secret in the file of variables", found == ["the webhook secret"], ", ".join(found))
    found = found_in("output")
    check(f"the output contains none of {len(sought)} secrets", not found, ", ".join(found))


def run_playbook(directory: Path) -> None:
    """Only the installation of the signed delivery may be reconciled."""
    (directory / "access.json").write_text(json.dumps({"installation_access_accounts": ACCOUNTS}), encoding="utf-8")
    with StandIn() as server:
        server.write_state_dir(directory)
        variables = {
            "GITHUB_API_URL": server.api_url,
            "GITHUB_SERVER_VERSION": server.service.profile.server_version,
            "GITHUB_APP_ID": "1001",
            "GITHUB_APP_PRIVATE_KEY_PATH": f"{directory}/hubops-demo.private-key.pem",
        }
        (directory / "inventory").write_text("localhost ansible_connection=local\n", encoding="utf-8")
        with rulebook("github_app_local", directory, "--inventory", f"{directory}/inventory", **variables) as port:
            send_deliveries(port, directory)
            wait_for("the playbook ends", lambda: "PLAY RECAP" in (directory / "output").read_text(encoding="utf-8"))
            time.sleep(2)  # for a second run, which would be an error
        runs = (directory / "output").read_text(encoding="utf-8").count("PLAY RECAP")
        changed = [entry["path"] for entry in server.log if entry["method"] not in ("GET", "HEAD")]
        check_output(directory, secrets_of(server))
    check("the playbook runs once", runs == 1, f"{runs} runs")
    check(
        "it changes the installation of the event", changed == [f"/app/installations/{SIGNED}/suspended"], str(changed)
    )


class Controller(BaseHTTPRequestHandler):
    """The requests of run_job_template to AWX, with one job template."""

    launches: list[Any] = []

    def do_GET(self) -> None:
        asks = ("limit", "labels", "inventory", "variables")
        template = {
            "id": 7,
            "type": "job_template",
            "name": "GitHub App reconcile installation",
            "summary_fields": {"organization": {"name": "Default"}},
            "related": {"launch": "/api/v2/job_templates/7/launch/"},
            **{f"ask_{name}_on_launch": name == "variables" for name in asks},
        }
        job = {"id": 8, "type": "job", "url": "/api/v2/jobs/8/", "status": "successful", "artifacts": {}}
        self.respond({"version": "4.7.0", "results": [template if "template" in self.path else job], **job})

    def do_POST(self) -> None:
        self.launches.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.respond({"url": "/api/v2/jobs/8/", "id": 8})

    def respond(self, document: Any) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())

    def log_message(self, *_arguments: Any) -> None:
        """Print nothing."""


def launch_job_template(directory: Path) -> None:
    """The job template is launched once, with the filtered event."""
    Controller.launches.clear()
    controller = ThreadingHTTPServer(("127.0.0.1", 0), Controller)
    threading.Thread(target=controller.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{controller.server_port}"
    with rulebook("github_app", directory, "--controller-url", url, "--controller-token", CONTROLLER_TOKEN) as port:
        send_deliveries(port, directory)
        wait_for("the job template is launched", lambda: Controller.launches)
        time.sleep(2)  # for a second launch, which would be an error
    controller.shutdown()
    check_output(directory, {"the token of AWX": CONTROLLER_TOKEN})
    check("the job template is launched once", len(Controller.launches) == 1, str(Controller.launches))
    event = Controller.launches[0]["extra_vars"]["ansible_eda"]["event"]
    kept = {
        "payload": {"action": "created", "installation": KEPT_INSTALLATION},
        "headers": {"X-GitHub-Event": "installation"},
    }
    passed = {"payload": event["payload"], "headers": event["meta"]["headers"]}
    check("the job gets only the filtered event", passed == kept, str(event))


def main() -> int:
    failed = False
    for scenario in (run_playbook, launch_job_template):
        with tempfile.TemporaryDirectory() as name:
            directory = Path(name)
            print(f"Scenario {scenario.__name__}", flush=True)
            try:
                scenario(directory)
                check("no template is evaluated", not (directory / "evaluated").exists(), "a file was created")
            except AssertionError as error:
                failed = True
                print(f"FAIL  {error}\n{(directory / 'output').read_text(encoding='utf-8')}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
