# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inventory sources, and the hosts that jobs get from them."""

from __future__ import annotations

import pytest
from test_jobs import launched, output

SCM = "Credentials of type insights and vault are disallowed for scm inventory sources."
HOSTS = "all: {children: {web: {hosts: {one: {color: red}}, vars: {size: 7}}}}\n"
SHOWS = """\
- hosts: web
  gather_facts: false
  tasks:
    - ansible.builtin.debug:
        msg: "{{ inventory_hostname }} is {{ color }} {{ size }} {{ of_inventory }}"
"""


@pytest.fixture()
def project(start, directory):
    """Return an AWX and a project with an inventory file and a playbook."""
    (directory / "hosts.yml").write_text(HOSTS)
    (directory / "site.yml").write_text(SHOWS)

    def create(**options):
        awx = start(**options)
        return awx, awx.project(f"file://{directory}")

    return create


def inventory_of(awx, **more):
    """Create an inventory."""
    return awx.admin.make("inventories", organization=awx.number("organizations", "Default"), name="Hosts", **more)


def source_for(awx, project, **more):
    """Return the values of a valid source, and create its inventory."""
    values = {"name": "Source", "source": "scm", "source_project": project["id"], "source_path": "hosts.yml"}
    return {**values, **more, "inventory": more.get("inventory") or inventory_of(awx)["id"]}


def test_a_source_is_shown_with_its_credential(project):
    awx, project = project()
    login = awx.credential("Source Control", "Login", username="x")
    source = awx.admin.make("inventory_sources", **source_for(awx, project, credential=login["id"]))
    assert source["status"] == "never updated"
    assert source["related"]["update"] == f"/api/v2/inventory_sources/{source['id']}/update/"
    assert source["summary_fields"]["credential"]["name"] == "Login"
    assert "imported" not in source
    listed = awx.admin.get("inventory_sources/", name="Source", inventory=source["inventory"])
    assert listed["count"] == 1


def test_what_is_refused(project):
    awx, project = project()
    values = source_for(awx, project)

    def refused(**more):
        return awx.admin.refused("POST", "inventory_sources/", **{**values, **more})

    assert refused(source="manual") == (400, {"source": ['"manual" is not a valid choice.']})
    assert refused(source_project=None) == (400, {"source_project": ["Project required for scm type sources."]})
    manual = awx.admin.make("projects", name="Manual", organization=project["organization"])
    reason = "Cannot use manual project for SCM-based inventory."
    assert refused(source_project=manual["id"]) == (400, {"source_project": [reason]})
    assert refused(scm_branch="x") == (400, {"scm_branch": ["Project does not allow overriding branch."]})
    vault = awx.credential("Container Registry", "Vault", host="x")
    awx.state.records["credential_types"][vault["credential_type"]]["kind"] = "vault"
    assert refused(credential=vault["id"]) == (400, {"credential": [SCM]})
    smart = awx.admin.make("inventories", organization=project["organization"], name="Smart", kind="smart")
    status, body = refused(inventory=smart["id"])
    assert (status, list(body)) == (400, ["inventory"])
    awx.admin.make("inventory_sources", **values)
    reason = "InventorySource with this (name, inventory) combination already exists."
    assert refused() == (400, {"__all__": [reason]})


def test_users_need_roles(project):
    awx, project = project()
    values = source_for(awx, project)
    assert awx.refresher.refused("POST", "inventory_sources/", **values)[0] == 403
    source = awx.admin.make("inventory_sources", **values)
    assert awx.refresher.refused("GET", f"inventory_sources/{source['id']}/")[0] == 403
    roles = awx.admin.get(f"inventories/{values['inventory']}/")["summary_fields"]["object_roles"]
    user = awx.number_of_user(awx.user)
    awx.admin("POST", f"roles/{roles['read_role']['id']}/users/", json={"id": user})
    assert awx.refresher.get(f"inventory_sources/{source['id']}/")["name"] == "Source"
    assert awx.refresher.refused("POST", f"inventory_sources/{source['id']}/update/")[0] == 403
    awx.admin("POST", f"roles/{roles['update_role']['id']}/users/", json={"id": user})
    assert awx.refresher("POST", f"inventory_sources/{source['id']}/update/").status_code == 202


def test_a_source_ends_with_its_inventory_and_its_project(project):
    awx, project = project()
    values = source_for(awx, project)
    awx.admin.make("inventory_sources", **values)
    awx.admin("DELETE", f"inventories/{values['inventory']}/")
    assert awx.admin.get("inventories/", name="Hosts")["count"] == 1  # AWX deletes it later
    assert awx.admin.get("inventory_sources/")["count"] == 0
    values = source_for(awx, project)
    awx.admin.make("inventory_sources", **values)
    awx.admin("DELETE", f"projects/{project['id']}/")
    assert awx.admin.get("inventory_sources/")["count"] == 0


def test_a_job_uses_the_hosts_of_its_inventory(project):
    pytest.importorskip("ansible_runner", reason="ansible-runner runs the jobs")
    pytest.importorskip("awx_plugins.interfaces", reason="AWX's code needs Python 3.11")
    awx, project = project(run_jobs=True)
    inventory = inventory_of(awx, variables='{"of_inventory": "{{ 40 + 2 }}"}')
    source = awx.admin.make("inventory_sources", **source_for(awx, project, inventory=inventory["id"]))
    template = awx.template(project["id"], inventory=inventory["id"], name="Other")
    assert "no hosts matched" in output(awx, launched(awx, template))
    update = awx.admin("POST", f"inventory_sources/{source['id']}/update/").json()
    assert awx.admin.get(f"inventory_updates/{update['inventory_update']}/")["status"] == "successful"
    assert "one is red 7 42" in output(awx, launched(awx, template))


def test_a_source_that_is_updated_before_each_job(project, directory):
    pytest.importorskip("ansible_runner", reason="ansible-runner runs the jobs")
    pytest.importorskip("awx_plugins.interfaces", reason="AWX's code needs Python 3.11")
    awx, project = project(run_jobs=True)
    inventory = inventory_of(awx, variables='{"of_inventory": 42}')
    values = source_for(awx, project, inventory=inventory["id"], update_on_launch=True)
    source = awx.admin.make("inventory_sources", **values)
    template = awx.template(project["id"], inventory=inventory["id"], name="Other")
    assert "one is red 7 42" in output(awx, launched(awx, template))
    (directory / "hosts.yml").write_text("plugin: no.such.plugin\n")
    job = awx.admin("POST", f"job_templates/{template['id']}/launch/").json()
    assert job["status"] == "failed"
    assert '"job_type": "inventory_update", "job_name": "Source"' in job["job_explanation"]
    assert awx.admin.get(f"inventory_sources/{source['id']}/")["status"] == "failed"
    updates = awx.admin.get(f"inventory_sources/{source['id']}/inventory_updates/")["results"]
    text = awx.admin("GET", f"inventory_updates/{updates[-1]['id']}/stdout/", params={"format": "txt"}).text
    assert "no.such.plugin" in text
