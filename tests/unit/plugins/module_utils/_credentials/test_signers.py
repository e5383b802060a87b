# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of signers, and what signers return. tests/unit/test_signers.py signs with them."""

from __future__ import annotations

import base64
import os
import re

import pytest

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError, SignerError
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import (
    credentials_from,
    fingerprint,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.signers.aws_kms_failures import (
    SENTENCES as AWS_SENTENCES,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.signers.aws_kms_failures import (
    describe_failure,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.signers.command import arguments_in
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.signers.signer import sign, signature_in
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.signers.vault_failures import (
    SENTENCES as VAULT_SENTENCES,
)

VAULT = {"vault_transit_key": "github-app", "vault_url": "https://vault.example.com:8200"}


@pytest.fixture(autouse=True)
def _no_vault_or_aws(monkeypatch):
    for variable in list(os.environ):
        if variable.startswith(("VAULT_", "AWS_")):
            monkeypatch.delenv(variable)


def signer_of(**options):
    return credentials_from({"app_id": "1001", **options}).app.signer


@pytest.mark.parametrize(
    "command, arguments",
    [
        ("sign", ("sign",)),
        ("sign --key 'my key' $HOME; rm *", ("sign", "--key", "my key", "$HOME;", "rm", "*")),
        (["sign", "my key"], ("sign", "my key")),
        (["sign", 7, True], ("sign", "7", "True")),
        (["~/bin/sign", "~"], (os.path.expanduser("~/bin/sign"), "~")),
    ],
)
def test_a_command_is_split_like_a_command_line(command, arguments):
    assert arguments_in(command) == arguments


@pytest.mark.parametrize("command", ["sign 'my key", "''x'", [], {"sign": "key"}, 7, "#"])
def test_what_is_not_a_command_is_rejected(command):
    if command == "#":
        assert arguments_in(command) == ("#",)
        return
    with pytest.raises(OptionError, match="^signer_command must be a program with its arguments"):
        arguments_in(command)


@pytest.mark.parametrize(
    "options, says",
    [
        ({"signer_command": "sign", "app_id": ""}, "^signer_command requires app_id or client_id"),
        ({"signer_command": "sign", "private_key": "x"}, "^private_key and signer_command cannot be used together"),
        (
            {"signer_command": "sign", "aws_kms_key": "x", **VAULT},
            "^signer_command and vault_transit_key and aws_kms_key cannot be used together. Set only one of them.$",
        ),
        ({"signer_command": "sign", "signer_timeout": 0}, "^signer_timeout must be between 1 and 3600"),
        ({"vault_transit_key": "x"}, r"^vault_transit_key requires vault_url \(or VAULT_ADDR\)"),
        ({**VAULT, "vault_url": "vault.example.com"}, "a URL such as https://vault.example.com:8200"),
        ({**VAULT, "vault_url": "https://u:sensitive@vault.example.com"}, "a URL such as"),
        ({**VAULT, "vault_transit_key": "../keys/x"}, "^vault_transit_key '../keys/x' is not valid"),
        ({**VAULT, "vault_transit_key": "x/y"}, "^vault_transit_key 'x/y' is not valid"),
        ({**VAULT, "vault_transit_mount": "a/../b"}, "^vault_transit_mount 'a/../b' is not valid"),
        ({**VAULT, "vault_auth_mount": "a b", "vault_role_id": "x"}, "^vault_auth_mount 'a b' is not valid"),
        (
            {**VAULT, "vault_token": "sensitive", "vault_role_id": "x"},
            "^Vault does not support a login with vault_role_id and vault_token. Set a token, or vault_role_id with",
        ),
        ({**VAULT, "vault_token": "sensitive", "vault_token_path": "x"}, "^vault_token and vault_token_path cannot"),
        (
            {**VAULT, "vault_secret_id": "sensitive"},
            "^Vault does not support a login with vault_secret_id. Set a token",
        ),
        ({**VAULT, "vault_token": "sensitive token"}, "^vault_token contains white space"),
        ({**VAULT, "vault_jwt_path": "/none"}, "^vault_jwt_path '/none' cannot be read"),
    ],
)
def test_wrong_options_are_named(options, says):
    with pytest.raises(OptionError, match=says) as caught:
        signer_of(**options)
    assert "sensitive" not in str(caught.value)


def test_a_message_names_the_variable_that_a_signer_came_from():
    app = credentials_from(
        {"app_id": "1", "signer_command": "false"}, sources={"signer_command": "GITHUB_APP_SIGNER_COMMAND"}
    ).app
    with pytest.raises(
        SignerError, match=r"^signer_command \(GITHUB_APP_SIGNER_COMMAND\): 'false' exited with status 1"
    ):
        app.signer.sign(b"text")


def test_a_secret_of_vault_is_read_from_a_file_and_in_no_representation(tmp_path):
    (tmp_path / "secret").write_text("sensitive\n")
    (tmp_path / "secret").chmod(0o600)
    signer = signer_of(**VAULT, vault_role_id="ansible", vault_secret_id_path=str(tmp_path / "secret"))
    assert signer.login.secret_id == "sensitive"
    assert "sensitive" not in repr(signer) + repr(signer.login)
    assert "sensitive" not in repr(signer_of(**VAULT, vault_token="sensitive").login)


def test_paths_in_vault_may_have_slashes_around_them():
    options = {"vault_transit_mount": "/team/transit/", "vault_url": "https://vault.example.com/vault"}
    signer = signer_of(**{**VAULT, **options})
    assert (signer.mount, signer.key, signer.url) == ("team/transit", "github-app", "https://vault.example.com/vault")


@pytest.mark.parametrize(
    "options, variables, verify",
    [
        ({}, {}, True),
        ({}, {"VAULT_CAPATH": "/path"}, "/path"),
        ({}, {"VAULT_CAPATH": "/path", "VAULT_CACERT": "/cert"}, "/cert"),
        ({}, {"VAULT_CACERT": "/cert", "VAULT_SKIP_VERIFY": "TRUE"}, False),
        ({}, {"VAULT_SKIP_VERIFY": "0"}, True),
        ({"vault_ca_path": "/own"}, {"VAULT_CACERT": "/cert", "VAULT_SKIP_VERIFY": "1"}, "/own"),
    ],
)
def test_certificates_of_vault(options, variables, verify, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert signer_of(**VAULT, **options).verify == verify


@pytest.mark.parametrize(
    "options, region",
    [
        ({"aws_kms_key": "alias/x"}, "us-east-1"),
        ({"aws_kms_key": "alias/x", "aws_kms_region": "eu-west-1"}, "eu-west-1"),
        ({"aws_kms_key": "arn:aws:kms:eu-central-1:111122223333:key/x"}, "eu-central-1"),
        ({"aws_kms_key": "arn:aws-cn:kms:cn-north-1:111122223333:alias/x"}, "cn-north-1"),
        ({"aws_kms_key": "arn:aws:kms:eu-central-1:1:key/x", "aws_kms_region": "eu-west-1"}, "eu-west-1"),
    ],
)
def test_the_region_of_a_key(options, region, monkeypatch):
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    assert signer_of(**options).region == region


def test_signers_are_told_apart_by_their_keys_and_credentials_and_not_by_timeouts(monkeypatch):
    def key(**options):
        return fingerprint(credentials_from({"app_id": "1001", **options}).app)

    keys = [
        key(signer_command="sign a"),
        key(signer_command="sign b"),
        key(**VAULT),
        key(**{**VAULT, "vault_url": "https://other.example.com"}),
        key(**VAULT, vault_namespace="team"),
        key(**VAULT, vault_token="x"),
        key(**VAULT, vault_token="y"),
        key(**VAULT, vault_role_id="y"),
        key(aws_kms_key="alias/x"),
        key(aws_kms_key="alias/x", aws_kms_region="eu-west-1"),
    ]
    assert len(set(keys)) == len(keys)
    assert key(signer_command=["sign", "a"], signer_timeout=7) == keys[0]
    assert key(**VAULT, vault_ca_path="/ca") == keys[2]
    monkeypatch.setenv("VAULT_TOKEN", "x")
    assert key(**VAULT) not in keys


SIGNATURE = bytes(range(256))
ENCODED = base64.b64encode(SIGNATURE)


@pytest.mark.parametrize(
    "output",
    [
        SIGNATURE,
        ENCODED,
        ENCODED + b"\n",
        base64.encodebytes(SIGNATURE),
        base64.encodebytes(SIGNATURE).replace(b"\n", b"\r\n"),
        base64.urlsafe_b64encode(SIGNATURE).rstrip(b"="),
        b'"' + ENCODED + b'"\n',
    ],
)
def test_a_signature_may_be_encoded(output):
    assert signature_in(output) == SIGNATURE


class Returns:
    option, requirement = "signer_command", "Print it."

    def __init__(self, size):
        self.size = size

    def sign(self, _data):
        return bytes(self.size)


@pytest.mark.parametrize("size, is_signature", [(0, False), (255, False), (256, True), (512, True), (513, False)])
def test_signatures_have_the_size_of_an_rsa_key(size, is_signature):
    if is_signature:
        assert len(sign(Returns(size), b"text")) == size
        return
    with pytest.raises(SignerError, match=f"^signer_command returned {size} bytes, which are not .*bits. Print it.$"):
        sign(Returns(size), b"text")


class ClientError(Exception):
    """As raised by botocore."""

    def __init__(self, code):
        super().__init__("sensitive")
        self.response = {"Error": {"Code": code, "Message": "sensitive"}}


@pytest.mark.parametrize(
    "code, says",
    [
        ("AccessDeniedException", "needs the permission kms:Sign on the key"),
        ("NotFoundException", "has no such key in eu-west-1"),
        ("DisabledException", "is disabled"),
        ("KMSInvalidStateException", "has no key material yet"),
        ("InvalidKeyUsageException", "cannot sign with this key. Use RSA."),
        ("ExpiredTokenException", r"rejected the credentials \(ExpiredTokenException\)"),
        ("AccessDenied", r"rejected the credentials \(AccessDenied\)"),
        ("ThrottlingException", r"failed to sign \(ThrottlingException\)"),
    ],
)
def test_errors_of_aws_are_described(code, says):
    values = {"region": "eu-west-1", "requirement": "Use RSA.", "timeout": 30}
    message = describe_failure(ClientError(code), values)
    assert re.search(says, message)
    assert "sensitive" not in message


@pytest.mark.parametrize("names, sentence", [*AWS_SENTENCES, *VAULT_SENTENCES])
def test_sentences_end_with_a_remedy(names, sentence):
    assert names
    assert sentence[-1] in ".}"
