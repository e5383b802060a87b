# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which servers the modules trust, over real sockets, and how they report those that they do not trust."""

from __future__ import annotations

import re
import ssl
from datetime import datetime

import pytest
import requests
import trustme

from ansible_collections.hubops.github_apps.plugins.module_utils._github.connection_failures import certificate_problem
from ansible_collections.hubops.github_apps.plugins.modules import github_app_info as module

LONG_AGO, NOT_SO_LONG_AGO = datetime(2001, 1, 1), datetime(2002, 1, 1)
IN_SOME_TIME, MUCH_LATER = datetime(2101, 1, 1), datetime(2102, 1, 1)


@pytest.fixture()
def another_ca(tmp_path):
    path = tmp_path / "another.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    return path


def test_an_unknown_ca_is_refused_before_anything_is_sent(run_module, secure_options, secure):
    result = run_module(module, {**secure_options, "retries": 3})
    assert result["failed"]
    assert result["cause"] == "connection"
    assert secure.log == []
    assert "unable to get local issuer certificate" in result["msg"]
    assert "Set ca_path" in result["msg"]


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
@pytest.mark.parametrize(
    "params, environment",
    [
        ({"ca_path": "{file}"}, {}),
        ({"ca_path": "{directory}"}, {}),
        ({"ca_path": "{file}"}, {"REQUESTS_CA_BUNDLE": "{another}", "CURL_CA_BUNDLE": "{another}"}),
        ({"ca_path": "{directory}"}, {"REQUESTS_CA_BUNDLE": "{another}"}),
        ({"ca_path": "{file}"}, {"REQUESTS_CA_BUNDLE": "/none.pem"}),
        ({}, {"GITHUB_CA_PATH": "{file}"}),
        ({}, {"GITHUB_CA_PATH": "{file}", "REQUESTS_CA_BUNDLE": "{another}"}),
        ({}, {"REQUESTS_CA_BUNDLE": "{file}"}),
        ({}, {"SSL_CERT_FILE": "{file}"}),
        ({}, {"SSL_CERT_FILE": "{another}", "REQUESTS_CA_BUNDLE": "{file}"}),
        ({}, {"SSL_CERT_FILE": "{another}", "CURL_CA_BUNDLE": "{file}"}),
        ({"ca_path": "{file}"}, {"SSL_CERT_FILE": "{another}"}),
        ({}, {"REQUESTS_CA_BUNDLE": "{directory}"}),
        ({"validate_certs": False}, {}),
        ({"validate_certs": False}, {"REQUESTS_CA_BUNDLE": "{another}", "CURL_CA_BUNDLE": "{another}"}),
        ({"validate_certs": False}, {"REQUESTS_CA_BUNDLE": "/none.pem", "GITHUB_CA_PATH": "/none.pem"}),
        ({}, {"GITHUB_VALIDATE_CERTS": "false", "REQUESTS_CA_BUNDLE": "{another}"}),
    ],
)
def test_who_is_trusted(run_module, secure_options, secure, ca_path, another_ca, monkeypatch, params, environment):
    def fill(values):
        paths = {"file": ca_path, "directory": ca_path.parent, "another": another_ca}
        return {name: value.format(**paths) if isinstance(value, str) else value for name, value in values.items()}

    for name, value in fill(environment).items():
        monkeypatch.setenv(name, value)
    result = run_module(module, {**secure_options, **fill(params)})
    assert not result.get("failed"), result["msg"]
    assert secure.log


def test_the_ca_of_the_task_is_the_only_one(run_module, secure_options, secure, ca_path, another_ca, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(ca_path))
    monkeypatch.setenv("GITHUB_CA_PATH", str(ca_path))
    result = run_module(module, {**secure_options, "ca_path": str(another_ca)})
    assert result["failed"]
    assert "Set ca_path" in result["msg"]
    assert secure.log == []


