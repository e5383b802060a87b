# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest

from ansible_collections.hubops.github_apps.plugins.module_utils import _module
from ansible_collections.hubops.github_apps.plugins.module_utils._access import estimate, steps
from ansible_collections.hubops.github_apps.plugins.module_utils._base import progress
from ansible_collections.hubops.github_apps.plugins.module_utils._files import private_files
from ansible_collections.hubops.github_apps.plugins.module_utils._resources import installation_repositories
from ansible_collections.hubops.github_apps.plugins.modules import github_app_access as module
from github_standin import Fault, limits
from github_standin.state import Account, Installation

ADMIN = "standin-pat-classic-admin"
GRANTED = {"administration": "read", "contents": "write", "issues": "write", "pull_requests": "read"}
OCTO = {"organization": "octo-org", "suspended": False, "repositories": ["hello-world", "linguist"]}
DOCUMENT = [
    {**OCTO, "permissions": GRANTED},
    {"organization": "acme", "repositories": ["anvil"], "repositories_state": "present"},
    {"user": "octocat", "repositories": ["dotfiles"]},
]
EVERY_SERVER = pytest.mark.parametrize("standin", ["2.20", "3.19", "cloud"], indirect=True)


@pytest.fixture()
def converge(run_module, options):
    """Run the module with a document."""

    def run(accounts=None, check_mode=False, **more):
        document = DOCUMENT if accounts is None else accounts
        return run_module(module, {**options, "token": ADMIN, "accounts": document, **more}, check_mode)

    return run


def repositories_of(standin, account):
    with standin.service.lock:
        state = standin.service.state
        installation = next(
            item
            for item in state.installations.values()
            if item.account.login == account and item.app.slug == "hubops-demo"
        )
        return sorted(state.repositories[number].name for number in installation.repository_ids)


@EVERY_SERVER
def test_check_mode_agrees_with_the_run_and_the_next_run_changes_nothing(converge, writes, requests_made):
    foreseen = converge(check_mode=True)
    assert writes() == []
    done = converge()
    assert foreseen["changed"] is done["changed"] is True
    assert foreseen["diff"] == done["diff"]
    assert foreseen["report"]["changes"] == done["report"]["changes"]
    assert done["report"]["changes"] == ["octo-org: add octo-org/linguist", "octo-org: remove octo-org/spoon-knife"]
    assert foreseen["summary"][0].endswith("(check mode: nothing was changed)")
    (diff,) = done["diff"]
    assert diff["before"] == "octo-org/hello-world\nocto-org/spoon-knife\n"
    assert diff["after"] == "octo-org/hello-world\nocto-org/linguist\n"
    assert diff["before_header"].startswith("octo-org (installation 2001 on 127.0.0.1:")
    requests_made()
    again = converge()
    assert (again["changed"], again["diff"]) == (False, [])
    assert "- octo-org (installation 2001): matches the access document" in again["summary"]


def test_only_what_an_entry_needs_is_requested(converge, requests_made):
    requests_made()
    converge([{"organization": "octo-org", "suspended": False}])
    assert requests_made() == ["GET /app/installations"]
    converge([{"organization": "octo-org", "permissions": GRANTED}])
    assert requests_made() == ["GET /app/installations", "GET /app"]
    converge([{**OCTO, "repositories_state": "present", "repositories": ["hello-world"]}])
    token = "POST /app/installations/2001/access_tokens"
    assert requests_made() == ["GET /app/installations", token, "GET /installation/repositories"]


SELECTED = {"organization": "octo-org", "repositories": ["*-world", "l*"], "repository_topics": ["octocat"]}


