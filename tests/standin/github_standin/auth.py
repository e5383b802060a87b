# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the Authorization header and decide whether a route accepts the credential.

Rules for JWTs: GitHub docs "Generating a JSON Web Token (JWT) for a GitHub App".
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any, Dict, FrozenSet, Optional

import jwt

from . import errors
from .errors import ApiError
from .profiles import Profile
from .state import Account, App, Client, InstallationToken, State, UserToken

NONE = "none"
JWT = "jwt"
INSTALLATION = "installation_token"
PAT_CLASSIC = "pat_classic"
PAT_FINE_GRAINED = "pat_fine_grained"
USER_ACCESS = "user_access_token"
OAUTH = "oauth_token"
BASIC = "basic"
PASSWORD = "password"
INVALID = "invalid"

USER_KINDS = frozenset((PAT_CLASSIC, PAT_FINE_GRAINED, USER_ACCESS, OAUTH))
TOKEN_KINDS = USER_KINDS | {INSTALLATION}
PUBLIC = TOKEN_KINDS | {NONE}
JWT_LIFETIME = 600


@dataclass
class Credential:
    """Contents of the Authorization header; ``error`` explains why the credential is not valid."""

    kind: str
    app: Optional[App] = None
    installation_token: Optional[InstallationToken] = None
    user_token: Optional[UserToken] = None
    client: Optional[Client] = None
    account: Optional[Account] = None
    error: Optional[ApiError] = None

    @property
    def has_permissions(self) -> bool:
        """Return whether the credential has fine-grained permissions instead of scopes."""
        return self.kind in (INSTALLATION, PAT_FINE_GRAINED, USER_ACCESS)

    @property
    def rate_key(self) -> Optional[str]:
        """Key of the rate limit that a request counts against. Requests with an app's JWT are not counted."""
        if self.installation_token is not None:
            return "installation-%d" % self.installation_token.installation.id
        if self.user_token is not None:
            return "user-%d" % self.user_token.user.id
        return "anonymous" if self.kind == NONE else None


def identify(header: Optional[str], otp: Optional[str], state: State, profile: Profile) -> Credential:
    """Classify an Authorization header (and X-GitHub-OTP); never raises. The scheme is case-insensitive."""
    if not header or not header.strip():
        return Credential(NONE)
    scheme, _space, value = header.strip().partition(" ")
    scheme, value = scheme.lower(), value.strip()
    if scheme == "basic":
        return _basic(value, otp, state)
    if scheme not in ("bearer", "token") or not value:
        return _invalid()
    known = _stored_token(value, state)
    if known is not None:
        return known
    if scheme == "bearer" and _looks_like_jwt(value):
        return _json_web_token(value, state, profile)
    return _invalid()


def check(credential: Credential, accepted: FrozenSet[str], refusal: Optional[str]) -> None:
    """Raise GitHub's error if the route does not accept this credential."""
    if accepted == {NONE}:
        _check_nothing(credential)
    elif accepted == {JWT}:
        _check_jwt(credential)
    elif accepted == {BASIC}:
        _check_client(credential)
    elif accepted == {PASSWORD}:
        _check_password(credential)
    else:
        _check_token(credential, accepted, refusal)


def _check_nothing(credential: Credential) -> None:
    if credential.kind != NONE:
        raise ApiError(401, errors.BAD_CREDENTIALS)


def _check_jwt(credential: Credential) -> None:
    if credential.kind == NONE:
        raise ApiError(401, errors.REQUIRES_AUTHENTICATION)
    if credential.kind != JWT:
        raise ApiError(401, errors.JWT_UNDECODABLE)
    if credential.error is not None:
        raise credential.error


def _check_client(credential: Credential) -> None:
    if credential.kind == NONE:
        raise ApiError(401, errors.REQUIRES_AUTHENTICATION)
    if credential.kind != BASIC or credential.error is not None:
        raise ApiError(401, errors.BAD_CREDENTIALS)


def _check_password(credential: Credential) -> None:
    if credential.kind == NONE:
        raise ApiError(401, errors.REQUIRES_AUTHENTICATION)
    if credential.kind in TOKEN_KINDS:
        raise ApiError(403, errors.NEEDS_PASSWORD)
    if credential.kind != PASSWORD:
        raise ApiError(401, errors.BAD_CREDENTIALS)
    if credential.error is not None:
        raise credential.error


def _check_token(credential: Credential, accepted: FrozenSet[str], refusal: Optional[str]) -> None:
    if credential.kind in (JWT, PASSWORD) and credential.kind not in accepted:
        raise ApiError(401, errors.BAD_CREDENTIALS)
    if credential.error is not None:
        raise credential.error
    if credential.kind in accepted or (credential.kind == BASIC and NONE in accepted):
        return
    if credential.kind in (NONE, BASIC):
        raise ApiError(401, errors.REQUIRES_AUTHENTICATION)
    raise refused(credential, refusal)


