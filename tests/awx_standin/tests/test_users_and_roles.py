# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users, their roles, and the resulting permissions."""

from __future__ import annotations

import pytest

FORBIDDEN = (403, {"detail": "You do not have permission to perform this action."})
OUTSIDE = {"msg": "You cannot grant credential access to a user not in the credentials' organization"}


@pytest.fixture(name="user")
def user_fixture(awx):
    """Return the ID of a user without roles."""
    return awx.number_of_user("refresher")


@pytest.fixture(name="credential")
def credential_fixture(awx):
    """Return a credential of the organization."""
    return awx.credential("Source Control", "Token", password="x")


def role(awx, path, name):
    """Return the path of a role's users."""
    return f"roles/{awx.admin.get(path)['summary_fields']['object_roles'][name]['id']}/users/"


def grant(awx, user, path, name, **more):
    """Grant a role."""
    return awx.admin.link(role(awx, path, name), user, **more)


def test_without_roles(awx, credential, user):
    """Users see themselves, superusers and types."""
    assert [one["username"] for one in awx.refresher.get("me/")["results"]] == ["refresher"]
    assert [one["username"] for one in awx.refresher.get("users/")["results"]] == ["admin", "refresher"]
    for resource in ("organizations", "credentials", "projects", "job_templates", "schedules", "jobs", "inventories"):
        assert awx.refresher.get(f"{resource}/")["count"] == 0, resource
    assert awx.refresher.get("credential_types/")["count"] > 1
    assert awx.refresher.get("execution_environments/")["count"] == 1  # which does not belong to an organization


def test_nothing_is_done_without_roles(awx, credential):
    """Users cannot change or create records, and AWX reveals which ones exist."""
    path = f"credentials/{credential['id']}/"
    for method in ("GET", "PATCH", "DELETE"):
        assert awx.refresher.refused(method, path) == FORBIDDEN
    assert awx.refresher.refused("PATCH", "credentials/999/") == (404, {"detail": "Not found."})
    values = {"name": "C", "credential_type": credential["credential_type"], "organization": 1}
    assert awx.refresher.refused("POST", "credentials/", **values) == FORBIDDEN
    for wrong in ([1], "1", None, 999):
        assert awx.refresher.refused("POST", "credentials/", **{**values, "organization": wrong}) == FORBIDDEN
        assert awx.refresher.refused("POST", "schedules/", name="S", unified_job_template=wrong) == FORBIDDEN
    for resource in ("organizations", "users", "inventories", "projects", "job_templates", "execution_environments"):
        assert awx.refresher.refused("POST", f"{resource}/", name="x") == FORBIDDEN, resource


def test_credential_roles_are_for_members(awx, credential, user):
    """Users who are not members of its organization cannot be granted a role of a credential, not even superusers."""
    path, organization = f"credentials/{credential['id']}/", f"organizations/{credential['organization']}/"
    for somebody in (user, awx.number_of_user("admin")):
        answer = grant(awx, somebody, path, "admin_role")
        assert (answer.status_code, answer.json()) == (400, OUTSIDE)
    assert grant(awx, user, organization, "member_role").status_code == 204
    assert awx.refresher.get("organizations/")["count"] == 1
    assert awx.refresher.refused("GET", path) == FORBIDDEN


def test_roles_of_a_credential(awx, credential, user):
    """Readers see it without its secrets, administrators can change it, and others can do neither."""
    path = f"credentials/{credential['id']}/"
    grant(awx, user, f"organizations/{credential['organization']}/", "member_role")
    assert grant(awx, user, path, "read_role").status_code == 204
    assert awx.refresher.get(path)["inputs"] == {"password": "$encrypted$"}
    assert awx.refresher.refused("PATCH", path, inputs={"password": "y"}) == FORBIDDEN
    assert grant(awx, user, path, "admin_role").status_code == 204
    assert [one["id"] for one in awx.admin.get(role(awx, path, "admin_role"))["results"]] == [user]
    values = {"name": "Token", "organization": credential["organization"], "inputs": {"password": "y"}}
    assert awx.refresher.change(path, **values)["id"] == credential["id"]
    assert grant(awx, user, path, "admin_role", disassociate=True).status_code == 204
    assert awx.refresher.refused("PATCH", path, **values) == FORBIDDEN


def test_administrators_of_credentials(awx, credential, user):
    """They can create, change and delete all credentials of their own organization only."""
    organization = f"organizations/{credential['organization']}/"
    assert grant(awx, user, organization, "credential_admin_role").status_code == 204
    values = {"credential_type": credential["credential_type"], "organization": credential["organization"]}
    made = awx.refresher.make("credentials", name="Mine", **values)
    awx.refresher.change(f"credentials/{credential['id']}/", inputs={"password": "z"})
    other = awx.admin.make("organizations", name="Other")["id"]
    assert awx.refresher.refused("POST", "credentials/", name="C", **{**values, "organization": other}) == FORBIDDEN
    assert awx.refresher.refused("PATCH", f"credentials/{made['id']}/", organization=other) == FORBIDDEN
    assert awx.refresher("DELETE", f"credentials/{made['id']}/").status_code == 204
    assert awx.refresher.refused("POST", "projects/", name="P", organization=credential["organization"]) == FORBIDDEN


