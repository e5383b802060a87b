# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the names that a template of a credential type uses. The standard library has no template engine.

Templates that assign names, loop, or call macros may be judged incorrectly. Names assigned in the template itself are
known; attributes are not checked, except the files of tower.filename.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

BLOCK = re.compile(r"\{\{-?(.*?)-?\}\}|\{%-?(.*?)-?%\}", re.DOTALL)
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
TEXT = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*\"""", re.DOTALL)
FILTER = re.compile(r"\|\s*[a-zA-Z_]\w*")
TEST = re.compile(r"\bis\s+(?:not\s+)?[a-zA-Z_]\w*")
ARGUMENT = re.compile(r"\b[a-zA-Z_]\w*\s*=(?!=)")
ASSIGNED = re.compile(r"^\s*(?:set|for)\s+(\w+(?:\s*,\s*\w+)*)")
TOWER = re.compile(r"\btower\.filename(?:\.(\w+))?")
NAME = re.compile(r"(?<![\w.])[a-zA-Z_]\w*")
WORDS = {
    *("and", "or", "not", "in", "is", "if", "else", "elif", "endif", "for", "endfor", "set", "endset", "raw", "endraw"),
    *("true", "false", "none", "True", "False", "None", "loop", "range", "dict", "lipsum", "cycler", "joiner"),
    *("namespace", "filter", "endfilter", "with", "endwith"),
}
MAY_LACK = re.compile(r"\b([a-zA-Z_]\w*)\s+is\s+(?:not\s+)?(?:un)?defined\b|\b([a-zA-Z_]\w*)\s*\|\s*default\b")


def undefined(template: str, known: Collection[str], files: Collection[str]) -> str:
    """Return jinja2's message if a template uses anything but these fields and files, or an empty string."""
    text = COMMENT.sub("", template)
    blocks = [TEXT.sub("''", inside or tag) for inside, tag in BLOCK.findall(text)]
    defined = {*known, *WORDS, "tower"}
    for block in blocks:
        for assigned in ASSIGNED.findall(block):
            defined |= {name.strip() for name in assigned.split(",")}
    for block in blocks:
        for name in names(block):
            if name not in defined:
                return f"'{name}' is undefined"
        problem = unknown_file(block, files)
        if problem:
            return problem
    return ""


def names(block: str) -> Iterator[str]:
    """Return the names that an expression reads, except those whose existence it tests."""
    asked = {name for pair in MAY_LACK.findall(block) for name in pair if name}
    rest = ARGUMENT.sub("", TEST.sub("", FILTER.sub("", block)))
    return (name for name in NAME.findall(rest) if name not in asked)


def unknown_file(block: str, files: Collection[str]) -> str:
    """Return the error for a file that the type does not create."""
    for label in TOWER.findall(block):
        if not files:
            return "'tower.filename' is undefined"
        if (f"template.{label}" if label else "template") not in files:
            return f"'tower.filename' has no attribute '{label}'"
    return ""
