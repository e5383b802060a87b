# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter markdown, which is documented in plugins/filter."""

from __future__ import annotations

from typing import Any

from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import markdown


def to_markdown(text: Any) -> Any:
    # The input may come from a server, so Ansible must not evaluate the result as a template.
    return wrap_var(markdown(str(text)))
