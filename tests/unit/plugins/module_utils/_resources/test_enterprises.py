# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations on the organizations of an enterprise, with the stand-in server."""

from __future__ import annotations

import pytest

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    ApiError,
    ForbiddenError,
    NotFoundError,
    OptionError,
    PartialChangeError,
    SuspendedError,
    UnsupportedError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github import client as _client
from ansible_collections.hubops.github_apps.plugins.module_utils._github.endpoints import ENDPOINTS
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.enterprises import (
    INSTALLATIONS,
    NEEDED,
    REPOSITORIES,
    Organization,
    change_repositories,
    find_accessible_repositories,
    install,
    list_accessible_repositories,
    list_installable_organizations,
    list_organization_installations,
    list_selected_repositories,
    select_all,
    select_only,
    sign_in,
    uninstall_from,
)
from github_standin import Fault

SLUG = "octo-enterprise"
LIST = "enterprise-apps/installable-organizations"
INSTALL = "enterprise-apps/create-installation"
ADD = "enterprise-apps/grant-repository-access-to-installation"
DEMO = "Iv1.standin-demo"
MEMBERS = "Iv1.standin-members"  # an app without repository permissions
EVERY_SERVER = pytest.mark.parametrize("standin", ["3.19", "3.21", "cloud"], indirect=True)


@pytest.fixture()
def warnings():
    return []


@pytest.fixture()
def client(installer, warnings, patient):
    with _client.create_client(installer, warnings.append) as running:
        yield running


@pytest.fixture()
def enterprise(client, standin):
    """The enterprise, also on servers that cannot find its installation by the slug."""
    found = sign_in(client, SLUG, 2301, *NEEDED)
    standin.clear_log()
    return found


def names_of(repositories):
    return [repository.name for repository in repositories]


def selected(standin, installation_id):
    installation = standin.state.installations[installation_id]
    return [repository.name for repository in standin.state.installation_repositories(installation)]


def numbered(first, last):
    return [f"service-{number:03}" for number in range(first, last + 1)]


# Sign in


def test_each_operation_has_its_permissions():
    assert set(NEEDED) == {operation for operation in ENDPOINTS if operation.startswith("enterprise-apps/")}
    for operation, (level, _names) in NEEDED.items():
        assert level == ("read" if ENDPOINTS[operation].method == "GET" else "write")


@EVERY_SERVER
def test_one_token_without_limits_that_is_revoked_at_the_end(installer, standin, requests_made):
    number = None if standin.service.profile.since("3.21") else 2301
    with _client.create_client(installer, str) as client:
        enterprise = sign_in(client, SLUG, number, LIST)
        assert (enterprise.slug, enterprise.installation["id"]) == (SLUG, 2301)
        assert enterprise.permissions[INSTALLATIONS] == "write"
        for _time in range(2):
            list_installable_organizations(enterprise)
    mint = next(entry for entry in standin.log if entry["method"] == "POST")
    assert mint["body"] is None
    made = requests_made()
    assert made[1:2] + made[-1:] == ["POST /app/installations/2301/access_tokens", "DELETE /installation/token"]
    assert len(made) == 5
    assert client.transport.writes == 0
    assert not standin.state.installation_tokens


def test_a_token_that_cannot_be_revoked_is_a_warning(installer, standin, warnings):
    with _client.create_client(installer, warnings.append) as client:
        sign_in(client, SLUG, None, LIST)
        standin.inject(Fault(method="DELETE", status=500, body={"message": "Server Error"}, times=99))
    (text,) = warnings
    assert text.startswith("A token of this task was not revoked and stays valid until 20")


def test_a_step_at_the_end_runs_although_the_task_failed(client):
    ran = []
    with pytest.raises(ValueError), client:
        client.at_end(lambda: ran.append(1))
        raise ValueError
    assert ran == [1]


@pytest.mark.parametrize("standin", ["3.18"], indirect=True)
def test_old_servers(client):
    with pytest.raises(
        UnsupportedError, match=r"3[.]18 does not support .* 3[.]19 is the first release that supports it"
    ):
        sign_in(client, SLUG, 2301, LIST)


@pytest.mark.parametrize("standin", ["3.19", "3.20"], indirect=True)
def test_servers_that_need_the_id(client):
    with pytest.raises(UnsupportedError, match=r"3[.]21 is the first release that can[.] Set installation_id"):
        sign_in(client, SLUG, None, LIST)


@pytest.mark.parametrize(
    "slug, number, says",
    [
        ("no-such-enterprise", None, "not installed on the enterprise no-such-enterprise"),
        ("no-such-enterprise", 2301, "is an installation on octo-enterprise, not on the enterprise no-such-enterprise"),
        (SLUG, 2001, "has no installation 2001"),
    ],
)
def test_other_enterprises(client, slug, number, says):
    with pytest.raises((OptionError, NotFoundError), match=says):
        sign_in(client, slug, number, LIST)


