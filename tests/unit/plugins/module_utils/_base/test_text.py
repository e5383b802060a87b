# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text from users and servers: what is recognized as a secret, and what messages show of it."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest
from planted_secrets import KINDS, PIECE, planted, shown

from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import (
    LONGEST_QUOTE,
    MASK,
    UNSAFE,
    cleaned,
    masked,
    printable,
    quoted,
    secret_kind,
    texts_in,
)

EVERY_KIND = pytest.mark.parametrize("kind", list(KINDS))

# Forms in which an option contains a secret: unchanged, in a longer text, or modified.
FORMS = {
    "as it is": lambda secret: secret,
    "in white space": lambda secret: f" \t{secret}\r\n",
    "in quotes": lambda secret: f'"{secret}"',
    "with an invisible character before it": lambda secret: "\ufeff" + secret,
    "in the encoding of URLs": quote,
}
LONGER_FORMS = {
    "in a sentence": lambda secret: f"this is {secret}, keep it",
    "in JSON": lambda secret: json.dumps({"value": secret}),
    "in a path": lambda secret: f"/etc/{secret}/file",
    "in a header": lambda secret: f"Authorization: Bearer {secret}",
}
HARMLESS = [
    *[
        "",
        "octo-org",
        "octo-org/hello-world",
        "https://github.example.com/api/v3",
        "3.19",
        "2022-11-28",
        "Iv1.0123456789abcdef",
    ],
    *[
        "Iv23liABCDEFGHIJKLMN",
        "0123456789abcdef0123",
        "~/keys/hubops-demo.private-key.pem",
        "exact",
        "read",
        "pull_requests",
    ],
    *["/builds/0123456789abcdef0123456789abcdef01234567/app.pem", "git@github.com:octo-org/hello-world.git"],
    *["ssh://git@github.com/octo-org/hello-world", "A sentence about ghp_ tokens, v1.0 and eyJ.", "ghs_token.json"],
    "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUFAKE\n-----END CERTIFICATE-----\n",
    "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n",
    "a-repository-with-a-name-as-long-as-names-can-be-which-is-one-hundred-characters-and-not-one-more-than",
    "/srv/ansible/" + "directory/" * 60 + "token.json",
    "[::1]:8443",
    "~/.secrets/github_pat_organization_admin_2026.txt",
    "/etc/ghs_token_of_the_bot.json",
    "mail someone@example.com",
]


@EVERY_KIND
@pytest.mark.parametrize("form", list(FORMS))
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_secret_is_recognized_and_never_quoted(kind, form, number):
    secret = planted(kind, number)
    text = FORMS[form](secret)
    assert secret_kind(text)
    assert shown(quoted(text), secret) == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "40 hex digits"])
@pytest.mark.parametrize("form", list(LONGER_FORMS))
def test_a_secret_is_recognized_in_a_longer_text(kind, form):
    secret = planted(kind, 4)
    text = LONGER_FORMS[form](secret)
    assert secret_kind(text)
    assert secret_kind(text, is_free=True)
    assert shown(quoted(text), secret) == []
    assert shown(quoted([text]), secret) == []


@pytest.mark.parametrize("text", HARMLESS)
def test_other_texts_are_not_recognized_as_secrets(text):
    assert secret_kind(text) is None


def test_forty_hexadecimal_digits_are_a_commit_in_prose():
    digits = planted("40 hex digits", 1)
    assert secret_kind(digits).name == "a client secret or a token"
    assert secret_kind(digits, is_free=True) is None


@pytest.mark.parametrize(
    "url", ["https://user:secret@ghe.example.com", "user:secret@ghe.example.com", "https://secret@host"]
)
def test_a_url_with_a_password_is_a_secret(url):
    assert "secret" not in quoted(url)


def test_a_quote_is_one_short_line_that_shows_invisible_characters():
    assert quoted("octo\u200borg\x1b[31m") == r"'octo\u200borg\x1b[31m'"
    assert quoted("a\nb") == "(2 lines of text, not shown)"
    assert quoted("a" * 1000) == repr("a" * LONGEST_QUOTE + "...")
    assert quoted(7) == "7"
    assert quoted(["a\x1b"]) == r"['a\x1b']"


ECHOES = {
    "as it is": lambda secret: secret,
    "in capitals": str.upper,
    "in lower case": str.lower,
    "its beginning": lambda secret: secret[: len(secret) // 2],
    "its end": lambda secret: secret[len(secret) // 2 :],
    "in lines": lambda secret: "\n".join(re.findall(".{1,20}", secret)),
    "in the encoding of URLs": quote,
    "in JSON": json.dumps,
    "twice": lambda secret: secret + secret,
}


@EVERY_KIND
@pytest.mark.parametrize("echo", list(ECHOES))
def test_sent_secrets_are_masked_in_responses(kind, echo):
    secret = planted(kind, 5)
    text = masked(f"bad: Bearer {ECHOES[echo](secret)}!", [secret, "another secret"])
    assert shown(text, secret) == []
    assert text.startswith("bad: Bearer ")
    assert MASK in text
    assert text.endswith("!")


def test_a_mask_hides_no_more_than_the_secret():
    assert (
        masked("The user octocat sent 123456 at 12:34:56.", ["123456"]) == f"The user octocat sent {MASK} at 12:34:56."
    )
    assert masked("code=20123456", ["123456"]) == f"code=20{MASK}"
    assert masked("abcd abc", ["abc"]) == f"abcd {MASK}"
    assert masked("İ ghp_abcdefghijklmnop", ["ghp_abcdefghijklmnop"]) == f"İ {MASK}"
    assert masked("nothing here", ["", "ghp_abcdefghijklmnop"]) == "nothing here"


def test_an_answer_is_safe_to_print_and_keeps_its_lines():
    unsafe = [chr(code) for code in range(0x110000) if UNSAFE.match(chr(code))]
    assert {"\x1b", "\r", "\x9b", "\u202e", "\u2066", "\u2028", "\ud800"} <= set(unsafe)
    answer = {"a": ["".join(unsafe), {"key" + unsafe[0]: "x"}], "lines": "a\n\tb", "number": 1, "none": None}
    safe = cleaned(answer)
    assert not any(UNSAFE.search(text) for text in texts_in(safe))
    assert (safe["lines"], safe["number"], safe["none"]) == ("a\n\tb", 1, None)
    assert cleaned("Grüße, 世界 👩‍💻") == "Grüße, 世界 👩‍💻"


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0), 0x200B, 0x2028, 0x202E, 0x2066, 0xFEFF])
def test_a_printable_text_has_one_line_and_no_controls(code):
    assert printable(f"a{chr(code)}b") == "a b"


def test_a_piece_of_a_secret_is_shorter_than_what_is_searched():
    assert len(MASK) < PIECE
