# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The access document, and its comparison with the installations."""

from __future__ import annotations

import pytest

from ansible_collections.hubops.github_apps.plugins.module_utils._access.comparison import (
    compare_account,
    compare_permissions,
    missing_account,
    other_account,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._access.document import (
    ENTRY,
    errors_in,
    read_entry,
)

INSTALL = "https://github.com/apps/demo/installations/new"
SETTINGS = "https://github.com/settings/apps/demo/permissions"


def installation(number, login, kind="Organization", **more):
    return {
        "id": number,
        "account": {"login": login},
        "target_type": kind,
        "repository_selection": "selected",
        "permissions": {"contents": "read", "metadata": "read"},
        "html_url": f"https://github.com/{number}",
        "suspended_at": None,
        **more,
    }


LISTED = {"app": {}, "install_url": INSTALL, "permissions_url": SETTINGS}


OCTO = installation(1, "Octo-Org")
SUSPENDED = installation(2, "frozen", suspended_at="2026-01-01T00:00:00Z")
ALL = installation(3, "acme", repository_selection="all")


ACCEPTED = {"finding": "write", "reason": "reviewed", "until": "2027-06-30"}


def one_account(entry, there=None, check_mode=False, requested=None):
    """:param requested: the permissions that the app requests."""
    wanted, there = read_entry(entry), there or OCTO
    found = compare_account(wanted, there, LISTED, check_mode)
    listed = {**LISTED, "app": {"permissions": requested or {}}}
    assert compare_permissions(found, wanted, there, listed, False) == {}
    return found


@pytest.mark.parametrize(
    "entry, error",
    [
        ({"suspended": True}, "set organization, organizations, user or installation_id."),
        ({"organization": "a", "user": "b", "suspended": True}, "set only one of organization and user."),
        ({"organization": "a"}, "repositories, repository_topics, permissions and accepted_findings."),
        ({"organization": "a", "repository_topics": []}, "repository_topics must not be empty"),
        ({"organization": "a", "repositories": ["b"], "exclude": ["c"]}, "exclude requires a pattern"),
        ({"organization": "a", "repositories": ["b["]}, "'b[' is not a valid pattern"),
        ({"organization": "a", "repositories": ["b/c*"]}, "'b/c*' does not belong to a"),
        ({"organization": "a", "repositories": []}, "repositories must not be empty"),
        ({"organization": "a", "suspended": True, "repositories_state": "present"}, "requires repositories"),
        (
            {"organization": "a", "repositories": ["b"], "repositories_state": "some"},
            "one of exact, present, not 'some'",
        ),
        ({"organization": "a", "repositories": ["b/c"]}, "'b/c' does not belong to a"),
        ({"organization": "a/b", "suspended": True}, "organization must be the login of the account"),
        ({"user": "a", "permissions": {"contents": "all"}}, "'contents' must be one of read, write, admin, not 'all'"),
        ({"user": "a", "suspended": "perhaps"}, "perhaps"),
        ({"installation_id": 1, "accepted_findings": [ACCEPTED]}, "requires organization or user."),
        ({"installation_id": "x", "suspended": True}, "installation_id must be a positive number."),
        ({"installation_id": 1, "user": "a", "suspended": True}, "set only one of user and installation_id."),
        ({"user": "a", "repositories": 5.5, "permissions": 5}, "cannot be converted to a dict"),
        (
            {"organization": "a", "organizations": ["b*"], "state": "present"},
            "only one of organization and organizations",
        ),
        ({"organizations": ["a/*"], "state": "present"}, "organizations must be the login of the account"),
        ({"organizations": ["b["], "state": "present"}, "'b[' is not a valid pattern"),
        (
            {"organizations": ["b*"], "repositories": ["a/c"]},
            "repositories and exclude must contain names without an owner",
        ),
        ({"organizations": ["b*"], "accepted_findings": [ACCEPTED]}, "requires organization or user."),
        (
            {"organization": "a", "accepted_findings": [{"finding": "stale"}]},
            "missing required arguments: reason, until",
        ),
        ({"organization": "a", "suspended": True, "repositorys": ["b"]}, "unsupported parameters: repositorys"),
        ({"organization": "a", "accepted_findings": [{**ACCEPTED, "finding": "x"}]}, "must be one of: admin, surplus,"),
        (
            {"organization": "a", "accepted_findings": [{**ACCEPTED, "reason": " "}]},
            "missing required arguments: reason",
        ),
        ({"organization": "a", "accepted_findings": [{**ACCEPTED, "until": "20270630"}]}, "must be a date such as"),
        ({"organization": "a", "accepted_findings": [ACCEPTED, ACCEPTED]}, "contains write more than once."),
        ("octo-org", "must be a dictionary."),
        (None, "must be a dictionary."),
        (["octo-org"], "must be a dictionary."),
        ({"user": "a", "state": "gone"}, "state must be one of present, absent, not 'gone'."),
        ({"user": "a", "repository_selection": "some"}, "must be one of all, selected, none, not 'some'."),
        (
            {"user": "a", "state": "absent", "suspended": True, "permissions": {}},
            "suspended and permissions cannot be used with state=absent.",
        ),
        ({"user": "a", "repository_selection": "all", "repositories": ["b"]}, "with repository_selection=all."),
        ({"user": "a", "repository_selection": "selected"}, "repository_selection=selected requires repositories"),
    ],
)
def test_an_entry_that_cannot_be_meant(entry, error):
    (told,) = errors_in([{"user": "monalisa", "suspended": False}, entry])
    assert told.startswith("Entry 2")
    assert error in told


ODD = (None, "", "x", 0, 5.5, True, [], [None], [5], ["x", ["y"]], {}, {"x": None}, [{}], [{"finding": ["x"]}])


@pytest.mark.parametrize("document", [None, *ODD])
def test_anything_can_be_examined(document):
    assert document == [] or errors_in(document)
    for key in ENTRY:
        entry = {"organization": "acme", "suspended": True, key: document}
        assert all(isinstance(error, str) for error in errors_in([entry]))


@pytest.mark.parametrize("key", ENTRY)
def test_unset_values_of_an_entry_do_not_matter(key):
    entry = {"organization": "acme", "suspended": True}
    empty = [None] if ENTRY[key]["type"] in ("list", "dict") else [None, "", " "]
    if key not in entry:
        assert [errors_in([{**entry, key: value}]) for value in empty] == [[] for _value in empty]


def test_patterns_have_one_entry():
    entries = [{"organizations": patterns, "state": "present"} for patterns in (["a*", "b*"], "A*,b*", ["b*"])]
    assert errors_in(entries) == [
        "Entry 2 (organizations A*, b*): entry 1 defines the same patterns. Merge the two entries."
    ]


@pytest.mark.parametrize(
    "entry, allowed",
    [({"repositories": ["a"]}, False), ({"repositories": ["a*"]}, True), ({"repository_topics": ["a"]}, True)],
)
def test_no_match_of_an_entry_for_several_organizations(entry, allowed):
    wanted = read_entry({"organizations": ["a*"], "allow_no_match": True, **entry})
    assert wanted.allow_no_match is True
    assert wanted.repositories.allow_no_match is allowed


def test_an_account_has_one_entry():
    first = {"organization": "acme", "suspended": False}
    (told,) = errors_in([first, {"user": "ACME", "permissions": {}}])
    assert told.startswith("Entry 2 (user ACME): entry 1 defines the same account")
    assert errors_in([first]) == []
    assert errors_in([]) == ["The access document must have at least one entry."]


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
        ({"repositories": ["a", "octo-org/b"]}, OCTO, False, ["Octo-Org/a", "Octo-Org/b"], ""),
        ({"repositories": "a,b"}, OCTO, True, ["Octo-Org/a", "Octo-Org/b"], ""),
        ({"repositories": ["a"], "suspended": True}, OCTO, False, None, "cannot be listed"),
        ({"repositories": ["a"]}, SUSPENDED, False, None, "cannot be listed"),
        ({"repositories": ["a"], "suspended": False}, SUSPENDED, False, ["frozen/a"], ""),
        ({"repositories": ["a"], "suspended": False}, SUSPENDED, True, None, "after the installation is unsuspended"),
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
    "permissions, requested, told",
    [
        ({"contents": "read"}, {}, []),
        ({"contents": "read", "metadata": "read"}, {}, []),
        (
            {"contents": "write"},
            {"contents": "write"},
            ["'contents' has the level read, but the access document requires write. An owner of"],
        ),
        (
            {"contents": "admin"},
            {"contents": "write"},
            [f"The app does not request this level. The app's owner must request it at {SETTINGS}"],
        ),
        (
            {"contents": "read", "issues": "read"},
            {},
            ["'issues' is not granted, but the access document requires read. The app does not request this level."],
        ),
        (
            {},
            {},
            [f"does not allow it. The owner of the app must remove it at {SETTINGS}. This affects all accounts."],
        ),
    ],
)
def test_permissions(permissions, requested, told):
    found = one_account({"organization": "octo-org", "permissions": permissions}, requested=requested)
    assert len(found["findings"]) == len(told)
    assert all(text in "".join(found["findings"]) for text in told)


