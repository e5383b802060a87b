# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys with all combinations of damage by editors, forms, vaults and shells, and other values instead of keys."""

from __future__ import annotations

import base64
import html
import json
import random
import textwrap
from urllib.parse import quote, quote_plus

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import MissingLibraryError, OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials import private_keys
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import credentials_from
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.private_keys import load_private_key

PASSPHRASE = "correct horse"
PKCS1, PKCS8 = PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8
SEQUENCES = 600  # number of tested combinations
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem_of(key, form=PKCS1, passphrase=""):
    encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, form, encryption).decode()


def body_of(pem):
    return "".join(line for line in pem.splitlines() if "-----" not in line)


def other_label(pem):
    labels = ("RSA PRIVATE KEY", "PRIVATE KEY")
    wanted, found = labels if "BEGIN RSA" not in pem else reversed(labels)
    return pem.replace(f"BEGIN {found}", f"BEGIN {wanted}").replace(f"END {found}", f"END {wanted}")


def split_lines(pem, width):
    first, *_body, last = pem.strip().splitlines()
    return "\n".join([first, *textwrap.wrap(body_of(pem), width), last]) + "\n"


# Functions that change the text of a PEM file and return it.
TO_PEM = {
    "label of the other format": other_label,
    "short lines": lambda pem: split_lines(pem, 40),
    "long lines": lambda pem: split_lines(pem, 76),
    "one line": lambda pem: split_lines(pem, 10_000),
    "no end": lambda pem: pem[: pem.index("-----END")],
    "indented": lambda pem: textwrap.indent(pem, "    "),
    "quoted mail": lambda pem: textwrap.indent(pem, "> "),
    "typographic dashes": lambda pem: pem.replace("-----", "\u2014\u2014-"),
    "a certificate before it": lambda pem: f"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n{pem}",
    "attributes before it": lambda pem: f"Bag Attributes\n    friendlyName: app\n{pem}",
    "printable quoted": lambda pem: pem.replace("=", "=3D"),
    "bare Base64": body_of,
    "bare Base64 without padding": lambda pem: body_of(pem).rstrip("="),
}
# Functions that change any text.
TO_TEXT = {
    "white space around": lambda text: f"\n \t{text}  \n",
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "CR": lambda text: text.replace("\n", "\r"),
    "blank lines": lambda text: text.replace("\n", "\n\n"),
    "literal line breaks": lambda text: text.replace("\n", "\\n"),
    "literal CRLF": lambda text: text.replace("\n", "\\r\\n"),
    "lines joined by spaces": lambda text: text.replace("\n", " "),
    "double quotes": lambda text: f'"{text}"',
    "single quotes": lambda text: f"'{text}'",
    "JSON": json.dumps,
    "JSON of PHP": lambda text: json.dumps(text).replace("/", "\\/"),
    "YAML": lambda text: yaml.safe_dump(text, default_style='"'),
    "entities": html.escape,
    "numeric entities": lambda text: text.replace("+", "&#43;").replace("/", "&#x2F;"),
    "percent encoding": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "BOM": lambda text: "\ufeff" + text,
    "zero width": lambda text: "\u200b".join(text[at : at + 50] for at in range(0, len(text), 50)),
    "NUL between characters": "\0".join,
    "Base64": lambda text: base64.b64encode(text.encode()).decode(),
    "Base64 in lines": lambda text: base64.encodebytes(text.encode()).decode(),
    "Base64 without padding": lambda text: base64.b64encode(text.encode()).decode().rstrip("="),
    "URL-safe Base64": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "data URI": lambda text: "data:application/x-pem-file;base64," + base64.b64encode(text.encode()).decode(),
    "Base64 of UTF-16": lambda text: base64.b64encode(text.encode("utf-16")).decode(),
}
# Functions that change the bytes of a file.
TO_FILE = {
    "UTF-8": str.encode,
    "UTF-8 with BOM": lambda text: text.encode("utf-8-sig"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16 little": lambda text: text.encode("utf-16-le"),
    "UTF-16 big": lambda text: text.encode("utf-16-be"),
    "UTF-16 big with BOM": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
}


def loads(text):
    return load_private_key(text, "private_key").private_numbers() == KEY.private_numbers()


@pytest.mark.parametrize("form", [PKCS1, PKCS8])
@pytest.mark.parametrize("damage", [*TO_PEM, *TO_TEXT])
def test_each_damage_is_undone(form, damage):
    assert loads({**TO_PEM, **TO_TEXT}[damage](pem_of(KEY, form)))


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_any_sequence_of_damages_is_undone(seed):
    """First at most one damage that requires PEM, then up to three for any text, some of them twice."""
    chance = random.Random(seed)
    pem = pem_of(KEY, chance.choice([PKCS1, PKCS8]))
    names = [chance.choice([*TO_PEM, ""])]
    text = TO_PEM[names[0]](pem) if names[0] else pem
    for _damage in range(chance.randrange(1, 4)):
        names.append(chance.choice(list(TO_TEXT)))
        text = TO_TEXT[names[-1]](text)
    assert loads(text), names


@pytest.mark.parametrize("seed", range(40))
def test_files_of_every_encoding_are_read(seed, tmp_path):
    chance = random.Random(seed)
    text = TO_TEXT[chance.choice(list(TO_TEXT))](pem_of(KEY, chance.choice([PKCS1, PKCS8])))
    path = tmp_path / "app.pem"
    path.write_bytes(chance.choice(list(TO_FILE.values()))(text.replace("\0", "")))
    app = credentials_from({"app_id": "1", "private_key_path": str(path)}).app
    assert app.private_key.private_numbers() == KEY.private_numbers()


@pytest.mark.parametrize("form", [PKCS1, PKCS8])
def test_a_key_in_der_is_read_from_a_file(form, tmp_path):
    path = tmp_path / "app.der"
    path.write_bytes(KEY.private_bytes(Encoding.DER, form, NoEncryption()))
    app = credentials_from({"app_id": "1", "private_key_path": str(path)}).app
    assert app.private_key.private_numbers() == KEY.private_numbers()


@pytest.mark.parametrize("form", [PKCS1, PKCS8])
def test_an_encrypted_key_needs_its_passphrase(form):
    pem = pem_of(KEY, form, PASSPHRASE)
    options = {"app_id": "1", "private_key": pem, "private_key_passphrase": PASSPHRASE}
    assert credentials_from(options).app.private_key.private_numbers() == KEY.private_numbers()
    with pytest.raises(OptionError, match="private_key is encrypted. Set private_key_passphrase"):
        load_private_key(pem, "private_key")
    with pytest.raises(OptionError, match="private_key_passphrase does not decrypt") as caught:
        load_private_key(pem, "private_key", "wrong")
    assert "wrong" not in str(caught.value)


@pytest.mark.parametrize("form", [PKCS1, PKCS8])
@pytest.mark.parametrize("damage", ["", *TO_TEXT])
def test_an_encrypted_key_survives_damages(form, damage):
    pem = pem_of(KEY, form, PASSPHRASE)
    text = TO_TEXT[damage](pem) if damage else pem
    assert load_private_key(text, "private_key", PASSPHRASE).private_numbers() == KEY.private_numbers()


def test_a_passphrase_for_a_key_that_needs_none_does_no_harm():
    assert load_private_key(pem_of(KEY), "private_key", PASSPHRASE)


HEX = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    "text, says",
    [
        (HEX, "looks like a client secret"),
        ("A" * 40, "looks like a client secret"),  # also valid Base64
        (base64.b64encode(HEX.encode()).decode(), "does not contain the line -----BEGIN"),
        ("-----BEGIN RSA PRIVATE KEY-----", "only the beginning"),
        ("/etc/github/app.pem", "Use private_key_path for a path"),
        ("garbage", "does not contain the line -----BEGIN"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "is damaged"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nMIIE\n-----END OPENSSH PRIVATE KEY-----", "ssh-keygen -p -m PEM"),
        ("-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----", "contains a certificate"),
        ("$ANSIBLE_VAULT;1.1;AES256\n" + "33363431" * 20, "encrypted with Ansible Vault"),
        ("$encrypted$", "the placeholder that AWX shows instead of a secret"),
        ("SHA256:Kr8v1s5dCyZocS2rl8FxlNpGrfO1vre2KGsXgn1HUZ0=", "the fingerprint of a key"),
        ("4f:d3:11:4f:d3:11:4f:d3:11:4f:d3:11:4f:d3:11:00", "the fingerprint of a key"),
    ],
)
def test_message_describes_but_does_not_quote_invalid_keys(text, says):
    with pytest.raises(OptionError, match=says) as caught:
        load_private_key(text, "private_key")
    assert "0123456789abcdef" not in str(caught.value)
    assert "MIIE" not in str(caught.value)


def test_a_key_that_is_cut_is_told_apart_and_not_quoted():
    cut = pem_of(KEY)[:700]
    for text, says in ((cut, "only the beginning"), (f"{cut}\n-----END RSA PRIVATE KEY-----", "is damaged")):
        with pytest.raises(OptionError, match=says) as caught:
            load_private_key(text, "private_key")
        assert body_of(cut)[:20] not in str(caught.value)


def wrong_keys():
    curve = ec.generate_private_key(ec.SECP256R1())
    yield "elliptic, PKCS#8", pem_of(curve, PKCS8), "not an RSA key"
    yield "elliptic", pem_of(curve, PKCS1), "not an RSA key"
    public = KEY.public_key()
    yield (
        "public",
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        "contains a public key",
    )
    yield "public, PKCS#1", public.public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode(), "contains a public key"
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    yield "short", pem_of(short), "a key with only 1024 bits, which is not secure"
    openssh = KEY.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    yield "OpenSSH", openssh, "OpenSSH private key"
    yield "OpenSSH with another label", openssh.replace("OPENSSH", "RSA"), "OpenSSH private key"


WRONG_KEYS = {name: (text, says) for name, text, says in wrong_keys()}


@pytest.mark.parametrize("name", WRONG_KEYS)
@pytest.mark.parametrize("damage", ["", *TO_TEXT])
def test_keys_of_other_kinds_are_named_through_any_damage(name, damage):
    text, says = WRONG_KEYS[name]
    with pytest.raises(OptionError, match=says):
        load_private_key(TO_TEXT[damage](text) if damage else text, "private_key")


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe-----BEGIN", b"0" * 100_000 + b"-----BEGIN", b"\xff\xfe\xff"],
    ids=["a byte order mark and ASCII", "long", "bytes"],
)
def test_file_without_key_is_rejected(tmp_path, content):
    path = tmp_path / "app.pem"
    path.write_bytes(content)
    with pytest.raises(
        OptionError, match="^private_key_path is not a private key: it does not contain the line -----BEGIN"
    ):
        credentials_from({"app_id": "1", "private_key_path": str(path)})


def test_without_cryptography_the_library_is_named(monkeypatch):
    monkeypatch.setattr(private_keys, "HAS_CRYPTOGRAPHY", False)
    with pytest.raises(MissingLibraryError, match="^The Python library cryptography is missing"):
        load_private_key("x", "private_key")


def test_a_cryptography_that_always_checks_the_primes(options, monkeypatch):
    genuine = private_keys.load_der_private_key

    def before_39(data, password):
        return genuine(data, password)

    monkeypatch.setattr(private_keys, "load_der_private_key", before_39)
    key = private_keys.load_private_key(options["private_key"], "private_key")
    assert key.key_size == 2048
