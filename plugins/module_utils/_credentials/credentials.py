# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credentials: private key or JWT of an app, token of a user or an installation, OAuth app, user name and password."""

from __future__ import annotations

import base64
import errno
import json
import os
import re
import stat
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Callable, List, Mapping, Optional, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    APP,
    SIGNERS,
    TOKEN,
    name_option,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import quoted, token_kind
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.private_keys import (
    load_private_key,
    public_bytes,
    text_of,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._files.regular_files import read_regular_file

if TYPE_CHECKING:
    from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.signers.signer import Signer

LARGEST_FILE = 100_000  # bytes
# All options for credentials, except those that only supplement another one.
CREDENTIALS = (
    *("app_id", "client_id", "private_key", "private_key_path", *SIGNERS, "app_jwt", "token", "token_path"),
    *("client_secret", "client_secret_path", "username", "password"),
)


Warn = Callable[[str], None]


def ignore(message: str) -> None:
    """Discard a warning."""


@dataclass(frozen=True)
class App:
    """A GitHub App with its private key, with a signer that has the key, or with a JWT signed elsewhere.

    :param id_option: option that the ID came from, for messages. :param key_option: the same for the private key, the
    signer or the JWT.
    """

    app_id: Optional[str] = None
    client_id: Optional[str] = None
    private_key: Any = field(default=None, repr=False)
    signer: Optional[Signer] = field(default=None, repr=False)
    jwt: Optional[str] = field(default=None, repr=False)
    id_option: str = field(default="app_id", compare=False)
    key_option: str = field(default="private_key", compare=False)

    def __str__(self) -> str:
        return self.app_id or self.client_id or ""


@dataclass(frozen=True)
class AppKey:
    """One of several private keys of an app.

    :param option: option that provides the key. :param name: path of the key's file, or name of the key in a service.
    :param file_modified: when the file was last changed, in seconds. :param app: the app with only this key.
    :param error: why there is no app.
    """

    option: str
    name: Optional[str] = None
    file_modified: Optional[float] = None
    app: Optional[App] = None
    error: Optional[str] = None


@dataclass(frozen=True)
class OAuthApp:
    """An OAuth app, or a GitHub App acting as one. :param option: options that it came from, for messages."""

    client_id: str
    client_secret: str = field(repr=False)
    option: str = field(default="client_id and client_secret", compare=False)


@dataclass(frozen=True)
class Login:
    """A user's name and password, and a one-time password if the user has two-factor authentication."""

    username: str
    password: str = field(repr=False)
    one_time_password: Optional[str] = field(default=None, repr=False)


@dataclass(frozen=True)
class Credentials:
    """All credentials of a task. Each operation uses a kind that it accepts.

    :param token_option: option that the user's token came from, for messages. :param given: all options for credentials
    that are set. :param errors: why the app or the user's token is missing although its options are set, by the name of
    the field (see `usable_credentials`). :param app_keys: private keys of one app to examine (see `app_keys.py`).
    """

    app: Optional[App] = None
    user_token: Optional[str] = field(default=None, repr=False)
    installation_token: Optional[str] = field(default=None, repr=False)
    oauth_app: Optional[OAuthApp] = None
    login: Optional[Login] = None
    token_option: str = field(default="token", compare=False)
    given: Tuple[str, ...] = field(default=(), compare=False)
    errors: Mapping[str, str] = field(default_factory=dict, compare=False)
    app_keys: Tuple[AppKey, ...] = ()

    def describe_given(self) -> str:
        """A sentence that lists the options that are set; empty if none is."""
        return f" Only {' and '.join(self.given)} {'is' if len(self.given) == 1 else 'are'} set." if self.given else ""

    def sent(self) -> List[str]:
        """Secrets that are sent unchanged and that a server may return. They can come from a file or an option."""
        secrets = [self.user_token, self.oauth_app.client_secret if self.oauth_app else None]
        return [secret for secret in secrets if secret]


def credentials_from(
    options: Mapping[str, Any], warn: Warn = ignore, sources: Optional[Mapping[str, str]] = None
) -> Credentials:
    """The credentials in the options; `OptionError` if an option is wrong.

    :param warn: shows a warning. :param sources: result of `find_sources`.
    """
    sources = sources or {}
    client_id = options.get("client_id")
    secret_option, client_secret = read_secret(options, warn, "client_secret")
    oauth_option = f"{name_option('client_id', sources)} and {name_option(secret_option, sources)}"
    token_option, token = read_secret(options, warn, "token")
    return Credentials(
        app=app_from(options, warn, sources),
        user_token=token,
        oauth_app=OAuthApp(client_id, client_secret, oauth_option) if client_id and client_secret else None,
        login=login_from(options),
        token_option=name_option(token_option, sources, token_kind(token or "")),
        given=tuple(name_option(name, sources) for name in CREDENTIALS if options.get(name)),
    )


def usable_credentials(
    options: Mapping[str, Any], warn: Warn = ignore, sources: Optional[Mapping[str, str]] = None
) -> Credentials:
    """As `credentials_from`, but if options of the app or of the user's token are wrong, without the app or the token."""
    usable, errors = dict(options), {}
    for field_name, spec in (("app", APP), ("user_token", TOKEN)):
        try:
            credentials_from({name: options.get(name) for name in spec}, sources=sources)
        except OptionError as error:
            errors[field_name] = str(error)
            usable.update(dict.fromkeys(spec))
    return replace(credentials_from(usable, warn, sources), errors=errors)


def login_from(options: Mapping[str, Any]) -> Optional[Login]:
    """User name and password if both are set. Only a password may contain white space."""
    username, password = options.get("username"), options.get("password")
    if not username or not password:
        return None
    if ":" in username:
        raise OptionError("username must not contain a colon.")
    return Login(username.strip(), password, clean_secret("one_time_password", options.get("one_time_password")))


def app_from(options: Mapping[str, Any], warn: Warn, sources: Mapping[str, str]) -> Optional[App]:
    jwt = clean_secret("app_jwt", options.get("app_jwt"))
    if jwt:
        signed = name_option("app_jwt", sources)
        return App(app_id=issuer_of(jwt), jwt=jwt, id_option=signed, key_option=signed)
    check_app_id(options)
    name = key_option_in(options)
    return app_with_key(name, options, warn, sources) if name else None


def check_app_id(options: Mapping[str, Any]) -> None:
    app_id = options.get("app_id")
    if app_id and not re.fullmatch(r"[0-9]+", app_id.strip()):
        raise OptionError(f"app_id {quoted(app_id)} is not a number. Use client_id for a client ID.")


def app_with_key(name: str, options: Mapping[str, Any], warn: Warn, sources: Mapping[str, str]) -> App:
    """The app with its private key or a signer. :param name: result of `key_option_in`."""
    app_id, client_id = options.get("app_id"), options.get("client_id")
    key_option = name_option(name, sources)
    if not (app_id or client_id):
        raise OptionError(f"{key_option} requires app_id or client_id, because the key does not identify the app.")
    return App(
        app_id=app_id and app_id.strip(),
        client_id=client_id,
        private_key=None if name in SIGNERS else private_key_from(options, warn),
        signer=signer_from(name, options, key_option, warn) if name in SIGNERS else None,
        id_option=name_option("app_id" if app_id else "client_id", sources),
        key_option=key_option,
    )


def key_option_in(options: Mapping[str, Any]) -> str:
    """The option that provides the private key or selects a signer; empty if none is set."""
    given = [name for name in ("private_key", "private_key_path", *SIGNERS) if options.get(name)]
    if len(given) > 1:
        raise OptionError(f"{' and '.join(given)} cannot be used together. Set only one of them.")
    return "".join(given)


def private_key_from(options: Mapping[str, Any], warn: Warn) -> Any:
    warnings: List[str] = []
    option, text = find_secret(options, "private_key", warnings.append)
    key = load_private_key(text or "", option, options.get("private_key_passphrase"))
    for warning in warnings:  # only for a file that is a private key
        warn(warning)
    return key


def signer_from(name: str, options: Mapping[str, Any], option: str, warn: Warn) -> Signer:
    """The signer that an option selects. :param name: of the option. :param option: the same, for messages."""
    # Imported on demand because few users have a signer.
    from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.signers.choice import choose_signer

    return choose_signer(name, options, option, partial(read_secret, options, warn))


def issuer_of(jwt: str) -> str:
    """The issuer of a JWT (RFC 7519, claim iss)."""
    try:
        claims = jwt.split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["iss"])
    except (ValueError, IndexError, KeyError, TypeError):
        raise OptionError(
            "app_jwt is not a JWT of an app. It must have three parts separated by dots, and the claim iss."
        ) from None


