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
  - Escapes text so that Markdown displays it literally and on one line. Nothing in the text becomes a heading, an image, an HTML tag
    or a link with another text.
  - GitHub can still turn a URL in the text into a link and, in issues and comments, a name after C(@) into a mention and a number
    after C(#) into a reference.
options:
  _input:
    description: The text to escape.
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

from typing import Any, Callable, Dict

from ansible_collections.hubops.github_apps.plugins.plugin_utils._late import late


class FilterModule:
    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"markdown": late("plugin_utils._filters.markdown", "to_markdown")}
