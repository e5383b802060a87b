# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of new tokens, in the format of the release."""

from __future__ import annotations

import base64
import json
import secrets
import string

from .profiles import Profile

_ALPHABET = string.ascii_letters + string.digits
_STATELESS_LENGTH = 520


def _alphanumeric(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _unused in range(length))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _stateless(app_id: int) -> str:
    """Token of github.com since 2026: ``ghs_APPID_`` and a JWT-like value, about 520 characters, two dots."""
    head = "ghs_%d_%s" % (app_id, _base64url(json.dumps({"alg": "ES256", "typ": "JWT"}).encode("ascii")))
    signature = _base64url(secrets.token_bytes(64))
    payload = _base64url(secrets.token_bytes(300))[: _STATELESS_LENGTH - len(head) - len(signature) - 2]
    return ".".join((head, payload, signature))


def installation_token(profile: Profile, app_id: int) -> str:
    """Return an installation token: ``v1.`` before GHES 3.0, ``ghs_`` + 36 on GHES, stateless on github.com."""
    if profile.is_cloud:
        return _stateless(app_id)
    if profile.since("3.0"):
        return "ghs_" + _alphanumeric(36)
    return "v1." + secrets.token_hex(20)


def user_token(profile: Profile, prefix: str) -> str:
    """Return a user token with ``gho_``, ``ghp_`` or ``ghu_`` from GHES 3.0 on, and 40 hexadecimal digits before."""
    return prefix + _alphanumeric(36) if profile.since("3.0") else secrets.token_hex(20)
