# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module github_app_installation with an app that is installed on the enterprise."""

from __future__ import annotations

import pytest

from ansible_collections.hubops.github_apps.plugins.modules import github_app_installation as module
from github_standin import Fault

BASE = "/enterprises/octo-enterprise/apps/organizations"
EVERY_SERVER = pytest.mark.parametrize("standin", ["3.19", "3.21", "cloud"], indirect=True)
DEMO = "Iv1.standin-demo"
MEMBERS = "Iv1.standin-members"
INSTALLATIONS = "enterprise_organization_installations"
REPOSITORIES = "enterprise_organization_installation_repositories"
# What octo-org has not accepted, after `pending`.
DRIFT = {"issues": {"app": "write", "installation": "read"}, "pull_requests": {"app": "read", "installation": None}}


@pytest.fixture()
def demo(via_enterprise):
    return {**via_enterprise, "app_client_id": DEMO}


@pytest.fixture()
def own(via_enterprise, standin):
    """The app on the enterprise is also installed on organizations."""
    standin.state.installations[2301].app = standin.state.app_by_slug("hubops-demo")
    return {**via_enterprise, "app_id": "1001", "private_key": standin.private_key("hubops-demo")}


@pytest.fixture()
def pending(standin):
    """octo-org has not accepted all permissions."""
    installation = standin.state.installations[2001]
    installation.permissions = {"administration": "read", "contents": "write", "issues": "read", "metadata": "read"}
    return installation


@pytest.fixture()
def twice(run_module, changes_made):
    """Return a function that runs a task in check mode, for real and again, and returns the result and the changes."""

    def run(params):
        foreseen = run_module(module, params, check_mode=True)
        assert not foreseen.get("failed"), foreseen
        assert changes_made() == []
        done = run_module(module, params)
        made = changes_made()
        for key in ("changed", "diff", "permission_drift", "accepted_permissions"):
            assert done.get(key) == foreseen.get(key), key
        again = run_module(module, params)
        assert again["changed"] is False
        assert again["diff"]["before"] == again["diff"]["after"]
        assert changes_made() == []
        return done, made

    return run


def installation_of(standin, account, slug="hubops-demo"):
    found = [item for item in standin.state.installations.values() if item.app.slug == slug]
    return next((item for item in found if item.account.login == account), None)


def selected(standin, installation):
    return [repository.name for repository in standin.state.installation_repositories(installation)]


# Install


@EVERY_SERVER
def test_install_another_app(twice, demo, standin):
    done, made = twice({**demo, "organization": "empty-org", "repositories": ["Lonely", "empty-org/lonely"]})
    assert made == [f"POST {BASE}/empty-org/installations"]
    assert done["changed"] is True
    assert (done["diff"]["before"], done["diff"]["after"]) == (
        "state: absent\n",
        "state: present\nrepository_selection: selected\nempty-org/lonely\n",
    )
    assert done["diff"]["before_header"] == f"empty-org (app {DEMO} on {standin.url.partition('//')[2]})"
    assert done["installation"]["client_id"] == DEMO
    assert done["permission_drift"] == {}
    assert selected(standin, installation_of(standin, "empty-org")) == ["lonely"]


@EVERY_SERVER
def test_install_the_app_itself(twice, own, standin):
    done, made = twice({**own, "organization": "empty-org", "repository_selection": "all", "suspended": False})
    assert made == [f"POST {BASE}/empty-org/installations"]
    assert done["installation"]["account"]["login"] == "empty-org"
    assert done["diff"]["after"] == "state: present\nrepository_selection: all\nsuspended: false\n"


def test_install_and_suspend(twice, own):
    done, made = twice({**own, "organization": "empty-org", "repository_selection": "all", "suspended": True})
    assert len(made) == 2
    assert done["installation"]["suspended_at"]


