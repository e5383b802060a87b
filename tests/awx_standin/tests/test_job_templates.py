# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Job templates: requirements, credentials and webhooks."""

from __future__ import annotations

import hmac
import json

from clients import APP_TYPE


def test_inventory_before_playbook(awx, template):
    """If both are wrong, the error is about the inventory."""
    values = {"name": "T", "project": template["project"], "playbook": "nothing.yml"}
    message = "You must either set a default value or ask to prompt on launch."
    assert awx.admin.refused("POST", "job_templates/", **values) == (400, {"inventory": [message]})
    message = "Playbook not found for project."
    with_prompt = {**values, "ask_inventory_on_launch": True}
    assert awx.admin.refused("POST", "job_templates/", **with_prompt) == (400, {"playbook": [message]})
    values.update(playbook="site.yml", ask_inventory_on_launch=True)
    assert list(awx.admin.refused("POST", "job_templates/", **values, extra_vars="{")[1]) == ["extra_vars"]
    assert list(awx.admin.refused("POST", "job_templates/", **values, extra_vars="[]")[1]) == ["extra_vars"]
    assert list(awx.admin.refused("POST", "job_templates/", **values, scm_branch="x")[1]) == ["scm_branch"]


def test_credentials(awx, template):
    """One per type, and none for source control."""
    awx.admin.make("credential_types", **APP_TYPE)
    one, two = (awx.credential("App", name, app_id="1")["id"] for name in ("One", "Two"))
    path = f"job_templates/{template['id']}/credentials/"
    assert {awx.admin.link(path, one).status_code for _time in range(2)} == {204}
    answer = awx.admin.link(path, two)
    assert (answer.status_code, answer.json()) == (400, {"error": "Cannot assign multiple App credentials."})
    scm = awx.credential("Source Control", "Token")["id"]
    answer = awx.admin.link(path, scm)
    assert (answer.status_code, answer.json()) == (400, {"error": "Cannot assign a Credential of kind `scm`."})
    assert {awx.admin.link(path, wrong).status_code for wrong in (999, "x", None)} == {400}
    assert [item["id"] for item in awx.admin.get(path)["results"]] == [one]
    shown = awx.admin.get(f"job_templates/{template['id']}/")
    assert shown["summary_fields"]["credentials"] == [{"id": one, "name": "One"}]
    awx.admin.link(path, one, disassociate=True)
    assert awx.admin.link(path, two).status_code == 204


def send(awx, path, key, body, algorithm="sha1", **headers):
    """Send an event as GitHub."""
    name = {"sha1": "X-Hub-Signature", "sha256": "X-Hub-Signature-256"}[algorithm]
    signature = f"{algorithm}={hmac.new(key.encode(), body, algorithm).hexdigest()}"
    headers = {name: signature, "X-GitHub-Event": "installation", "Content-Type": "application/json", **headers}
    return awx.admin("POST", path, data=body, headers={**headers, "Authorization": ""})


def test_webhook(awx, template):
    """A signed event starts one job with the payload."""
    path = f"job_templates/{template['id']}/"
    assert awx.admin.get(f"{path}webhook_key/") == {"webhook_key": ""}
    shown = awx.admin.change(path, webhook_service="github")
    assert shown["related"]["webhook_receiver"] == f"/api/v2/{path}github/"
    assert "webhook_key" not in shown
    key = awx.admin.get(f"{path}webhook_key/")["webhook_key"]
    assert len(key) == 50
    body = json.dumps({"action": "created", "text": "{{ 1 + 1 }}"}).encode()
    answer = send(awx, f"{path}github/", key, body, **{"X-GitHub-Delivery": "a"})
    assert (answer.status_code, answer.json()) == (202, {"message": "Job queued."})
    (job,) = awx.admin.get("jobs/", job_template=template["id"])["results"]
    assert (job["launch_type"], job["status"]) == ("webhook", "successful")
    variables = json.loads(job["extra_vars"])
    assert variables["awx_webhook_payload"] == {"action": "created", "text": "{{ 1 + 1 }}"}
    assert (variables["awx_webhook_event_type"], variables["tower_webhook_event_guid"]) == ("installation", "a")
    again = send(awx, f"{path}github/", key, body, **{"X-GitHub-Delivery": "a"})
    assert (again.status_code, again.json()["message"][-9:]) == (202, "aborting.")
    assert awx.admin.get("jobs/")["count"] == 1


