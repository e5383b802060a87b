# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures: AWX servers, and a project with a job template."""

from __future__ import annotations

from typing import Any

import pytest
from clients import PLAYBOOK, Awx


@pytest.fixture(name="start")
def start_fixture():
    """Start AWX servers that stop with the test."""
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
    """Return an AWX that does not run jobs."""
    return start()


@pytest.fixture(name="directory")
def directory_fixture(tmp_path):
    """Return a project directory that is not a git repository."""
    directory = tmp_path / "plain"
    directory.mkdir()
    (directory / "site.yml").write_text(PLAYBOOK)
    return directory


@pytest.fixture(name="template")
def template_fixture(awx, directory):
    """Return a job template of a project."""
    return awx.template(awx.project(f"file://{directory}")["id"])
