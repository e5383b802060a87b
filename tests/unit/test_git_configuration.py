# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How git interprets the configuration of the role git_checkout in addition to the user's own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

ROLE = Path(__file__).parents[2] / "roles/git_checkout"
ROOTS = {
    "cloud": "https://github.com",
    "server": "https://github.example.com",
    "port": "https://github.example.com:8443",
    "path": "https://example.com/github",
    "plain": "http://127.0.0.1:8080",
}
OWNERS = ["octo-org", "Octo-Org", "OCTO-ORG", "acme", "Acme"]
SPELLINGS = [
    "git@{host}:{owner}/anvil.git",
    "git@{host}:/{owner}/anvil.git",
    "git@{host}:{owner}/anvil",
    "ssh://git@{host}/{owner}/anvil.git",
    "ssh://git@{host}:22/{owner}/anvil.git",
    "ssh://git@{host}:443/{owner}/anvil.git",
    "ssh://git@ssh.{host}:443/{owner}/anvil.git",
    "ssh://{host}/{owner}/anvil.git",
    "git+ssh://git@{host}/{owner}/anvil.git",
    "git://{host}/{owner}/anvil.git",
]
HEADER = "AUTHORIZATION: basic c3RhbGU="
# Configuration by users and actions/checkout for each server: a header, and another URL for each repository.
USERS = """
[http]
    extraheader = {header}
[http "{root}/"]
    extraheader = {header}
[http "{root}/acme/"]
    extraheader = {header}
[http "{root}/acme/anvil.git"]
    extraheader = {header}
[url "ssh://git@127.0.0.1:1/"]
    insteadOf = {root}/
    insteadOf = git@{host}:
"""


@pytest.fixture(scope="module")
def configured(tmp_path_factory):
    """Write the configuration for each server with the real Ansible. Return git's environment for a name of ROOTS."""
    directory = tmp_path_factory.mktemp("git")
    settings = yaml.safe_load((ROLE / "defaults/main.yml").read_text()) | yaml.safe_load(
        (ROLE / "vars/main.yml").read_text()
    )
    settings |= {
        "git_checkout_repositories": [
            {"repository": "octo-org/hello-world", "dest": "/x"},
            {"repository": "acme/anvil", "dest": "/y"},
        ],
        "git_checkout_url": "{{ item.value }}",
        "git_checkout_directory": {"path": "/a directory"},
        "git_checkout_ca_path": "{{ certificates if item.key == 'server' else '' }}",
        "git_checkout_validate_certs": "{{ item.key != 'port' }}",
        "certificates": str(directory / "ca.pem"),
    }
    (directory / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    task = {
        "ansible.builtin.template": {
            "src": str(ROLE / "templates/config.j2"),
            "dest": f"{directory}/{{{{ item.key }}}}",
        },
        "loop": "{{ roots | dict2items }}",
    }
    play = {"hosts": "localhost", "gather_facts": False, "vars": {**settings, "roots": ROOTS}, "tasks": [task]}
    (directory / "play.yml").write_text(json.dumps([play]))
    subprocess.run(
        ["ansible-playbook", str(directory / "play.yml")],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )

    def environment(name):
        root = ROOTS[name]
        home = directory / f"home of {name}"
        home.mkdir(exist_ok=True)
        (home / ".gitconfig").write_text(USERS.format(root=root, host=host_of(root), header=HEADER))
        included = {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "include.path",
            "GIT_CONFIG_VALUE_0": str(directory / name),
        }
        return {"PATH": os.environ["PATH"], "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", **included}

    return environment


def host_of(root):
    return root.partition("//")[2].partition("/")[0].partition(":")[0]


def git(environment, *arguments):
    done = subprocess.run(["git", *arguments], env=environment, cwd="/", capture_output=True, text=True, check=False)
    return done.stdout.rstrip("\n")


@pytest.mark.parametrize("name", ROOTS)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_address_of_the_server_goes_over_https(configured, name, spelling):
    root, environment = ROOTS[name], configured(name)
    for owner in OWNERS:
        address = spelling.format(host=host_of(root), owner=owner)
        suffix = "" if address.endswith("/anvil") else ".git"
        assert git(environment, "ls-remote", "--get-url", address) == f"{root}/{owner}/anvil{suffix}"


@pytest.mark.parametrize("name", ROOTS)
def test_no_rule_of_the_user_leads_elsewhere(configured, name):
    root, environment = ROOTS[name], configured(name)
    for owner in OWNERS:
        assert git(environment, "ls-remote", "--get-url", f"{root}/{owner}/anvil.git") == f"{root}/{owner}/anvil.git"


@pytest.mark.parametrize(
    "address", ["git@gitlab.com:acme/anvil.git", "https://gitlab.com/acme/anvil.git", "/srv/anvil.git"]
)
def test_other_servers_are_left_alone(configured, address):
    assert git(configured("cloud"), "ls-remote", "--get-url", address) == address


@pytest.mark.parametrize("name", ROOTS)
@pytest.mark.parametrize("path", ["octo-org/hello-world", "octo-org/hello-world.git", "acme/anvil.git", "acme/anvil"])
def test_no_header_that_somebody_kept_beats_the_token(configured, name, path):
    found = git(configured(name), "config", "--get-urlmatch", "http.extraheader", f"{ROOTS[name]}/{path}")
    assert found == ""


def test_the_header_would_be_sent_without_the_configuration(configured):
    environment = {**configured("cloud"), "GIT_CONFIG_COUNT": "0"}
    assert (
        git(environment, "config", "--get-urlmatch", "http.extraheader", "https://github.com/acme/anvil.git") == HEADER
    )


def test_git_checks_certificates_as_the_modules_do(configured):
    def found(name, key):
        return git(configured(name), "config", "--get-urlmatch", key, f"{ROOTS[name]}/acme/anvil.git")

    assert found("server", "http.sslcainfo") == "/a directory/certificates"
    assert found("cloud", "http.sslcainfo") == ""
    assert [found(name, "http.sslverify") for name in ("server", "port")] == ["true", "false"]
