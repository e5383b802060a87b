# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter awx_configuration, which is documented in plugins/filter."""

from __future__ import annotations

import json
import re
from typing import Any, Container, Dict, Iterable, List, Mapping, Tuple

import yaml  # type: ignore[import-untyped]  # its types are a package of their own
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.hubops.github_apps.plugins.plugin_utils._lookups.lookup import plain

Record = Dict[str, Any]

HEAD = "# Created by the role hubops.github_apps.awx_github_app, for the collection infra.aap_configuration."
FILES = {"private_key_path": "private_key", "token_path": "token"}
# Inputs of AWX's own credential types that are not secret.
PUBLIC = ("host", "username", "verify_ssl", "url")
# Options of a job template that have the same name in the role and in infra.aap_configuration.
OPTIONS = (
    *("description", "playbook", "extra_vars", "ask_variables_on_launch", "survey_spec", "webhook_service", "labels"),
    *("instance_groups", "notification_templates_started", "notification_templates_success"),
    "notification_templates_error",
)


class Variable(str):
    """A template for the value of a variable."""


class Dumper(yaml.SafeDumper):  # type: ignore[misc]  # PyYAML has no types
    """Marks templates, except those for variables."""


def represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    is_template = "{{" in text or "{%" in text or "{#" in text
    tag = "!unsafe" if is_template and not isinstance(text, Variable) else "tag:yaml.org,2002:str"
    return dumper.represent_scalar(tag, str(text), style='"' if is_template else None)


# Ansible's own types are subclasses of these.
Dumper.add_representer(str, represent_text)
Dumper.add_multi_representer(str, represent_text)
Dumper.add_multi_representer(dict, yaml.SafeDumper.represent_dict)
Dumper.add_multi_representer(list, yaml.SafeDumper.represent_list)


def format_configuration(data: Mapping[str, Any], types: Iterable[Mapping[str, Any]]) -> Any:
    values: Record = plain(dict(data))
    credentials, variables = without_secrets(values, plain(list(types)))
    wanted = values.get("credential_types") or []
    sections = {"controller_credential_types": wanted, "controller_credentials": credentials, **sections_of(values)}
    content = yaml.dump(
        {name: items for name, items in sections.items() if items},
        Dumper=Dumper,
        sort_keys=False,
        width=160,
        allow_unicode=True,
    )
    comments = ["# Define these variables, for example in a file that is encrypted with Ansible Vault:", *variables]
    # Ansible must not evaluate the templates in the text.
    return wrap_var("\n".join([HEAD, *(comments if variables else []), "---", content]))


def without_secrets(data: Record, types: List[Record]) -> Tuple[List[Record], List[str]]:
    """The credentials with variables instead of secrets, and a comment for each variable."""
    public = {kind["name"]: {one["id"] for one in kind["inputs"]["fields"] if not one.get("secret")} for kind in types}
    credentials: List[Record] = []
    comments: List[str] = []
    for item in data.get("credentials", []):
        inputs = describe_inputs(item, public.get(item["credential_type"], PUBLIC))
        secrets = {name: value for name, value in inputs.items() if isinstance(value, Variable)}
        comments += [f"#   {value[3:-3]}: {name} of the credential {item['name']!r}" for name, value in secrets.items()]
        if item.get("ca_path"):
            inputs["ca_cert"] = Variable("{{ lookup('ansible.builtin.file', %s) }}" % json.dumps(item["ca_path"]))
        own = selected(item, "name", "description", organization=data["organization"])
        credentials.append({**own, "credential_type": item["credential_type"], "inputs": inputs})
    return credentials, comments


def describe_inputs(item: Record, public: Container[str]) -> Record:
    """The inputs of a credential that are set: texts and booleans that are not secret, and variables for all others."""
    given = {**(item.get("inputs") or {}), **{FILES[name]: item[name] for name in FILES if item.get(name)}}
    given = {name: value for name, value in given.items() if value not in ("", None)}
    prefix = re.sub(r"\W+", "_", item["name"].lower())
    texts = {name: value if isinstance(value, bool) else str(value) for name, value in given.items()}
    return {name: texts[name] if name in public else Variable("{{ %s_%s }}" % (prefix, name)) for name in given}


def sections_of(data: Record) -> Dict[str, List[Record]]:
    """The variables of infra.aap_configuration for everything that is not a credential or a credential type."""
    organization, project = data["organization"], data.get("project")
    sections: Dict[str, List[Record]] = {"controller_execution_environments": [], "controller_inventories": []}
    image = data.get("execution_environment_image")
    if image:
        environment = {"name": data["execution_environment"], "image": image, "organization": organization}
        credential = data.get("execution_environment_credential")
        sections["controller_execution_environments"] = [selected(environment, *environment, credential=credential)]
    if not project:
        return sections
    installations = data.get("installations_inventory")
    names = [data["inventory"], *([installations] if installations else [])]
    sections["controller_projects"] = [describe_project(data)] if data.get("project_url") else []
    sections["controller_inventories"] = [{"name": name, "organization": organization} for name in names]
    sections["controller_inventory_sources"] = [describe_source(data)] if installations else []
    sections["controller_templates"] = [describe_template(item, data) for item in data["job_templates"]]
    sections["controller_schedules"] = [
        {
            "name": item["name"],
            "organization": organization,
            "unified_job_template": item["name"],
            "rrule": item["rrule"],
        }
        for item in data["job_templates"]
        if item.get("rrule")
    ]
    return sections


def describe_project(data: Record) -> Record:
    """The project. It is synchronized, because AWX rejects a job template whose playbook it does not know."""
    return selected(
        {"name": data["project"], "organization": data["organization"], "scm_type": "git"},
        *("name", "organization", "scm_type"),
        scm_url=data["project_url"],
        scm_branch=data.get("project_branch"),
        credential=data.get("project_credential"),
        update_project=True,
        wait=True,
    )


def describe_source(data: Record) -> Record:
    """The source of the inventory of installations."""
    name = data["installations_inventory"]
    return {
        "name": name,
        "inventory": name,
        "organization": data["organization"],
        "source": "scm",
        "source_project": data["project"],
        "source_path": data["installations_source"],
        "credential": data["credentials"][0]["name"],
        **selected({}, execution_environment=data.get("execution_environment")),
        "overwrite": True,
        "overwrite_vars": True,
        "update_on_launch": True,
    }


def describe_template(item: Record, data: Record) -> Record:
    """A job template with the defaults of the role."""
    first = [credential["name"] for credential in data["credentials"][:1]]
    return {
        **selected(item, "name", *OPTIONS, organization=data["organization"], project=data["project"]),
        "job_type": item.get("job_type") or "run",
        "inventory": item.get("inventory") or data["inventory"],
        **selected({}, credentials=item.get("credentials", first)),
        **selected({}, execution_environment=data.get("execution_environment")),
        **selected({}, survey_enabled="survey_spec" in item),
    }


def selected(item: Mapping[str, Any], *names: str, **more: Any) -> Record:
    """The named options of an item that are set, and the values in `more` that are not empty. Empty texts and dictionaries
    count as not set.
    """
    found = {name: item[name] for name in names if item.get(name) not in (None, "", {})}
    return {**found, **{name: value for name, value in more.items() if value}}
