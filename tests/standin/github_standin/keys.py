# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RSA keys of apps, generated once per process and shared by all of its servers."""

from __future__ import annotations

import threading
from typing import Dict, Tuple

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_CACHE: Dict[str, Tuple[str, str]] = {}
_LOCK = threading.Lock()


def generated_keys(slug: str) -> Tuple[str, str]:
    """Return the private key that was generated for the app ``slug``, and its public key as PEM."""
    with _LOCK:
        if slug not in _CACHE:
            _CACHE[slug] = new_keys()
        return _CACHE[slug]


def new_keys() -> Tuple[str, str]:
    """Generate a private key (PKCS#1, like GitHub's keys) and return it and its public key as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    ).decode("ascii")
    return pem, public_key_of(pem)


def public_key_of(private_pem: str) -> str:
    """Return the public key of a private key as PEM."""
    key = serialization.load_pem_private_key(private_pem.encode("utf-8"), password=None)
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem.decode("ascii")


def check_public_key(public_pem: str) -> str:
    """Return the PEM unchanged if it is an RSA public key. Raises ValueError."""
    key = serialization.load_pem_public_key(public_pem.encode("utf-8"))
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("not an RSA public key")
    return public_pem