def test_install_without_repositories(twice, via_enterprise, standin):
    done, _made = twice({**via_enterprise, "app_client_id": MEMBERS, "repository_selection": "none"})
    assert done["diff"]["after"] == "state: present\nrepository_selection: none\n"
    assert selected(standin, installation_of(standin, "octo-org", "members-app")) == []


def test_install_on_many_repositories(twice, demo, standin):
    del standin.state.installations[2004]
    names = [f"service-{number:03}" for number in range(1, 121)]
    done, made = twice({**demo, "organization": "big-org", "repositories": names})
    assert [line.rpartition("/")[2] for line in made] == ["installations", "add", "add"]
    assert len(done["diff"]["after"].splitlines()) == 122
    assert selected(standin, installation_of(standin, "big-org")) == names


def test_none_for_an_app_that_needs_repositories(run_module, demo, standin):
    result = run_module(module, {**demo, "organization": "empty-org", "repository_selection": "none"})
    assert (result["failed"], result["changed"]) == (True, False)
    assert f"The app with the client ID {DEMO} requires access to repositories of empty-org" in result["msg"]
    assert installation_of(standin, "empty-org") is None


def test_a_batch_that_fails_after_the_installation(run_module, demo, standin):
    del standin.state.installations[2004]
    names = [f"service-{number:03}" for number in range(1, 121)]
    params = {**demo, "organization": "big-org", "repositories": names}
    standin.inject(Fault(path="/repositories/add", status=500, body={"message": "Server Error"}, skip=1, times=99))
    result = run_module(module, params)
    assert (result["failed"], result["changed"], result["cause"]) == (True, True, "server_error")
    assert (len(result["added"]), result["removed"], len(result["remaining"])) == (100, [], 20)
    standin.inject()
    assert run_module(module, params)["changed"] is True
    assert selected(standin, installation_of(standin, "big-org")) == names


# Change an installation


@pytest.mark.parametrize("app", ["demo", "own"])
def test_a_plain_task_changes_nothing(twice, request, pending, app):
    done, _made = twice(request.getfixturevalue(app))
    assert (done["changed"], done["installation"]["id"]) == (False, 2001)
    assert done["permission_drift"] == (DRIFT if app == "own" else None)
    assert pending.permissions["issues"] == "read"
    lines = done["diff"]["before"].splitlines()
    assert lines == [
        "state: present",
        "repository_selection: selected",
        *(["suspended: false"] if app == "own" else []),
    ]


def test_repositories(twice, demo, standin):
    done, made = twice({**demo, "repositories": ["hello-world", "website"]})
    assert [line.rpartition("/")[2] for line in made] == ["add", "remove"]
    assert done["diff"]["before"].splitlines()[2:] == ["octo-org/hello-world", "octo-org/spoon-knife"]
    assert done["diff"]["after"].splitlines()[2:] == ["octo-org/hello-world", "octo-org/website"]
    assert done["diff"]["before_header"].startswith("octo-org (installation 2001 on ")
    done, made = twice({**demo, "repository_selection": "all"})
    assert made == [f"PATCH {BASE}/octo-org/installations/2001/repositories"]
    assert done["installation"]["repository_selection"] == "all"
    twice({**demo, "repository_selection": "selected", "repositories": ["linguist"]})
    assert twice({**demo, "repository_selection": "selected"})[1] == []
    assert selected(standin, standin.state.installations[2001]) == ["linguist"]


def test_suspend(twice, own, standin):
    done, made = twice({**own, "suspended": True, "repositories": ["website"]})
    assert made[-1] == "PUT /app/installations/2001/suspended"
    assert "suspended: true" in done["diff"]["after"]
    assert twice({**own, "suspended": False})[1] == ["DELETE /app/installations/2001/suspended"]


# Accept permissions


