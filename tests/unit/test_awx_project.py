# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""By default, this repository is the AWX project with the job that refreshes tokens. It contains the sample project."""

from __future__ import annotations

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
DEFAULTS = yaml.safe_load((ROOT / "roles/awx_github_app/defaults/main.yml").read_text())


def collections_of(project):
    listed = yaml.safe_load((project / "collections/requirements.yml").read_text())["collections"]
    return [each["name"] for each in listed]


def test_the_playbook_of_the_refresh_is_in_the_repository():
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    assert DEFAULTS["awx_github_app_refresh_project_url"] == f"{galaxy['repository']}.git"
    assert (ROOT / DEFAULTS["awx_github_app_refresh_playbook"]).is_file()


def test_both_projects_need_the_same_collections():
    assert collections_of(ROOT) == collections_of(ROOT / "extensions/awx_project")
