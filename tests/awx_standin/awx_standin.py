# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for the part of AWX's REST API with which the role awx_github_app sets up AWX. See README.md."""

from __future__ import annotations

import argparse
import base64
import copy
import json
import os
import re
import signal
import threading
from collections.abc import Callable
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple, Optional
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

VERSION = "24.6.1"
TOKENS = {"standin-awx-admin-token": True, "standin-awx-user-token": False}  # and whether it is a superuser's
USERNAME, PASSWORD = "admin", "standin-awx-password"
ENCRYPTED = "$encrypted$"
PAGE_SIZE = 25
CONTROL = "_awx"
HOST_HEADER = re.compile(r"(?:(localhost)|([0-9.]+)|\[([0-9a-f:]+)\])(?::[0-9]{1,5})?", re.IGNORECASE)
WRONG_HOST = (
    "Control endpoints are available on this machine only. Use http://127.0.0.1 or http://localhost with the port of the"
    " stand-in."
)
WRONG_ORIGIN = "Control endpoints are not available to web pages. Send the request without an Origin header."

Record = dict[str, Any]
Answer = tuple[int, Any]

# What AWX takes for a playbook of a project. The fully qualified name of import_playbook is not among it.
PLAYBOOK_LINE = re.compile(r"^\s*?-?\s*?(?:hosts|include|import_playbook):")
FIELD_ID = re.compile(r"^[a-zA-Z_]+[a-zA-Z0-9_]*$")
ENV_NAME = re.compile(r"^[a-zA-Z_]+[a-zA-Z0-9_]*$")
ENV_BLOCKLIST = {
    *("VIRTUAL_ENV", "PATH", "PYTHONPATH", "JOB_ID", "INVENTORY_ID", "INVENTORY_SOURCE_ID", "INVENTORY_UPDATE_ID"),
    *("AD_HOC_COMMAND_ID", "REST_API_URL", "REST_API_TOKEN", "MAX_EVENT_RES", "CALLBACK_QUEUE", "CALLBACK_CONNECTION"),
    *(
        "CACHE",
        "JOB_CALLBACK_DEBUG",
        "INVENTORY_HOSTVARS",
        "AWX_HOST",
        "PROJECT_REVISION",
        "SUPERVISOR_WEB_CONFIG_PATH",
    ),
}
FIELD_KEYS = {
    *("id", "label", "type", "format", "choices", "help_text", "multiline", "secret", "default", "ask_at_runtime"),
    "internal",
}


class RefusedError(Exception):
    """A request that AWX refuses, with its status and body."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(body)
        self.status, self.body = status, body


def bad(field: str, message: str) -> RefusedError:
    """AWX's answer to a field that is wrong."""
    return RefusedError(400, {field: [message]})


def names_loopback(host: str) -> bool:
    """Whether a Host header names the machine that the client runs on."""
    match = HOST_HEADER.fullmatch(host)
    if match is None:
        return False
    try:
        return bool(match[1]) or ip_address(match[2] or match[3]).is_loopback
    except ValueError:
        return False


def refuse_web_pages(headers: Message) -> None:
    """Refuse a control request that a web page in a developer's browser could have caused.

    A page that rebinds its DNS name to 127.0.0.1 is recognized by the Host header, all others by the Origin header.
    """
    host = ", ".join(headers.get_all("Host", []))
    if not names_loopback(host):
        raise RefusedError(403, {"detail": WRONG_HOST})
    if any(origin != f"http://{host}" for origin in headers.get_all("Origin", [])):
        raise RefusedError(403, {"detail": WRONG_ORIGIN})


class Resource(NamedTuple):
    """A collection of the API: its fields with their defaults, where None says required, and what else is known of it."""

    type: str
    fields: dict[str, Any]
    references: dict[str, str] = {}
    read_only: frozenset[str] = frozenset()
    unique_with: tuple[str, ...] = ()
    choices: dict[str, tuple[str, ...]] = {}
    lists: tuple[str, ...] = ()


