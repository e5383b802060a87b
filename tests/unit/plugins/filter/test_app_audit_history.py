# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import json

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.hubops.github_apps.plugins.filter import app_audit_history as module
from ansible_collections.hubops.github_apps.plugins.plugin_utils._reports import history as core
from ansible_collections.hubops.github_apps.plugins.plugin_utils._reports.audit import KINDS
from ansible_collections.hubops.github_apps.plugins.plugin_utils._reports.history_page import find_ticks, round_up

ACCEPTED = {"state": "accepted"}
EXPIRED = {"state": "expired"}


def finding(kind, acceptance=None):
    return {"kind": kind, "severity": KINDS[kind].severity, "acceptance": acceptance}


def report(date, findings, app=1001):
    """:param findings: by account, a list of kinds or findings. The ID of an installation is the length of its name."""
    entries = [
        {
            "id": len(account),
            "account": account,
            "findings": [item if isinstance(item, dict) else finding(item) for item in found],
        }
        for account, found in findings.items()
    ]
    return {"date": date, "app": {"id": app}, "installations": entries, "requests": []}


def add(earlier, *arguments, **options):
    return module.FilterModule().filters()["app_audit_history"](earlier, report(*arguments, **options))


def run(*days):
    """The result after an audit on each of the days."""
    result = {"history": None}
    for day in days:
        result = add(result["history"], *day)
    return result


def names(records):
    return [(record["account"], record["kind"]) for record in records]


def test_the_first_audit_has_none_to_be_compared_with():
    result = add("", "2026-11-01", {"acme": ["write", "drift"]})
    assert result["is_first"]
    assert (result["appeared"], result["gone"], result["summary"]) == ([], [], [])
    assert result["history"] == {
        "app": 1001,
        "audits": [
            {
                "date": "2026-11-01",
                "installations": 1,
                "high": 0,
                "medium": 2,
                "low": 0,
                "accepted": 0,
                "appeared": 0,
                "gone": 0,
            }
        ],
        "findings": [
            {"id": 4, "account": "acme", "kind": kind, "since": "2026-11-01", "accepted": False, "gone": None}
            for kind in ("drift", "write")
        ],
    }


def test_findings_that_appear_and_disappear():
    result = run(
        ("2026-11-01", {"acme": ["write", "drift"], "octo-org": []}),
        ("2026-11-02", {"acme": ["write", "admin"], "octo-org": ["stale"]}),
    )
    assert not result["is_first"]
    assert names(result["appeared"]) == [("acme", "admin"), ("octo-org", "stale")]
    assert names(result["gone"]) == [("acme", "drift")]
    assert result["summary"] == [
        "2 findings appeared since the previous audit: acme: Control over access (high); octo-org: Not updated (low).",
        "1 finding disappeared since the previous audit: acme: Permissions not accepted (medium).",
    ]
    assert {record["kind"]: (record["since"], record["gone"]) for record in result["history"]["findings"]} == {
        "admin": ("2026-11-02", None),
        "write": ("2026-11-01", None),
        "stale": ("2026-11-02", None),
        "drift": ("2026-11-01", "2026-11-02"),
    }
    latest = result["history"]["audits"][-1]
    assert (latest["high"], latest["medium"], latest["low"], latest["appeared"], latest["gone"]) == (1, 1, 1, 2, 1)


def test_a_finding_that_comes_back_starts_again():
    days = [("2026-11-01", {"acme": ["write"]}), ("2026-11-02", {"acme": []}), ("2026-11-03", {"acme": ["write"]})]
    result = run(*days)
    assert names(result["appeared"]) == [("acme", "write")]
    (record,) = result["history"]["findings"]
    assert (record["since"], record["gone"]) == ("2026-11-03", None)


