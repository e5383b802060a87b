# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import datetime
import re
from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible.plugins.loader import fragment_loader
from ansible.utils.plugin_docs import get_docstring

from ansible_collections.hubops.github_apps.plugins.filter import app_audit as module
from ansible_collections.hubops.github_apps.plugins.module_utils._access.document import FINDINGS
from ansible_collections.hubops.github_apps.plugins.plugin_utils._reports.audit import KINDS, SEVERITIES

ROOT = Path(__file__).parents[4]
APP = {
    "id": 1001,
    "slug": "hubops-demo",
    "name": "Hubops Demo",
    "owner": {"login": "octo-org"},
    "html_url": "https://github.com/apps/hubops-demo",
    "permissions": {"contents": "read", "metadata": "read"},
    "events": ["push"],
}


def installation(number=42, **changes):
    """An installation without a finding."""
    return {
        "id": number,
        "account": {"login": f"org-{number}", "type": "Organization"},
        "target_type": "Organization",
        "html_url": f"https://github.com/organizations/org-{number}/settings/installations/{number}",
        "repository_selection": "selected",
        "permissions": {"contents": "read", "metadata": "read"},
        "permission_drift": {},
        "events": ["push"],
        "suspended_at": None,
        "suspended_by": None,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-10-01T00:00:00Z",
        **changes,
    }


def audit(*installations, app=None, date="2026-11-01", **options):
    return module.FilterModule().filters()["app_audit"](list(installations), app or APP, date=date, **options)


def findings_of(report):
    (entry,) = report["installations"]
    return {finding["kind"]: finding["details"] for finding in entry["findings"]}


def test_an_installation_that_is_as_it_should_be():
    report = audit(installation())
    assert findings_of(report) == {}
    assert report["findings"] == []
    assert report["states"] == {"current": 1, "drift": 0, "suspended": 0}
    assert report["summary"] == ["Hubops Demo (app 1001) has 1 installation: 0 new findings."]
    assert report["changes"] is None


@pytest.mark.parametrize(
    "changes, expected",
    [
        (
            {"permissions": {"contents": "write"}},
            {"write": ["contents"], "surplus": ["contents: granted write, requested read"]},
        ),
        (
            {"permissions": {"pages": "read"}},
            {"surplus": ["pages: granted read, requested none"]},
        ),
        (
            {"permission_drift": {"issues": {"app": "write", "installation": None}}},
            {"drift": ["issues: granted none, requested write"]},
        ),
        ({"repository_selection": "all"}, {"all_repositories": []}),
        ({"events": []}, {"events": ["missing push"]}),
        ({"events": ["issues", "push"]}, {"events": ["surplus issues"]}),
        ({"events": [], "target_type": "User"}, {}),
        ({"events": None}, {}),
        (
            {"suspended_at": "2026-02-03T00:00:00Z", "suspended_by": {"login": "octo-admin"}},
            {"suspended": ["by octo-admin on 2026-02-03"]},
        ),
        ({"suspended_at": "2026-02-03T00:00:00Z"}, {"suspended": ["by an unknown user on 2026-02-03"]}),
        ({"updated_at": "2025-11-01T00:00:00Z"}, {}),
        ({"updated_at": "2025-10-31T23:00:00Z"}, {"stale": ["for 366 days"]}),
        ({"updated_at": None}, {}),
        ({"updated_at": "once upon a time"}, {}),
    ],
)
def test_findings(changes, expected):
    assert findings_of(audit(installation(**changes))) == expected


@pytest.mark.parametrize(
    "name, level", [("organization_projects", "admin"), ("administration", "write"), ("workflows", "write")]
)
def test_control_over_access_is_no_plain_write_access(name, level):
    app = {**APP, "permissions": {name: level}}
    assert findings_of(audit(installation(permissions={name: level}), app=app)) == {"admin": [f"{name}: {level}"]}


def test_findings_that_are_not_wanted_are_none():
    item = installation(repository_selection="all", updated_at="2020-01-01T00:00:00Z")
    assert findings_of(audit(item, findings=["stale"])) == {"stale": ["for 2496 days"]}
    assert findings_of(audit(item, findings=[])) == {}
    assert "stale" not in findings_of(audit(item, stale_days=0))


