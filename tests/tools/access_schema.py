# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Generate the JSON Schema of the access document from the documentation of the module github_app_access."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Dict, List, Sequence

import yaml

from ansible_collections.hubops.github_apps.plugins.module_utils._access.document import (
    ACCESS,
    MANAGED,
    SELECTORS,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.permissions import LEVELS
from ansible_collections.hubops.github_apps.plugins.modules import github_app_access

RESULT = Path(__file__).resolve().parents[2] / "docs" / "access_document.schema.json"
URL = "https://raw.githubusercontent.com/hubops/github_apps/main/docs/access_document.schema.json"
TYPES = {"str": "string", "bool": "boolean", "int": "integer", "list": "array", "dict": "object"}
MARKUP = re.compile(r"\b[A-Z]\(([^)]*)\)")
Schema = Dict[str, Any]


def describe(text: Any) -> str:
    """A description without Ansible's markup."""
    sentences = text if isinstance(text, list) else [text]
    return MARKUP.sub(lambda found: found[1].replace("accounts[].", ""), " ".join(sentences))


def schema_of(option: Dict[str, Any]) -> Schema:
    """The schema of an option. :param option: its documentation."""
    schema: Schema = {"description": describe(option["description"]), "type": TYPES[option["type"]]}
    if "choices" in option:
        schema["enum"] = option["choices"]
    if option["type"] == "list":
        if "suboptions" in option:
            schema["items"] = object_of(option["suboptions"])
        else:
            schema.update(items={"type": TYPES[option["elements"]]}, minItems=1)
    if option["type"] == "int":
        schema["minimum"] = 1
    return schema


def object_of(options: Dict[str, Any]) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: schema_of(option) for name, option in options.items()},
        "required": [name for name, option in options.items() if option.get("required")],
    }


def without(name: str, values: List[str], others: Sequence[str]) -> Schema:
    """The schema of an object that has no other of these properties if a property has one of the values."""
    return {
        "if": {"properties": {name: {"enum": values}}, "required": [name]},
        "then": {"not": {"anyOf": [{"required": [other]} for other in others]}},
    }


def generate() -> str:
    accounts = yaml.safe_load(github_app_access.DOCUMENTATION)["options"]["accounts"]
    entry = object_of(accounts["suboptions"])
    entry["properties"]["permissions"]["additionalProperties"] = {"enum": list(LEVELS)}
    accepted = entry["properties"]["accepted_findings"]["items"]["properties"]
    accepted["until"]["format"], accepted["reason"]["minLength"] = "date", 1
    del entry["required"]
    entry["oneOf"] = [{"required": [name]} for name in SELECTORS]
    entry["anyOf"] = [{"required": [name]} for name in MANAGED]
    entry["allOf"] = [
        without("state", ["absent"], ACCESS),
        without("repository_selection", ["all", "none"], ("repositories", "repository_topics")),
    ]
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": URL,
        "title": "Access document of hubops.github_apps",
        "type": "object",
        "properties": {
            "installation_access_accounts": {
                "description": describe(accounts["description"]),
                "type": "array",
                "minItems": 1,
                "items": entry,
            }
        },
        "required": ["installation_access_accounts"],
    }
    return json.dumps(document, indent=2) + "\n"


if __name__ == "__main__":
    RESULT.write_text(generate(), encoding="utf-8")
