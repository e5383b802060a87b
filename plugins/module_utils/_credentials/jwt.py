# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON web tokens with which an app authenticates. The only place that imports PyJWT."""

from __future__ import annotations

import sys
from typing import Any

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import MissingLibraryError

# https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/
# generating-a-json-web-token-jwt-for-a-github-app: issued up to 60 s in the past against clock drift, and
# expiring at most 10 min ahead of GitHub's clock.
ISSUED_AGO = 60
EXPIRES_IN = 540


def pyjwt() -> Any:
    """The library, loaded when it is needed: it takes 20 ms, and an installation token is used without it.

    :raises MissingLibraryError: it is missing, is too old, or another package stands in its place.
    """
    try:
        import jwt
    except ImportError:
        raise MissingLibraryError("PyJWT") from None
    if not hasattr(jwt, "encode"):
        raise MissingLibraryError(
            "PyJWT",
            f"Another package named jwt stands in its place: run '{sys.executable} -m pip uninstall jwt PyJWT',"
            f" then '{sys.executable} -m pip install PyJWT'",
        )
    return jwt


def sign_app_jwt(issuer: str, private_key: Any, now: float) -> str:
    """A JWT for the app `issuer` (app id or client id, always a string), valid from a minute ago for nine minutes."""
    claims = {"iss": str(issuer), "iat": int(now) - ISSUED_AGO, "exp": int(now) + EXPIRES_IN}
    token = pyjwt().encode(claims, private_key, algorithm="RS256")
    if isinstance(token, bytes):
        raise MissingLibraryError(
            "PyJWT", f"The one that is there is older than 2.0: run '{sys.executable} -m pip install --upgrade PyJWT'"
        )
    return str(token)
