# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._github.releases import CLOUD, Release
from ansible_collections.hubops.github_apps.plugins.module_utils._github.server import (
    api_version_for,
    parse_api_url,
    parse_server_version,
    read_release,
    server_from,
)

GHES = "https://ghes.example.com/api/v3"


@pytest.mark.parametrize(
    "text, api_url, is_cloud",
    [
        (None, "https://api.github.com", True),
        ("", "https://api.github.com", True),
        ("github.com", "https://api.github.com", True),
        ("https://github.com/", "https://api.github.com", True),
        ("https://api.github.com", "https://api.github.com", True),
        ("http://api.github.com/", "https://api.github.com", True),
        ("https://api.github.com/api/v3", "https://api.github.com", True),
        ("octo.ghe.com", "https://api.octo.ghe.com", True),
        ("https://octo.ghe.com/api/v3/", "https://api.octo.ghe.com", True),
        ("https://api.octo.ghe.com", "https://api.octo.ghe.com", True),
        ("ghes.example.com", GHES, False),
        (" ghes.example.com ", GHES, False),
        ("GHES.example.com/", GHES, False),
        ("https://ghes.example.com", GHES, False),
        ("https://ghes.example.com/api/v3", GHES, False),
        ("https://ghes.example.com/api/v3/", GHES, False),
        ("https://ghes.example.com/api", GHES, False),
        ("https://ghes.example.com/api/v3/api/v3", GHES, False),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/api/v3", False),
        ("ghes.example.com:8443", "https://ghes.example.com:8443/api/v3", False),
        ("ghes.example.com:443", GHES, False),
        ("https://GHES.example.com:443/api/v3/", GHES, False),
        ("http://ghes.example.com:80", "http://ghes.example.com/api/v3", False),
        ("http://ghes.example.com:443", "http://ghes.example.com:443/api/v3", False),
        ("http://[::1]:8080/api/v3", "http://[::1]:8080/api/v3", False),
        ("https://proxy.example.com/ghes/api/v3", "https://proxy.example.com/ghes/api/v3", False),
    ],
)
def test_every_way_to_write_a_server_gives_the_root_of_its_api(text, api_url, is_cloud):
    assert parse_api_url(text, None) == (api_url, is_cloud)


@pytest.mark.parametrize("text", ["http://127.0.0.1:8080", "http://127.0.0.1:8080/", "http://127.0.0.1:8080/api/v3"])
def test_cloud_on_another_host_has_no_api_v3(text):
    assert parse_api_url(text, CLOUD) == ("http://127.0.0.1:8080", True)


@pytest.mark.parametrize("path", ["/github", "/github/api", "/api", "/api/v2"])
def test_a_proxy_for_the_cloud_keeps_its_path(path):
    assert parse_api_url(f"https://proxy.example.com{path}/", CLOUD) == (f"https://proxy.example.com{path}", True)


@pytest.mark.parametrize(
    "text",
    [
        "https://user:secret@ghes.example.com",
        "https://user:secret@ghes.example.com:99999",
        "https://user:p#secret@ghes.example.com",
        "user:secret/x@ghes.example.com",
        "ftp://ghes.example.com",
        "https://ghes.example.com/octo-org",
        "https://ghes.example.com?x=1",
        "ghes example.com",
        "ghes.example.com\nevil.example.com",
        "https://",
        "https://ghes.example.com:port",
        "../../etc/passwd",
    ],
)
def test_what_is_no_server_is_refused_by_the_options_name(text):
    with pytest.raises(OptionError, match="api_url") as caught:
        parse_api_url(text, None)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "value, release",
    [
        (None, None),
        ("auto", None),
        ("cloud", CLOUD),
        ("2.20", Release(2, 20)),
        ("3.19", Release(3, 19)),
        ("3.19.2", Release(3, 19)),
    ],
)
def test_server_version(value, release):
    assert parse_server_version(value) == release


@pytest.mark.parametrize("value", [3.2, 3])
def test_a_number_as_server_version_is_refused(value):
    with pytest.raises(OptionError, match="Quote the release"):
        parse_server_version(value)


@pytest.mark.parametrize("value", ["latest", "3", "three.one", ["3.19"]])
def test_what_is_no_release_is_refused(value):
    with pytest.raises(OptionError, match="server_version"):
        parse_server_version(value)


def test_read_release_from_the_header_of_a_server():
    assert read_release("enterprise-server@3.19.1") == Release(3, 19)
    assert read_release("") is None


@pytest.mark.parametrize(
    "wanted, release, sent",
    [
        (None, CLOUD, "2022-11-28"),
        (None, Release(3, 9), "2022-11-28"),
        (None, Release(3, 8), None),
        ("2026-03-10", CLOUD, "2026-03-10"),
        ("2026-03-10", Release(3, 21), "2026-03-10"),
        ("2026-03-10", Release(3, 20), "2022-11-28"),
        ("2026-03-10", Release(2, 20), None),
        ("2099-01-01", CLOUD, "2099-01-01"),
    ],
)
def test_the_api_version_goes_to_servers_that_know_it(wanted, release, sent):
    assert api_version_for(wanted, release) == sent


def test_a_server_release_needs_a_server():
    with pytest.raises(OptionError, match="api_url"):
        server_from({"server_version": "3.19"})


@pytest.mark.parametrize(
    "option, value", [("timeout", 0), ("timeout", -1), ("timeout", 99999999999), ("retries", -1), ("retries", 21)]
)
def test_numbers_out_of_bounds_are_refused(option, value):
    with pytest.raises(OptionError, match=option):
        server_from({option: value})


def test_a_ca_path_without_certificates_is_refused(tmp_path):
    path = tmp_path / "ca.pem"
    path.write_text("garbage")
    with pytest.raises(OptionError, match="ca_path .* certificates"):
        server_from({"ca_path": str(path)})


def test_a_ca_path_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(OptionError, match="ca_path"):
        server_from({"ca_path": str(tmp_path / "none.pem")})


@pytest.mark.parametrize(
    "options, verify",
    [({}, True), ({"validate_certs": True}, True), ({"validate_certs": False, "ca_path": "/none"}, False)],
)
def test_verify(options, verify):
    assert server_from(options).verify is verify


def test_an_api_version_that_is_no_date_is_refused():
    with pytest.raises(OptionError, match="api_version"):
        server_from({"api_version": "v3"})


@pytest.mark.parametrize(
    "api_url, host",
    [(None, "github.com"), ("octo.ghe.com", "octo.ghe.com"), ("ghes.example.com:8443", "ghes.example.com:8443")],
)
def test_the_host_is_the_name_people_know(api_url, host):
    assert server_from({"api_url": api_url}).host == host
