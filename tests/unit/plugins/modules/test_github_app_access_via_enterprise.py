# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module github_app_access with an app that is installed on the enterprise."""

from __future__ import annotations

import pytest

from ansible_collections.hubops.github_apps.plugins.modules import github_app_access as module
from github_standin import Fault
from github_standin.state import Account, Repository

EVERY_SERVER = pytest.mark.parametrize("standin", ["3.19", "3.21", "cloud"], indirect=True)
ADMIN = "standin-pat-classic-admin"
DEMO = "Iv1.standin-demo"
APPS = "/enterprises/octo-enterprise/apps"
TOKEN = "POST /app/installations/2301/access_tokens"
REVOKED = "DELETE /installation/token"
PERMISSIONS = {"administration": "read", "contents": "write", "issues": "write", "pull_requests": "read"}


@pytest.fixture()
def own(via_enterprise, standin):
    """The options of an app that is installed on the enterprise and on its organizations."""
    app = standin.state.app_by_slug("hubops-demo")
    standin.state.installations[2301].app = app
    options = {name: value for name, value in via_enterprise.items() if name != "organization"}
    return {**options, "app_id": "1001", "private_key": standin.private_key("hubops-demo")}


@pytest.fixture()
def other(via_enterprise):
    """The options of an app on the enterprise that manages another app."""
    options = {name: value for name, value in via_enterprise.items() if name != "organization"}
    return {**options, "app_client_id": DEMO}


@pytest.fixture()
def run(run_module):
    def run(options, accounts, check_mode=False, **more):
        return run_module(module, {"unlisted": "ignore", **options, "accounts": accounts, **more}, check_mode)

    return run


@pytest.fixture()
def twice(run, changes_made):
    """Return a function that runs a task in check mode, for real and again, and returns the result and the changes."""

    def twice(options, accounts, **more):
        foreseen = run(options, accounts, True, **more)
        assert not foreseen.get("failed"), foreseen
        assert changes_made() == []
        done = run(options, accounts, **more)
        made = changes_made()
        assert (done["diff"], done["report"]["changes"]) == (foreseen["diff"], foreseen["report"]["changes"])
        again = run(options, accounts, **more)
        assert (again.get("failed"), again["changed"], again["diff"]) == (None, False, [])
        assert changes_made() == []
        return done, made

    return twice


def installation_of(standin, account):
    found = [item for item in standin.state.installations.values() if item.app.slug == "hubops-demo"]
    return next((item for item in found if item.account.login == account), None)


def selected(standin, account):
    return [item.name for item in standin.state.installation_repositories(installation_of(standin, account))]


# Steps


@EVERY_SERVER
@pytest.mark.parametrize("app", ["own", "other"])
def test_install(twice, request, standin, app):
    entry = {"organization": "empty-org", "repositories": ["lone*"]}
    done, made = twice(request.getfixturevalue(app), [entry])
    assert made == [f"POST {APPS}/organizations/empty-org/installations"]
    (account,) = done["report"]["accounts"]
    assert account["changes"] == ["install", "add empty-org/lonely"]
    assert account["installation_id"] == installation_of(standin, "empty-org").id
    assert account["matched"] == {"lone*": ["empty-org/lonely"]}
    (diff,) = done["diff"]
    assert (diff["before"], diff["after"]) == (
        "state: absent\n",
        "state: present\nrepository_selection: selected\nempty-org/lonely\n",
    )
    assert diff["before_header"].startswith("empty-org on 127.0.0.1:")
    assert selected(standin, "empty-org") == ["lonely"]


@EVERY_SERVER
@pytest.mark.parametrize("app", ["own", "other"])
def test_uninstall(twice, request, standin, app):
    done, made = twice(request.getfixturevalue(app), [{"organization": "octo-org", "state": "absent"}])
    assert made == [f"DELETE {APPS}/organizations/octo-org/installations/2001"]
    assert done["report"]["changes"] == ["octo-org: uninstall"]
    assert installation_of(standin, "octo-org") is None


