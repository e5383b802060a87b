# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.hubops.github_apps.plugins.modules import github_app_installation as module
from github_standin import Fault

EVERY_SERVER = pytest.mark.parametrize("standin", ["2.20", "3.19", "cloud"], indirect=True)
SUSPENDING_SERVER = pytest.mark.parametrize("standin", ["2.22", "3.19", "cloud"], indirect=True)


@EVERY_SERVER
@pytest.mark.parametrize(
    "selector, number",
    [
        ({"organization": "octo-org"}, 2001),
        ({"organization": "OCTO-org"}, 2001),
        ({"user": "octocat"}, 2005),
        ({"repository": "octo-org/hello-world"}, 2001),
        ({"repository": "octo-org/hello-old"}, 2001),
        ({"installation_id": 2002}, 2002),
    ],
)
def test_an_installation_is_found_in_one_request(run_module, options, writes, standin, selector, number):
    result = run_module(module, {**options, **selector})
    assert result["changed"] is False
    assert result["installation"]["id"] == number
    assert len(standin.log) == (2 if "old" in str(selector) else 1)
    assert writes() == []


@SUSPENDING_SERVER
def test_suspend_and_unsuspend(run_module, options, writes):
    for suspended, verb in ((True, "PUT"), (False, "DELETE")):
        params = {**options, "organization": "octo-org", "suspended": suspended}
        foreseen = run_module(module, params, check_mode=True)
        assert foreseen["changed"] is True
        assert writes() == []
        done = run_module(module, params)
        assert done["changed"] is True
        assert done["diff"] == foreseen["diff"]
        assert done["diff"]["before"]["suspended"] is not suspended
        assert done["diff"]["after"]["suspended"] is suspended
        assert bool(done["installation"]["suspended_at"]) is suspended
        assert writes() == [f"{verb} /app/installations/2001/suspended"]
        again = run_module(module, params)
        assert again["changed"] is False
        assert writes() == []
        assert again["diff"]["before"] == again["diff"]["after"]


@pytest.mark.parametrize("standin", ["2.19", "2.20", "2.21"], indirect=True)
@pytest.mark.parametrize("check_mode", [True, False])
def test_suspending_needs_2_22(run_module, options, writes, check_mode):
    result = run_module(module, {**options, "organization": "octo-org", "suspended": True}, check_mode)
    assert result["failed"]
    assert "2.22 is the first release that supports it" in result["msg"]
    assert writes() == []
    assert run_module(module, {**options, "organization": "octo-org", "suspended": False})["changed"] is False


@EVERY_SERVER
def test_uninstall(run_module, options, writes):
    params = {**options, "organization": "octo-org", "state": "absent"}
    foreseen = run_module(module, params, check_mode=True)
    assert foreseen["changed"] is True
    assert writes() == []
    done = run_module(module, params)
    assert done["changed"] is True
    assert done["diff"] == foreseen["diff"]
    assert done["diff"]["after"] == {"state": "absent"}
    assert done["installation"]["id"] == 2001
    assert writes() == ["DELETE /app/installations/2001"]
    again = run_module(module, params)
    assert again["changed"] is False
    assert writes() == []


