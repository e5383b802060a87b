# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OAuth Authorizations API (oauth-authorizations/*): GHES only, with login and password."""

from __future__ import annotations

import base64

import pytest
from standin_client import GHES, NOT_FOUND, OAUTH, PAT, outcome

OCTOCAT = ("octocat", "standin-octocat-password")
MONALISA = ("monalisa", "standin-monalisa-password")
OTP = {"X-GitHub-OTP": "000000"}
BAD = (401, "Bad credentials")
NEEDS_OTP = (401, "Must specify two-factor authentication OTP code.")
NEEDS_PASSWORD = (403, "This API can only be accessed with username and password Basic Auth")
INVALID_CLIENT = (422, "Invalid OAuth application client_id or secret.")
FOR_APP = "/authorizations/clients/" + OAUTH[0]
SECRET = {"client_secret": OAUTH[1]}
FIELDS = {
    "id",
    "url",
    "app",
    "token",
    "hashed_token",
    "token_last_eight",
    "note",
    "note_url",
    "user",
    "created_at",
    "updated_at",
    "scopes",
    "fingerprint",
}
OPERATIONS = [
    ("GET", "/authorizations"),
    ("POST", "/authorizations"),
    ("PUT", FOR_APP),
    ("PUT", FOR_APP + "/standin-fingerprint"),
    ("GET", "/authorizations/1"),
    ("PATCH", "/authorizations/1"),
    ("DELETE", "/authorizations/1"),
    ("GET", "/applications/grants"),
    ("GET", "/applications/grants/1"),
    ("DELETE", "/applications/grants/1"),
]


@pytest.fixture(name="ghes")
def ghes_fixture(start):
    """Return a client for a GHES server."""
    return start("3.22")


def codes(answer):
    """Return the fields and codes of a 422."""
    assert answer.status_code == 422, answer.text
    assert answer.json()["message"] == "Validation Failed", answer.text
    return [(item["resource"], item["field"], item["code"]) for item in answer.json()["errors"]]


def listed(client, path="/authorizations", auth=OCTOCAT, **more):
    """Return a list."""
    return client.call("GET", path, auth, **more).json()


@pytest.mark.parametrize("method, path", OPERATIONS)
def test_not_on_github_com(cloud, method, path):
    """Removed from github.com: 404 for all credentials."""
    for auth in (OCTOCAT, PAT, None):
        assert outcome(cloud.call(method, path, auth, json=SECRET)) == NOT_FOUND


@pytest.mark.parametrize("method, path", OPERATIONS)
def test_credentials(ghes, method, path):
    """Only login and password are accepted, with two-factor authentication also the code."""
    assert outcome(ghes.call(method, path)) == (401, "Requires authentication")
    for auth in (("octocat", "wrong"), ("octo-admin", "wrong"), ("nobody", "wrong"), OAUTH, ghes.jwt(), "unknown"):
        assert outcome(ghes.call(method, path, auth)) == BAD
    for auth in (PAT, ("octo-admin", PAT), ghes.mint(), "standin-oauth-monalisa"):
        assert outcome(ghes.call(method, path, auth)) == NEEDS_PASSWORD
    for headers in ({}, {"X-GitHub-OTP": "111111"}):
        answer = ghes.call(method, path, MONALISA, headers=headers)
        assert outcome(answer) == NEEDS_OTP
        assert answer.headers["X-GitHub-OTP"] == "required; app"
    assert ghes.call(method, path, MONALISA, headers=OTP).status_code not in (401, 403)


def test_password_elsewhere(ghes):
    """No other API accepts a password."""
    for path in ("/user", "/app", "/installation/repositories", "/meta"):
        assert ghes.call("GET", path, OCTOCAT).status_code == 401
    lower = "basic " + base64.b64encode(":".join(OCTOCAT).encode()).decode()
    assert ghes.call("GET", "/authorizations", lower).status_code == 200
    assert OCTOCAT[1] not in str(ghes.server.log)


