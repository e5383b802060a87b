#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replace the key of an app on two hosts and with a user's tasks: in check mode, for real, and a second time.

Nothing is replaced before GitHub has accepted the new key and all places have been checked, and no output contains a key.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "setup_releases"))

import collection  # noqa: F401  # pylint: disable=unused-import  # finds the stand-in server

from github_standin import StandIn

HOSTS = ("web1", "web2")
TASKS = """
- name: Copy the key
  ansible.builtin.copy:
    src: "{{ new_key_file }}"
    dest: "{{ lookup('ansible.builtin.env', 'PLACE') }}/key.pem"
    mode: "0600"
  diff: false
- name: Fail on request
  ansible.builtin.fail:
    msg: The store is sealed.
  when: lookup('ansible.builtin.env', 'SEALED') | length > 0
"""


class World:
    """An app with an old and a new key, two hosts with the old key, and a directory that a user's tasks write to."""

    def __init__(self, directory: Path, server: StandIn) -> None:
        self.directory = directory
        self.server = server
        self.keys = {"old": server.private_key("hubops-demo"), "new": server.generate_key("hubops-demo")}
        self.keys["other"] = server.private_key("other-app")
        for name, key in self.keys.items():
            self.write(f"{name}.pem", key, 0o600)
        self.write("tasks.yml", TASKS)
        (directory / "store").mkdir()
        for host in HOSTS:
            (directory / host).mkdir()
            self.write(f"{host}/key.pem", self.keys["old"], 0o640)
        here = f"ansible_connection=local ansible_python_interpreter={sys.executable}"
        lines = [f"{host} key_path={directory / host}/key.pem {here}" for host in HOSTS]
        self.write("ssh", "#!/bin/sh\nexit 255\n", 0o755)
        lines += [f"lost key_path=/key.pem ansible_connection=ssh ansible_ssh_executable={directory}/ssh"]
        self.write("hosts", "\n".join(["[web]", *lines[:2], "[unreachable]", *lines[2:], ""]))

    def write(self, name: str, text: str, mode: int = 0o644) -> None:
        path = self.directory / name
        path.touch()
        path.chmod(mode)
        path.write_text(text, encoding="utf-8")

    def state(self) -> dict[str, str]:
        """Return the name of the key in each place."""
        names = {key: name for name, key in self.keys.items()}
        places = [*(self.directory / host / "key.pem" for host in HOSTS), *(self.directory / "store").iterdir()]
        return {path.parent.name: names[path.read_text(encoding="utf-8")] for path in places}

    def play(self, what: str, *says: str, arguments: str = "", succeeds: bool = True, **variables: str) -> str:
        given = {"key_hosts": "web", "key_tasks": "tasks.yml", "new_private_key_path": "new.pem", **variables}
        app = {"api_url": self.server.api_url, "server_version": "3.19", "app_id": "1001"}
        sealed = {"SEALED": given.pop("sealed", "")}
        extra = [word for name, value in {**app, **given}.items() for word in ("-e", f"{name}={value}")]
        done = subprocess.run(
            [
                "ansible-playbook",
                "-vv",
                "--diff",
                "-i",
                "hosts",
                "hubops.github_apps.rotate_key",
                *extra,
                *arguments.split(),
            ],
            cwd=self.directory,
            env={
                **os.environ,
                **sealed,
                "PLACE": str(self.directory / "store"),
                "GITHUB_APP_PRIVATE_KEY_PATH": str(self.directory / "old.pem"),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        output = done.stdout + done.stderr
        assert (done.returncode == 0) is succeeds, f"{what}:\n{output}"
        words = " ".join(output.split()).replace('\\"', '"')
        for text in says:
            assert text in words, f"{what} does not say {text!r}:\n{output}"
        lines = [line for key in self.keys.values() for line in key.splitlines()[1:-1]]
        assert not [line for line in lines if line in output], f"{what} shows a key"
        print(f"ok    {what}")
        return done.stdout


def changed(output: str) -> list[str]:
    """Return the hosts on which something changed, according to the recap."""
    recap = [line.split() for line in output.partition("PLAY RECAP")[2].splitlines()]
    return sorted(words[0] for words in recap if "changed=" in " ".join(words) and "changed=0" not in words)


def refuse(world: World) -> None:
    """Check that nothing is replaced if a key or a place is wrong."""
    before = world.state()
    world.play(
        "a new key of another app",
        "The new key cannot be used, so nothing was replaced. private_key_path is not a private key of the app 1001",
        new_private_key_path="other.pem",
        succeeds=False,
    )
    world.play(
        "an old key of another app", "set require_old_key to false", private_key_path="other.pem", succeeds=False
    )
    world.play("no such host", "no hosts that match key_hosts (db)", key_hosts="db", succeeds=False)
    world.play("no tasks", "/no.yml does not exist. Set key_tasks", key_tasks="no.yml", succeeds=False)
    world.play("a directory", f"key_path {world.directory} is not a", key_path=str(world.directory), succeeds=False)
    world.play("a relative path", "key_path is not an absolute path", key_path="key.pem", succeeds=False)
    says = "Nothing was replaced, because these hosts failed, are unreachable or are excluded by --limit: lost."
    world.play("an unreachable host", says, key_hosts="all", succeeds=False)
    for limit, says in (
        ("web1", "Nothing was replaced, because the keys were not checked on localhost."),
        ("web1,localhost", "are excluded by --limit: web2."),
    ):
        for key in ("other.pem", "new.pem"):
            text = "The new key cannot be used" if key == "other.pem" and "localhost" in limit else says
            world.play(f"--limit {limit}", text, arguments=f"--limit {limit}", new_private_key_path=key, succeeds=False)
    world.play("no place", "name at least one place", key_hosts="", key_tasks="", succeeds=False)
    assert world.state() == before


def rotate(world: World) -> None:
    failed = "These places could not be updated: the place that tasks.yml updates."
    world.play("check mode, sealed", failed, arguments="--check", sealed="yes", succeeds=False)
    output = world.play(
        "check mode", "would get the new key: the key file on web1, web2, the place that tasks.yml", arguments="--check"
    )
    assert changed(output) == ["localhost", *HOSTS]
    assert set(world.state().values()) == {"old"}

    world.play(
        "a place that cannot be updated",
        f"Do not delete the old key yet. {failed}",
        ": the key file on web1, web2.",
        sealed="yes",
        succeeds=False,
    )
    output = world.play(
        "a rotation",
        "GitHub also accepts the old key SHA256:",
        f"delete it at {world.server.url}/organizations/octo-org",
    )
    assert changed(output) == []  # the failed run had already written all copies
    assert world.state() == {"web1": "new", "web2": "new", "store": "new"}
    assert stat.S_IMODE((world.directory / "web1/key.pem").stat().st_mode) == 0o640
    for arguments in ("", "--check"):
        assert changed(world.play(f"a second run {arguments}", arguments=arguments)) == []

    world.server.delete_key("hubops-demo", world.keys["old"])
    world.play("a deleted old key", "set require_old_key to false", succeeds=False)
    says = "The keys of the app are listed at "
    assert changed(world.play("a deleted old key that is not required", says, require_old_key="false")) == []
    assert changed(world.play("the new key as the old one", says, private_key_path="new.pem")) == []


def fail_on_a_host(world: World) -> None:
    """Check that the other places are updated, and that owner and mode can be set."""
    world.write("group_vars_web.yml", "key_owner: \"{{ 'no-such-user' if inventory_hostname == 'web2' else '' }}\"\n")
    world.play(
        "a host that cannot be updated",
        "These places could not be updated: the key file on web2.",
        ": the key file on web1, the place that tasks.yml updates.",
        arguments="-e @group_vars_web.yml -e key_mode=0600",
        succeeds=False,
    )
    assert world.state()["web1"] == "new"
    assert stat.S_IMODE((world.directory / "web1/key.pem").stat().st_mode) == 0o600


def main() -> None:
    for case in (refuse, rotate, fail_on_a_host):
        with tempfile.TemporaryDirectory() as root, StandIn(profile="3.19") as server:
            case(World(Path(root).resolve(), server))


if __name__ == "__main__":
    main()
