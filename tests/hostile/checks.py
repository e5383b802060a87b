# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Search the results of a run for active payloads and for secrets. Each check yields problems as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from jobs import SHAPES, needles
from page import look_at
from payloads import Places

# Characters that can control a terminal or change the order of the text: control characters except tab and line breaks,
# line and paragraph separators, bidirectional controls, and bytes that are not UTF-8 (which become surrogates).
RAW = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]|\r(?!\n)")
# Since 2.19, a module that ends with an exception has this message and no traceback.
CRASHES = re.compile(
    r"Traceback \(most recent call last\)|Unexpected failure|Unexpected Exception"
    r'|"msg": "Task failed: Module failed: '
)
LINES = re.compile(r"^ *(# zqheading|- zqitem|> zqquote|zqcode|- hosts: all|zqshown.*)$", re.MULTILINE)
TASK = re.compile(r"^(?:.*\| )?(?:TASK|PLAY|RUNNING HANDLER) (?:\[(.*?)\])?", re.MULTILINE)
CONTEXT = 60
GIT_FILES = ("config", "HEAD", "packed-refs")

# Patterns that must not occur in Markdown after its escaped characters have been removed.
ESCAPED = re.compile(r"\\[!-/:-@\[-`{-~]")
LIVE_MARKDOWN = {
    "a tag or an autolink": re.compile(r"<[A-Za-z/!?]"),
    "a link": re.compile(r"\]\(|^ {0,3}\[[^\]]+\]:", re.MULTILINE),
    "code": re.compile(r"`|~~~"),
    "an entity": re.compile(r"&#?\w+;"),
    "bold text": re.compile(r"\*\*zq|__zq"),
    "a mention": re.compile(r"(?<!\w)@zq"),
    "a heading": re.compile(r"^ {0,3}(#{1,6} +zq|=+ *$)", re.MULTILINE),
    "a list or a quotation": re.compile(r"^\s*([-*+]|\d+[.)]|>) *zq", re.MULTILINE),
}
HTTP = re.compile(r"https?://[^\s\"'<>]+")


class Text:
    """A text that somebody might read, and its place.

    :param content: bytes that are not UTF-8 become surrogates.
    """

    def __init__(self, place: str, content: bytes) -> None:
        self.place = place
        self.content = content.decode("utf-8", "surrogateescape")

    def where(self, position: int) -> str:
        """Return the place and the task, if known."""
        tasks = TASK.findall(self.content, 0, position)
        return f"{self.place}, {tasks[-1]!r}" if tasks and tasks[-1] else self.place


def find_raw(texts: Iterable[Text]) -> Iterator[str]:
    """Yield one problem per task and place, with all characters found and the context of the first one."""
    found: dict[str, tuple[set[str], str]] = {}
    for text in texts:
        for match in RAW.finditer(text.content):
            around = text.content[max(0, match.start() - CONTEXT) : match.end() + 10]
            found.setdefault(text.where(match.start()), (set(), around))[0].add(match[0])
    for where, (characters, around) in found.items():
        codes = " ".join(f"U+{ord(character):04X}" for character in sorted(characters))
        yield f"raw {codes} in {where}: ...{ascii(around)}"


def find_crashes(texts: Iterable[Text]) -> Iterator[str]:
    """Yield one problem per task and place in which a program crashed."""
    for text in texts:
        found: dict[str, str] = {}
        for match in CRASHES.finditer(text.content):
            what = re.search(r"\w+(Error|Exception)\b.{,200}|Module failed: .{,200}", text.content[match.start() :])
            found.setdefault(text.where(match.start()), what[0] if what else match[0])
        yield from (f"a crash in {where}: {ascii(what)}" for where, what in found.items())


