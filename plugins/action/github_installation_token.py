# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin github_installation_token. It shares tokens with the rest of the run and censors the module's result."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Callable, Dict, Iterator, Mapping, Optional

from ansible.utils.display import Display

from ansible_collections.hubops.github_apps.plugins.module_utils._base.environment import MINTING_ENVIRONMENT
from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    FACTS,
    GitHubAppsError,
    OptionError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    INSTALLATION,
    MINTING,
    MINTING_AND_REVOKING,
    SERVER,
    TOKEN,
    Selector,
    find_sources,
    from_environment,
    installation_selector,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import find_secret
from ansible_collections.hubops.github_apps.plugins.module_utils._github.server import server_from
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.permissions import describe_permissions
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.scopes import (
    LIFETIME,
    RESULTS,
    Scope,
    scope_from,
)
from ansible_collections.hubops.github_apps.plugins.plugin_utils._censored import CensoredAction
from ansible_collections.hubops.github_apps.plugins.plugin_utils._lookups.lookup import plain
from ansible_collections.hubops.github_apps.plugins.plugin_utils._options import checked
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.cache import (
    Made,
    drop_note,
    forget,
    origin_of,
)
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.token_users import join, leave
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.tokens import RunTokens

display = Display()
MOST_NAMES = 5  # maximum number of repositories shown

RunModule = Callable[[], Dict[str, Any]]


class NotMintedError(GitHubAppsError):
    """The module returned no token. :ivar result: the module's result."""

    def __init__(self, result: Dict[str, Any]) -> None:
        super().__init__(str(result.get("msg")))
        self.result = result

    def facts(self) -> Dict[str, Any]:
        return {name: plain(self.result[name]) for name in FACTS if name in self.result}


