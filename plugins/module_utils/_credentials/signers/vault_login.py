# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logins to HashiCorp Vault or OpenBao: with a token, with AppRole, or with a JWT."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Optional


@dataclass(frozen=True)
class VaultLogin:
    """:param options: the options that are set, for messages. :param role: ID of an AppRole, or name of a JWT role."""

    options: str
    mount: str
    token: Optional[str] = field(default=None, repr=False)
    role: Optional[str] = None
    secret_id: Optional[str] = field(default=None, repr=False)
    jwt: Optional[str] = field(default=None, repr=False)

    @property
    def first_token(self) -> Optional[str]:
        """The token before the login. None stands for ~/.vault-token, which hvac reads."""
        return "" if self.role or self.jwt else self.token

    def log_in(self, client: Any) -> None:
        """Give the client (hvac.Client) a token. Raises the exceptions of hvac and requests."""
        if self.jwt:
            client.auth.jwt.jwt_login(role=self.role, jwt=self.jwt, path=self.mount)
        elif self.role:
            client.auth.approle.login(role_id=self.role, secret_id=self.secret_id, mount_point=self.mount)

    def log_out(self, client: Any) -> None:
        """Revoke the token, if it is that of a login. Without the permission to revoke it, it expires."""
        if self.role or self.jwt:
            with suppress(Exception):  # of hvac and requests
                client.auth.token.revoke_self()
