# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import (
    App,
    Login,
    OAuthApp,
    credentials_from,
    fingerprint,
)

JWT = "e30.eyJpc3MiOiAiMTAwMSJ9.secret"  # {} and {"iss": "1001"}


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem_of(key, form=PrivateFormat.TraditionalOpenSSL, encryption=None):
    return key.private_bytes(Encoding.PEM, form, encryption or NoEncryption()).decode()


def test_the_key_is_read_from_a_file(key, tmp_path):
    path = tmp_path / "app.pem"
    path.write_text(pem_of(key))
    app = credentials_from({"app_id": "1", "private_key_path": str(path)}).app
    assert app.private_key.private_numbers() == key.private_numbers()


@pytest.mark.parametrize("option", ["private_key", "token", "client_secret"])
def test_a_file_that_cannot_be_used_is_named_with_what_is_wrong(tmp_path, option):
    def read(path):
        return credentials_from({"app_id": "1", f"{option}_path": str(path)})

    with pytest.raises(OptionError, match=f"^{option}_path .*none' cannot be read .*No such file"):
        read(tmp_path / "none")
    with pytest.raises(OptionError, match=f"^{option}_path .* is a directory. Use"):
        read(tmp_path)
    (tmp_path / "empty").write_text(" \n")
    with pytest.raises(OptionError, match=f"empty' is an empty file. Write the {option.replace('_', ' ')} to it"):
        read(tmp_path / "empty")
    with pytest.raises(OptionError, match=f"^{option} and {option}_path cannot be used together. Set only one of them"):
        credentials_from({"app_id": "1", option: "x", f"{option}_path": "y"})


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", " \n\n"])
def test_a_token_and_a_client_secret_are_read_from_files(tmp_path, monkeypatch, ending):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "secret").write_text(f"s3cret{ending}")
    assert credentials_from({"token_path": "~/secret"}).user_token == "s3cret"
    oauth = {"client_id": "Iv1.x", "client_secret_path": str(tmp_path / "secret")}
    assert credentials_from(oauth).oauth_app == OAuthApp("Iv1.x", "s3cret")


def test_file_with_additional_content_is_rejected_and_not_quoted(tmp_path):
    (tmp_path / "secret").write_text("token=s3cret # mine")
    with pytest.raises(OptionError, match="^The file in token_path contains white space") as caught:
        credentials_from({"token_path": str(tmp_path / "secret")})
    assert "s3cret" not in str(caught.value)


def test_what_is_sent_can_be_kept_out_of_results():
    both = {"token": "t", "client_id": "Iv1.x", "client_secret": "s"}
    assert credentials_from(both).sent() == ["t", "s"]
    assert credentials_from({}).sent() == []


@pytest.mark.parametrize(
    "options, says",
    [
        ({"private_key": "x"}, "requires app_id or client_id"),
        ({"app_id": "Iv1.abc", "private_key": "x"}, "Use client_id for a client ID"),
        ({"app_jwt": "no-jwt"}, "three parts"),
        ({"token": "two words"}, "token contains white space"),
        ({"client_secret": "two words"}, "^client_secret contains white space"),
        ({"app_jwt": "two words"}, "^app_jwt contains white space"),
        (
            {"username": "u", "password": "p", "one_time_password": "two words"},
            "^one_time_password contains white space",
        ),
        ({"username": "a:b", "password": "p"}, "^username must not contain a colon.$"),
        ({"token": "line\nbreak"}, "token contains white space"),
    ],
)
def test_wrong_credentials_are_refused_by_name(options, says):
    with pytest.raises(OptionError, match=says) as caught:
        credentials_from(options)
    assert "two words" not in str(caught.value)
    assert "no-jwt" not in str(caught.value)


def test_pairs_of_credentials_require_both():
    both = {"client_id": "Iv1.x", "client_secret": "s3cret\n", "username": " mona ", "password": " horse "}
    found = credentials_from({**both, "one_time_password": "123456\n"})
    assert found.oauth_app == OAuthApp("Iv1.x", "s3cret")
    assert found.login == Login("mona", " horse ", "123456")
    assert credentials_from(both).login == Login("mona", " horse ", None)
    for name in both:
        found = credentials_from({**both, name: ""})
        assert [found.oauth_app is None, found.login is None] == [
            name.startswith("client"),
            not name.startswith("client"),
        ]


def test_secrets_are_in_no_representation(key):
    credentials = credentials_from(
        {
            "app_id": "1",
            "private_key": pem_of(key),
            "token": "user-secret",
            "client_id": "Iv1.x",
            "client_secret": "client-secret-value",
        }
    )
    text = repr(credentials) + str(credentials.app) + repr(credentials_from({"app_jwt": JWT}))
    assert not any(secret in text for secret in ("user-secret", "client-secret-value", JWT, "RSAPrivateKey"))


@pytest.mark.parametrize("app_id", ["1", "12", "123", "1234", "12345", "Iv23li123456789"])
def test_a_jwt_tells_whose_it_is(app_id):
    claims = base64.urlsafe_b64encode(f'{{"iss": "{app_id}"}}'.encode()).decode().rstrip("=")
    jwt = f"e30.{claims}.secret"
    assert credentials_from({"app_jwt": jwt, "app_id": "7"}).app == App(app_id, jwt=jwt)


def test_apps_are_identified_by_key_or_jwt(key):
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    apps = [App("1", private_key=key), App("1", private_key=other), App("1", jwt="a.b.c"), App("1", jwt="a.b.d")]
    assert len(set(map(fingerprint, apps))) == 4


@pytest.mark.parametrize("jwt", ["a.b.c", "e30.e30.x", "e30.W10.x", "nothing", "..", "e30"])
def test_what_is_no_jwt_of_an_app_is_refused(jwt):
    with pytest.raises(OptionError, match="app_jwt is not a JWT"):
        credentials_from({"app_jwt": jwt})


def test_white_space_around_an_app_id_does_no_harm(key):
    assert credentials_from({"app_id": " 1001\n", "private_key": pem_of(key)}).app.app_id == "1001"


def test_a_path_that_cannot_be_one_is_refused():
    with pytest.raises(OptionError, match="private_key_path"):
        credentials_from({"app_id": "1", "private_key_path": "a\0b"})