@pytest.mark.parametrize("standin", ["3.21", "cloud"], indirect=True)
def test_an_uninstallation_in_the_background_is_waited_for(run_module, options, requests_made, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    params = {**options, "api_version": "2026-03-10", "installation_id": 2001, "state": "absent"}
    assert run_module(module, params)["changed"] is True
    made = requests_made()
    assert made[:2] == ["GET /app/installations/2001", "DELETE /app/installations/2001"]
    assert set(made[2:]) == {"GET /app/installations/2001"}
    assert run_module(module, params)["changed"] is False


def test_waiting_for_an_uninstallation_ends_and_says_what_is_known(run_module, options):
    result = run_module(
        module, {**options, "api_version": "2026-03-10", "user": "octocat", "state": "absent", "wait_timeout": 0}
    )
    assert result["failed"]
    assert result["changed"] is True
    assert result["uninstall_accepted"] is True
    assert "still exists" in result["msg"]
    assert "wait_timeout" in result["msg"]


@EVERY_SERVER
def test_an_account_without_the_app_names_app_host_account_and_where_to_install(run_module, options, standin, writes):
    result = run_module(module, {**options, "organization": "empty-org"})
    host = standin.url.partition("//")[2]
    for text in ("hubops-demo", "1001", host, "organization empty-org", "/installations/new", "octo-org"):
        assert text in result["msg"]
    assert result["failed"]
    assert writes() == []


@pytest.mark.parametrize("kind, name, other", [("organization", "octocat", "user"), ("user", "ACME", "organization")])
def test_an_account_of_the_other_kind(run_module, options, kind, name, other):
    result = run_module(module, {**options, kind: name})
    assert result["failed"]
    assert f"Set {other} instead of {kind}" in result["msg"]


def test_an_account_without_the_app_whose_member_requested_it(run_module, options):
    result = run_module(module, {**options, "organization": "empty-org"})
    assert (
        "monalisa requested the installation, and an owner must approve it. An owner can install the app"
        in result["msg"]
    )
    result = run_module(module, {**options, "repository": "empty-org/lonely"})
    assert "monalisa requested the installation" in result["msg"]
    assert "requested" not in run_module(module, {**options, "organization": "outside-org"})["msg"]


@pytest.mark.parametrize("standin, is_asked", [("3.7", False), ("3.8", True)], indirect=["standin"])
def test_requests_are_read_where_the_server_has_them(run_module, options, requests_made, is_asked):
    assert run_module(module, {**options, "organization": "empty-org"})["failed"]
    assert ("GET /app/installation-requests" in requests_made()) is is_asked


ENTERPRISE = {"enterprise": "octo-enterprise"}
WITH_ENTERPRISES = pytest.mark.parametrize("standin", ["3.21", "cloud"], indirect=True)


@WITH_ENTERPRISES
def test_an_installation_on_an_enterprise(run_module, installer, requests_made):
    result = run_module(module, {**installer, **ENTERPRISE})
    assert result["installation"]["id"] == 2301
    assert result["installation"]["account"]["slug"] == "octo-enterprise"
    assert result["diff"]["before"]["account"] == "octo-enterprise"
    assert result["diff"]["before_header"].startswith("octo-enterprise (installation 2301 on ")
    assert requests_made() == ["GET /enterprises/octo-enterprise/installation"]


@WITH_ENTERPRISES
@pytest.mark.parametrize("change", [{"suspended": True}, {"state": "absent"}])
def test_an_installation_on_an_enterprise_is_changed(run_module, installer, writes, change):
    params = {**installer, **ENTERPRISE, **change}
    foreseen = run_module(module, params, check_mode=True)
    assert foreseen["changed"] is True
    assert writes() == []
    done = run_module(module, params)
    assert (done["changed"], done["diff"]) == (True, foreseen["diff"])
    assert len(writes()) == 1
    assert run_module(module, params)["changed"] is False


@pytest.mark.parametrize("standin", ["3.19", "3.20"], indirect=True)
def test_an_enterprise_needs_3_21(run_module, installer, requests_made):
    result = run_module(module, {**installer, **ENTERPRISE})
    assert result["failed"]
    assert result["cause"] == "unsupported"
    assert "3.21 is the first release that can. Set installation_id to the ID" in result["msg"]
    assert requests_made() == []
    assert run_module(module, {**installer, "installation_id": 2301})["installation"]["id"] == 2301


def test_an_enterprise_without_the_app(run_module, options):
    result = run_module(module, {**options, **ENTERPRISE})
    assert result["failed"]
    assert result["cause"] == "missing"
    assert "is not installed on the enterprise octo-enterprise on" in result["msg"]
    assert run_module(module, {**options, **ENTERPRISE, "state": "absent"})["changed"] is False


@pytest.mark.parametrize(
    "app, kind, name, says",
    [
        ("installer", "organization", "octo-enterprise", "is not an organization on"),
        ("installer", "user", "Octo-Enterprise", "is not a user account on"),
        ("options", "enterprise", "octo-org", "is not an enterprise on"),
        ("options", "enterprise", "octocat", "is not an enterprise on"),
    ],
)
def test_an_enterprise_is_not_another_account(run_module, request, app, kind, name, says):
    result = run_module(module, {**request.getfixturevalue(app), kind: name})
    other = {"octo-org": "organization", "octocat": "user"}.get(name, "enterprise")
    assert result["failed"]
    assert says in result["msg"]
    assert f"Set {other} instead of {kind}." in result["msg"]


@pytest.mark.parametrize("slug", ["octo/enterprise", "../x", "octo enterprise", "-x"])
def test_what_is_no_slug_of_an_enterprise(run_module, installer, requests_made, slug):
    result = run_module(module, {**installer, "enterprise": slug})
    assert result["failed"]
    assert "URL of the enterprise's page" in result["msg"]
    assert requests_made() == []


@pytest.mark.parametrize("wait_timeout", [-5, 3601])
def test_a_wait_out_of_bounds(run_module, options, writes, wait_timeout):
    result = run_module(module, {**options, "user": "octocat", "state": "absent", "wait_timeout": wait_timeout})
    assert result["failed"]
    assert "wait_timeout" in result["msg"]
    assert writes() == []


def test_an_unknown_installation_id(run_module, options):
    result = run_module(module, {**options, "installation_id": 9})
    assert result["failed"]
    assert "no installation 9" in result["msg"]


def test_a_repository_that_the_installation_does_not_reach(run_module, options):
    result = run_module(module, {**options, "repository": "octo-org/linguist"})
    assert result["failed"]
    assert "installed on octo-org" in result["msg"]
    assert "octo-org/linguist does not exist or is not part of the installation" in result["msg"]


def test_a_repository_cannot_select_what_is_uninstalled(run_module, options, requests_made):
    result = run_module(module, {**options, "repository": "octo-org/hello-world", "state": "absent"})
    assert result["failed"]
    assert "Set organization or user instead" in result["msg"]
    assert requests_made() == []


@pytest.mark.parametrize(
    "change, says",
    [
        ({"organization": "octo-org", "user": "octocat"}, "exactly one"),
        ({}, "No installation is selected. Set one of installation_id, organization, user, repository or enterprise"),
        ({"organization": "octo-org", "app_id": "", "private_key": ""}, "app_id and private_key_path"),
        ({"organization": "octo-org", "state": "absent", "suspended": True}, "suspended"),
        ({"organization": "octo-org", "server_version": 3.2}, "Quote the release"),
        ({"organization": "octo-org", "private_key": "0" * 40}, "client secret"),
    ],
)
def test_bad_input_is_refused_before_any_call(run_module, options, requests_made, change, says):
    result = run_module(module, {**options, **change})
    assert result["failed"]
    assert says in result["msg"]
    assert requests_made() == []


@EVERY_SERVER
def test_the_key_of_another_app(run_module, options, standin):
    result = run_module(
        module, {**options, "organization": "octo-org", "private_key": standin.private_key("other-app")}
    )
    assert result["failed"]
    assert "private_key is not a private key of the app 1001" in result["msg"]
    assert result["cause"] == "wrong_key"


def test_an_app_that_is_not_there(run_module, options):
    result = run_module(module, {**options, "organization": "octo-org", "app_id": "4711"})
    assert result["failed"]
    assert "app 4711 does not exist" in result["msg"]
    assert "api_url" in result["msg"]


def test_a_server_that_is_no_github(run_module, options, standin):
    result = run_module(
        module, {**options, "organization": "octo-org", "api_url": standin.url + "/_standin", "server_version": "cloud"}
    )
    assert result["failed"]


def test_a_server_that_is_not_there(run_module, options):
    result = run_module(
        module, {**options, "organization": "octo-org", "api_url": "http://127.0.0.1:9", "server_version": "auto"}
    )
    assert result["failed"]
    assert "could not be reached" in result["msg"]


@pytest.mark.parametrize("standin", ["2.20", "3.19"], indirect=True)
def test_the_release_is_asked_where_it_is_not_told(run_module, options, requests_made):
    result = run_module(module, {**options, "server_version": "", "organization": "octo-org"})
    assert result["installation"]["id"] == 2001
    assert requests_made() == ["GET /meta", "GET /orgs/octo-org/installation"]


def test_the_environment_completes_the_task(run_module, options, monkeypatch, tmp_path):
    key = tmp_path / "app.pem"
    key.write_text(options["private_key"])
    variables = {
        "GITHUB_API_URL": options["api_url"],
        "GITHUB_SERVER_VERSION": "cloud",
        "GITHUB_APP_ID": "1001",
        "GITHUB_APP_PRIVATE_KEY_PATH": str(key),
        "GITHUB_APP_INSTALLATION_ID": "2002",
        "GITHUB_APP_PRIVATE_KEY": "",
        "GITHUB_CA_PATH": "",
        "GITHUB_VALIDATE_CERTS": "",
        "GITHUB_TIMEOUT": "",
        "GITHUB_RETRIES": "0",
        "GITHUB_TOKEN": "",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert run_module(module, {})["installation"]["id"] == 2002
    assert run_module(module, {"organization": "octo-org"})["installation"]["id"] == 2001
    assert (
        run_module(module, {"timeout": "", "validate_certs": "", "suspended": "", "wait_timeout": ""})["changed"]
        is False
    )


def test_secrets_of_the_environment_are_censored_like_those_of_the_task(run_module, options, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "secret-of-the-environment")
    result = run_module(module, {**options, "organization": "octo-org"})
    assert "secret-of-the-environment" not in str(result)
    assert "PRIVATE KEY" not in str(result)


def test_a_missing_library_names_library_and_interpreter(run_module, options, monkeypatch):
    import sys

    from ansible_collections.hubops.github_apps.plugins.module_utils._github import transport

    monkeypatch.setattr(transport, "HAS_REQUESTS", False)
    result = run_module(module, {**options, "organization": "octo-org"})
    assert result["failed"]
    assert "(requests)" in result["msg"]
    assert sys.executable in result["msg"]


@pytest.mark.parametrize("standin", ["cloud", "3.19"], indirect=True)
def test_a_client_id_can_stand_for_the_app_id(run_module, options, standin):
    result = run_module(module, {**options, "app_id": "", "client_id": "Iv1.standin-demo", "organization": "octo-org"})
    assert result["installation"]["id"] == 2001


@pytest.mark.parametrize("standin", ["3.9"], indirect=True)
def test_a_client_id_on_a_server_that_wants_an_app_id(run_module, options, requests_made):
    result = run_module(module, {**options, "app_id": "", "client_id": "Iv1.standin-demo", "organization": "octo-org"})
    assert result["failed"]
    assert "Set app_id" in result["msg"]
    assert requests_made() == []


@pytest.mark.parametrize("standin", ["2.22"], indirect=True)
@pytest.mark.parametrize(
    "message, says",
    [("Not Found", "does not support suspending installations"), ("Forbidden", "does not allow this operation")],
)
def test_a_2_22_of_which_the_descriptions_differ(run_module, options, standin, message, says):
    standin.inject(Fault(method="PUT", status=404 if message == "Not Found" else 403, body={"message": message}))
    result = run_module(module, {**options, "organization": "octo-org", "suspended": True})
    assert result["failed"]
    assert says in result["msg"]


def test_of_many_accounts_ten_are_told(run_module, options, standin):
    installation = {"id": 1, "app_id": 1001}
    many = [{**installation, "id": number, "account": {"login": f"org-{number:02}"}} for number in range(12)]
    standin.inject(Fault(path="/app/installations$", status=200, body=many))
    result = run_module(module, {**options, "organization": "empty-org", "suspended": True})
    assert result["msg"].endswith("org-08, org-09 and others.")


@pytest.mark.parametrize("standin", ["3.19"], indirect=True)
@pytest.mark.parametrize("is_gone", [True, False])
def test_an_installation_that_is_not_found_when_it_is_deleted(run_module, options, standin, is_gone):
    fault = Fault(method="DELETE", status=404, body={"message": "Not Found"})
    again = [Fault(path="/app/installations/", status=404, body={"message": "Not Found"})] if is_gone else []
    standin.inject(fault, *again)
    result = run_module(module, {**options, "organization": "acme", "state": "absent"})
    assert result["changed"] is False
    assert result.get("failed", False) is not is_gone
    assert is_gone or "but it still exists. Run the task again" in result["msg"]


def test_an_installation_that_must_not_be_deleted(run_module, options, standin):
    standin.inject(Fault(method="DELETE", status=403, body={"message": "Forbidden"}))
    result = run_module(module, {**options, "organization": "acme", "state": "absent"})
    assert result["failed"] is True
    assert result["cause"] == "forbidden"


def test_names_from_a_server_are_printable(run_module, options, standin):
    evil = "x\x1b]0;owned\x07"
    standin.inject(
        Fault(path="/app$", status=200, body={"id": 1, "slug": evil, "html_url": evil}),
        Fault(path="/app/installations$", status=200, body=[{"id": 1, "account": {"login": evil}}]),
    )
    result = run_module(module, {**options, "organization": "empty-org", "suspended": True})
    assert result["failed"]
    assert "owned" in result["msg"]
    assert result["msg"].isprintable()
