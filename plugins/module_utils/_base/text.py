# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make text from users and servers safe to show: without secrets and terminal control characters."""

from __future__ import annotations

import base64
import re
from datetime import datetime, timezone
from string import ascii_lowercase, ascii_uppercase
from typing import Any, Callable, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple
from urllib.parse import unquote

LONGEST_TEXT = 1000  # characters of a server's text
LONGEST_QUOTE = 200  # characters of a user's text
MOST_NAMES = 10  # in a list of names
FRAGMENT = 8  # consecutive characters of a secret that are masked
ONE_TIME_PASSWORD = 6  # characters
MASK = "********"
LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)

# Control characters except tab and newline, line and paragraph separators, bidirectional controls, and lone surrogates.
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]")
# Characters without width, which must not prevent a secret from being found.
INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")


class SecretKind(NamedTuple):
    """:param name: for messages, with its article. :param options: all options of the plugins for such a secret.
    :param hints: every match of the pattern contains one of them. :param least: length of the shortest match. Other texts
    are not searched, because Python would need longer to compile the patterns than a lookup needs to read its options.
    """

    name: str
    pattern: str
    options: Tuple[str, ...]
    hints: Tuple[str, ...]
    least: int = 0

    def is_in(self, text: str) -> bool:
        if len(text) < self.least or not any(hint in text for hint in self.hints):
            return False
        return re.search(self.pattern, text) is not None


# A key in PEM format (RFC 7468), PEM encoded in base64 at each of the three alignments, and the body of a key.
FRAME = r"-----(BEGIN|END)(?![ +](CERTIFICATE|PUBLIC|X509))"
ENCODED_FRAMES = ("LS0tLS1CRUdJT", "S0tLS0tQkVHSU", "tLS0tLUJFR0lO")
BODY = r"MII([A-Za-z0-9+/_-]|\s|\\n){300,}"

# https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats
# Tokens are matched before JWTs because an installation token of github.com may contain a JWT
# (https://github.blog/changelog, 2026-05-15).
TOKEN_OPTIONS = ("token", "access_token")
TOKENS = {
    "ghp_": "a personal access token (classic)",
    "github_pat_": "a fine-grained personal access token",
    "gho_": "an OAuth access token",
    "ghu_": "a user access token of a GitHub App",
    "ghs_": "an installation access token",
    "ghr_": "a refresh token",
}
# Digits and capital letters distinguish a token from a file name such as ghp_token_of_the_bot.txt.
TOKEN_BODY = r"(?=[\w.-]*[0-9])(?=[\w.-]*[A-Z])[A-Za-z0-9_.-]{16,}"
SECRET_KINDS = (
    SecretKind(
        "a private key",
        "|".join((FRAME, *ENCODED_FRAMES, BODY)),
        ("private_key",),
        ("-----", *ENCODED_FRAMES, "MII"),
    ),
    *(SecretKind(name, prefix + TOKEN_BODY, TOKEN_OPTIONS, (prefix,)) for prefix, name in TOKENS.items()),
    SecretKind(TOKENS["ghs_"], r"v1\.[0-9a-f]{40}", TOKEN_OPTIONS, ("v1.",)),
    SecretKind("a Vault token", r"\bhv[bsr]\.[\w-]{20,}", ("vault_token",), ("hvb.", "hvs.", "hvr.")),
    SecretKind("a JWT", r"eyJ[\w-]{8,}\.[\w-]{8,}(\.[\w-]*)?", ("app_jwt",), ("eyJ",)),
)
# Forty hexadecimal digits are a secret only if they are the whole text, apart from quotes and the wildcards of a pattern,
# because a path may contain a commit ID.
HEX_SECRET = SecretKind(
    "a client secret or a token",
    r"""(?i)\A["'\s*?]*((token|bearer)\s+)?[0-9a-f]{40}["'\s*?]*\Z""",
    ("client_secret", *TOKEN_OPTIONS),
    ("",),
    least=40,
)
PASSWORD_IN_URL = SecretKind(
    "a URL with a user name and password", r"//(?!git@)[^/\s@]+@|^[^/\s:@]+:[^/\s@]+@", (), ("@",)
)


def token_kind(token: str) -> str:
    """The kind of a token according to its prefix; empty if unknown."""
    return next((name for prefix, name in TOKENS.items() if token.startswith(prefix)), "")


