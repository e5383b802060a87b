#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the packaged playbooks in a user's directory, with a relative path in every variable that accepts one.

They read and write files in this directory, and nothing is written to the collection.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "setup_releases"))

from collection import COLLECTION  # requires the path above

from github_standin import StandIn  # requires the path above

# These require AWX or the reports of slices; tests/awx and the target access_slices run them from their own directory.
ELSEWHERE = {"awx_bootstrap", "awx_refresh_scm_credential", "merge_access_reports"}
APP = {"app_id": "1001", "private_key_path": "keys/app.pem"}
DOCUMENT = {**APP, "access_document": "access.yml", "admin_token_path": "admin"}
OAUTH = {"oauth_client_id": "standin-oauth-client", "oauth_client_secret_path": "secret"}
# By playbook: its variables, and the files that it writes.
RUNS: dict[str, tuple[dict[str, str], list[str]]] = {
    "audit": (
        {
            **APP,
            "app_audit_html_path": "audit.html",
            "app_audit_markdown_path": "reports/audit.md",
            "app_audit_json_path": "./audit.json",
            "app_audit_baseline_path": "",
            "app_audit_history_path": "history.json",
            "app_audit_history_html_path": "reports/history.html",
            "access_document": "access.yml",
        },
        ["audit.html", "reports/audit.md", "audit.json", "history.json", "reports/history.html"],
    ),
    "converge_access": ({**DOCUMENT, "installation_access_report_path": "reports/access.md"}, ["reports/access.md"]),
    "doctor": ({**DOCUMENT, "fail_on_problems": "false"}, []),
    "export_access": ({**APP, "access_document": "reports/exported.yml"}, ["reports/exported.yml"]),
    "reconcile_installation": ({**DOCUMENT, "organization": "octo-org"}, []),
    "rotate_key": (
        {**APP, "new_private_key_path": "keys/new.pem", "key_path": "", "key_tasks": "tasks.yml"},
        ["reports/key.pem"],
    ),
    "quickstart": (
        {**APP, "organization": "octo-org", "admin_token_path": "admin", "add_repository": "octo-org/linguist"},
        [],
    ),
    "incident": (
        {
            **APP,
            **OAUTH,
            "organization": "octo-org",
            "leaked_private_key_path": "keys/other.pem",
            "leaked_tokens_file": "found",
            "report_path": "reports/incident.md",
        },
        ["reports/incident.md"],
    ),
    "leaked_token": ({**OAUTH, "leaked_token_file": "found"}, []),
    "offboard_user": ({**OAUTH, "access_tokens_file": "tokens", "user": "octocat"}, []),
}
FILES = {
    "access.yml": """installation_access_accounts:
  - organization: octo-org
    repositories: [hello-world, spoon-knife]
    accepted_findings: [{finding: write, reason: reviewed, until: '2099-12-31'}]
""",
    "admin": "standin-pat-classic-admin\n",
    "secret": "standin-oauth-secret\n",
    "found": "standin-oauth-octocat-one\n",
    "tokens": "standin-oauth-octocat-two\n",
    "tasks.yml": """
- ansible.builtin.copy:
    src: "{{ new_key_file }}"
    dest: "{{ 'reports/key.pem' | hubops.github_apps.absolute_path }}"
    mode: "0600"
""",
}


def contents() -> set[str]:
    return {
        str(path) for path in COLLECTION.rglob("*") if "__pycache__" not in path.parts and "output" not in path.parts
    }


def variables_of(playbook: str) -> set[str]:
    """Return the variables of a playbook that accept a path."""
    text = (COLLECTION / f"playbooks/{playbook}.yml").read_text(encoding="utf-8")
    return set(re.findall(r"^ +- (\w+_(?:path|file|document))$", text, re.MULTILINE))


def run(playbook: str, directory: Path, server: StandIn) -> None:
    variables, written = RUNS[playbook]
    given = {**variables, "api_url": server.api_url, "server_version": "3.19"}
    arguments = [word for name, value in given.items() for word in ("-e", f"{name}={value}")]
    done = subprocess.run(
        ["ansible-playbook", f"hubops.github_apps.{playbook}", *arguments],
        cwd=directory,
        env={**os.environ, "PWD": "/"},  # the shell's variable must not matter
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{playbook}:\n{done.stdout}{done.stderr}"
    missing = [name for name in written if not (directory / name).is_file()]
    assert not missing, f"{playbook} did not write {missing}:\n{done.stdout}"
    assert variables_of(playbook) <= set(variables), (
        f"{playbook} is not tested with {variables_of(playbook) - set(variables)}"
    )
    print(f"ok    {playbook}")


def main() -> None:
    before = contents()
    for playbook in RUNS:
        with tempfile.TemporaryDirectory() as root, StandIn(profile="3.19") as server:
            directory = Path(root)
            for name in ("keys", "reports"):
                (directory / name).mkdir()
            keys = {
                "keys/app.pem": server.private_key("hubops-demo"),
                "keys/new.pem": server.generate_key("hubops-demo"),
                "keys/other.pem": server.private_key("other-app"),
            }
            for name, text in {**FILES, **keys}.items():
                (directory / name).touch(0o600)
                (directory / name).write_text(text, encoding="utf-8")
            run(playbook, directory, server)
    assert contents() == before, f"{contents() - before} was written to the collection"
    playbooks = {path.stem for path in (COLLECTION / "playbooks").glob("*.yml")}
    assert playbooks == {*RUNS, *ELSEWHERE}, f"{sorted(playbooks ^ {*RUNS, *ELSEWHERE})} are not tested here"


if __name__ == "__main__":
    main()
