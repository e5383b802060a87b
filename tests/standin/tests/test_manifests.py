# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Create apps from a manifest: POST /app-manifests/{code}/conversions (apps/create-from-manifest)."""

from __future__ import annotations

import pytest
from standin_client import JSON, NOT_FOUND, OAUTH, PAT, RELEASES, outcome

from github_standin import SeedError, StandIn

CODE, OTHER = "standin-manifest-code-one", "standin-manifest-code-two"
KEYS = {
    "id",
    "slug",
    "node_id",
    "owner",
    "name",
    "description",
    "external_url",
    "html_url",
    "created_at",
    "updated_at",
    "permissions",
    "events",
    "client_id",
    "client_secret",
    "webhook_secret",
    "pem",
}


def convert(client, code=CODE, auth=None, **more):
    """Convert a code."""
    return client.call("POST", "/app-manifests/%s/conversions" % code, auth, **more)


@pytest.mark.parametrize("profile", RELEASES)
def test_conversion_makes_an_app_that_works(start, profile):
    """201 with all secrets; the app can sign with its key. The second conversion is 404."""
    client = start(profile)
    answer = convert(client)
    body = answer.json()
    assert (answer.status_code, set(body)) == (201, KEYS)
    assert (body["id"], body["slug"], body["client_id"]) == (1101, "made-from-manifest", "Iv1.standin-manifest")
    assert body["client_secret"] == "standin-manifest-client-secret"
    assert body["webhook_secret"] == "standin-manifest-webhook-secret"
    assert body["pem"].startswith("-----BEGIN RSA PRIVATE KEY-----\n")
    assert client.call("GET", "/app", client.jwt(body["slug"], key=body["pem"])).json()["id"] == 1101
    assert outcome(convert(client)) == NOT_FOUND
    assert CODE not in str(client.server.log)


def test_app_does_not_exist_before(cloud):
    """Before the conversion, nobody can see the app or use its client."""
    assert outcome(cloud.call("GET", "/apps/made-from-manifest")) == NOT_FOUND
    pair, body = ("Iv1.standin-manifest", "standin-manifest-client-secret"), {"access_token": "standin"}
    path = "/applications/Iv1.standin-manifest/token"
    assert outcome(cloud.call("POST", path, pair, json=body)) == (401, "Bad credentials")
    convert(cloud)
    assert cloud.call("GET", "/apps/made-from-manifest").json()["id"] == 1101
    assert outcome(cloud.call("POST", path, pair, json=body)) == NOT_FOUND


def test_secrets_that_the_seed_leaves_out(cloud):
    """The webhook secret can be null, but a client secret is generated."""
    body = convert(cloud, OTHER).json()
    assert body["webhook_secret"] is None
    assert len(body["client_secret"]) == 40
    assert body["owner"]["login"] == "octocat"


def test_no_authorization_header(cloud):
    """Any credential is rejected, without using up the code."""
    for auth in (PAT, cloud.jwt(), OAUTH, "standin-unknown"):
        assert outcome(convert(cloud, auth=auth)) == (401, "Bad credentials")
    assert convert(cloud).status_code == 201


def test_codes_end(cloud):
    """Unknown codes, and codes after an hour, are 404."""
    assert outcome(convert(cloud, "standin-unknown")) == NOT_FOUND
    cloud.server.clock_offset = 3601
    assert outcome(convert(cloud)) == NOT_FOUND


@pytest.mark.parametrize(
    "profile, status", [("2.19", 415), ("2.20", 415), ("2.21", 201), ("2.22", 201), ("cloud", 201)]
)
def test_preview(start, profile, status):
    """fury is required up to 2.20; without it the code stays valid."""
    client = start(profile)
    assert convert(client, headers=JSON).status_code == status
    assert convert(client).status_code == (201 if status == 415 else 404)


@pytest.mark.parametrize(
    "manifests",
    [
        [{"code": "standin-code"}],
        [{"code": "standin-code", "app": {"slug": "s", "owner": "nobody"}}],
        [{"code": "standin-code", "app": {"slug": "taken", "owner": "o"}}],
        [{"code": "standin-code", "app": {"slug": "s", "owner": "o", "id": 1}}],
        [{"code": "standin-code", "app": {"slug": name, "owner": "o"}} for name in ("a", "b")],
        [{"code": "standin-code-" + name, "app": {"slug": "same", "owner": "o"}} for name in ("a", "b")],
    ],
)
def test_wrong_manifests(manifests):
    """Raises SeedError."""
    apps = [{"slug": "taken", "id": 1, "owner": "o"}]
    with pytest.raises(SeedError):
        StandIn(seed={"accounts": [{"login": "o"}], "apps": apps, "manifests": manifests})
