# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text from users and servers on its way into messages: without secrets, and without what could steer a terminal."""

from __future__ import annotations

import base64
import re
from datetime import datetime, timezone
from string import ascii_lowercase, ascii_uppercase
from typing import Any, Callable, Iterable, List, Mapping, NamedTuple, Optional, Set, Tuple
from urllib.parse import unquote

LONGEST_TEXT = 1000  # characters of a server's text
LONGEST_QUOTE = 200  # characters of a user's text
FRAGMENT = 8  # characters of a secret that are masked when they stand together
ONE_TIME_PASSWORD = 6  # characters of one
MASK = "********"
LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)

# Control characters except tab and newline, line and paragraph separators, bidirectional controls, and lone surrogates.
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]")
# Characters that take no room: a secret is found although some of them stand inside it.
INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")


class SecretKind(NamedTuple):
    """:param name: for people, with its article. :param options: where such a secret belongs, of which a plugin has some."""

    name: str
    pattern: str
    options: Tuple[str, ...]


# A key in PEM (RFC 7468), in base64 of that at each of the three alignments, and without the lines around it.
FRAME = r"-----(BEGIN|END)(?![ +](CERTIFICATE|PUBLIC|X509))"
ENCODED_FRAME = "LS0tLS1CRUdJT|S0tLS0tQkVHSU|tLS0tLUJFR0lO"
BODY = r"MII([A-Za-z0-9+/_-]|\s|\\n){300,}"

# https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats
# An installation token of github.com may hold a JWT (https://github.blog/changelog, 2026-05-15), so tokens come before JWTs.
TOKEN_OPTIONS = ("token", "access_token")
TOKENS = {
    "ghp_": "a personal access token (classic)",
    "github_pat_": "a fine-grained personal access token",
    "gho_": "an OAuth access token",
    "ghu_": "a user access token of a GitHub App",
    "ghs_": "an installation access token",
    "ghr_": "a refresh token",
}
# Digits and capitals tell a token from the name of a file, such as ghp_token_of_the_bot.txt.
TOKEN_BODY = r"(?=[\w.-]*[0-9])(?=[\w.-]*[A-Z])[A-Za-z0-9_.-]{16,}"
SECRET_KINDS = (
    SecretKind("a private key", rf"{FRAME}|{ENCODED_FRAME}|{BODY}", ("private_key",)),
    *(SecretKind(name, prefix + TOKEN_BODY, TOKEN_OPTIONS) for prefix, name in TOKENS.items()),
    SecretKind(TOKENS["ghs_"], r"v1\.[0-9a-f]{40}", TOKEN_OPTIONS),
    SecretKind("a JWT", r"eyJ[\w-]{8,}\.[\w-]{8,}(\.[\w-]*)?", ("app_jwt",)),
)
# Forty hexadecimal digits are a secret only where nothing else stands beside them: a path may hold the id of a commit.
HEX_SECRET = SecretKind(
    "a client secret or a token",
    r"""["'\s]*((token|bearer)\s+)?[0-9a-f]{40}["'\s]*""",
    ("client_secret", *TOKEN_OPTIONS),
)
PASSWORD_IN_URL = SecretKind("a URL with a user name and password", r"//(?!git@)[^/\s@]+@|^[^/\s:@]+:[^/\s@]+@", ())


def token_kind(token: str) -> str:
    """What a token is, by what it begins with; empty where that does not say it."""
    return next((name for prefix, name in TOKENS.items() if token.startswith(prefix)), "")


def secret_kind(text: str, is_free: bool = False) -> Optional[SecretKind]:
    """The kind of secret that `text` looks like, or holds; None where it looks harmless.

    :param is_free: whether it may be any prose: forty hexadecimal digits are a commit there.
    """
    plain = INVISIBLE.sub("", text)
    for candidate in (plain, unquote(plain)):
        for kind in SECRET_KINDS:
            if re.search(kind.pattern, candidate):
                return kind
        if not is_free and re.fullmatch(HEX_SECRET.pattern, candidate, re.IGNORECASE):
            return HEX_SECRET
        if not is_free and re.search(PASSWORD_IN_URL.pattern, candidate):
            return PASSWORD_IN_URL
    return None


