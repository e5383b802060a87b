# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signatures of the transit secrets engine of HashiCorp Vault or OpenBao.

https://developer.hashicorp.com/vault/api-docs/secret/transit#sign-data
"""

from __future__ import annotations

import base64
from contextlib import suppress
from dataclasses import astuple, dataclass
from typing import Any, Callable, ClassVar, Optional, Tuple, TypeVar, Union

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    MissingLibraryError,
    SignerError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.private_keys import find_blocks
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.signers.signer import signature_in
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.signers.vault_failures import (
    describe_failure,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.signers.vault_login import VaultLogin

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class VaultSigner:
    """:param verify: True, False or the path of a CA bundle. :param timeout: seconds to wait for each response."""

    url: str
    namespace: Optional[str]
    mount: str
    key: str
    login: VaultLogin
    verify: Union[bool, str]
    timeout: int
    option: str
    requirement: ClassVar[str] = (
        "vault_transit_key must name a key of the type rsa-2048 that was imported from the app's private key."
    )

    @property
    def identity(self) -> Tuple[Any, ...]:
        return ("Vault", self.url, self.namespace, self.mount, self.key, astuple(self.login))

    def sign(self, data: bytes) -> bytes:
        def ask(client: Any) -> str:
            answer = client.secrets.transit.sign_data(
                name=self.key,
                hash_input=base64.b64encode(data).decode(),
                hash_algorithm="sha2-256",
                signature_algorithm="pkcs1v15",
                mount_point=self.mount,
            )
            return str(answer["data"]["signature"])  # vault:v1:Base64

        return signature_in(self._ask(ask).rpartition(":")[2].encode())

    def public_key(self) -> Optional[bytes]:
        def ask(client: Any) -> bytes:
            key = client.secrets.transit.read_key(name=self.key, mount_point=self.mount)["data"]
            return find_blocks(key["keys"][str(key["latest_version"])]["public_key"])[0].data

        with suppress(SignerError):
            return self._ask(ask)
        return None

    def _ask(self, ask: Callable[[Any], Answer]) -> Answer:
        """The result of a function that is called with a client of hvac."""
        try:
            import hvac
        except ImportError:
            raise MissingLibraryError("hvac", packages="hvac") from None
        is_logged_in = False
        try:
            client = hvac.Client(
                url=self.url,
                token=self.login.first_token,
                verify=self.verify,
                timeout=self.timeout,
                namespace=self.namespace,
            )
            self.login.log_in(client)
            is_logged_in = True
            try:
                return ask(client)
            finally:
                self.login.log_out(client)
        except Exception as error:
            values = {**vars(self), "login": self.login.options, "requirement": self.requirement}
            reason = describe_failure(error, is_logged_in, values)
            raise SignerError(f"{self.option}: {reason}") from None
