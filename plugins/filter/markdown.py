# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter markdown."""

from __future__ import annotations

DOCUMENTATION = r"""
name: markdown
short_description: Escape text for Markdown
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Returns text that Markdown shows as it is, on one line. No name in it becomes a heading, a link, an image or an HTML tag.
  - GitHub does not turn it into a mention or a reference either.
options:
  _input:
    description: The text.
    type: raw
    required: true
seealso:
  - plugin: hubops.github_apps.printable
    plugin_type: filter
  - name: GitHub Flavored Markdown
    description: The rules for backslash escapes.
    link: https://github.github.com/gfm/#backslash-escapes
"""

EXAMPLES = r"""
- name: Write a report
  ansible.builtin.copy:
    dest: report.md
    mode: "0640"
    content: "The app {{ '[octo](https://example.com)' | hubops.github_apps.markdown }} is installed."
"""

RETURN = r"""
_value:
  description: The escaped text.
  type: str
"""

import re
from typing import Any, Callable, Dict

from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import printable

# ASCII punctuation with a meaning somewhere in a line. An underscore between letters and digits has none.
SPECIAL = re.compile(r"[\\`*{}\[\]<>()#+!|~&@]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
# At the beginning of a line, these make a list, a rule or a heading.
LEADING = re.compile(r"^(\d{1,9}(?=[.)])|(?=[-=]))")


def to_markdown(text: Any) -> Any:
    line = " ".join(printable(str(text)).split())
    escaped = LEADING.sub(lambda match: match[0] + "\\", SPECIAL.sub(r"\\\g<0>", line))
    # What comes out is as little a template as what goes in.
    return wrap_var(escaped)


class FilterModule:
    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"markdown": to_markdown}
