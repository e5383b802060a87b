# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stand-in server with TLS, with certificates of an unknown CA."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
import trustme

from github_standin import StandIn


@pytest.fixture(scope="session")
def ca():
    return trustme.CA(organization_name="hubops", organization_unit_name="tests")


@pytest.fixture(scope="session")
def ca_path(ca, tmp_path_factory):
    """Return a directory with the CA's certificate, named as by `openssl rehash`, which uses only the CA's name."""
    path = tmp_path_factory.mktemp("ca") / "5def3dc4.0"
    ca.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="session")
def serve(tmp_path_factory):
    """Start servers with their own key and certificate."""
    with ExitStack() as servers:

        def start(*blobs):
            path = tmp_path_factory.mktemp("tls") / "server.pem"
            path.write_bytes(b"".join(blob.bytes() for blob in blobs))
            return servers.enter_context(StandIn(tls_cert=str(path)))

        yield start


@pytest.fixture(scope="session")
def secure_server(ca, serve):
    return serve(ca.issue_cert("127.0.0.1", "localhost").private_key_and_cert_chain_pem)


@pytest.fixture()
def secure(secure_server):
    """The stand-in server with TLS, after a reset."""
    secure_server.reset()
    return secure_server


@pytest.fixture()
def secure_options(options, secure):
    """Like `options`, with a server whose CA is unknown."""
    return {**options, "api_url": secure.api_url}


@pytest.fixture()
def via_enterprise(installer, standin):
    """Options that act on octo-org as the app on its enterprise. Before 3.21, servers cannot find its installation."""
    number = {} if standin.service.profile.since("3.21") else {"enterprise_installation_id": 2301}
    return {**installer, **number, "via_enterprise": "octo-enterprise", "organization": "octo-org"}


@pytest.fixture()
def changes_made(writes):
    """Return a function that returns the changes since its last call, without the creation and revocation of tokens."""
    return lambda: [line for line in writes() if "token" not in line]
