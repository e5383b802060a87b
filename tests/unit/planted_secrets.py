# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Unique and realistic secrets without any use, for tests of misplaced secrets.

They are derived from their kind and a number, so that a shown secret reveals where it was used.

Sources: https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/ for tokens
and their checksum, RFC 8017 (A.1.2), RFC 5208 and RFC 1421 for keys, RFC 7519 for JWTs.
"""

from __future__ import annotations

import base64
import json
import re
import string
import textwrap
import zlib
from hashlib import shake_256
from typing import Callable, Dict, List

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
RSA_ENCRYPTION = bytes.fromhex("300d06092a864886f70d0101010500")  # the AlgorithmIdentifier
# PBES2 with PBKDF2 and AES-256-CBC, as encoded by OpenSSL and cryptography, up to the salt.
PBES2 = bytes.fromhex("305706092a864886f70d01050d304a302906092a864886f70d01050c301c0408")
JWT_HEADER = {"alg": "RS256", "typ": "JWT"}
PIECE = 12  # characters: too many for a coincidence, few enough to find shortened secrets


def noise(seed: str, length: int) -> bytes:
    return shake_256(seed.encode()).digest(length)


def base62(seed: str, length: int) -> str:
    return "".join(BASE62[byte % 62] for byte in noise(seed, length))


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(prefix: str, seed: str, length: int = 36) -> str:
    """Return a token whose last six characters are the checksum of the others."""
    text = base62(prefix + seed, length - 6)
    checksum, rest = "", zlib.crc32(text.encode())
    for _position in range(6):
        rest, digit = divmod(rest, 62)
        checksum = BASE62[digit] + checksum
    return prefix + text + checksum


def jwt(seed: str) -> str:
    number = int.from_bytes(noise(f"issuer {seed}", 3), "big")
    claims = {"iat": 1790000000 + number, "exp": 1790000600 + number, "iss": str(1000000 + number)}
    parts = [json.dumps(part, separators=(",", ":")).encode() for part in (JWT_HEADER, claims)]
    return ".".join(base64url(part) for part in (*parts, noise(f"signature {seed}", 256)))


def der(tag: int, content: bytes) -> bytes:
    """Return a DER value of 128 bytes or more."""
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 + len(length)]) + length + content


def pkcs1(seed: str) -> bytes:
    """Return data in the form of an RSA key of 2048 bits, but without primes."""

    def integer(name: str, size: int) -> bytes:
        return der(2, b"\0" + bytes([0xC5]) + noise(f"{name} {seed}", size - 1))

    names = {"n": 256, "d": 256, "p": 128, "q": 128, "dp": 128, "dq": 128, "qinv": 128}
    numbers = [integer(name, size) for name, size in names.items()]
    numbers.insert(1, bytes.fromhex("0203010001"))  # 65537
    return der(0x30, bytes.fromhex("020100") + b"".join(numbers))


def pkcs8(seed: str) -> bytes:
    return der(0x30, bytes.fromhex("020100") + RSA_ENCRYPTION + der(4, pkcs1(seed)))


def encrypted(seed: str) -> bytes:
    iterations_to_cipher = bytes.fromhex("02020800300c06082a864886f70d02090500301d060960864801650304012a0410")
    parameters = PBES2 + noise(f"salt {seed}", 8) + iterations_to_cipher + noise(f"vector {seed}", 16)
    return der(0x30, parameters + der(4, noise(f"cipher text {seed}", 1232)))


def pem(label: str, data: bytes, headers: str = "") -> str:
    lines = "\n".join(textwrap.wrap(base64.b64encode(data).decode(), 64))
    return f"-----BEGIN {label}-----\n{headers}{lines}\n-----END {label}-----\n"


def rsa_pem(seed: str) -> str:
    return pem("RSA PRIVATE KEY", pkcs1(seed))


KINDS: Dict[str, Callable[[int], str]] = {
    "PKCS#1 key": lambda number: rsa_pem(f"pkcs1 {number}"),
    "PKCS#8 key": lambda number: pem("PRIVATE KEY", pkcs8(f"pkcs8 {number}")),
    "encrypted key": lambda number: pem("ENCRYPTED PRIVATE KEY", encrypted(f"encrypted {number}")),
    "encrypted PKCS#1 key": lambda number: pem(
        "RSA PRIVATE KEY",
        noise(f"encrypted pkcs1 {number}", 1200),
        f"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{noise(f'vector {number}', 16).hex().upper()}\n\n",
    ),
    "key with literal newlines": lambda number: rsa_pem(f"literal {number}").replace("\n", "\\n"),
    "key on one line": lambda number: rsa_pem(f"joined {number}").replace("\n", " ").strip(),
    "base64 of a key": lambda number: base64.b64encode(rsa_pem(f"encoded {number}").encode()).decode(),
    "key without its frame": lambda number: base64.b64encode(pkcs1(f"frameless {number}")).decode(),
    "personal access token (classic)": lambda number: token("ghp_", str(number)),
    "fine-grained personal access token": lambda number: (
        f"github_pat_{base62(f'owner {number}', 22)}_{base62(f'fine-grained {number}', 59)}"
    ),
    "OAuth token": lambda number: token("gho_", str(number)),
    "user token of an app": lambda number: token("ghu_", str(number)),
    "refresh token": lambda number: token("ghr_", str(number), 76),
    "installation token": lambda number: token("ghs_", str(number)),
    "long installation token": lambda number: f"ghs_{1000000 + number}_{jwt(f'installation {number}')}",
    "old installation token": lambda number: f"v1.{noise(f'old {number}', 20).hex()}",
    "Vault token": lambda number: f"hvs.{base62(f'vault {number}', 90)}",
    "JWT": lambda number: jwt(f"app {number}"),
    "40 hex digits": lambda number: noise(f"hex {number}", 20).hex(),
    "Bearer and token": lambda number: "Bearer " + token("ghs_", f"bearer {number}"),
    "token and token": lambda number: "token " + token("ghp_", f"header {number}"),
    "URL with a token": lambda number: (
        f"https://x-access-token:{token('ghs_', f'url {number}')}@github.com/octo-org/hello-world.git"
    ),
    "token in white space": lambda number: f"  {token('ghp_', f'space {number}')} \n",
    "token in quotes": lambda number: f'"{token("gho_", f"quotes {number}")}"',
}

# Parts that all secrets of a kind share and that are not secret: the frame of a key, the beginning of its DER, its
# exponent 65537, header and claims of a JWT.
SHARED = re.compile(
    r"-----[A-Z ]+-----|Proc-Type: 4,ENCRYPTED|DEK-Info: [A-Z0-9-]+,"
    r"|\bLS0t[A-Za-z0-9+/]{80}|LS0t[A-Za-z0-9+/=]{,40}$"
    r"|\bMIIF\w{4}BgkqhkiG9w0BBQ0[A-Za-z0-9+/\s]{,160}|\bMII[A-Za-z0-9+/]{50}"
    r"|\w{,4}(AQABAo|EAAQKC|BAAECgg|CAwEAA|RefRQUJ)\w{,8}"
    r"|(gh[a-z]|github_pat)_(\d{7}_)?|eyJhbGciOi\w+\.eyJ\w+\.|https?://[a-z-]+:|@[a-z.]+/\S*"
)


def planted(kind: str, number: int) -> str:
    """Return the secret of this kind with this number."""
    return KINDS[kind](number)


def fragments(secret: str) -> List[str]:
    """Return pieces of a secret that must never be shown and that neither quoting nor line breaks change.

    Every sequence of 23 letters and digits contains a whole piece, so that shortened secrets are found, too.
    """
    runs = re.findall(r"[A-Za-z0-9]+", SHARED.sub(" ", secret.replace("\\n", "\n")))
    return [run[start : start + PIECE] for run in runs for start in range(0, len(run) - PIECE + 1, PIECE)]


def shown(text: str, secret: str) -> List[str]:
    """Return the pieces of a secret that a text contains, ignoring case because URLs can change it."""
    text = text.casefold()
    return [piece for piece in fragments(secret) if piece.casefold() in text]