def test_signatures(awx, template):
    """Only the SHA-1 of the body with the key is accepted."""
    path, body = f"job_templates/{template['id']}/", b"{}"
    assert send(awx, f"{path}github/", "", body).status_code == 403
    awx.admin.change(path, webhook_service="github")
    key = awx.admin.get(f"{path}webhook_key/")["webhook_key"]
    for answer in (
        send(awx, f"{path}github/", key, body, "sha256"),
        send(awx, f"{path}github/", "wrong", body),
        send(awx, f"{path}gitlab/", key, body),
        send(awx, "job_templates/999/github/", key, body),
        send(awx, "job_templates/x/github/", key, body),
    ):
        assert answer.status_code == 403
    assert awx.admin.get("jobs/")["count"] == 0
    assert send(awx, f"{path}github/", key, b"{").status_code == 400


def test_webhook_after_a_failed_update(awx, template, directory):
    """GitHub gets a success status, but the job ends with an error."""
    path = f"job_templates/{template['id']}/"
    awx.admin.change(path, webhook_service="github")
    key = awx.admin.get(f"{path}webhook_key/")["webhook_key"]
    directory.rename(directory.with_name("away"))
    awx.admin("POST", f"projects/{template['project']}/update/")
    assert send(awx, f"{path}github/", key, b"{}").status_code == 202
    (job,) = awx.admin.get("jobs/")["results"]
    assert (job["status"], job["job_explanation"][:18]) == ("error", "Missing a revision")


def test_what_events_are_about(awx, template):
    """A push has a commit, a pull request a URL for its status."""
    path = f"job_templates/{template['id']}/"
    awx.admin.change(path, webhook_service="github")
    key = awx.admin("POST", f"{path}webhook_key/").json()["webhook_key"]
    pull = {"pull_request": {"head": {"sha": "abc"}, "statuses_url": "http://x"}}
    for event, payload, found in (
        ("push", {"after": "abc"}, ("abc", None)),
        ("pull_request", pull, ("abc", "http://x")),
        ("push", {}, (None, None)),
    ):
        send(awx, f"{path}github/", key, json.dumps(payload).encode(), **{"X-GitHub-Event": event})
        job = awx.admin.get("jobs/", order_by="-id")["results"][0]
        variables = json.loads(job["extra_vars"])
        assert (variables["awx_webhook_event_ref"], variables["awx_webhook_status_api"]) == found


def test_launch(awx, template):
    """Only parameters that the template prompts for are accepted."""
    path = f"job_templates/{template['id']}/"
    job = awx.admin("POST", f"{path}launch/", json={"extra_vars": {"a": 1}, "limit": "x"}).json()
    assert job["ignored_fields"] == {"extra_vars": {"a": 1}, "limit": "x"}
    assert (job["status"], job["extra_vars"], job["limit"]) == ("successful", "{}", "")
    assert awx.admin("GET", f"jobs/{job['id']}/stdout/", params={"format": "txt"}).text == ""
    assert awx.admin.get(f"jobs/{job['id']}/stdout/")["content"] == ""
    awx.admin.change(path, ask_variables_on_launch=True, ask_limit_on_launch=True, extra_vars='{"b": 2}')
    job = awx.admin("POST", f"{path}launch/", json={"extra_vars": '{"a": 1}', "limit": "x"}).json()
    assert (json.loads(job["extra_vars"]), job["limit"], job["ignored_fields"]) == ({"a": 1, "b": 2}, "x", {})
    assert awx.admin.refused("POST", f"{path}launch/", extra_vars="[")[0] == 400
    assert awx.admin.get(f"{path}jobs/")["count"] == 2
    assert awx.admin.get(f"{path}launch/")["ask_limit_on_launch"] is True


def test_inputs_that_jobs_need(awx, template):
    """A job fails before it starts if its credential lacks one."""
    awx.admin.make("credential_types", **APP_TYPE)
    awx.admin.link(f"job_templates/{template['id']}/credentials/", awx.credential("App", "One")["id"])
    job = awx.admin("POST", f"job_templates/{template['id']}/launch/").json()
    assert job["status"] == "failed"
    assert job["job_explanation"] == (
        "Job cannot start because Credential One does not provide one or more required fields (app_id)."
        " Task failed pre-start check."
    )


def test_inventories_of_jobs(awx, template):
    """A template can leave it to the launch; a job without one ends with an error."""
    path = f"job_templates/{template['id']}/"
    awx.admin.change(path, inventory=None, ask_inventory_on_launch=True)
    assert awx.admin.refused("POST", f"{path}launch/", inventory=999)[0] == 400
    job = awx.admin("POST", f"{path}launch/", json={"inventory": template["inventory"]}).json()
    assert (job["status"], job["inventory"]) == ("successful", template["inventory"])
    job = awx.admin("POST", f"{path}launch/").json()
    assert job["status"] == "error"
    assert "valid inventory" in job["job_explanation"]


def test_without_a_project(awx, template):
    """It cannot be launched."""
    awx.admin("DELETE", f"projects/{template['project']}/")
    message = {"project": ["A project is required to run a job."]}
    assert awx.admin.refused("POST", f"job_templates/{template['id']}/launch/") == (400, message)
