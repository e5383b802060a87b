# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page on playbooks describes every packaged playbook and all of its variables."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from jinja2 import Environment, nodes

ROOT = Path(__file__).parents[2]
PLAYBOOKS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("playbooks/*.yml"))}
LABEL = r"^\.\. _ansible_collections\.hubops\.github_apps\.docsite\.playbooks\.(\w+):\n"
PAGE = (ROOT / "docs/docsite/rst/playbooks.rst").read_text(encoding="utf-8")
_intro, *PARTS = re.split(LABEL, PAGE, flags=re.MULTILINE)
SECTIONS = dict(zip(PARTS[::2], PARTS[1::2]))
INCLUDED = [
    task for path in ROOT.glob("playbooks/tasks/*.yml") for task in yaml.safe_load(path.read_text(encoding="utf-8"))
]
# Provided by Ansible in every play.
BUILTIN = {
    "ansible_check_mode",
    "ansible_play_hosts_all",
    "ansible_playbook_python",
    "groups",
    "hostvars",
    "lookup",
    "omit",
}


def head_of(playbook):
    return "\n".join(re.findall(r"^#.*", playbook.partition("\n- ")[0], re.MULTILINE))


def listed_in_head(playbook):
    """Return the variables in the head comment: the list's first column, and the command. `app_x_...` is a prefix."""
    head = head_of(playbook)
    names = set(re.findall(r"-e (\w+)=", head))
    for line in re.findall(r"^#   (\S.*)", head, re.MULTILINE):
        if not line.startswith(("ansible-playbook ", "export ")):
            column = re.sub(r"=\w+", "", line.partition("  ")[0])
            names |= {name.replace("...", "*") for name in re.findall(r"[a-z]\w+(?:\*|\.\.\.)?", column)}
    return names - {"or"}


def strings_in(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for item in value for text in strings_in(item)]
    return [value] if isinstance(value, str) else []


def templates_in(play):
    """Return the parsed templates in `vars` and `module_defaults` of a play."""
    return [Environment().parse(text) for text in strings_in([play.get("vars", {}), play.get("module_defaults", {})])]


def used_in(play):
    """Return the variables in `vars` and `module_defaults` of a play."""
    return {node.name for template in templates_in(play) for node in template.find_all(nodes.Name)}


def without_default(play):
    """Return the variables that `vars` and `module_defaults` of a play use without the filter `default`."""
    names = Counter(node.name for template in templates_in(play) for node in template.find_all(nodes.Name))
    filters = [node for template in templates_in(play) for node in template.find_all(nodes.Filter)]
    names.subtract(node.node.name for node in filters if node.name == "default" and isinstance(node.node, nodes.Name))
    return set(+names)


def defined_in(play):
    """Return the variables that a play defines, for itself and for later plays."""
    tasks = [*tasks_of(play), *tasks_of({"tasks": INCLUDED})]
    facts = {name for task in tasks for name in task.get("ansible.builtin.set_fact", {})}
    return {*play.get("vars", {}), *facts, *(task["register"] for task in tasks if "register" in task)}


def tasks_of(play):
    tasks = [task for key in ("pre_tasks", "tasks", "post_tasks", "block", "rescue") for task in play.get(key, [])]
    return [inner for task in tasks for inner in (task, *tasks_of(task))]


def checked_in(play):
    """Return the variables that the role preflight checks."""
    return {name for task in tasks_of(play) for name in task.get("vars", {}).get("preflight_variables", [])}


def variables_of(playbook):
    plays = yaml.safe_load(playbook)
    used = {name for play in plays for name in used_in(play)}
    defined = {name for play in plays for name in defined_in(play)}
    checked = {name for play in plays for name in checked_in(play)}
    return listed_in_head(playbook) | (used - defined - BUILTIN) | checked


def test_each_playbook_has_a_section():
    assert sorted(SECTIONS) == sorted(PLAYBOOKS)


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_the_table_has_the_variables_of_the_playbook(name):
    table = re.findall(r"^   \* - ``([\w*]+)``$", SECTIONS[name], re.MULTILINE)
    assert len(table) == len(set(table)), f"a variable is in the table of {name} twice"
    assert sorted(table) == sorted(variables_of(PLAYBOOKS[name]))


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_each_variable_has_a_default_and_a_description(name):
    table = SECTIONS[name].partition("     - Description\n")[2].partition("\n\n")[0]
    for row in re.split(r"^   \* - ", table, flags=re.MULTILINE)[1:]:
        assert len(re.findall(r"^     - \S", row, re.MULTILINE)) == 2, row


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_variables_with_an_environment_variable_are_optional(name):
    optional = set(re.findall(r"^   \* - ``(\w+)``\n     - ``GITHUB_", SECTIONS[name], re.MULTILINE))
    for play in yaml.safe_load(PLAYBOOKS[name]):
        assert not optional & without_default(play)


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_the_example_is_a_command_with_variables_of_the_playbook(name):
    (_text, command) = SECTIONS[name].split(".. code-block:: console\n")
    assert f"ansible-playbook hubops.github_apps.{name} " in command
    assert set(re.findall(r"-e (\w+)=", command)) <= variables_of(PLAYBOOKS[name])
