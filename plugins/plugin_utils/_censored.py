# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Base class of action plugins that run a module and hide the token in a successful result.

A module cannot hide it, because its result is part of the output and of job events, even if the result is registered.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action.normal import ActionModule as RunModule
from ansible.utils.display import Display

from ansible_collections.hubops.github_apps.plugins.module_utils._base.input import tidied
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import printable
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.scopes import NO_TOKEN
from ansible_collections.hubops.github_apps.plugins.plugin_utils._secrets import MASKS_SECRETS, register_secrets

display = Display()


class CensoredAction(RunModule):
    """Action of a module whose successful result may contain a `token`. Failures are not hidden."""

    # The result of an asynchronous job does not pass through this plugin, so it could not be censored.
    _supports_async = False

    @property
    def arguments(self) -> Dict[str, Any]:
        """The arguments of the task, without surrounding white space and invisible characters, as the module reads them."""
        return tidied({}, self._task.args)

    def run(self, tmp: Any = None, task_vars: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
        if boolean(self.arguments.get("show_secret") or False, strict=False):
            return self.run_module(tmp, task_vars)
        # Some connection plugins, such as ssh, print the module's output at -vvv unless no_log is set.
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
        """Hide the whole result, because callbacks receive the same object as `register`, and print a description of it.

        The description goes to standard error, because callbacks such as ansible.posix.json print JSON to standard output.
        """
        if not self._task.no_log:
            display.display(printable(f"[{host}] {self.describe(result)}"), stderr=True)
        result["_ansible_no_log"] = True
        # After a loop, ansible-core before 2.19 passes the results of all items to the callbacks again. It only censors
        # them if no_log is set on the task.
        self._task.no_log = True

    def describe(self, result: Mapping[str, Any]) -> str:
        """The description printed instead of a censored result. This one is for tokens of OAuth apps."""
        authorization = result.get("authorization") or {}
        user = (authorization.get("user") or {}).get("login")
        return (
            f"{'Created' if result.get('changed') else 'Found'} a token{f' for user {user}' if user else ''}."
            f" Authorization: {authorization.get('id')}. Scopes: {', '.join(authorization.get('scopes') or []) or 'none'}."
        )
