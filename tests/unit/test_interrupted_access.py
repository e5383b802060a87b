# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A document of a thousand accounts whose run is killed, and then repeated."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from ansible_collections.hubops.github_apps.plugins.modules import github_app_access
from github_standin import Fault, StandIn

NUMBER = 1000
# 5 % of the installations, those with IDs that end in 07, 27, 47, 67 and 87, cannot be suspended.
REFUSED = Fault(
    method="PUT",
    path="/installations/[0-9]*[02468]7/suspended$",
    times=10**6,
    status=403,
    body={"message": "Resource not accessible by integration"},
)
DOCUMENT = [{"organization": f"org-{number}", "suspended": True} for number in range(NUMBER)]


@pytest.fixture(scope="module")
def thousand():
    seed = {
        "accounts": [{"login": "owner"}, *({"login": f"org-{number}"} for number in range(NUMBER))],
        "apps": [{"slug": "large", "id": 7, "owner": "owner", "permissions": {"metadata": "read"}}],
        "installations": [
            {"id": 10_000 + number, "app": "large", "account": f"org-{number}", "repository_selection": "all"}
            for number in range(NUMBER)
        ],
    }
    with StandIn("3.19", seed=seed) as server:
        server.inject(REFUSED)
        yield server


def suspended(server):
    """The accounts whose installations are suspended."""
    return {item.account.login for item in server.state.installations.values() if item.suspended_at}


def listed(path, word):
    """The accounts whose line in the report is followed by one that starts with this word."""
    blocks = re.split(r"^- ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {block.partition(" ")[0].replace("\\", "") for block in blocks if f"  - {word}: " in block}


def kill_halfway(arguments, path, signal_number):
    """Start the module in a process and kill it when the report shows that some accounts are done."""
    file = path.with_name("arguments.json")
    file.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": arguments}), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", github_app_access.__name__, str(file)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not (path.exists() and len(listed(path, "done")) >= 100):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal_number)
        process.wait()
    finally:
        process.kill()


# A job in the background of a shell ignores SIGINT, and so do its processes. The test of the module covers it.
@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGTERM])
def test_the_report_is_right_after_the_kill_and_the_next_run_converges(run_module, thousand, tmp_path, signal_number):
    for item in thousand.state.installations.values():
        item.suspended_at = None
    thousand.clear_log()
    path = tmp_path / "report.md"
    arguments = {
        "api_url": thousand.api_url,
        "server_version": "3.19",
        "app_id": "7",
        "private_key": thousand.private_key("large"),
        "accounts": DOCUMENT,
        "report_path": str(path),
    }
    kill_halfway(arguments, path, signal_number)
    first, now = listed(path, "done"), suspended(thousand)
    assert 100 <= len(first) < NUMBER * 0.95
    assert first <= now
    assert len(now - first) <= 1  # the account that was being changed
    result = run_module(github_app_access, arguments)
    refused = {f"org-{number}" for number in range(NUMBER) if re.search("[02468]7$", str(10_000 + number))}
    assert len(refused) == NUMBER * 0.05
    assert suspended(thousand) == {entry["organization"] for entry in DOCUMENT} - refused
    assert len(result["report"]["failures"]) == len(refused) == len(listed(path, "failed"))
    assert listed(path, "done") == suspended(thousand) - now
    done = [entry["path"] for entry in thousand.log if entry["method"] == "PUT" and entry["status"] == 204]
    assert len(done) == len(set(done)) == NUMBER - len(refused)
