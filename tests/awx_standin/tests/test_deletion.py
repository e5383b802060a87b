# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX deletes later, with something else, or not at all."""

from __future__ import annotations


def test_an_inventory_is_deleted_later(awx):
    values = {"name": "Hosts", "organization": awx.number("organizations", "Default")}
    inventory = awx.admin.make("inventories", **values)
    answer = awx.admin("DELETE", f"inventories/{inventory['id']}/")
    assert (answer.status_code, answer.content) == (202, b"")
    assert awx.admin.refused("POST", "inventories/", **values)[0] == 400
    (found,) = awx.admin.get("inventories/", name="Hosts")["results"]
    assert found["pending_deletion"] is True
    assert awx.admin.get("inventories/", name="Hosts")["count"] == 0
    awx.admin.make("inventories", **values)


def test_a_label_is_deleted_with_the_last_template(awx, template):
    organization = awx.number("organizations", "Default")
    label = awx.admin.make("labels", name="github", organization=organization)
    status, body = awx.admin.refused("POST", "labels/", name="github", organization=organization)
    assert (status, body) == (400, {"__all__": ["Label with this Name and Organization already exists."]})
    assert awx.admin("DELETE", f"labels/{label['id']}/").status_code == 405
    assert awx.refresher.refused("POST", "labels/", name="x", organization=organization)[0] == 403
    assert awx.admin.link(f"job_templates/{template['id']}/labels/", label["id"]).status_code == 204
    awx.admin("DELETE", f"job_templates/{template['id']}/")
    assert awx.admin.get("labels/")["count"] == 0


def test_nothing_is_deleted_while_a_job_uses_it(awx, template):
    job = awx.admin("POST", f"job_templates/{template['id']}/launch/", json={}).json()
    awx.state.jobs.records[job["job"]]["status"] = "running"
    paths = {name: template[field] for name, field in (("projects", "project"), ("inventories", "inventory"))}
    for resource, number in {"job_templates": template["id"], **paths}.items():
        status, body = awx.admin.refused("DELETE", f"{resource}/{number}/")
        assert (status, body["error"]) == (409, "Resource is being used by running jobs.")
        assert body["active_jobs"] == [{"id": job["job"], "type": "job"}]


def test_organizations_of_a_user(awx):
    organization, user = awx.number("organizations", "Default"), awx.number_of_user(awx.user)
    assert awx.admin.get(f"users/{user}/organizations/")["count"] == 0
    awx.admin.link(f"organizations/{organization}/users/", user)
    (found,) = awx.admin.get(f"users/{user}/organizations/")["results"]
    assert found["name"] == "Default"