@pytest.mark.parametrize("profile", GHES)
def test_life_of_an_authorization(start, profile):
    """Create (201 with the token), read (200 without it), use, update, delete (204), read (404)."""
    client = start(profile)
    body = {"scopes": ["repo"], "note": "standin note", "note_url": "https://example.com/note"}
    made = client.call("POST", "/authorizations", OCTOCAT, json=body)
    fresh = made.json()
    assert made.status_code == 201
    assert set(fresh) >= FIELDS
    assert (fresh["note"], fresh["note_url"], fresh["scopes"]) == ("standin note", "https://example.com/note", ["repo"])
    assert (fresh["user"]["login"], fresh["app"]["client_id"]) == ("octocat", "0" * 20)
    assert fresh["token_last_eight"] == fresh["token"][-8:]
    assert len(fresh["hashed_token"]) == 64
    assert client.call("GET", "/user", fresh["token"]).json()["login"] == "octocat"
    path = "/authorizations/%d" % fresh["id"]
    assert client.server.api_url + path == fresh["url"]
    assert client.call("GET", path, OCTOCAT).json() == dict(fresh, token="")
    assert listed(client)[-1] == dict(fresh, token="")
    changed = client.call("PATCH", path, OCTOCAT, json={"add_scopes": ["gist", "repo"], "note": "standin other"})
    assert changed.status_code == 200
    assert (changed.json()["scopes"], changed.json()["note"], changed.json()["token"]) == (
        ["repo", "gist"],
        "standin other",
        "",
    )
    assert client.call("PATCH", path, MONALISA, headers=OTP, json={}).status_code == 404
    assert client.call("DELETE", path, MONALISA, headers=OTP).status_code == 404
    assert client.call("DELETE", path, OCTOCAT).status_code == 204
    assert outcome(client.call("GET", path, OCTOCAT)) == NOT_FOUND
    assert outcome(client.call("DELETE", path, OCTOCAT)) == NOT_FOUND
    assert outcome(client.call("GET", "/user", fresh["token"])) == BAD


@pytest.mark.parametrize(
    "change, scopes",
    [
        ({"scopes": ["gist"]}, ["gist"]),
        ({"scopes": []}, []),
        ({"add_scopes": ["gist"]}, ["repo", "read:user", "gist"]),
        ({"remove_scopes": ["repo", "nothing"]}, ["read:user"]),
        ({"fingerprint": "standin"}, ["repo", "read:user"]),
    ],
)
def test_update(ghes, change, scopes):
    """PATCH the token of an OAuth app."""
    path = "/authorizations/%d" % listed(ghes)[0]["id"]
    body = ghes.call("PATCH", path, OCTOCAT, json=change).json()
    assert body["scopes"] == scopes
    assert body["fingerprint"] == change.get("fingerprint")
    assert body["updated_at"] > body["created_at"]


def test_wrong_updates(ghes):
    """Two keys for scopes, wrong types, a note that already exists."""
    note = {"note": "standin note"}
    ghes.call("POST", "/authorizations", OCTOCAT, json=note)
    path = "/authorizations/%d" % listed(ghes)[0]["id"]
    for body in ({"scopes": ["repo"], "add_scopes": ["gist"]}, {"scopes": "repo"}, {"note": 5}):
        assert ghes.call("PATCH", path, OCTOCAT, json=body).status_code == 422
    assert codes(ghes.call("PATCH", path, OCTOCAT, json=note)) == [("OauthAccess", "description", "already_exists")]


def test_wrong_creations(ghes):
    """Without a note, with a note that already exists, and with wrong client credentials."""
    note = {"note": "standin note"}
    assert codes(ghes.call("POST", "/authorizations", OCTOCAT)) == [("OauthAccess", "description", "missing_field")]
    assert ghes.call("POST", "/authorizations", OCTOCAT, json=note).status_code == 201
    answer = ghes.call("POST", "/authorizations", OCTOCAT, json=note)
    assert codes(answer) == [("OauthAccess", "description", "already_exists")]
    assert ghes.call("POST", "/authorizations", MONALISA, headers=OTP, json=note).status_code == 201
    for pair in ({"client_id": OAUTH[0]}, SECRET, dict(SECRET, client_id="unknown")):
        assert outcome(ghes.call("POST", "/authorizations", OCTOCAT, json=pair)) == INVALID_CLIENT
    pair = dict(SECRET, client_id=OAUTH[0])
    answer = ghes.call("POST", "/authorizations", OCTOCAT, json=pair)
    assert codes(answer) == [("OauthAccess", "fingerprint", "already_exists")]
    made = ghes.call("POST", "/authorizations", OCTOCAT, json=dict(pair, fingerprint="standin")).json()
    assert (made["app"]["client_id"], made["fingerprint"]) == (OAUTH[0], "standin")


