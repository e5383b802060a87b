# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter awx_credential_types, which is documented in plugins/filter."""

from __future__ import annotations

import re
from typing import Any, Dict, Iterable, List, Mapping

from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.hubops.github_apps.plugins.plugin_utils._lookups.lookup import plain

Type = Mapping[str, Any]

# Parts of a field that are only displayed. Everything else determines what a credential can contain.
TEXTS = ("label", "help_text")


def fit_types(wanted: Iterable[Type], existing: Iterable[Type]) -> Any:
    known = plain(list(existing))
    # The injectors contain templates for AWX, which Ansible must not evaluate.
    return wrap_var([{**fit_type(kind, known), "definition": kind["name"]} for kind in plain(list(wanted))])


def fit_type(wanted: Type, existing: List[Type]) -> Dict[str, Any]:
    """The type with the name and inputs of the newest existing version with the same fields; with a new name if there is
    none.
    """
    versions = {number_of(str(wanted["name"]), str(kind["name"])): kind for kind in existing if not kind.get("managed")}
    versions.pop(0, None)
    for _number, kind in sorted(versions.items(), reverse=True):
        if essence(kind["inputs"]) == essence(wanted["inputs"]):
            return {**wanted, "name": kind["name"], "inputs": kind["inputs"]}
    return {**wanted, "name": f"{wanted['name']} ({max(versions) + 1})"} if versions else {**wanted}


def number_of(name: str, found: str) -> int:
    """The version in a name: 1 for `name`, 2 for `name (2)`, 0 for other names."""
    match = re.fullmatch(re.escape(name) + r"(?: \(([2-9]|[1-9][0-9]+)\))?", found)
    return int(match[1] or 1) if match else 0


def essence(inputs: Mapping[str, Any]) -> Dict[str, Any]:
    """The inputs without displayed texts, independent of the order of fields."""
    fields = {
        field["id"]: {"type": "string", **{name: value for name, value in field.items() if name not in TEXTS}}
        for field in inputs.get("fields") or []
    }
    return {"fields": fields, "required": sorted(inputs.get("required") or [])}
