# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options shared by modules and lookups, and how their values are combined with environment variables.

The options are documented in the doc fragments; a test compares the two.
"""

from __future__ import annotations

import re
from typing import Any, Collection, Dict, FrozenSet, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import quoted

ArgumentSpec = Dict[str, Dict[str, Any]]

SERVER: ArgumentSpec = {
    "api_url": {"type": "str"},
    "server_version": {"type": "raw"},
    "api_version": {"type": "str"},
    "validate_certs": {"type": "bool"},
    "ca_path": {"type": "path"},
    "timeout": {"type": "int"},
    "retries": {"type": "int"},
    "max_wait": {"type": "int"},
    "points_per_minute": {"type": "int"},
}

APP: ArgumentSpec = {
    "app_id": {"type": "str"},
    "client_id": {"type": "str"},
    "private_key": {"type": "str", "no_log": True},
    "private_key_path": {"type": "path", "no_log": False},
    "private_key_passphrase": {"type": "str", "no_log": True},
    "app_jwt": {"type": "str", "no_log": True},
    "signer_command": {"type": "raw"},
    "signer_timeout": {"type": "int"},
    "vault_transit_key": {"type": "str", "no_log": False},
    "vault_transit_mount": {"type": "str"},
    "vault_url": {"type": "str"},
    "vault_namespace": {"type": "str"},
    "vault_ca_path": {"type": "path"},
    "vault_token": {"type": "str", "no_log": True},
    "vault_token_path": {"type": "path", "no_log": False},
    "vault_role_id": {"type": "str"},
    "vault_secret_id": {"type": "str", "no_log": True},
    "vault_secret_id_path": {"type": "path", "no_log": False},
    "vault_jwt_path": {"type": "path"},
    "vault_auth_mount": {"type": "str"},
    "aws_kms_key": {"type": "str", "no_log": False},
    "aws_kms_region": {"type": "str"},
}

# Each of these options selects a program or a service that signs with the app's private key.
SIGNERS = ("signer_command", "vault_transit_key", "aws_kms_key")

TOKEN: ArgumentSpec = {
    "token": {"type": "str", "no_log": True},
    "token_path": {"type": "path", "no_log": False},
}

OAUTH_APP: ArgumentSpec = {
    "client_id": {"type": "str"},
    "client_secret": {"type": "str", "no_log": True},
    "client_secret_path": {"type": "path", "no_log": False},
}

LOGIN: ArgumentSpec = {
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "one_time_password": {"type": "str", "no_log": True},
}

LEGACY: ArgumentSpec = {"legacy": {"type": "bool", "default": False}}

# For new tokens, which GitHub shows only once.
SECRET_RESULT: ArgumentSpec = {
    "dest": {"type": "path"},
    "show_secret": {"type": "bool", "default": False, "no_log": False},
}

# How the tasks of a run share installation tokens.
CACHE: ArgumentSpec = {
    "cache": {"type": "bool", "default": True},
    "fresh": {"type": "bool", "default": False},
    "min_remaining": {"type": "int", "default": 600},
    "revoke": {"type": "str", "choices": ["at_end", "never"], "default": "at_end"},
}

# Select an installation that can have access to repositories.
INSTALLATION_WITH_REPOSITORIES: ArgumentSpec = {
    "installation_id": {"type": "int"},
    "organization": {"type": "str"},
    "user": {"type": "str"},
    "repository": {"type": "str"},
}

# For modules that read the repositories of many installations.
READING: ArgumentSpec = {"read_concurrency": {"type": "int", "default": 8}}

# Select any installation.
INSTALLATION: ArgumentSpec = {**INSTALLATION_WITH_REPOSITORIES, "enterprise": {"type": "str"}}

# Manage an installation on an organization with an app that is installed on the enterprise.
VIA_ENTERPRISE: ArgumentSpec = {
    "via_enterprise": {"type": "str"},
    "enterprise_installation_id": {"type": "int"},
    "app_client_id": {"type": "str"},
}

# Limits of an installation access token.
SCOPE: ArgumentSpec = {
    "repositories": {"type": "list", "elements": "str"},
    "repository_ids": {"type": "list", "elements": "int"},
    "permissions": {"type": "dict"},
}

# How patterns in `repositories` and topics select repositories.
SELECTION: ArgumentSpec = {
    "repository_topics": {"type": "list", "elements": "str"},
    "exclude": {"type": "list", "elements": "str"},
    "allow_no_match": {"type": "bool", "default": False},
    "include_archived": {"type": "bool", "default": True},
}

# For everything that creates an installation access token.
MINTING: ArgumentSpec = {**SERVER, **APP, **INSTALLATION, **SCOPE, **SELECTION, **CACHE}
# The module and the action plugin github_installation_token.
MINTING_AND_REVOKING: ArgumentSpec = {
    **MINTING,
    **TOKEN,
    "state": {"type": "str", "choices": ["present", "absent", "released"], "default": "present"},
    "revoke": {**CACHE["revoke"], "choices": ["at_end", "released", "never"]},
    **SECRET_RESULT,
}

INSTALLATION_SELECTOR: Tuple[str, ...] = tuple(INSTALLATION)

# Options whose fallbacks are ignored if the key is set, because they are alternatives to it or depend on it. A task
# that sets api_url must not use the server_version of another server. A task that sets only server_version still uses
# the server from its environment; otherwise its credentials would be sent to github.com.
KEYS = frozenset(("private_key", "private_key_path", "private_key_passphrase", "app_jwt", *SIGNERS))
ISSUERS = frozenset(("app_id", "client_id", "app_jwt"))
# How to log in to Vault: with a token, with AppRole, or with a JWT.
VAULT_TOKENS = frozenset(("vault_token", "vault_token_path"))
VAULT_PROOFS = frozenset(("vault_secret_id", "vault_secret_id_path", "vault_jwt_path"))
SILENCES: Dict[str, FrozenSet[str]] = {
    "api_url": frozenset(("server_version",)),
    "ca_path": frozenset(("validate_certs",)),
    "app_id": ISSUERS,
    "client_id": ISSUERS,
    "app_jwt": ISSUERS | KEYS,
    **dict.fromkeys(("private_key", "private_key_path", *SIGNERS), KEYS),
    "vault_url": frozenset(("vault_namespace", "vault_ca_path")),
    **{option: VAULT_TOKENS | VAULT_PROOFS | {"vault_role_id"} for option in VAULT_TOKENS},
    **dict.fromkeys(VAULT_PROOFS, VAULT_TOKENS | VAULT_PROOFS),
    "vault_role_id": VAULT_TOKENS,
    "token": frozenset(("token_path",)),
    "token_path": frozenset(("token",)),
    "client_secret": frozenset(("client_secret_path",)),
    "client_secret_path": frozenset(("client_secret",)),
    **{option: frozenset(INSTALLATION) for option in INSTALLATION},
}


def is_unset(value: Any) -> bool:
    """Whether a value counts as unset. Job templates and surveys pass empty strings for options of any type."""
    return value is None or (isinstance(value, str) and not value.strip())


def combine(given: Mapping[str, Any], *fallbacks: Mapping[str, Any]) -> Dict[str, Any]:
    """The set options of `given`, completed from the fallbacks in order of precedence.

    A fallback is ignored if an option that was set before it silences it (see `SILENCES`).
    """
    options = {name: value for name, value in given.items() if not is_unset(value)}
    for fallback in fallbacks:
        silent = set(options).union(*(SILENCES.get(name, ()) for name in options))
        options.update({name: value for name, value in fallback.items() if name not in silent and not is_unset(value)})
    return options


def number(options: Mapping[str, Any], name: str, default: int, least: int, most: int) -> int:
    """The value of a numeric option; `OptionError` if it is out of range."""
    value = default if options.get(name) is None else int(options[name])
    if not least <= value <= most:
        raise OptionError(f"{name} must be between {least} and {most}, not {value}.")
    return value


def find_sources(given: Mapping[str, Any], variables: Mapping[str, str]) -> Dict[str, str]:
    """The environment variable that provides the value of each option that is not set."""
    return {name: variable for name, variable in variables.items() if is_unset(given.get(name))}


def name_option(name: str, sources: Mapping[str, str], remark: str = "") -> str:
    """The option's name for messages: `app_id`, or `app_id (GITHUB_APP_ID)` if its value came from that variable."""
    remarks = [text for text in (sources.get(name), remark) if text]
    return f"{name} ({'; '.join(remarks)})" if remarks else name