@pytest.mark.parametrize("profile", GHES)
def test_get_or_create(start, profile):
    """200 with an empty token for an existing authorization, 201 with the token for a new one."""
    client = start(profile)
    known = client.call("PUT", FOR_APP, OCTOCAT, json=dict(SECRET, scopes=["gist"]))
    assert (known.status_code, known.json()["token"], known.json()["scopes"]) == (200, "", ["repo", "read:user"])
    assert known.headers["Location"] == known.json()["url"]
    for path, body in ((FOR_APP + "/standin-print", SECRET), (FOR_APP, dict(SECRET, fingerprint="standin-other"))):
        made = client.call("PUT", path, OCTOCAT, json=dict(body, scopes=["gist"]))
        assert (made.status_code, made.json()["scopes"]) == (201, ["gist"])
        assert made.json()["fingerprint"] == body.get("fingerprint", "standin-print")
        assert client.call("GET", "/user", made.json()["token"]).json()["login"] == "octocat"
        again = client.call("PUT", path, OCTOCAT, json=body)
        assert (again.status_code, again.json()) == (200, dict(made.json(), token=""))


def test_get_or_create_needs_the_secret(ghes):
    """The secret is required and verified; the client of a GitHub App is rejected."""
    status, message = outcome(ghes.call("PUT", FOR_APP, OCTOCAT, json={}))
    assert status == 422
    assert '"client_secret" wasn\'t supplied' in message
    assert outcome(ghes.call("PUT", FOR_APP, OCTOCAT, json={"client_secret": "wrong"})) == INVALID_CLIENT
    for name, secret in (("unknown", "x"), ("Iv1.standin-demo", "standin-demo-client-secret")):
        answer = ghes.call("PUT", "/authorizations/clients/" + name, OCTOCAT, json={"client_secret": secret})
        assert outcome(answer) == INVALID_CLIENT


def test_lists(ghes):
    """Arrays with pages and, from 3.4, a filter by client."""
    for number in range(40):
        ghes.call("POST", "/authorizations", OCTOCAT, json={"note": "standin %d" % number})
    first = ghes.call("GET", "/authorizations", OCTOCAT)
    assert len(first.json()) == 30
    assert first.links["next"]["url"].endswith("/authorizations?page=2")
    assert len(listed(ghes, "/authorizations?per_page=100")) == 42
    ignored = not ghes.server.service.profile.since("3.4")
    for path in ("/authorizations", "/applications/grants"):
        everything = listed(ghes, path + "?per_page=100")
        of_app = [item for item in everything if item["app"]["client_id"] == OAUTH[0]]
        assert of_app
        assert listed(ghes, path + "?per_page=100&client_id=" + OAUTH[0]) == (everything if ignored else of_app)
        assert listed(ghes, path + "?per_page=100&client_id=unknown") == (everything if ignored else [])
    assert {item["token"] for item in listed(ghes, "/authorizations?per_page=100")} == {""}


@pytest.mark.parametrize("profile", GHES)
def test_grants(start, profile):
    """One grant per app with the scopes of all tokens; deleting it revokes all of the user's tokens for the app."""
    client = start(profile)
    client.call("PUT", FOR_APP + "/standin", OCTOCAT, json=dict(SECRET, scopes=["gist"]))
    client.call("POST", "/authorizations", OCTOCAT, json={"note": "standin note"})
    (grant,) = listed(client, "/applications/grants")
    assert set(grant) == {"id", "url", "app", "created_at", "updated_at", "scopes", "user"}
    assert grant["scopes"] == ["gist", "read:user", "repo"]
    assert grant["app"]["client_id"] == OAUTH[0]
    path = "/applications/grants/%d" % grant["id"]
    assert client.call("GET", path, OCTOCAT).json() == grant
    assert outcome(client.call("DELETE", path, MONALISA, headers=OTP)) == NOT_FOUND
    assert client.call("DELETE", path, OCTOCAT).status_code == 204
    assert outcome(client.call("DELETE", path, OCTOCAT)) == NOT_FOUND
    assert [item["note"] for item in listed(client)] == ["standin note"]
    assert listed(client, "/applications/grants") == []
    assert outcome(client.call("GET", "/user", "standin-oauth-octocat-one")) == BAD
    assert client.call("GET", "/user", "standin-oauth-monalisa").status_code == 200
    client.call("PUT", FOR_APP, OCTOCAT, json=SECRET)
    assert listed(client, "/applications/grants")[0]["id"] != grant["id"]


def test_tokens_of_the_seed(ghes):
    """Classic tokens have their name as note; fine-grained tokens and those of GitHub Apps are not listed."""
    ghes.server.state.account("octo-admin").password = "standin-password"
    items = listed(ghes, auth=("octo-admin", "standin-password"))
    assert [(item["note"], item["scopes"]) for item in items] == [
        ("admin", ["repo", "admin:org"]),
        ("admin-no-repo", ["read:org"]),
    ]
    assert listed(ghes, "/applications/grants", ("octo-admin", "standin-password")) == []
