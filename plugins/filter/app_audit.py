# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter app_audit."""

from __future__ import annotations

DOCUMENTATION = r"""
name: app_audit
short_description: What an audit of the installations of a GitHub App says
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Turns the installations of an app into findings, totals and a description of each installation.
  - The role P(hubops.github_apps.app_audit#role) reads what it needs, and renders what it returns.
positional: app
options:
  _input:
    description: The installations, as M(hubops.github_apps.github_app_installation_info) returns them.
    type: list
    elements: dict
    required: true
  app:
    description: The app, as M(hubops.github_apps.github_app_info) returns it.
    type: dict
    required: true
  date:
    description: The day of the report, as C(YYYY-MM-DD), up to which the age of installations is counted.
    type: str
    required: true
  counted:
    description: >-
      The results of a loop of M(hubops.github_apps.github_installation_repo_info) over the ids of installations. One that failed
      is a finding; one that is missing is not counted.
    type: list
    elements: dict
    default: []
  stale_days:
    description: After how many days without an update an installation is a finding; 0 for never.
    type: int
    default: 365
  findings:
    description: What counts as a finding. If not set, everything does.
    type: list
    elements: str
    choices: [admin, surplus, write, all_repositories, drift, unknown, events, suspended, stale]
  baseline:
    description: What the filter returned earlier, to tell what has changed since.
    type: dict
"""

EXAMPLES = r"""
- name: Describe the app
  hubops.github_apps.github_app_info:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
  register: described

- name: List its installations
  hubops.github_apps.github_app_installation_info:
    app_id: "1001"
    private_key_path: ~/hubops-demo.private-key.pem
  register: listed

- name: Who has not accepted what the app asks for
  ansible.builtin.debug:
    msg: "{{ report.findings | selectattr('kind', 'eq', 'drift') | map(attribute='accounts') | flatten }}"
  vars:
    report: "{{ listed.installations | hubops.github_apps.app_audit(described.app, date=now(utc=true).strftime('%Y-%m-%d')) }}"
"""

RETURN = r"""
_value:
  description: The report, as the README of the role P(hubops.github_apps.app_audit#role) describes it.
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
            f"app_audit: date has to be a day as YYYY-MM-DD, such as 2026-01-31, not {quoted(date)}."
        ) from None
    unknown = sorted(set(findings or ()) - set(KINDS))
    if unknown:
        raise AnsibleFilterError(
            f"app_audit: findings does not know {', '.join(unknown)}; it knows {', '.join(KINDS)}."
        )
    report = make_report(
        installations, app, counted, today, int(stale_days), list(KINDS if findings is None else findings)
    )
    if baseline:
        try:
            report["changes"] = compare(cleaned(baseline), report)
        except (KeyError, TypeError, AttributeError):
            raise AnsibleFilterError("app_audit: baseline is not a report that app_audit made.") from None
    # GitHub's texts stay texts: where Ansible evaluates variables over and over, it would take them for templates.
    return wrap_var(report)


class FilterModule:
    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"app_audit": app_audit}
