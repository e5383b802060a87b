# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors in the dictionaries of an option."""

from __future__ import annotations

import pytest

from ansible_collections.hubops.github_apps.plugins.module_utils._base.entries import describe_wrong_entries

SPEC = {
    "accounts": {
        "type": "list",
        "elements": "dict",
        "options": {
            "secret": {"type": "str", "no_log": True},
            "organization": {"type": "str"},
            "suspended": {"type": "bool"},
            "state": {"type": "str", "choices": ["present", "absent"]},
            "accepted": {"type": "list", "elements": "dict", "options": {"reason": {"type": "str", "required": True}}},
        },
    },
    "names": {"type": "list", "elements": "str"},
}


@pytest.mark.parametrize(
    "entry, error",
    [
        (
            {"organization": "acme", "repos": []},
            "Entry 2 (organization acme): unsupported parameters: repos. Supported",
        ),
        ({"organization": "acme", "suspended": "soon"}, "Entry 2 (organization acme): argument 'suspended' is of type"),
        ({"organization": "acme", "state": "gone"}, "Entry 2 (organization acme): value of state must be one of"),
        ({"organization": "acme", "accepted": [{}]}, "Entry 2 (organization acme): missing required arguments: reason"),
        ({"organization": "a\nb", "repos": []}, "Entry 2 (organization a b): "),
        ({"secret": "sensitive-text", "repos": []}, "Entry 2: unsupported parameters: repos."),
        ({"secret": "sensitive-text", "suspended": True, "repos": []}, "Entry 2 (suspended True): "),
        ({"organization": None, "organizations": ["a"]}, "Entry 2: unsupported parameters: organizations."),
    ],
)
def test_the_message_names_the_entry(entry, error):
    message = describe_wrong_entries(SPEC, {"accounts": [{"organization": "octo-org"}, entry]})
    first, second = message.splitlines()
    assert first == "Nothing was changed because accounts has errors."
    assert second.startswith(f"- {error}")
    assert "sensitive-text" not in message


def test_all_errors_are_named():
    entries = [{"x": 1}, {"organization": "acme"}, {"state": "gone", "suspended": "soon"}]
    lines = describe_wrong_entries(SPEC, {"accounts": entries}).splitlines()
    assert [line.partition(":")[0] for line in lines[1:]] == ["- Entry 1", "- Entry 3 (suspended soon)"] + [
        "- Entry 3 (suspended soon)"
    ]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"accounts": None},
        {"accounts": "not a list"},
        {"accounts": ["organization=acme"]},
        {"accounts": []},
        {"accounts": [{"organization": "acme", "suspended": "yes"}]},
        {"names": [{"x": 1}]},
    ],
)
def test_other_values_are_left_to_ansible(options):
    assert describe_wrong_entries(SPEC, options) == ""
