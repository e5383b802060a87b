# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Content attachments (apps/create-content-attachment), up to GHES 3.3."""

from __future__ import annotations

import pytest
from standin_client import JSON, NOT_FOUND, PAT, RELEASES, outcome

from github_standin import SeedError, StandIn

OLD, NEW = "/content_references/%d/attachments", "/repos/acme/anvil/content_references/%d/attachments"
TEXT = {"title": "standin title", "body": "standin body"}
RELEASES_OF = {OLD: {"2.18", "2.19", "2.20", "2.21", "2.22"}, NEW: {"3.0", "3.3"}}
LAST = [("2.22", OLD), ("3.3", NEW)]
BY_INTEGRATION = (403, "Resource not accessible by integration")


def attach(client, form, auth=None, number=7001, **more):
    """Create an attachment, by default as the app with the permission."""
    more.setdefault("json", TEXT)
    return client.call("POST", form % number, auth or client.mint(2201, "attach-app"), **more)


@pytest.mark.parametrize("profile", RELEASES)
@pytest.mark.parametrize("form", [OLD, NEW])
def test_which_form_exists(start, profile, form):
    """200 with id, title and body, or 404."""
    answer = attach(start(profile), form)
    if profile not in RELEASES_OF[form]:
        assert outcome(answer) == NOT_FOUND
        return
    number = answer.json().pop("id")
    assert (answer.status_code, answer.json()) == (200, dict(TEXT, id=number))


@pytest.mark.parametrize("profile, form", LAST)
def test_refusals(start, profile, form):
    """Preview, credentials, permission, reference and body are checked."""
    client = start(profile)
    assert attach(client, form, headers=JSON).status_code == 415
    assert attach(client, form, PAT).status_code == 403
    assert attach(client, form, client.jwt("attach-app")).status_code == 401
    assert outcome(client.call("POST", form % 7001, json=TEXT)) == (401, "Requires authentication")
    assert outcome(attach(client, form, client.mint(2002))) == BY_INTEGRATION
    assert outcome(attach(client, form, "standin-user-access-admin")) == BY_INTEGRATION
    for number in (7002, 7003, 1):
        assert outcome(attach(client, form, number=number)) == NOT_FOUND
    for body in ({}, {"title": "standin"}, {"body": "standin"}, dict(TEXT, title=5)):
        assert attach(client, form, json=body).status_code == 422


def test_user_of_the_app(start):
    """A user access token of an app with the permission is accepted."""
    client = start("3.3")
    client.server.state.user_tokens["standin-user-access-admin"].permissions["content_references"] = "write"
    assert attach(client, NEW, "standin-user-access-admin").status_code == 200


def test_repository_of_the_path(start):
    """The reference must belong to this repository, which must be in the token's scope."""
    client = start("3.3")
    for path in ("/repos/acme/rocket", "/repos/acme/nothing", "/repos/octo-org/hello-world"):
        path += "/content_references/%d/attachments"
        assert outcome(attach(client, path)) == NOT_FOUND
        assert outcome(attach(client, path, client.mint(2002), number=1)) in (NOT_FOUND, BY_INTEGRATION)


@pytest.mark.parametrize("entry", [{}, {"repository": "o"}, {"repository": "o/none"}, {"repository": "o/r", "id": "x"}])
def test_wrong_references(entry):
    """SeedError."""
    seed = {"accounts": [{"login": "o"}], "repositories": [{"name": "o/r"}], "content_references": [entry]}
    with pytest.raises(SeedError):
        StandIn(seed=seed)