@EVERY_SERVER
def test_patterns_and_topics(converge, standin):
    foreseen = converge([SELECTED], check_mode=True)
    done = converge([SELECTED])
    assert foreseen["report"]["changes"] == done["report"]["changes"]
    (account,) = done["report"]["accounts"]
    assert account["matched"] == {
        "*-world": ["octo-org/hello-world"],
        "l*": ["octo-org/linguist"],
        "octocat": ["octo-org/hello-world"],
    }
    assert account["repositories"] == ["*-world", "l*"]
    assert "  - note: l* selects octo-org/linguist." in foreseen["summary"]
    assert account["notes"] == []
    assert repositories_of(standin, "octo-org") == ["hello-world", "linguist"]
    assert converge([SELECTED])["changed"] is False


def test_a_pattern_without_a_match(converge):
    entry = {**SELECTED, "repositories": ["nothing-*", "hello-world"]}
    (failure,) = converge([entry])["report"]["failures"]
    assert failure.startswith("octo-org: No repository of octo-org matches 'nothing-*'.")
    result = converge([{**entry, "allow_no_match": True}], check_mode=True)
    assert "  - note: nothing-* selects no repository." in result["summary"]
    assert result["report"]["changes"] == ["octo-org: remove octo-org/spoon-knife"]


def test_check_mode_asks_for_rights_with_one_listing(converge, requests_made):
    requests_made()
    converge(
        [{"organization": "big-org", "repositories": [f"service-{number:03}" for number in range(1, 100)]}],
        check_mode=True,
    )
    assert requests_made() == [
        "GET /app/installations",
        "POST /app/installations/2004/access_tokens",
        *["GET /installation/repositories"] * 2,
        *["GET /orgs/big-org/repos"] * 3,
    ]


def test_an_account_that_fails_does_not_affect_the_others(converge, standin):
    accounts = [
        {"user": "octocat", "repositories": ["no-such-repository"]},
        {"organization": "nobody", "suspended": True},
        OCTO,
    ]
    result = converge(accounts)
    assert (result["failed"], result["changed"], result["cause"]) == (True, True, "unmet")
    lines = result["msg"].splitlines()
    assert lines[0] == "The installations do not match the access document."
    assert any("octocat: " in line and "octocat/no-such-repository" in line for line in lines)
    assert any("nobody: The app is not installed on this account." in line for line in lines)
    assert result["report"]["changes"] == ["octo-org: add octo-org/linguist", "octo-org: remove octo-org/spoon-knife"]
    assert repositories_of(standin, "octo-org") == ["hello-world", "linguist"]


def test_accounts_with_the_same_problem_share_a_line(converge):
    document = [{"organization": name, "repositories": [f"{name}-new"]} for name in ALL[:4]]
    result = converge(document, token="")
    lines = result["msg"].splitlines()[1:]
    assert len(lines) == 3
    assert lines[0].startswith("- octo-org, big-org: GitHub does not allow an app to change its own repository")
    accounts = [{"organization": f"nobody-{number}", "suspended": True} for number in range(60)]
    lines = converge(accounts)["msg"].splitlines()[1:]
    assert (len(lines), lines[-1]) == (51, "- The report contains 10 more problems.")


def test_findings_alone_need_not_fail(converge):
    accounts = [{"organization": "nobody", "suspended": True}]
    assert converge(accounts)["failed"] is True
    result = converge(accounts, fail_on_findings=False)
    assert not result.get("failed")
    assert len(result["report"]["findings"]) == 1


def test_an_installation_is_unsuspended_before_its_repositories_are_read(converge):
    converge([{"organization": "octo-org", "suspended": True}])
    noted = converge([{"organization": "octo-org", "repositories": ["linguist"]}])["report"]["accounts"][0]
    assert (len(noted["notes"]), noted["changes"], noted["findings"]) == (1, [], [])
    foreseen = converge([OCTO], check_mode=True)
    assert foreseen["report"]["changes"] == ["octo-org: unsuspend"]
    assert len(foreseen["report"]["accounts"][0]["notes"]) == 1
    done = converge([OCTO])
    changes = ["unsuspend", "add octo-org/linguist", "remove octo-org/spoon-knife"]
    assert done["report"]["accounts"][0]["changes"] == changes
    assert [diff["before"] for diff in done["diff"]] == [
        "suspended: true\n",
        "octo-org/hello-world\nocto-org/spoon-knife\n",
    ]
    assert done["report"]["accounts"][0]["notes"] == []