def quoted(value: Any) -> str:
    """What a user gave, as every message shows it: on one line, not too long, and never a secret."""
    text = value if isinstance(value, str) else str(value)
    kind = secret_kind(text)
    if kind:
        return f"({kind.name}, not shown)"
    if "\n" in text.strip():
        return f"(a text of {len(text.strip().splitlines())} lines, not shown)"
    short = text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "..."
    return repr(short) if isinstance(value, str) else printable(short)


def printable(text: str) -> str:
    """The text on one line, without anything that could steer a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def shortened(text: str) -> str:
    """A server's text, printable and not endless."""
    shown = printable(text[: LONGEST_TEXT + 1])
    return shown if len(shown) <= LONGEST_TEXT else shown[:LONGEST_TEXT] + "..."


def in_texts(change: Callable[[str], str], value: Any) -> Any:
    """The value with every text in it changed, keys as well."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {in_texts(change, key): in_texts(change, item) for key, item in value.items()}
    return [in_texts(change, item) for item in value] if isinstance(value, (list, tuple)) else value


def cleaned(value: Any) -> Any:
    """What a server sent as JSON, safe to print: line breaks and tabs stay, the other control characters are replaced."""
    return in_texts(lambda text: text if text.isprintable() else UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text), value)


def texts_in(value: Any) -> Iterable[str]:
    """Every text in a value, keys as well."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from texts_in(key)
            yield from texts_in(item)
    elif isinstance(value, (list, tuple, set)):
        for item in value:
            yield from texts_in(item)


def basic(name: str, secret: str) -> str:
    """RFC 7617."""
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def secrets_in_headers(headers: Mapping[str, str]) -> Set[str]:
    """What the headers that sign in must not show elsewhere: each value, what follows its scheme, and a password in it (RFC 7617)."""
    found = set()
    for value in headers.values():
        scheme, _space, credentials = value.partition(" ")
        found.add(credentials or scheme)
        if scheme == "Basic":
            decoded = base64.b64decode(credentials).decode()
            found.update((decoded, decoded.partition(":")[2]))
    return found


def find_short(text: str, secret: str) -> Set[int]:
    """Where the secret stands in the text, as a whole."""
    pattern = re.escape(secret)
    found = re.finditer(pattern if len(secret) >= ONE_TIME_PASSWORD else rf"\b{pattern}\b", text)
    return {position for match in found for position in range(*match.span())}


def find_fragments(text: str, secret: str) -> Set[int]:
    """Where the secret stands in the text, or a part of it that is long enough to be of use."""
    fragments = {secret[at : at + FRAGMENT] for at in range(len(secret) - FRAGMENT + 1)}
    found = (at for at in range(len(text) - FRAGMENT + 1) if text[at : at + FRAGMENT] in fragments)
    return {position for at in found for position in range(at, at + FRAGMENT)}


def masked(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets, nor any part of them that is long enough to be of use.

    A gateway may show a header in capitals, cut, or broken into lines. A secret of fewer characters than a one-time password
    has is masked where it stands alone.
    """
    lower = text.translate(LOWER)
    hidden: Set[int] = set()
    for secret in secrets:
        find = find_short if len(secret) < FRAGMENT else find_fragments
        hidden.update(find(lower, secret.translate(LOWER)) if secret else ())
    if not hidden:
        return text
    parts: List[str] = []
    for at, character in enumerate(text):
        if at not in hidden:
            parts.append(character)
        elif at - 1 not in hidden:
            parts.append(MASK)
    return "".join(parts)


def utc(seconds: float) -> str:
    """A time as people and GitHub write it."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