def test_repositories_are_counted_where_they_can_be():
    suspended = installation(3, suspended_at="2026-02-03T00:00:00Z")
    failed = installation(2, failure={"message": "GitHub is down.", "cause": "connection"})
    report = audit(installation(1, repository_count=2), failed, suspended, installation(4))
    told = {entry["id"]: (entry["repositories"], entry["repositories_reason"]) for entry in report["installations"]}
    assert told == {
        1: (2, None),
        2: (None, "GitHub is down."),
        3: (None, "cannot be listed while suspended"),
        4: (None, "not counted"),
    }
    assert (report["totals"]["repositories"], report["totals"]["counted"]) == (2, 1)
    (unknown,) = [finding for finding in report["findings"] if finding["kind"] == "unknown"]
    assert (unknown["accounts"], unknown["count"]) == (["org-2"], 1)


def test_the_most_severe_findings_come_first():
    high = installation(1, permissions={"secrets": "write"})
    medium = installation(2, repository_selection="all")
    low = installation(3, events=[])
    report = audit(installation(4), low, medium, high)
    assert [entry["id"] for entry in report["installations"]] == [1, 2, 3, 4]
    assert [finding["kind"] for finding in report["findings"]] == ["admin", "surplus", "all_repositories", "events"]
    assert report["summary"][1] == "Control over access (high): 1"
    severities = [kind.severity for kind in KINDS.values()]
    assert severities == sorted(severities, key=SEVERITIES.index)


def test_kinds_of_accounts():
    enterprise = installation(2, account={"slug": "big", "name": "Big"}, target_type="Enterprise")
    gone = installation(3, account=None, target_type=None, html_url="javascript:alert(1)")
    user = installation(4, account={"login": "octocat", "type": "User"}, target_type=None, repository_selection="all")
    report = audit(installation(1), enterprise, gone, user)
    told = {entry["id"]: (entry["account"], entry["account_type"]) for entry in report["installations"]}
    assert told == {1: ("org-1", "Organization"), 2: ("big", "Enterprise"), 3: (None, None), 4: ("octocat", "User")}
    totals = report["totals"]
    assert (totals["organizations"], totals["users"], totals["others"]) == (1, 1, 2)
    assert [entry["html_url"] for entry in report["installations"] if entry["id"] == 3] == [None]


def test_states_count_each_installation_once():
    drift = {"issues": {"app": "read", "installation": None}}
    suspended = installation(3, suspended_at="2026-02-03T00:00:00Z", permission_drift=drift)
    report = audit(installation(1, events=[]), installation(2, permission_drift=drift), suspended)
    assert report["states"] == {"current": 1, "drift": 1, "suspended": 1}
    assert (report["totals"]["drift"], report["totals"]["suspended"]) == (2, 1)


def test_permissions_are_counted_by_level():
    report = audit(installation(1), installation(2, permissions={"contents": "write", "pages": "admin"}))
    assert report["permissions"] == [
        {"name": "pages", "app": None, "read": 0, "write": 0, "admin": 1},
        {"name": "contents", "app": "read", "read": 1, "write": 1, "admin": 0},
        {"name": "metadata", "app": "read", "read": 1, "write": 0, "admin": 0},
    ]


@pytest.mark.parametrize(
    "updated_at, name",
    [
        ("2026-11-01T00:00:00Z", "up to 30 days"),
        ("2026-10-02T00:00:00Z", "up to 30 days"),
        ("2026-10-01T00:00:00Z", "31 to 90 days"),
        ("2025-11-01T00:00:00Z", "181 to 365 days"),
        ("2025-10-31T00:00:00Z", "more than 365 days"),
        (None, "unknown"),
    ],
)
def test_ages(updated_at, name):
    ages = {age["name"]: age["count"] for age in audit(installation(updated_at=updated_at))["ages"]}
    assert ages[name] == 1
    assert sum(ages.values()) == 1
    assert ("unknown" in ages) is (updated_at is None)