def fingerprint(app: App) -> str:
    """The fingerprint of the app's private key as shown in the app's settings: base64 of the SHA-256 of the public key.

    With a signer or a JWT, it is not that of the key, but distinguishes them from others.

    https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/managing-private-keys-for-github-apps
    """
    if app.private_key:
        return fingerprint_of(public_bytes(app.private_key))
    return fingerprint_of(repr(app.signer.identity if app.signer else app.jwt).encode())


def public_key_of(app: App) -> Optional[bytes]:
    """The public key of the app's private key in DER format; None if the signer does not return it."""
    if app.private_key:
        return public_bytes(app.private_key)
    return app.signer.public_key() if app.signer else None


def fingerprint_of(public_key: bytes) -> str:
    """The fingerprint of a public key in DER format, in GitHub's notation."""
    return "SHA256:" + base64.b64encode(sha256(public_key).digest()).decode()


def read_secret(options: Mapping[str, Any], warn: Warn, name: str) -> Tuple[str, Optional[str]]:
    """The option that provides a secret (see `find_secret`), and the secret without white space around it."""
    option, value = find_secret(options, name, warn)
    return option, clean_secret(option, value)


def clean_secret(option: str, value: Optional[str]) -> Optional[str]:
    """`value` without surrounding white space. `OptionError`, without the value, if it is not valid in a header."""
    if not value:
        return None
    value = value.strip()
    if not re.fullmatch(r"[\x21-\x7e]+", value):
        where = f"The file in {option}" if option.endswith("_path") else option
        raise OptionError(f"{where} contains white space or characters that are not valid in GitHub credentials.")
    return value


def find_secret(options: Mapping[str, Any], name: str, warn: Warn = ignore) -> Tuple[str, Optional[str]]:
    """The option that provides a secret (`name` or `name`_path), and the secret.

    :param warn: shows a warning about a file that every user can read.
    """
    in_file = f"{name}_path"
    path = options.get(in_file)
    if not path:
        return name, options.get(name)
    if options.get(name):
        raise OptionError(f"{name} and {in_file} cannot be used together. Set only one of them.")
    try:
        file = read_regular_file(in_file, os.path.expanduser(path), LARGEST_FILE)
    except (OSError, ValueError) as error:
        reason = os.strerror(getattr(error, "errno", None) or errno.EINVAL)
        raise OptionError(
            f"{in_file} {quoted(path)} cannot be read on the host that runs the task: {reason}."
        ) from None
    text = text_of(file.content)
    if not text.strip():
        raise OptionError(f"{in_file} {quoted(path)} is an empty file. Write the {name.replace('_', ' ')} to it.")
    if file.status.st_mode & stat.S_IROTH:
        warn(f"{in_file} {quoted(path)} is readable by every user of this machine. Run chmod 600 on the file.")
    return in_file, text
