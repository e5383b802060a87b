#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print the content of the HTML page of an audit as JSON, and fail if its tags are not balanced."""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

VOID = ("meta", "input", "wbr", "br")


class Page(HTMLParser):
    """Content of the page: tags, attributes by name, texts by innermost tag, and rows of the table of installations."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: dict[str, list[str | None]] = {}
        self.texts: dict[str, list[str]] = {}
        self.rows: list[list[str]] = []
        self.in_table = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.tags[tag] += 1
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value)
        self.in_table |= tag == "table" and ("id", "installations") in attrs
        if self.in_table and tag == "tr":
            self.rows.append([])
        if self.in_table and tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> does not match the open tag in line {self.getpos()[0]}"
        self.in_table &= tag != "table"

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)
        if self.in_table and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def look_at(text: str) -> dict[str, Any]:
    """Return the properties of a page that the tests check."""
    page = Page()
    page.feed(text)
    page.close()
    assert not page.open, page.open
    digest = hashlib.sha256("".join(page.texts["script"]).encode()).digest()
    return {
        "title": "".join(page.texts["title"]),
        "headings": page.texts["h2"],
        "tags": dict(page.tags),
        "attributes": sorted(page.attributes),
        "links": page.attributes.get("href", []),
        "policy": next(value for value in page.attributes["content"] if "default-src" in str(value)),
        "script": f"'sha256-{base64.b64encode(digest).decode()}'",
        "rows": [[" ".join(cell.split()) for cell in row] for row in page.rows],
    }


if __name__ == "__main__":
    print(json.dumps(look_at(Path(sys.argv[1]).read_text(encoding="utf-8"))))