def test_what_changed_since_an_earlier_report():
    renamed = installation(2, account={"login": "org-2-renamed", "type": "Organization"})
    two = installation(1, repository_count=2)
    before = audit(two, installation(2, repository_count=1), installation(3), date="2026-10-30")
    frozen = copy.deepcopy(before)
    more = {"contents": "write", "issues": "read"}
    changed = installation(1, permissions=more, repository_selection="all", suspended_at="2026-10-31T00:00:00Z")
    after = audit(changed, renamed, installation(4), baseline=before)
    assert after["changes"] == {
        "since": "2026-10-30",
        "installed": [{"id": 4, "account": "org-4"}],
        "removed": [{"id": 3, "account": "org-3"}],
        "changed": [
            {
                "id": 1,
                "account": "org-1",
                "details": [
                    "contents changed from read to write",
                    "issues changed from none to read",
                    "metadata changed from read to none",
                    "repository selection changed from selected to all",
                    "suspended",
                ],
            },
            {"id": 2, "account": "org-2-renamed", "details": ["account changed from org-2 to org-2-renamed"]},
        ],
    }
    assert before == frozen
    one = installation(1, repository_count=1)
    back = audit(one, baseline={**after, "installations": after["installations"][:1]})
    assert back["changes"]["changed"][0]["details"][-1] == "unsuspended"
    again = audit(one, baseline=before)
    assert [entry["details"] for entry in again["changes"]["changed"]] == [
        ["number of repositories changed from 2 to 1"]
    ]


@pytest.mark.parametrize(
    "options, message",
    [
        (
            {"date": "yesterday"},
            "date must be in the format YYYY-MM-DD, for example 2026-01-31, or YYYY-MM-DDTHH:MM:SSZ",
        ),
        ({"findings": ["stale", "leak"]}, "findings does not support leak. Supported values: admin, surplus,"),
        ({"baseline": {"installations": [{}]}}, "baseline must be a report that app_audit returned earlier."),
        ({"baseline": ["x"]}, "baseline must be a report that app_audit returned earlier."),
        ({"date": "2026-1-1"}, "date must be in the format YYYY-MM-DD"),
        ({"date": "2026-01-01T25:00:00Z"}, "or YYYY-MM-DDTHH:MM:SSZ, not '2026-01-01T25:00:00Z'."),
    ],
)
def test_bad_input(options, message):
    with pytest.raises(AnsibleFilterError) as raised:
        audit(installation(), **options)
    assert message in str(raised.value)


def test_an_app_of_an_enterprise_on_nothing():
    report = audit(app={"id": 7, "slug": "made", "owner": {"slug": "big"}})
    assert report["app"]["owner"] == "big"
    assert report["summary"] == ["made (app 7) has 0 installations: 0 new findings."]


def test_documentation_lists_every_kind():
    options = get_docstring(
        module.__file__, fragment_loader, collection_name="hubops.github_apps", plugin_type="filter"
    )[0]["options"]
    role = yaml.safe_load((ROOT / "roles/app_audit/meta/argument_specs.yml").read_text(encoding="utf-8"))
    variables = role["argument_specs"]["main"]["options"]
    for kinds in (
        options["findings"]["choices"],
        options["accepted"]["suboptions"]["finding"]["choices"],
        variables["app_audit_findings"]["choices"],
        variables["app_audit_findings"]["default"],
        variables["app_audit_accepted"]["options"]["finding"]["choices"],
    ):
        assert kinds == list(KINDS) == list(FINDINGS)
    readme = (ROOT / "roles/app_audit/README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \| (high|medium|low) \|", readme, re.MULTILINE) == [
        (name, kind.severity) for name, kind in KINDS.items()
    ]


def test_server_and_time():
    report = audit(installation(), date="2026-11-01T12:34:56Z", server="https://ghe.example.com")
    told = [report[key] for key in ("date", "read_at", "server")]
    assert told == ["2026-11-01", "2026-11-01T12:34:56Z", "https://ghe.example.com"]
    report = audit(installation(), server="javascript:alert(1)")
    assert [report[key] for key in ("date", "read_at", "server")] == ["2026-11-01", None, None]


def test_every_finding_has_a_remedy():
    report = audit(installation(permissions={"secrets": "write"}, repository_selection="all", events=[]))
    assert [finding["remedy"] for finding in report["findings"]] == [
        KINDS[kind].remedy for kind in ("admin", "surplus", "all_repositories", "events")
    ]
    assert all(kind.remedy.endswith(".") for kind in KINDS.values())


def acceptance(**changes):
    return {
        "account": "org-1",
        "finding": "all_repositories",
        "reason": "It scans everything.",
        "until": "2026-12-31",
        **changes,
    }


def of_one_and_two(*accepted, **options):
    """The report on two installations on all repositories, one of which also writes."""
    app = {**APP, "permissions": {"contents": "write"}}
    one = installation(1, repository_selection="all", permissions={"contents": "write"})
    two = installation(2, repository_selection="all", permissions={"contents": "read"})
    return audit(one, two, app=app, accepted=list(accepted), **options)


