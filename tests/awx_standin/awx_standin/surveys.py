# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Surveys of job templates: their questions, the answers of a launch, and the encryption of passwords.

https://github.com/ansible/awx: JobTemplateSurveySpec in awx/api/views, and SurveyJobTemplateMixin in awx/main/models/mixins.py
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

from .basics import ENCRYPTED, Record, RefusedError

PARTS = (("name", str, "string"), ("description", str, "string"), ("spec", list, "list of items"))
REQUIRED = {"type": str, "question_name": str, "variable": str, "required": bool}
LABELS = {str: "string", bool: "boolean"}
NUMBERS = (int, float)
TYPES: dict[str, Any] = {
    **dict.fromkeys(("text", "textarea", "password", "multiplechoice", "multiselect"), str),
    "integer": int,
    "float": NUMBERS,
}


class Vault:
    """Encrypts values. The encrypted text does not contain the value in any form."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def encrypt(self, value: str) -> str:
        """Return the encrypted value. Like AWX, leave empty and encrypted values unchanged."""
        if not value or value.startswith(ENCRYPTED):
            return value
        text = f"{ENCRYPTED}UTF8$AESCBC${secrets.token_hex(32)}"
        self._values[text] = value
        return text

    def decrypt(self, value: Any) -> Any:
        """Return the value of an encrypted text, and any other value unchanged."""
        return self._values.get(value, value) if isinstance(value, str) else value


def questions(template: Record) -> list[Record]:
    """Return the questions of a template whose survey is enabled."""
    return template["survey_spec"].get("spec", []) if template["survey_enabled"] else []


def passwords(template: Record) -> list[str]:
    """Return the variables of the questions for passwords."""
    return [one["variable"] for one in questions(template) if one["type"] == "password"]


def shown(spec: Record) -> Record:
    """Return a survey without its encrypted defaults."""
    items = [
        {**one, "default": ENCRYPTED} if one["type"] == "password" and one.get("default") else {**one}
        for one in spec.get("spec", [])
    ]
    return {**spec, "spec": items} if spec else {}


def refused(message: str) -> RefusedError:
    """Return AWX's error for a survey."""
    return RefusedError(400, {"error": message})


def stored(spec: Record, old: Record, vault: Vault) -> Record:
    """Return a valid survey with encrypted defaults."""
    for field, expected, label in PARTS:
        if field not in spec:
            raise refused(f"Field '{field}' is missing from survey spec.")
        if not isinstance(spec[field], expected):
            raise refused(f"Expected {label} for field '{field}', received {type(spec[field]).__name__} type.")
    if not spec["spec"]:
        raise refused("'spec' doesn't contain any items.")
    before = {one["variable"]: one for one in old.get("spec", [])}
    seen: set[str] = set()
    items = []
    for index, item in enumerate(spec["spec"]):
        check_question(index, item)
        if item["variable"] in seen:
            raise refused(f"'variable' '{item['variable']}' duplicated in survey question {index}.")
        seen.add(item["variable"])
        items.append({**item, **encrypted_default(index, item, before.get(item["variable"], {}), vault)})
    return {**spec, "spec": items}


def check_question(index: int, item: Any) -> None:
    """Check the types of a question's fields."""
    if not isinstance(item, dict):
        raise refused(f"Survey question {index} is not a json object.")
    for field, expected in REQUIRED.items():
        if field not in item:
            raise refused(f"'{field}' missing from survey question {index}")
        if not isinstance(item[field], expected):
            raise refused(f"'{field}' in survey question {index} expected to be {LABELS[expected]}.")
    kind = item["type"]
    if kind not in TYPES:
        allowed = ", ".join(TYPES)
        raise refused(f"'{kind}' in survey question {index} is not one of '{allowed}' allowed question types.")
    if item.get("default", "") != "" and not isinstance(item["default"], TYPES[kind]):
        label = kind if kind in ("integer", "float") else "string"
        raise refused(f"Default value {item['default']} in survey question {index} expected to be {label}.")
    for limit in ("min", "max"):
        if item.get(limit) is not None and not isinstance(item[limit], int):
            raise refused(f"The {limit} limit in survey question {index} expected to be integer.")
    if kind in ("multiselect", "multiplechoice"):
        check_choices(index, item)


