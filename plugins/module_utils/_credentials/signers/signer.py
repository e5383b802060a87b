# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all signers have in common.

A signer signs with the private key of an app, which stays in another program or service.
"""

from __future__ import annotations

from typing import AbstractSet, Any, Callable, Iterable, Mapping, Optional, Protocol, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import SignerError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import number
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.private_keys import decoded

SIZES = range(256, 513)  # bytes of the signature of an RSA key with 2048 to 4096 bits

# Returns the option that provides a secret (its name, or its name with _path), and the secret.
ReadSecret = Callable[[str], Tuple[str, Optional[str]]]


class Signer(Protocol):
    """A program or a service that signs with a key."""

    @property
    def option(self) -> str:
        """The option that selects the signer, for messages."""

    @property
    def requirement(self) -> str:
        """A sentence for messages: the kind of key or output that is required."""

    @property
    def identity(self) -> Tuple[Any, ...]:
        """What distinguishes the signer from others: its key and its credentials, which are secret."""

    def sign(self, data: bytes) -> bytes:
        """The signature of the data: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017).

        :raises SignerError: there is no signature. :raises MissingLibraryError: the signer's library is missing.
        """

    def public_key(self) -> Optional[bytes]:
        """The public key in DER format (RFC 5280, SubjectPublicKeyInfo); None if the signer does not return it."""


def sign(signer: Signer, data: bytes) -> bytes:
    """The signature of the data. Raises the errors of `Signer.sign`, also if the result is not a signature."""
    signature = signer.sign(data)
    if len(signature) not in SIZES:
        raise SignerError(
            f"{signer.option} returned {len(signature)} bytes, which are not the signature of an RSA key with 2048 to"
            f" 4096 bits. {signer.requirement}"
        )
    return signature


def signature_in(output: bytes) -> bytes:
    """The signature in the output of a program or a service, which may be Base64 of either alphabet."""
    return decoded(output.decode("latin-1")) or output


def sentence_for(names: AbstractSet[str], sentences: Iterable[Tuple[AbstractSet[str], str]]) -> str:
    """The first sentence for one of the names."""
    return next(sentence for known, sentence in sentences if known & names)


def timeout_from(options: Mapping[str, Any]) -> int:
    """Seconds to wait for a program to end, or for each response of a service."""
    return number(options, "signer_timeout", 30, 1, 3600)
