# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters for text: one printable line, and Markdown that shows what was put in. Variables of roles are checked."""

from __future__ import annotations

import base64
import html
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from planted_secrets import KINDS, planted, shown

from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import printable
from ansible_collections.hubops.github_apps.plugins.plugin_utils._filters.markdown import to_markdown
from ansible_collections.hubops.github_apps.plugins.plugin_utils._filters.printable import to_printable
from ansible_collections.hubops.github_apps.plugins.plugin_utils._filters.variable_errors import variable_errors

# GitHub's flavor, and with HTML, as most programs show Markdown.
GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
PLAIN = re.compile(r"<p>(.*)</p>\n")

HOSTILE = [
    *[
        "# a heading",
        "- a list",
        "+ a list",
        "1. a list",
        "1) a list",
        "=== a rule",
        "---",
        "***",
        "___",
        "> a quote",
        "    code",
    ],
    *[
        "[a](javascript:alert(1))",
        "![a](http://example.com/x)",
        "<script>alert(1)</script>",
        "`code`",
        "~~~",
        "```",
        "a | b",
    ],
    *[
        "*a*",
        "_a_",
        "__a__",
        "~~a~~",
        "&lt;",
        "&#60;",
        "<http://example.com>",
        "<!-- a",
        "a\n# b",
        "a\r\n- b",
        "a\x1b[2Jb",
        "[x]: y",
    ],
    *[
        "@octocat",
        "octo-org/hello-world#1",
        "pull_requests: write",
        "\\",
        "\\[a\\](b)",
        "a  \nb",
        ":--|--:",
        "\u202eabc",
        "a\tb",
        "\t# a",
    ],
]
TEXTS = st.one_of(
    st.text(alphabet=string.punctuation + "a1 \n", min_size=1, max_size=12),
    st.text(min_size=1, max_size=20),
    st.sampled_from(HOSTILE),
)


def rendered(text):
    return GITHUB.render(text)


def as_shown(text):
    """The words of a text, for white space has no meaning in Markdown."""
    return " ".join(printable(text).split())


@given(TEXTS)
def test_markdown_shows_the_text_and_nothing_else(text):
    wanted = as_shown(text)
    shown_alone = rendered(to_markdown(text))
    if wanted:
        match = PLAIN.fullmatch(shown_alone)
        assert match, shown_alone
        assert html.unescape(match[1]) == wanted
    in_a_row = rendered(f"| a | b |\n|---|---|\n| {to_markdown(text)} | c |\n")
    cells = re.findall(r"<td>(.*?)</td>", in_a_row)
    assert [html.unescape(cell) for cell in cells] == [wanted, "c"]


@given(TEXTS)
def test_markdown_in_the_middle_of_a_line(text):
    line = rendered(f"- account {to_markdown(text)} (installation 1)")
    (item,) = re.findall(r"<li>(.*)</li>", line)
    assert " ".join(html.unescape(item).split()) == " ".join(f"account {as_shown(text)} (installation 1)".split())


def test_a_name_stays_readable():
    assert to_markdown("octo-org/hello_world: pull_requests") == "octo-org/hello_world: pull_requests"


@given(st.text())
def test_printable_is_one_line_without_controls(text):
    line = to_printable(text)
    assert line.isprintable()
    assert len(line) == len(text)


@pytest.mark.parametrize("value, line", [(7, "7"), (None, "None"), (["a\n"], "['a\\n']")])
def test_what_is_no_text_is_printable_too(value, line):
    assert to_printable(value) == line


@pytest.mark.parametrize("kind", ["installation token", "long installation token", "old installation token"])
def test_a_token_is_not_printable_in_the_form_of_git_either(kind):
    token = planted(kind, 1)
    sent = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    text = to_printable(f"remote: Basic {sent}\nremote: {token}\nremote: {token[:20]}", secrets=["other", token])
    assert shown(text, token) == []
    assert shown(text, sent) == []
    assert text.startswith("remote: ********")


SPECIFICATION = {
    "role_number": {"type": "int"},
    "role_accounts": {"type": "list", "options": {"login": {}, "inputs": {"type": "dict", "no_log": True}}},
    "role_key": {"no_log": True},
}


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_secret_in_a_variable_is_named_and_not_shown(kind):
    secret = planted(kind, 1)
    for variables in (
        {"role_number": secret},
        {"role_accounts": [{"login": secret}]},
        {"role_accounts": {secret: 1}},
        {"role_other": [[secret]]},
    ):
        (error,) = variable_errors(variables, SPECIFICATION)
        (name,) = variables
        assert error.startswith(name)
        assert " contains what looks like a" in error
        assert shown(error, secret) == []
    assert variable_errors({"role_key": secret, "role_accounts": [{"inputs": {"key": secret}}]}, SPECIFICATION) == []


def test_a_variable_that_is_a_fact_is_named():
    facts = {"role_number": 7, "role_url": "https://example.com", "role_other": 1}
    variables = {"role_number": 7, "role_url": "https://github.com", "role_accounts": []}
    (error,) = variable_errors(variables, SPECIFICATION, facts)
    assert error == (
        "role_number comes from the facts of the host, which are not trusted. Set it in the play or in the vars of the role."
    )
    assert variable_errors(variables) == []
