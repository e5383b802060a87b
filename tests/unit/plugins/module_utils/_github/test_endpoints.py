# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import string

import pytest

from ansible_collections.hubops.github_apps.plugins.module_utils._github.authenticator import NEEDS
from ansible_collections.hubops.github_apps.plugins.module_utils._github.endpoints import (
    ENDPOINTS,
    NOBODY,
    PLAIN_MEDIA_TYPE,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github.releases import CLOUD, Release

MACHINE_MAN = "application/vnd.github.machine-man-preview+json"
GAMBIT = "application/vnd.github.gambit-preview+json"
DOCTOR_STRANGE = "application/vnd.github.doctor-strange-preview+json"


@pytest.mark.parametrize(
    "operation, release, accept",
    [
        ("apps/get-authenticated", Release(2, 20), MACHINE_MAN),
        ("apps/get-authenticated", Release(2, 21), MACHINE_MAN),
        ("apps/get-authenticated", Release(2, 22), PLAIN_MEDIA_TYPE),
        ("apps/get-authenticated", CLOUD, PLAIN_MEDIA_TYPE),
        ("apps/delete-installation", Release(2, 19), f"{GAMBIT},{MACHINE_MAN}"),
        ("apps/delete-installation", Release(2, 20), f"{GAMBIT},{MACHINE_MAN}"),
        ("apps/delete-installation", Release(2, 21), MACHINE_MAN),
        ("apps/revoke-installation-access-token", Release(2, 20), GAMBIT),
        ("apps/revoke-installation-access-token", Release(2, 21), PLAIN_MEDIA_TYPE),
        ("apps/check-token", Release(2, 20), DOCTOR_STRANGE),
        ("apps/check-token", Release(2, 21), PLAIN_MEDIA_TYPE),
        ("apps/check-authorization", Release(2, 19), PLAIN_MEDIA_TYPE),
    ],
)
def test_accept_holds_the_previews_that_the_release_demands(operation, release, accept):
    assert ENDPOINTS[operation].accept(release) == accept


@pytest.mark.parametrize("operation", ENDPOINTS)
def test_no_preview_is_sent_to_the_cloud(operation):
    assert ENDPOINTS[operation].accept(CLOUD) == PLAIN_MEDIA_TYPE


@pytest.mark.parametrize(
    "operation, release, offered",
    [
        ("apps/suspend-installation", Release(2, 21), False),
        ("apps/suspend-installation", Release(2, 22), True),
        ("apps/suspend-installation", CLOUD, True),
        ("apps/check-token", Release(2, 19), False),
        ("apps/check-token", Release(2, 20), True),
        ("apps/revoke-grant-for-application", Release(2, 18), True),
        ("apps/revoke-grant-for-application", Release(3, 3), True),
        ("apps/revoke-grant-for-application", Release(3, 4), False),
        ("apps/revoke-grant-for-application", CLOUD, False),
    ],
)
def test_an_operation_is_offered_from_its_first_to_its_last_release(operation, release, offered):
    assert ENDPOINTS[operation].offered_by(release) is offered


@pytest.mark.parametrize("operation", ENDPOINTS)
def test_rows_are_complete(operation):
    row = ENDPOINTS[operation]
    assert row.path.startswith("/")
    assert all(name for _text, name, _spec, _conversion in string.Formatter().parse(row.path) if name is not None)
    assert set(row.auth) <= {*NEEDS, NOBODY}
    assert all(200 <= status < 400 for status in row.success)
    assert row.first <= row.last


def test_repeating_follows_http_unless_the_row_knows_better():
    assert ENDPOINTS["apps/delete-installation"].is_repeatable
    assert ENDPOINTS["apps/create-installation-access-token"].is_repeatable
    assert ENDPOINTS["apps/check-token"].is_repeatable


def test_releases_compare_by_age():
    assert Release(2, 9) < Release(2, 20) < Release(3, 0) < Release(3, 19) < CLOUD
    assert str(Release(3, 2)) == "3.2"
    assert str(CLOUD) == "github.com"