def test_an_accepted_finding_is_gone_until_the_acceptance_expires():
    days = [
        ("2026-11-01", {"acme": ["write"]}),
        ("2026-11-02", {"acme": [finding("write", ACCEPTED)]}),
        ("2026-11-03", {"acme": [finding("write", EXPIRED)]}),
    ]
    result = run(*days[:2])
    assert (names(result["gone"]), result["gone"][0]["accepted"]) == ([("acme", "write")], True)
    assert (result["page"]["open"], result["page"]["gone"]) == ([], [])
    assert result["history"]["audits"][-1]["accepted"] == 1
    result = run(*days)
    assert names(result["appeared"]) == [("acme", "write")]
    assert result["history"]["findings"][0]["since"] == "2026-11-01"


def test_a_renamed_account_keeps_its_findings():
    result = run(("2026-11-01", {"acme": ["write"]}), ("2026-11-02", {"emca": ["write"]}))
    assert (result["appeared"], result["gone"]) == ([], [])
    assert [record["account"] for record in result["history"]["findings"]] == ["emca"]


def test_the_same_audit_again_changes_nothing():
    days = [("2026-11-01", {"acme": ["write"]}), ("2026-11-02", {"acme": ["admin"]})]
    once, twice = run(*days), run(*days, days[-1])
    assert once["history"] == twice["history"]
    assert (twice["appeared"], twice["gone"]) == ([], [])


def test_two_audits_on_one_day_are_one_point_with_all_changes():
    result = run(
        ("2026-11-01", {"acme": ["write"]}),
        ("2026-11-02", {"acme": ["write", "admin"]}),
        ("2026-11-02", {"acme": ["admin", "drift"]}),
    )
    assert [audit["date"] for audit in result["history"]["audits"]] == ["2026-11-01", "2026-11-02"]
    assert (result["history"]["audits"][-1]["appeared"], result["history"]["audits"][-1]["gone"]) == (2, 1)


def test_the_size_is_limited():
    start = datetime.date(2025, 1, 1)
    history = None
    for day in range(core.MAX_AUDITS + 30):
        date = (start + datetime.timedelta(days=day)).isoformat()
        history = add(history, date, {"acme": ["write"] if day % 2 else ["admin"]})["history"]
    assert len(history["audits"]) == core.MAX_AUDITS
    assert history["audits"][-1]["date"] == date
    # One of the two kinds exists, the other one was gone on the last day.
    assert len(history["findings"]) == 2


def test_a_finding_that_has_been_gone_for_long_is_removed():
    days = [("2026-01-01", {"acme": ["write"]}), ("2026-01-02", {"acme": []})]
    assert len(run(*days, ("2026-04-02", {"acme": []}))["history"]["findings"]) == 1
    assert run(*days, ("2026-04-03", {"acme": []}))["history"]["findings"] == []


def test_a_history_can_be_json():
    history = add(None, "2026-11-01", {"acme": ["write"]})["history"]
    assert add(json.dumps(history), "2026-11-02", {"acme": []})["gone"]


def audit_of(**changes):
    return {"date": "2026-11-01", **dict.fromkeys(core.NUMBERS, 0), **changes}


def record_of(**changes):
    record = {"id": 4, "account": "acme", "kind": "write", "since": "2026-11-01", "accepted": False, "gone": None}
    return {**record, **changes}


@pytest.mark.parametrize(
    "earlier",
    [
        "no JSON",
        "[]x",
        {"audits": []},
        ["audits"],
        7,
        {"app": 1001, "audits": [audit_of(date="soon")], "findings": []},
        {"app": 1001, "audits": [audit_of(high="1")], "findings": []},
        {"app": 1001, "audits": [audit_of(high=-1)], "findings": []},
        {"app": 1001, "audits": [audit_of(high=True)], "findings": []},
        {"app": 1001, "audits": [], "findings": [record_of(since=None)]},
        {"app": 1001, "audits": [], "findings": [record_of(gone="<script>")]},
        {"app": 1001, "audits": [], "findings": [record_of(id="4")]},
    ],
)
def test_what_is_no_history(earlier):
    with pytest.raises(AnsibleFilterError) as raised:
        add(earlier, "2026-11-02", {})
    assert core.NOT_A_HISTORY in str(raised.value)


def test_the_history_of_another_app():
    with pytest.raises(AnsibleFilterError) as raised:
        add(add(None, "2026-11-01", {})["history"], "2026-11-02", {}, app=1002)
    assert "The history belongs to the app 1001, not to 1002." in str(raised.value)


