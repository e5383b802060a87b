# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options with which patterns and topics select repositories."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  repository_topics:
    description:
      - Topics of repositories. Repositories that have at least one of these topics are selected in addition to O(repositories).
    type: list
    elements: str
  exclude:
    description:
      - Names or patterns of repositories that O(repository_topics) and the patterns in O(repositories) must not
        select.
      - It is an error to exclude a repository that O(repositories) contains by name. O(repository_ids) is not affected.
      - A name or pattern in O(exclude) does not have to match a repository.
    type: list
    elements: str
  allow_no_match:
    description:
      - Whether a pattern or topic is allowed to select nothing. By default, this is an error that names the pattern or topic.
    type: bool
    default: false
  include_archived:
    description:
      - Whether patterns and topics select archived repositories. Repositories that are given by name or ID are not affected.
    type: bool
    default: true
"""