def test_an_installation_on_an_organization(options, patient):
    client = _client.create_client(options, str)
    with pytest.raises(OptionError, match="installation_id 2001 is an installation on octo-org, not on the enterprise"):
        sign_in(client, SLUG, 2001, LIST)


def test_what_is_no_slug(client):
    with pytest.raises(OptionError, match="enterprise"):
        sign_in(client, "../x", None, LIST)


def test_a_suspended_installation(client, standin):
    standin.state.installations[2301].suspended_at = "2026-11-01T00:00:00Z"
    with pytest.raises(SuspendedError, match="has been suspended since 2026-11-01"):
        sign_in(client, SLUG, None, LIST)


@pytest.mark.parametrize(
    "granted, operation, says",
    [
        ({}, LIST, "was not granted enterprise_organization_installations: read. Request it"),
        ({REPOSITORIES: "write"}, LIST, "was not granted enterprise_organization_installations: read"),
        ({INSTALLATIONS: "read"}, INSTALL, "was not granted enterprise_organization_installations: write"),
        ({INSTALLATIONS: "read", REPOSITORIES: "read"}, ADD, f"{REPOSITORIES}: write or {INSTALLATIONS}: write"),
    ],
)
def test_a_missing_permission_is_found_before_the_token_is_created(client, standin, granted, operation, says):
    standin.state.installations[2301].permissions = granted
    with pytest.raises(ForbiddenError, match=says) as raised:
        sign_in(client, SLUG, None, operation)
    assert "accept it at" in str(raised.value)
    assert [entry["method"] for entry in standin.log] == ["GET"]


@pytest.mark.parametrize("granted", [{REPOSITORIES: "write"}, {INSTALLATIONS: "write"}])
def test_either_permission_is_sufficient_for_repositories(client, standin, granted):
    standin.state.installations[2301].permissions = granted
    enterprise = sign_in(client, SLUG, None, ADD)
    change_repositories(enterprise, "octo-org", 2001, add=["linguist"])
    assert selected(standin, 2001) == ["hello-world", "spoon-knife", "linguist"]


def test_no_key(options):
    del options["private_key"], options["app_id"]
    client = _client.create_client({**options, "token": "standin-pat-classic-admin"}, str)
    with pytest.raises(OptionError, match="requires the app's own credentials"):
        sign_in(client, SLUG, None, LIST)


# Read


@EVERY_SERVER
def test_lists(enterprise):
    organizations = list_installable_organizations(enterprise)
    assert organizations[0] == Organization(101, "octo-org")
    assert "outside-org" not in [organization.login for organization in organizations]
    repositories = list_accessible_repositories(enterprise, "octo-org")
    assert names_of(repositories) == ["hello-world", "spoon-knife", "linguist", "private-plans", "website"]
    installations = list_organization_installations(enterprise, "octo-org")
    assert [(item["id"], item["app_slug"]) for item in installations] == [(2001, "hubops-demo"), (2101, "other-app")]
    assert names_of(list_selected_repositories(enterprise, "octo-org", 2001)) == ["hello-world", "spoon-knife"]


def test_long_lists(enterprise, standin):
    assert len(list_accessible_repositories(enterprise, "big-org")) == 250
    assert len(list_selected_repositories(enterprise, "big-org", 2004)) == 120
    assert [entry["query"]["per_page"] for entry in standin.log] == ["100"] * 5


def test_repositories_by_name(enterprise):
    found = find_accessible_repositories(enterprise, "octo-org", ["Linguist", "website"])
    assert [(item.id, item.full_name) for item in found] == [(5003, "octo-org/linguist"), (5005, "octo-org/website")]
    with pytest.raises(NotFoundError, match="^Repositories not found in octo-org: anvil, x[.]"):
        find_accessible_repositories(enterprise, "octo-org", ["anvil", "linguist", "x"])
    with pytest.raises(NotFoundError, match="^Repository not found in octo-org: x[.]"):
        find_accessible_repositories(enterprise, "octo-org", ["x"])


# Write


@EVERY_SERVER
def test_install_and_uninstall(enterprise, standin):
    installation = install(enterprise, "empty-org", DEMO, "selected", ["lonely"])
    assert installation["account"]["login"] == "empty-org"
    assert selected(standin, installation["id"]) == ["lonely"]
    assert install(enterprise, "empty-org", DEMO, "all")["id"] == installation["id"]
    assert uninstall_from(enterprise, "empty-org", installation["id"]) is True
    assert uninstall_from(enterprise, "empty-org", installation["id"]) is False
    assert enterprise.client.transport.writes == 3


def test_install_on_many_repositories(enterprise, standin):
    del standin.state.installations[2004]
    installation = install(enterprise, "big-org", DEMO, "selected", numbered(1, 120))
    assert selected(standin, installation["id"]) == numbered(1, 120)
    assert [len(entry["body"]["repositories"]) for entry in standin.log] == [50, 50, 20]


def test_install_an_app_without_repositories(enterprise, standin):
    installation = install(enterprise, "octo-org", MEMBERS, "none")
    assert selected(standin, installation["id"]) == []
    assert "repositories" not in standin.log[-1]["body"]


