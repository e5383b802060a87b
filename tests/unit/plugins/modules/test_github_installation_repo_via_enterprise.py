# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module github_installation_repo with an app that is installed on the enterprise."""

from __future__ import annotations

import pytest

from ansible_collections.hubops.github_apps.plugins.modules import github_installation_repo as module
from github_standin import Fault

BASE = "/enterprises/octo-enterprise/apps/organizations"
EVERY_SERVER = pytest.mark.parametrize("standin", ["3.19", "3.21", "cloud"], indirect=True)
DEMO = "Iv1.standin-demo"
INSTALLATIONS = "enterprise_organization_installations"
REPOSITORIES = "enterprise_organization_installation_repositories"


@pytest.fixture()
def octo(via_enterprise):
    return {**via_enterprise, "app_client_id": DEMO}


@pytest.fixture()
def twice(run_module, changes_made):
    """Return a function that runs a task in check mode, for real and again, and returns the result and the changes."""

    def run(params):
        foreseen = run_module(module, params, check_mode=True)
        assert not foreseen.get("failed"), foreseen
        assert changes_made() == []
        done = run_module(module, params)
        made = changes_made()
        for key in ("changed", "diff", "added", "removed", "repositories", "repository_selection", "matched"):
            assert done.get(key) == foreseen.get(key), key
        again = run_module(module, params)
        assert again["changed"] is False
        assert changes_made() == []
        assert again.get("repositories", []) == done.get("repositories", []) or done["repository_selection"] == "all"
        return done, made

    return run


def selected(standin, installation_id):
    installation = standin.state.installations[installation_id]
    return [repository.name for repository in standin.state.installation_repositories(installation)]


@EVERY_SERVER
def test_present_adds_in_one_request(twice, octo, standin):
    done, made = twice({**octo, "repositories": ["Hello-World", "octo-org/LINGUIST", "web*"]})
    assert made == [f"PATCH {BASE}/octo-org/installations/2001/repositories/add"]
    assert (done["changed"], done["added"], done["removed"]) == (True, ["octo-org/linguist", "octo-org/website"], [])
    assert done["matched"] == {"web*": ["octo-org/website"]}
    assert (done["installation_id"], done["repository_selection"]) == (2001, "selected")
    assert done["diff"]["before"] == "octo-org/hello-world\nocto-org/spoon-knife\n"
    assert done["diff"]["before_header"].startswith("octo-org (installation 2001 on ")
    assert selected(standin, 2001) == ["hello-world", "spoon-knife", "linguist", "website"]


@EVERY_SERVER
def test_absent_ignores_what_is_missing(twice, octo, standin):
    done, made = twice({**octo, "repositories": ["spoon-*", "no-such-repository"], "state": "absent"})
    assert made == [f"PATCH {BASE}/octo-org/installations/2001/repositories/remove"]
    assert done["removed"] == ["octo-org/spoon-knife"]
    assert selected(standin, 2001) == ["hello-world"]


def test_exact_adds_before_it_removes(twice, octo, standin):
    done, made = twice({**octo, "repository_ids": [5003], "repositories": ["website"], "state": "exact"})
    assert [line.rpartition("/")[2] for line in made] == ["add", "remove"]
    assert done["removed"] == ["octo-org/hello-world", "octo-org/spoon-knife"]
    assert selected(standin, 2001) == ["linguist", "website"]


def test_batches(twice, octo, standin):
    params = {**octo, "organization": "big-org", "repositories": ["service-*"], "exclude": ["service-00*"]}
    done, made = twice({**params, "state": "exact"})
    assert [line.rpartition("/")[2] for line in made] == ["add"] * 3 + ["remove"]
    assert (len(done["added"]), len(done["removed"])) == (130, 9)
    assert len(selected(standin, 2004)) == 241


def test_all_and_selected(twice, octo, standin):
    done, made = twice({**octo, "repository_selection": "all"})
    assert made == [f"PATCH {BASE}/octo-org/installations/2001/repositories"]
    assert done["added"] == ["octo-org/linguist", "octo-org/private-plans", "octo-org/website"]
    assert done["repository_selection"] == "all"
    done, made = twice({**octo, "repository_selection": "selected", "repositories": ["website", "l*"]})
    assert made == [f"PATCH {BASE}/octo-org/installations/2001/repositories"]
    assert done["removed"] == ["octo-org/hello-world", "octo-org/spoon-knife", "octo-org/private-plans"]
    assert selected(standin, 2001) == ["linguist", "website"]


def test_an_installation_on_all_repositories_is_left_alone(run_module, octo, changes_made):
    result = run_module(module, {**octo, "organization": "acme", "repositories": ["anvil"]})
    assert (result["changed"], result["repository_selection"]) == (False, "all")
    assert changes_made() == []


def test_the_app_of_the_credentials(twice, octo, standin):
    """The demo app itself is installed on the enterprise; its permissions there need no list of installations."""
    standin.state.installations[2301].app = standin.state.app_by_slug("hubops-demo")
    standin.state.installations[2301].permissions = {REPOSITORIES: "write"}
    own = {**octo, "app_client_id": "", "app_id": "1001", "private_key": standin.private_key("hubops-demo")}
    twice({**own, "repositories": ["linguist"]})
    own["organization"] = ""
    twice({**own, "repository": "octo-org/hello-world", "repositories": ["website"]})
    done, _made = twice({**own, "installation_id": 2001, "repositories": ["spoon-knife"], "state": "absent"})
    assert done["removed"] == ["octo-org/spoon-knife"]
    assert selected(standin, 2001) == ["hello-world", "linguist", "website"]


