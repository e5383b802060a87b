# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accepted JWTs, installation tokens and user tokens, and GitHub's messages for all others."""

from __future__ import annotations

import base64
import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from standin_client import OAUTH, PAT, outcome

UNDECODABLE = (401, "A JSON web token could not be decoded")
ISSUER = (401, "'Issuer' claim ('iss') must be an Integer")
EXP_START, IAT_START = "'Expiration time' claim ('exp') must be a numeric", "'Issued at' claim ('iat') must be"
FAR = (401, "'Expiration time' claim ('exp') is too far in the future")
BAD = (401, "Bad credentials")


def test_jwt_identifies_the_app(cloud):
    """IDs as string and as number, and the scheme in any case."""
    for token in (cloud.jwt(), cloud.jwt(iss=1001), "bearer " + cloud.jwt()):
        answer = cloud.call("GET", "/app", token)
        assert (answer.status_code, answer.json()["id"]) == (200, 1001)


@pytest.mark.parametrize(
    "profile, accepted", [("cloud", True), ("3.19", True), ("3.18", True), ("3.17", False), ("2.20", False)]
)
def test_client_id_as_issuer(start, profile, accepted):
    """Client IDs are issuers on github.com and from GHES 3.18 on."""
    client = start(profile)
    answer = client.call("GET", "/app", client.jwt(iss="Iv1.standin-demo"))
    assert answer.status_code == 200 if accepted else outcome(answer) == ISSUER


@pytest.mark.parametrize("issuer", ["hubops-demo", " 1001", "1001 ", "", "1001.0", True, 1001.0, ["1001"]])
def test_jwt_issuer_that_is_no_app(cloud, issuer):
    """Slugs, spaces and other types are rejected."""
    assert outcome(cloud.call("GET", "/app", cloud.jwt(iss=issuer))) == ISSUER


def test_jwt_without_issuer(cloud):
    """A missing claim is rejected."""
    assert outcome(cloud.call("GET", "/app", cloud.jwt(iss=None))) == ISSUER


def test_jwt_of_an_unknown_app(cloud):
    """A number that does not identify an app on this server is rejected."""
    for issuer in ("4711", 4711):
        assert outcome(cloud.call("GET", "/app", cloud.jwt(iss=issuer))) == (404, "Integration not found")


@pytest.mark.parametrize(
    "claim, delta, expected",
    [
        ("exp", 660, FAR),
        ("exp", -1, EXP_START),
        ("exp", None, EXP_START),
        ("exp", "text", EXP_START),
        ("exp", 300.5, EXP_START),
        ("iat", 30, IAT_START),
        ("iat", None, IAT_START),
        ("iat", "text", IAT_START),
    ],
)
def test_jwt_times(cloud, claim, delta, expected):
    """exp and iat are integers in the allowed range, without tolerance."""
    value = int(time.time()) + delta if isinstance(delta, int) else delta
    if isinstance(delta, float):
        value = time.time() + delta
    status, message = outcome(cloud.call("GET", "/app", cloud.jwt(**{claim: value})))
    assert (status, message) == expected if isinstance(expected, tuple) else message.startswith(expected)
    assert status == 401


def test_jwt_is_judged_by_the_clock_of_the_server(cloud):
    """A server whose clock is behind rejects a token from the future; its Date header shows its time."""
    token = cloud.jwt()
    cloud.server.clock_offset = -120
    answer = cloud.call("GET", "/app", token)
    assert outcome(answer)[1].startswith(IAT_START)
    assert cloud.call("GET", "/app", cloud.jwt()).status_code == 200


def test_jwt_of_another_key(cloud):
    """Signed with the other app's key, or with an unknown key."""
    stranger = (
        rsa.generate_private_key(public_exponent=65537, key_size=2048)
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )
    for key in (cloud.server.private_key("other-app"), stranger):
        assert outcome(cloud.call("GET", "/app", cloud.jwt(key=key))) == UNDECODABLE


def test_jwt_of_another_algorithm(cloud):
    """Only RS256 is supported."""
    for token in (cloud.jwt(algorithm="RS512"), cloud.jwt(key="standin" * 8, algorithm="HS256")):
        assert outcome(cloud.call("GET", "/app", token)) == UNDECODABLE


