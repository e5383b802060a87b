# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures: servers of a release."""

from __future__ import annotations

from typing import Any, Callable, Iterator

import pytest
from standin_client import Client

from github_standin import StandIn


@pytest.fixture(name="shared", scope="session")
def shared_fixture() -> Iterator[StandIn]:
    """One running server for all tests without special needs, because stopping a server takes 0.1 seconds."""
    with StandIn() as server:
        yield server


@pytest.fixture(name="start")
def start_fixture(shared: StandIn) -> Iterator[Callable[..., Client]]:
    """Start servers that stop with the test. The first one without options is the shared server, reset."""
    idle, servers = [shared], []

    def start(profile: str = "cloud", **options: Any) -> Client:
        if idle and not options:
            server = idle.pop()
            server.switch(profile)
            server.reset()
        else:
            server = StandIn(profile, **options)
            server.start()
            servers.append(server)
        return Client(server)

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(name="cloud")
def cloud_fixture(start: Callable[..., Client]) -> Client:
    """Return a client for a github.com server."""
    return start("cloud")