@EVERY_SERVER
@pytest.mark.parametrize("app", ["own", "other"])
def test_repositories(twice, request, standin, app):
    accounts = [
        {"organization": "octo-org", "repositories": ["hello-*", "linguist"]},
        {"organization": "acme", "repositories": ["anvil"]},
        {"organization": "big-org", "repository_selection": "all"},
    ]
    done, made = twice(request.getfixturevalue(app), accounts)
    assert done["report"]["changes"] == [
        "octo-org: add octo-org/linguist",
        "octo-org: remove octo-org/spoon-knife",
        "acme: change repository_selection to selected",
        "big-org: change repository_selection to all",
    ]
    assert len(made) == 4
    assert selected(standin, "octo-org") == ["hello-world", "linguist"]
    assert selected(standin, "acme") == ["anvil"]
    assert installation_of(standin, "big-org").repository_selection == "all"


@EVERY_SERVER
@pytest.mark.parametrize("app", ["own", "other"])
def test_accept_permissions(twice, run, request, standin, app):
    options, accounts = request.getfixturevalue(app), [{"organization": "limited-org", "permissions": PERMISSIONS}]
    left = run(options, accounts)
    assert left["changed"] is False
    assert "'issues' is not granted, but the access document requires write. An owner" in left["msg"]
    done, made = twice(options, accounts, accept_permissions=True)
    assert made == [f"POST {APPS}/organizations/limited-org/installations"]
    assert done["report"]["accounts"][0]["changes"] == [
        "accept administration: read",
        "accept contents: write",
        "accept issues: write",
        "accept pull_requests: read",
    ]
    assert "permission contents: read\n" in done["diff"][0]["before"]
    assert "permission contents: write\n" in done["diff"][0]["after"]


@EVERY_SERVER
def test_suspend_and_install_suspended(twice, own, standin):
    accounts = [
        {"organization": "octo-org", "suspended": True},
        {"organization": "empty-org", "suspended": True, "repository_selection": "all"},
        {"organization": "suspended-org", "suspended": False},
    ]
    done, _made = twice(own, accounts)
    assert done["report"]["changes"] == [
        "octo-org: suspend",
        "empty-org: install",
        "empty-org: suspend",
        "suspended-org: unsuspend",
    ]
    assert all(installation_of(standin, login).suspended_at for login in ("octo-org", "empty-org"))


# Permissions


@EVERY_SERVER
def test_permissions_that_the_document_does_not_allow_are_not_accepted(run, own, changes_made, standin):
    changes_made()
    entry = {"organization": "limited-org", "permissions": {"contents": "read"}}
    for check_mode in (True, False):
        result = run(
            own,
            [entry, {**entry, "organization": "empty-org", "repository_selection": "all"}],
            check_mode,
            accept_permissions=True,
        )
        assert result["changed"] is False
        limited, empty = (account["findings"] for account in result["report"]["accounts"])
        assert (
            "which the access document does not allow, so none of the requested permissions are accepted." in limited[0]
        )
        assert "read, which the access document does not allow, so the app is not installed." in empty[0]
        assert (len(limited), len(empty)) == (1, 1)
    assert changes_made() == []


def test_a_suspended_installation_is_not_unsuspended_by_accident(run, own, changes_made, standin):
    standin.state.installations[2003].permissions = {"contents": "read", "metadata": "read"}
    changes_made()
    entry = {"organization": "suspended-org", "repository_selection": "all"}
    result = run(own, [entry], accept_permissions=True)
    assert "accept_permissions requires suspended=false, because the installation on suspended-org is" in result["msg"]
    kept = run(own, [{**entry, "suspended": True}], accept_permissions=True)
    assert kept["report"]["accounts"][0]["notes"][0].startswith(
        "These permissions are not accepted, because accepting them would unsuspend"
    )
    assert (kept["changed"], changes_made()) == (False, [])
    done = run(own, [{**entry, "suspended": False}], accept_permissions=True)
    assert done["report"]["accounts"][0]["changes"][-1] == "unsuspend"
    assert changes_made() == [f"POST {APPS}/organizations/suspended-org/installations"]
    assert standin.state.installations[2003].suspended_at is None


