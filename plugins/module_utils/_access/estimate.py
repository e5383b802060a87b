# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a long run will cost: requests, points, time, and the rate limit that is left."""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import plural, utc
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._github.endpoints import APP, INSTALLATION
from ansible_collections.hubops.github_apps.plugins.module_utils._github.pacing import POINTS_OF_A_WRITE

LONG = 10  # seconds; shorter runs are not announced


class Cost(NamedTuple):
    """What it costs to list the repositories of an installation.

    :param points: of the most expensive endpoint. :param explanation: of the points. :param kind: of authentication, whose
    rate limit applies to it. :param owner: of the rate limit.
    """

    requests: int
    points: int
    explanation: str
    kind: str
    owner: str


# Each installation needs a token, which is created as the app, and at least one page.
TOKENS = Cost(
    2,
    POINTS_OF_A_WRITE,
    "{number} of the requests create tokens, which costs {points} points in total.",
    APP,
    "the app",
)
# The token of the enterprise lists the repositories of all installations.
ENTERPRISE = Cost(1, 1, "They cost {points} points in total.", INSTALLATION, "the installation on the enterprise")


def describe_reads(client: Client, cost: Cost, installations: int, concurrency: int) -> str:
    """What it costs to list the repositories of installations; empty if it does not take long."""
    requests, points = cost.requests * installations, cost.points * installations
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
        text += f" {cost.explanation.format(number=installations, points=points)}"
        text += f" {client.server.host} allows {limit} points per minute."
    left = client.rate_limits.get(cost.kind)
    return (
        f"{text} {cost.owner.capitalize()} has {plural(left.remaining, 'request')} left until {utc(left.reset)}."
        if left
        else text
    )


def describe_shortage(client: Client, kind: str, changes: int) -> str:
    """A warning if the rate limit does not suffice for the changes; else empty. :param kind: of authentication."""
    left = client.rate_limits.get(kind)
    if left is None or changes <= left.remaining:
        return ""
    owner = ENTERPRISE.owner if kind == INSTALLATION else f"the owner of {client.credentials.token_option}"
    return (
        f"The changes require {plural(changes, 'request')}, but {owner} has only {plural(left.remaining, 'request')} left"
        f" on {client.server.host} until {utc(left.reset)}. The remaining changes will wait until then if max_wait allows it, and fail"
        " otherwise. If they fail, run the task again later."
    )