REQUIRED = object()
ORGANIZATION = {"organization": "organizations"}
RESOURCES = {
    "organizations": Resource("organization", {"max_hosts": 0, "default_environment": None}),
    "credential_types": Resource(
        "credential_type",
        {"kind": REQUIRED, "inputs": {}, "injectors": {}},
        read_only=frozenset({"managed", "namespace"}),
        unique_with=("kind",),
    ),
    "credentials": Resource(
        "credential",
        {"organization": None, "credential_type": REQUIRED, "inputs": {}},
        references={**ORGANIZATION, "credential_type": "credential_types"},
        unique_with=("organization", "credential_type"),
    ),
    "execution_environments": Resource(
        "execution_environment",
        {"organization": None, "image": REQUIRED, "credential": None, "pull": ""},
        references={**ORGANIZATION, "credential": "credentials"},
        choices={"pull": ("", "always", "missing", "never")},
    ),
    "inventories": Resource(
        "inventory",
        {"organization": REQUIRED, "kind": "", "host_filter": None, "variables": ""},
        references=ORGANIZATION,
        choices={"kind": ("", "smart", "constructed")},
        unique_with=("organization",),
    ),
    "projects": Resource(
        "project",
        {
            **dict.fromkeys(("organization", "credential", "default_environment")),
            **dict.fromkeys(("scm_type", "scm_url", "scm_branch", "scm_refspec", "local_path"), ""),
            **dict.fromkeys(
                ("scm_clean", "scm_update_on_launch", "scm_delete_on_update", "scm_track_submodules"), False
            ),
            **dict.fromkeys(("timeout", "scm_update_cache_timeout"), 0),
            "allow_override": False,
        },
        references={**ORGANIZATION, "credential": "credentials", "default_environment": "execution_environments"},
        choices={"scm_type": ("", "git", "svn", "insights", "archive")},
        unique_with=("organization",),
    ),
    "job_templates": Resource(
        "job_template",
        {
            **dict.fromkeys(("project", "playbook"), REQUIRED),
            **dict.fromkeys(("inventory", "execution_environment", "webhook_credential")),
            **dict.fromkeys(("extra_vars", "limit", "job_tags", "skip_tags", "webhook_service"), ""),
            **dict.fromkeys(("forks", "verbosity", "timeout"), 0),
            **dict.fromkeys(("diff_mode", "become_enabled", "allow_simultaneous", "use_fact_cache"), False),
            **dict.fromkeys(("survey_enabled", "ask_variables_on_launch", "ask_inventory_on_launch"), False),
            "job_type": "run",
        },
        references={
            "inventory": "inventories",
            "project": "projects",
            "execution_environment": "execution_environments",
            "webhook_credential": "credentials",
        },
        read_only=frozenset({"organization"}),
        choices={"job_type": ("run", "check"), "webhook_service": ("", "github", "gitlab", "bitbucket_dc")},
        lists=("credentials",),
    ),
    "schedules": Resource(
        "schedule",
        {"unified_job_template": REQUIRED, "rrule": REQUIRED, "enabled": True, "extra_data": {}},
        references={"unified_job_template": "job_templates"},
        unique_with=("unified_job_template",),
    ),
}
READ_ONLY = {"id", "type", "url", "related", "summary_fields", "created", "modified"}
EMPTY = ("users", "teams", "labels", "instance_groups", "notification_templates")
SEED: dict[str, list[Record]] = {
    "organizations": [{"name": "Default"}],
    "execution_environments": [{"name": "AWX EE (latest)", "image": "quay.io/ansible/awx-ee:latest"}],
    "credential_types": [
        {
            "name": "Source Control",
            "kind": "scm",
            "namespace": "scm",
            "managed": True,
            "inputs": {
                "fields": [
                    {"id": "username", "label": "Username", "type": "string"},
                    {"id": "password", "label": "Password", "type": "string", "secret": True},
                    {
                        "id": "ssh_key_data",
                        "label": "SCM Private Key",
                        "type": "string",
                        "secret": True,
                        "multiline": True,
                    }
                    | {"format": "ssh_private_key"},
                    {"id": "ssh_key_unlock", "label": "Private Key Passphrase", "type": "string", "secret": True},
                ]
            },
        },
        {
            "name": "Red Hat Ansible Automation Platform",
            "kind": "cloud",
            "namespace": "controller",
            "managed": True,
            "inputs": {
                "fields": [
                    {"id": "host", "label": "Red Hat Ansible Automation Platform", "type": "string"},
                    {"id": "username", "label": "Username", "type": "string"},
                    {"id": "password", "label": "Password", "type": "string", "secret": True},
                    {"id": "oauth_token", "label": "OAuth Token", "type": "string", "secret": True},
                    {"id": "verify_ssl", "label": "Verify SSL", "type": "boolean"},
                ],
                "required": ["host"],
            },
        },
    ],
}