def from_environment(
    names: Iterable[str], environ: Mapping[str, str], variables: Mapping[str, str]
) -> Dict[str, Optional[str]]:
    """The values from the environment for those of the options `names` that have a variable."""
    return {name: environ.get(variables[name]) for name in names if name in variables}


class Selector(NamedTuple):
    """How an installation is selected.

    :param kind: name of the option, or `account` for an organization or a user. :param value: an ID (int), a login,
    owner/name, or the slug of an enterprise.
    """

    kind: str
    value: Any

    @property
    def installation_id(self) -> Optional[int]:
        """The installation ID; None if something else selects the installation."""
        return int(self.value) if self.kind == "installation_id" else None

    @property
    def owner(self) -> Optional[str]:
        """The login of the account; None if it is not known, or if the account is an enterprise."""
        return None if self.kind in ("installation_id", "enterprise") else str(self.value).partition("/")[0]

    def as_option(self) -> Dict[str, Any]:
        return {self.kind: self.value}


def installation_selector(options: Mapping[str, Any], selecting: Collection[str] = INSTALLATION_SELECTOR) -> Selector:
    """The validated option that selects the installation; `OptionError` unless exactly one is set.

    :param selecting: names of the options that can select it.
    """
    given = [Selector(name, options[name]) for name in selecting if options.get(name) is not None]
    names = " or ".join(", ".join(selecting).rsplit(", ", 1))
    if not given:
        raise OptionError(f"No installation is selected. Set one of {names}.")
    if len(given) > 1:
        raise OptionError(
            f"{' and '.join(selector.kind for selector in given)} cannot be used together. Set exactly one of {names}."
            " (To override a value from module_defaults, set the option to an empty string.)"
        )
    selector = given[0]
    if selector.kind == "repository":
        split_full_name(selector.kind, selector.value)
    elif selector.kind == "enterprise":
        check_slug(selector.kind, selector.value, "the enterprise's page")
    elif selector.kind != "installation_id":
        check_login(selector.kind, selector.value)
    elif selector.value < 1:
        raise OptionError("installation_id must be a positive number.")
    return selector


