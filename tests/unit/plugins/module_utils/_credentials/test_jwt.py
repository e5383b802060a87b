# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys
import types

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    MissingLibraryError,
    UnsupportedError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials import jwt as _jwt
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import App, Credentials
from ansible_collections.hubops.github_apps.plugins.module_utils._github.authenticator import Authenticator, issuer
from ansible_collections.hubops.github_apps.plugins.module_utils._github.endpoints import APP
from ansible_collections.hubops.github_apps.plugins.module_utils._github.releases import CLOUD, Release

NOW = 1_800_000_000


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def test_claims(key):
    token = _jwt.sign_app_jwt("1001", key, NOW + 0.7)
    claims = jwt.decode(
        token, key.public_key(), algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False}
    )
    assert claims == {"iss": "1001", "iat": NOW - 60, "exp": NOW + 540}
    assert jwt.get_unverified_header(token)["alg"] == "RS256"


class KeySigner:
    """A signer that has the private key."""

    def __init__(self, key):
        self.key = key

    def sign(self, data):
        return self.key.sign(data, padding.PKCS1v15(), SHA256())


def test_a_signer_and_a_private_key_sign_the_same(key):
    by_key, by_signer = _jwt.sign_app_jwt("1001", key, NOW), _jwt.sign_app_jwt_with("1001", KeySigner(key), NOW)
    unchecked = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(by_signer, key.public_key(), algorithms=["RS256"], options=unchecked)
    assert claims == jwt.decode(by_key, options={"verify_signature": False})
    assert jwt.get_unverified_header(by_signer) == {"alg": "RS256", "typ": "JWT"}
    assert "=" not in by_signer


@pytest.mark.parametrize("data, text", [(b"", ""), (b"\xfb", "-w"), (b"\xff\xef", "_-8"), (b"]u\xd7", "XXXX")])
def test_base64_for_urls_has_no_padding(data, text):
    assert _jwt.base64url(data) == text


def test_the_issuer_is_a_string_whatever_it_was_given_as(key):
    token = _jwt.sign_app_jwt(1001, key, NOW)
    assert jwt.decode(token, options={"verify_signature": False})["iss"] == "1001"


def test_without_pyjwt_the_library_is_named(monkeypatch, key):
    monkeypatch.setitem(sys.modules, "jwt", None)
    with pytest.raises(MissingLibraryError, match="^The Python library PyJWT is missing. Run '"):
        _jwt.sign_app_jwt("1", key, NOW)


def test_an_old_pyjwt_is_detected(monkeypatch, key):
    monkeypatch.setattr(jwt, "encode", lambda *arguments, **options: b"bytes")
    with pytest.raises(MissingLibraryError, match="^The Python library PyJWT cannot be used. Run .* is older than 2.0"):
        _jwt.sign_app_jwt("1", key, NOW)


def test_another_package_of_that_name_is_detected(monkeypatch, key):
    monkeypatch.setitem(sys.modules, "jwt", types.ModuleType("jwt"))
    with pytest.raises(
        MissingLibraryError, match="^The Python library PyJWT cannot be used. Run .* uninstall jwt PyJWT"
    ):
        _jwt.sign_app_jwt("1", key, NOW)


def test_a_jwt_serves_until_it_is_nearly_used_up(key):
    authenticator = Authenticator(Credentials(app=App(app_id="1", private_key=key)))
    first = authenticator.headers(APP, CLOUD, NOW)
    assert authenticator.headers(APP, CLOUD, NOW + 479) == first
    assert authenticator.headers(APP, CLOUD, NOW + 481) != first


def test_a_jwt_signed_elsewhere_is_used_as_it_is():
    authenticator = Authenticator(Credentials(app=App(jwt="a.b.c")))
    assert authenticator.headers(APP, Release(2, 20), NOW) == {"Authorization": "Bearer a.b.c"}


@pytest.mark.parametrize("release", [Release(2, 20), Release(3, 19), CLOUD])
def test_the_app_id_is_the_issuer_wherever_there_is_one(release):
    assert issuer(App(app_id="1", client_id="Iv1.x"), release) == "1"


def test_a_client_id_is_the_issuer_where_the_release_takes_it():
    assert issuer(App(client_id="Iv1.x"), CLOUD) == "Iv1.x"
    assert issuer(App(client_id="Iv1.x"), Release(3, 18)) == "Iv1.x"
    with pytest.raises(UnsupportedError, match="Set app_id"):
        issuer(App(client_id="Iv1.x"), Release(3, 17))