def test_permissions_are_only_accepted_if_that_is_wanted(run, own, changes_made, standin):
    changes_made()
    run(own, [{"organizations": ["*"], "repository_selection": "all", "suspended": False}], unlisted="report")
    assert f"POST {APPS}/organizations/limited-org/installations" not in changes_made()
    assert installation_of(standin, "limited-org").permissions == {"contents": "read", "metadata": "read"}


def test_an_app_that_the_enterprise_cannot_read(run, other, standin):
    standin.inject(Fault(path="/apps/hubops-demo$", status=404, body={"message": "Not Found"}))
    result = run(other, [{"organization": "limited-org", "state": "present"}], accept_permissions=True)
    assert "cannot read the permissions that the app with the client ID Iv1.standin-demo requests." in result["msg"]
    assert result["msg"].endswith("Remove accept_permissions.")


def test_an_unknown_app_is_not_installed_if_the_document_limits_its_permissions(run, other, standin, changes_made):
    standin.inject(Fault(path="/apps/hubops-demo$", status=404, body={"message": "Not Found"}, times=9))
    changes_made()
    entry = {"organization": "empty-org", "repository_selection": "all"}
    result = run(other, [{**entry, "permissions": PERMISSIONS}], unlisted="report")
    assert "cannot read the permissions that this app requests. Remove 'permissions' from the entry" in result["msg"]
    assert changes_made() == []
    assert run(other, [entry], unlisted="report")["report"]["changes"] == ["empty-org: install"]


def test_each_pending_permission_is_one_finding_without_an_enterprise(run, options):
    entry = {"organization": "limited-org", "permissions": PERMISSIONS}
    found = [run(options, [entry], accept_permissions=value)["report"]["findings"] for value in (False, True)]
    assert found[0] == found[1]
    assert len(found[0]) == 4


def test_an_installation_is_unsuspended_before_its_repositories_are_read(run, own, standin):
    standin.state.installations[2003].repository_selection = "selected"
    standin.state.add_repository(Repository(5202, standin.state.account("suspended-org"), "thawed"))
    standin.state.installations[2003].repository_ids = {5201}
    entry = {"organization": "suspended-org", "suspended": False, "repositories": ["*"]}
    foreseen = run(own, [entry], True)["report"]["accounts"][0]
    assert foreseen["changes"] == ["unsuspend"]
    assert "only be determined after the installation is unsuspended" in foreseen["notes"][0]
    assert run(own, [entry])["report"]["accounts"][0]["changes"] == ["unsuspend", "add suspended-org/thawed"]


# Requests


def test_only_what_an_entry_needs_is_requested(run, own, requests_made):
    requests_made()
    run(
        own, [{"organization": "octo-org", "suspended": False}, {"organization": "acme", "repository_selection": "all"}]
    )
    assert requests_made() == ["GET /app/installations"]
    run(own, [{"organization": "octo-org", "repositories": ["hello-world", "spoon-knife"]}])
    finder = "GET /enterprises/octo-enterprise/installation"
    repositories = f"GET {APPS}/organizations/octo-org/installations/2001/repositories"
    assert requests_made() == ["GET /app/installations", finder, TOKEN, repositories, REVOKED]
    run(own, [{"organization": "empty-org", "state": "absent"}])
    assert requests_made() == ["GET /app/installations"]


def test_one_token_for_all_organizations(run, own, requests_made):
    requests_made()
    accounts = [{"organizations": ["octo-*", "big-org"], "repositories": ["[hs]*"], "repositories_state": "present"}]
    run(own, accounts, True)
    made = requests_made()
    assert [line for line in made if line.startswith("POST")] == [TOKEN]
    assert len([line for line in made if line.endswith("accessible_repositories")]) == 4


@pytest.mark.parametrize("standin", ["3.18"], indirect=True)
def test_a_server_that_is_too_old(run, own, requests_made):
    requests_made()
    result = run(own, [{"organization": "octo-org", "suspended": False}])
    assert result["msg"].startswith("GitHub Enterprise Server 3.18 does not support GET /enterprises/")
    assert "GitHub Enterprise Server 3.19 is the first release that supports it" in result["msg"]
    assert requests_made() == []


