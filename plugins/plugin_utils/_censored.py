# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module where the task says, and hides the token in a successful result.

A module cannot do that itself: what it returns stands in the output and in every job event, even when it is only registered.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action.normal import ActionModule as RunModule
from ansible.utils.display import Display

from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import printable
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.scopes import NO_TOKEN
from ansible_collections.hubops.github_apps.plugins.plugin_utils._secrets import MASKS_SECRETS, register_secrets

display = Display()


class CensoredAction(RunModule):
    """The action of a module whose successful result may hold a key `token`. Its failures stay readable."""

    # The result of a polled job does not come through here, so it could not be censored.
    _supports_async = False

    def run(self, tmp: Any = None, task_vars: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
        if boolean(self._task.args.get("show_secret") or False, strict=False):
            return self.run_module(tmp, task_vars)
        # Some connections, ssh for one, print at -vvv what the module writes, unless they are told that it is secret.
        context = self._connection._play_context
        shown, context.no_log = context.no_log, True
        try:
            result = self.run_module(tmp, task_vars)
        finally:
            context.no_log = shown
        if result.get("token", NO_TOKEN) != NO_TOKEN and not result.get("failed"):
            register_secrets([str(result["token"])])
            if not MASKS_SECRETS:
                self.censor(result, (task_vars or {}).get("inventory_hostname"))
        return result

    def run_module(self, tmp: Any, task_vars: Optional[Dict[str, Any]]) -> Dict[str, Any]:
        result: Dict[str, Any] = super().run(tmp, task_vars)
        return result

    def censor(self, result: Dict[str, Any], host: Any) -> None:
        """Hides the whole result, because callbacks get the object that is registered, and says what it was.

        The sentence goes to standard error, so that a callback such as ansible.posix.json keeps standard output for itself.
        """
        if not self._task.no_log:
            display.display(printable(f"[{host}] {self.describe(result)}"), stderr=True)
        result["_ansible_no_log"] = True
        # After a loop, ansible-core before 2.19 hands the results of all items to callbacks once more. It censors them if the
        # task of one item says so.
        self._task.no_log = True

    def describe(self, result: Mapping[str, Any]) -> str:
        """What people are told of a censored result: a sentence about a token of an OAuth application."""
        authorization = result.get("authorization") or {}
        user = (authorization.get("user") or {}).get("login")
        return (
            f"{'Created' if result.get('changed') else 'Found'} a token{f' of {user}' if user else ''}:"
            f" authorization {authorization.get('id')}, scopes {', '.join(authorization.get('scopes') or []) or 'none'}."
        )
