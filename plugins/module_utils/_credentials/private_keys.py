# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Load private keys, including keys that editors, forms, vaults and shells have altered.

GitHub issues keys in PKCS#1 PEM format
(https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/
managing-private-keys-for-github-apps); PKCS#8 is supported as well. Only the base64 between the lines BEGIN and END is
used (RFC 7468), and its content (RFC 8017, RFC 5208) determines the format.
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
        load_der_public_key,
        load_pem_private_key,
    )
except ImportError:  # pragma: no cover - sanity's import test loads this without it
    HAS_CRYPTOGRAPHY = False
else:
    HAS_CRYPTOGRAPHY = True

LEAST_BITS = 2048  # size of the keys that GitHub generates
MOST_DAMAGES = 12  # layers of encoding that are undone
REMEDY = "Use the PEM file that was downloaded when the key was generated in the app's settings."

# Editors replace two hyphens with a typographic dash.
DASH = "[-\u2010-\u2015\u2212]"
BLOCK = re.compile(
    rf"{DASH}{{2,}}\s*BEGIN\s+([A-Z0-9\s]+?)\s*{DASH}{{2,}}(.*?)(?:{DASH}{{2,}}\s*(END)\b|\Z)", re.DOTALL
)
# A key encrypted by OpenSSL (RFC 1421). The initialization vector is as long as a block of the cipher.
ENCRYPTED_HEADER = re.compile(
    r"Proc-Type:\s*4\s*,\s*ENCRYPTED\s*DEK-Info:\s*(AES-\d+-CBC\s*,\s*[0-9A-F]{32}|DES[A-Z0-9-]*-CBC\s*,\s*[0-9A-F]{16})",
    re.IGNORECASE,
)
NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")

INTEGER, BIT_STRING, OCTET_STRING, OBJECT_ID, SEQUENCE = 2, 3, 4, 6, 0x30


class Block(NamedTuple):
    """A PEM block.

    :param data: the decoded bytes. :param header: PEM header of an encrypted key. :param is_closed: whether the END
    line exists.
    """

    label: str
    data: bytes
    header: str
    is_closed: bool


def load_private_key(text: str, option: str, passphrase: Optional[str] = None) -> RSAPrivateKey:
    """The RSA key in `text`.

    :raises OptionError: the text is not a usable key. The message describes it without quoting it.
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
        raise OptionError(f"{option} is encrypted. Set private_key_passphrase.")
    try:
        key = parse(block, passphrase.encode() if is_encrypted and passphrase else None)
    except Exception:  # cryptography raises different types, and their messages may quote the input
        if is_encrypted:
            raise OptionError(f"private_key_passphrase does not decrypt {option}, or the key is damaged.") from None
        raise OptionError(
            f"{option} is damaged. It looks like a PEM file, but does not contain a readable key. {REMEDY}"
        ) from None
    if not isinstance(key, RSAPrivateKey):
        raise OptionError(f"{option} is not an RSA key. GitHub Apps only support RSA keys. {REMEDY}")
    if key.key_size < LEAST_BITS:
        raise OptionError(
            f"{option} is a key with only {key.key_size} bits, which is not secure. GitHub generates keys with"
            f" {LEAST_BITS} bits. {REMEDY}"
        )
    return key


def public_bytes(key: RSAPrivateKey) -> bytes:
    """The public key in DER format (RFC 5280, SubjectPublicKeyInfo)."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def size_of(public_key: bytes) -> Optional[int]:
    """The size in bits of a public key in DER format; None if a service returned something else."""
    try:
        return getattr(load_der_public_key(public_key), "key_size", None)
    except Exception:  # cryptography raises different types
        return None


