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
    description: The installations, as returned by M(hubops.github_apps.github_app_installation_info).
    type: list
    elements: dict
    required: true
  app:
    description: The app, as returned by M(hubops.github_apps.github_app_info).
    type: dict
    required: true
  date:
    description: The date of the report in the format C(YYYY-MM-DD). The age of installations is calculated relative to this date.
    type: str
    required: true
  counted:
    description: >-
      The results of a task that runs M(hubops.github_apps.github_installation_repo_info) in a loop over the IDs of the installations.
      Each failed result is a finding. If an installation has no result, its repositories are not counted.
    type: list
    elements: dict
    default: []
  stale_days:
    description: Number of days without an update after which an installation is reported as a finding. Set this to V(0) to disable the check.
    type: int
    default: 365
  findings:
    description: The kinds of findings to report. If not set, all kinds are reported.
    type: list
    elements: str
    choices: [admin, surplus, write, all_repositories, drift, unknown, events, suspended, stale]
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
"""

RETURN = r"""
_value:
  description: The report. Its keys are described in the README of the role P(hubops.github_apps.app_audit#role).
  type: dict
"""

from datetime import date as Date
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import cleaned, quoted
from ansible_collections.hubops.github_apps.plugins.plugin_utils._reports.audit import KINDS, compare, make_report


def app_audit(
    installations: List[Dict[str, Any]],
    app: Mapping[str, Any],
    date: str,
    counted: Sequence[Mapping[str, Any]] = (),
    stale_days: int = 365,
    findings: Optional[Sequence[str]] = None,
    baseline: Optional[Mapping[str, Any]] = None,
) -> Any:
    try:
        today = Date.fromisoformat(str(date))
    except ValueError:
        raise AnsibleFilterError(
            f"app_audit: date must be in the format YYYY-MM-DD, for example 2026-01-31, not {quoted(date)}."
        ) from None
    unknown = sorted(set(findings or ()) - set(KINDS))
    if unknown:
        raise AnsibleFilterError(
            f"app_audit: findings does not support {', '.join(unknown)}. Supported values: {', '.join(KINDS)}."
        )
    report = make_report(
        installations, app, counted, today, int(stale_days), list(KINDS if findings is None else findings)
    )
    if baseline:
        try:
            report["changes"] = compare(cleaned(baseline), report)
        except (KeyError, TypeError, AttributeError):
            raise AnsibleFilterError("app_audit: baseline must be a report that app_audit returned earlier.") from None
    # Ansible may template the result again, and must not evaluate texts from GitHub as templates.
    return wrap_var(report)


class FilterModule:
    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"app_audit": app_audit}
