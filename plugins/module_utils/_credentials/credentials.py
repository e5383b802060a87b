# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who calls: the app's key, a JWT signed elsewhere, a user's token, an installation's token, an OAuth application."""

from __future__ import annotations

import base64
import errno
import json
import os
import re
import stat
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Callable, List, Mapping, Optional, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import name_option
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import quoted, token_kind
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.private_keys import (
    load_private_key,
    public_bytes,
    text_of,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._files.regular_files import read_regular_file

LARGEST_FILE = 100_000  # bytes
# All options for credentials, except what only opens or accompanies another one.
CREDENTIALS = (
    *("app_id", "client_id", "private_key", "private_key_path", "app_jwt", "token", "token_path"),
    *("client_secret", "client_secret_path", "username", "password"),
)


Warn = Callable[[str], None]


def ignore(message: str) -> None:
    """Tells nobody."""


@dataclass(frozen=True)
class App:
    """A GitHub App, able to sign for itself or holding a JWT signed elsewhere.

    :param id_option: and `key_option`: where its id and its key came from, for people.
    """

    app_id: Optional[str] = None
    client_id: Optional[str] = None
    private_key: Any = field(default=None, repr=False)
    jwt: Optional[str] = field(default=None, repr=False)
    id_option: str = field(default="app_id", compare=False)
    key_option: str = field(default="private_key", compare=False)

    def __str__(self) -> str:
        return self.app_id or self.client_id or ""


@dataclass(frozen=True)
class OAuthApp:
    """An OAuth application, or an app as such. :param option: where it came from, for people."""

    client_id: str
    client_secret: str = field(repr=False)
    option: str = field(default="client_id and client_secret", compare=False)


@dataclass(frozen=True)
class Login:
    """A user's name and password, with a one-time password where the user has two-factor authentication."""

    username: str
    password: str = field(repr=False)
    one_time_password: Optional[str] = field(default=None, repr=False)


@dataclass(frozen=True)
class Credentials:
    """All that a task may hold; an operation takes the kind that it accepts.

    :param token_option: where the user's token came from, for people. :param given: all options for credentials that were given.
    """

    app: Optional[App] = None
    user_token: Optional[str] = field(default=None, repr=False)
    installation_token: Optional[str] = field(default=None, repr=False)
    oauth_app: Optional[OAuthApp] = None
    login: Optional[Login] = None
    token_option: str = field(default="token", compare=False)
    given: Tuple[str, ...] = field(default=(), compare=False)

    def describe_given(self) -> str:
        """Which options were given, as a sentence after one that says what is needed; empty where none was."""
        return (
            f" Only {' and '.join(self.given)} {'is' if len(self.given) == 1 else 'are'} given." if self.given else ""
        )

    def sent(self) -> List[str]:
        """What is sent as it is, so that a server can say it in its answer; it may stand in a file and in no option."""
        secrets = [self.user_token, self.oauth_app.client_secret if self.oauth_app else None]
        return [secret for secret in secrets if secret]


def credentials_from(
    options: Mapping[str, Any], warn: Warn = ignore, sources: Optional[Mapping[str, str]] = None
) -> Credentials:
    """The credentials that the options hold; an `OptionError` names the option that is wrong.

    :param warn: shows a warning. :param sources: as of `find_sources`.
    """
    sources = sources or {}
    client_id = options.get("client_id")
    secret_option, client_secret = find_secret(options, "client_secret", warn)
    client_secret = clean_secret(secret_option, client_secret)
    oauth_option = f"{name_option('client_id', sources)} and {name_option(secret_option, sources)}"
    token_option, token = find_secret(options, "token", warn)
    token = clean_secret(token_option, token)
    return Credentials(
        app=app_from(options, warn, sources),
        user_token=token,
        oauth_app=OAuthApp(client_id, client_secret, oauth_option) if client_id and client_secret else None,
        login=login_from(options),
        token_option=name_option(token_option, sources, token_kind(token or "")),
        given=tuple(name_option(name, sources) for name in CREDENTIALS if options.get(name)),
    )


def login_from(options: Mapping[str, Any]) -> Optional[Login]:
    """Name and password where both are given; a password may hold white space, a name or one-time password may not."""
    username, password = options.get("username"), options.get("password")
    if not username or not password:
        return None
    if ":" in username:
        raise OptionError("username contains a colon, which no name of a user does.")
    return Login(username.strip(), password, clean_secret("one_time_password", options.get("one_time_password")))


def app_from(options: Mapping[str, Any], warn: Warn, sources: Mapping[str, str]) -> Optional[App]:
    jwt = clean_secret("app_jwt", options.get("app_jwt"))
    app_id, client_id = options.get("app_id"), options.get("client_id")
    if jwt:
        signed = name_option("app_jwt", sources)
        return App(app_id=issuer_of(jwt), jwt=jwt, id_option=signed, key_option=signed)
    if app_id and not re.fullmatch(r"[0-9]+", app_id.strip()):
        raise OptionError(f"app_id {quoted(app_id)} is not a number. A client id goes into client_id.")
    option, text = find_secret(options, "private_key", warn)
    if not text:
        return None
    if not (app_id or client_id):
        raise OptionError(
            f"{name_option(option, sources)} is given without app_id (or client_id): GitHub has to know whose key it is."
        )
    return App(
        app_id=app_id and app_id.strip(),
        client_id=client_id,
        private_key=load_private_key(text, option, options.get("private_key_passphrase")),
        id_option=name_option("app_id" if app_id else "client_id", sources),
        key_option=name_option(option, sources),
    )


def issuer_of(jwt: str) -> str:
    """Whose JSON web token it is, as it says itself (RFC 7519, claim iss)."""
    try:
        claims = jwt.split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["iss"])
    except (ValueError, IndexError, KeyError, TypeError):
        raise OptionError(
            "app_jwt is not a JSON web token of an app: it must have three parts joined by dots, and name its issuer."
        ) from None