class ActionModule(CensoredAction):
    def run_module(self, tmp: Any, task_vars: Optional[Dict[str, Any]]) -> Dict[str, Any]:
        run_module = partial(super().run_module, tmp, task_vars)
        task_vars = task_vars or {}
        state = self.arguments.get("state")
        if state == "released":
            return self.release(run_module, task_vars)
        if state == "absent":
            return self.revoke(run_module, self.token_to_revoke())
        if self.arguments.get("dest") or self._connection.transport != "local" or self._connection.become:
            return run_module()
        return self.present(run_module, str(task_vars.get("inventory_hostname")))

    def present(self, run_module: RunModule, host: str) -> Dict[str, Any]:
        """Get a token that is shared within the run."""
        arguments = self.arguments
        try:
            with self.environment_of_the_module():
                environment = from_environment(MINTING, os.environ, MINTING_ENVIRONMENT)
                options = checked(MINTING_AND_REVOKING, plain(arguments), environment)
                tokens = RunTokens(options, display.warning, find_sources(arguments, MINTING_ENVIRONMENT))
                selector = installation_selector(options)
                scope = scope_from(options, selector.owner)
        except GitHubAppsError:
            return run_module()  # The module detects the same error and reports it.
        while True:
            result = self.share(run_module, tokens, selector, scope)
            if not self.is_used_up(result, tokens, host):
                return result

    def describe(self, result: Mapping[str, Any]) -> str:
        selector = next((f"{name} {self.arguments[name]}" for name in INSTALLATION if self.arguments.get(name)), "")
        names = [repository["full_name"] for repository in result.get("repositories") or []]
        shown = ", ".join(names[:MOST_NAMES]) + (" and others" if len(names) > MOST_NAMES else "")
        permissions = result.get("permissions") or {}
        return (
            f"{'Created' if result.get('changed') else 'Reused'} a token for"
            f" {selector or 'installation ' + str(result.get('installation_id'))}."
            f" Permissions: {describe_permissions(permissions, sorted(permissions))}."
            f" Repositories: {shown or ('none' if self.arguments.get('enterprise') else 'all')}. It expires at {result.get('expires_at')}."
        )

    def share(self, run_module: RunModule, tokens: RunTokens, selector: Selector, scope: Scope) -> Dict[str, Any]:
        """The result with a token: the shared one, or else a new one from the module."""
        result: Dict[str, Any] = {"changed": False}
        if self._task.check_mode:
            found = tokens.recall(selector, scope)
            return {**result, **found} if found else run_module()

        def mint() -> Made:
            nonlocal result
            result = run_module()
            if "token" not in result:
                raise NotMintedError(result)
            token = {name: plain(result.get(name)) for name in RESULTS}
            tokens.note_minted(token)
            return Made(token, LIFETIME, [token["token"]])

        try:
            kept = tokens.share(selector, scope, mint)
        except NotMintedError as error:
            return error.result
        except GitHubAppsError as error:
            return {"failed": True, "msg": str(error), **error.facts()}
        return {**result, **kept.value}

    def is_used_up(self, result: Mapping[str, Any], tokens: RunTokens, host: str) -> bool:
        """Whether another host revoked the token before this host was registered as a user of it."""
        if tokens.revoke != "released" or not tokens.are_shared or self._task.check_mode or "token" not in result:
            return False
        try:
            return not join(result["token"], host)
        except OSError:
            return False  # A warning that tokens cannot be shared was already shown.

    def release(self, run_module: RunModule, task_vars: Mapping[str, Any]) -> Dict[str, Any]:
        """End the host's use of the token, and revoke the token if no other host uses it."""
        token, host = self.token_to_revoke(), str(task_vars.get("inventory_hostname"))
        try:
            # The callback knows the origin of the tokens that it revokes at the end of the run.
            if token and (origin_of(token) or not leave(token, host, task_vars, self._task.check_mode)):
                return {"changed": False}
        except OSError as error:
            display.warning(
                "A token was not revoked and stays valid until it expires, because the run could not determine whether"
                f" another host uses it: {os.strerror(error.errno or errno.EIO)}."
            )
            return {"changed": False}
        return self.revoke(run_module, token)

    def revoke(self, run_module: RunModule, token: Optional[str]) -> Dict[str, Any]:
        """Revoke the token and stop sharing it within the run."""
        token = (token or "").strip()
        try:
            self.refuse_other_server(token)
        except GitHubAppsError as error:
            return {"failed": True, "changed": False, "msg": str(error), **error.facts()}
        is_done = bool(token) and not self._task.check_mode
        if is_done:
            forget(token, display.warning)
        result = run_module()
        # Keep the note unless the server confirmed the revocation, so that it is retried at the end of the run.
        if is_done and result.get("changed"):
            drop_note(token)
        return result

    def refuse_other_server(self, token: str) -> None:
        """Raise `OptionError` if this run created the token on a server other than `api_url`."""
        origin = origin_of(token) if token else None
        if not origin:
            return
        with self.environment_of_the_module():
            environment = from_environment(SERVER, os.environ, MINTING_ENVIRONMENT)
            given = {name: self.arguments.get(name) for name in SERVER}
            api_url = server_from(checked(SERVER, plain(given), environment)).api_url
        if api_url != origin:
            raise OptionError(
                f"The token was created on {origin} in this run, but api_url is {api_url}, so the token was not sent."
                " Set api_url to the server that created the token."
            )

    def token_to_revoke(self) -> Optional[str]:
        """The token, unless it is in `dest` or the controller cannot read it. Errors are left to the module to report."""
        arguments = self.arguments
        names = list(TOKEN) if self._connection.transport == "local" else ["token"]
        with suppress(GitHubAppsError):
            if not arguments.get("dest"):
                return find_secret(checked(TOKEN, plain({name: arguments.get(name) for name in names})), "token")[1]
        return None

    @contextmanager
    def environment_of_the_module(self) -> Iterator[None]:
        """Temporarily add the variables of the keyword `environment` to the environment of this process.

        Ansible uses the environment of the process to expand `~` and variables in paths.
        """
        kept = dict(os.environ)
        added: Dict[str, Any] = {}
        self._compute_environment_string(added)
        os.environ.update({name: str(value) for name, value in added.items()})
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(kept)