@pytest.mark.parametrize("standin", ["3.19"], indirect=True)
def test_a_server_that_needs_the_id_of_the_installation_on_the_enterprise(run, own, requests_made):
    requests_made()
    result = run({**own, "enterprise_installation_id": ""}, [{"organization": "octo-org", "suspended": False}])
    assert "Set enterprise_installation_id" in result["msg"]
    assert requests_made() == []


def test_a_permission_that_the_enterprise_lacks_changes_nothing(run, own, changes_made, standin):
    standin.state.installations[2301].permissions["enterprise_organization_installations"] = "read"
    changes_made()
    accounts = [{"organization": "octo-org", "suspended": True}, {"organization": "acme", "state": "absent"}]
    result = run(own, accounts)
    assert "was not granted enterprise_organization_installations: write." in result["msg"]
    assert (result["changed"], changes_made()) == (False, [])


# Organizations


def test_an_entry_of_its_own_and_the_first_pattern_take_precedence(run, own):
    accounts = [
        {"organizations": ["*-org"], "repository_selection": "all"},
        {"installation_id": 2004, "suspended": False},
        {"organizations": ["*"], "state": "absent"},
        {"organization": "LIMITED-org", "suspended": False},
    ]
    report = run(own, accounts, True)["report"]
    assert [entry["account"] for entry in report["accounts"]] == [
        *("empty-org", "octo-org", "suspended-org", "big-org", "acme", "LIMITED-org")
    ]
    assert report["changes"] == [
        *("empty-org: install", "octo-org: change repository_selection to all", "acme: uninstall"),
    ]


@pytest.mark.parametrize("app", ["own", "other", "options"])
def test_a_pattern_that_matches_no_organization(run, request, app, changes_made):
    changes_made()
    entry = {"organizations": ["team-*", "outside-*"], "repository_selection": "all"}
    options = request.getfixturevalue(app)
    result = run(options, [entry, {"organization": "octo-org", "state": "absent"}])
    assert "No organization matches 'team-*' or 'outside-*'. Check the spelling, or set" in result["msg"]
    assert changes_made() == []
    allowed = run(options, [{**entry, "allow_no_match": True}])
    assert (allowed.get("failed"), allowed["report"]["accounts"]) == (None, [])


@pytest.mark.parametrize("app", ["own", "other"])
def test_an_organization_outside_of_the_enterprise(run, request, app):
    entry = {"organization": "outside-org", "repository_selection": "all"}
    (finding,) = run(request.getfixturevalue(app), [entry])["report"]["findings"]
    assert "which is not an organization of the enterprise octo-enterprise." in finding


def test_what_to_install_must_be_set(run, own):
    (finding,) = run(own, [{"organization": "empty-org", "suspended": False}])["report"]["findings"]
    assert "To install it, set repository_selection or repositories in the access document." in finding


def test_other_accounts_are_managed_with_the_key_of_the_app(run, own, standin, requests_made):
    requests_made()
    accounts = [{"user": "octocat", "repositories": ["dotfiles", "notes"]}, {"user": "monalisa", "state": "present"}]
    result = run(own, accounts, token=ADMIN)
    assert result["report"]["accounts"][1]["findings"][0].startswith("The app is not installed on this account.")
    assert "GET /installation/repositories" in requests_made()


# Another app


@pytest.mark.parametrize(
    "entry, error",
    [
        (
            {"organization": "octo-org", "suspended": True},
            "organization octo-org: suspended cannot be used with app_client_id",
        ),
        ({"user": "octocat", "state": "absent"}, "user octocat: user cannot be used with app_client_id."),
        ({"installation_id": 2001, "state": "absent"}, "installation_id cannot be used with app_client_id."),
    ],
)
def test_what_only_the_key_of_the_other_app_can_do(run, other, changes_made, entry, error):
    changes_made()
    assert error in run(other, [entry])["msg"]
    assert changes_made() == []


