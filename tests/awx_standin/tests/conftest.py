# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures: AWXes, and a project with a job template."""

from __future__ import annotations

from typing import Any

import pytest
from clients import PLAYBOOK, Awx


@pytest.fixture(name="start")
def start_fixture():
    """Start AWXes that end with the test."""
    started = []

    def start(**options: Any) -> Awx:
        awx = Awx(**options)
        awx.start()
        started.append(awx)
        return awx

    yield start
    for awx in started:
        awx.stop()


@pytest.fixture(name="awx")
def awx_fixture(start):
    """An AWX that runs no jobs."""
    return start()


@pytest.fixture(name="directory")
def directory_fixture(tmp_path):
    """A directory that is a project, and no repository."""
    directory = tmp_path / "plain"
    directory.mkdir()
    (directory / "site.yml").write_text(PLAYBOOK)
    return directory


@pytest.fixture(name="template")
def template_fixture(awx, directory):
    """A job template of a project."""
    return awx.template(awx.project(f"file://{directory}")["id"])
