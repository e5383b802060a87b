# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A project in a private repository on GitHub, before and after its token expires."""

from __future__ import annotations

import shutil
import time

import jwt
import pytest
import requests

from github_standin import StandIn

pytest.importorskip("ansible_runner", reason="ansible-runner runs the jobs")
pytest.importorskip("awx_plugins.interfaces", reason="AWX's code needs Python 3.11")
pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

MISSING = "Missing a revision to run due to failed project update."
PLAYBOOK = """\
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.debug:
        msg: This came from GitHub
"""


def installation_token(github, name):
    """Create a token that can read one repository."""
    issued = int(time.time() + github.clock_offset) - 30
    claims = {"iss": "1001", "iat": issued, "exp": issued + 300}
    signed = jwt.encode(claims, github.private_key("hubops-demo"), algorithm="RS256")
    answer = requests.post(
        f"{github.api_url}/app/installations/2001/access_tokens",
        json={"repositories": [name], "permissions": {"contents": "read"}},
        headers={"Authorization": f"Bearer {signed}", "Accept": "application/vnd.github+json", "User-Agent": "test"},
        timeout=10,
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["token"]


def run_due(awx, ahead):
    """Run what is due after some seconds."""
    awx.admin("POST", "/_awx/clock", json={"ahead": ahead})
    return awx.admin("POST", "/_awx/run_due").json()["jobs"]


def test_a_token_that_dies(start):
    """The project cannot be synchronized with it, and then none of its jobs start."""
    awx = start(run_jobs=True)
    with StandIn() as github:
        body = {"repository": "octo-org/hello-world", "files": {"site.yml": PLAYBOOK}}
        commit = requests.post(f"{github.url}/_standin/files", json=body, timeout=10).json()["commit"]
        login = {"username": "x-access-token", "password": installation_token(github, "hello-world")}
        credential = awx.credential("Source Control", "GitHub App token", **login)
        url = f"{github.url}/octo-org/hello-world.git"
        assert awx.project(url, name="Without")["status"] == "failed"
        project = awx.project(url, credential=credential["id"])
        assert (project["status"], project["scm_revision"]) == ("successful", commit)

        template = awx.template(project["id"])
        rule = "DTSTART:20260101T000000Z RRULE:FREQ=MINUTELY;INTERVAL=30"
        awx.admin.make("schedules", name="S", rrule=rule, unified_job_template=template["id"])
        (job,) = run_due(awx, 1800)
        text = awx.admin("GET", f"jobs/{job['id']}/stdout/", params={"format": "txt"}).text
        assert (job["status"], job["scm_revision"], "This came from GitHub" in text) == ("successful", commit, True)

        github.clock_offset = 3700
        update = awx.admin("POST", f"projects/{project['id']}/update/").json()
        assert update["status"] == "failed"
        text = awx.admin("GET", f"project_updates/{update['id']}/stdout/", params={"format": "txt"}).text
        assert "Invalid username or token" in text
        assert login["password"] not in text
        launch = f"job_templates/{template['id']}/launch/"
        assert awx.admin.refused("POST", launch) == (400, {"playbook": [MISSING]})
        (job,) = run_due(awx, 1800)
        assert (job["status"], job["job_explanation"]) == ("error", MISSING)

        fresh = {**login, "password": installation_token(github, "hello-world")}
        awx.admin.change(f"credentials/{credential['id']}/", inputs=fresh)
        assert awx.admin("POST", f"projects/{project['id']}/update/").json()["status"] == "successful"
        assert awx.admin("POST", launch).status_code == 201