@pytest.mark.parametrize("standin", ["2.21"], indirect=True)
def test_a_server_that_cannot_suspend(converge):
    result = converge([{"organization": "acme", "suspended": True}, {"user": "octocat", "suspended": False}])
    assert "acme: GitHub Enterprise Server 2.21 does not" in result["msg"]
    assert result["changed"] is False


def test_an_enterprise_whose_slug_is_a_login_in_the_document(converge, standin):
    app, enterprise = standin.state.apps[1001], Account(302, "octo-org", "Enterprise")
    standin.state.installations[2302] = Installation(2302, app, enterprise, "selected", set(), {})
    report = converge([OCTO], check_mode=True)["report"]
    assert report["changes"] == ["octo-org: add octo-org/linguist", "octo-org: remove octo-org/spoon-knife"]
    assert ("octo-org", "enterprise") in [(entry["account"], entry["kind"]) for entry in report["unlisted"]]


def test_unlisted_installations_are_suspended_only_if_that_is_wanted(converge):
    document = [{"organization": name, "suspended": False} for name in ("octo-org", "acme", "big-org", "limited-org")]
    assert converge(document)["changed"] is False
    reported = converge(document, unlisted="finding", fail_on_findings=False)["report"]
    assert [entry["account"] for entry in reported["unlisted"]] == ["octocat", "suspended-org"]
    assert converge(document, unlisted="suspend")["report"]["changes"] == ["octocat: suspend"]
    assert converge(document, unlisted="ignore")["report"]["unlisted"] == []


def test_a_single_installation(converge, requests_made):
    requests_made()
    result = converge(installation_id=2001)
    assert requests_made()[0] == "GET /app/installations/2001"
    assert [entry["account"] for entry in result["report"]["accounts"]] == ["octo-org"]
    assert result["report"]["unlisted"] == []
    other = converge(installation_id=2003, unlisted="suspend", accounts=DOCUMENT[:2])
    assert (other["report"]["accounts"], len(other["report"]["unlisted"])) == ([], 1)


EVERYONE = range(2001, 2007)  # IDs of installations


@pytest.mark.parametrize("number", range(1, 8))
def test_slices_process_each_account_once(converge, requests_made, number):
    """The hosts of each slice are every n-th one, as AWX divides an inventory."""
    document = [
        *DOCUMENT,
        {"organization": "nobody", "suspended": True},
        {"organization": "elsewhere", "suspended": True},
    ]
    requests_made()
    whole = converge(document, check_mode=True, unlisted="suspend")["report"]
    all_requests = requests_made()
    slices = [
        converge(document, check_mode=True, unlisted="suspend", installation_ids=list(EVERYONE[n::number]))
        for n in range(number)
    ]
    for key in ("accounts", "unlisted"):
        found = [entry for one in slices for entry in one["report"][key]]
        assert sorted(found, key=lambda entry: entry["account"]) == sorted(
            whole[key], key=lambda entry: entry["account"]
        )
    assert {entry["account"] for entry in whole["unlisted"]} == {"big-org", "limited-org", "suspended-org"}
    common = ("GET /app/installations", "GET /app")
    assert sorted(line for line in requests_made() if line not in common) == sorted(
        line for line in all_requests if line not in common
    )


def test_an_empty_slice_processes_nothing(converge, requests_made):
    requests_made()
    report = converge(installation_ids=[], unlisted="suspend")["report"]
    assert (report["accounts"], report["unlisted"]) == ([], [])
    assert requests_made() == ["GET /app/installations"]


def test_a_document_with_errors_makes_no_request(converge, requests_made):
    requests_made()
    result = converge([OCTO, {"organization": "OCTO-ORG", "suspended": True}, {"user": "a"}])
    assert result["msg"].splitlines()[0] == "Nothing was changed because the access document has errors."
    assert len(result["msg"].splitlines()) == 3
    assert (result["cause"], requests_made()) == ("option", [])
    assert "set organization, organizations, user or installation_id" in converge([{"suspended": True}])["msg"]
    assert "at least one entry" in converge([])["msg"]