@pytest.mark.parametrize(
    "change, cause, says",
    [
        (
            {"repositories": ["x", "linguist"], "repository_ids": [9]},
            "missing",
            "not found in octo-org: octo-org/x, 9.",
        ),
        ({"repositories": ["nope-*"]}, "no_match", "No repository of octo-org matches 'nope-*'"),
        ({"repositories": ["acme/anvil"]}, "option", "does not belong to octo-org"),
        ({"repositories": ["*"], "state": "absent"}, "option", "would leave the installation without repositories"),
        ({"repository_topics": ["octocat"]}, "option", "repository_topics cannot be used with via_enterprise"),
        ({"repositories": ["*"], "include_archived": False}, "option", "include_archived=false cannot be used"),
        ({"repository_selection": "all", "repositories": ["website"]}, "option", "cannot be used with repositories"),
        ({"repository_selection": "selected"}, "option", "requires repositories or repository_ids"),
        (
            {"repository_selection": "selected", "repositories": ["website"], "state": "absent"},
            "option",
            "cannot be used with state=absent",
        ),
        (
            {"organization": "acme", "repositories": ["anvil"], "state": "exact"},
            "option",
            "state=exact requires repository_selection=selected",
        ),
        (
            {
                "organization": "acme",
                "repositories": ["nope-*"],
                "allow_no_match": True,
                "repository_selection": "selected",
            },
            "option",
            "repository_selection=selected without repositories would remove all repositories",
        ),
        ({"organization": "outside-org", "repositories": ["x"]}, "not_found", "outside-org does not belong to the"),
        (
            {"organization": "empty-org", "repositories": ["lonely"]},
            "missing",
            "Install it with github_app_installation",
        ),
        ({"organization": "", "user": "octocat", "repositories": ["x"]}, "option", "user cannot be used with via_"),
        ({"organization": "", "installation_id": 2001, "repositories": ["x"]}, "option", "Set organization instead"),
        ({"via_enterprise": "a/b", "repositories": ["x"]}, "option", "via_enterprise 'a/b' is not a valid slug"),
        ({"via_enterprise": "other", "repositories": ["x"]}, "missing", "not installed on the enterprise other"),
        ({"via_enterprise": "", "repositories": ["x"]}, "option", "app_client_id requires via_enterprise"),
        (
            {"via_enterprise": "", "app_client_id": "", "repository_selection": "all"},
            "option",
            "repository_selection requires via_enterprise",
        ),
    ],
)
@pytest.mark.parametrize("check_mode", [True, False])
def test_errors_before_a_change(run_module, octo, changes_made, change, cause, says, check_mode):
    result = run_module(module, {**octo, **change}, check_mode)
    assert result["failed"]
    assert result["changed"] is False
    assert says in result["msg"]
    assert result["cause"] == cause
    assert changes_made() == []


def test_a_user_account(run_module, octo, standin):
    standin.state.installations[2301].app = standin.state.app_by_slug("hubops-demo")
    own = {"app_client_id": "", "app_id": "1001", "private_key": standin.private_key("hubops-demo")}
    result = run_module(module, {**octo, **own, "organization": "", "installation_id": 2005, "repositories": ["notes"]})
    assert "Installation 2005 is on octocat, which is not an organization." in result["msg"]


@pytest.mark.parametrize(
    "granted, missing",
    [
        ({}, f"{REPOSITORIES}: read or {INSTALLATIONS}: read"),
        ({REPOSITORIES: "read"}, f"{REPOSITORIES}: write or {INSTALLATIONS}: write"),
        ({REPOSITORIES: "write"}, f"{INSTALLATIONS}: read"),  # for the list of installations
    ],
)
def test_a_missing_permission(run_module, octo, standin, changes_made, granted, missing):
    standin.state.installations[2301].permissions = granted
    result = run_module(module, {**octo, "repositories": ["website"]})
    assert result["cause"] == "forbidden"
    assert f"was not granted {missing}." in result["msg"]
    assert changes_made() == []


def test_a_users_token_is_not_sufficient(run_module, octo, changes_made):
    params = {name: value for name, value in octo.items() if name not in ("app_id", "private_key")}
    result = run_module(module, {**params, "token": "standin-pat-classic-admin", "repositories": ["website"]})
    assert "requires the app's own credentials" in result["msg"]
    assert changes_made() == []


@pytest.mark.parametrize("standin", ["3.18", "3.20"], indirect=True)
def test_old_servers(run_module, octo, requests_made, standin):
    result = run_module(module, {**octo, "enterprise_installation_id": "", "repositories": ["website"]})
    assert result["cause"] == "unsupported"
    says = "3.19 is the first release" if standin.service.profile.name == "3.18" else "Set enterprise_installation_id"
    assert says in result["msg"]
    assert requests_made() == []


def test_a_failure_after_the_first_batch(run_module, octo, standin):
    params = {**octo, "organization": "big-org", "repositories": ["service-1*", "service-2*"], "state": "exact"}
    standin.inject(Fault(path="/repositories/remove", status=500, body={"message": "Server Error"}, times=99))
    result = run_module(module, params)
    assert (result["failed"], result["changed"], result["cause"]) == (True, True, "server_error")
    assert (len(result["added"]), result["removed"], len(result["remaining"])) == (130, [], 99)
    assert "Removed: none. Not done: big-org/service-001, " in result["msg"]
    standin.inject()
    assert run_module(module, params)["changed"] is True
    assert len(selected(standin, 2004)) == 151
