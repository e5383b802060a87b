# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter printable, which is documented in plugins/filter."""

from __future__ import annotations

from typing import Any, Iterable

from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import basic, masked, printable


def to_printable(text: Any, secrets: Iterable[str] = ()) -> Any:
    tokens = [str(secret) for secret in secrets]
    sent_by_git = [basic("x-access-token", token) for token in tokens]
    # The input may come from a server, so Ansible must not evaluate the result as a template.
    return wrap_var(printable(masked(str(text), [*tokens, *sent_by_git])))
