# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""To find a filter, Ansible imports the files of all filters of the collection in each process that uses one of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible.plugins.loader import filter_loader

PLUGINS = Path(__file__).parents[4] / "plugins"
FILTERS = sorted(path.stem for path in (PLUGINS / "filter").glob("*.py"))
PROGRAM = """
import json, sys
from ansible.plugins.loader import filter_loader, init_plugin_loader
init_plugin_loader()
import ansible.template, ansible.executor.task_executor
before = set(sys.modules)
found = filter_loader.get("hubops.github_apps." + sys.argv[1])
print(json.dumps([callable(found.j2_function), sorted(set(sys.modules) - before)]))
"""


@pytest.mark.parametrize("name", FILTERS[:1] + FILTERS[-1:])
def test_a_filter_imports_only_the_files_of_filters(name):
    root = str(PLUGINS.parents[3])
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": root}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, name], env=environment, capture_output=True, text=True, check=True
    )
    is_found, modules = json.loads(done.stdout.splitlines()[-1])
    assert is_found
    ours = [module.partition(".plugins.")[2] for module in modules if module.startswith("ansible_collections.hubops.")]
    code = [module for module in ours if module.count(".") and not module.startswith("filter.")]
    assert code == ["plugin_utils._late"]
    assert "requests" not in modules


@pytest.mark.parametrize("name", FILTERS)
def test_the_code_of_a_filter_exists(name):
    """A wrong path or function would only be found when the filter is called."""
    function = filter_loader.get(f"hubops.github_apps.{name}").j2_function
    try:
        function()
    except TypeError as error:
        assert "missing" in str(error)