class Awx:
    """The records of an AWX, and its rules."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.records: dict[str, dict[int, Record]] = {name: {} for name in RESOURCES}
        self.updates: dict[int, Record] = {}
        self.tokens: dict[str, bool] = dict(TOKENS)
        self.log: list[Record] = []
        self.number = 0
        for resource, seeds in SEED.items():
            for seed in seeds:
                self.store(resource, {"description": "", **self.defaults(resource), "managed": False, **seed})

    # records

    @staticmethod
    def defaults(resource: str) -> Record:
        """What a new record has that nobody said."""
        return {
            name: copy.deepcopy(value) for name, value in RESOURCES[resource].fields.items() if value is not REQUIRED
        }

    def store(self, resource: str, values: Record) -> Record:
        """Keep a new record."""
        self.number += 1
        record = {"id": self.number, **values, **{name: [] for name in RESOURCES[resource].lists}}
        self.records[resource][self.number] = record
        return record

    def find(self, resource: str, number: Any) -> Record:
        """The record with this id."""
        try:
            return self.records[resource][int(number)]
        except (KeyError, ValueError):
            raise RefusedError(404, {"detail": "Not found."}) from None

    def show(self, resource: str, record: Record) -> Record:
        """A record as AWX answers it: no secret in it, and with its place in the API."""
        known = RESOURCES[resource]
        url = f"/api/v2/{resource}/{record['id']}/"
        shown: Record = {
            "id": record["id"],
            "type": known.type,
            "url": url,
            "related": {},
            "summary_fields": {},
            **copy.deepcopy({name: value for name, value in record.items() if name not in known.lists}),
        }
        for name in known.lists:
            shown["related"][name] = f"{url}{name}/"
            shown["summary_fields"][name] = [
                {"id": item, "name": self.records[name][item]["name"]} for item in record[name]
            ]
        if resource == "credentials":
            for field in self.secret_fields(record):
                if shown["inputs"].get(field):
                    shown["inputs"][field] = ENCRYPTED
        if resource == "projects":
            shown["related"]["update"] = f"{url}update/"
            if record["current_update"]:
                shown["summary_fields"]["current_update"] = {"id": record["current_update"], "status": "pending"}
        if resource == "job_templates" and record["webhook_service"]:
            shown["related"]["webhook_receiver"] = f"{url}{record['webhook_service']}/"
        return shown

    def type_fields(self, credential: Record) -> dict[str, Record]:
        """The fields of a credential's type, by id."""
        inputs = self.find("credential_types", credential["credential_type"])["inputs"]
        return {field["id"]: field for field in inputs.get("fields", [])}

    def secret_fields(self, credential: Record) -> list[str]:
        """Which inputs of a credential are secret."""
        return [name for name, field in self.type_fields(credential).items() if field.get("secret")]

    # requests

    def list(self, resource: str, query: list[tuple[str, str]], only: Optional[list[int]] = None) -> Answer:
        """GET of a collection: filtered, in pages."""
        known = RESOURCES[resource]
        filters = [(name, value) for name, value in query if name not in ("page", "page_size")]
        allowed = {"id", "name", "or__id", "or__name", *known.fields, *known.read_only}
        for name, _value in filters:
            if name not in allowed:
                raise RefusedError(400, {"detail": f"{known.type} has no field named '{name}'"})

        def matches(record: Record) -> bool:
            either = [str(record.get(name[4:])) == value for name, value in filters if name.startswith("or__")]
            every = [str(record.get(name)) == value for name, value in filters if not name.startswith("or__")]
            return all(every) and (not either or any(either))

        found = [
            self.show(resource, record)
            for record in self.records[resource].values()
            if (only is None or record["id"] in only) and matches(record)
        ]
        return self.page(f"/api/v2/{resource}/", found, query)

    @staticmethod
    def page(path: str, found: list[Record], query: list[tuple[str, str]]) -> Answer:
        """One page of a list."""
        asked = dict(query)
        number, size = int(asked.get("page", 1)), min(int(asked.get("page_size", PAGE_SIZE)), 200)

        def link(other: int) -> str:
            return f"{path}?{urlencode({**asked, 'page': other})}"

        return 200, {
            "count": len(found),
            "next": link(number + 1) if number * size < len(found) else None,
            "previous": link(number - 1) if number > 1 else None,
            "results": found[(number - 1) * size : number * size],
        }

    def create(self, resource: str, body: Record) -> Answer:
        """POST to a collection."""
        values = self.checked(resource, {"description": "", **self.defaults(resource)}, body, None)
        record = self.store(resource, values)
        if resource == "credential_types":
            record.update(managed=False, namespace=None)
        if resource == "projects":
            self.update_project(record)
        return 201, self.show(resource, record)

    def change(self, resource: str, number: str, body: Record) -> Answer:
        """PATCH of a record."""
        record = self.find(resource, number)
        if record.get("managed"):
            raise RefusedError(403, {"detail": "Modifications not allowed for managed credential types"})
        before = copy.deepcopy(record)
        record.update(self.checked(resource, copy.deepcopy(record), body, record))
        if resource == "projects" and any(
            record[name] != before[name] for name in ("scm_type", "scm_url", "scm_branch")
        ):
            self.update_project(record)
        return 200, self.show(resource, record)

    def checked(self, resource: str, values: Record, body: Record, existing: Optional[Record]) -> Record:
        """The values of a record after a request, if AWX has no objection. Unlike AWX, it objects to unknown fields."""
        known = RESOURCES[resource]
        allowed = {"name", "description", *known.fields, *READ_ONLY, *known.read_only}
        if resource == "credentials" and existing is None:
            allowed |= {"user", "team"}
        for name in body:
            if name not in allowed:
                raise bad(name, "Unknown field.")
        values.update({name: value for name, value in body.items() if name in {"name", "description", *known.fields}})
        for name in ("name", *known.fields):
            if values.get(name, REQUIRED) is REQUIRED or (
                values[name] in ("", None) and self.is_required(resource, name)
            ):
                raise bad(name, "This field is required." if name not in values else "This field may not be blank.")
        for name, default in known.fields.items():
            if values[name] is None and isinstance(default, str):
                values[name] = default
        for name, options in known.choices.items():
            if values[name] not in options:
                raise bad(name, f'"{values[name]}" is not a valid choice.')
        for name, default in known.fields.items():
            if isinstance(default, bool) and not isinstance(values[name], bool):
                raise bad(name, "Must be a valid boolean.")
            if isinstance(default, str) and not isinstance(values[name], str):
                raise bad(name, "Not a valid string.")
        for name, target in known.references.items():
            if values[name] is not None and values[name] not in self.records[target]:
                raise bad(name, f'Invalid pk "{values[name]}" - object does not exist.')
        key = ("name", *known.unique_with)
        for other in self.records[resource].values():
            if other is not existing and all(other.get(name) == values.get(name) for name in key):
                words = " and ".join(name.replace("_", " ").capitalize() for name in (*known.unique_with, "name"))
                raise RefusedError(400, {"__all__": [f"{known.type.capitalize()} with this {words} already exists."]})
        check: Optional[Callable[[Record, Record, Optional[Record]], None]] = getattr(self, f"check_{resource}", None)
        if check:
            check(values, body, existing)
        return values

    @staticmethod
    def is_required(resource: str, name: str) -> bool:
        return name == "name" or RESOURCES[resource].fields.get(name) is REQUIRED

    # what AWX asks of one kind of record

    def check_credential_types(self, values: Record, body: Record, existing: Optional[Record]) -> None:
        """Kind, fields and injectors of a credential type; fields are frozen as soon as a credential uses them."""
        if values["kind"] not in ("cloud", "net"):
            raise bad("kind", f"Must be 'cloud' or 'net', not {values['kind']}")
        used = existing and any(
            one["credential_type"] == existing["id"] for one in self.records["credentials"].values()
        )
        if existing and used and values["inputs"] != existing["inputs"]:
            detail = "Modifications to inputs are not allowed for credential types that are in use"
            raise RefusedError(403, {"detail": detail})
        inputs, injectors = values["inputs"], values["injectors"]
        if set(inputs) - {"fields", "required", "dependencies", "metadata"}:
            raise bad("inputs", f"Additional properties are not allowed: {sorted(inputs)}")
        for field in inputs.get("fields", []):
            for key in ("id", "label"):
                if key not in field:
                    raise bad("inputs", f"'{key}' is a required property")
            if set(field) - FIELD_KEYS or field["id"] == "tower" or not FIELD_ID.match(field["id"]):
                raise bad("inputs", f"{field['id']} is not an allowed field: {sorted(field)}")
            if field.get("type", "string") not in ("string", "boolean") or field.get("ask_at_runtime"):
                raise bad("inputs", f"the field {field['id']} has a type or an option that custom types cannot have")
            if field.get("format", "url") not in ("ssh_private_key", "url"):
                raise bad("inputs", f"'{field['format']}' is not one of ['ssh_private_key', 'url']")
        ids = {field["id"] for field in inputs.get("fields", [])}
        if set(inputs.get("required", [])) - ids:
            raise bad("inputs", f"required fields are not defined: {inputs['required']}")
        if set(injectors) - {"file", "env", "extra_vars"}:
            raise bad("injectors", f"Additional properties are not allowed: {sorted(injectors)}")
        for name, template in injectors.get("env", {}).items():
            if not ENV_NAME.match(name) or name.startswith("ANSIBLE_") or name in ENV_BLOCKLIST:
                raise bad("injectors", f"Environment variable {name} is not allowed to be used in credentials.")
            if not isinstance(template, str) or not template.isascii():
                raise bad("injectors", f"{name} must be a template in ASCII")
        files = set(injectors.get("file", {}))
        if not all(re.match(r"^template(\.\w+)?$", name) for name in files) or ("template" in files and len(files) > 1):
            raise bad("injectors", f"File names must be template or template.NAME: {sorted(files)}")

    def check_credentials(self, values: Record, body: Record, existing: Optional[Record]) -> None:
        """Inputs must be those of the type. A secret that comes back as it was shown stays as it was."""
        owners = [name for name in ("user", "team", "organization") if body.get(name)]
        if existing is None and len(owners) != 1:
            raise RefusedError(400, {"detail": ["Missing 'user', 'team', or 'organization'."]})
        if existing and existing["credential_type"] != values["credential_type"]:
            raise bad("credential_type", "You cannot change the credential type of the credential.")
        fields = self.type_fields(values)
        for name, value in values["inputs"].items():
            if name not in fields:
                raise bad("inputs", f"Additional properties are not allowed ('{name}' was unexpected)")
            kind = bool if fields[name].get("type") == "boolean" else str
            if not isinstance(value, kind):
                words = "boolean" if kind is bool else "string"
                raise RefusedError(400, {"inputs": {name: [f"{value!r} is not of type '{words}'"]}})
            if value == ENCRYPTED and existing:
                values["inputs"][name] = existing["inputs"].get(name, "")
            elif fields[name].get("format") == "ssh_private_key" and not re.search(
                r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s[\s\S]{100,}-----END [A-Z ]*PRIVATE KEY-----", value
            ):
                # AWX shows what it could not read: whoever prints this, prints a part of a secret.
                raise RefusedError(400, {"inputs": {name: [f"Invalid certificate or key: {value[:100]}..."]}})

    def check_job_templates(self, values: Record, body: Record, existing: Optional[Record]) -> None:
        """A playbook must be in the list of its project, and there must be an inventory."""
        project = self.find("projects", values["project"])
        if values["playbook"] not in project["playbooks"]:
            raise bad("playbook", "Playbook not found for project.")
        if values["inventory"] is None and not values["ask_inventory_on_launch"]:
            raise bad("inventory", "You must either set a default value or ask to prompt on launch.")
        if values["extra_vars"]:
            try:
                json.loads(values["extra_vars"])
            except ValueError:
                raise bad("extra_vars", "Cannot parse as JSON.") from None
        values["organization"] = project["organization"]

    def check_schedules(self, values: Record, body: Record, existing: Optional[Record]) -> None:
        """One start with a time zone, and one rule with an interval."""
        rrule = values["rrule"]
        starts = re.findall(r"DTSTART(?:;TZID=[^:\s]+)?:\d+T\d+Z?(?=\s)", rrule)
        rules = re.findall(r"RRULE:\S+", rrule)
        if not starts:
            raise bad("rrule", "Valid DTSTART required in rrule. Value should start with: DTSTART:YYYYMMDDTHHMMSSZ")
        if "TZID" not in starts[0] and not starts[0].endswith("Z"):
            raise bad("rrule", "DTSTART cannot be a naive datetime.  Specify ;TZINFO= or YYYYMMDDTHHMMSSZZ.")
        if len(starts) > 1:
            raise bad("rrule", "Multiple DTSTART is not supported.")
        if not rules:
            raise bad("rrule", "One or more rule required in rrule.")
        for rule in rules:
            if "INTERVAL=" not in rule:
                raise bad("rrule", f"INTERVAL required in rrule: {rule}")
            if "SECONDLY" in rule:
                raise bad("rrule", f"SECONDLY is not supported: {rule}")
        template = self.find("job_templates", values["unified_job_template"])
        if values["extra_data"] and not template["ask_variables_on_launch"]:
            raise bad("extra_data", "Variables are not allowed on launch. Check the Prompt on Launch setting.")

    def check_projects(self, values: Record, body: Record, existing: Optional[Record]) -> None:
        """A project's credential must be for source control."""
        if values["credential"]:
            kind = self.find("credential_types", self.find("credentials", values["credential"])["credential_type"])[
                "kind"
            ]
            if kind != "scm":
                raise bad("credential", "Credential kind must be 'scm'.")

    # associations, projects, tokens

    def associate(self, resource: str, number: str, name: str, body: Record) -> Answer:
        """POST to a list of a record: add to it or take from it. A job template has one credential of a type at most."""
        record = self.find(resource, number)
        item = self.find(name, body.get("id"))
        linked: list[int] = record[name]
        if body.get("disassociate"):
            if item["id"] in linked:
                linked.remove(item["id"])
            return 204, None
        for other in linked:
            if self.find(name, other)["credential_type"] == item["credential_type"]:
                words = self.find("credential_types", item["credential_type"])["name"]
                raise RefusedError(400, {"error": f"Cannot assign multiple {words} credentials."})
        linked.append(item["id"])
        return 204, None

    def update_project(self, project: Record) -> None:
        """Synchronize a project: its playbooks are those of the directory that a file:// URL names."""
        directory = Path(unquote(urlsplit(project["scm_url"]).path))
        there = bool(project["scm_type"]) and urlsplit(project["scm_url"]).scheme == "file" and directory.is_dir()
        project["playbooks"] = sorted(find_playbooks(directory)) if there else []
        project["scm_revision"] = "standin" if there else ""
        self.number += 1
        project["current_update"] = self.number if project["scm_type"] else None
        self.updates[self.number] = {
            "id": self.number,
            "type": "project_update",
            "url": f"/api/v2/project_updates/{self.number}/",
            "status": "successful" if there else "failed",
            "failed": not there,
            "finished": "2026-01-01T00:00:00Z",
            "elapsed": 0.1,
            "started": "2026-01-01T00:00:00Z",
            "event_processing_finished": True,
            "scm_revision": project["scm_revision"],
        }

    def new_token(self) -> Answer:
        """POST to tokens with a login and password."""
        self.number += 1
        token = f"standin-awx-session-{self.number}"
        self.tokens[token] = True
        return 201, {"id": self.number, "type": "o_auth2_access_token", "token": token, "scope": "write"}

    def answer(self, method: str, target: str, headers: Message, body: Any) -> Answer:
        """Answer one request."""
        url = urlsplit(target)
        query = parse_qsl(url.query, keep_blank_values=True)
        parts = [unquote(part) for part in url.path.strip("/").split("/")]
        if parts[0] == CONTROL:
            refuse_web_pages(headers)
            return 200, {"state": self.records, "log": self.log}[parts[1]]
        if parts == ["api"] and method == "GET":
            return 200, {
                "description": "AWX REST API",
                "current_version": "/api/v2/",
                "available_versions": {"v2": "/api/v2/"},
            }
        if not url.path.endswith("/") or parts[:2] != ["api", "v2"]:
            raise RefusedError(404, {"detail": "The requested resource could not be found."})
        path = parts[2:]
        if path == ["ping"]:
            return 200, {
                "ha": False,
                "version": VERSION,
                "active_node": "standin",
                "instances": [],
                "instance_groups": [],
            }
        superuser = self.authenticate(method, path, headers.get("Authorization", ""))
        if path == ["tokens"] and method == "POST":
            return self.new_token()
        if path[:1] == ["tokens"] and method == "DELETE":
            self.tokens.pop(f"standin-awx-session-{path[1]}", None)
            return 204, None
        if not path:
            return 200, {name: f"/api/v2/{name}/" for name in RESOURCES}
        if path == ["config"]:
            return 200, {"version": VERSION, "time_zone": "UTC", "license_info": {"license_type": "open"}}
        if path[0] == "project_updates" and len(path) == 2:
            for project in self.records["projects"].values():  # it is over as soon as somebody looks
                project["current_update"] = None
            return 200, self.updates[int(path[1])]
        if path == ["unified_job_templates"]:
            return self.list("job_templates", query)
        if path[0] in EMPTY:
            return self.page(url.path, [], query)
        if path[0] not in RESOURCES:
            raise RefusedError(404, {"detail": "The requested resource could not be found."})
        if method in ("POST", "PATCH") and not isinstance(body, dict):
            raise RefusedError(400, {"detail": "JSON parse error"})
        if method != "GET" and path[0] in ("credential_types", "organizations") and not superuser:
            raise RefusedError(403, {"detail": "You do not have permission to perform this action."})
        return self.route(method, path, query, body)

    def route(self, method: str, path: list[str], query: list[tuple[str, str]], body: Any) -> Answer:
        """What a request does to the records."""
        resource = path[0]
        if len(path) == 1 and method == "GET":
            return self.list(resource, query)
        if len(path) == 1 and method == "POST":
            return self.create(resource, body)
        if len(path) == 2 and method == "GET":
            return 200, self.show(resource, self.find(resource, path[1]))
        if len(path) == 2 and method == "PATCH":
            return self.change(resource, path[1], body)
        if len(path) == 2 and method == "DELETE":
            del self.records[resource][self.find(resource, path[1])["id"]]
            return 204, None
        if len(path) == 3 and path[2] in RESOURCES[resource].lists:
            if method == "GET":
                return self.list(path[2], query, self.find(resource, path[1])[path[2]])
            if method == "POST":
                return self.associate(resource, path[1], path[2], body)
        if path[2:] == ["update"] and method == "POST":
            project = self.find(resource, path[1])
            self.update_project(project)
            return 202, self.updates[project["current_update"]]
        raise RefusedError(405, {"detail": f'Method "{method}" not allowed.'})

    def authenticate(self, method: str, path: list[str], authorization: str) -> bool:
        """Whether the caller is a superuser, if he is anybody."""
        scheme, _space, value = authorization.partition(" ")
        if scheme == "Bearer" and value in self.tokens:
            return self.tokens[value]
        if scheme == "Basic" and base64.b64decode(value).decode() == f"{USERNAME}:{PASSWORD}":
            return True
        words = "Authentication credentials were not provided. To establish a login session, visit /api/login/."
        raise RefusedError(401, {"detail": words})