def test_what_a_server_may_leave_out():
    there = installation(1, "octo-org", target_type=None, permissions=None, html_url=None)
    found = one_account({"organization": "octo-org", "permissions": {"contents": "read"}}, there)
    (told,) = found["findings"]
    assert told.endswith("then an owner of octo-org must accept it at the settings page of the installation.")
    other = other_account(there, "finding")
    assert other["kind"] == "account"
    assert "the settings page of the installation" in other["findings"][0]


@pytest.mark.parametrize(
    "entry, told",
    [
        ({"organization": "elsewhere", "suspended": False}, f"An owner of elsewhere can install it at {INSTALL}."),
        ({"installation_id": 7, "suspended": False}, "Remove the entry from the access document, or correct its"),
    ],
)
def test_an_account_without_the_installation(entry, told):
    found = missing_account(read_entry(entry), LISTED)
    assert told in found["findings"][0]
    assert found["suspend"] is None


def test_an_account_of_another_kind():
    found = one_account({"user": "octo-org", "suspended": True})
    assert found["findings"] == [
        "The type of this account is organization. Set organization instead of user in the access document."
    ]
    assert found["suspend"] is None


ENTERPRISE = {**installation(9, "", kind="Enterprise"), "account": {"slug": "octo-inc"}}


@pytest.mark.parametrize("there, kind", [(OCTO, "organization"), (ENTERPRISE, "enterprise")])
def test_an_installation_that_its_id_selects(there, kind):
    found = one_account({"installation_id": there["id"], "suspended": True}, there)
    assert (found["kind"], found["suspend"], found["findings"]) == (kind, True, [])


