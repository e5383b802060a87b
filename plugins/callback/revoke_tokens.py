# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Callback revoke_tokens."""

from __future__ import annotations

DOCUMENTATION = r"""
name: revoke_tokens
type: notification
short_description: Revokes at the end of a run the installation tokens that the run minted
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Revokes every installation access token that the run minted with the lookup
    P(hubops.github_apps.github_installation_token#lookup), or with M(hubops.github_apps.github_installation_token) on a
    local connection and without C(become), unless it was minted with
    O(hubops.github_apps.github_installation_token#lookup:revoke=never), is kept in a file, or was revoked before.
  - Says in one line how many. What cannot be revoked within half a minute is a warning with the time when it expires.
  - Also makes the lookup faster, for it keeps ready in the main process what each worker would have to load.
requirements:
  - enable in configuration, with C(callbacks_enabled) or E(ANSIBLE_CALLBACKS_ENABLED)
notes:
  - The tokens with which modules read lists of repositories are not known to it. They may read metadata and nothing else,
    are nowhere stored, and expire within the hour.
  - Half a minute is enough for some hundred tokens. github.com lets 180 revocations through in a minute.
  - Works when the run ends, also when tasks failed and after an interrupt from the keyboard. A process that is killed
    revokes nothing; its tokens expire within the hour.
seealso:
  - plugin: hubops.github_apps.github_installation_token
    plugin_type: lookup
  - module: hubops.github_apps.github_installation_token
"""

import atexit
import os
from contextlib import suppress
from importlib import import_module
from typing import Any

from ansible.plugins.callback import CallbackBase
from ansible.plugins.loader import lookup_loader

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import MissingLibraryError
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.jwt import pyjwt
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.cache import begin_run
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.files import RunFiles
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.revocation import counted, revoke_minted


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "hubops.github_apps.revoke_tokens"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        key = begin_run()
        # Whatever is loaded and used here, before any worker is forked, costs the workers nothing.
        lookup_loader.get("hubops.github_apps.github_installation_token", class_only=True)
        import_module("ansible_collections.hubops.github_apps.plugins.plugin_utils._lookups.token_results")
        with suppress(OSError, MissingLibraryError):
            RunFiles(key)
            pyjwt()
        # Not when a playbook ends, for another one of the same run may use the tokens. An interrupted run gets here too.
        atexit.register(self.revoke, os.getpid())

    def revoke(self, process: int) -> None:
        """Revokes the run's tokens. :param process: the one that may do that; others inherit this object."""
        if os.getpid() != process:
            return
        revoked, problems = revoke_minted()
        if revoked:
            self._display.display(f"Revoked {counted(revoked)} of this run.", stderr=True)
        for problem in problems:
            self._display.warning(problem)
