# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two filters of the role installation_access; tests/integration and Molecule run the role itself."""

from __future__ import annotations

import pytest

from ansible_collections.hubops.github_apps.plugins.filter.installation_access import FilterModule
from ansible_collections.hubops.github_apps.plugins.filter.installation_access_errors import FilterModule as Errors

compare = FilterModule().filters()["installation_access"]
errors_in = Errors().filters()["installation_access_errors"]

INSTALL = "https://github.com/apps/demo/installations/new"
SETTINGS = "https://github.com/settings/apps/demo/permissions"


def installation(number, login, kind="Organization", **more):
    return {
        "id": number,
        "account": {"login": login},
        "target_type": kind,
        "repository_selection": "selected",
        "permissions": {"contents": "read", "metadata": "read"},
        "permission_drift": {},
        "html_url": f"https://github.com/{number}",
        "suspended_at": None,
        **more,
    }


def listed(*installations):
    return {"installations": list(installations), "install_url": INSTALL, "permissions_url": SETTINGS}


OCTO = installation(1, "Octo-Org")
SUSPENDED = installation(2, "frozen", suspended_at="2026-01-01T00:00:00Z")
ALL = installation(3, "acme", repository_selection="all")


def one_account(entry, *installations, **more):
    report = compare([entry], listed(*(installations or [OCTO])), **more)
    return report["accounts"][0]


@pytest.mark.parametrize(
    "entry, error",
    [
        ({"suspended": True}, "no organization or user"),
        ({"organization": "a", "user": "b", "suspended": True}, "both organization and user"),
        ({"organization": "a"}, "says nothing of the account"),
        ({"organization": "a", "repositories": []}, "repositories is empty"),
        ({"organization": "a", "suspended": True, "repositories_state": "present"}, "without repositories"),
        ({"organization": "a", "repositories": ["b"], "repositories_state": "some"}, "which is none of exact, present"),
        ({"organization": "a", "repositories": ["b/c"]}, "'b/c' does not belong to a"),
        ({"organization": "a/b", "suspended": True}, "by its login alone"),
        ({"user": "a", "permissions": {"contents": "all"}}, "'contents' is 'all'"),
        ({"user": "a", "suspended": "perhaps"}, "perhaps"),
        ({"user": "a", "repositories": 5.5, "permissions": 5}, "cannot be converted to a dict"),
    ],
)
def test_an_entry_that_cannot_be_meant(entry, error):
    (told,) = errors_in([{"user": "monalisa", "suspended": False}, entry])
    assert told.startswith("Entry 2")
    assert error in told


def test_an_account_has_one_entry():
    first = {"organization": "acme", "suspended": False}
    (told,) = errors_in([first, {"user": "ACME", "permissions": {}}])
    assert told.startswith("Entry 2 (user ACME): entry 1 is for the same account")
    assert errors_in([first]) == []
    assert errors_in([]) == ["It names no account."]


@pytest.mark.parametrize(
    "entry, there, suspend",
    [
        ({"suspended": True}, OCTO, True),
        ({"suspended": "yes"}, OCTO, True),
        ({"suspended": False}, OCTO, None),
        ({"suspended": False}, SUSPENDED, False),
        ({"suspended": True}, SUSPENDED, None),
        ({"permissions": {"contents": "read"}}, SUSPENDED, None),
    ],
)
def test_suspended(entry, there, suspend):
    login = there["account"]["login"].upper()
    found = one_account({"organization": login, **entry}, there)
    assert found["suspend"] is suspend
    assert found["findings"] == []
    assert found["installation_id"] == there["id"]


@pytest.mark.parametrize(
    "entry, there, check_mode, repositories, told",
    [
        ({"repositories": ["a", "octo-org/b"]}, OCTO, False, ["octo-org/a", "octo-org/b"], ""),
        ({"repositories": "a,b"}, OCTO, True, ["octo-org/a", "octo-org/b"], ""),
        ({"repositories": ["a"], "suspended": True}, OCTO, False, None, "cannot be read"),
        ({"repositories": ["a"]}, SUSPENDED, False, None, "cannot be read"),
        ({"repositories": ["a"], "suspended": False}, SUSPENDED, False, ["frozen/a"], ""),
        ({"repositories": ["a"], "suspended": False}, SUSPENDED, True, None, "is known only when"),
        ({"repositories": ["a"], "repositories_state": "present"}, ALL, False, None, ""),
        ({"repositories": ["a"]}, ALL, False, None, "'Only select repositories' at https://github.com/3"),
    ],
)
def test_repositories(entry, there, check_mode, repositories, told):
    login = there["account"]["login"].lower()
    found = one_account({"organization": login, **entry}, there, check_mode=check_mode)
    assert found["repositories"] == repositories
    assert told in "".join(found["notes"] + found["findings"])
    assert bool(told) is bool(found["notes"] + found["findings"])
    assert bool(found["findings"]) is (there is ALL and bool(told))