def test_unlisted_installations_of_another_app(run, other, requests_made):
    entry = {"organization": "octo-org", "state": "present"}
    assert "unlisted=suspend cannot be used with app_client_id" in run(other, [entry], unlisted="suspend")["msg"]
    requests_made()
    report = run(other, [entry], unlisted="report")["report"]
    assert [item["account"] for item in report["unlisted"]] == ["acme", "big-org", "limited-org", "suspended-org"]
    assert len([line for line in requests_made() if line.endswith("/installations") and APPS in line]) == 6
    run(other, [entry])
    assert len([line for line in requests_made() if line.endswith("/installations") and APPS in line]) == 1


def test_the_installation_on_the_enterprise_is_not_unlisted(run, own, standin):
    everyone = [{"organizations": ["*"], "state": "present"}, {"user": "octocat", "suspended": False}]
    result = run(own, everyone, unlisted="suspend", fail_on_findings=False)
    assert (result["changed"], standin.state.installations[2301].suspended_at) == (False, None)


# Failures


def test_an_organization_that_fails_does_not_affect_the_others(run, other, standin):
    standin.inject(Fault(path="/octo-org/installations$", status=500, body={"message": "Broken"}, times=100))
    accounts = [{"organizations": ["*"], "state": "absent"}]
    report = run({**other, "retries": 0}, accounts)["report"]
    assert [line.partition(":")[0] for line in report["failures"]] == ["octo-org"]
    assert len(report["changes"]) == 4


def test_a_change_that_fails_halfway_is_in_the_report(run, own, standin):
    standin.inject(Fault(path="/repositories/add$", method="PATCH", status=403, body={"message": "Forbidden"}, times=9))
    result = run(own, [{"organization": "empty-org", "repositories": [f"new-{number}" for number in range(60)]}])
    assert result["report"]["changes"] == []
    for number in range(60):
        standin.state.add_repository(
            Repository(id=9000 + number, owner=standin.state.account("empty-org"), name=f"new-{number:02}")
        )
    result = run(own, [{"organization": "empty-org", "repositories": ["new-*"]}])
    assert result["report"]["changes"][:2] == ["empty-org: install", "empty-org: add empty-org/new-00"]
    assert len(result["report"]["changes"]) == 51
    assert "Not done: empty-org/new-50" in result["msg"]


def test_topics_cannot_be_used_through_an_enterprise(run, own, changes_made):
    changes_made()
    result = run(own, [{"organization": "octo-org", "repository_topics": ["octocat"]}])
    assert "octo-org: repository_topics cannot be used with via_enterprise" in result["msg"]
    assert changes_made() == []


# Acceptance: an empty enterprise, and the same document with and without the enterprise

NUMBER = 60
KINDS = ("service-api", "service-web", "docs")  # names of the repositories of each organization


@pytest.fixture()
def empty_enterprise(own, standin):
    """An enterprise with many organizations. The app is only installed on the enterprise."""
    state = standin.state
    enterprise = state.enterprise("octo-enterprise")
    for account in state.organizations_of(enterprise):
        account.enterprise = None
    for number in range(NUMBER):
        account = Account(1000 + number, f"team-{number:02}", "Organization", enterprise=enterprise)
        state.add_account(account)
        for kind, name in enumerate(KINDS):
            state.add_repository(Repository(100_000 + 10 * number + kind, account, name))
    state.installations = {2301: state.installations[2301]}
    return own


