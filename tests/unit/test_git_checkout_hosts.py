# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role git_checkout on several hosts, with the real Ansible: which host creates and which revokes the tokens."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

HOSTS = ("a", "b", "c")
OWNERS = 2
# A connection plugin with which some hosts become unreachable as soon as git has fetched something.
LOST = "{{ 'ssh' if lookup('ansible.builtin.url', url ~ '/_standin/log') is search('git-upload-pack') else 'local' }}"
SSH = "#!/bin/sh\necho 'Connection refused' >&2\nexit 255\n"
REVOKE_TOKENS = {"ANSIBLE_CALLBACKS_ENABLED": "hubops.github_apps.revoke_tokens"}
INHERITED = {"PATH", "HOME", "LANG", "ANSIBLE_COLLECTIONS_PATH", "ANSIBLE_COLLECTIONS_PATHS"}


class Play:
    """A play that uses the role."""

    def __init__(self, directory, standin):
        self.directory = directory
        self.standin = standin

    def run(self, lost=(), callbacks=None, **keywords):
        (self.directory / "ssh").write_text(SSH)
        (self.directory / "ssh").chmod(0o700)
        inventory = {"all": {"hosts": {name: self.host(name, name in lost) for name in HOSTS}}}
        variables = {
            "url": self.standin.url,
            "git_checkout_repositories": [
                {"repository": "octo-org/hello-world", "dest": "{{ home }}/hello"},
                {"repository": "acme/rocket", "dest": "{{ home }}/rocket", "recursive": False},
            ],
        }
        defaults = {
            "api_url": self.standin.api_url,
            "server_version": self.standin.service.profile.server_version,
            "app_id": "1001",
            "private_key": self.standin.private_key("hubops-demo"),
        }
        play = {
            "hosts": "all",
            "gather_facts": False,
            "vars": variables,
            "module_defaults": {"group/hubops.github_apps.github_apps": defaults},
            "tasks": [{"ansible.builtin.include_role": {"name": "hubops.github_apps.git_checkout"}}],
            **keywords,
        }
        (self.directory / "inventory.yml").write_text(json.dumps(inventory))
        (self.directory / "play.yml").write_text(json.dumps([play]))
        environment = {name: value for name, value in os.environ.items() if name in INHERITED}
        return subprocess.run(
            ["ansible-playbook", "-i", "inventory.yml", "play.yml"],
            cwd=self.directory,
            env={**environment, "HOME": str(self.directory), **(callbacks or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def host(self, name, is_lost):
        return {
            "ansible_connection": LOST if is_lost else "local",
            "ansible_ssh_executable": str(self.directory / "ssh"),
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "home": str(self.directory / name),
        }

    def requests(self, suffix):
        return [entry for entry in self.standin.log if entry["path"].endswith(suffix)]

    @property
    def created(self):
        return len(self.requests("/access_tokens"))

    @property
    def revoked(self):
        return [entry["status"] for entry in self.requests("/installation/token")]

    def refused(self):
        """Return git's requests with a token that the server did not accept."""
        return [
            entry
            for entry in self.standin.log
            if ".git/" in entry["path"] and entry["status"] == 401 and entry["auth"] != "none"
        ]

    def is_there(self, name):
        return (Path(self.directory) / name / "rocket/README.md").exists()


@pytest.fixture()
def play(tmp_path, standin):
    return Play(tmp_path, standin)


@pytest.mark.parametrize(
    "keywords",
    [{"serial": 2}, {"strategy": "free"}],
    ids=str,
)
def test_all_hosts_share_a_token_for_each_owner_and_one_host_revokes_it(play, keywords):
    done = play.run(**keywords)
    assert done.returncode == 0, done.stdout
    assert all(play.is_there(name) for name in HOSTS)
    assert play.created == OWNERS
    assert play.revoked == [204] * OWNERS
    assert play.refused() == []


def test_the_callback_revokes_at_the_end_where_it_is_enabled(play):
    done = play.run(callbacks=REVOKE_TOKENS, serial=2)
    assert done.returncode == 0, done.stdout
    assert play.created == OWNERS
    assert play.revoked == [204] * OWNERS
    assert f"Revoked {OWNERS} installation tokens" in done.stderr


def test_hosts_that_are_lost_leave_the_token_to_the_others(play):
    done = play.run(["a", "c"])
    assert done.returncode == 4, done.stdout
    assert play.created == OWNERS
    assert play.revoked == [204] * OWNERS


def test_the_token_is_left_to_its_expiry_where_all_hosts_are_lost(play):
    done = play.run(HOSTS)
    assert done.returncode == 4, done.stdout
    assert play.created == OWNERS
    assert play.revoked == []


def test_a_host_that_fails_revokes_what_it_used_last(play):
    done = play.run(
        vars={
            "url": play.standin.url,
            "git_checkout_repositories": [
                {"repository": "octo-org/hello-world", "dest": "{{ home }}/hello", "version": "nowhere"},
            ],
        }
    )
    assert done.returncode == 2, done.stdout
    assert play.created == 1
    assert play.revoked == [204]
