# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Job slices: each job gets every n-th host, and the workflow job has the data of all of them."""

from __future__ import annotations

import pytest

HOSTS = "all: {children: {web: {hosts: {%s}, vars: {size: 7}}}}\n"
SHOWS = """\
- hosts: web
  gather_facts: false
  tasks:
    - ansible.builtin.set_stats:
        data: {"of_{{ (ansible_play_hosts_all | sort)[0] }}": "{{ ansible_play_hosts_all | sort }}", size: "{{ size }}"}
      run_once: true
"""


def sliced(awx, directory, names, count):
    """Return a job template of which each job gets a slice of these hosts."""
    (directory / "hosts.yml").write_text(HOSTS % ", ".join(names))
    (directory / "site.yml").write_text(SHOWS)
    project = awx.project(f"file://{directory}")
    template = awx.template(project["id"], job_slice_count=count)
    values = {"name": "Source", "source": "scm", "source_project": project["id"], "source_path": "hosts.yml"}
    awx.admin.make("inventory_sources", **values, inventory=template["inventory"], update_on_launch=True)
    return template


def launch(awx, template):
    answer = awx.admin("POST", f"job_templates/{template['id']}/launch/", json={})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_each_slice_gets_every_nth_host(start, directory):
    pytest.importorskip("ansible_runner", reason="ansible-runner runs the jobs")
    pytest.importorskip("awx_plugins.interfaces", reason="AWX's code needs Python 3.11")
    awx = start(run_jobs=True)
    template = sliced(awx, directory, ["e", "c", "a", "d", "b"], 2)
    first = launch(awx, template)
    assert first["type"] == "job", "AWX counts the hosts before it updates the inventory for the first time"
    awx.state.jobs.wait(first["job"])
    workflow = awx.state.workflow_jobs.records[launch(awx, template)["workflow_job"]]
    awx.state.workflow_jobs.wait_for(workflow["id"])
    expected = {"of_a": ["a", "c", "e"], "of_b": ["b", "d"], "size": 7}
    assert awx.state.workflow_jobs.artifacts_of(workflow) == expected
    assert awx.admin.get(f"workflow_jobs/{workflow['id']}/")["status"] == "successful"
    nodes = awx.admin.get(f"workflow_jobs/{workflow['id']}/workflow_nodes/")["results"]
    jobs = [awx.admin.get(f"jobs/{one['job']}/") for one in nodes]
    assert [(job["job_slice_number"], job["job_slice_count"]) for job in jobs] == [(1, 2), (2, 2)]
    assert {job["launch_type"] for job in jobs} == {"workflow"}
    assert awx.admin.get("inventory_updates/")["count"] == 2, "all slices share an update"


def test_there_are_no_more_slices_than_hosts(awx, directory):
    template = sliced(awx, directory, ["a"], 3)
    assert launch(awx, template)["type"] == "job"
    (source,) = awx.state.records["inventory_sources"].values()
    source["imported"] = {"_meta": {"hostvars": {"a": {}, "b": {}}}}
    workflow = launch(awx, template)
    assert (workflow["type"], workflow["is_sliced_job"], workflow["status"]) == ("workflow_job", True, "successful")
    assert awx.admin.get(f"workflow_jobs/{workflow['id']}/workflow_nodes/")["count"] == 2
    reason = "Ensure this value is greater than or equal to 1."
    path = f"job_templates/{template['id']}/"
    assert awx.admin.refused("PATCH", path, job_slice_count=0) == (400, {"job_slice_count": [reason]})


def test_a_workflow_passes_the_data_of_all_slices(start, directory):
    pytest.importorskip("ansible_runner", reason="ansible-runner runs the jobs")
    pytest.importorskip("awx_plugins.interfaces", reason="AWX's code needs Python 3.11")
    awx = start(run_jobs=True)
    template = sliced(awx, directory, ["a", "b", "c"], 2)
    awx.state.jobs.wait(launch(awx, template)["job"])
    organization = awx.number("organizations", "Default")
    workflow = awx.admin.make("workflow_job_templates", name="Both", organization=organization)
    values = {"workflow_job_template": workflow["id"], "unified_job_template": template["id"]}
    nodes = [awx.admin.make("workflow_job_template_nodes", **values, identifier=name) for name in ("one", "two")]
    path = f"workflow_job_template_nodes/{nodes[0]['id']}/always_nodes/"
    assert awx.admin.link(path, nodes[0]["id"]).json() == {"Error": "Cycle detected."}
    assert awx.admin.link(path, nodes[1]["id"]).status_code == 204
    assert awx.refresher.refused("POST", f"workflow_job_templates/{workflow['id']}/launch/")[0] == 403
    job = awx.admin("POST", f"workflow_job_templates/{workflow['id']}/launch/").json()["workflow_job"]
    awx.state.workflow_jobs.wait_for(job)
    record = awx.state.workflow_jobs.records[job]
    assert record["status"] == "successful", record
    first, second = awx.state.workflow_jobs.jobs_of(record)
    assert (first["is_sliced_job"], second["is_sliced_job"]) == (True, True)
    (one, _other) = awx.state.workflow_jobs.jobs_of(second)
    assert '"of_a": ["a", "c"]' in one["extra_vars"]
    assert '"of_b": ["b"]' in one["extra_vars"]
    awx.admin("DELETE", f"workflow_job_templates/{workflow['id']}/")
    assert awx.admin.get("workflow_job_template_nodes/")["count"] == 0
