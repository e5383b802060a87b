#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run every example of the documentation as it is printed: one playbook per plugin and page, with its inventory sources.

The programs in bin replace the commands of key management services.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "setup_releases"))

from collection import COLLECTION as ROOT  # requires the path above
from play import play_all

NAME = "hubops.github_apps"
# Examples that cannot run: page and first line, and the reason.
EXCLUDED = {
    ("README.md", "- name: Set up AWX"): "it requires AWX; the Molecule scenario awx_github_app tests the same",
    (
        "README.md",
        "- name: Set up AWX with job templates for incidents",
    ): "it requires AWX; tests/awx/setups.py tests the same",
    ("README.md", "- name: Refresh the token of projects"): "it requires AWX",
    ("README.md", "- name: Run a job for each installation"): "it requires AWX; tests/awx/setups.py tests the same",
    ("README.md", "collections:"): "it is a requirements file",
    (
        "guide_event_driven.rst",
        "- name: Deploy after a push",
    ): "it is a rulebook; test_github_event.py checks its conditions",
    ("guide_migration.rst", "- name: Before"): "it uses another collection, and shows what to avoid",
}

# Variables that the examples do not define.
LEFT_TO_THE_USER = {
    "user_token": "{{ oauth_access_token }}",
    "manifest_code": "{{ manifests['made-from-manifest'] }}",
    "keys_directory": "{{ state_dir }}",
    "github_username": "octocat",
    "github_password": "{{ users.octocat.password }}",
    "content_reference_id": 7001,
    "new_key_file": "{{ private_key_path }}",
    "new_key_fingerprint": "SHA256:{{ 'key' | hash('sha256') }}",
    "vaulted_private_key": "{{ lookup('file', private_key_path) }}",
}

# The server in the examples, and the variable with the stand-in server that replaces it.
SERVER, STANDIN = '"https://github.example.com"', '"{{ api_url }}"'

# Releases for the examples whose name matches a pattern (3.22 for all others), and additional options of play.py by name.
RELEASES = {
    r"module_github_content_attachment": ("2.22", "3.3"),
    r"module_github_oauth_authorization.*": ("2.20", "3.19"),
    r"guide_old_servers": ("2.20",),
    r".*_readme": ("cloud",),
}
OPTIONS = {"guide_authentication": ("--private-ca",), "guide_keys_in_a_vault": ("--key-stores",)}

# What is run for inventory sources without a playbook.
USE_OF_SOURCES = [{"hosts": "github_installations", "gather_facts": False, "tasks": [{"ansible.builtin.ping": {}}]}]

# Files next to the playbook that the examples do not contain.
FILES = {"close_old_issues.yml": '- debug: {msg: "{{ installation_token | length }}"}'}


def plugin_examples() -> dict[str, list[str]]:
    """Return the EXAMPLES of each module, lookup, filter and inventory plugin, as shown by ansible-doc."""
    examples = {}
    for kind in ("module", "lookup", "filter", "inventory"):
        command = ["ansible-doc", "--json", "--type", kind]
        listed = json.loads(subprocess.run([*command, "--list", NAME], check=True, stdout=subprocess.PIPE).stdout)
        if not listed:
            continue
        shown = subprocess.run([*command, *listed], check=True, stdout=subprocess.PIPE).stdout
        for name, documented in json.loads(shown).items():
            examples[f"{kind}_{name.rpartition('.')[2]}"] = [documented["examples"]]
    return examples


def page_examples() -> dict[str, list[str]]:
    """Return the YAML blocks of each page in order."""
    markdown = re.compile(r"^ *```yaml\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
    directive = re.compile(r"^\.\. code-block:: yaml\n((?:(?: +.*)?\n)+)", re.MULTILINE)
    pages = [
        ROOT / "README.md",
        *ROOT.glob("roles/*/README.md"),
        *ROOT.glob("docs/docsite/rst/*.rst"),
        ROOT / "docs/docsite/index.rst",
    ]
    excluded = dict(EXCLUDED)
    examples = {}
    for path in sorted(pages):
        pattern, name = (directive, path.stem) if path.suffix == ".rst" else (markdown, f"{path.parent.name}_readme")
        blocks = [textwrap.dedent(block).strip() for block in pattern.findall(path.read_text(encoding="utf-8"))]
        chosen = [block for block in blocks if not excluded.pop((path.name, block.partition("\n")[0]), "")]
        if chosen:
            examples[name] = chosen
    assert not excluded, f"no page has {sorted(excluded)}"
    return examples


def is_source(document: object) -> bool:
    """Return whether a document is an inventory source."""
    return isinstance(document, dict) and "plugin" in document


def as_playbook(entries: object) -> list[dict]:
    """Return playbooks unchanged, tasks in a new play, and an access document in a play that applies it."""
    if isinstance(entries, dict):
        token = {"token": "{{ lookup('ansible.builtin.env', 'ADMIN_TOKEN') }}"}
        defaults = {"hubops.github_apps.github_app_access": token}
        role = {"ansible.builtin.include_role": {"name": "hubops.github_apps.installation_access"}, "vars": entries}
        entries = [{"hosts": "localhost", "gather_facts": False, "module_defaults": defaults, "tasks": [role]}]
    if not any("hosts" in entry for entry in entries):
        entries = [{"hosts": "localhost", "gather_facts": False, "tasks": entries}]
    return [{**entry, "vars": {**LEFT_TO_THE_USER, **entry.get("vars", {})}} for entry in entries]


def write_examples(directory: Path, examples: dict[str, list[str]]) -> None:
    """Write a playbook for each example, its inventory sources, and the files that the playbooks use."""
    for name, texts in examples.items():
        documents = [document for text in texts for document in yaml.safe_load_all(text)]
        sources = [document for document in documents if is_source(document)]
        for number, source in enumerate(sources):
            (directory / f"{name}_{number}_github_installations.yml").write_text(json.dumps(source), encoding="utf-8")
        plays = [play for document in documents if not is_source(document) for play in as_playbook(document)]
        (directory / f"{name}_playbook.yml").write_text(
            json.dumps(plays or USE_OF_SOURCES, default=str).replace(SERVER, STANDIN), encoding="utf-8"
        )
    for name, text in FILES.items():
        (directory / name).write_text(text, encoding="utf-8")


def command_for(name: str, directory: Path) -> list[str]:
    """Return the arguments of play.py for an example."""
    releases = next((found for pattern, found in RELEASES.items() if re.fullmatch(pattern, name)), ("3.22",))
    return ["--at-home", *OPTIONS.get(name, ()), f"{directory}/{name}_playbook.yml", *releases]


def main() -> int:
    examples = {**plugin_examples(), **page_examples()}
    assert len(examples) >= 24, sorted(examples)
    os.environ["PATH"] = f"{Path(__file__).parent / 'bin'}:{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as name:
        write_examples(Path(name), examples)
        # Long examples first, so that none of them runs alone at the end.
        order = sorted(examples, key=lambda example: -len("".join(examples[example])))
        return play_all(*(command_for(example, Path(name)) for example in order))


if __name__ == "__main__":
    sys.exit(main())
