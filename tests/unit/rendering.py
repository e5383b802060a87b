# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX accepts as a credential type, and what a job gets from a credential.

Rendering uses AWX's own code. Its validation is not available as a package, so it is reimplemented here; an AWX of 2024
accepted and rejected the same types.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Mapping, NamedTuple

import jsonschema
import yaml
from awx_plugins.interfaces._temporary_private_api import ManagedCredentialType
from awx_plugins.interfaces._temporary_private_credential_api import Credential
from awx_plugins.interfaces._temporary_private_inject_api import ENV_BLOCKLIST, inject_credential
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

DIRECTORY = Path(__file__).parents[2] / "roles/awx_github_app/files/credential_types"
TYPES: Dict[str, Dict[str, Any]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(DIRECTORY.glob("*.yml"))
}
CONTAINER = "/runner/"  # path of the private data directory inside the job

TEXT = {"type": "string"}
NAME = "[a-zA-Z_][a-zA-Z0-9_]*"
FIELD = {"id": {"pattern": f"^(?!tower$){NAME}$"}, "label": TEXT, "help_text": TEXT}


def closed(properties: Mapping[str, Any], *required: str) -> Dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def templates(names: str) -> Dict[str, Any]:
    return {"type": "object", "patternProperties": {names: TEXT}, "additionalProperties": False}


STRING = {
    **FIELD,
    "type": {"const": "string"},
    "format": {"enum": ["ssh_private_key", "url"]},
    "secret": {"type": "boolean"},
    "multiline": {"type": "boolean"},
    "choices": {"type": "array", "items": TEXT, "minItems": 1, "uniqueItems": True},
    "default": TEXT,
}
BOOLEAN = {**FIELD, "type": {"const": "boolean"}, "default": {"type": "boolean"}}
INPUTS = {
    "fields": {"type": "array", "items": {"anyOf": [closed(STRING, "id", "label"), closed(BOOLEAN, "id", "label")]}},
    "required": {"type": "array", "items": TEXT},
}
INJECTORS = {
    "file": templates(rf"^template(\.{NAME})?$"),
    "env": templates(f"^{NAME}$"),
    "extra_vars": {"type": "object"},
}
BODY = closed(
    {
        "name": TEXT,
        "description": TEXT,
        "kind": {"enum": ["cloud", "net"]},
        "inputs": closed(INPUTS),
        "injectors": closed(INJECTORS),
    },
    *("name", "kind", "inputs", "injectors"),
)


class Filenames:
    """`tower.filename`, which is a name itself or contains one for each file."""


class Tower:
    def __init__(self, labels: List[str]) -> None:
        self.filename: Any = "/a/file"
        if labels != ["template"]:
            self.filename = Filenames()
            for label in labels:
                setattr(self.filename, label.partition(".")[2], "/a/file")


def problems(body: Mapping[str, Any]) -> List[str]:
    """Return the reasons for which AWX would reject the credential type."""
    found = [error.message for error in jsonschema.Draft7Validator(BODY).iter_errors(body)]
    if found:
        return found
    ids = [field["id"] for field in body["inputs"].get("fields", [])]
    found += [f"two fields are {name}" for name in set(ids) if ids.count(name) > 1]
    found += [f"no field is {name}" for name in body["inputs"].get("required", []) if name not in ids]
    files, variables = body["injectors"].get("file", {}), body["injectors"].get("env", {})
    if "template" in files and len(files) > 1:
        found.append("one file without a name, or files with names")
    found += [f"{name} is refused" for name in variables if name.startswith("ANSIBLE_") or name in ENV_BLOCKLIST]
    found += [f"{name} is not ASCII" for name, template in variables.items() if not template.isascii()]
    namespace = {**dict.fromkeys(ids, "EXAMPLE"), "tower": Tower(list(files))}
    for name, template in {**files, **variables}.items():
        try:
            ImmutableSandboxedEnvironment(undefined=StrictUndefined).from_string(template).render(namespace)
        except TemplateError as error:
            found.append(f"{name}: {error}")
    return found


class Rendered(NamedTuple):
    """What a job gets from a credential.

    :param safe: the variables as AWX stores and shows them. :param files: the files by their paths in the job.
    """

    variables: Dict[str, str]
    safe: Dict[str, str]
    arguments: List[str]
    files: Dict[str, Path]

    def variables_in(self, directory: Path) -> Dict[str, str]:
        """Return the variables for a private data directory without a container."""
        return {name: value.replace(CONTAINER, f"{directory}/") for name, value in self.variables.items()}


def render(body: Mapping[str, Any], inputs: Mapping[str, Any], directory: Path) -> Rendered:
    """Write the files to `directory`, the job's private data directory, like AWX."""
    (directory / "env").mkdir(parents=True, exist_ok=True)
    before = set((directory / "env").iterdir())
    kind = ManagedCredentialType("", body["name"], body["kind"], body["inputs"], body["injectors"])
    rendered = Rendered({}, {}, [], {})
    inject_credential(
        kind, Credential(dict(inputs)), rendered.variables, rendered.safe, rendered.arguments, str(directory)
    )
    for path in set((directory / "env").iterdir()) - before:
        rendered.files[f"{CONTAINER}env/{path.name}"] = path
    return rendered
