# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JWTs with which an app authenticates. No other file imports PyJWT."""

from __future__ import annotations

import sys
from typing import Any

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import MissingLibraryError

# https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/
# generating-a-json-web-token-jwt-for-a-github-app: issued 60 s in the past to allow for clock drift, and expiring at
# most 10 minutes in the future.
ISSUED_AGO = 60
EXPIRES_IN = 540


def pyjwt() -> Any:
    """Import PyJWT on demand, because the import takes 20 ms and requests with an installation token do not need it.

    :raises MissingLibraryError: PyJWT is missing, or another package is installed under its name.
    """
    try:
        import jwt
    except ImportError:
        raise MissingLibraryError("PyJWT") from None
    if not hasattr(jwt, "encode"):
        raise MissingLibraryError(
            "PyJWT",
            f"Another package named jwt is installed instead. Run '{sys.executable} -m pip uninstall jwt PyJWT',"
            f" then '{sys.executable} -m pip install PyJWT'.",
        )
    return jwt


def sign_app_jwt(issuer: str, private_key: Any, now: float) -> str:
    """A JWT for the app `issuer` (app ID or client ID), issued a minute ago and valid for nine more minutes."""
    claims = {"iss": str(issuer), "iat": int(now) - ISSUED_AGO, "exp": int(now) + EXPIRES_IN}
    token = pyjwt().encode(claims, private_key, algorithm="RS256")
    if isinstance(token, bytes):
        raise MissingLibraryError(
            "PyJWT",
            f"The installed version is older than 2.0. Run '{sys.executable} -m pip install --upgrade PyJWT'.",
        )
    return str(token)
