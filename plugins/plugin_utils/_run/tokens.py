# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Installation access tokens that are minted once and shared within a run."""

from __future__ import annotations

import math
from functools import partial
from typing import Any, Callable, Dict, Mapping, Optional

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import NotFoundError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import Selector
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import (
    credentials_from,
    fingerprint,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.private_keys import private_bytes
from ansible_collections.hubops.github_apps.plugins.module_utils._github.server import Server, server_from
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.scopes import (
    Scope,
    min_remaining,
    token_identity,
)
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.cache import Kept, Made, RunCache
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.files import run_key, seconds

UNSHARED = (
    "Installation tokens are not shared in this run, so each use calls the signer and creates a new token. Without a private"
    " key, the run shares tokens only if the callback hubops.github_apps.revoke_tokens is enabled. Add it to"
    " callbacks_enabled (ANSIBLE_CALLBACKS_ENABLED), or set cache to false."
)


class RunTokens:
    """The shared tokens for a set of options.

    :param options: validated options of the spec `MINTING`.
    :param warn: function that shows a warning.
    :param sources: sources of the options, as returned by `find_sources`.
    """

    def __init__(
        self, options: Mapping[str, Any], warn: Callable[[str], None], sources: Optional[Mapping[str, str]] = None
    ) -> None:
        self.server = server_from(options, sources)
        self.credentials = credentials_from(options, warn, sources)
        self.least = min_remaining(options)
        self.fresh = bool(options["fresh"])
        self.revoke = options["revoke"]
        self._client: Any = None
        self._correction = 0.0
        self._warn = warn
        app = self.credentials.app
        if app and app.signer and options["cache"] and not run_key():
            warn(UNSHARED)
        secret = run_key() or (private_bytes(app.private_key) if app and app.private_key else None)
        self._run = RunCache(secret, warn) if app and secret else None
        self._cache = self._run if options["cache"] else None

    @property
    def client(self) -> Any:
        """The client, created only when it is needed, because its imports take longer than everything else here."""
        if self._client is None:
            from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
            from ansible_collections.hubops.github_apps.plugins.module_utils._github.transport import Transport

            self._client = Client(Transport(self.server, warn=self._warn), self.credentials)
            known = self._cache.recall(self._clock(), 0) if self._cache else None
            self._client.transport.correction = self._correction = known["correction"] if known else 0.0
        return self._client

    def obtain(self, selector: Selector, scope: Scope) -> Kept:
        """A token with its details, minted if the run has none. Raises the errors of `create_installation_token`."""
        return self.share(selector, scope, partial(self._mint, selector, scope))

    def recall(self, selector: Selector, scope: Scope) -> Optional[Dict[str, Any]]:
        """The token that the run shares, or None."""
        if not self._cache or self.fresh:
            return None
        return self._cache.recall(self._identity(selector, scope), self.least)

    @property
    def are_shared(self) -> bool:
        """Whether tokens are shared within the run."""
        return self._cache is not None

    def share(self, selector: Selector, scope: Scope, make: Callable[[], Made]) -> Kept:
        """The token that the run shares, or else a new one from `make`."""
        if self._cache:
            return self._cache.once(self._identity(selector, scope), make, self.least, self.fresh)
        made = make()
        return Kept(made.value, seconds() + made.lifetime, True, {})

    def note_minted(self, token: Mapping[str, Any]) -> None:
        """Record a token to be revoked at the end of the run, if the callback and the option `revoke` say so."""
        if self._run and run_key() and self.revoke != "never":
            server = self.server._replace(release=self._client.release) if self._client else self.server
            note = {"token": token["token"], "expires_at": token["expires_at"], "minted_at": seconds()}
            self._run.note_minted({**note, "server": place(server)})

    def _mint(self, selector: Selector, scope: Scope) -> Made:
        from ansible_collections.hubops.github_apps.plugins.module_utils._resources.tokens import (
            create_installation_token,
            seconds_left,
        )

        is_new = True

        def find(_client: Any, selector: Selector, fresh: bool = False) -> Dict[str, Any]:
            nonlocal is_new
            kept = self._installation(selector, fresh)
            is_new = kept.is_new
            return kept.value

        try:
            token = create_installation_token(self.client, selector, scope, find)
        except NotFoundError:
            if is_new:
                raise
            # The recorded installation no longer exists, but the app may have been installed again.
            token = create_installation_token(self.client, selector, scope, partial(find, fresh=True))
        finally:
            self._keep_correction()
            while self.client.minted:
                self.note_minted(self.client.minted.pop())
        left = seconds_left(token["expires_at"], self.client.transport.server_time())
        return Made(token, left, [token["token"]])

    def _installation(self, selector: Selector, fresh: bool) -> Kept:
        from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
            get_installation,
        )

        def ask() -> Made:
            return Made(get_installation(self.client, selector), math.inf, [])

        if self._cache:
            return self._cache.once(self._identity(selector, None), ask, fresh=fresh)
        return Kept(ask().value, math.inf, True, {})

    def _clock(self) -> Dict[str, Any]:
        return {"clock of": self.server.api_url}

    def _keep_correction(self) -> None:
        """Share the correction of this machine's clock, so that other workers do not have to determine it again."""
        correction = self.client.transport.correction
        if self._cache and correction != self._correction:
            self._cache.keep(self._clock(), Made({"correction": correction}, math.inf, []))

    def _identity(self, selector: Selector, scope: Optional[Scope]) -> Dict[str, Any]:
        """The identity by which a token is shared, or an installation if there is no scope."""
        app = self.credentials.app
        return {
            **token_identity(self.server.api_url, app, selector, scope or Scope()),
            "server": place(self.server),
            "key": app and fingerprint(app),
            "revoke": scope and self.revoke,
        }


def place(server: Server) -> Dict[str, Any]:
    """The settings that identify a server and the API to use, without timeouts and retries."""
    return {
        "api_url": server.api_url,
        "release": server.release,
        "api_version": server.api_version,
        "verify": server.verify,
    }
