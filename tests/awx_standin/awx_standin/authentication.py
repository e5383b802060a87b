# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Authentication with tokens and passwords."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from .basics import Answer, Record, RefusedError, Request, forbidden, not_allowed, not_found

if TYPE_CHECKING:
    from .state import Awx

NOBODY = "Authentication credentials were not provided. To establish a login session, visit /api/login/."


def parsed(raw: bytes) -> Any:
    """Parse the body of a request, which is JSON or empty."""
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        raise RefusedError(400, {"detail": "JSON parse error"}) from None


class Tokens:
    """OAuth2 tokens by value, each with its ID and its user. AWX has had none since November 2024."""

    def __init__(self, awx: Awx) -> None:
        self.awx = awx
        self.tokens: dict[str, tuple[int, int]] = {}

    def add(self, value: str, user: Record) -> int:
        """Store a new token."""
        number = self.awx.next_number()
        self.tokens[value] = (number, user["id"])
        return number

    def user_of(self, request: Request) -> Record:
        """Return the user who sent a request."""
        scheme, _space, value = str(request.headers.get("Authorization", "")).partition(" ")
        user = None
        if scheme.lower() == "bearer" and self.awx.with_tokens and value in self.tokens:
            user = self.awx.lookup("users", self.tokens[value][1])
        elif scheme.lower() == "basic":
            user = self.user_with(value)
        if user is None:
            raise RefusedError(401, {"detail": NOBODY})
        return user

    def user_with(self, encoded: str) -> Record | None:
        """Return the user with a login and password."""
        try:
            name, _colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            return None
        users = self.awx.records["users"].values()
        return next((user for user in users if (user["username"], user["password"]) == (name, password)), None)

    def answer(self, request: Request) -> Answer:
        """Handle a request: POST creates a token, DELETE revokes it."""
        if request.method == "POST" and len(request.path) == 1:
            value = f"standin-awx-session-{self.awx.number + 1}"
            number = self.add(value, request.user)
            return 201, {"id": number, "type": "o_auth2_access_token", "token": value, "scope": "write"}
        if request.method != "DELETE" or len(request.path) != 2:
            raise not_allowed(request.method)
        for value, (number, user) in [*self.tokens.items()]:
            if str(number) == request.path[1]:
                if user != request.user["id"] and not request.user["is_superuser"]:
                    raise forbidden()
                del self.tokens[value]
                return 204, None
        raise not_found()
