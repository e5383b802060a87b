# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OAuth applications: check, reset and delete tokens and grants, with the token in the body or in the path."""

from __future__ import annotations

import pytest
from standin_client import NOT_FOUND, OAUTH, outcome

ONE, TWO, OTHER = "standin-oauth-octocat-one", "standin-oauth-octocat-two", "standin-oauth-monalisa"
BASE = "/applications/standin-oauth-client"


def by_body(client, method, what, token):
    """Return the endpoints from 2.20 on."""
    return client.call(method, "%s/%s" % (BASE, what), OAUTH, json={"access_token": token})


def by_path(client, method, what, token):
    """Return the older endpoints."""
    return client.call(method, "%s/%ss/%s" % (BASE, what, token), OAUTH)


CASES = [
    ("cloud", by_body, "POST", "PATCH"),
    ("2.20", by_body, "POST", "PATCH"),
    ("3.3", by_path, "GET", "POST"),
    ("2.19", by_path, "GET", "POST"),
]


@pytest.mark.parametrize("profile, send, check, reset", CASES)
def test_life_of_a_token(start, profile, send, check, reset):
    """Check, reset (the old token is revoked) and delete; then 404."""
    client = start(profile)
    known = send(client, check, "token", ONE).json()
    assert (known["user"]["login"], known["token_last_eight"]) == ("octocat", ONE[-8:])
    fresh = send(client, reset, "token", ONE).json()
    assert fresh["id"] == known["id"]
    assert fresh["token"] != ONE
    for method in (check, reset, "DELETE"):
        assert outcome(send(client, method, "token", ONE)) == NOT_FOUND
    assert send(client, "DELETE", "token", fresh["token"]).status_code == 204
    assert outcome(send(client, "DELETE", "token", fresh["token"])) == NOT_FOUND
    assert send(client, check, "token", TWO).status_code == 200


@pytest.mark.parametrize("profile, send, check, reset", CASES)
def test_delete_grant(start, profile, send, check, reset):
    """Delete all tokens of this user for this app, and no others."""
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
    """In the body from 2.20 on, in the path up to 3.3; the log never shows the token."""
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
    assert status == 422
    assert text.startswith(start_of_text)


def test_tokens_of_others_are_unknown(cloud):
    """PATs and a GitHub App's tokens do not belong to this client; token/scoped is only for GitHub Apps."""
    for token in ("standin-pat-classic-admin", "standin-user-access-admin", "nothing"):
        assert outcome(by_body(cloud, "POST", "token", token)) == NOT_FOUND
    body = {"access_token": ONE, "target": "octo-org"}
    assert outcome(cloud.call("POST", BASE + "/token/scoped", OAUTH, json=body)) == NOT_FOUND


@pytest.mark.parametrize("profile, prefix", [("2.20", ""), ("3.19", "gho_"), ("cloud", "gho_")])
def test_format_of_reset_tokens(start, profile, prefix):
    """Tokens have prefixes since 3.0."""
    token = by_body(start(profile), "PATCH", "token", ONE).json()["token"]
    assert token.startswith(prefix)
    assert len(token) == 40


# token/scoped

APP = ("Iv1.standin-demo", "standin-demo-client-secret")
GHU = "standin-user-access-admin"


def scoped(client, token=GHU, auth=APP, name=APP[0], **body):
    """Create a token with a smaller scope."""
    return client.call("POST", "/applications/%s/token/scoped" % name, auth, json=dict(body, access_token=token))


@pytest.mark.parametrize("profile", ["3.0", "3.4", "3.9", "3.21", "3.22", "cloud"])
@pytest.mark.parametrize("target", [{"target": "Octo-Org"}, {"target_id": 101}])
@pytest.mark.parametrize("repositories", [{"repositories": ["hello-world"]}, {"repository_ids": [5001]}])
def test_scoped_token(start, profile, target, repositories):
    """200 with a new token for these repositories and permissions; the old one stays valid."""
    client = start(profile)
    answer = scoped(client, **target, **repositories, permissions={"contents": "read"})
    body = answer.json()
    assert answer.status_code == 200
    assert body["token"].startswith("ghu_")
    assert body["installation"]["permissions"] == {"contents": "read", "metadata": "read"}
    assert body["installation"]["repository_selection"] == "selected"
    assert (body["installation"]["account"]["login"], body["user"]["login"]) == ("octo-org", "octo-admin")
    for token, statuses in ((body["token"], (200, 404, 404)), (GHU, (200, 200, 200))):
        paths = ("/repos/octo-org/hello-world", "/repos/octo-org/spoon-knife", "/repos/acme/anvil")
        assert tuple(client.call("GET", path, token).status_code for path in paths) == statuses
    assert [
        item["id"] for item in client.call("GET", "/user/installations", body["token"]).json()["installations"]
    ] == [2001]
    for installation, status in ((2001, 200), (2002, 404)):
        path = "/user/installations/%d/repositories" % installation
        assert client.call("GET", path, body["token"]).status_code == status
    assert outcome(scoped(client, body["token"], target="octo-org")) == NOT_FOUND


def test_scoped_token_for_all_of_a_target(cloud):
    """Without repositories and permissions, the token has everything of this installation and nothing of others."""
    body = scoped(cloud, target="octo-org").json()
    assert body["installation"]["repository_selection"] == "all"
    assert cloud.call("GET", "/repos/octo-org/spoon-knife", body["token"]).status_code == 200
    assert cloud.call("GET", "/repos/acme/anvil", body["token"]).status_code == 404


@pytest.mark.parametrize(
    "body, status, text",
    [
        ({}, 422, "Invalid request."),
        ({"target": 5}, 422, "Invalid request."),
        ({"target_id": "101"}, 422, "Invalid request."),
        ({"target_id": True}, 422, "Invalid request."),
        ({"target": "octo-org", "repositories": ["hello-world"], "repository_ids": [5001]}, 422, "Invalid request."),
        ({"target": "octo-org", "repositories": ["linguist"]}, 422, "There is at least one repository"),
        ({"target": "octo-org", "permissions": {"packages": "read"}}, 422, "The permissions requested are not"),
        ({"target": "octo-org", "permissions": {"issues": "admin"}}, 422, "The level of access for permissions"),
        ({"target": "suspended-org"}, 403, "This installation has been suspended"),
        ({"target": "empty-org"}, 404, "Not Found"),
        ({"target": "octocat"}, 404, "Not Found"),
        ({"target": "nobody"}, 404, "Not Found"),
        ({"target_id": 4711}, 404, "Not Found"),
    ],
)
def test_scoped_token_refusals(cloud, body, status, text):
    """Tokens and scopes that are rejected."""
    answer = outcome(scoped(cloud, **body))
    assert answer[0] == status
    assert answer[1].startswith(text)


def test_scoped_token_credentials(cloud):
    """The app's own client and its own token are required."""
    target = {"target": "octo-org"}
    assert outcome(scoped(cloud, auth=None, **target)) == (401, "Requires authentication")
    assert outcome(scoped(cloud, auth=(APP[0], "wrong"), **target)) == (401, "Bad credentials")
    assert outcome(scoped(cloud, auth=OAUTH, **target)) == NOT_FOUND
    assert outcome(scoped(cloud, "unknown", **target)) == NOT_FOUND
    assert outcome(scoped(cloud, None, **target))[0] == 422
