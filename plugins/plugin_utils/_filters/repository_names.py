# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter repository_names, which is documented in plugins/filter."""

from __future__ import annotations

from typing import Any, List, Optional

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.input import repository_name, split_names


def repository_names(names: Any, server_url: Optional[str] = None, keep_urls: bool = False) -> List[str]:
    found = split_names(names or [])
    texts = [str(name) for name in (found if isinstance(found, list) else [found])]
    return texts if keep_urls else [name_in(text, server_url) for text in texts]


def name_in(text: str, server_url: Optional[str]) -> str:
    try:
        return str(repository_name("_input", text, server_url))
    except OptionError:
        return text