def test_jwt_needs_the_bearer_scheme(cloud):
    """``token JWT`` is rejected, and so is everything that is not a JWT."""
    token = cloud.mint()
    for header in ("token " + cloud.jwt(), token, PAT, "a.b.c", "Bearer", "Digest x"):
        assert outcome(cloud.call("GET", "/app", header)) == UNDECODABLE
    assert outcome(cloud.call("GET", "/app")) == (401, "Requires authentication")


def test_app_without_key(start):
    """An app whose keys have all been deleted."""
    apps = [{"slug": "keyless", "owner": "o", "has_key": False}, {"slug": "other", "owner": "o"}]
    client = start(seed={"accounts": [{"login": "o"}], "apps": apps})
    token = client.jwt("keyless", key=client.server.private_key("other"))
    assert outcome(client.call("GET", "/app", token)) == (401, "Integration must generate a public key")


def test_jwt_where_a_token_is_wanted(cloud):
    """A JWT is not accepted instead of a token."""
    for path in ("/installation/repositories", "/user", "/repos/octo-org/hello-world", "/apps/hubops-demo"):
        assert outcome(cloud.app("GET", path)) == BAD


@pytest.mark.parametrize("form", ["Bearer %s", "token %s", "TOKEN %s"])
def test_installation_token_schemes(cloud, form):
    """Both schemes work, and so does Basic with x-access-token."""
    token = cloud.mint()
    assert cloud.call("GET", "/installation/repositories", form % token).status_code == 200
    assert cloud.call("GET", "/installation/repositories", ("x-access-token", token)).status_code == 200


def test_installation_token_expires_after_an_hour(cloud):
    """The server's clock decides."""
    token = cloud.mint()
    cloud.server.clock_offset = 3590
    assert cloud.call("GET", "/installation/repositories", token).status_code == 200
    cloud.server.clock_offset = 3601
    assert outcome(cloud.call("GET", "/installation/repositories", token)) == BAD


def test_user_tokens(cloud):
    """Every kind of user token identifies its user; an installation is not a user."""
    for token in (PAT, "standin-pat-fine-grained", "standin-user-access-admin"):
        assert cloud.call("GET", "/user", token).json()["login"] == "octo-admin"
    assert outcome(cloud.call("GET", "/user", cloud.mint())) == (403, "Resource not accessible by integration")
    assert outcome(cloud.call("GET", "/user")) == (401, "Requires authentication")
    assert outcome(cloud.call("GET", "/user", "unknown")) == BAD


def test_basic_client_credentials(cloud):
    """Wrong secret 401, another client's path 404, no header 401; the scheme can be in lower case."""
    body = {"access_token": "standin-oauth-octocat-one"}
    path = "/applications/standin-oauth-client/token"
    assert cloud.call("POST", path, OAUTH, json=body).status_code == 200
    lower = "basic " + base64.b64encode(":".join(OAUTH).encode()).decode()
    assert cloud.call("POST", path, lower, json=body).status_code == 200
    assert outcome(cloud.call("POST", path, (OAUTH[0], "wrong"), json=body)) == BAD
    assert outcome(cloud.call("POST", path, ("unknown", "wrong"), json=body)) == BAD
    assert outcome(cloud.call("POST", path, PAT, json=body)) == BAD
    assert outcome(cloud.call("POST", path, json=body)) == (401, "Requires authentication")
    other = ("Iv1.standin-demo", "standin-demo-client-secret")
    assert outcome(cloud.call("POST", path, other, json=body)) == (404, "Not Found")


def test_user_agent_is_required(cloud):
    """GitHub docs: requests without User-Agent are rejected."""
    answer = cloud.call("GET", "/meta", headers={"User-Agent": ""})
    assert answer.status_code == 403
    assert "User-Agent" in answer.text


def test_an_app_can_have_several_keys(cloud):
    """Each key is accepted until it is deleted."""
    server = cloud.server
    old, new = server.private_key("hubops-demo"), server.generate_key("hubops-demo")
    for keys in ([old, new], [new]):
        for key in (old, new):
            status = cloud.call("GET", "/app", cloud.jwt(key=key)).status_code
            assert status == (200 if key in keys else 401)
        server.delete_key("hubops-demo", keys[0])
    assert outcome(cloud.call("GET", "/app", cloud.jwt(key=new))) == (401, "Integration must generate a public key")
    with pytest.raises(KeyError):
        server.generate_key("no-such-app")
