# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The progress of a module, from its file to the screen."""

from __future__ import annotations

import threading

import pytest

from ansible_collections.hubops.github_apps.plugins.module_utils._base import progress
from ansible_collections.hubops.github_apps.plugins.plugin_utils import _progress


class Turns(threading.Event):
    """An event that runs a function at each wait, and is set after the last one."""

    def __init__(self, *turns):
        super().__init__()
        self.turns = list(turns)

    def wait(self, timeout=None):
        if self.turns:
            self.turns.pop(0)()
            return False
        return True


@pytest.fixture()
def shown(tmp_path):
    """Return a function that shows what is written at each turn."""
    path, now, lines = tmp_path / "progress", [0.0], []
    path.touch()

    def run(*turns):
        def turn(seconds, step):
            now[0] += seconds
            step(progress.Progress(str(path), timer=lambda: now[0]))

        with path.open(encoding="utf-8") as file:
            events = Turns(*(lambda each=each: turn(*each) for each in turns))
            _progress.watch(file, lines.append, events, timer=lambda: now[0])
        return lines

    return run


def nothing(_progress):
    pass


def test_a_new_line_is_shown_at_once_and_again_after_ten_seconds(shown):
    lines = shown((1, nothing), (2, lambda written: written.tell("begun")), (9, nothing), (1, nothing), (9, nothing))
    assert lines == ["begun (3 s)", "begun (13 s)"]


def test_several_lines_in_one_turn(shown):
    lines = shown((1, lambda written: (written.tell("one"), written.tell("two"))), (10, nothing))
    assert lines == ["one (1 s)", "two (1 s)", "two (11 s)"]


def test_numbers_are_written_every_eight_seconds(tmp_path):
    now = [0.0]
    path = tmp_path / "progress"
    counted = progress.Progress(str(path), timer=lambda: now[0])
    counted.begin(25, "accounts read")
    for _number in range(25):
        now[0] += 1
        counted.step()
    assert path.read_text(encoding="utf-8") == "8 of 25 accounts read\n16 of 25 accounts read\n24 of 25 accounts read\n"


def test_without_a_reader_nothing_is_written(tmp_path):
    progress.Progress(None).tell("unseen")
    progress.Progress(str(tmp_path / "missing/progress")).tell("unseen")
    assert list(tmp_path.iterdir()) == []