def test_the_report_file_lists_what_was_done_before_an_interrupt(converge, tmp_path, monkeypatch):
    path = tmp_path / "report.md"
    accounts = [{"organization": name, "suspended": True} for name in ("octo-org", "acme", "big-org")]
    suspend = steps.suspend_installation

    def interrupted(client, installation_id, suspended):
        if installation_id == 2004:
            raise KeyboardInterrupt
        suspend(client, installation_id, suspended)

    monkeypatch.setattr(steps, "suspend_installation", interrupted)
    with pytest.raises(KeyboardInterrupt):
        converge(accounts, report_path=str(path))
    text = path.read_text()
    assert text.count("done: suspend") == 2
    monkeypatch.undo()
    result = converge(accounts, report_path=str(path))
    assert result["report"]["changes"] == ["big-org: suspend"]
    assert path.read_text().count("done: suspend") == 1
    assert oct(path.stat().st_mode & 0o777) == "0o640"
    assert list(tmp_path.iterdir()) == [path]


def test_empty_values_in_an_entry_are_unset(converge):
    empty = {"state": None, "user": "", "repository_selection": "", "repositories": None, "allow_no_match": ""}
    accepted = {"finding": "write", "reason": "", "until": "2027-06-30"}
    assert converge([{"organization": "octo-org", "suspended": False, **empty}]) == converge(
        [{"organization": "octo-org", "suspended": False}]
    )
    result = converge([{"organization": "octo-org", "suspended": "", "accepted_findings": [accepted]}])
    assert "missing required arguments: reason" in result["msg"]


def test_a_report_that_cannot_be_written_changes_nothing(converge, tmp_path, requests_made):
    requests_made()
    result = converge(report_path=str(tmp_path / "missing/report.md"))
    assert "report_path" in result["msg"]
    assert requests_made() == []


@pytest.mark.parametrize("fails_until", [1, 3, 9])
def test_all_changes_are_made_and_reported_if_the_disk_fills_up(converge, tmp_path, monkeypatch, fails_until):
    writes = []

    def full(descriptor, content, fill=private_files.fill):
        writes.append(content)
        if 2 < len(writes) <= 2 + fails_until:  # the first report has two: the reserved space and the text
            raise OSError(28, "No space left on device")
        fill(descriptor, content)

    monkeypatch.setattr(private_files, "fill", full)
    accounts = [{"organization": name, "suspended": True} for name in ("octo-org", "acme", "big-org")]
    result = converge(accounts, report_path=str(tmp_path / "report.md"))
    assert len(result["report"]["changes"]) == 3
    assert result["changed"] is True
    assert bool(result.get("failed")) is (fails_until > 3)
    if result.get("failed"):
        assert "No space left on device. Everything else was done." in result["msg"]
    else:
        assert (tmp_path / "report.md").read_text().count("done: suspend") == 3
    result = converge([{"user": "nobody", "suspended": True}], report_path=str(tmp_path / "report.md"))
    assert result["failed"]
    assert ("No space left" in result["msg"]) is (fails_until == 9)


ALL = ("octo-org", "acme", "big-org", "limited-org", "octocat")


def test_after_five_accounts_without_a_response_no_other_is_tried(converge, standin, requests_made, monkeypatch):
    requests_made()
    standin.inject(Fault(path="/suspended$", method="PUT", end="drop", times=100))
    accounts = [{"user" if name == "octocat" else "organization": name, "suspended": True} for name in ALL]
    monkeypatch.setattr(installation_repositories, "MOST_FAILURES", 3)
    result = converge(accounts)
    assert len([line for line in requests_made() if line.startswith("PUT")]) == 3
    assert [line.partition(": ")[0] for line in result["report"]["failures"]] == list(ALL)
    assert "Not processed, because 3 installations in a row failed: " in result["report"]["failures"][3]