def find_secrets(texts: Iterable[Text], secrets: Mapping[str, str]) -> Iterator[str]:
    """Find secrets, and text that looks like one."""
    searched = {needle.decode("utf-8"): name for needle, name in needles(secrets).items()}
    shapes = re.compile(SHAPES.pattern.decode())
    for text in texts:
        seen = set()
        for needle, name in searched.items():
            position = text.content.find(needle)
            if position >= 0:
                seen.add((name, text.where(position)))
        seen |= {
            (f"something like {match[0][:8]!r}", text.where(match.start())) for match in shapes.finditer(text.content)
        }
        yield from (f"{name} is shown in {where}" for name, where in sorted(seen))


def find_live_markdown(text: Text) -> Iterator[str]:
    """Find payloads that a Markdown renderer would not show as text."""
    plain = ESCAPED.sub("", text.content)
    for what, pattern in LIVE_MARKDOWN.items():
        match = pattern.search(plain)
        if match:
            around = plain[max(0, match.start() - CONTEXT) : match.end() + 20]
            yield f"{what} in {text.place}: ...{ascii(around)}"
    cells = 0
    for line in plain.splitlines():
        if not line.startswith("|"):
            cells = 0
        elif cells and line.count("|") != cells:
            yield f"a row with the wrong number of columns in {text.place}: {ascii(line[:200])}"
        cells = cells or line.startswith("|") * line.count("|")


def find_live_html(text: Text, template: str) -> Iterator[str]:
    """Find tags, attributes and links from a payload. :param template: the page's template with all its includes."""
    try:
        page = look_at(text.content)
    except (AssertionError, KeyError, StopIteration) as error:
        yield f"{text.place} is not the expected page: {type(error).__name__} {error}"
        return
    own = set(re.findall(r"<([a-z][a-z0-9]*)", template))
    for tag, count in page["tags"].items():
        if tag not in own or (tag in ("script", "style", "meta", "title") and count > template.count(f"<{tag}")):
            yield f"{count} tags <{tag}> in {text.place}"
    if page["script"] not in page["policy"]:
        yield f"a script that its policy does not allow in {text.place}"
    for name in page["attributes"]:
        if name.startswith("on") or name in (
            "src",
            "srcset",
            "srcdoc",
            "style",
            "action",
            "formaction",
            "background",
            "data",
            "poster",
        ):
            yield f"an attribute {name} in {text.place}"
    for link in page["links"]:
        if not HTTP.fullmatch(str(link)):
            yield f"a link in {text.place} to {ascii(link)[:200]}"


def find_wrong_json(text: Text) -> Iterator[str]:
    """Find JSON reports that are not valid."""
    try:
        json.loads(text.content)
    except ValueError as error:
        yield f"{text.place} is not JSON: {error}"


def find_marks(places: Places, directory: Path) -> Iterator[str]:
    """Find traces of executed payloads, and files named by a payload. :param directory: of the run."""
    for path in sorted(Path(places.marks).iterdir()):
        yield f"a payload was executed: {path.name}"
    elsewhere = [
        path for place in (Path("/"), Path.cwd(), Path.home(), *directory.parents) for path in place.glob("*zq*")
    ]
    for path in (*directory.rglob("*zq*"), *elsewhere):
        if path.name.startswith(places.prefix):
            yield f"a payload was executed: {path.name} in {path.parent}"
        elif "zqtraversal" in path.name:
            yield f"a payload named a file: {ascii(str(path))}"


def find_lines(texts: Iterable[Text]) -> Iterator[str]:
    """Find lines from a payload that readers would mistake for Ansible's own output."""
    for text in texts:
        seen = set()
        for match in LINES.finditer(text.content):
            where = text.where(match.start())
            if where not in seen:
                seen.add(where)
                yield f"a line of a payload in {where}: ...{ascii(text.content[max(0, match.start() - 2 * CONTEXT) : match.end()])}"


def texts_below(directory: Path) -> Iterator[Text]:
    """Yield all files except the objects of git repositories."""
    for path in sorted(directory.rglob("*")):
        place = path.relative_to(directory)
        if path.is_file() and (".git" not in place.parts or path.name in GIT_FILES or "logs" in place.parts):
            yield Text(ascii(str(place))[1:-1], path.read_bytes())
