# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter merge_access_reports."""

from __future__ import annotations

DOCUMENTATION = r"""
name: merge_access_reports
short_description: Merge the reports of several jobs that share an access document
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Merges reports of M(hubops.github_apps.github_app_access), such as those of AWX job slices, into one report.
  - Fails if two reports contain the same account, because the jobs must divide the installations among themselves.
options:
  _input:
    description: The reports, as returned by the module in RV(hubops.github_apps.github_app_access#module:report).
    type: list
    elements: dict
    required: true
seealso:
  - module: hubops.github_apps.github_app_access
"""

EXAMPLES = r"""
- name: Report on the first part of the installations
  hubops.github_apps.github_app_access:
    accounts: [{organization: octo-org, suspended: false}, {organization: acme, suspended: false}]
    installation_ids: [2001]
  register: first

- name: Report on the second part of the installations
  hubops.github_apps.github_app_access:
    accounts: [{organization: octo-org, suspended: false}, {organization: acme, suspended: false}]
    installation_ids: [2002, 2003]
  register: second

- name: Show the merged report
  ansible.builtin.debug:
    msg: "{{ ([first.report, second.report] | hubops.github_apps.merge_access_reports).summary }}"
"""

RETURN = r"""
_value:
  description: The merged report.
  type: dict
  contains:
    report:
      description: The merged report, with the same keys as each report.
      type: dict
    summary:
      description: The lines of the report as plain text.
      type: list
      elements: str
    markdown:
      description: The report as Markdown.
      type: str
"""

from typing import Any, Callable, Dict

from ansible_collections.hubops.github_apps.plugins.plugin_utils._late import late


class FilterModule:
    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"merge_access_reports": late("plugin_utils._filters.merge_access_reports", "merge_access_reports")}