def refused(credential: Credential, message: Optional[str] = None) -> ApiError:
    """Return the 403 for a valid token of an unsuitable kind. Fine-grained tokens get GitHub's general message."""
    if credential.kind == PAT_FINE_GRAINED:
        return ApiError(403, errors.NOT_BY_PAT)
    by_pat = credential.kind == PAT_CLASSIC
    return ApiError(403, message or (errors.NOT_BY_PAT if by_pat else errors.NOT_BY_INTEGRATION))


def _invalid() -> Credential:
    return Credential(INVALID, error=ApiError(401, errors.BAD_CREDENTIALS))


def _stored_token(value: str, state: State) -> Optional[Credential]:
    minted = state.installation_token(value)
    if minted is not None:
        suspended = minted.installation.suspended_at is not None
        return Credential(
            INSTALLATION,
            app=minted.installation.app,
            installation_token=minted,
            error=ApiError(403, errors.SUSPENDED) if suspended else None,
        )
    token = state.user_tokens.get(value)
    if token is not None:
        return Credential(token.kind, app=token.app, user_token=token)
    return None


def _basic(value: str, otp: Optional[str], state: State) -> Credential:
    """Read Basic credentials: client_id:client_secret, login:password, or a token as user name or as password."""
    try:
        user, colon, password = base64.b64decode(value, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return _invalid()
    client = state.clients.get(user)
    if client is not None:
        error = None if password == client.client_secret else ApiError(401, errors.BAD_CREDENTIALS)
        return Credential(BASIC, client=client, error=error)
    account = state.account(user)
    if account is not None and account.password is not None and account.password == password:
        return Credential(PASSWORD, account=account, error=_second_factor(account, otp))
    for token in (password, user):
        known = _stored_token(token, state) if token else None
        if known is not None:
            return known
    return Credential(BASIC, error=ApiError(401, errors.BAD_CREDENTIALS)) if colon else _invalid()


def _second_factor(account: Account, otp: Optional[str]) -> Optional[ApiError]:
    if account.otp in (None, otp):
        return None
    return ApiError(401, errors.NEEDS_OTP, headers={"X-GitHub-OTP": "required; app"})


def _decode_part(part: str) -> Any:
    """Return the JSON value of one base64url part of a JWT, or None."""
    try:
        return json.loads(base64.urlsafe_b64decode(part.encode("ascii") + b"=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return None


def _looks_like_jwt(value: str) -> bool:
    """Check for three parts with a JSON header. An installation token of 2026 has the same number of dots."""
    parts = value.split(".")
    return len(parts) == 3 and isinstance(_decode_part(parts[0]), dict)


def _json_web_token(value: str, state: State, profile: Profile) -> Credential:
    header, payload = (_decode_part(part) for part in value.split(".")[:2])
    credential = Credential(JWT)
    try:
        if header.get("alg") != "RS256" or not isinstance(payload, dict):
            raise ApiError(401, errors.JWT_UNDECODABLE)
        app = _issuer(payload.get("iss"), state, profile)
        _check_signature(value, app)
        _check_times(payload, state.now())
        credential.app = app
    except ApiError as exc:
        credential.error = exc
    return credential


def _issuer(issuer: Any, state: State, profile: Profile) -> App:
    """Return the app identified by ``iss``: its ID as number or string, or its client ID on newer servers."""
    if isinstance(issuer, str) and re.match(r"^[0-9]{1,18}\Z", issuer):
        issuer = int(issuer)
    if isinstance(issuer, int) and not isinstance(issuer, bool):
        app = state.apps.get(issuer)
        if app is None:
            raise ApiError(404, errors.JWT_UNKNOWN_APP)
        return app
    if isinstance(issuer, str) and profile.accepts_client_id_issuer:
        app = state.app_by_client_id(issuer)
        if app is not None:
            return app
    raise ApiError(401, errors.JWT_ISSUER)


def _check_signature(value: str, app: App) -> None:
    if not app.public_keys:
        raise ApiError(401, errors.JWT_NO_KEY)
    if not any(_is_signed_with(value, public_key) for public_key in app.public_keys):
        raise ApiError(401, errors.JWT_UNDECODABLE)


def _is_signed_with(value: str, public_key: str) -> bool:
    try:
        jwt.PyJWS().decode(value, public_key, algorithms=["RS256"])
    except (jwt.PyJWTError, TypeError, ValueError):
        return False
    return True


def _whole_number(value: Any) -> Optional[int]:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _check_times(payload: Dict[str, Any], now: float) -> None:
    """Check that ``exp`` is in the next ten minutes, ``iat`` is not in the future, and both are integers."""
    expires, issued = _whole_number(payload.get("exp")), _whole_number(payload.get("iat"))
    if expires is None or expires <= now:
        raise ApiError(401, errors.JWT_EXP)
    if expires > now + JWT_LIFETIME:
        raise ApiError(401, errors.JWT_EXP_FAR)
    if issued is None or issued > now:
        raise ApiError(401, errors.JWT_IAT)
