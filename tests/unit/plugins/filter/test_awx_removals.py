# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role removes what it created, and keeps what others use."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml

from ansible_collections.hubops.github_apps.plugins.plugin_utils._filters.awx_removals import MARK, plan_removals

OWN, OTHER = 1, 2
VARIABLES = Path(__file__).parents[4] / "roles/awx_github_app/vars/main.yml"


def kind(number, name):
    return {"id": number, "name": name, "managed": False}


def credential(number, kind, organization=OWN):
    summary = {"credential_type": {"id": kind, "name": "GitHub App" if kind == 30 else "GitHub App (2)"}}
    return {
        "id": number,
        "name": "App",
        "organization": organization,
        "credential_type": kind,
        "summary_fields": summary,
    }


def template(number, name, **more):
    values = {"organization": OWN, "project": 11, "inventory": 12, "execution_environment": 13}
    return {"id": number, "name": name, **values, "summary_fields": {"credentials": [{"id": 20}]}, **more}


def node(number, workflow, template=10):
    return {
        "id": number,
        "identifier": "first",
        "workflow_job_template": workflow,
        "unified_job_template": template,
    }


RECORDS = {
    "workflow_job_templates": [{"id": 16, "name": "Sliced", "organization": OWN}],
    "workflow_job_template_nodes": [node(17, workflow=16)],
    "job_templates": [template(10, "Audit")],
    "projects": [{"id": 11, "name": "Jobs", "organization": OWN, "credential": None}],
    "inventories": [{"id": 12, "name": "Hosts", "organization": OWN}],
    "inventory_sources": [{"id": 14, "name": "Hosts", "inventory": 12, "source_project": 11, "credential": 20}],
    "execution_environments": [{"id": 13, "name": "EE", "organization": OWN, "credential": None}],
    "credentials": [credential(20, 30), credential(21, 31)],
    "notification_templates": [{"id": 15, "name": "Mail", "organization": OWN}],
    "credential_types": [kind(30, "GitHub App"), kind(31, "GitHub App (2)"), kind(32, "GitHub App (x)")],
    "users": [{"id": 40, "username": "refresher", "last_name": MARK}],
    "members": [{"id": 40, "username": "refresher"}],
    "roles": [
        {"summary_fields": {"resource_type": "organization", "resource_id": OWN, "resource_name": "Own"}},
        {"summary_fields": {"resource_type": "credential", "resource_id": 20, "resource_name": "App"}},
    ],
}
NAMES = {
    "workflow_job_templates": ["Sliced"],
    "job_templates": ["Audit"],
    "projects": ["Jobs"],
    "inventories": ["Hosts"],
    "execution_environments": ["EE"],
    "credentials": [{"name": "App", "credential_type": "GitHub App"}],
    "notification_templates": ["Mail"],
    "credential_types": ["GitHub App"],
    "users": ["refresher"],
}
EVERYTHING = {
    "workflow_job_templates": ["16"],
    "workflow_job_template_nodes": ["17"],
    "job_templates": ["10"],
    "inventories": ["12"],
    "inventory_sources": ["14"],
    "projects": ["11"],
    "execution_environments": ["13"],
    "credentials": ["20", "21"],
    "notification_templates": ["15"],
    "credential_types": ["30", "31"],
    "users": ["40"],
    "organizations": ["1"],
}


def plan(description=MARK, **more):
    records = copy.deepcopy(RECORDS)
    for resource, added in more.items():
        records[resource] = [*records.get(resource, []), *added]
    found = plan_removals(records, NAMES, {"id": OWN, "name": "Own", "description": description})
    lost = {name: sorted({*EVERYTHING[name]} - {*numbers}) for name, numbers in found["removed"].items()}
    assert all({*numbers} <= {*EVERYTHING[name]} for name, numbers in found["removed"].items())
    return {name for name, numbers in lost.items() if numbers}, found["kept"]


def test_everything_is_removed():
    assert plan() == (set(), [])


def test_an_organization_that_existed_before_is_kept():
    reason = 'The organization "Own" is kept, because this role did not create it.'
    assert plan(description="Ours") == ({"organizations"}, [reason])


def test_records_of_other_organizations_with_the_same_names_are_kept():
    others = {
        "job_templates": [template(110, "Audit", organization=OTHER, summary_fields={"credentials": []}, project=111)],
        "projects": [{"id": 111, "name": "Jobs", "organization": OTHER}],
    }
    others["job_templates"][0].update(inventory=112, execution_environment=None)
    assert plan(**others) == (set(), [])


def test_a_credential_type_that_another_organization_uses_is_kept():
    kept, reasons = plan(credentials=[credential(120, 30, OTHER)])
    assert kept == {"credential_types"}
    assert reasons == ['The credential type "GitHub App" is kept, because it is used by the credential "App".']


def test_what_the_job_template_of_someone_else_uses_is_kept():
    kept, reasons = plan(job_templates=[template(50, "Deploy")])
    assert kept == {
        *("inventories", "inventory_sources", "projects", "execution_environments", "credentials"),
        *("credential_types", "organizations", "users"),
    }
    assert 'The inventory "Hosts" is kept, because it is used by the job template "Deploy".' in reasons
    assert any(reason.startswith('The organization "Own" is kept, because it contains ') for reason in reasons)


def test_a_template_in_a_workflow_is_kept():
    kept, reasons = plan(workflow_job_template_nodes=[node(60, workflow=61)])
    assert "job_templates" in kept
    assert reasons[0] == 'The job template "Audit" is kept, because it is used by the workflow node "first".'


@pytest.mark.parametrize(
    ("role", "named"),
    [
        ({"resource_type": "organization", "resource_id": OTHER, "resource_name": "Second"}, 'organization "Second"'),
        ({}, 'system "AWX"'),
    ],
)
def test_a_user_with_other_roles_is_kept(role, named):
    kept, reasons = plan(roles=[{"summary_fields": role}])
    assert kept == {"users"}, "the organization does not keep the user"
    assert reasons[0] == f'The user "refresher" is kept, because it has roles on the {named}.'


def test_a_user_of_someone_else_is_kept(monkeypatch):
    monkeypatch.setitem(RECORDS["users"][0], "last_name", "Octocat")
    kept, reasons = plan(description="")
    assert kept == {"users", "organizations"}
    assert reasons[0] == 'The user "refresher" is kept, because this role did not create it.'


def test_an_inventory_that_is_being_deleted_is_ignored():
    assert plan(inventories=[{"id": 99, "name": "Hosts", "organization": OTHER, "pending_deletion": True}]) == (
        set(),
        [],
    )


def test_the_role_marks_what_it_creates():
    assert yaml.safe_load(VARIABLES.read_text(encoding="utf-8"))["awx_github_app_mark"] == MARK
