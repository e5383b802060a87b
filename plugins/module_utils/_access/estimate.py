# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a long run will cost: requests, points, time, and the rate limit that is left."""

from __future__ import annotations

from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import plural, utc
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._github.endpoints import APP, USER
from ansible_collections.hubops.github_apps.plugins.module_utils._github.pacing import POINTS_OF_A_WRITE

LONG = 10  # seconds; shorter runs are not announced


def describe_reads(client: Client, installations: int, concurrency: int) -> str:
    """What it costs to list the repositories of installations; empty if it does not take long.

    Each installation needs a token, which is created as the app, and at least one page.
    """
    requests, points = 2 * installations, POINTS_OF_A_WRITE * installations
    limit = client.server.points_for(client.release)
    pauses = max(0, points - 1) // limit if limit else 0
    expected = requests * client.transport.latency / concurrency + 60 * pauses
    if expected < LONG:
        return ""
    text = (
        f"Reading the repositories of {plural(installations, 'installation')} takes at least {requests} requests and about"
        f" {expected:.0f} s."
    )
    if pauses:
        text += (
            f" {installations} of the requests create tokens, which cost {points} points. {client.server.host} allows"
            f" {limit} per minute."
        )
    left = client.rate_limits.get(APP)
    return f"{text} The app has {plural(left.remaining, 'request')} left until {utc(left.reset)}." if left else text


def describe_shortage(client: Client, changes: int) -> str:
    """A warning if the user's rate limit does not suffice for the changes; else empty."""
    left = client.rate_limits.get(USER)
    if left is None or changes <= left.remaining:
        return ""
    return (
        f"The repositories require {plural(changes, 'change')}, but the user of {client.credentials.token_option} has only"
        f" {plural(left.remaining, 'request')} left on {client.server.host} until {utc(left.reset)}. The other changes will"
        " wait until then if max_wait allows it, and fail otherwise. A later run continues."
    )
