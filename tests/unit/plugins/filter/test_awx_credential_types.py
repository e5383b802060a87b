# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credential types, released and new, meet those of an AWX that does not let types in use change."""

from __future__ import annotations

import copy

import pytest
from rendering import TYPES

from ansible_collections.hubops.github_apps.plugins.plugin_utils._filters.awx_credential_types import fit_types

APP = TYPES["github_app"]


def existing(name="GitHub App", change=lambda kind: None, **more):
    kind = {**copy.deepcopy(APP), "id": 7, "managed": False, **more, "name": name}
    change(kind)
    return kind


def texts(kind):
    kind["inputs"]["fields"][0].update(help_text="Another text.", label="Another label")


def another_field(kind):
    kind["inputs"]["fields"].append({"id": "signer", "label": "Signer", "type": "string"})


def no_longer_secret(kind):
    next(field for field in kind["inputs"]["fields"] if field["id"] == "private_key").pop("secret")


def not_required(kind):
    kind["inputs"]["required"] = ["app_id"]


MATERIAL = [another_field, no_longer_secret, not_required, lambda kind: kind["inputs"]["fields"].pop()]


def fit(*found):
    (fitted,) = fit_types([APP], found)
    assert fitted.pop("definition") == "GitHub App"
    assert {**fitted, "inputs": 0, "name": 0} == {**APP, "inputs": 0, "name": 0}
    return fitted["name"], fitted["inputs"]


def test_an_awx_without_the_type_gets_it():
    assert fit(existing("GitHub"), existing("GitHub App (secondary)")) == ("GitHub App", APP["inputs"])


def test_texts_that_differ_stay_as_awx_has_them():
    found = existing(change=texts)
    assert fit(found) == ("GitHub App", found["inputs"])


@pytest.mark.parametrize("order", ["fields", "required"])
def test_order_does_not_matter(order):
    found = existing(change=lambda kind: kind["inputs"][order].reverse())
    assert fit(found) == ("GitHub App", found["inputs"])


def test_a_type_that_is_left_out_is_a_string():
    found = existing(change=lambda kind: kind["inputs"]["fields"][0].pop("type"))
    assert fit(found) == ("GitHub App", found["inputs"])


@pytest.mark.parametrize("change", MATERIAL)
def test_other_fields_make_a_new_type(change):
    assert fit(existing(change=change)) == ("GitHub App (2)", APP["inputs"])


@pytest.mark.parametrize("change", MATERIAL)
def test_the_version_with_the_same_fields_is_found_again(change):
    second = existing("GitHub App (2)", texts)
    assert fit(existing(change=change), second) == ("GitHub App (2)", second["inputs"])
    assert fit(existing("GitHub App (2)", change), existing()) == ("GitHub App", APP["inputs"])


@pytest.mark.parametrize("change", MATERIAL)
def test_versions_are_numbered(change):
    assert fit(*(existing(f"GitHub App{number}", change) for number in ("", " (2)", " (11)")))[0] == "GitHub App (12)"


@pytest.mark.parametrize("name", ["GitHub App (1)", "GitHub App (0)", "GitHub App (2) ", "GitHub App(2)", "github app"])
def test_names_of_others_are_left_alone(name):
    assert fit(existing(name, another_field))[0] == "GitHub App"


def test_types_of_awx_itself_are_left_alone():
    assert fit(existing(managed=True))[0] == "GitHub App"


# The fields that were released, as identifier, type, format, and whether secret. A change of one makes a new type in every AWX.
RELEASED_APP = [
    ("api_url", "string", "", False),
    ("app_id", "string", "", False),
    ("installation_id", "string", "", False),
    ("private_key", "string", "ssh_private_key", True),
    ("ca_cert", "string", "", False),
    ("skip_tls_verify", "boolean", "", False),
]
RELEASED_SIGNER = [
    *RELEASED_APP[:3],
    ("enterprise", "string", "", False),
]
RELEASED = {
    "github_app_vault": (
        [
            *RELEASED_SIGNER,
            ("vault_url", "string", "", False),
            ("vault_namespace", "string", "", False),
            ("vault_ca_cert", "string", "", False),
            ("vault_transit_key", "string", "", False),
            ("vault_transit_mount", "string", "", False),
            ("vault_role_id", "string", "", False),
            ("vault_secret_id", "string", "", True),
            ("vault_jwt_path", "string", "", False),
            ("vault_token", "string", "", True),
            ("vault_auth_mount", "string", "", False),
            *RELEASED_APP[-2:],
        ],
        ["app_id", "vault_url", "vault_transit_key"],
    ),
    "github_app_aws_kms": (
        [
            *RELEASED_SIGNER,
            ("aws_kms_key", "string", "", False),
            ("aws_kms_region", "string", "", False),
            ("access_key_id", "string", "", False),
            ("secret_access_key", "string", "", True),
            *RELEASED_APP[-2:],
        ],
        ["app_id", "aws_kms_key"],
    ),
    "github_app_command": (
        [
            *RELEASED_SIGNER,
            ("signer_command", "string", "", False),
            ("signer_secret", "string", "", True),
            *RELEASED_APP[-2:],
        ],
        ["app_id", "signer_command"],
    ),
    "github_app": (RELEASED_APP, ["app_id", "private_key"]),
    "github_app_secondary": (RELEASED_APP, ["app_id", "private_key"]),
    "github_oauth_app": (
        [("client_id", "string", "", False), ("client_secret", "string", "", True)],
        ["client_id", "client_secret"],
    ),
    "github_token": ([("token", "string", "", True)], ["token"]),
}


@pytest.mark.parametrize("name", TYPES)
def test_released_fields_are_frozen(name):
    fields, required = RELEASED[name]
    inputs = TYPES[name]["inputs"]
    found = [
        (field["id"], field["type"], field.get("format", ""), field.get("secret", False)) for field in inputs["fields"]
    ]
    assert found == fields
    assert inputs["required"] == required
