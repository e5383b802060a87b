# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all parts of the stand-in share: requests, answers, refusals."""

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
    """Whether this is an integer; to Python a boolean is one, too."""
    return isinstance(value, int) and not isinstance(value, bool)


class Text(str):
    """An answer that is sent as it is, and not as JSON."""


class RefusedError(Exception):
    """A request that AWX refuses, with its status and body."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(body)
        self.status, self.body = status, body


def bad(field: str, message: str) -> RefusedError:
    """AWX's answer to a field that is wrong."""
    return RefusedError(400, {field: [message]})


def forbidden(detail: str = FORBIDDEN) -> RefusedError:
    """AWX's answer to a user who may not do that."""
    return RefusedError(403, {"detail": detail})


def not_found(detail: str = "Not found.") -> RefusedError:
    """AWX's answer to a path that leads nowhere."""
    return RefusedError(404, {"detail": detail})


def not_allowed(method: str) -> RefusedError:
    """AWX's answer to a method that a path does not have."""
    return RefusedError(405, {"detail": f'Method "{method}" not allowed.'})


class Request(NamedTuple):
    """A request to the API. :param path: below /api/v2. :param raw: the body as it came. :param user: who asks."""

    method: str
    path: tuple[str, ...]
    query: tuple[tuple[str, str], ...]
    headers: Message
    raw: bytes
    body: Any
    user: Record

    def asked(self, name: str, default: str = "") -> str:
        """A parameter of the query."""
        return dict(self.query).get(name, default)

    def fields(self) -> Record:
        """The body, which has to be an object."""
        if not isinstance(self.body, dict):
            raise RefusedError(400, {"detail": "JSON parse error - an object is expected"})
        return self.body
