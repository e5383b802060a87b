# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Schedules: rules, the clock, and running what is due."""

from __future__ import annotations

import time
from datetime import datetime, timezone

import pytest

from awx_standin import rules

DAILY = "DTSTART:20260101T060000Z RRULE:FREQ=DAILY;INTERVAL=1"


def after(text):
    """Return a time in UTC."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "rule, time, following",
    [
        (DAILY, "2025-01-01 00:00", "2026-01-01 06:00"),
        (DAILY, "2026-01-01 05:59", "2026-01-01 06:00"),
        (DAILY, "2026-01-01 06:00", "2026-01-02 06:00"),
        ("DTSTART:20260101T000000Z RRULE:FREQ=MINUTELY;INTERVAL=30", "2026-05-01 10:31", "2026-05-01 11:00"),
        ("DTSTART:20260101T000000Z RRULE:INTERVAL=5;FREQ=HOURLY", "2026-01-01 05:00", "2026-01-01 10:00"),
        ("DTSTART:20260101T000000Z RRULE:FREQ=WEEKLY;INTERVAL=2", "2026-01-02 00:00", "2026-01-15 00:00"),
        # Midnight in Berlin is at another UTC hour in summer.
        (
            "DTSTART;TZID=Europe/Berlin:20260101T000000 RRULE:FREQ=DAILY;INTERVAL=1",
            "2026-06-01 12:00",
            "2026-06-01 22:00",
        ),
        (
            "DTSTART;TZID=Europe/Berlin:20260101T000000 RRULE:FREQ=DAILY;INTERVAL=1",
            "2026-01-05 12:00",
            "2026-01-05 23:00",
        ),
    ],
)
def test_the_next_time(rule, time, following):
    """In UTC, and after the given time."""
    assert rules.following(rule, after(time)) == after(following)


@pytest.mark.parametrize(
    "rule, message",
    [
        ("RRULE:FREQ=DAILY;INTERVAL=1", "Valid DTSTART required"),
        ("DTSTART:20260101T000000 RRULE:FREQ=DAILY;INTERVAL=1", "naive datetime"),
        ("DTSTART:20260101T000000Z DTSTART:20260101T000000Z RRULE:FREQ=DAILY;INTERVAL=1", "Multiple DTSTART"),
        ("DTSTART:20260101T000000Z ", "One or more rule required"),
        ("DTSTART:20260101T000000Z RRULE:FREQ=DAILY", "INTERVAL required"),
        ("DTSTART:20260101T000000Z RRULE:FREQ=SECONDLY;INTERVAL=1", "SECONDLY is not supported"),
        ("DTSTART:20261301T000000Z RRULE:FREQ=DAILY;INTERVAL=1", "parsing failed"),
        ("DTSTART;TZID=No/Where:20260101T000000 RRULE:FREQ=DAILY;INTERVAL=1", "parsing failed"),
    ],
)
def test_refused_rules(awx, template, rule, message):
    """The error contains the reason."""
    status, body = awx.admin.refused("POST", "schedules/", name="S", rrule=rule, unified_job_template=template["id"])
    assert (status, list(body)) == (400, ["rrule"])
    assert message in body["rrule"][0]


def test_rules_that_are_not_counted():
    """AWX accepts them, but the stand-in server cannot calculate when they are due."""
    for rule in ("FREQ=MONTHLY;INTERVAL=1", "FREQ=DAILY;INTERVAL=1;COUNT=1", "FREQ=DAILY;INTERVAL=0"):
        assert rules.following(f"DTSTART:20260101T000000Z RRULE:{rule}", after("2026-01-01 00:00")) is None


def schedule(awx, template, name, minutes, **more):
    """Create a schedule that runs every so many minutes."""
    rule = f"DTSTART:20300101T000000Z RRULE:FREQ=MINUTELY;INTERVAL={minutes}"
    return awx.admin.make("schedules", name=name, rrule=rule, unified_job_template=template["id"], **more)


def set_clock(awx, text):
    """Set the clock to half a minute after this time."""
    awx.state.clock_offset = after(text).timestamp() + 30 - time.time()


def control(awx, name, **body):
    """Send a control request."""
    answer = awx.admin("POST", f"/_awx/{name}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_is_due(awx, template):
    """Each schedule runs once, in order of time, even if it was due several times, and then waits for its next time."""
    set_clock(awx, "2030-01-01 00:00")
    other = awx.template(template["project"], name="Other", ask_variables_on_launch=True)
    late = schedule(awx, template, "Late", 50)
    schedule(awx, other, "Early", 20, extra_data={"a": 1})
    schedule(awx, template, "Off", 10, enabled=False)
    assert control(awx, "run_due") == {"jobs": []}
    assert control(awx, "clock", ahead=3600)["now"][:16] == "2030-01-01T01:00"
    jobs = control(awx, "run_due")["jobs"]
    assert [job["name"] for job in jobs] == ["Other", "Template"]
    assert {(job["launch_type"], job["status"]) for job in jobs} == {("scheduled", "successful")}
    assert (jobs[0]["extra_vars"], jobs[1]["schedule"]) == ('{"a": 1}', late["id"])
    assert control(awx, "run_due") == {"jobs": []}
    assert awx.admin.get(f"schedules/{late['id']}/")["next_run"] > late["next_run"]
    assert control(awx, "clock", ahead=1200)["now"][:16] == "2030-01-01T01:20"
    assert [job["name"] for job in control(awx, "run_due")["jobs"]] == ["Other"]


def test_the_clock(awx):
    """It requires a number. Requests add up."""
    assert [control(awx, "clock", ahead=seconds)["ahead"] for seconds in (60, 0.5, -60)] == [60, 60.5, 0.5]
    assert control(awx, "clock")["ahead"] == 0.5
    for wrong in ("x", True, None, [1]):
        assert awx.admin("POST", "/_awx/clock", json={"ahead": wrong}).status_code == 400


def test_after_a_failed_update(awx, template, directory):
    """The job of a schedule ends with an error that contains the reason."""
    set_clock(awx, "2030-01-01 00:00")
    schedule(awx, template, "S", 10)
    directory.rename(directory.with_name("away"))
    awx.admin("POST", f"projects/{template['project']}/update/")
    control(awx, "clock", ahead=600)
    (job,) = control(awx, "run_due")["jobs"]
    text = "Missing a revision to run due to failed project update."
    assert (job["status"], job["failed"], job["job_explanation"]) == ("error", True, text)


def test_variables(awx, template):
    """Only for a template that prompts for them."""
    rule = {"name": "S", "rrule": DAILY, "unified_job_template": template["id"], "extra_data": {"a": 1}}
    assert list(awx.admin.refused("POST", "schedules/", **{**rule, "rrule": 1})[1]) == ["rrule"]
    assert list(awx.admin.refused("POST", "schedules/", **{**rule, "extra_data": []})[1]) == ["extra_data"]
    message = "Variables are not allowed on launch. Check the Prompt on Launch setting."
    assert awx.admin.refused("POST", "schedules/", **rule) == (400, {"extra_data": [message]})
    awx.admin.change(f"job_templates/{template['id']}/", ask_variables_on_launch=True)
    path = f"schedules/{awx.admin.make('schedules', **rule)['id']}/"
    assert awx.admin.change(path, enabled=False)["next_run"] is None


def test_projects(awx, template):
    """A schedule can update a project. If a template has the same name, awx.awx finds both."""
    set_clock(awx, "2030-01-01 00:00")
    shown = schedule(awx, {"id": template["project"]}, "Update", 10)
    assert shown["summary_fields"]["unified_job_template"]["name"] == "Project"
    control(awx, "clock", ahead=600)
    (update,) = control(awx, "run_due")["jobs"]
    assert (update["type"], update["status"]) == ("project_update", "successful")
    assert awx.admin.get("unified_job_templates/", name="Project")["count"] == 1
    awx.template(template["project"], name="Project")
    assert awx.admin.get("unified_job_templates/", name="Project", organization=1)["count"] == 2
