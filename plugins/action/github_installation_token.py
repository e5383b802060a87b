# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin github_installation_token.

It only runs the module where the task says and censors a successful result that holds a token. A module cannot do that
itself: what it returns stands in the output and in every job event, even when it is only registered.
"""

from __future__ import annotations

from typing import Any, Dict, Optional

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action.normal import ActionModule as RunModule


class ActionModule(RunModule):
    # The result of a polled job does not come through here, so it could not be censored.
    _supports_async = False

    def run(self, tmp: Any = None, task_vars: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
        result: Dict[str, Any] = super().run(tmp, task_vars)
        show_secret = boolean(self._task.args.get("show_secret") or False, strict=False)
        if "token" in result and not result.get("failed") and not show_secret:
            result["_ansible_no_log"] = True
        return result