@pytest.mark.parametrize(
    "permissions, drift, told",
    [
        ({"contents": "read"}, {}, []),
        ({"contents": "read", "metadata": "read"}, {}, []),
        (
            {"contents": "write"},
            {"contents": {"app": "write"}},
            ["contents is read, and write is expected: an owner of"],
        ),
        (
            {"contents": "admin"},
            {"contents": {"app": "write"}},
            [f"the app does not ask for it; its owner changes that at {SETTINGS}"],
        ),
        (
            {"contents": "read", "issues": "read"},
            {},
            ["issues is not granted, and read is expected: the app does not ask"],
        ),
        ({}, {}, [f"contents is read, and none is expected: the app's owner takes it back at {SETTINGS}"]),
    ],
)
def test_permissions(permissions, drift, told):
    there = installation(1, "octo-org", permission_drift=drift)
    found = one_account({"organization": "octo-org", "permissions": permissions}, there)
    assert len(found["findings"]) == len(told)
    assert all(text in "".join(found["findings"]) for text in told)


def test_what_a_server_may_leave_out():
    there = installation(1, "octo-org", target_type=None, permissions=None, permission_drift=None, html_url=None)
    found = one_account({"organization": "octo-org", "permissions": {"contents": "read"}}, there)
    (told,) = found["findings"]
    assert told.endswith("then an owner of octo-org accepts it at the page of the installation.")
    report = compare([], {**listed(there), "permissions_url": None}, unlisted="finding")
    assert report["unlisted"][0]["kind"] == "account"
    assert "the page of the installation" in report["findings"][0]


@pytest.mark.parametrize(
    "entry, told",
    [
        (
            {"organization": "elsewhere", "suspended": False},
            f"not installed there: an owner of elsewhere installs it at {INSTALL}",
        ),
        ({"user": "octo-org", "suspended": True}, "It is no user: write organization in the document."),
    ],
)
def test_an_account_without_the_installation(entry, told):
    found = one_account(entry)
    assert told in found["findings"][0]
    assert found["suspend"] is None


@pytest.mark.parametrize(
    "unlisted, accounts, suspend, findings",
    [
        ("report", ["acme", "frozen"], [None, None], 0),
        ("finding", ["acme", "frozen"], [None, None], 2),
        ("suspend", ["acme", "frozen"], [True, None], 0),
        ("ignore", [], [], 0),
    ],
)
def test_installations_that_the_document_does_not_name(unlisted, accounts, suspend, findings):
    document = [{"organization": "octo-org", "suspended": False}]
    report = compare(document, listed(SUSPENDED, OCTO, ALL), unlisted=unlisted)
    assert [entry["account"] for entry in report["unlisted"]] == accounts
    assert [entry["suspend"] for entry in report["unlisted"]] == suspend
    assert len(report["findings"]) == findings


def test_one_installation_is_compared_with_its_entry_alone():
    document = [{"organization": "octo-org", "suspended": False}, {"organization": "acme", "suspended": True}]
    report = compare(document, listed(ALL), one=True)
    assert [entry["account"] for entry in report["accounts"]] == ["acme"]
    assert report["unlisted"] == []
    report = compare(document, listed(SUSPENDED), one=True, unlisted="suspend")
    assert report["accounts"] == []
    assert [entry["account"] for entry in report["unlisted"]] == ["frozen"]


def test_the_report_takes_up_what_was_done():
    document = [
        {"organization": "octo-org", "suspended": True},
        {"organization": "frozen", "suspended": False, "repositories": ["a"]},
        {"user": "nobody", "suspended": True},
    ]
    items = [{"installation_id": 1, "suspend": True}, {"installation_id": 2, "suspend": False}]
    results = [
        {"item": items[0], "failed": True, "changed": False, "msg": "too old"},
        {"item": items[1], "changed": True},
        {"item": items[1], "failed": True, "changed": True, "msg": "no more", "added": ["frozen/a"], "removed": []},
        {"item": {"installation_id": 3, "suspend": True}, "changed": False},
    ]
    report = compare(document, listed(OCTO, SUSPENDED, ALL), results)
    assert report["changes"] == ["frozen: unsuspend", "frozen: add frozen/a"]
    assert report["failures"] == ["octo-org: too old", "frozen: no more"]
    assert [len(entry["failures"]) for entry in report["accounts"]] == [1, 1, 0]
    assert report["check_mode"] is False
    assert report["app"] is None


@pytest.mark.parametrize("told, app", [({"app_slug": "demo", "app_id": 1001}, "demo"), ({"app_id": 1001}, 1001)])
def test_the_report_names_the_app(told, app):
    assert compare([], listed(installation(1, "octo-org", **told)))["app"] == app


@pytest.mark.parametrize(
    "repositories",
    [
        "hello-world, linguist",
        '["hello-world", "linguist"]',
        ["hello-world linguist"],
        ["https://github.com/octo-org/hello-world.git", "git@github.com:octo-org/linguist.git"],
        ["octo-org/hello-world", "linguist"],
    ],
    ids=str,
)
def test_repositories_are_named_as_people_name_them(repositories):
    entry = {"organization": "octo-org", "repositories": repositories}
    assert errors_in([entry]) == []
    assert one_account(entry)["repositories"] == ["octo-org/hello-world", "octo-org/linguist"]


def test_a_url_of_another_account_is_an_error():
    (error,) = errors_in([{"organization": "octo-org", "repositories": ["https://github.com/acme/rocket"]}])
    assert "does not belong to octo-org" in error