@EVERY_SERVER
def test_govern_an_empty_enterprise(twice, empty_enterprise, standin, requests_made):
    app = standin.state.app_by_slug("hubops-demo")
    app.permissions = {"contents": "read", "metadata": "read"}
    everyone = {"organizations": ["*"], "repositories": ["service-*"]}
    done, made = twice(empty_enterprise, [everyone], unlisted="finding")
    assert len(made) == NUMBER
    assert done["report"]["changes"][:3] == [
        "team-00: install",
        "team-00: add team-00/service-api",
        "team-00: add team-00/service-web",
    ]
    assert len(done["report"]["changes"]) == 3 * NUMBER

    app.permissions = {"contents": "write", "issues": "write", "metadata": "read"}
    permissions = {"contents": "write", "issues": "write"}
    accounts = [
        {"organization": "team-07", "suspended": True},
        {"organization": "team-08", "suspended": True},
        {"organization": "team-09", "state": "absent"},
        {**everyone, "permissions": permissions, "repositories": ["docs", "service-w*"]},
    ]
    done, made = twice(empty_enterprise, accounts, unlisted="finding", accept_permissions=True)
    assert done["report"]["changes"][:7] == [
        "team-07: suspend",
        "team-08: suspend",
        "team-09: uninstall",
        "team-00: accept contents: write",
        "team-00: accept issues: write",
        "team-00: add team-00/docs",
        "team-00: remove team-00/service-api",
    ]
    assert len(done["report"]["changes"]) == 3 + 4 * (NUMBER - 3)
    assert len(made) == 3 + 3 * (NUMBER - 3)
    assert selected(standin, "team-59") == ["service-web", "docs"]
    assert installation_of(standin, "team-59").permissions == app.permissions
    assert bool(installation_of(standin, "team-07").suspended_at)
    assert installation_of(standin, "team-09") is None


@pytest.mark.parametrize("standin", ["3.18"], indirect=True)
def test_an_empty_enterprise_on_a_server_that_is_too_old(run, empty_enterprise, requests_made):
    requests_made()
    result = run(empty_enterprise, [{"organizations": ["*"], "repository_selection": "all"}])
    assert "GitHub Enterprise Server 3.19 is the first release that supports it." in result["msg"]
    assert requests_made() == []


MET_BY_BOTH = [
    {"organization": "octo-org", "repositories": ["hello-*", "linguist"], "permissions": PERMISSIONS},
    {"organization": "big-org", "repositories": ["service-001", "service-200"], "repositories_state": "present"},
    {"organization": "suspended-org", "suspended": False},
    {"organization": "acme", "state": "absent"},
    {"user": "octocat", "repositories": ["dotfiles"], "suspended": False},
]


@EVERY_SERVER
@pytest.mark.parametrize("check_mode", [False, True])
def test_the_enterprise_and_a_classic_token_make_the_same_report(run, own, options, standin, check_mode):
    done = run({**own, "token": ADMIN}, MET_BY_BOTH, check_mode, unlisted="finding", fail_on_findings=False)
    standin.reset()
    classic = {**options, "token": ADMIN}
    expected = run(classic, MET_BY_BOTH, check_mode, unlisted="finding", fail_on_findings=False)
    report, wanted = done["report"], expected["report"]
    wanted["unlisted"] = [entry for entry in wanted["unlisted"] if entry["kind"] != "enterprise"]
    assert done["diff"] == expected["diff"]
    assert report["accounts"] == wanted["accounts"]
    assert report["unlisted"] == wanted["unlisted"]
    assert len(report["changes"]) == 5


@EVERY_SERVER
def test_what_only_the_enterprise_can_do_is_a_finding_with_a_classic_token(run, twice, own, options, standin):
    accounts = [
        {"organization": "empty-org", "repositories": ["lonely"]},
        {"organization": "acme", "repositories": ["anvil"]},
        {"organization": "octo-org", "repository_selection": "all"},
        {"organizations": ["limited-*"], "suspended": False},
    ]
    classic = run({**options, "token": ADMIN}, accounts, accept_permissions=True)
    assert classic["changed"] is False
    web = standin.url
    endings = [
        f"An owner of empty-org can install it at {web}/apps/hubops-demo/installations/new.",
        f"An owner of acme must select 'Only select repositories' at {web}/organizations/acme/settings/installations/2002.",
        f"An owner of octo-org must select 'All repositories' at {web}/organizations/octo-org/settings/installations/2001.",
        f"pull_requests: read at {web}/organizations/limited-org/settings/installations/2006.",
    ]
    for finding, end in zip(classic["report"]["findings"], endings):
        assert end in finding
    assert len(classic["report"]["findings"]) == len(endings)
    done, _made = twice(own, accounts, accept_permissions=True)
    assert done["report"]["findings"] == []
    assert {line.partition(":")[0] for line in done["report"]["changes"]} == {
        "empty-org",
        "acme",
        "octo-org",
        "limited-org",
    }
