# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter awx_credential_types."""

from __future__ import annotations

DOCUMENTATION = r"""
name: awx_credential_types
short_description: Match credential types with those in AWX
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Returns the names and inputs with which the credential types of this collection can be created or updated in AWX.
  - AWX does not allow any changes to the inputs of a credential type that is in use, not even to a help text.
  - If AWX has the credential type with the same fields, its inputs are kept and the rest of the type is updated.
  - If AWX only has it with different fields, an additional type with a new name is created, for example C(GitHub App (2)).
  - The role P(hubops.github_apps.awx_github_app#role) uses this filter.
positional: existing
options:
  _input:
    description: The credential types of this collection, in the format of the files in the role.
    type: list
    elements: dict
    required: true
  existing:
    description: The credential types in AWX, as returned by its API.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the name of a credential type in AWX
  ansible.builtin.debug:
    msg: "{{ [wanted] | hubops.github_apps.awx_credential_types(existing) | map(attribute='name') }}"
  vars:
    wanted: {name: GitHub App, kind: cloud, inputs: {fields: [{id: app_id, label: App ID}]}, injectors: {}}
    existing: []
"""

RETURN = r"""
_value:
  description: >-
    The parameters of C(awx.awx.credential_type) for each credential type. C(definition) contains the name from the input.
  type: list
  elements: dict
"""

import re
from typing import Any, Callable, Dict, Iterable, List, Mapping

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
    """The type with the name and inputs of the newest existing version that has the same fields, or with a new name."""
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


class FilterModule:
    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"awx_credential_types": fit_types}
