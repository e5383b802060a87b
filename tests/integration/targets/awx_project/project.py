#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the playbooks of the AWX sample project unchanged, from a copy of its directory, like a job.

The environment configures the app, like an AWX credential. The report must match the access document.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "setup_releases"))

from collection import COLLECTION  # requires the path above

from github_standin import StandIn  # requires the path above

PROJECT = COLLECTION / "extensions/awx_project"
ADDED = "installation_access_accounts: [{organization: octo-org, repositories: [hello-world, spoon-knife, linguist]}]\n"


def run(directory: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["ansible-playbook", *arguments],
        cwd=directory,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def expect(what: str, done: subprocess.CompletedProcess[str], text: str, is_successful: bool = True) -> None:
    assert (done.returncode == 0) is is_successful, f"{what}:\n{done.stdout}{done.stderr}"
    assert text in " ".join((done.stdout + done.stderr).split()), (
        f"the output of {what} does not contain {text!r}:\n{done.stdout}{done.stderr}"
    )
    print(f"ok    {what}")


def main() -> None:
    with tempfile.TemporaryDirectory() as root, StandIn(profile="3.19") as server:
        project = Path(root) / "project"
        shutil.copytree(PROJECT, project)
        key = Path(root) / "key.pem"
        key.touch(0o600)
        key.write_text(server.private_key("hubops-demo"), encoding="utf-8")
        token = Path(root) / "token"
        token.touch(0o600)
        token.write_text("standin-pat-classic-admin", encoding="utf-8")
        job = {
            "GITHUB_API_URL": server.api_url,
            "GITHUB_APP_ID": "1001",
            "GITHUB_APP_PRIVATE_KEY_PATH": str(key),
            "GITHUB_TOKEN_PATH": str(token),
        }
        expect("audit", run(project, job, "audit.yml"), "has 6 installations")
        done = run(project, job, "converge_access.yml", "--check")
        expect("converge_access, check mode", done, "octo-org (installation 2001): matches the access document")
        done = run(project, job, "reconcile_installation.yml", "-e", "organization=octo-org")
        expect("reconcile_installation", done, "octo-org (installation 2001): matches the access document")
        leaked = ["-e", '{"leaked_token": "standin-oauth-octocat-one"}']
        oauth = {
            **job,
            "GITHUB_OAUTH_CLIENT_ID": "standin-oauth-client",
            "GITHUB_OAUTH_CLIENT_SECRET": "standin-oauth-secret",
        }
        expect("leaked_token", run(project, oauth, "leaked_token.yml", *leaked), "The token was revoked")
        user = ["-e", '{"user": "octocat", "access_tokens": "standin-oauth-octocat-two"}']
        expect("offboard_user", run(project, oauth, "offboard_user.yml", *user), "was revoked, with all its tokens")
        done = run(project, job, "incident.yml", "--check", "-e", "organization=octo-org")
        expect("incident, check mode", done, "would be suspended")
        done = run(project, job, "awx_refresh_scm_credential.yml")
        expect("awx_refresh_scm_credential without awx.awx", done, "The collection awx.awx is not installed", False)

        (project / "access.yml").write_text(ADDED, encoding="utf-8")
        report = f"{root}/report.json"
        done = run(project, job, "converge_access.yml", "-e", f"installation_access_json_path={report}")
        expect("converge_access, another document", done, "octo-org/linguist")
        expect("merge_access_reports", run(project, job, "merge_access_reports.yml", "-e", f"@{report}"), "Accounts: ")
        done = run(project, job, "converge_access.yml", "-e", "access_document=no-such-file.yml")
        expect(
            "a document named by the job template",
            done,
            f"The file {project.resolve()}/no-such-file.yml does not exist",
            False,
        )
    playbooks = {path.name for path in PROJECT.glob("*.yml")} - {"access.yml", "github_installations.yml"}
    assert len(playbooks) == 8, f"{sorted(playbooks)} are not all tested here"


if __name__ == "__main__":
    main()
