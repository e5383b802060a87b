# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Surveys: questions, answers, and passwords."""

from __future__ import annotations

import json

import pytest

QUESTION = {"type": "text", "question_name": "Name", "variable": "name", "required": False}
PASSWORD = {"type": "password", "question_name": "Password", "variable": "secret", "required": True}
CHOICE = {**QUESTION, "type": "multiplechoice", "choices": "a\nb"}
MISSING = {"name": "", "description": ""}


def survey(*questions):
    return {**MISSING, "spec": list(questions)}


@pytest.fixture
def path(awx, template):
    """Return the path of a template whose survey is enabled."""
    awx.admin.change(f"job_templates/{template['id']}/", survey_enabled=True)
    return f"job_templates/{template['id']}/"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (MISSING, "Field 'spec' is missing from survey spec."),
        ({**MISSING, "spec": {}}, "Expected list of items for field 'spec', received dict type."),
        (survey(), "'spec' doesn't contain any items."),
        (survey(1), "Survey question 0 is not a json object."),
        (survey({"type": "text"}), "'question_name' missing from survey question 0"),
        (survey({**QUESTION, "required": 1}), "'required' in survey question 0 expected to be boolean."),
        (survey({**QUESTION, "type": "secret"}), "'secret' in survey question 0 is not one of"),
        (survey(QUESTION, QUESTION), "'variable' 'name' duplicated in survey question 1."),
        (survey({**QUESTION, "default": 1}), "Default value 1 in survey question 0 expected to be string."),
        (survey({**QUESTION, "max": "1"}), "The max limit in survey question 0 expected to be integer."),
        (survey({**CHOICE, "default": "c"}), "Default choice must be answered from the choices listed."),
        (survey({**CHOICE, "default": "a\nb"}), "Multiple Choice (Single Select) can only have one default value."),
        (survey({**QUESTION, "type": "multiselect"}), "Survey question 0 of type multiselect must specify choices."),
        (survey({**QUESTION, "default": "$encrypted$"}), "$encrypted$ is a reserved keyword for password question"),
        (survey({**PASSWORD, "default": "$encrypted$"}), "$encrypted$ is a reserved keyword, may not be used for new"),
    ],
)
def test_invalid_questions(awx, path, spec, message):
    status, body = awx.admin.refused("POST", f"{path}survey_spec/", **spec)
    assert (status, list(body)) == (400, ["error"])
    assert body["error"].startswith(message)


def test_reading_and_removing(awx, path):
    assert awx.admin.get(f"{path}survey_spec/") == {}
    spec = survey(QUESTION, PASSWORD)
    assert awx.admin("POST", f"{path}survey_spec/", json=spec).status_code == 200
    assert awx.admin.get(f"{path}survey_spec/") == spec
    assert "survey_spec" not in awx.admin.get(path)
    assert awx.admin.get(f"{path}launch/")["variables_needed_to_start"] == ["secret"]
    assert awx.admin("DELETE", f"{path}survey_spec/").status_code == 200
    assert awx.admin.get(f"{path}survey_spec/") == {}


def test_a_default_password_is_encrypted_and_kept(awx, path):
    hidden = {**PASSWORD, "default": "$encrypted$"}
    awx.admin("POST", f"{path}survey_spec/", json=survey({**PASSWORD, "default": "hush"}))
    assert awx.admin.get(f"{path}survey_spec/") == survey(hidden)
    assert awx.admin("POST", f"{path}survey_spec/", json=survey(hidden)).status_code == 200
    job = awx.admin("POST", f"{path}launch/", json={"extra_vars": {"secret": "$encrypted$"}}).json()
    assert awx.state.vault.decrypt(json.loads(awx.state.jobs.records[job["id"]]["extra_vars"])["secret"]) == "hush"


def test_a_password_is_only_shown_as_encrypted(awx, path):
    """Not in the launch, the job, the list of jobs and the notification, and not in the stored record."""
    how = {"url": "https://example.com", "headers": {}, "http_method": "POST"}
    mail = awx.admin.make(
        "notification_templates", name="N", organization=1, notification_type="webhook", notification_configuration=how
    )
    awx.admin.link(f"{path}notification_templates_success/", mail["id"])
    awx.admin("POST", f"{path}survey_spec/", json=survey(QUESTION, PASSWORD))
    job = awx.admin("POST", f"{path}launch/", json={"extra_vars": {"name": "n", "secret": "hush"}}).json()
    shown = {"name": "n", "secret": "$encrypted$"}
    assert json.loads(job["extra_vars"]) == shown
    (sent,) = awx.admin("GET", "/_awx/notifications").json()
    assert json.loads(sent["body"]["extra_vars"]) == shown
    everything = [awx.admin("GET", one).text for one in (f"jobs/{job['id']}/", "jobs/", "/_awx/state")]
    assert "hush" not in "".join([*everything, json.dumps([job, sent])])


@pytest.mark.parametrize(
    ("question", "answers", "message"),
    [
        (PASSWORD, {}, "'secret' value missing"),
        (PASSWORD, {"secret": "$encrypted$"}, "'secret' value missing"),
        (PASSWORD, {"secret": 1}, "Value 1 for 'secret' expected to be a string."),
        ({**PASSWORD, "max": 3}, {"secret": "hush"}, "'secret' value hush is too large (must be no more than 3)."),
        (
            {**QUESTION, "min": 3},
            {"name": "n"},
            "'name' value n is too small (length is 1 must be at least 3).",
        ),
        (CHOICE, {"name": "c"}, "Value c for 'name' expected to be one of ['a', 'b']."),
        ({**CHOICE, "type": "multiselect"}, {"name": "a"}, "'name' value is expected to be a list."),
        ({**QUESTION, "type": "integer"}, {"name": "1"}, "Value 1 for 'name' expected to be an integer."),
    ],
)
def test_invalid_answers(awx, path, question, answers, message):
    awx.admin("POST", f"{path}survey_spec/", json=survey(question))
    wanted = (400, {"variables_needed_to_start": [message]})
    assert awx.admin.refused("POST", f"{path}launch/", extra_vars=answers) == wanted


def test_variables_without_a_question(awx, path):
    """AWX ignores them, unless the template asks for variables."""
    awx.admin("POST", f"{path}survey_spec/", json=survey(QUESTION))
    body = {"extra_vars": {"name": "n", "other": 1}}
    job = awx.admin("POST", f"{path}launch/", json=body).json()
    assert (json.loads(job["extra_vars"]), job["ignored_fields"]) == ({"name": "n"}, {"extra_vars": {"other": 1}})
    awx.admin.change(path, ask_variables_on_launch=True)
    job = awx.admin("POST", f"{path}launch/", json=body).json()
    assert json.loads(job["extra_vars"]) == {"name": "n", "other": 1}


def test_who_may_change_it(awx, path):
    assert awx.refresher("GET", f"{path}survey_spec/").status_code == 403
    assert awx.refresher("POST", f"{path}survey_spec/", json=survey(QUESTION)).status_code == 403
