# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Installation tokens that a run mints once and shares."""

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


class RunTokens:
    """The tokens that one set of options can have.

    :param options: as `MINTING` has them, checked. :param warn: shows a warning. :param sources: as of `find_sources`.
    """

    def __init__(
        self, options: Mapping[str, Any], warn: Callable[[str], None], sources: Optional[Mapping[str, str]] = None
    ) -> None:
        self.server = server_from(options)
        self.credentials = credentials_from(options, warn, sources)
        self.least = min_remaining(options)
        self.fresh = bool(options["fresh"])
        self.revoke = options["revoke"]
        self._client: Any = None
        self._correction = 0.0
        self._warn = warn
        app = self.credentials.app
        secret = run_key() or (private_bytes(app.private_key) if app and app.private_key else None)
        self._run = RunCache(secret, warn) if app and secret else None
        self._cache = self._run if options["cache"] else None

    @property
    def client(self) -> Any:
        """Made only when something has to be asked, for what it imports takes longer than everything else here."""
        if self._client is None:
            from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
            from ansible_collections.hubops.github_apps.plugins.module_utils._github.transport import Transport

            self._client = Client(Transport(self.server, warn=self._warn), self.credentials)
            known = self._cache.recall(self._clock(), 0) if self._cache else None
            self._client.transport.correction = self._correction = known["correction"] if known else 0.0
        return self._client

    def obtain(self, selector: Selector, scope: Scope) -> Kept:
        """A token with all that is known about it, minted if the run has none. Raises as `create_installation_token`."""
        return self.share(selector, scope, partial(self._mint, selector, scope))

    def recall(self, selector: Selector, scope: Scope) -> Optional[Dict[str, Any]]:
        """The token that the run has, if it has one."""
        if not self._cache or self.fresh:
            return None
        return self._cache.recall(self._identity(selector, scope), self.least)

    @property
    def are_shared(self) -> bool:
        """Whether other uses in the run get the same tokens."""
        return self._cache is not None

    def share(self, selector: Selector, scope: Scope, make: Callable[[], Made]) -> Kept:
        """The run's token, or else the one that `make` makes."""
        if self._cache:
            return self._cache.once(self._identity(selector, scope), make, self.least, self.fresh)
        made = make()
        return Kept(made.value, seconds() + made.lifetime, True, {})

    def note_minted(self, token: Mapping[str, Any]) -> None:
        """Has a token revoked at the end of the run, if the run revokes tokens."""
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
            # What the run remembers was uninstalled since, and may be installed anew.
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
        """So that only one worker finds out that this machine's clock is wrong."""
        correction = self.client.transport.correction
        if self._cache and correction != self._correction:
            self._cache.keep(self._clock(), Made({"correction": correction}, math.inf, []))

    def _identity(self, selector: Selector, scope: Optional[Scope]) -> Dict[str, Any]:
        """What a token is shared by; without a scope, what is known of an installation."""
        app = self.credentials.app
        return {
            **token_identity(self.server.api_url, app, selector, scope or Scope()),
            "server": place(self.server),
            "key": app and fingerprint(app),
            "revoke": scope and self.revoke,
        }


def place(server: Server) -> Dict[str, Any]:
    """What tells one server from another, and how it is spoken to; not how patiently."""
    return {
        "api_url": server.api_url,
        "release": server.release,
        "api_version": server.api_version,
        "verify": server.verify,
    }
