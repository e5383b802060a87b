# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small client that signs and sends requests."""

from __future__ import annotations

import functools
import json
import time
from typing import Any, Dict, Optional, Tuple

import jwt
import requests
from cryptography.hazmat.primitives import serialization

from github_standin import StandIn

PREVIEWS = ("machine-man", "gambit", "fury", "doctor-strange", "corsair")
ALL_PREVIEWS = ",".join("application/vnd.github.%s-preview+json" % name for name in PREVIEWS)
OAUTH = ("standin-oauth-client", "standin-oauth-secret")
PAT = "standin-pat-classic-admin"
RELEASES = ["2.18", "2.19", "2.20", "2.21", "2.22", "3.0", "3.3", "3.4", "3.9", "3.19", "3.21", "3.22", "cloud"]
GHES = RELEASES[:-1]
JSON = {"Accept": "application/vnd.github+json"}
NOT_FOUND = (404, "Not Found")


class Client:
    """Client for a server."""

    def __init__(self, server: StandIn, **headers: str) -> None:
        self.server = server
        self.http = requests.Session()
        self.http.headers.update({"User-Agent": "standin-tests", "Accept": ALL_PREVIEWS}, **headers)

    def jwt(self, slug: str = "hubops-demo", key: Optional[str] = None, algorithm: str = "RS256", **claims: Any) -> str:
        """Create a JWT of an app; a claim set to None is left out."""
        now = int(time.time() + self.server.clock_offset)
        app = self.server.state.app_by_slug(slug)
        payload = dict({"iss": str(app.id), "iat": now - 60, "exp": now + 300}, **claims)
        payload = {name: value for name, value in payload.items() if value is not None}
        # PyJWT rejects an integer issuer, but GitHub accepts it, so sign the bytes instead of the mapping.
        return jwt.PyJWS().encode(_json(payload), key or _parsed(self.server.private_key(slug)), algorithm=algorithm)

    def call(self, method: str, path: str, auth: Any = None, **more: Any) -> requests.Response:
        """Send a request; ``auth`` is a token for Bearer, or a pair for Basic."""
        headers = dict(more.pop("headers", {}))
        if isinstance(auth, str):
            headers["Authorization"] = auth if " " in auth else "Bearer " + auth
            auth = None
        more.setdefault("allow_redirects", False)
        return self.http.request(method, self.server.api_url + path, auth=auth, headers=headers, timeout=10, **more)

    def app(self, method: str, path: str, **more: Any) -> requests.Response:
        """Send a request as the app."""
        return self.call(method, path, self.jwt(), **more)

    def mint(self, installation: int = 2001, slug: str = "hubops-demo", **body: Any) -> str:
        """Create an installation token."""
        answer = self.call("POST", "/app/installations/%d/access_tokens" % installation, self.jwt(slug), json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["token"]


@functools.cache
def _parsed(pem: str) -> Any:
    """Return the key in a PEM. Parsing it takes a hundred times as long as signing with it."""
    return serialization.load_pem_private_key(pem.encode(), None)


def _json(payload: Dict[str, Any]) -> bytes:
    return json.dumps(payload).encode("utf-8")


def outcome(answer: requests.Response) -> Tuple[int, str]:
    """Return the status and the message."""
    return answer.status_code, answer.json()["message"]
