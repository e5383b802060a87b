# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each failure reports its true cause to programs and to users."""

from __future__ import annotations

import pytest
from scenarios import FAILURES, SCENARIOS, prepared_failure, secrets_in

from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import credentials_from
from ansible_collections.hubops.github_apps.plugins.module_utils._github.authenticator import Authenticator
from ansible_collections.hubops.github_apps.plugins.module_utils._github.causes import CAUSES, classify, permissions_in
from ansible_collections.hubops.github_apps.plugins.module_utils._github.endpoints import USER


@pytest.mark.parametrize("name", list(FAILURES))
def test_a_failure_says_its_cause(name, standin, run_module, tmp_path):
    failure = FAILURES[name]
    scenario = SCENARIOS[failure.scenario]
    standin.switch(failure.release or scenario.release)
    params = prepared_failure(name, scenario, standin, tmp_path)
    result = run_module(scenario.code, params)
    assert result["failed"], result["msg"]
    assert result["cause"] == failure.cause, result["msg"]
    assert [phrase for phrase in failure.says if phrase not in result["msg"]] == [], result["msg"]
    assert not [secret for secret in secrets_in(params) if secret in str(result)]
    if "status" in result:
        assert result["operation"].partition("/")[2]
        assert result["msg"].count(str(result["status"]))


def test_every_cause_has_a_failure_that_shows_it():
    shown = {failure.cause for failure in FAILURES.values()}
    # These have separate tests, next to the code that raises them.
    elsewhere = {
        "no_key",
        "not_signed_in",
        "all_repositories",
        "last_repository",
        "no_repository_permissions",
        "api_version",
        "server_error",
    }
    elsewhere |= {"unauthorized", "forbidden", "invalid", "not_found"}
    assert {cause.name for cause in CAUSES} - shown == elsewhere


VALUES = {
    **{name: name.upper() for name in ("host", "app", "app_option", "key_option", "fingerprint", "credentials")},
    **dict.fromkeys(("wait", "permissions"), ""),
}


@pytest.mark.parametrize(
    "status, message, cause",
    [
        (401, "'Expiration time' claim ('exp') is too far in the future", "clock"),
        (401, "Integration must generate a public key", "no_key"),
        (401, "Requires authentication", "not_signed_in"),
        (401, "Something else", "unauthorized"),
        (401, "", "not_the_api"),
        (403, "Forbidden", "forbidden"),
        (403, "", "not_the_api"),
        (404, "Not Found", "not_found"),
        (404, "no such page", "not_the_api"),
        (404, "", "not_the_api"),
        (400, "the X-GitHub-API-Version request header", "api_version"),
        (400, "Problems parsing JSON", "refused"),
        (422, "Validation Failed", "invalid"),
        (422, "This installation is on all repositories, please update in the Web UI.", "all_repositories"),
        (422, "Cannot remove the last repository from this installation.", "last_repository"),
        (
            422,
            "This installation does not use repository permissions, so it cannot be given access to any repositories.",
            "no_repository_permissions",
        ),
        (502, "", "server_error"),
        (599, "Not Found", "server_error"),
        (307, "", "redirect"),
        (418, "I'm a teapot", "refused"),
    ],
)
def test_status_and_message_tell_the_cause(status, message, cause):
    assert classify(status, message, VALUES)[0] == cause


@pytest.mark.parametrize(
    "message, is_told",
    [("Resource not accessible by integration", True), ("Forbidden", True), ("IP allow list", False)],
)
def test_permissions_that_would_do_are_told_where_they_are_the_cause(message, is_told):
    _cause, explanation = classify(403, message, {**VALUES, "permissions": "issues: write"})
    assert ("issues: write" in explanation) is is_told
    assert "credentials with" not in classify(403, message, VALUES)[1]


@pytest.mark.parametrize("cause", CAUSES)
def test_explanations_are_sentences(cause):
    text = cause.explanation.format(**VALUES)
    assert text.rstrip(")")[-1] in ".?"
    assert "{" not in text


@pytest.mark.parametrize(
    "header, text",
    [
        ("", ""),
        ("issues=write", "issues: write"),
        ("issues=write, metadata=read; checks=read", "issues: write and metadata: read, or checks: read"),
        ("<script>", ""),
        ("a" * 2000, ""),
    ],
)
def test_permissions_that_github_accepts_are_told(header, text):
    assert permissions_in(header) == text


@pytest.mark.parametrize(
    "token, name",
    [
        ("ghp_x", "token (GITHUB_TOKEN; a personal access token (classic))"),
        ("github_pat_x", "token (GITHUB_TOKEN; a fine-grained personal access token)"),
        ("ghs_1_eyJ", "token (GITHUB_TOKEN; an installation access token)"),
        ("0123", "token (GITHUB_TOKEN)"),
    ],
)
def test_a_token_says_where_it_came_from_and_what_it_is(token, name):
    credentials = credentials_from({"token": token}, sources={"token": "GITHUB_TOKEN"})
    assert Authenticator(credentials).name_of(USER) == name