def test_an_audit_before_the_last_one():
    with pytest.raises(AnsibleFilterError) as raised:
        add(add(None, "2026-11-02", {})["history"], "2026-11-01", {})
    assert "contains an audit from 2026-11-02, which is later than this one (2026-11-01)" in str(raised.value)


def test_no_report():
    with pytest.raises(AnsibleFilterError) as raised:
        module.FilterModule().filters()["app_audit_history"](None, {})
    assert "report must be a report" in str(raised.value)


def test_the_rows_of_the_page():
    page = run(
        ("2026-11-01", {"acme": ["stale", "drift"], "octo-org": ["write"], "octocat": ["admin"]}),
        ("2026-11-04", {"acme": ["stale", "admin"], "octo-org": ["write"]}),
    )["page"]
    assert [(row["account"], row["kind"], row["days"]) for row in page["open"]] == [
        ("acme", "admin", 0),
        ("octo-org", "write", 3),
        ("acme", "stale", 3),
    ]
    assert [(row["account"], row["kind"], row["days"]) for row in page["gone"]] == [
        ("acme", "drift", 3),
        ("octocat", "admin", 3),
    ]
    assert (page["first"], page["last"], page["count"], page["latest"]["new"]) == ("2026-11-01", "2026-11-04", 2, 3)
    assert [audit["date"] for audit in page["audits"]] == ["2026-11-04", "2026-11-01"]


def test_the_shapes_of_the_page():
    """Three audits in four days: an area for each severity, and bars for the changes."""
    page = run(
        ("2026-11-01", {"acme": ["admin"]}),
        ("2026-11-02", {"acme": ["admin", "write"]}),
        ("2026-11-04", {"acme": ["write"]}),
    )["page"]
    high, medium = page["findings"]["areas"]
    assert (page["findings"]["top"], high["severity"], medium["severity"]) == (2, "high", "medium")
    assert high["points"] == (
        "0,50 250,50 250,50 750,50 750,100 1000,100 1000,100 750,100 750,100 250,100 250,100 0,100"
    )
    assert medium["points"].startswith("0,50 250,50 250,0 750,0 750,50 1000,50 1000,100 750,100 750,50 ")
    assert page["changes"] == {
        "top": 2,
        "bars": [
            {"date": "2026-11-02", "x": 250, "width": 24, "appeared": 1, "gone": 0, "up": 25, "down": 0},
            {"date": "2026-11-04", "x": 750, "width": 24, "appeared": 0, "gone": 1, "up": 0, "down": 25},
        ],
    }


def test_a_kind_that_this_release_does_not_know():
    history = {"app": 1001, "audits": [audit_of()], "findings": [record_of(kind="<b>")]}
    (row,) = add(history, "2026-11-02", {})["page"]["gone"]
    assert (row["title"], row["severity"]) == ("<b>", "low")


def test_long_lists_of_changes_are_shortened():
    accounts = {"a" * number: ["write"] for number in range(1, 41)}
    result = run(("2026-11-01", {}), ("2026-11-02", accounts))
    assert len(result["appeared"]) == 40
    assert result["summary"][0].count("Write access") == 20
    assert result["summary"][0].endswith("; and 20 more findings.")


@pytest.mark.parametrize(
    "number, expected", [(0, 2), (1, 2), (3, 4), (9, 10), (11, 12), (20, 20), (21, 40), (101, 120), (201, 400)]
)
def test_scales(number, expected):
    assert round_up(number) == expected


@pytest.mark.parametrize(
    "first, last, expected",
    [
        ("2026-11-01", "2026-11-01", ["2026-11-01"]),
        ("2026-11-01", "2026-11-03", ["2026-11-01", "2026-11-03"]),
        ("2026-11-01", "2026-11-09", ["2026-11-01", "2026-11-03", "2026-11-05", "2026-11-07", "2026-11-09"]),
    ],
)
def test_the_dates_below_a_chart(first, last, expected):
    assert find_ticks(first, last) == expected