def test_select_all_and_some(enterprise, standin):
    assert select_all(enterprise, "octo-org", 2001)["repository_selection"] == "all"
    assert select_only(enterprise, "octo-org", 2001, ["website"])["repository_selection"] == "selected"
    assert selected(standin, 2001) == ["website"]
    standin.clear_log()
    select_only(enterprise, "big-org", 2004, numbered(101, 201))
    assert selected(standin, 2004) == numbered(101, 201)
    assert [len(entry["body"]["repositories"]) for entry in standin.log] == [50, 50, 1]


def test_add_and_remove(enterprise, standin):
    change_repositories(enterprise, "big-org", 2004, add=numbered(121, 250))
    assert selected(standin, 2004) == numbered(1, 250)
    change_repositories(enterprise, "big-org", 2004, remove=numbered(1, 249))
    assert selected(standin, 2004) == numbered(250, 250)
    assert [len(entry["body"]["repositories"]) for entry in standin.log] == [50, 50, 30] + [50, 50, 50, 50, 49]
    standin.clear_log()
    change_repositories(enterprise, "big-org", 2004, add=[])
    assert standin.log == []


def test_a_batch_that_fails_after_others(enterprise, standin):
    names = [*numbered(121, 180), "no-such-repository"]
    with pytest.raises(
        PartialChangeError, match="Added: big-org/service-121, .* Removed: none. Not done: big-org/service-171, "
    ) as raised:
        change_repositories(enterprise, "big-org", 2004, add=names)
    facts = raised.value.facts()
    assert facts["added"] == [f"big-org/{name}" for name in numbered(121, 170)]
    assert facts["removed"] == []
    assert facts["remaining"] == [f"big-org/{name}" for name in [*numbered(171, 180), "no-such-repository"]]
    assert raised.value.facts()["cause"] == "invalid"
    with pytest.raises(ApiError):
        change_repositories(enterprise, "big-org", 2004, add=names[55:])


@pytest.mark.parametrize(
    "attempt, cause, says",
    [
        (
            lambda enterprise: list_accessible_repositories(enterprise, "outside-org"),
            "not_found",
            "The organization outside-org does not belong to the enterprise octo-enterprise, or it does not exist.",
        ),
        (
            lambda enterprise: list_selected_repositories(enterprise, "acme", 2001),
            "not_found",
            "The organization acme does not belong to the enterprise octo-enterprise, or it has no installation 2001.",
        ),
        (
            lambda enterprise: install(enterprise, "octo-org", "Iv1.unknown", "all"),
            "not_found",
            "or no app with the client ID Iv1.unknown can be installed on this organization.",
        ),
        (
            lambda enterprise: list_installable_organizations(enterprise._replace(slug="other")),
            "not_found",
            "The enterprise other does not exist on 127.0.0.1",
        ),
        (
            lambda enterprise: install(enterprise, "octo-org", DEMO, "selected", ["x"]),
            "invalid",
            "rejected the repositories of the installation on octo-org.",
        ),
        (
            lambda enterprise: change_repositories(enterprise, "octo-org", 2001, add=["x"]),
            "invalid",
            "rejected the repositories of installation 2001 on octo-org.",
        ),
        (
            lambda enterprise: change_repositories(enterprise, "acme", 2002, remove=["anvil"]),
            "all_repositories",
            "Repositories cannot be removed from installation 2002 on acme, because it can access all repositories.",
        ),
        (
            lambda enterprise: change_repositories(enterprise, "octo-org", 2001, remove=["hello-world", "spoon-knife"]),
            "last_repository",
            "Removing hello-world, spoon-knife would leave installation 2001 on octo-org without repositories",
        ),
        (
            lambda enterprise: select_all(
                enterprise, "octo-org", install(enterprise, "octo-org", MEMBERS, "none")["id"]
            ),
            "no_repository_permissions",
            "because the app does not request repository permissions.",
        ),
    ],
)
def test_rejections(enterprise, attempt, cause, says):
    with pytest.raises(ApiError) as raised:
        attempt(enterprise)
    assert raised.value.cause == cause
    assert says in str(raised.value)
    assert f" returned {raised.value.status}: " in str(raised.value)


@pytest.mark.parametrize("message", ["Resource not accessible by integration", "Forbidden"])
def test_a_rejected_token(enterprise, standin, message):
    standin.inject(Fault(path="/apps/", status=403, body={"message": message}, times=99))
    with pytest.raises(ApiError, match="requires the permission enterprise_organization_installations: read"):
        list_installable_organizations(enterprise)


def test_other_errors_keep_their_explanation(enterprise, standin):
    standin.inject(Fault(path="/apps/", status=500, body={"message": "{oops}"}, times=99))
    with pytest.raises(ApiError, match="failed to process the request"):
        list_installable_organizations(enterprise)
    with pytest.raises(ApiError, match="failed to process the request"):
        uninstall_from(enterprise, "octo-org", 2001)