def test_an_account_whose_response_is_unusable_does_not_affect_the_others(converge, standin):
    standin.inject(Fault(path="/200[12]/suspended$", method="PUT", end="drop", times=100))
    result = converge([{"organization": name, "suspended": True} for name in ALL[:4]])
    assert result["report"]["changes"] == ["big-org: suspend", "limited-org: suspend"]
    assert len(result["report"]["failures"]) == 2


def test_a_change_that_fails_halfway_is_in_the_report_and_in_the_diff(converge, standin):
    standin.inject(Fault(path="/repositories/", method="DELETE", status=403, body={"message": "Forbidden"}))
    result = converge([OCTO])
    assert result["report"]["changes"] == ["octo-org: add octo-org/linguist"]
    (diff,) = result["diff"]
    assert diff["after"] == "octo-org/hello-world\nocto-org/linguist\nocto-org/spoon-knife\n"
    assert repositories_of(standin, "octo-org") == ["hello-world", "linguist", "spoon-knife"]


def test_an_installation_can_be_selected_by_its_id(converge):
    entry = {"installation_id": 2001, "repositories": ["hello-world", "octo-org/linguist"]}
    result = converge([entry], check_mode=True, fail_on_findings=False)
    (account,) = result["report"]["accounts"]
    assert (account["account"], account["kind"]) == ("octo-org", "organization")
    assert account["changes"] == ["add octo-org/linguist", "remove octo-org/spoon-knife"]
    assert "octo-org" not in [other["account"] for other in result["report"]["unlisted"]]
    missing = converge([{**entry, "installation_id": 9}])["report"]["findings"]
    assert missing[0].startswith("installation 9: The app does not have this installation.")
    other = converge([{**entry, "repositories": ["acme/anvil"]}])["report"]["failures"]
    assert other == [
        "octo-org: repositories: 'acme/anvil' does not belong to octo-org. An installation can only access repositories of"
        " its own account."
    ]


def test_an_installation_has_one_entry(converge, writes):
    result = converge([{"organization": "octo-org", "suspended": True}, {"installation_id": 2001, "suspended": False}])
    assert "- installation_id 2001 and organization octo-org are the same installation. Merge the two" in result["msg"]
    assert writes() == []


def test_a_long_run_is_announced(converge, tmp_path, monkeypatch):
    monkeypatch.setattr(estimate, "LONG", 0)
    monkeypatch.setattr(progress, "INTERVAL", 0)
    path = tmp_path / "progress"
    converge(**{progress.PROGRESS_PATH: str(path)}, check_mode=True)
    first, *others = path.read_text().splitlines()
    assert re.fullmatch(
        r"Reading the repositories of 2 installations takes at least 4 requests and about \d+ s\.", first
    )
    counts = [f"{number} of 2 accounts {what}" for what in ("read", "processed") for number in (1, 2)]
    assert others == counts


def test_a_user_with_too_few_requests_is_announced(converge, monkeypatch):
    said = []
    monkeypatch.setattr(_module.GitHubAppsModule, "warn", lambda _self, text: said.append(text))
    monkeypatch.setattr(limits, "limit_of", lambda *arguments: 2)
    converge([OCTO])
    assert len(said) == 1
    assert said[0].startswith("The changes require 2 requests, but the owner of token has only 1 request left on 127.")
    converge([OCTO])
    assert len(said) == 1


@pytest.mark.parametrize("name, value", [("read_concurrency", 0), ("read_concurrency", 11), ("concurrency", 99)])
def test_limits(converge, name, value):
    assert f"{name} " in converge(**{name: value})["msg"]


def test_hostile_names_stay_on_their_line(converge, tmp_path):
    path = tmp_path / "report.md"
    result = converge([{"user": "nobody\n- **done**", "suspended": True}], report_path=str(path))
    assert result["failed"] is True
    assert "\n- **done**" not in path.read_text()
