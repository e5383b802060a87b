# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter app_audit."""

from __future__ import annotations

DOCUMENTATION = r"""
name: app_audit
short_description: Audit the installations of a GitHub App
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Returns a report on the installations of an app. The report contains findings, totals and a description of each installation.
  - The role P(hubops.github_apps.app_audit#role) collects the input of this filter and renders the report.
positional: app
options:
  _input:
    description:
      - The installations, as returned by M(hubops.github_apps.github_app_installation_info).
      - If the module was run with O(hubops.github_apps.github_app_installation_info#module:include), the report contains the number
        of repositories, and each installation whose repositories could not be read is a finding.
    type: list
    elements: dict
    required: true
  app:
    description: The app, as returned by M(hubops.github_apps.github_app_info).
    type: dict
    required: true
  date:
    description: >-
      The date of the report in the format C(YYYY-MM-DD), or the date and the time in UTC at which the installations were read, in the
      format C(YYYY-MM-DDTHH:MM:SSZ). The age of installations is calculated relative to this date.
    type: str
    required: true
  server:
    description: URL of the server, as returned by the modules in C(server_url).
    type: str
  stale_days:
    description: >-
      Number of days without an update after which an installation is reported as V(stale). Set to V(0) to disable this finding.
    type: int
    default: 365
  findings:
    description: The kinds of findings to report. If not set, all kinds are reported.
    type: list
    elements: str
    choices: [admin, surplus, write, all_repositories, drift, unknown, events, suspended, stale, request]
  accepted:
    description:
      - Findings that are accepted until a date. They are reported as accepted instead of as new findings.
      - After the date, they are new findings again. Entries that match no finding are reported as unused.
      - Entries for kinds that are not in O(findings) are ignored.
    type: list
    elements: dict
    default: []
    suboptions:
      account:
        description: Name of the account, as in the report.
        type: str
        required: true
      finding:
        description: The kind of finding.
        type: str
        required: true
        choices: [admin, surplus, write, all_repositories, drift, unknown, events, suspended, stale, request]
      reason:
        description: Why the finding is accepted.
        type: str
        required: true
      until:
        description: The last day on which the finding is accepted, in the format C(YYYY-MM-DD).
        type: str
        required: true
  requests:
    description:
      - The pending requests to install the app, as returned by M(hubops.github_apps.github_app_installation_request_info).
      - Each of them is a finding.
    type: list
    elements: dict
    default: []
  baseline:
    description: A report that this filter returned earlier. If set, the new report lists the changes since then.
    type: dict
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

- name: Show the accounts that have not accepted all permissions the app requests
  ansible.builtin.debug:
    msg: "{{ report.findings | selectattr('kind', 'eq', 'drift') | map(attribute='accounts') | flatten }}"
  vars:
    report: "{{ listed.installations | hubops.github_apps.app_audit(described.app, date=now(utc=true).strftime('%Y-%m-%d')) }}"

- name: Show the summary without a finding that is accepted until the end of 2030
  ansible.builtin.debug:
    msg: "{{ report.summary }}"
  vars:
    accepted:
      - account: acme
        finding: all_repositories
        reason: The app scans all repositories of this organization.
        until: "2030-12-31"
    report: >-
      {{ listed.installations | hubops.github_apps.app_audit(described.app, date=now(utc=true).strftime('%Y-%m-%d'), accepted=accepted) }}
"""

RETURN = r"""
_value:
  description: The report. Its keys are described in the README of the role P(hubops.github_apps.app_audit#role).
  type: dict
"""

from typing import Any, Callable, Dict

from ansible_collections.hubops.github_apps.plugins.plugin_utils._late import late


class FilterModule:
    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"app_audit": late("plugin_utils._filters.app_audit", "app_audit")}