@pytest.mark.parametrize("account", ["org-1", "ORG-1", " org-1 "])
def test_an_accepted_finding_is_not_new(account):
    report = of_one_and_two(acceptance(account=account))
    assert report["summary"] == [
        "Hubops Demo (app 1001) has 2 installations: 2 new findings, 1 accepted.",
        "Write access (medium): 1",
        "All repositories (medium): 1, 1 accepted",
    ]
    assert [(finding["kind"], finding["accounts"]) for finding in report["findings"]] == [
        ("write", ["org-1"]),
        ("all_repositories", ["org-2"]),
    ]
    totals = report["totals"]
    assert [totals[key] for key in ("with_findings", "new_findings", "accepted_findings")] == [2, 2, 1]
    details = {"reason": "It scans everything.", "until": "2026-12-31", "state": "accepted"}
    identity = {"account": account.strip(), "finding": "all_repositories", "title": "All repositories"}
    assert report["acceptances"] == [{**identity, **details}]
    accepted = {
        (entry["account"], finding["kind"]): finding["acceptance"]
        for entry in report["installations"]
        for finding in entry["findings"]
    }
    assert accepted == {
        ("org-1", "write"): None,
        ("org-1", "all_repositories"): {**details, "note": "accepted until 2026-12-31"},
        ("org-2", "all_repositories"): None,
    }


def test_a_kind_of_which_all_findings_are_accepted_is_no_finding():
    report = of_one_and_two(acceptance(), acceptance(account="org-2"), findings=["all_repositories"])
    assert report["findings"] == []
    assert report["summary"] == ["Hubops Demo (app 1001) has 2 installations: 0 new findings, 2 accepted."]
    assert report["totals"]["with_findings"] == 0


@pytest.mark.parametrize("until, state", [("2026-11-01", "accepted"), ("2026-10-31", "expired")])
def test_an_acceptance_ends_after_its_last_day(until, state):
    report = of_one_and_two(acceptance(until=until))
    assert [item["state"] for item in report["acceptances"]] == [state]
    assert report["totals"]["new_findings"] == (2 if state == "accepted" else 3)
    told = "The acceptance of all_repositories for org-1 expired on 2026-10-31."
    assert (told in report["summary"]) is (state == "expired")
    (finding,) = [entry["findings"][1] for entry in report["installations"] if entry["id"] == 1]
    note = {"accepted": "accepted until 2026-11-01", "expired": "acceptance expired on 2026-10-31"}
    assert finding["acceptance"]["note"] == note[state]


@pytest.mark.parametrize("until", ["2026-12-31", "2026-10-31"])
@pytest.mark.parametrize("changes", [{"account": "org-3"}, {"finding": "stale"}, {"finding": "unknown"}])
def test_an_acceptance_that_matches_nothing_is_unused(changes, until):
    entry = acceptance(until=until, **changes)
    report = of_one_and_two(entry)
    assert [item["state"] for item in report["acceptances"]] == ["unused"]
    assert report["totals"]["accepted_findings"] == 0
    told = f"The acceptance of {entry['finding']} for {entry['account']} matches no finding. Remove it."
    assert report["summary"][-1] == told
    assert of_one_and_two(entry, findings=[kind for kind in KINDS if kind != entry["finding"]])["acceptances"] == []


def test_a_deleted_account_is_accepted_by_its_installation():
    gone = installation(3, account=None, repository_selection="all")
    report = audit(gone, accepted=[acceptance(account="installation 3", until=datetime.date(2026, 12, 31))])
    assert report["totals"]["accepted_findings"] == 1


def test_accepted_findings_do_not_come_first():
    high = installation(1, permissions={"secrets": "write"})
    medium = installation(2, repository_selection="all")
    accepted = [acceptance(finding=kind) for kind in ("admin", "surplus")]
    report = audit(medium, high, accepted=accepted)
    assert [entry["id"] for entry in report["installations"]] == [2, 1]


KEYS = "account, finding, reason, until"


