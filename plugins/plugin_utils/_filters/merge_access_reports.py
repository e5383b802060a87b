# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter merge_access_reports, which is documented in plugins/filter."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Sequence

from ansible.errors import AnsibleFilterError

from ansible_collections.hubops.github_apps.plugins.module_utils._access.report import format_report, merge_reports
from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import markdown


def merge_access_reports(reports: Sequence[Mapping[str, Any]]) -> Dict[str, Any]:
    try:
        report = merge_reports(reports)
    except OptionError as error:
        raise AnsibleFilterError(f"merge_access_reports: {error}") from None
    summary: List[str] = format_report(report)
    return {"report": report, "summary": summary, "markdown": "\n".join(format_report(report, markdown)) + "\n"}