def refuse_without_enterprise(options: Mapping[str, Any], names: Iterable[str] = ()) -> None:
    """Raise `OptionError` for options that require `via_enterprise`. :param names: those of the module."""
    given = [name for name in (*VIA_ENTERPRISE, *names) if options.get(name) not in (None, False)]
    if given:
        raise OptionError(
            f"{' and '.join(given)} {'requires' if len(given) == 1 else 'require'} via_enterprise, the slug of an enterprise"
            " on which the app is installed."
        )


def check_login(option: str, login: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]*", login):
        raise OptionError(
            f"{option} {quoted(login)} is not a valid account name. Use the plain name, such as octo-org."
        )
    return login


def check_slug(option: str, slug: str, page: str) -> str:
    """:param page: what has a URL that ends with the slug, for the message."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", slug):
        raise OptionError(f"{option} {quoted(slug)} is not a valid slug. Use the last part of the URL of {page}.")
    return slug


def check_ids(ids: Optional[Sequence[int]]) -> List[int]:
    wrong = [number for number in ids or [] if number < 1]
    if wrong:
        raise OptionError(f"repository_ids: {wrong[0]} is not a valid repository ID.")
    return list(ids or [])


def check_repository_name(option: str, name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]+", name) or name in (".", ".."):
        raise OptionError(f"{option}: {quoted(name)} is not a valid repository name.")
    return name


def split_full_name(option: str, full_name: str) -> Tuple[str, str]:
    """Owner and name of `owner/name`."""
    owner, slash, name = full_name.partition("/")
    if not slash or "/" in name:
        raise OptionError(f"{option}: {quoted(full_name)} is not in the form owner/name.")
    return check_login(option, owner), check_repository_name(option, name)
