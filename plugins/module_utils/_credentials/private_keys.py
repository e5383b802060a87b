# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The private key in a text, whatever editors, forms, vaults and shells did to it.

GitHub issues PKCS#1 PEM (https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/
managing-private-keys-for-github-apps); PKCS#8 serves as well. Only the Base64 between the lines BEGIN and END counts (RFC 7468), and
what it contains (RFC 8017, RFC 5208) decides how it is read.
"""

from __future__ import annotations

import base64
import binascii
import re
from html import unescape
from typing import Any, Iterator, List, NamedTuple, Optional, Tuple
from urllib.parse import unquote, unquote_plus

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import MissingLibraryError, OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import INVISIBLE

try:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
        load_der_private_key,
        load_pem_private_key,
    )
except ImportError:  # pragma: no cover - sanity's import test loads this without it
    HAS_CRYPTOGRAPHY = False
else:
    HAS_CRYPTOGRAPHY = True

LEAST_BITS = 2048  # which the keys have that GitHub generates
MOST_DAMAGES = 12  # that are undone one after the other
REMEDY = "Give the PEM file that was downloaded when the key was generated in the app's settings."

# Editors make typographic dashes of two hyphens.
DASH = "[-\u2010-\u2015\u2212]"
BLOCK = re.compile(
    rf"{DASH}{{2,}}\s*BEGIN\s+([A-Z0-9\s]+?)\s*{DASH}{{2,}}(.*?)(?:{DASH}{{2,}}\s*(END)\b|\Z)", re.DOTALL
)
# A key that OpenSSL encrypted (RFC 1421). The initialization vector has as many digits as a block of the cipher.
ENCRYPTED_HEADER = re.compile(
    r"Proc-Type:\s*4\s*,\s*ENCRYPTED\s*DEK-Info:\s*(AES-\d+-CBC\s*,\s*[0-9A-F]{32}|DES[A-Z0-9-]*-CBC\s*,\s*[0-9A-F]{16})",
    re.IGNORECASE,
)
NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")

INTEGER, BIT_STRING, OCTET_STRING, OBJECT_ID, SEQUENCE = 2, 3, 4, 6, 0x30


class Block(NamedTuple):
    """What stands between BEGIN and END.

    :param data: the bytes in it. :param header: of an encrypted key, as PEM has it. :param is_closed: whether there is an END.
    """

    label: str
    data: bytes
    header: str
    is_closed: bool


def load_private_key(text: str, option: str, passphrase: Optional[str] = None) -> RSAPrivateKey:
    """The RSA key in `text`.

    :raises OptionError: says what is there instead, and never quotes it.
    """
    if not HAS_CRYPTOGRAPHY:
        raise MissingLibraryError("cryptography")
    blocks = find_blocks(text)
    if not blocks:
        raise OptionError(f"{option} is not a private key: {describe_other(text, option)}")
    block = next(filter(is_private, blocks), blocks[0])
    refuse_other_contents(block, option)
    is_encrypted = bool(block.header) or contents_of(block.data) == "encrypted"
    if is_encrypted and not passphrase:
        raise OptionError(f"{option} is encrypted: give private_key_passphrase.")
    try:
        key = parse(block, passphrase.encode() if is_encrypted and passphrase else None)
    except Exception:  # cryptography raises several kinds, and their texts may quote the input
        if is_encrypted:
            raise OptionError(f"private_key_passphrase does not open {option}, or the key is garbled.") from None
        raise OptionError(
            f"{option} is garbled: it looks like a PEM file, but no key can be read from it. {REMEDY}"
        ) from None
    if not isinstance(key, RSAPrivateKey):
        raise OptionError(f"{option} is not an RSA key; GitHub Apps sign with RSA only. {REMEDY}")
    if key.key_size < LEAST_BITS:
        raise OptionError(
            f"{option} is a key of {key.key_size} bits, which is not safe; GitHub's keys have {LEAST_BITS}. {REMEDY}"
        )
    return key


def public_bytes(key: RSAPrivateKey) -> bytes:
    """The public half of the key, in DER (RFC 5280, SubjectPublicKeyInfo)."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def private_bytes(key: RSAPrivateKey) -> bytes:
    """The key as a secret that only its holders have, whatever form they keep it in."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def find_blocks(text: str) -> List[Block]:
    """The blocks in the text, after as many damages were undone as it takes to see one."""
    for _damage in range(MOST_DAMAGES):
        text = unescaped(text)
        blocks = [block_from(*found) for found in BLOCK.findall(text)]
        if blocks:
            return blocks
        data = decoded(re.sub(r"^[\s\"']*data:[^,]*,", "", text))
        if contents_of(data):
            return [Block("", data, "", True)]
        if not data:
            return []
        text = text_of(data)
    return []


def unescaped(text: str) -> str:
    """The text without what encodes characters of PEM, also where that was encoded again."""
    for _damage in range(MOST_DAMAGES):
        before, text = text, unescaped_once(text)
        if text == before:
            break
    return text


def unescaped_once(text: str) -> str:
    """Undoes escapes of JSON, YAML and shells, entities of HTML, and percent encoding."""
    text = INVISIBLE.sub("", text)
    text = re.sub(r"\\\r?\n\s*", "", text)
    text = re.sub(r"\\+[rnt ]", "\n", text.replace("\\0", ""))
    text = re.sub(r"\\+(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))", lambda match: chr(int(match[1] or match[2], 16)), text)
    if "&" in text:
        text = unescape(text)
    if "%" not in text:
        return text
    # In a form, a plus sign is a space, and a plus sign itself is encoded.
    is_form = "BEGIN+" in text or ("+" in text and "%2B" in text.upper())
    return unquote_plus(text) if is_form else unquote(text)


def text_of(data: bytes) -> str:
    """The text in a file, of whatever encoding; of a key without text, in DER, its Base64."""
    if contents_of(data):
        return base64.b64encode(data).decode()
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    return data.replace(b"\0", b"").decode("utf-8-sig", errors="replace")


def decoded(text: str) -> bytes:
    """What the text is the Base64 of, with or without padding, of either alphabet (RFC 4648); empty where it is none."""
    compact = re.sub(r"[\s\\]", "", text).strip("\"'`,;|>").replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def block_from(label: str, body: str, end: str) -> Block:
    found = ENCRYPTED_HEADER.search(body)
    header = ""
    if found:
        header = f"Proc-Type: 4,ENCRYPTED\nDEK-Info: {''.join(found[1].split())}\n\n"
        body = body[found.end() :]
    # Mail encodes = as =3D (RFC 2045).
    return Block(" ".join(label.split()), decoded(NOT_BASE64.sub("", body.replace("=3D", ""))), header, bool(end))


def is_private(block: Block) -> bool:
    return bool(block.header) or contents_of(block.data) in ("PKCS#1", "PKCS#8", "encrypted", "elliptic")


def refuse_other_contents(block: Block, option: str) -> None:
    """`OptionError` for what is no private key that a GitHub App can have."""
    found = contents_of(block.data)
    if found == "openssh" or "OPENSSH" in block.label:
        raise OptionError(
            f"{option} is an OpenSSH private key. If it is the app's key, convert a copy of it with: ssh-keygen -p -m PEM -f FILE."
            f" Otherwise: {REMEDY}"
        )
    label = {"certificate": "certificate", "public": "public key"}.get(found, "")
    if not found and "PRIVATE KEY" not in block.label:
        label = block.label.lower()
    if label:
        raise OptionError(f"{option} holds a {label}, not the RSA private key of an app. {REMEDY}")
    if found == "elliptic":
        raise OptionError(f"{option} is not an RSA key; GitHub Apps sign with RSA only. {REMEDY}")
    if not block.is_closed and not found and not block.header:
        raise OptionError(f"{option} is not a private key: only the beginning of a PEM file is there. {REMEDY}")


def parse(block: Block, passphrase: Optional[bytes]) -> Any:
    """The key in the block, without the check of its primes, which takes 25 of 26 ms (4096 bits: 180 ms).

    The check protects whoever takes keys from strangers. This key is the user's own; GitHub refuses what a broken one
    signs, and OpenSSL verifies each signature before it gives it away. cryptography before 39 always checks.
    """
    load, data = load_der_private_key, block.data
    if block.header:
        # Older versions of OpenSSL read lines of 64 characters only where there is a header.
        body = "\n".join(re.findall(".{1,64}", base64.b64encode(block.data).decode())) + "\n"
        load = load_pem_private_key
        data = f"-----BEGIN RSA PRIVATE KEY-----\n{block.header}{body}-----END RSA PRIVATE KEY-----\n".encode()
    try:
        return load(data, passphrase, unsafe_skip_rsa_key_validation=True)
    except TypeError:
        return load(data, passphrase)


def contents_of(data: bytes) -> str:
    """What the bytes are, by their structure (X.690): a complete private key, public key or certificate; empty for anything else."""
    if data.startswith(b"openssh-key-v1\0"):
        return "openssh"
    outer = next(elements(data), None)
    if outer is None or outer[0] != SEQUENCE:
        return ""
    inner = list(elements(outer[1]))
    tags = tuple(tag for tag, _content in inner)
    if tags[:3] == (INTEGER, SEQUENCE, OCTET_STRING):
        return "PKCS#8"
    if tags[:2] == (INTEGER, OCTET_STRING):
        return "elliptic"
    if len(tags) >= 9 and set(tags[:9]) == {INTEGER}:
        return "PKCS#1"
    if tags == (SEQUENCE, OCTET_STRING):
        return "encrypted"
    if tags in ((SEQUENCE, BIT_STRING), (INTEGER, INTEGER)):
        return "public"
    return "certificate" if tags == (SEQUENCE, SEQUENCE, BIT_STRING) else ""


def elements(data: bytes) -> Iterator[Tuple[int, bytes]]:
    """Tag and content of each element of a DER encoding, as far as they are complete."""
    position = 0
    while position + 2 <= len(data):
        tag, length, position = data[position], data[position + 1], position + 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(data[position : position + size], "big") if 0 < size <= 4 else len(data) + 1
            position += size
        if position + length > len(data):
            return
        yield tag, data[position : position + length]
        position += length


def describe_other(text: str, option: str) -> str:
    """What was given in place of a key, and what to do about it, without quoting it."""
    text = text.strip().strip("\"'")
    if text.startswith("$ANSIBLE_VAULT"):
        return (
            "it is encrypted with Ansible Vault. Give it as private_key: \"{{ lookup('ansible.builtin.file', FILE) }}\", which"
            " decrypts it."
        )
    if text == "$encrypted$":
        return "it is the placeholder that AWX shows instead of a secret. Give the key itself."
    if re.fullmatch(r"(SHA256:|MD5:)?([A-Za-z0-9+/]{43}=?|([0-9a-fA-F]{2}:){15,}[0-9a-fA-F]{2})", text):
        return f"it looks like the fingerprint of a key. {REMEDY}"
    if re.fullmatch(r"[0-9a-fA-F]{40}", text):
        return f"it looks like a client secret. {REMEDY}"
    if option == "private_key" and re.fullmatch(r"[~./\w-]+\.(pem|key)", text):
        return "it looks like a path; a path goes into private_key_path."
    return f"no line -----BEGIN RSA PRIVATE KEY----- is in it. {REMEDY}"