def find_playbooks(directory: Path) -> list[str]:
    """The files that AWX offers as playbooks."""
    found = []
    for path in directory.rglob("*.y*ml"):
        place = path.relative_to(directory)
        if {"roles", "tasks", "group_vars", "host_vars"} & set(place.parts) or any(
            p.startswith(".") for p in place.parts
        ):
            continue
        if any(PLAYBOOK_LINE.match(line) for line in path.read_text(encoding="utf-8").splitlines()):
            found.append(str(place))
    return found


class Handler(BaseHTTPRequestHandler):
    """HTTP in front of an Awx."""

    protocol_version = "HTTP/1.1"
    awx: Awx

    def respond(self) -> None:
        """Answer the request, and log what was asked."""
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.awx.lock:
            try:
                body = json.loads(text) if text else None
                status, answer = self.awx.answer(self.command, self.path, self.headers, body)
            except RefusedError as error:
                status, answer = error.status, error.body
            except ValueError:
                status, answer = 400, {"detail": "JSON parse error"}
            content = b"" if status == 204 else json.dumps(answer).encode()
            if not self.path.startswith(f"/{CONTROL}/"):
                self.awx.log.append({"method": self.command, "path": self.path, "status": status})
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-API-Product-Name", "AWX")
        self.send_header("X-API-Product-Version", VERSION)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_DELETE = respond

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing; the log is there to be asked for."""


def start(port: int = 0) -> tuple[ThreadingHTTPServer, Awx]:
    """A server with a fresh AWX, not yet serving."""
    awx = Awx()
    server = ThreadingHTTPServer(("127.0.0.1", port), type("AwxHandler", (Handler,), {"awx": awx}))
    server.daemon_threads = True
    return server, awx


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state-dir", type=Path, required=True, help="where awx.json goes")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--max-seconds", type=float, default=3600, help="how long to live at most")
    options = parser.parse_args()

    server, _awx = start(options.port)
    options.state_dir.mkdir(parents=True, exist_ok=True)
    admin, user = TOKENS
    description = {
        "url": f"http://127.0.0.1:{server.server_address[1]}",
        "pid": os.getpid(),
        "token": admin,
        "user_token": user,
        "username": USERNAME,
        "password": PASSWORD,
    }
    temporary = options.state_dir / ".awx.json"
    temporary.write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
    temporary.rename(options.state_dir / "awx.json")

    def stop(*_arguments: object) -> None:
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    timer = threading.Timer(options.max_seconds, stop)
    timer.daemon = True
    timer.start()
    server.serve_forever()


if __name__ == "__main__":
    main()
