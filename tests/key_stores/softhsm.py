#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Import a key into SoftHSM and sign with it, with the commands and the task that the guide shows.

Requires SoftHSM and pkcs11-tool. The files with the key are deleted before the playbook runs.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any

import yaml

COLLECTION = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(COLLECTION / "tests/standin"))

from github_standin import StandIn  # requires the path above

GUIDE = COLLECTION / "docs/docsite/rst/guide_keys_in_a_vault.rst"
TOKEN = "hubops.github_apps.github_installation_token"


def blocks(title: str, language: str) -> list[str]:
    """Return the code blocks of a section of the guide."""
    section = re.split(rf"^{re.escape(title)}\n-+\n", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1]
    section = re.split(r"^\S.*\n-+\n", section, flags=re.MULTILINE)[0]
    found = re.findall(rf"^\.\. code-block:: {language}\n((?:(?: +.*)?\n)+)", section, re.MULTILINE)
    return [textwrap.dedent(block).strip() for block in found]


def commands() -> list[str]:
    """Return the commands that import the key, which is in hubops-demo.private-key.pem."""
    printed = [*blocks("Import the key", "console"), *blocks("PKCS #11", "console")]
    return [command for block in printed for command in re.split(r"^\$ ", block, flags=re.MULTILINE) if command]


def playbook() -> list[dict[str, Any]]:
    """Return the printed task, and tasks that create tokens with the same signer."""
    (block,) = blocks("PKCS #11", "yaml")
    (task,) = yaml.safe_load(block)
    options = {**task["hubops.github_apps.github_app_info"]}
    lookup = f"lookup('{TOKEN}', 'octo-org/hello-world', **signer)"
    tasks = [
        {**task, "register": "info"},
        {
            "name": "Create a token with the module",
            TOKEN: {**options, "organization": "octo-org"},
            "register": "created",
        },
        {
            "name": "Create a token with the lookup",
            "ansible.builtin.assert": {
                "that": ["info.app.slug == 'hubops-demo'", f"{lookup} not in ['', created.token]"]
            },
        },
    ]
    here = {"ansible_python_interpreter": "{{ ansible_playbook_python }}", "signer": options}
    return [{"name": "Sign with SoftHSM", "hosts": "localhost", "gather_facts": False, "vars": here, "tasks": tasks}]


def prepare(directory: Path, server: StandIn) -> dict[str, str]:
    """Write the key and the configuration of SoftHSM, and return the environment."""
    (directory / "tokens").mkdir()
    config = directory / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {directory}/tokens\n", encoding="utf-8")
    (directory / "hubops-demo.private-key.pem").write_text(server.private_key("hubops-demo"), encoding="utf-8")
    (directory / "playbook.yml").write_text(yaml.safe_dump(playbook()), encoding="utf-8")
    return {
        **os.environ,
        "SOFTHSM2_CONF": str(config),
        "GITHUB_APP_SO_PIN": "87654321",
        "GITHUB_APP_PIN": "1234",
        "GITHUB_API_URL": server.api_url,
        "ANSIBLE_CALLBACKS_ENABLED": "hubops.github_apps.revoke_tokens",
    }


def run(command: str, directory: Path, environment: dict[str, str]) -> None:
    """Run a command; exit if it fails."""
    done = subprocess.run(
        command,
        shell=True,
        cwd=directory,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    print(f"{'FAIL  ' if done.returncode else 'ok    '}{' '.join(command.split())}", flush=True)
    if done.returncode:
        sys.exit(done.stdout)


def main() -> None:
    with tempfile.TemporaryDirectory() as name, StandIn(profile="3.19") as server:
        directory = Path(name)
        environment = prepare(directory, server)
        for command in commands():
            run(command, directory, environment)
        for path in directory.glob("hubops-demo.*"):
            path.unlink()
        run("ansible-playbook playbook.yml", directory, environment)
        created = [entry["status"] for entry in server.log if entry["path"].endswith("/access_tokens")]
        if created != [201, 201]:
            sys.exit(f"FAIL  the tokens were created with {created}")


if __name__ == "__main__":
    main()