@pytest.mark.parametrize(
    "entry, message",
    [
        ("acme", f"accepted: entry 2: Must be a dictionary with the keys {KEYS}, not 'acme'."),
        ({}, f"accepted: entry 2: account is missing. Required keys: {KEYS}."),
        (acceptance(reason=" "), "entry 2 ('org-1', 'all_repositories'): reason is missing."),
        (acceptance(until=None), "entry 2 ('org-1', 'all_repositories'): until is missing."),
        (acceptance(kind="drift"), f"Unknown key 'kind'. Supported keys: {KEYS}."),
        (acceptance(finding="leak"), "finding must be one of admin, surplus, write, all_repositories, drift, unknown,"),
        (acceptance(finding=["drift"]), ", events, suspended, stale, request, not ['drift']."),
        (
            acceptance(until="soon"),
            "until must be a date in the format YYYY-MM-DD, for example 2027-01-31, not 'soon'.",
        ),
        (acceptance(until="2026-02-30"), "not '2026-02-30'."),
        (acceptance(account="ORG-2"), "Entry 1 is for the same account and finding. Remove one entry."),
    ],
)
def test_wrong_acceptances(entry, message):
    """Each wrong entry has one message."""
    with pytest.raises(AnsibleFilterError) as raised:
        audit(accepted=[acceptance(account="org-2"), entry, acceptance(until="never")])
    first, second = str(raised.value).splitlines()
    assert message in first
    assert "accepted: entry 3 ('org-1', 'all_repositories'): until must be a date" in second


def test_acceptances_must_be_a_list():
    with pytest.raises(AnsibleFilterError, match="accepted must be a list of dictionaries, not "):
        audit(accepted=acceptance())


def test_a_secret_in_an_acceptance_is_not_shown():
    with pytest.raises(AnsibleFilterError) as raised:
        audit(accepted=[acceptance(until="ghs_" + "A1b2" * 9)])
    assert "A1b2" not in str(raised.value)


def request(number=7, **changes):
    return {
        "id": number,
        "account": {"login": f"org-{number}", "type": "Organization"},
        "requester": {"login": "monalisa"},
        "created_at": "2026-10-30T12:00:00Z",
        "review_url": f"https://github.com/organizations/org-{number}/settings/installations",
        **changes,
    }


def test_a_pending_request_is_a_finding():
    report = audit(installation(), requests=[request(8), request(7)])
    assert report["totals"]["new_findings"] == report["totals"]["requests"] == 2
    assert report["totals"]["with_findings"] == 0
    assert [entry["account"] for entry in report["requests"]] == ["org-7", "org-8"]
    assert report["requests"][0]["age_days"] == 2
    assert report["requests"][0]["html_url"].endswith("/organizations/org-7/settings/installations")
    assert report["requests"][0]["findings"][0]["details"] == ["by monalisa on 2026-10-30"]
    (finding,) = report["findings"]
    assert (finding["kind"], finding["count"], finding["accounts"]) == ("request", 2, ["org-7", "org-8"])


def test_a_pending_request_can_be_accepted_or_ignored():
    accepted = [acceptance(account="org-7", finding="request", until="2099-01-01")]
    report = audit(requests=[request()], accepted=accepted)
    assert (report["totals"]["new_findings"], report["totals"]["accepted_findings"]) == (0, 1)
    assert audit(requests=[request()], findings=["drift"])["requests"][0]["findings"] == []


@pytest.mark.parametrize(
    "changes, key, expected",
    [
        ({"account": {"slug": "octo-enterprise"}}, "account", "octo-enterprise"),
        ({"account": None}, "account", None),
        ({"requester": None}, "requester", None),
        ({"created_at": None}, "age_days", None),
        ({"review_url": "javascript:alert(1)"}, "html_url", None),
    ],
)
def test_requests_with_missing_parts(changes, key, expected):
    (entry,) = audit(requests=[request(**changes)])["requests"]
    assert entry[key] == expected


def test_the_accounts_with_new_findings_are_named():
    accepted = [acceptance(account="org-2")]
    report = audit(
        installation(1, events=[]),
        installation(2, repository_selection="all"),
        installation(3, repository_selection="all", permissions={"workflows": "write"}),
        installation(4),
        requests=[request()],
        findings=["admin", "all_repositories", "events", "request"],
        accepted=accepted,
    )
    assert report["accounts"] == [
        "org-3: Control over access (high), All repositories (medium)",
        "org-1: Different events (low)",
        "org-7: Installation requested (low)",
    ]


def test_the_number_of_accounts_is_limited():
    report = audit(*(installation(number, events=[]) for number in range(1, 24)))
    assert len(report["accounts"]) == 21
    assert report["accounts"][-1] == "and 3 more accounts"