def test_administrators_of_an_organization(awx, user, directory):
    """They can do everything in it except create credential types."""
    organization = awx.number("organizations", "Default")
    assert grant(awx, user, f"organizations/{organization}/", "admin_role").status_code == 204
    mine = awx.refresher
    values = {"organization": organization}
    project = mine.make("projects", name="P", scm_type="git", scm_url=f"file://{directory}", **values)
    inventory = mine.make("inventories", name="I", **values)
    body = {"name": "T", "project": project["id"], "playbook": "site.yml", "inventory": inventory["id"]}
    template = mine.make("job_templates", **body)
    rule = {"name": "S", "rrule": "DTSTART:20260101T000000Z RRULE:FREQ=DAILY;INTERVAL=1"}
    mine.make("schedules", **rule, unified_job_template=template["id"])
    mine.make("schedules", **rule, unified_job_template=project["id"])
    mine.make("execution_environments", name="E", image="x", **values)
    mine.make("notification_templates", name="N", notification_type="slack", **values)
    kind = awx.number("credential_types", "Source Control")
    credential = mine.make("credentials", name="C", credential_type=kind, **values)
    assert mine.change(f"projects/{project['id']}/", credential=credential["id"])["credential"] == credential["id"]
    assert mine("POST", f"job_templates/{template['id']}/launch/").status_code == 201
    assert mine.refused("POST", "execution_environments/", name="F", image="x") == FORBIDDEN


def test_those_who_may_run(awx, user, template):
    """They can launch, but not change anything."""
    path = f"job_templates/{template['id']}/"
    assert awx.refresher.refused("POST", f"{path}launch/") == FORBIDDEN
    assert grant(awx, user, path, "execute_role").status_code == 204
    assert awx.refresher("POST", f"{path}launch/").status_code == 201
    assert awx.refresher.get("jobs/")["count"] == 1
    assert awx.refresher.refused("PATCH", path, name="x") == FORBIDDEN
    assert awx.refresher.refused("GET", f"{path}webhook_key/") == FORBIDDEN
    credential = awx.credential("Red Hat Ansible Automation Platform", "C", host="x")["id"]
    assert awx.refresher.link(f"{path}credentials/", credential).status_code == 403


def test_using_credentials(awx, user, template):
    """Administrators of a template also need a role of the credential."""
    path = f"job_templates/{template['id']}/"
    grant(awx, user, path, "admin_role")
    credential = awx.credential("Red Hat Ansible Automation Platform", "C", host="x")
    grant(awx, user, f"organizations/{credential['organization']}/", "member_role")
    assert awx.refresher.link(f"{path}credentials/", credential["id"]).status_code == 403
    grant(awx, user, f"credentials/{credential['id']}/", "use_role")
    assert awx.refresher.link(f"{path}credentials/", credential["id"]).status_code == 204


def test_giving_roles(awx, credential, user):
    """Only administrators of a record grant its roles, and the user must exist."""
    path = f"organizations/{credential['organization']}/"
    grant(awx, user, path, "member_role")
    assert awx.refresher.link(role(awx, path, "admin_role"), user).status_code == 403
    assert grant(awx, 999, path, "member_role").status_code == 400
    assert awx.admin.get("roles/1/")["summary_fields"]["resource_type"] == "organization"
    assert awx.admin.get(f"users/{user}/roles/")["results"][0]["name"] == "Member"
    assert awx.refresher.get("roles/", page_size=200)["count"] > 10


def test_users(awx, user):
    """Superusers create them, also as members of an organization; passwords are not shown, and names are unique."""
    made = awx.admin.make("users", username="new", password="secret")
    assert "password" not in made
    taken = {"username": ["A user with that username already exists."]}
    assert awx.admin.refused("POST", "users/", username="new", password="x") == (400, taken)
    organization = awx.number("organizations", "Default")
    member = awx.admin.make(f"organizations/{organization}/users", username="member", password="x")
    assert [one["id"] for one in awx.admin.get(f"organizations/{organization}/users/")["results"]] == [member["id"]]
    assert awx.refresher.refused("PATCH", f"users/{user}/", is_superuser=True) == FORBIDDEN
    assert awx.refresher.change(f"users/{user}/", first_name="R")["first_name"] == "R"
    assert awx.admin("DELETE", f"users/{member['id']}/").status_code == 204
    assert awx.admin.get(f"organizations/{organization}/users/")["count"] == 0
