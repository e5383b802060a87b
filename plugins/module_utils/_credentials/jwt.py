# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JWTs with which an app authenticates (RFC 7519). No other file imports PyJWT."""

from __future__ import annotations

import base64
import json
import sys
from typing import TYPE_CHECKING, Any, Dict

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import MissingLibraryError

if TYPE_CHECKING:
    from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.signers.signer import Signer

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
            f"Run '{sys.executable} -m pip uninstall jwt PyJWT', then '{sys.executable} -m pip install PyJWT', because another"
            " package named jwt is installed instead.",
        )
    return jwt


def sign_app_jwt(issuer: str, private_key: Any, now: float) -> str:
    """A JWT for the app `issuer` (app ID or client ID), issued a minute ago and valid for nine more minutes."""
    token = pyjwt().encode(claims_for(issuer, now), private_key, algorithm="RS256")
    if isinstance(token, bytes):
        raise MissingLibraryError(
            "PyJWT",
            f"Run '{sys.executable} -m pip install --upgrade PyJWT', because the installed version is older than 2.0.",
        )
    return str(token)


def sign_app_jwt_with(issuer: str, signer: Signer, now: float) -> str:
    """As `sign_app_jwt`, with a signer instead of the private key. Raises the errors of `sign`."""
    # Imported on demand because few users have a signer.
    from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.signers.signer import sign

    header = {"alg": "RS256", "typ": "JWT"}
    text = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims_for(issuer, now)))
    return f"{text}.{base64url(sign(signer, text.encode()))}"


def claims_for(issuer: str, now: float) -> Dict[str, Any]:
    return {"iss": str(issuer), "iat": int(now) - ISSUED_AGO, "exp": int(now) + EXPIRES_IN}


def base64url(data: bytes) -> str:
    """Base64 for URLs without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
