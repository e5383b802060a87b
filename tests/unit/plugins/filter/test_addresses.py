# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters for what playbooks take from people: addresses of servers, names of repositories, and paths."""

from __future__ import annotations

import os

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.hubops.github_apps.plugins.filter.absolute_path import absolute_path
from ansible_collections.hubops.github_apps.plugins.plugin_utils._filters.github_server import github_server
from ansible_collections.hubops.github_apps.plugins.plugin_utils._filters.repository_names import repository_names


@pytest.mark.parametrize(
    "api_url", ["", None, "github.com", "https://api.github.com", "https://github.com/", " api.github.com\n"]
)
def test_the_cloud(api_url):
    assert github_server(api_url) == {"api_url": "https://api.github.com", "server_url": "https://github.com"}


@pytest.mark.parametrize(
    "api_url", ["octocorp.ghe.com", "https://octocorp.ghe.com", "https://api.octocorp.ghe.com/", "OCTOCORP.ghe.com"]
)
def test_data_residency(api_url):
    assert github_server(api_url) == {
        "api_url": "https://api.octocorp.ghe.com",
        "server_url": "https://octocorp.ghe.com",
    }


@pytest.mark.parametrize("rest", ["", "/", "/api/v3", "/api/v3/", "/api", "/api/v3/api/v3"])
@pytest.mark.parametrize("scheme", ["", "https://"])
def test_a_server(scheme, rest):
    found = github_server(f"{scheme}github.example.com{rest}", "3.19")
    assert found == {"api_url": "https://github.example.com/api/v3", "server_url": "https://github.example.com"}


def test_a_server_without_tls():
    found = github_server("http://127.0.0.1:8080")
    assert found == {"api_url": "http://127.0.0.1:8080/api/v3", "server_url": "http://127.0.0.1:8080"}


def test_the_environment_names_the_server_that_is_not_given(monkeypatch):
    monkeypatch.setenv("GITHUB_API_URL", "https://github.example.com")
    monkeypatch.setenv("GITHUB_SERVER_VERSION", "3.19")
    assert github_server("")["api_url"] == "https://github.example.com/api/v3"
    assert github_server("octocorp.ghe.com", "cloud")["api_url"] == "https://api.octocorp.ghe.com"


@pytest.mark.parametrize("api_url", ["https://user:secret@example.com", "ftp://example.com", "https://example.com/x?y"])
def test_what_is_no_address_is_refused(api_url):
    with pytest.raises(AnsibleFilterError, match="^api_url ") as caught:
        github_server(api_url)
    assert "secret" not in str(caught.value)


def test_relative_paths_start_where_the_command_does(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/mona")
    monkeypatch.setenv("DIRECTORY", "below")
    assert absolute_path("x.html") == str(tmp_path / "x.html")
    assert absolute_path("./a/../x.html") == str(tmp_path / "x.html")
    assert absolute_path("$DIRECTORY/x.html") == str(tmp_path / "below/x.html")
    assert absolute_path("~/x.html") == "/home/mona/x.html"
    assert absolute_path(" /x.html\n") == "/x.html"


def test_a_link_stays_a_link(tmp_path):
    os.symlink(tmp_path / "target", tmp_path / "link")
    assert absolute_path(str(tmp_path / "link")) == str(tmp_path / "link")


@pytest.mark.parametrize("path", ["", None, " "])
def test_no_path_stays_none(path):
    assert absolute_path(path) == ""


NAMES = ["octo-org/hello-world", "acme/rocket"]


@pytest.mark.parametrize(
    "given",
    [
        NAMES,
        "octo-org/hello-world,acme/rocket",
        " octo-org/hello-world\nacme/rocket ",
        '["octo-org/hello-world", "acme/rocket"]',
        "- octo-org/hello-world\n- acme/rocket",
        ["octo-org/hello-world acme/rocket"],
        [["octo-org/hello-world"], "acme/rocket"],
        "https://github.example.com/octo-org/hello-world.git git@github.example.com:acme/rocket.git",
        ["ssh://git@github.example.com:22/octo-org/hello-world", "https://github.example.com/acme/rocket/"],
    ],
    ids=str,
)
@pytest.mark.parametrize("server_url", [None, "https://github.example.com"])
def test_names_of_repositories(given, server_url):
    assert repository_names(given, server_url) == NAMES


@pytest.mark.parametrize("nothing", ["", None, [], " ", "[]"], ids=repr)
def test_no_names(nothing):
    assert repository_names(nothing) == []


def test_urls_can_stay():
    assert repository_names("https://x.example/a/b, c/d", keep_urls=True) == ["https://x.example/a/b", "c/d"]


@pytest.mark.parametrize(
    "name",
    [
        "https://gitlab.com/a/b",
        "git@gitlab.com:a/b.git",
        "https://mona:secret@github.example.com/a/b",
        "https://github.example.com/a",
        "https://github.example.com/a/b/pulls",
    ],
)
def test_what_is_no_repository_of_the_server_stays(name):
    assert repository_names(name, "https://github.example.com") == [name]
