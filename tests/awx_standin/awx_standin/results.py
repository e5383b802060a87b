# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of jobs and updates. Requests cannot create or change them, and they have an output."""

from __future__ import annotations

from typing import ClassVar

from .basics import Answer, Record, Request, Text, not_allowed, not_found
from .records import Resource


class Results(Resource):
    """:cvar methods: HTTP methods that AWX allows."""

    methods: ClassVar[tuple[str, ...]] = ("GET",)
    hidden = frozenset({"stdout"})

    def answer(self, request: Request) -> Answer:
        """Reject all other methods."""
        if request.method not in self.methods:
            raise not_allowed(request.method)
        return super().answer(request)

    def below(self, request: Request, record: Record, rest: tuple[str, ...]) -> Answer:
        """Return the output."""
        if rest != ("stdout",):
            return super().below(request, record, rest)
        return stdout(request, record["stdout"])


def stdout(request: Request, text: str) -> Answer:
    """Return the output of a job or an update in the requested format."""
    if request.asked("format", "json") == "json":
        lines = text.count("\n")
        return 200, {"range": {"start": 0, "end": lines, "absolute_end": lines}, "content": text}
    if request.asked("format") in ("txt", "ansi", "txt_download", "ansi_download"):
        return 200, Text(text)
    raise not_found()
