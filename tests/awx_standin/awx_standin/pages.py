# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters and pages of lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from .basics import Answer, Record, RefusedError, Request, not_found

PAGE_SIZE, LARGEST_PAGE = 25, 200
OR = "or__"
OF_PAGES = ("page", "page_size", "order_by", "format")


def equals(value: Any, asked: str) -> bool:
    """Return whether a field equals the value of a filter."""
    if value is None:
        return asked.lower() in ("none", "null")
    if isinstance(value, bool):
        return asked.lower() == str(value).lower()
    return str(value) == asked


def filtered(kind: str, known: Iterable[str], records: list[Record], request: Request) -> list[Record]:
    """Apply the filters of the query. Only filters of one field, also with the prefix or__, are supported."""
    every = [(name, value) for name, value in request.query if name not in OF_PAGES and not name.startswith(OR)]
    either = [(name[len(OR) :], value) for name, value in request.query if name.startswith(OR)]
    for name, _value in (*every, *either):
        if name not in known:
            raise RefusedError(400, {"detail": f"{kind} has no field named '{name}'"})
    found = [record for record in records if matches(record, every, either)]
    return ordered(found, request.asked("order_by"))


def ordered(found: list[Record], order: str) -> list[Record]:
    """Sort by a field, in descending order with a leading minus."""
    if not order:
        return found
    field = order.lstrip("-")
    return sorted(found, key=lambda record: str(record.get(field, "")).zfill(12), reverse=order.startswith("-"))


def matches(record: Record, every: list[tuple[str, str]], either: list[tuple[str, str]]) -> bool:
    """Return whether a record matches all of the first filters, and one of the others if there are any."""
    if not all(equals(record.get(name), value) for name, value in every):
        return False
    return not either or any(equals(record.get(name), value) for name, value in either)


def page(request: Request, found: list[Record], show: Callable[[Record], Record]) -> Answer:
    """Return one page of a list."""
    path, asked = f"/api/v2/{'/'.join(request.path)}/", dict(request.query)
    try:
        number, size = int(asked.get("page", 1)), min(int(asked.get("page_size", PAGE_SIZE)), LARGEST_PAGE)
    except ValueError:
        raise not_found("Invalid page.") from None
    if number < 1 or size < 1 or (number - 1) * size >= max(len(found), 1):
        raise not_found("Invalid page.")

    def link(other: int) -> str:
        return f"{path}?{urlencode({**asked, 'page': other})}"

    return 200, {
        "count": len(found),
        "next": link(number + 1) if number * size < len(found) else None,
        "previous": link(number - 1) if number > 1 else None,
        "results": [show(record) for record in found[(number - 1) * size : number * size]],
    }
