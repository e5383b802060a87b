# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests, responses and errors that all parts share."""

from __future__ import annotations

from email.message import Message
from typing import Any, NamedTuple

Record = dict[str, Any]
Answer = tuple[int, Any]

VERSION = "24.6.1"
ENCRYPTED = "$encrypted$"
FORBIDDEN = "You do not have permission to perform this action."
NO_RESOURCE = "The requested resource could not be found."


def is_number(value: Any) -> bool:
    """Return whether this is an integer. In Python, booleans are integers, too."""
    return isinstance(value, int) and not isinstance(value, bool)


class Text(str):
    """A response that is sent unchanged instead of as JSON."""


class RefusedError(Exception):
    """A request that AWX rejects, with the status and body of the response."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(body)
        self.status, self.body = status, body


def bad(field: str, message: str) -> RefusedError:
    """Return AWX's error for a field that is not valid."""
    return RefusedError(400, {field: [message]})


def forbidden(detail: str = FORBIDDEN) -> RefusedError:
    """Return AWX's error for a user without permission."""
    return RefusedError(403, {"detail": detail})


def not_found(detail: str = "Not found.") -> RefusedError:
    """Return AWX's error for a path that does not exist."""
    return RefusedError(404, {"detail": detail})


def not_allowed(method: str) -> RefusedError:
    """Return AWX's error for a method that is not supported."""
    return RefusedError(405, {"detail": f'Method "{method}" not allowed.'})


class Request(NamedTuple):
    """A request to the API. :param path: below /api/v2. :param raw: unparsed body. :param user: authenticated user."""

    method: str
    path: tuple[str, ...]
    query: tuple[tuple[str, str], ...]
    headers: Message
    raw: bytes
    body: Any
    user: Record

    def asked(self, name: str, default: str = "") -> str:
        """Return a parameter of the query."""
        return dict(self.query).get(name, default)

    def fields(self) -> Record:
        """Return the body, which must be an object."""
        if not isinstance(self.body, dict):
            raise RefusedError(400, {"detail": "JSON parse error - an object is expected"})
        return self.body
