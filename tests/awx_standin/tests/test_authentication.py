# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens and passwords, with AWX versions that have tokens and those that have none."""

from __future__ import annotations

import pytest
from clients import Client

NOBODY = {"detail": "Authentication credentials were not provided. To establish a login session, visit /api/login/."}


def login(awx, user):
    """Return a client that uses a password."""
    names = {"admin": (awx.username, awx.password), "refresher": (awx.user, awx.user_password)}
    return Client(awx.url, auth=names[user])


@pytest.mark.parametrize("with_tokens", [True, False])
def test_passwords(start, with_tokens):
    """Every user has a password, which is accepted everywhere."""
    awx = start(with_tokens=with_tokens)
    for user in ("admin", "refresher"):
        assert login(awx, user).get("me/")["results"][0]["username"] == user
    for wrong in (("admin", "x"), ("nobody", awx.password), ("", "")):
        assert Client(awx.url, auth=wrong).refused("GET", "me/") == (401, NOBODY)
    for header in ("Basic", "Basic !", "Basic eA==", "Other x", ""):
        assert Client(awx.url, headers={"Authorization": header}).refused("GET", "me/") == (401, NOBODY)
    assert Client(awx.url).get("ping/")["version"] == "24.6.1"
    assert Client(awx.url).get("/api/")["current_version"] == "/api/v2/"


def test_with_tokens(awx):
    """A login creates a token of this user, and revokes it."""
    assert awx.admin.get("me/")["results"][0]["is_superuser"] is True
    assert awx.refresher.get("me/")["results"][0]["is_superuser"] is False
    for user in ("admin", "refresher"):
        made = login(awx, user)("POST", "tokens/", json={"scope": "write"}).json()
        client = awx.client(made["token"])
        assert client.get("me/")["results"][0]["username"] == user
        assert login(awx, user)("DELETE", f"tokens/{made['id']}/").status_code == 204
        assert client.refused("GET", "me/") == (401, NOBODY)
        assert login(awx, user)("DELETE", f"tokens/{made['id']}/").status_code == 404
    made = login(awx, "admin")("POST", "tokens/").json()
    assert awx.refresher("DELETE", f"tokens/{made['id']}/").status_code == 403
    assert awx.admin("GET", "tokens/").status_code == 405


def test_without_tokens(start):
    """Tokens do not exist and are rejected."""
    awx = start(with_tokens=False)
    assert awx.admin.refused("GET", "me/") == (401, NOBODY)
    for method, path in (("POST", "tokens/"), ("GET", "tokens/"), ("DELETE", "tokens/1/")):
        assert login(awx, "admin")(method, path).status_code == 404