@pytest.mark.parametrize(
    "accepted, error",
    [
        ({"finding": "write", "reason": "reviewed", "until": "2027-06-30"}, ""),
        (
            {"finding": "write", "reason": "reviewed", "until": "June"},
            "until must be a date such as 2027-06-30, not 'June'.",
        ),
    ],
)
def test_accepted_findings(accepted, error):
    errors = errors_in([{"organization": "octo-org", "accepted_findings": [accepted]}])
    assert [text.partition(": ")[2] for text in errors] == ([error] if error else [])


@pytest.mark.parametrize(
    "unlisted, suspend, findings", [("report", None, 0), ("finding", None, 1), ("suspend", True, 0)]
)
def test_an_installation_that_the_document_does_not_list(unlisted, suspend, findings):
    other = other_account(ALL, unlisted)
    assert (other["account"], other["suspend"], len(other["findings"])) == ("acme", suspend, findings)
    assert other_account(SUSPENDED, unlisted)["suspend"] is None


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
    assert one_account(entry)["repositories"] == ["Octo-Org/hello-world", "Octo-Org/linguist"]


def test_a_url_of_another_account_is_an_error():
    (error,) = errors_in([{"organization": "octo-org", "repositories": ["https://github.com/acme/rocket"]}])
    assert "does not belong to octo-org" in error
