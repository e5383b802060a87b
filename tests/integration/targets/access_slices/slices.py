#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Divide an access document among four jobs, as AWX does with job slices, and merge their reports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "setup_releases"))

import collection  # noqa: F401  # pylint: disable=unused-import  # finds the stand-in server

from github_standin import StandIn

NUMBER = 30  # installations, of which the document does not list every tenth
SLICES = 4
SEED = {
    "accounts": [
        {"login": "owner"},
        {"login": "admin", "type": "User"},
        *({"login": f"org-{number}", "admins": ["admin"]} for number in range(NUMBER)),
    ],
    "apps": [{"slug": "sliced", "id": 7, "owner": "owner", "permissions": {"metadata": "read"}}],
    "repositories": [{"owner": f"org-{number}", "prefix": "service-", "count": 5} for number in range(NUMBER)],
    "installations": [
        {
            "id": 5000 + number,
            "app": "sliced",
            "account": f"org-{number}",
            "repositories": [{"prefix": "service-", "count": 3}],
        }
        for number in range(NUMBER)
    ],
    "tokens": [{"name": "admin", "token": "standin-admin", "user": "admin", "kind": "pat_classic", "scopes": ["repo"]}],
}
LISTED = [f"org-{number}" for number in range(NUMBER) if number % 10]
DOCUMENT = [
    {"organization": "not-installed", "suspended": False},
    *({"organization": login, "repositories": ["service-001", "service-002", "service-005"]} for login in LISTED),
]
Report = dict[str, Any]


def play(directory: Path, playbook: str, *arguments: str, statuses: tuple[int, ...]) -> str:
    done = subprocess.run(
        ["ansible-playbook", f"hubops.github_apps.{playbook}", *arguments],
        cwd=directory,
        env={**os.environ, "GITHUB_TOKEN": "standin-admin"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in statuses, f"{playbook} {arguments}:\n{done.stdout}{done.stderr}"
    return done.stdout


def converge(directory: Path, name: str, *arguments: str) -> Report:
    """Run the playbook and return its report. The one that reports the missing account fails."""
    common = ("-e", "@variables.json", "-e", "access_document=access.yml", "-e", "installation_access_unlisted=suspend")
    file = directory / f"{name}.json"
    output = play(
        directory,
        "converge_access",
        *common,
        "-e",
        f"installation_access_json_path={file}",
        *arguments,
        statuses=(0, 2),
    )
    assert file.exists(), output
    (report,) = json.loads(file.read_text(encoding="utf-8")).values()
    return dict(report)


def slices(names: list[str]) -> list[list[str]]:
    """The hosts of each slice: AWX gives every n-th host, ordered by name, to a slice."""
    ordered = sorted(names)
    return [ordered[first::SLICES] for first in range(SLICES)]


def by_account(entries: list[Report]) -> dict[str, Report]:
    assert len({entry["account"] for entry in entries}) == len(entries), "an account was processed twice"
    return {entry["account"]: {**entry, "changes": sorted(entry["changes"])} for entry in entries}


def main() -> None:
    with tempfile.TemporaryDirectory() as root, StandIn("3.19", seed=SEED) as server:
        directory = Path(root)
        key = directory / "app.pem"
        key.touch(0o600)
        key.write_text(server.private_key("sliced"), encoding="utf-8")
        variables = {"api_url": server.api_url, "server_version": "3.19", "app_id": "7", "private_key_path": str(key)}
        (directory / "variables.json").write_text(json.dumps(variables), encoding="utf-8")
        document = json.dumps({"installation_access_accounts": DOCUMENT})
        (directory / "access.yml").write_text(document, encoding="utf-8")
        source = directory / "sliced_github_installations.yml"
        source.write_text(json.dumps({"plugin": "hubops.github_apps.installations", **variables}), encoding="utf-8")

        foreseen = converge(directory, "whole", "--check")
        expected = {key: by_account(foreseen[key]) for key in ("accounts", "unlisted")}
        reports = []
        for number, hosts in enumerate(slices([f"org-{number}" for number in range(NUMBER)])):
            server.clear_log()
            inventory = ("-i", source.name, "--limit", ",".join(hosts), "-e", "installation_hosts=github_installations")
            reports.append(converge(directory, f"slice-{number}", *inventory))
            reached = {entry["path"].split("/")[-2] for entry in server.log if entry["path"].endswith("/access_tokens")}
            ids = {str(5000 + int(host.partition("-")[2])) for host in hosts}
            assert reached <= ids, f"slice {number} reached {reached - ids}"
            print(f"ok    slice {number}: {len(hosts)} hosts")
        for key, entries in expected.items():
            found = by_account([entry for report in reports for entry in report[key]])
            assert found == entries, f"{key}: {found} instead of {entries}"
        suspended = {item.account.login for item in server.state.installations.values() if item.suspended_at}
        assert suspended == {"org-0", "org-10", "org-20"}, suspended

        files = [word for number in range(SLICES) for word in ("-e", f"@slice-{number}.json")]
        report = ("-e", "installation_access_report_path=access.md")
        output = play(directory, "merge_access_reports", *files, *report, statuses=(2,))
        assert f"Accounts: {len(DOCUMENT)}, done: {2 * len(LISTED) + 3}, findings: 1, failed: 0." in output, output
        text = (directory / "access.md").read_text(encoding="utf-8")
        assert text.count("done: add") == text.count("done: remove") == len(LISTED), text
        play(directory, "merge_access_reports", *files, "-e", "fail_on_findings=false", statuses=(0,))
        print("ok    merged report")


if __name__ == "__main__":
    main()
