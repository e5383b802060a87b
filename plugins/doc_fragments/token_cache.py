# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that tell how a run shares an installation access token."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  cache:
    description:
      - Whether the run shares the token. What asks for a token on the controller gets the one that the run has for the same
        server, app, key, installation, repositories and permissions, and mints only where there is none; whatever the number
        of hosts, tasks and workers.
      - Uses have to name them alike. An installation that is named by its id in one place and by its organization in another
        has two tokens, and so has a server with and without O(server_version).
      - With V(false) nobody else gets the token, which is what a task needs that revokes it.
      - The tokens are kept below Ansible's C(local_tmp), encrypted so that only who has the app's private key can read them,
        and are removed with it when the run ends. With the callback P(hubops.github_apps.revoke_tokens#callback) only the
        run itself can read them. With O(app_jwt) there is no private key, so tokens are shared only with that callback.
    type: bool
    default: true
  fresh:
    description: Whether to mint a token even if the run has one. From then on the run shares the new one.
    type: bool
    default: false
  min_remaining:
    description:
      - Seconds of life that a token must have left to be used once more, from 0 to 3300, by the server's clock. One with less
        is replaced.
    type: int
    default: 600
  revoke:
    description:
      - When the callback P(hubops.github_apps.revoke_tokens#callback) revokes the token. Without that callback nothing does.
      - V(never) is for a token that is used after the run. It is shared among uses with V(never) only.
    type: str
    choices: [at_end, never]
    default: at_end
"""
