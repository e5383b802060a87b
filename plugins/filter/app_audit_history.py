# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter app_audit_history."""

from __future__ import annotations

DOCUMENTATION = r"""
name: app_audit_history
short_description: Add an audit to the audit history of a GitHub App
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Adds an audit to a history. Returns the history, and the findings that have appeared and disappeared since the previous audit.
  - A finding that is accepted counts as gone. It appears again when the acceptance expires.
  - Two audits on the same day become one entry, with the findings of the second audit and the changes of both.
  - A history contains at most 400 audits, all current findings, and at most 500 findings that disappeared in the last 90 days.
  - The role P(hubops.github_apps.app_audit#role) stores the history and renders the page.
positional: report
options:
  _input:
    description:
      - The history that this filter returned for the previous audit, as data or as JSON. An empty value starts a new history.
    type: raw
    required: true
  report:
    description: The report, as returned by P(hubops.github_apps.app_audit#filter).
    type: dict
    required: true
seealso:
  - plugin: hubops.github_apps.app_audit
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Get information about the app
  hubops.github_apps.github_app_info:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
  register: described

- name: List the installations of the app
  hubops.github_apps.github_app_installation_info:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
  register: listed

- name: Show the findings that have appeared since an earlier audit
  ansible.builtin.debug:
    msg: "{{ (history | hubops.github_apps.app_audit_history(report)).appeared }}"
  vars:
    history: {}
    report: "{{ listed.installations | hubops.github_apps.app_audit(described.app, date=now(utc=true).strftime('%Y-%m-%d')) }}"
"""

RETURN = r"""
_value:
  description:
    - "C(history) is the history to store: the C(app), its C(audits), and its C(findings)."
    - C(appeared) and C(gone) are lists of findings, each with C(account), C(kind), C(title), C(severity), C(since), and whether it is
      C(accepted).
    - C(is_first) is true if the history was empty. C(appeared) is empty in this case.
    - C(summary) describes the changes as lines of text. It is empty for the first audit.
    - C(page) is the data of the page that the role creates.
  type: dict
"""

from typing import Any, Callable, Dict

from ansible_collections.hubops.github_apps.plugins.plugin_utils._late import late


class FilterModule:
    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"app_audit_history": late("plugin_utils._filters.app_audit_history", "app_audit_history")}