def check_choices(index: int, item: Record) -> None:
    """Check that a question has choices, and that its default is one of them."""
    if "choices" not in item:
        raise refused(f"Survey question {index} of type {item['type']} must specify choices.")
    defaults = item.get("default", "").splitlines()
    if item["type"] == "multiplechoice" and len(defaults) > 1:
        raise refused("Multiple Choice (Single Select) can only have one default value.")
    if any(one not in item["choices"] for one in defaults):
        raise refused("Default choice must be answered from the choices listed.")


def encrypted_default(index: int, item: Record, old: Record, vault: Vault) -> Record:
    """Return the encrypted default of a question for a password. `$encrypted$` keeps the existing default."""
    default = item.get("default")
    if not isinstance(default, str):
        return {}
    if not default.startswith(ENCRYPTED):
        return {"default": vault.encrypt(default)} if item["type"] == "password" else {}
    if item["type"] != "password":
        reserved = "$encrypted$ is a reserved keyword for password question defaults"
        raise refused(f"{reserved}, survey question {index} is type {item['type']}.")
    if not old.get("default", "").startswith(ENCRYPTED) and old.get("default") != "":
        raise refused(f"$encrypted$ is a reserved keyword, may not be used for new default in position {index}.")
    return {"default": old["default"]}


def accepted(template: Record, given: Record) -> tuple[Record, Record]:
    """Return the answers of a launch, and the variables for which the survey has no question. Reject invalid answers.

    Like AWX, the error contains the invalid answer, even if it is a password.
    """
    asked = questions(template)
    errors = [error for one in asked for error in answer_errors(one, given)]
    if errors:
        raise RefusedError(400, {"variables_needed_to_start": errors})
    names = {one["variable"] for one in asked}
    answers = {name: value for name, value in given.items() if name in names}
    return answers, {name: value for name, value in given.items() if name not in names}


def answer_errors(question: Record, given: Record) -> Iterator[str]:
    """Return why an answer is not valid."""
    name, kind = question["variable"], question["type"]
    is_missing = name not in given or (kind == "password" and given[name] == ENCRYPTED)
    if is_missing:
        if question["required"] and not (name in given and question.get("default") is not None):
            yield f"'{name}' value missing"
        return
    value = given[name]
    if kind in ("multiselect", "multiplechoice"):
        yield from choice_errors(question, value)
    elif not isinstance(value, TYPES[kind]) or isinstance(value, bool):
        label = {"integer": "an integer", "float": "a numeric type"}.get(kind, "a string")
        yield f"Value {value} for '{name}' expected to be {label}."
    else:
        yield from limit_errors(question, value)


def choice_errors(question: Record, value: Any) -> Iterator[str]:
    """Return why an answer is not one of the choices."""
    name, choices = question["variable"], question["choices"]
    choices = choices.splitlines() if isinstance(choices, str) else choices
    if question["type"] == "multiselect" and not isinstance(value, list):
        yield f"'{name}' value is expected to be a list."
        return
    for one in value if isinstance(value, list) else [value]:
        if one not in choices:
            yield f"Value {one} for '{name}' expected to be one of {choices}."


def limit_errors(question: Record, value: Any) -> Iterator[str]:
    """Return why a text is too short or too long, or a number too small or too large."""
    name, low, high = question["variable"], question.get("min"), question.get("max")
    size = len(value) if isinstance(value, str) else value
    length = f"length is {size} " if isinstance(value, str) else ""
    if low not in ("", None) and size < low:
        yield f"'{name}' value {value} is too small ({length}must be at least {low})."
    if high not in ("", None) and size > high:
        yield f"'{name}' value {value} is too large (must be no more than {high})."


def merged(template: Record, variables: Record, given: Record, vault: Vault) -> Record:
    """Return the extra variables of a job: those of the template, defaults of the survey, and those of the launch."""
    hidden = passwords(template)
    defaults = {one["variable"]: one["default"] for one in questions(template) if one.get("default") is not None}
    runtime = {name: value for name, value in given.items() if name not in hidden or value != ENCRYPTED}
    runtime.update({name: vault.encrypt(runtime[name]) for name in hidden if name in runtime})
    return {**variables, **defaults, **runtime}


def masked(variables: Record, hidden: list[str]) -> Record:
    """Return the extra variables of a job as AWX shows them."""
    return {name: ENCRYPTED if name in hidden else value for name, value in variables.items()}
