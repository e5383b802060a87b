# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Unique names, lists, and rules for all resources."""

from __future__ import annotations

import pytest
from clients import APP_TYPE


def second(awx):
    """Create another organization."""
    return awx.admin.make("organizations", name="Other")["id"]


def test_execution_environments(awx):
    """Their names are unique in the whole AWX, and their organization cannot change."""
    first, other = awx.number("organizations", "Default"), second(awx)
    values = {"name": "EE", "image": "example.com/ee", "organization": first}
    made = awx.admin.make("execution_environments", **values)
    taken = {"name": ["Execution environment with this Name already exists."]}
    for organization in (first, other, None):
        body = {**values, "organization": organization}
        assert awx.admin.refused("POST", "execution_environments/", **body) == (400, taken)
    path = f"execution_environments/{made['id']}/"
    moved = {"organization": ["Cannot change the organization of an execution environment"]}
    assert awx.admin.refused("PATCH", path, organization=other) == (400, moved)
    assert awx.admin.change(path, organization=None)["organization"] is None
    awx.admin.make("credential_types", **APP_TYPE)
    credential = awx.credential("App", "One")["id"]
    wrong = {"credential": ["Only Container Registry credentials can be associated with an Execution Environment"]}
    assert awx.admin.refused("PATCH", path, credential=credential) == (400, wrong)
    registry = awx.credential("Container Registry", "Registry", host="example.com")["id"]
    assert awx.admin.change(path, credential=registry)["credential"] == registry


def test_inventories(awx):
    """Unique per organization."""
    first = awx.number("organizations", "Default")
    awx.admin.make("inventories", name="I", organization=first)
    taken = {"__all__": ["Inventory with this Name and Organization already exists."]}
    assert awx.admin.refused("POST", "inventories/", name="I", organization=first) == (400, taken)
    awx.admin.make("inventories", name="I", organization=second(awx))
    assert awx.admin.get("inventories/", name="I")["count"] == 2
    assert awx.admin.get("inventories/", name="I", organization=first)["count"] == 1


def test_projects_and_templates(awx, directory):
    """Unique per organization; a template belongs to the organization of its project."""
    url, other = f"file://{directory}", second(awx)
    one, two = awx.project(url), awx.project(url, organization=other)
    taken = {"__all__": ["Project with this (name, organization) combination already exists."]}
    body = {"name": "Project", "organization": other, "scm_type": "git", "scm_url": url}
    assert awx.admin.refused("POST", "projects/", **body) == (400, taken)
    made = awx.template(one["id"])
    values = {"name": "Template", "playbook": "site.yml", "inventory": made["inventory"]}
    awx.admin.make("job_templates", **values, project=two["id"])
    taken = {"__all__": ["JobTemplate with this (name, organization) combination already exists."]}
    assert awx.admin.refused("POST", "job_templates/", **values, project=one["id"]) == (400, taken)
    assert awx.admin.get("job_templates/", name="Template", organization=other)["count"] == 1


def test_credentials_and_schedules(awx, template):
    """Unique per organization and type, and per template."""
    awx.credential("Source Control", "C")
    awx.admin.make("credential_types", **APP_TYPE)
    awx.credential("App", "C")
    values = {"name": "C", "credential_type": awx.number("credential_types", "App")}
    organization = {"organization": awx.number("organizations", "Default")}
    taken = {"__all__": ["Credential with this Organization, Name and Credential type already exists."]}
    assert awx.admin.refused("POST", "credentials/", **values, **organization) == (400, taken)
    awx.admin.make("credentials", **values, organization=second(awx))
    assert awx.admin.get("credentials/", name="C")["count"] == 3
    rule = {"name": "S", "rrule": "DTSTART:20260101T000000Z RRULE:FREQ=DAILY;INTERVAL=1"}
    awx.admin.make("schedules", **rule, unified_job_template=template["id"])
    taken = {"__all__": ["Schedule with this Unified job template and Name already exists."]}
    assert awx.admin.refused("POST", "schedules/", **rule, unified_job_template=template["id"]) == (400, taken)
    other = awx.template(template["project"], name="Another")
    awx.admin.make("schedules", **rule, unified_job_template=other["id"])


