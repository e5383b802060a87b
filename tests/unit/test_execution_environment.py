# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The input of execution environments: the collection's tarball, its requirements, and the shipped definition."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

pytest.importorskip("ansible_builder", reason="only .venv has ansible-builder")

ROOT = Path(__file__).parents[2]
DEFINITION = "extensions/execution_environment/execution-environment.yml"
LIBRARIES = {"requests", "PyJWT", "cryptography"}


def output_of(*command, cwd=None):
    return subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True).stdout


def builder(*arguments, cwd=None):
    return output_of(sys.executable, "-m", "ansible_builder", *arguments, cwd=cwd)


@pytest.fixture(scope="module")
def tarball(tmp_path_factory):
    directory = tmp_path_factory.mktemp("dist")
    galaxy = Path(sys.executable).with_name("ansible-galaxy")
    output_of(galaxy, "collection", "build", ROOT, "--output-path", directory)
    (path,) = directory.iterdir()
    return path


@pytest.fixture(scope="module")
def installed(tarball, tmp_path_factory):
    """Return the collections path of a user who installed the tarball."""
    directory = tmp_path_factory.mktemp("collections")
    galaxy = Path(sys.executable).with_name("ansible-galaxy")
    output_of(galaxy, "collection", "install", "--offline", "--force", tarball, "--collections-path", directory)
    return directory


def test_the_tarball_has_what_builders_and_users_of_awx_look_for(tarball):
    with tarfile.open(tarball) as archive:
        names = archive.getnames()
    types = [str(path.relative_to(ROOT)) for path in ROOT.glob("roles/awx_github_app/files/*/*.yml")]
    assert len(types) == 7 + 3
    meta = ["meta/execution-environment.yml", "meta/ee-requirements.txt", "meta/ee-bindep.txt"]
    assert {DEFINITION, *meta, *types} <= set(names)


def test_the_libraries_of_the_collection_are_found(installed):
    found = yaml.safe_load(builder("introspect", "--sanitize", str(installed)))
    assert {re.split("[>=]", line)[0] for line in found["python"]} == LIBRARIES
    assert all("hubops.github_apps" in line for line in found["python"])


def test_the_definition_makes_the_context_of_an_image(installed, tmp_path):
    shipped = installed / "ansible_collections/hubops/github_apps" / DEFINITION
    builder("create", "--file", str(shipped), "--context", str(tmp_path / "context"), cwd=tmp_path)
    (containerfile,) = (tmp_path / "context").glob("*file")
    lines = containerfile.read_text().splitlines()
    for line in (
        'ARG EE_BASE_IMAGE="quay.io/centos/centos:stream9"',
        'ARG PYCMD="/usr/bin/python3.12"',
        'ARG ANSIBLE_INSTALL_REFS="ansible-core>=2.16 ansible-runner>=2.4"',
    ):
        assert line in lines, line
    wanted = yaml.safe_load((tmp_path / "context/_build/requirements.yml").read_text())
    assert wanted == {"collections": [{"name": "hubops.github_apps"}]}
