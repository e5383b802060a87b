# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credential types: who can create them, what they can contain, and what cannot change once they are used."""

from __future__ import annotations

import copy

import pytest
from clients import APP_TYPE

from awx_standin import templates

FORBIDDEN = (403, {"detail": "You do not have permission to perform this action."})
TAKEN = {"__all__": ["Credential type with this Name and Kind already exists."]}
IN_USE = {"detail": "Modifications to inputs are not allowed for credential types that are in use"}


def changed(*place, to):
    """Return the inputs of the type with one change."""
    inputs = copy.deepcopy(APP_TYPE["inputs"])
    node = inputs
    for name in place[:-1]:
        node = node[name]
    node[place[-1]] = to
    return inputs


def test_only_superusers_make_them(awx):
    """Others can see them, but cannot create, change or delete them."""
    number = awx.admin.make("credential_types", **APP_TYPE)["id"]
    assert awx.refresher.get(f"credential_types/{number}/")["name"] == "App"
    assert awx.refresher.refused("POST", "credential_types/", **{**APP_TYPE, "name": "Mine"}) == FORBIDDEN
    assert awx.refresher.refused("PATCH", f"credential_types/{number}/", name="Mine") == FORBIDDEN
    assert awx.refresher.refused("DELETE", f"credential_types/{number}/") == FORBIDDEN


def test_what_a_used_type_keeps(awx):
    """The inputs cannot change, including their texts. Name, description and injectors can."""
    path = f"credential_types/{awx.admin.make('credential_types', **APP_TYPE)['id']}/"
    awx.admin.change(path, inputs=changed("fields", 0, "label", to="Other"))
    awx.admin.change(path, inputs=APP_TYPE["inputs"])
    credential = awx.credential("App", "One", app_id="1")
    for place, value in {("fields", 0, "help_text"): "x", ("fields", 1, "label"): "x", ("required",): []}.items():
        assert awx.admin.refused("PATCH", path, inputs=changed(*place, to=value)) == (403, IN_USE)
    more = {"env": {"OTHER": "{{ app_id }}"}}
    assert awx.admin.change(path, inputs=APP_TYPE["inputs"], name="B", description="x", injectors=more)["name"] == "B"
    detail = {"detail": "Credential types that are in use cannot be deleted"}
    assert awx.admin.refused("DELETE", path) == (403, detail)
    awx.admin("DELETE", f"credentials/{credential['id']}/")
    assert awx.admin("DELETE", path).status_code == 204


def test_what_awx_brings_stays(awx):
    """Managed types cannot be changed or deleted."""
    path = f"credential_types/{awx.number('credential_types', 'Source Control')}/"
    assert awx.admin.refused("PATCH", path, name="Mine")[0] == 403
    assert awx.admin.refused("DELETE", path)[0] == 403


def test_names(awx):
    """Unique together with the kind."""
    awx.admin.make("credential_types", **APP_TYPE)
    assert awx.admin.refused("POST", "credential_types/", **APP_TYPE) == (400, TAKEN)
    awx.admin.make("credential_types", **{**APP_TYPE, "kind": "net"})


@pytest.mark.parametrize(
    "injectors, name",
    [
        ({"env": {"XX": "{{ nothing }}"}}, "XX uses an undefined field ('nothing' is undefined)"),
        ({"env": {"XX": "{% if app %}a{% endif %}"}}, "XX uses an undefined field ('app' is undefined)"),
        ({"env": {"XX": "{{ tower.filename }}"}}, "XX uses an undefined field"),
        ({"file": {"template.a": "x"}, "env": {"XX": "{{ tower.filename.b }}"}}, "XX uses an undefined field"),
        ({"file": {"template.a": "{{ nothing }}"}}, "template.a uses an undefined field ('nothing' is undefined)"),
        ({"extra_vars": {"a": [{"b": "{{ nothing }}"}]}}, "b uses an undefined field ('nothing' is undefined)"),
        ({"env": {"ANSIBLE_CONFIG": "x"}}, "Environment variable ANSIBLE_CONFIG is not allowed"),
        ({"env": {"PATH": "x"}}, "Environment variable PATH is not allowed"),
        ({"env": {"A": "ä"}}, "ASCII"),
        ({"file": {"template": "x", "template.a": "x"}}, "multi-file syntax"),
        ({"file": {"other": "x"}}, "template.NAME"),
        ({"files": {}}, "Additional properties"),
        ({"file": 1}, "1 is not of type 'object'"),
    ],
)
def test_refused_injectors(awx, injectors, name):
    """The error names the invalid part."""
    status, body = awx.admin.refused("POST", "credential_types/", **{**APP_TYPE, "injectors": injectors})
    assert (status, list(body)) == (400, ["injectors"])
    assert name in body["injectors"][0]


@pytest.mark.parametrize(
    "inputs",
    [
        {"fields": [{"id": "a"}]},
        {"fields": [{"id": "tower", "label": "a"}]},
        {"fields": [{"id": "a-b", "label": "a"}]},
        {"fields": [{"id": "a", "label": "a", "type": "integer"}]},
        {"fields": [{"id": "a", "label": "a", "format": "email"}]},
        {"fields": [{"id": "a", "label": "a", "ask_at_runtime": True}]},
        {"fields": [{"id": "a", "label": "a"}, {"id": "a", "label": "b"}]},
        {"fields": [{"id": "a", "label": "a", "wrong": 1}]},
        {"required": ["a"]},
        {"fields": [1]},
        {"fields": 1},
        {"field": []},
        [],
    ],
)
def test_refused_inputs(awx, inputs):
    """All errors are reported for inputs."""
    values = {**APP_TYPE, "injectors": {}, "inputs": inputs}
    assert list(awx.admin.refused("POST", "credential_types/", **values)[1]) == ["inputs"]
    status, body = awx.admin.refused("POST", "credential_types/", **{**APP_TYPE, "kind": "ssh"})
    assert (status, body) == (400, {"kind": ["Must be 'cloud' or 'net', not ssh"]})


@pytest.mark.parametrize(
    "template",
    [
        "text",
        "{{ a }}",
        "{{ a | default('x', true) | upper }}",
        "{% if a is defined and not b %}{{ tower.filename.f }}{% else %}{{ 'b' }}{% endif %}",
        "{{ missing | default('') }}",
        "{% set x = a %}{{ x.y }}",
        "{% for i, j in a.items() %}{{ i ~ j }}{% endfor %}",
        "{{ a.replace(old='x', new=b) }}",
        "{# missing #}{{ a in [True, none] }}",
        "{{ {'x': a}['x'] }}",
    ],
)
def test_templates_that_are_right(template):
    """Keywords of the template language are not fields."""
    assert templates.undefined(template, ["a", "b"], ["template.f"]) == ""


def test_shipped_types(awx):
    """AWX accepts the types of the collection."""
    pytest.importorskip("awx_plugins.interfaces", reason="AWX's code needs Python 3.11")
    from rendering import TYPES

    for body in TYPES.values():
        awx.admin.make("credential_types", **body)
    assert awx.admin.get("credential_types/", managed="false")["count"] == len(TYPES) == 7
