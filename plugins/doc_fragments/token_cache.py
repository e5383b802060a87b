# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that control how a run shares installation access tokens."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  cache:
    description:
      - Whether the token is shared with the rest of the run. Tasks and lookups on the controller reuse an existing token for the
        same server, app, key, installation, repositories and permissions, regardless of the number of hosts, tasks and workers.
        A new token is created only if there is none.
      - Tokens are shared only if these values are given in the same way. For example, two tokens are created if one task
        selects the installation by ID and another by organization, or if only one of them sets O(server_version).
      - A shared token keeps the repositories that its patterns and topics selected when it was created. With O(fresh=true), a new token is
        created for the repositories that they select now.
      - With V(false), the token is not shared. Use this for a token that a task revokes.
      - Shared tokens are stored in Ansible's C(local_tmp) and removed when the run ends. They are encrypted and can only be
        read with the app's private key. With the callback P(hubops.github_apps.revoke_tokens#callback), only the run
        itself can read them. With O(signer_command), O(vault_transit_key), O(aws_kms_key) and O(app_jwt), there is no private key,
        so tokens are only shared if that callback is enabled.
    type: bool
    default: true
  fresh:
    description: Whether to create a new token even if the run already has one. From then on, the run shares the new token.
    type: bool
    default: false
  min_remaining:
    description:
      - Minimum number of seconds, from 0 to 3300, for which an existing token must still be valid to be reused, according to the
        server's clock. Otherwise, it is replaced.
    type: int
    default: 600
  revoke:
    description:
      - When the token is revoked. With V(at_end), the callback P(hubops.github_apps.revoke_tokens#callback) revokes it at the end
        of the run. If the callback is not enabled, the token is not revoked.
      - With V(never), the token is not revoked, so that it can be used after the run. It is only shared with other uses of
        V(never).
    type: str
    choices: [at_end, never]
    default: at_end
"""
