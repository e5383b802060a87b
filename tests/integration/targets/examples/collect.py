#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes the examples of the plugins and of the READMEs as playbooks into a directory."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import yaml

NAME = "hubops.github_apps"
COLLECTIONS = os.environ.get("ANSIBLE_COLLECTIONS_PATH") or os.environ["ANSIBLE_COLLECTIONS_PATHS"]
ROOT = next(
    path
    for path in (Path(root) / "ansible_collections/hubops/github_apps" for root in COLLECTIONS.split(os.pathsep))
    if path.is_dir()
)


# The variables that the examples leave to the user.
LEFT_TO_THE_USER = {
    "user_token": "{{ oauth_access_token }}",
    "manifest_code": "{{ manifests['made-from-manifest'] }}",
    "keys_directory": "{{ state_dir }}",
    "github_username": "octocat",
    "github_password": "{{ users.octocat.password }}",
    "content_reference_id": 7001,
}


def plugin_examples() -> dict[str, str]:
    """The EXAMPLES of each module and lookup, as ansible-doc has them."""
    examples = {}
    for kind in ("module", "lookup"):
        listed = subprocess.run(
            ["ansible-doc", "--json", "--list", "--type", kind, NAME], check=True, stdout=subprocess.PIPE
        ).stdout
        for name in json.loads(listed):
            shown = subprocess.run(
                ["ansible-doc", "--json", "--type", kind, name], check=True, stdout=subprocess.PIPE
            ).stdout
            examples[f"{kind}_{name.rpartition('.')[2]}"] = json.loads(shown)[name]["examples"]
    return examples


def readme_examples() -> dict[str, str]:
    """The YAML blocks of the READMEs."""
    examples = {}
    for path in [ROOT / "README.md", *sorted(ROOT.glob("roles/*/README.md"))]:
        blocks = re.findall(r"^( *)```yaml\n(.*?)^ *```$", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
        for number, (_indent, block) in enumerate(blocks):
            examples[f"{path.parent.name}_readme_{number}"] = block
    return examples


def as_playbook(text: str) -> list[dict]:
    """A playbook as it is; tasks in a play of their own."""
    entries = yaml.safe_load(text)
    if not any("hosts" in entry for entry in entries):
        entries = [{"hosts": "localhost", "gather_facts": False, "tasks": entries}]
    return [{**entry, "vars": {**LEFT_TO_THE_USER, **entry.get("vars", {})}} for entry in entries]


def main() -> None:
    directory = Path(sys.argv[1])
    examples = {**plugin_examples(), **readme_examples()}
    assert len(examples) >= 8, sorted(examples)
    for name, text in examples.items():
        (directory / f"{name}_playbook.yml").write_text(json.dumps(as_playbook(text)), encoding="utf-8")
    # What the example of the role leaves to the user.
    (directory / "close_old_issues.yml").write_text(
        '- debug: {msg: "{{ installation_token | length }}"}', encoding="utf-8"
    )


if __name__ == "__main__":
    main()