def private_bytes(key: RSAPrivateKey) -> bytes:
    """The private key in a normalized form, independent of how it is stored."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def find_blocks(text: str) -> List[Block]:
    """The PEM blocks in the text. Layers of encoding are removed until one is found."""
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
    """The text without escapes, including nested ones."""
    for _damage in range(MOST_DAMAGES):
        before, text = text, unescaped_once(text)
        if text == before:
            break
    return text


def unescaped_once(text: str) -> str:
    """Decode escapes of JSON, YAML and shells, HTML entities, and percent encoding."""
    text = INVISIBLE.sub("", text)
    text = re.sub(r"\\\r?\n\s*", "", text)
    text = re.sub(r"\\+[rnt ]", "\n", text.replace("\\0", ""))
    text = re.sub(r"\\+(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))", lambda match: chr(int(match[1] or match[2], 16)), text)
    if "&" in text:
        text = unescape(text)
    if "%" not in text:
        return text
    # In form data, a plus sign means a space, and an actual plus sign is percent-encoded.
    is_form = "BEGIN+" in text or ("+" in text and "%2B" in text.upper())
    return unquote_plus(text) if is_form else unquote(text)


def text_of(data: bytes) -> str:
    """The text of a file in any encoding; base64 if the file is a key in DER format."""
    if contents_of(data):
        return base64.b64encode(data).decode()
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    return data.replace(b"\0", b"").decode("utf-8-sig", errors="replace")


def decoded(text: str) -> bytes:
    """The decoded base64, with or without padding, of either alphabet (RFC 4648); empty if the text is not base64."""
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
    """Raise `OptionError` if the block is not a private key that a GitHub App can use."""
    found = contents_of(block.data)
    if found == "openssh" or "OPENSSH" in block.label:
        raise OptionError(
            f"{option} is an OpenSSH private key. {REMEDY} If this is the app's key, you can also convert a copy of it"
            " with: ssh-keygen -p -m PEM -f FILE"
        )
    label = {"certificate": "certificate", "public": "public key"}.get(found, "")
    if not found and "PRIVATE KEY" not in block.label:
        label = block.label.lower()
    if label:
        raise OptionError(f"{option} contains a {label}, not the RSA private key of an app. {REMEDY}")
    if found == "elliptic":
        raise OptionError(f"{option} is not an RSA key. GitHub Apps only support RSA keys. {REMEDY}")
    if not block.is_closed and not found and not block.header:
        raise OptionError(f"{option} is not a private key: it contains only the beginning of a PEM file. {REMEDY}")


def parse(block: Block, passphrase: Optional[bytes]) -> Any:
    """The key in the block, without checking its primes, which takes 25 of 26 ms (4096 bits: 180 ms).

    The check is only needed for keys from untrusted sources. This key belongs to the user, GitHub rejects the
    signatures of a broken key, and OpenSSL verifies each signature that it creates. cryptography before 39 always
    checks.
    """
    load, data = load_der_private_key, block.data
    if block.header:
        # In a key with a header, older versions of OpenSSL only accept lines of 64 characters.
        body = "\n".join(re.findall(".{1,64}", base64.b64encode(block.data).decode())) + "\n"
        load = load_pem_private_key
        data = f"-----BEGIN RSA PRIVATE KEY-----\n{block.header}{body}-----END RSA PRIVATE KEY-----\n".encode()
    try:
        return load(data, passphrase, unsafe_skip_rsa_key_validation=True)
    except TypeError:
        return load(data, passphrase)


def contents_of(data: bytes) -> str:
    """The kind of a complete private key, public key or certificate by its structure (X.690); empty for other data."""
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
    """Tag and content of each complete element of a DER encoding."""
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
    """A description of a value that is not a key, and what to do, without quoting it."""
    text = text.strip().strip("\"'")
    if text.startswith("$ANSIBLE_VAULT"):
        return (
            "it is encrypted with Ansible Vault. Use private_key: \"{{ lookup('ansible.builtin.file', FILE) }}\","
            " which decrypts the file."
        )
    if text == "$encrypted$":
        return "it is the placeholder that AWX shows instead of a secret. Use the key itself."
    if re.fullmatch(r"(SHA256:|MD5:)?([A-Za-z0-9+/]{43}=?|([0-9a-fA-F]{2}:){15,}[0-9a-fA-F]{2})", text):
        return f"it looks like the fingerprint of a key. {REMEDY}"
    if re.fullmatch(r"[0-9a-fA-F]{40}", text):
        return f"it looks like a client secret. {REMEDY}"
    if option == "private_key" and re.fullmatch(r"[~./\w-]+\.(pem|key)", text):
        return "it looks like a path. Use private_key_path for a path."
    return f"it does not contain the line -----BEGIN RSA PRIVATE KEY-----. {REMEDY}"
