# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs that are really run."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest
from clients import APP_TYPE, KEY

pytest.importorskip("ansible_runner", reason="ansible-runner runs the jobs")
pytest.importorskip("awx_plugins.interfaces", reason="AWX's code needs Python 3.11")

SEEN = """\
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.set_stats:
        data:
          of_template: "{{ of_template }}"
          of_launch: "{{ of_launch | default('') }}"
          payload: "{{ awx_webhook_payload.text | default('') }}"
          app: "{{ lookup('env', 'APP_ID') }} {{ lookup('env', 'APP_SKIP') }}"
          key: "{{ lookup('file', lookup('env', 'APP_KEY_FILE')) | length }}"
          mode: "{{ lookup('pipe', 'stat -c %a ' ~ lookup('env', 'APP_KEY_FILE')) }}"
          platform: "{{ lookup('env', 'CONTROLLER_HOST') }} {{ lookup('env', 'TOWER_OAUTH_TOKEN') }}"
          verify: "{{ lookup('env', 'CONTROLLER_VERIFY_SSL') }}"
          beside: "{{ lookup('file', 'beside.txt') }}"
          launched: "{{ awx_job_launch_type }} {{ awx_user_name | default('nobody') }}"
          of_inventory: "{{ of_inventory }}"
"""


def launched(awx, template, **body):
    """Return a job after its end."""
    answer = awx.admin("POST", f"job_templates/{template['id']}/launch/", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "running"
    path = f"jobs/{answer.json()['id']}/"
    while awx.admin.get(path)["finished"] is None:
        time.sleep(0.1)
    return awx.admin.get(path)


def output(awx, job):
    """Return a job's output."""
    return awx.admin("GET", f"jobs/{job['id']}/stdout/", params={"format": "txt"}).text


def test_what_a_job_gets(start, directory):
    """Credentials, variables and files. Templates are evaluated only in the template's own variables."""
    awx = start(run_jobs=True)
    (directory / "site.yml").write_text(SEEN)
    (directory / "beside.txt").write_text("beside")
    variables = json.dumps({"of_template": "{{ 1 + 1 }}"})
    project = awx.project(f"file://{directory}")
    template = awx.template(project["id"], extra_vars=variables, ask_variables_on_launch=True, webhook_service="github")
    awx.admin.change(f"inventories/{template['inventory']}/", variables='{"of_inventory": "x"}')
    awx.admin.make("credential_types", **APP_TYPE)
    for credential in (
        awx.credential("App", "One", app_id="7", private_key=KEY),
        awx.credential("Red Hat Ansible Automation Platform", "Two", host=awx.url, oauth_token="secret"),
    ):
        awx.admin.link(f"job_templates/{template['id']}/credentials/", credential["id"])
    job = launched(awx, template, extra_vars={"of_launch": "{{ 1 + 1 }}"})
    assert job["status"] == "successful", output(awx, job)
    assert {name: str(value) for name, value in job["artifacts"].items()} == {
        "of_template": "2",
        "of_launch": "{{ 1 + 1 }}",
        "payload": "",
        "beside": "beside",
        "of_inventory": "x",
        "app": "7 False",
        "key": str(len(KEY.strip())),
        "mode": "600",
        "platform": f"{awx.url} secret",
        "verify": "False",
        "launched": "manual admin",
    }
    assert "PLAY RECAP" in output(awx, job)
    assert not (awx.state.directory / "jobs" / str(job["id"])).exists()


def test_a_job_that_fails(start, directory):
    """Its status is failed and its output is kept. It ran in check mode."""
    awx = start(run_jobs=True)
    text = "- hosts: localhost\n  gather_facts: false\n  tasks:\n    - fail: {msg: 'check {{ ansible_check_mode }}'}\n"
    (directory / "site.yml").write_text(text)
    template = awx.template(awx.project(f"file://{directory}")["id"], job_type="check", verbosity=1)
    job = launched(awx, template)
    assert (job["status"], job["failed"]) == ("failed", True)
    assert "check True" in output(awx, job)


def test_without_ansible_runner(start, directory, monkeypatch):
    """If a job cannot run, the error belongs to the job."""
    awx = start(run_jobs=True)
    template = awx.template(awx.project(f"file://{directory}")["id"])
    monkeypatch.setattr(sys, "executable", str(Path("/nowhere/python")))
    job = launched(awx, template)
    assert (job["status"], job["job_explanation"][:17]) == ("error", "FileNotFoundError")