@pytest.mark.parametrize("app", ["demo", "own"])
def test_accept_permissions(twice, request, standin, pending, app):
    done, made = twice({**request.getfixturevalue(app), "accept_permissions": True})
    assert made == [f"POST {BASE}/octo-org/installations"]
    assert done["accepted_permissions"] == DRIFT
    assert done["permission_drift"] == {}
    assert done["diff"]["before"].splitlines()[-2:] == ["permission issues: read", "permission pull_requests: none"]
    assert done["diff"]["after"].splitlines()[-2:] == ["permission issues: write", "permission pull_requests: read"]
    assert pending.permissions == pending.app.permissions
    assert selected(standin, pending) == ["hello-world", "spoon-knife"]


def test_accept_permissions_and_change_repositories(twice, demo, standin, pending):
    _done, made = twice({**demo, "accept_permissions": True, "repositories": ["website"]})
    assert [line.rpartition("/")[2] for line in made] == ["installations", "add", "remove"]
    assert selected(standin, pending) == ["website"]


def test_accept_the_first_permission_for_repositories(run_module, via_enterprise, standin):
    params = {**via_enterprise, "app_client_id": MEMBERS}
    run_module(module, {**params, "repository_selection": "none"})
    standin.state.app_by_slug("members-app").permissions.update(contents="read", metadata="read")
    result = run_module(module, {**params, "accept_permissions": True})
    assert "Set repository_selection to all or selected." in result["msg"]
    result = run_module(module, {**params, "accept_permissions": True, "repositories": ["website"]})
    assert result["changed"] is True
    assert selected(standin, installation_of(standin, "octo-org", "members-app")) == ["website"]


def test_accept_permissions_of_a_suspended_installation(run_module, twice, own, standin, pending):
    pending.suspended_at = "2026-11-01T00:00:00Z"
    for change in ({}, {"suspended": True}):
        result = run_module(module, {**own, "accept_permissions": True, **change})
        assert "accept_permissions requires suspended=false" in result["msg"]
    done, made = twice({**own, "accept_permissions": True, "suspended": False})
    assert len(made) == 1
    assert "suspended: true" in done["diff"]["before"]
    assert done["installation"]["suspended_at"] is None


def test_accept_permissions_and_suspend(run_module, own, pending):
    result = run_module(module, {**own, "accept_permissions": True, "suspended": True})
    assert "accept_permissions cannot be used with suspended=true" in result["msg"]


@pytest.mark.parametrize("status, message", [(404, "Not Found"), (403, "Resource not accessible by integration")])
def test_accept_permissions_of_an_app_that_is_not_visible(run_module, demo, standin, pending, status, message):
    standin.inject(Fault(path="/apps/hubops-demo$", status=status, body={"message": message}, times=99))
    result = run_module(module, {**demo, "accept_permissions": True})
    assert result["cause"] == "option"
    assert "cannot read the permissions that the app with the client ID Iv1.standin-demo requests" in result["msg"]


def test_another_error_while_reading_the_app(run_module, demo, standin, pending):
    standin.inject(Fault(path="/apps/hubops-demo$", status=500, body={"message": "Server Error"}, times=99))
    assert run_module(module, {**demo, "accept_permissions": True})["cause"] == "server_error"


# Uninstall


@EVERY_SERVER
@pytest.mark.parametrize("app", ["demo", "own"])
def test_uninstall(twice, request, standin, app):
    params = request.getfixturevalue(app)
    done, made = twice({**params, "state": "absent"})
    assert made == [f"DELETE {BASE}/octo-org/installations/2001"]
    assert done["installation"]["id"] == 2001
    assert done["diff"]["after"] == "state: absent\n"
    assert 2001 not in standin.state.installations


def test_an_installation_that_another_task_uninstalls(run_module, demo, standin):
    standin.inject(Fault(method="DELETE", path="/installations/", status=404, body={"message": "Not Found"}))
    assert run_module(module, {**demo, "state": "absent"})["changed"] is False


# Errors


