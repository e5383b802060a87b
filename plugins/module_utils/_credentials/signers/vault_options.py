# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the signer for HashiCorp Vault and OpenBao."""

from __future__ import annotations

import os
import re
from typing import AbstractSet, Any, Mapping, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import quoted
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.signers.signer import (
    ReadSecret,
    timeout_from,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.signers.vault import VaultSigner
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.signers.vault_login import VaultLogin

NAME = r"\w([\w.-]*\w)?"
PATH = rf"{NAME}(/{NAME})*"
# Without options, the token is in the environment or in a file of Vault's own tools.
LOGINS: Tuple[AbstractSet[str], ...] = (
    frozenset(),
    {"vault_token"},
    {"vault_role_id"},
    {"vault_role_id", "vault_secret_id"},
    {"vault_role_id", "vault_jwt"},
    {"vault_jwt"},
)


def vault_signer(options: Mapping[str, Any], option: str, read_secret: ReadSecret) -> VaultSigner:
    environment = os.environ
    url = options.get("vault_url") or environment.get("VAULT_ADDR") or ""
    if not re.fullmatch(r"https?://[^\s/@?#]+(/[^\s?#]*)?", url):
        raise OptionError(f"{option} requires vault_url (or VAULT_ADDR), a URL such as https://vault.example.com:8200.")
    is_insecure = environment.get("VAULT_SKIP_VERIFY", "").lower() in ("1", "t", "true")
    trusted = environment.get("VAULT_CACERT") or environment.get("VAULT_CAPATH") or True
    return VaultSigner(
        url=url,
        namespace=options.get("vault_namespace") or environment.get("VAULT_NAMESPACE"),
        mount=checked("vault_transit_mount", options.get("vault_transit_mount") or "transit", PATH),
        key=checked("vault_transit_key", options["vault_transit_key"], NAME),
        login=login_from(options, read_secret),
        verify=options.get("vault_ca_path") or (False if is_insecure else trusted),
        timeout=timeout_from(options),
        option=option,
    )


def login_from(options: Mapping[str, Any], read_secret: ReadSecret) -> VaultLogin:
    """The login that the options describe; `OptionError` if they do not describe one login."""
    found = {"vault_role_id": ("vault_role_id", options.get("vault_role_id"))}
    found.update({name: read_secret(name) for name in ("vault_token", "vault_secret_id", "vault_jwt")})
    given = {name: option for name, (option, value) in found.items() if value}
    if set(given) not in LOGINS:
        raise OptionError(
            f"Vault does not support a login with {' and '.join(given.values())}. Set a token, or vault_role_id with a secret ID"
            " or a JWT."
        )
    default_mount = "jwt" if "vault_jwt" in given else "approle"
    return VaultLogin(
        options=" and ".join(given.values()) or "VAULT_TOKEN or ~/.vault-token",
        mount=checked("vault_auth_mount", options.get("vault_auth_mount") or default_mount, PATH),
        token=found["vault_token"][1] if given else os.environ.get("VAULT_TOKEN"),
        role=found["vault_role_id"][1],
        secret_id=found["vault_secret_id"][1],
        jwt=found["vault_jwt"][1],
    )


def checked(option: str, value: str, pattern: str) -> str:
    """A value that becomes part of a URL. `OptionError` if it is not valid there."""
    value = value.strip("/")
    if not re.fullmatch(pattern, value, re.ASCII):
        raise OptionError(f"{option} {quoted(value)} is not valid. Use the name or the path that Vault shows.")
    return value
