# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Callback revoke_tokens."""

from __future__ import annotations

DOCUMENTATION = r"""
name: revoke_tokens
type: notification
short_description: Revoke the installation access tokens of a run when it ends
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Revokes the installation access tokens that were created during the run with the lookup
    P(hubops.github_apps.github_installation_token#lookup), or with M(hubops.github_apps.github_installation_token) on a
    local connection and without C(become).
  - Does not affect tokens that were created with O(hubops.github_apps.github_installation_token#lookup:revoke=never), that are kept
    in a file, or that were already revoked.
  - Prints the number of revoked tokens. If tokens cannot be revoked within 30 seconds, a warning states when they expire.
  - Also makes the lookup faster by loading the required libraries once in the main process instead of in each worker.
requirements:
  - enable in configuration, with C(callbacks_enabled) or E(ANSIBLE_CALLBACKS_ENABLED)
notes:
  - Tokens that modules create internally to list repositories are not revoked. They can only read metadata, are not stored
    anywhere, and expire within an hour.
  - 30 seconds is enough for about a hundred tokens. github.com allows 180 revocations per minute.
  - Tokens are also revoked if tasks fail or you interrupt the run from the keyboard. If the process is killed, nothing is
    revoked, and the tokens expire within an hour.
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
        # Workers are forked from this process, so they do not have to load again what is loaded here.
        lookup_loader.get("hubops.github_apps.github_installation_token", class_only=True)
        import_module("ansible_collections.hubops.github_apps.plugins.plugin_utils._lookups.token_results")
        with suppress(OSError, MissingLibraryError):
            RunFiles(key)
            pyjwt()
        # The end of a playbook is too early, because the next playbook of the run may use the tokens. This also covers
        # interrupted runs.
        atexit.register(self.revoke, os.getpid())

    def revoke(self, process: int) -> None:
        """Revoke the run's tokens, but only in the main process: workers inherit this object.

        :param process: ID of the main process.
        """
        if os.getpid() != process:
            return
        revoked, problems = revoke_minted()
        if revoked:
            self._display.display(f"Revoked {counted(revoked)} created by this run.", stderr=True)
        for problem in problems:
            self._display.warning(problem)