@pytest.mark.parametrize(
    "params, environment, source",
    [
        ({"ca_path": "{another}"}, {"GITHUB_CA_PATH": "/none.pem"}, "ca_path"),
        ({}, {"GITHUB_CA_PATH": "{another}"}, r"ca_path \(GITHUB_CA_PATH\)"),
        ({}, {"SSL_CERT_FILE": "{another}"}, "SSL_CERT_FILE"),
    ],
)
def test_a_file_without_the_ca_is_named(
    run_module, secure_options, another_ca, monkeypatch, params, environment, source
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value.format(another=another_ca))
    given = {name: value.format(another=another_ca) for name, value in params.items()}
    result = run_module(module, {**secure_options, **given})
    assert re.search(rf"[)][.] {source} '{another_ca}' does not contain the certificate of the CA", result["msg"])


@pytest.mark.parametrize(
    "name, validity, says",
    [
        ("github.example.com", {}, "ismatch.*Set api_url to the host name in the certificate"),
        (
            "127.0.0.1",
            {"not_before": LONG_AGO, "not_after": NOT_SO_LONG_AGO},
            "expired.*the server needs a new certificate",
        ),
        ("127.0.0.1", {"not_before": IN_SOME_TIME, "not_after": MUCH_LATER}, "not yet valid.*clock of this machine"),
    ],
)
def test_a_certificate_that_is_not_valid(run_module, secure_options, serve, ca, ca_path, name, validity, says):
    server = serve(ca.issue_cert(name, **validity).private_key_and_cert_chain_pem)
    params = {**secure_options, "api_url": server.api_url, "ca_path": str(ca_path), "retries": 3}
    result = run_module(module, params)
    assert result["failed"]
    assert re.search(f"certificate of 127.0.0.1:{server.port} .*{says}", result["msg"])
    assert server.log == []


def test_a_urllib3_that_compares_the_names_with_pythons_own_function():
    """Like 1.26.5, the version in RHEL 9."""
    error = requests.exceptions.SSLError(ssl.CertificateError("hostname 'a' doesn't match 'b'"))
    assert certificate_problem(error) == "Hostname mismatch"


def test_a_certificate_that_signed_itself(run_module, secure_options, serve, ca):
    server = serve(ca.private_key_pem, ca.cert_pem)
    result = run_module(module, {**secure_options, "api_url": server.api_url})
    assert result["failed"]
    assert re.search("self.signed.*Set ca_path", result["msg"])
    assert server.log == []


def test_tls_with_a_server_that_speaks_none(run_module, options, standin):
    result = run_module(module, {**options, "api_url": standin.api_url.replace("http:", "https:"), "retries": 3})
    assert result["failed"]
    assert "Check that the server in api_url supports https://" in result["msg"]
    assert standin.log == []


def test_no_tls_with_a_server_that_speaks_nothing_else(run_module, secure_options, secure):
    url = secure.api_url.replace("https:", "http:")
    result = run_module(module, {**secure_options, "api_url": url})
    assert result["failed"]
    assert "closed the connection without a response" in result["msg"]
    assert secure.log == []


@pytest.mark.parametrize("content", [None, "", "garbage", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"])
@pytest.mark.parametrize("way", ["ca_path", "GITHUB_CA_PATH", "REQUESTS_CA_BUNDLE"])
def test_a_file_without_certificates(run_module, secure_options, secure, tmp_path, monkeypatch, way, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    if way != "ca_path":
        monkeypatch.setenv(way, str(path))
    result = run_module(module, {**secure_options, **({way: str(path)} if way == "ca_path" else {})})
    assert result["failed"], result["msg"]
    assert way.replace("GITHUB_CA_PATH", "ca_path") in result["msg"], result["msg"]
    assert result["cause"] == ("connection" if way == "REQUESTS_CA_BUNDLE" else "option")
    assert secure.log == []


def test_a_directory_that_was_not_prepared(run_module, secure_options, secure, another_ca):
    result = run_module(module, {**secure_options, "ca_path": str(another_ca.parent)})
    assert result["failed"]
    assert result["cause"] == "option"
    assert secure.log == []
    assert "openssl rehash" in result["msg"]
