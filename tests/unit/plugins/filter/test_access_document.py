# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The access document that describes the present state, and what applying it changes."""

from __future__ import annotations

import pytest
import yaml
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.hubops.github_apps.plugins.filter.access_document import FilterModule
from ansible_collections.hubops.github_apps.plugins.modules import github_app_access, github_app_installation_info
from github_standin import Fault, StandIn

write_document = FilterModule().filters()["access_document"]
GRANTED = {"contents": "write", "issues": "read", "metadata": "read"}
KINDS = 5  # of installations, see `mixed`


def installation(number, login="octo-org", kind="Organization", **more):
    return {
        "id": number,
        "account": {"login": login},
        "target_type": kind,
        "repository_selection": "selected",
        "permissions": GRANTED,
        "suspended_at": None,
        "repositories": [{"name": "hello-world"}],
        **more,
    }


def entries_of(*installations):
    return yaml.safe_load(write_document(installations, "https://github.com"))["installation_access_accounts"]


@pytest.mark.parametrize(
    "name", ["null", "on", "1.5", "1e3", "0x1f", "2026-11-26", "~", "-", "a-b", ".github", "=", "0o7", "1_0"]
)
def test_names_stay_text(name):
    (entry,) = entries_of(installation(1, login=name, repositories=[{"name": name}]))
    assert entry["organization"] == name
    assert entry["repositories"] == [name]


def test_texts_that_ansible_marks_as_unsafe():
    marked = wrap_var(installation(1))
    (entry,) = entries_of(marked)
    assert entry == {
        "organization": "octo-org",
        "suspended": False,
        "repositories": ["hello-world"],
        "permissions": GRANTED,
    }


def test_entries_and_names_are_in_order():
    text = write_document(
        [
            installation(2, "Zeta", "User", repositories=[{"name": "b"}, {"name": "A"}]),
            installation(1, "acme", app_slug="demo", suspended_at="2026-01-01T00:00:00Z", repositories=None),
        ],
        "https://ghes.example.com",
    )
    assert text.splitlines() == [
        "# Access document of the app demo on ghes.example.com.",
        "# The playbook hubops.github_apps.converge_access applies it:",
        "# https://github.com/hubops/github_apps/blob/main/roles/installation_access/README.md",
        "---",
        "installation_access_accounts:",
        "  # The repositories are not managed, because GitHub does not list those of a suspended installation.",
        "  - organization: acme",
        "    suspended: true",
        "    permissions:",
        "      contents: write",
        "      issues: read",
        "      metadata: read",
        "  - user: Zeta",
        "    suspended: false",
        "    repositories:",
        "      - A",
        "      - b",
        "    permissions:",
        "      contents: write",
        "      issues: read",
        "      metadata: read",
    ]


def test_without_installations():
    assert entries_of() == []


@pytest.mark.parametrize(
    "there, entry",
    [
        ({"account": {"slug": "octo-inc"}, "target_type": "Enterprise"}, {"installation_id": 1}),
        ({"account": None}, {"installation_id": 1}),
        ({"repository_selection": "all"}, {"organization": "octo-org"}),
        ({"repositories": None, "failure": {"message": "no\n- harm: done"}}, {"organization": "octo-org"}),
        ({"repositories": []}, {"organization": "octo-org"}),
    ],
)
def test_entries_that_do_not_manage_repositories(there, entry):
    found = installation(1, repositories=None)
    text = write_document([{**found, **there}], "https://github.com")
    assert yaml.safe_load(text)["installation_access_accounts"] == [
        {**entry, "suspended": False, "permissions": GRANTED}
    ]
    assert "\n  # " in text


def test_an_old_server_does_not_say_whether_an_installation_is_suspended():
    found = installation(1, permissions={})
    del found["suspended_at"]
    (entry,) = entries_of(found)
    assert entry == {"organization": "octo-org", "repositories": ["hello-world"], "permissions": {}}


@pytest.fixture(scope="module", params=["2.20", "3.19", "cloud"])
def mixed(request):
    """250 installations: on organizations and users, on selected and all repositories, suspended and not."""

    def kind(number):
        common = {"id": 5000 + number, "app": "mixed", "account": f"account-{number}", "permissions": GRANTED}
        some = {"repositories": [{"prefix": "service-", "count": 1 + number % 7}]}
        return [
            {**common, **some},
            {**common, "repository_selection": "all"},
            {**common, **some, "permissions": {"metadata": "read"}},
            {**common, **some, "suspended": True},
            {**common, **some},
        ][number % KINDS]

    seed = {
        "accounts": [
            {"login": "owner"},
            {"login": "admin", "type": "User"},
            *(
                {
                    "login": f"account-{number}",
                    "type": "User" if number % KINDS == 4 else "Organization",
                    "admins": ["admin"],
                }
                for number in range(250)
            ),
        ],
        "apps": [{"slug": "mixed", "id": 7, "owner": "owner", "permissions": GRANTED}],
        "repositories": [{"owner": f"account-{number}", "prefix": "service-", "count": 8} for number in range(250)],
        "installations": [kind(number) for number in range(250)],
        "tokens": [
            {"name": "admin", "token": "standin-admin", "user": "admin", "kind": "pat_classic", "scopes": ["repo"]}
        ],
    }
    with StandIn(request.param, seed=seed) as server:
        yield server


@pytest.fixture()
def of_mixed(mixed):
    mixed.clear_log()
    return {
        "api_url": mixed.api_url,
        "server_version": mixed.service.profile.server_version,
        "app_id": "7",
        "private_key": mixed.private_key("mixed"),
        "points_per_minute": 0,
    }


@pytest.fixture()
def exported(run_module, of_mixed):
    """The accounts of the exported document."""
    result = run_module(github_app_installation_info, {**of_mixed, "include": ["repositories"]})
    return yaml.safe_load(write_document(result["installations"], result["server_url"]))["installation_access_accounts"]


def test_applying_an_exported_document_changes_nothing(run_module, mixed, of_mixed, exported):
    assert len(exported) == 250
    mixed.clear_log()
    result = run_module(
        github_app_access, {**of_mixed, "token": "standin-admin", "accounts": exported, "unlisted": "suspend"}
    )
    assert not result.get("failed")
    assert result["changed"] is False
    assert result["report"]["unlisted"] == []
    assert {entry["method"] for entry in mixed.log if not entry["path"].endswith("/access_tokens")} == {"GET"}


def test_check_mode_shows_exactly_the_edit(run_module, of_mixed, exported):
    edited = next(entry for entry in exported if len(entry.get("repositories", [])) == 3)
    edited["repositories"] = ["service-001", "service-002", "service-008"]
    login = edited["organization"]
    options = {**of_mixed, "token": "standin-admin", "accounts": exported}
    result = run_module(github_app_access, options, check_mode=True)
    assert result["report"]["changes"] == [f"{login}: add {login}/service-008", f"{login}: remove {login}/service-003"]
    (diff,) = result["diff"]
    assert diff["before_header"].startswith(f"{login} (installation ")


def test_what_cannot_be_read_is_said(run_module, mixed, of_mixed):
    mixed.inject(Fault(method="POST", path="/5000/access_tokens", status=500, times=99))
    result = run_module(github_app_installation_info, {**of_mixed, "include": ["repositories"], "retries": 0})
    text = write_document(result["installations"], result["server_url"])
    assert "  # The repositories are not managed, because they could not be read: " in text