def test_filters_and_pages(awx):
    """Those that awx.awx uses, and no others."""
    first = awx.number("organizations", "Default")
    made = [awx.admin.make("inventories", name=str(number), organization=first)["id"] for number in range(30)]
    found = awx.admin.get("inventories/", page=2, page_size=20)
    assert (found["count"], len(found["results"]), found["next"]) == (30, 10, None)
    assert awx.admin.get(found["previous"])["next"] == "/api/v2/inventories/?page=2&page_size=20"
    assert awx.admin.get("inventories/", or__id=made[3], or__name="7")["count"] == 2
    assert awx.admin.get("inventories/", id=made[3])["results"][0]["name"] == "3"
    assert awx.admin.get("inventories/", order_by="-id")["results"][0]["id"] == made[-1]
    assert awx.admin.get("users/", username="refresher")["count"] == 1
    assert awx.admin.get("users/", or__id=1, or__username="admin")["count"] == 1


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("GET", "nothing/", 404),
        ("GET", "organizations", 404),
        ("GET", "inventories/?page=9", 404),
        ("GET", "inventories/?page=x", 404),
        ("GET", "inventories/?wrong=1", 400),
        ("GET", "users/?password=x", 400),
        ("GET", "organizations/999/", 404),
        ("GET", "organizations/x/", 404),
        ("GET", "organizations/1/nothing/", 404),
        ("PUT", "organizations/1/", 501),
        ("DELETE", "organizations/", 405),
        ("POST", "me/", 405),
        ("POST", "jobs/", 405),
        ("POST", "project_updates/", 405),
        ("GET", "/_awx/nothing", 404),
        ("POST", "/_awx/state", 405),
        ("GET", "/_awx/clock", 405),
        ("POST", "schedules/", 400),
        ("GET", "roles/999/", 404),
    ],
)
def test_paths_that_are_wrong(awx, method, path, status):
    """AWX returns an error."""
    assert awx.admin(method, path).status_code == status


def test_values_that_are_wrong(awx):
    """Missing, empty, unknown and wrongly typed values, and references to missing records."""
    for body, name in (
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": "I"}, "organization"),
        ({"name": "I", "organization": 999}, "organization"),
        ({"name": "I", "organization": 1, "kind": "x"}, "kind"),
        ({"name": "I", "organization": 1, "variables": 1}, "variables"),
        ({"name": "I", "organization": 1, "wrong": 1}, "wrong"),
        ({"name": "I", "organization": 1, "prevent_instance_group_fallback": "x"}, "prevent_instance_group_fallback"),
    ):
        status, answer = awx.admin.refused("POST", "inventories/", **body)
        assert (status, list(answer)) == (400, [name]), body
    assert list(awx.admin.refused("POST", "organizations/", name="O", max_hosts="x")[1]) == ["max_hosts"]
    assert awx.admin("POST", "inventories/", data="{").status_code == 400


def test_deleting(awx, template):
    """References to a deleted record are removed, and schedules are deleted with their template."""
    rule = {"name": "S", "rrule": "DTSTART:20260101T000000Z RRULE:FREQ=DAILY;INTERVAL=1"}
    awx.admin.make("schedules", **rule, unified_job_template=template["id"])
    awx.admin.make("credential_types", **APP_TYPE)
    credential = awx.credential("App", "One")["id"]
    awx.admin.link(f"job_templates/{template['id']}/credentials/", credential)
    assert awx.admin("DELETE", f"credentials/{credential}/").status_code == 204
    assert awx.admin.get(f"job_templates/{template['id']}/credentials/")["count"] == 0
    awx.admin("DELETE", f"inventories/{template['inventory']}/")
    awx.admin.get("inventories/")
    assert awx.admin.get(f"job_templates/{template['id']}/")["inventory"] is None
    awx.admin("DELETE", f"job_templates/{template['id']}/")
    assert awx.admin.get("schedules/")["count"] == 0


def test_lists_of_a_template(awx, template):
    """They reject records that do not exist."""
    for name in ("labels", "instance_groups"):
        assert awx.admin.get(f"job_templates/{template['id']}/{name}/")["count"] == 0
        assert awx.admin.link(f"job_templates/{template['id']}/{name}/", 1).status_code == 400


def test_notification_templates(awx, template):
    """They can be created and associated."""
    values = {"name": "N", "organization": awx.number("organizations", "Default"), "notification_type": "slack"}
    made = awx.admin.make("notification_templates", **values, notification_configuration={"token": "x", "channels": []})
    assert made["notification_configuration"] == {"token": "$encrypted$", "channels": []}
    for name in ("started", "success", "error"):
        path = f"job_templates/{template['id']}/notification_templates_{name}/"
        assert awx.admin.link(path, made["id"]).status_code == 204
        assert [one["id"] for one in awx.admin.get(path)["results"]] == [made["id"]]
        assert awx.admin.link(path, made["id"], disassociate=True).status_code == 204
        assert awx.admin.get(path)["count"] == 0
    taken = {"__all__": ["Notification template with this Organization and Name already exists."]}
    assert awx.admin.refused("POST", "notification_templates/", **values) == (400, taken)
    assert awx.refresher.get("notification_templates/")["count"] == 0