def secret_kind(text: str, is_free: bool = False) -> Optional[SecretKind]:
    """The kind of secret that `text` is or contains; None if it looks harmless.

    :param is_free: whether the text is prose, in which forty hexadecimal digits are a commit ID.
    """
    plain = INVISIBLE.sub("", text)
    kinds = SECRET_KINDS if is_free else (*SECRET_KINDS, HEX_SECRET, PASSWORD_IN_URL)
    return next((kind for candidate in (plain, unquote(plain)) for kind in kinds if kind.is_in(candidate)), None)


def quoted(value: Any) -> str:
    """A user's value for messages: on one line, shortened, and never a secret."""
    text = value if isinstance(value, str) else str(value)
    kind = secret_kind(text)
    if kind:
        return f"({kind.name}, not shown)"
    if "\n" in text.strip():
        return f"({len(text.strip().splitlines())} lines of text, not shown)"
    short = text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "..."
    return repr(short) if isinstance(value, str) else printable(short)


# ASCII punctuation that has a meaning anywhere in a line of Markdown. An underscore between letters and digits has
# none.
MARKDOWN = re.compile(r"[\\`*{}\[\]<>()#+!|~&@]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
# At the beginning of a line, these start a list, a rule or a heading.
MARKDOWN_START = re.compile(r"^(\d{1,9}(?=[.)])|(?=[-=]))")


def markdown(text: str) -> str:
    """The text on one line, escaped so that Markdown shows it unchanged."""
    line = " ".join(printable(text).split())
    return MARKDOWN_START.sub(lambda match: match[0] + "\\", MARKDOWN.sub(r"\\\g<0>", line))


def printable(text: str) -> str:
    """The text on one line, without terminal control characters."""
    return "".join(character if character.isprintable() else " " for character in text)


def shortened(text: str) -> str:
    """A server's text, printable and of limited length."""
    shown = printable(text[: LONGEST_TEXT + 1])
    return shown if len(shown) <= LONGEST_TEXT else shown[:LONGEST_TEXT] + "..."


def in_texts(change: Callable[[str], str], value: Any) -> Any:
    """The value with `change` applied to every text in it, including keys."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {in_texts(change, key): in_texts(change, item) for key, item in value.items()}
    return [in_texts(change, item) for item in value] if isinstance(value, (list, tuple)) else value


def cleaned(value: Any) -> Any:
    """A decoded JSON value with unsafe characters replaced. Line breaks and tabs are kept."""
    return in_texts(lambda text: text if text.isprintable() else UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text), value)


def texts_in(value: Any) -> Iterable[str]:
    """Every text in a value, including keys."""
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
    """The value of an Authorization header with basic authentication (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def secrets_in_headers(headers: Mapping[str, str]) -> Set[str]:
    """The secrets in authentication headers, including the decoded password of basic authentication (RFC 7617)."""
    found = set()
    for value in headers.values():
        scheme, _space, credentials = value.partition(" ")
        found.add(credentials or scheme)
        if scheme == "Basic":
            decoded = base64.b64decode(credentials).decode()
            found.update((decoded, decoded.partition(":")[2]))
    return found


def find_short(text: str, secret: str) -> Set[int]:
    """Positions of the complete secret in the text."""
    pattern = re.escape(secret)
    found = re.finditer(pattern if len(secret) >= ONE_TIME_PASSWORD else rf"\b{pattern}\b", text)
    return {position for match in found for position in range(*match.span())}


def find_fragments(text: str, secret: str) -> Set[int]:
    """Positions of the secret, or of parts of it that are long enough to be useful to an attacker."""
    fragments = {secret[at : at + FRAGMENT] for at in range(len(secret) - FRAGMENT + 1)}
    found = (at for at in range(len(text) - FRAGMENT + 1) if text[at : at + FRAGMENT] in fragments)
    return {position for at in found for position in range(at, at + FRAGMENT)}


def masked(text: str, secrets: Iterable[str]) -> str:
    """The text with the secrets, and useful parts of them, replaced by a mask.

    A gateway may return a header in capital letters, truncated, or split into lines. A secret shorter than a one-time
    password is masked only if it is a whole word.
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


def name_some(names: Sequence[str]) -> str:
    """The names in one text: `a, b and 3 more`."""
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def plural(number: int, noun: str) -> str:
    """The number with its noun: `1 request`, `2 requests`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def utc(seconds: float) -> str:
    """A timestamp in GitHub's format."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
