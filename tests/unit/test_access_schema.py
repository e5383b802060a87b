# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON Schema of the access document: it is current, and rejects what the module rejects."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from repository_tools import load_tool

from ansible_collections.hubops.github_apps.plugins.module_utils._access.document import ENTRY, errors_in

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "docs/access_document.schema.json"
PAGES = [ROOT / "roles/installation_access/README.md", *sorted(ROOT.glob("docs/docsite/rst/*.rst"))]
LISTS = re.compile(r"^( *)(?:installation_access_accounts|accounts):\n((?:\1[ -].*\n|\n)+)", re.MULTILINE)


def documents():
    """The access documents in files and examples."""
    yield (
        "playbooks/files/access.yml",
        yaml.safe_load((ROOT / "playbooks/files/access.yml").read_text(encoding="utf-8")),
    )
    for page in PAGES:
        for number, found in enumerate(LISTS.finditer(page.read_text(encoding="utf-8"))):
            if "{{" not in found[2]:
                yield f"{page.name} {number}", {"installation_access_accounts": yaml.safe_load(found[2])}


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


def test_the_schema_is_current():
    assert SCHEMA.read_text(encoding="utf-8") == load_tool("access_schema").generate(), "run `make operations`"


def test_the_schema_has_the_keys_of_the_module(validator):
    entry = validator.schema["properties"]["installation_access_accounts"]["items"]
    assert set(entry["properties"]) == set(ENTRY)


@pytest.mark.parametrize("name, document", list(documents()))
def test_examples_are_valid(validator, name, document):
    assert list(validator.iter_errors(document)) == []


@pytest.mark.parametrize(
    "entry",
    [
        {"suspended": True},
        {"organization": "octo-org"},
        {"organization": "octo-org", "user": "octocat", "suspended": True},
        {"organization": "octo-org", "repositories": []},
        {"organization": "octo-org", "permissions": {"contents": "all"}},
        {"organization": "octo-org", "suspended": True, "repositories_state": "some"},
        {"installation_id": 0, "suspended": True},
        {"organizations": [], "suspended": True},
        {"organization": "octo-org", "organizations": ["team-*"], "suspended": True},
        {"organization": "octo-org", "state": "gone"},
        {"organization": "octo-org", "state": "absent", "repositories": ["hello-world"]},
        {"organization": "octo-org", "repository_selection": "all", "repositories": ["hello-world"]},
        {"user": "octocat", "accepted_findings": [{"finding": "write", "reason": "reviewed", "until": "June"}]},
        {"user": "octocat", "accepted_findings": [{"finding": "write", "reason": "", "until": "2027-06-30"}]},
        {"user": "octocat", "accepted_findings": [{"finding": "wrote", "reason": "reviewed", "until": "2027-06-30"}]},
        {"user": "octocat", "accepted_findings": [{"finding": "write", "until": "2027-06-30"}]},
    ],
)
def test_what_the_module_rejects_is_not_valid(validator, entry):
    assert errors_in([entry])
    assert list(validator.iter_errors({"installation_access_accounts": [entry]}))


@pytest.mark.parametrize("entry", [{"organisation": "octo-org", "suspended": True}, {"user": 1, "suspended": "yes"}])
def test_what_the_argument_spec_rejects_is_not_valid(validator, entry):
    assert list(validator.iter_errors({"installation_access_accounts": [entry]}))