@pytest.mark.parametrize(
    "change, cause, says",
    [
        ({"organization": "empty-org"}, "option", "is not installed on empty-org. Set repository_selection or"),
        (
            {"organization": "empty-org", "repository_selection": "selected"},
            "option",
            "=selected requires repositories",
        ),
        ({"organization": "acme", "repository_selection": "selected"}, "option", "=selected requires repositories"),
        ({"repository_selection": "none"}, "option", "installation 2001 on octo-org can access repositories"),
        ({"organization": "acme", "repository_selection": "none"}, "option", "2002 on acme can access repositories"),
        ({"repository_selection": "all", "repositories": ["website"]}, "option", "cannot be used with repository_sel"),
        ({"repositories": []}, "option", "repositories is empty"),
        ({"repositories": ["l*"]}, "option", "'l*' is not a valid repository name"),
        ({"repositories": ["acme/anvil"]}, "option", "does not belong to octo-org"),
        (
            {"repositories": ["website", "x", "y"]},
            "missing",
            "Repositories not found in octo-org: octo-org/x, octo-org/y.",
        ),
        ({"organization": "empty-org", "repositories": ["x"]}, "missing", "Repository not found in empty-org: x."),
        ({"organization": "outside-org", "repositories": ["x"]}, "not_found", "outside-org does not belong to the"),
        ({"organization": "no-such-org", "state": "absent"}, "not_found", "no-such-org does not belong to the"),
        ({"suspended": True}, "option", "only the app itself can suspend its installations"),
        ({"state": "absent", "repositories": ["x"]}, "option", "repositories cannot be used with state=absent"),
        (
            {"state": "absent", "accept_permissions": True},
            "option",
            "accept_permissions cannot be used with state=absent",
        ),
        ({"organization": "", "user": "octocat"}, "option", "via_enterprise requires organization instead of user"),
        ({"organization": "", "installation_id": 2001}, "option", "organization instead of installation_id"),
        ({"via_enterprise": ""}, "option", "app_client_id requires via_enterprise"),
        ({"via_enterprise": "", "app_client_id": "", "accept_permissions": True}, "option", "requires via_enterprise"),
        (
            {"via_enterprise": "", "app_client_id": "", "repositories": [], "repository_selection": "all"},
            "option",
            "repository_selection and repositories require via_enterprise",
        ),
    ],
)
@pytest.mark.parametrize("check_mode", [True, False])
def test_errors_before_a_change(run_module, demo, changes_made, change, cause, says, check_mode):
    result = run_module(module, {**demo, **change}, check_mode)
    assert result["failed"]
    assert result["changed"] is False
    assert says in result["msg"]
    assert result["cause"] == cause
    assert changes_made() == []


def test_an_unknown_app(run_module, demo):
    result = run_module(module, {**demo, "app_client_id": "Iv1.unknown", "repository_selection": "all"})
    assert (result["failed"], result["changed"]) == (True, False)
    assert "no app with the client ID Iv1.unknown can be installed on this organization." in result["msg"]


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_missing_permission(run_module, demo, standin, changes_made, state):
    standin.state.installations[2301].permissions = {REPOSITORIES: "write", INSTALLATIONS: "read"}
    result = run_module(module, {**demo, "state": state})
    assert result["cause"] == "forbidden"
    assert f"was not granted {INSTALLATIONS}: write." in result["msg"]
    assert changes_made() == []


def test_a_users_token_is_not_sufficient(run_module, demo, changes_made):
    params = {name: value for name, value in demo.items() if name not in ("app_id", "private_key")}
    result = run_module(module, {**params, "token": "standin-pat-classic-admin"})
    assert "requires the app's own credentials" in result["msg"]
    assert changes_made() == []


@pytest.mark.parametrize("standin", ["3.18", "3.20"], indirect=True)
def test_old_servers(run_module, demo, requests_made, standin):
    result = run_module(module, {**demo, "enterprise_installation_id": ""})
    assert result["cause"] == "unsupported"
    says = "3.19 is the first release" if standin.service.profile.name == "3.18" else "Set enterprise_installation_id"
    assert says in result["msg"]
    assert requests_made() == []