def fingerprint(app: App) -> str:
    """What tells an app's key from others, in the form in which GitHub shows it in the app's settings: SHA-256 of the public
    key, in base64. Of the JWT where that is all there is.

    https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/managing-private-keys-for-github-apps
    """
    signs = public_bytes(app.private_key) if app.private_key else (app.jwt or "").encode()
    return "SHA256:" + base64.b64encode(sha256(signs).digest()).decode()


def clean_secret(option: str, value: Optional[str]) -> Optional[str]:
    """`value` without surrounding white space; refused where it cannot stand in a header. The value is never shown."""
    if not value:
        return None
    value = value.strip()
    if not re.fullmatch(r"[\x21-\x7e]+", value):
        where = f"The file of {option}" if option.endswith("_path") else option
        raise OptionError(f"{where} contains white space or characters that no credential of GitHub has.")
    return value


def find_secret(options: Mapping[str, Any], name: str, warn: Warn = ignore) -> Tuple[str, Optional[str]]:
    """A secret that the option `name` holds, or the file that `name`_path names; and which of them does.

    :param warn: is told of a file that every user can read.
    """
    in_file = f"{name}_path"
    path = options.get(in_file)
    if not path:
        return name, options.get(name)
    if options.get(name):
        raise OptionError(f"{name} and {in_file} are both given: give one of them.")
    try:
        file = read_regular_file(in_file, os.path.expanduser(path), LARGEST_FILE)
    except (OSError, ValueError) as error:
        reason = os.strerror(getattr(error, "errno", None) or errno.EINVAL)
        raise OptionError(
            f"{in_file} {quoted(path)} cannot be read on the machine where this runs: {reason}."
        ) from None
    text = text_of(file.content)
    if not text.strip():
        raise OptionError(f"{in_file} {quoted(path)} is an empty file: write the {name.replace('_', ' ')} into it.")
    if file.status.st_mode & stat.S_IROTH:
        warn(f"Every user of this machine can read the file of {in_file}, {quoted(path)}. Run chmod 600 on it.")
    return in_file, text
