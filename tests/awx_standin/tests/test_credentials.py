# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credentials: inputs, secrets and owners."""

from __future__ import annotations

import pytest
from clients import APP_TYPE, KEY


@pytest.fixture(name="credential")
def credential_fixture(awx):
    """Return the path of a credential with a secret."""
    awx.admin.make("credential_types", **APP_TYPE)
    made = awx.credential("App", "One", app_id="1", private_key=KEY, skip=False)
    assert made["inputs"] == {"app_id": "1", "private_key": "$encrypted$", "skip": False}
    return f"credentials/{made['id']}/"


def stored(awx, path):
    """Return the inputs with their secrets."""
    return awx.admin.get("/_awx/state")["credentials"][path.split("/")[1]]["inputs"]


def test_new_inputs_replace_all(awx, credential):
    """Missing inputs are removed; a secret keeps its value if the placeholder is sent back."""
    awx.admin.change(credential, inputs={"private_key": "$encrypted$", "skip": True})
    assert stored(awx, credential) == {"private_key": KEY, "skip": True}
    awx.admin.change(credential, inputs={"app_id": "2"})
    assert stored(awx, credential) == {"app_id": "2"}
    awx.admin.change(credential, description="x")
    assert stored(awx, credential) == {"app_id": "2"}


@pytest.mark.parametrize(
    "inputs, body",
    [
        ({"wrong": "x"}, {"inputs": ["Additional properties are not allowed ('wrong' was unexpected)"]}),
        ({"app_id": 1}, {"inputs": {"app_id": ["1 is not of type 'string'"]}}),
        ({"skip": "x"}, {"inputs": {"skip": ["'x' is not of type 'boolean'"]}}),
        ({"private_key": "x"}, {"inputs": {"private_key": ["Invalid certificate or key: x..."]}}),
        ([], {"inputs": ["[] is not of type 'object'"]}),
    ],
)
def test_refused_inputs(awx, credential, inputs, body):
    """The error contains a part of the invalid value."""
    assert awx.admin.refused("PATCH", credential, inputs=inputs) == (400, body)


def test_types_and_owners(awx, credential):
    """The type cannot change, and there is one owner."""
    other = awx.number("credential_types", "Source Control")
    message = "You cannot change the credential type of the credential."
    assert awx.admin.refused("PATCH", credential, credential_type=other) == (400, {"credential_type": [message]})
    body = {"name": "C", "credential_type": other}
    message = "Missing 'user', 'team', or 'organization'."
    assert awx.admin.refused("POST", "credentials/", **body) == (400, {"detail": [message]})
    message = "Only one of 'user', 'team', or 'organization' should be provided, received organization, user fields."
    assert awx.admin.refused("POST", "credentials/", **body, user=1, organization=1) == (400, {"detail": [message]})


def test_what_jobs_need_is_not_asked_for(awx):
    """A credential can lack required inputs, but then its jobs fail."""
    awx.admin.make("credential_types", **APP_TYPE)
    assert awx.credential("App", "One")["inputs"] == {}


def test_of_a_user(awx):
    """Only its user and superusers can see it."""
    user, kind = awx.number_of_user("refresher"), awx.number("credential_types", "Source Control")
    path = f"credentials/{awx.refresher.make('credentials', name='C', credential_type=kind, user=user)['id']}/"
    assert awx.refresher.change(path, inputs={"password": "x"})["inputs"] == {"password": "$encrypted$"}
    assert awx.admin.get(path)["organization"] is None
    assert awx.refresher.refused("POST", "credentials/", name="C", credential_type=kind, user=1)[0] == 403
    assert awx.refresher("DELETE", path).status_code == 204
