# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OAuth applications: check, reset, delete and grants, with the token in the body and in the path."""

from __future__ import annotations

import pytest
from conftest import OAUTH, outcome

ONE, TWO, OTHER = "standin-oauth-octocat-one", "standin-oauth-octocat-two", "standin-oauth-monalisa"
BASE = "/applications/standin-oauth-client"
NOT_FOUND = (404, "Not Found")


def by_body(client, method, what, token):
    """The endpoints from 2.20 on."""
    return client.call(method, "%s/%s" % (BASE, what), OAUTH, json={"access_token": token})


def by_path(client, method, what, token):
    """The older endpoints."""
    return client.call(method, "%s/%ss/%s" % (BASE, what, token), OAUTH)


CASES = [
    ("cloud", by_body, "POST", "PATCH"),
    ("2.20", by_body, "POST", "PATCH"),
    ("3.3", by_path, "GET", "POST"),
    ("2.19", by_path, "GET", "POST"),
]


@pytest.mark.parametrize("profile, send, check, reset", CASES)
def test_life_of_a_token(start, profile, send, check, reset):
    """Check, reset (the old one dies), delete, and 404 afterwards."""
    client = start(profile)
    known = send(client, check, "token", ONE).json()
    assert (known["user"]["login"], known["token_last_eight"]) == ("octocat", ONE[-8:])
    fresh = send(client, reset, "token", ONE).json()
    assert fresh["id"] == known["id"] and fresh["token"] != ONE
    for method in (check, reset, "DELETE"):
        assert outcome(send(client, method, "token", ONE)) == NOT_FOUND
    assert send(client, "DELETE", "token", fresh["token"]).status_code == 204
    assert outcome(send(client, "DELETE", "token", fresh["token"])) == NOT_FOUND
    assert send(client, check, "token", TWO).status_code == 200


@pytest.mark.parametrize("profile, send, check, reset", CASES)
def test_delete_grant(start, profile, send, check, reset):
    """All tokens of the user for this app, and nobody else's."""
    client = start(profile)
    assert send(client, "DELETE", "grant", ONE).status_code == 204
    assert outcome(send(client, "DELETE", "grant", TWO)) == NOT_FOUND
    assert outcome(send(client, check, "token", TWO)) == NOT_FOUND
    assert send(client, check, "token", OTHER).status_code == 200


@pytest.mark.parametrize(
    "profile, body, path",
    [
        ("2.19", 404, 200),
        ("2.20", 200, 200),
        ("3.3", 200, 200),
        ("3.4", 200, 404),
        ("3.19", 200, 404),
        ("cloud", 200, 404),
    ],
)
def test_which_form_exists(start, profile, body, path):
    """Body from 2.20 on, path up to 3.3; the log never shows the token."""
    client = start(profile)
    assert by_body(client, "POST", "token", ONE).status_code == body
    assert by_path(client, "GET", "token", ONE).status_code == path
    assert ONE not in str(client.server.log)


@pytest.mark.parametrize(
    "body, start_of_text",
    [
        ({}, 'Invalid request.\n\n"access_token" wasn\'t supplied.'),
        ({"access_token": 5}, "Invalid request.\n\nFor 'properties/access"),
    ],
)
def test_missing_token(cloud, body, start_of_text):
    """422."""
    status, text = outcome(cloud.call("POST", BASE + "/token", OAUTH, json=body))
    assert status == 422 and text.startswith(start_of_text)


def test_tokens_of_others_are_unknown(cloud):
    """A PAT and a GitHub App's token do not belong to this client; the scoped form is for GitHub Apps only."""
    for token in ("standin-pat-classic-admin", "standin-user-access-admin", "nothing"):
        assert outcome(by_body(cloud, "POST", "token", token)) == NOT_FOUND
    body = {"access_token": ONE, "target": "octo-org"}
    assert outcome(cloud.call("POST", BASE + "/token/scoped", OAUTH, json=body)) == NOT_FOUND


@pytest.mark.parametrize("profile, prefix", [("2.20", ""), ("3.19", "gho_"), ("cloud", "gho_")])
def test_format_of_reset_tokens(start, profile, prefix):
    """Prefixes since 3.0."""
    token = by_body(start(profile), "PATCH", "token", ONE).json()["token"]
    assert token.startswith(prefix) and len(token) == 40
