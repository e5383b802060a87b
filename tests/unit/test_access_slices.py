# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ten thousand installations in twenty slices, without a server: each is processed once, and reads add up."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from ansible_collections.hubops.github_apps.plugins.module_utils._access import convergence, document, steps
from ansible_collections.hubops.github_apps.plugins.module_utils._access.convergence import Convergence
from ansible_collections.hubops.github_apps.plugins.module_utils._access.report import merge_reports
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import Credentials
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._github.server import Server
from ansible_collections.hubops.github_apps.plugins.module_utils._github.transport import Transport
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repositories import Repository
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_access import Access

NUMBER = 10_000
SLICES = 20
INSTALLATIONS = [
    {
        "id": 1_000_000 + number,
        "account": {"login": f"org-{number}"},
        "target_type": "Organization",
        "repository_selection": "selected",
        "suspended_at": None,
        "app_slug": "sliced",
    }
    for number in range(NUMBER)
]
# Every seventh installation is not in the document, and 30 accounts in it have no installation.
LISTED = [f"org-{number}" for number in range(NUMBER + 30) if number % 7]
DOCUMENT = [{"organization": login, "repositories": ["code"], "suspended": False} for login in LISTED]
OPTIONS = {
    "accounts": DOCUMENT,
    "unlisted": "suspend",
    "via_enterprise": None,
    "accept_permissions": False,
    "installation_id": None,
    "fail_on_findings": False,
    "report_path": None,
    "read_concurrency": 10,
    "concurrency": 1,
}


@pytest.fixture()
def reads(monkeypatch):
    """The installations whose repositories were read. Nothing is sent."""
    counted = Counter()

    def read(_client, installation, _state):
        counted[installation["id"]] += 1
        login = installation["account"]["login"]
        return Access(installation["id"], "selected", login, login, [Repository(1, f"{login}/code")], True)

    monkeypatch.setattr(document, "find_misplaced", lambda *_arguments: [])  # takes most of the time
    monkeypatch.setattr(convergence, "list_app_installations", lambda _client, _options: INSTALLATIONS)
    monkeypatch.setattr(convergence, "get_app", lambda _client: {"html_url": "https://github.com/apps/sliced"})
    monkeypatch.setattr(steps, "read_installation", read)
    return counted


def run(installation_ids):
    client = Client(Transport(Server()), Credentials())
    plan = Convergence(client, {**OPTIONS, "installation_ids": installation_ids}, True)
    return plan.result(True)["report"]


def test_each_installation_is_processed_by_one_slice(reads):
    whole = run(None)
    assert len(reads) == sum(reads.values()) == sum(int(login[4:]) < NUMBER for login in LISTED)
    reads.clear()
    ids = [item["id"] for item in INSTALLATIONS]
    random.Random(20).shuffle(ids)
    reports = [run(ids[first::SLICES]) for first in range(SLICES)]
    assert set(reads.values()) == {1}
    merged = merge_reports(reports)
    assert len(merged["accounts"]) == len(LISTED)
    assert len(merged["unlisted"]) == NUMBER // 7 + 1
    assert sorted(merged["changes"]) == sorted(whole["changes"])
    assert len(merged["findings"]) == len(whole["findings"]) == len(LISTED) - len(reads)
    assert sorted(merged["findings"]) == sorted(whole["findings"])
    assert [bool(report["findings"]) for report in reports].count(True) == 1
