# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter app_audit, which is documented in plugins/filter."""

from __future__ import annotations

from datetime import date as Date
from datetime import datetime
from typing import Any, Dict, List, Mapping, Optional, Sequence

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import cleaned, quoted
from ansible_collections.hubops.github_apps.plugins.plugin_utils._reports.acceptances import (
    Acceptance,
    errors_in,
    read_acceptance,
    read_date,
)
from ansible_collections.hubops.github_apps.plugins.plugin_utils._reports.audit import (
    KINDS,
    Options,
    compare,
    make_report,
)

TIME = "%Y-%m-%dT%H:%M:%SZ"


def app_audit(
    installations: List[Dict[str, Any]],
    app: Mapping[str, Any],
    date: str,
    server: Optional[str] = None,
    stale_days: int = 365,
    findings: Optional[Sequence[str]] = None,
    accepted: Sequence[Mapping[str, Any]] = (),
    requests: Sequence[Mapping[str, Any]] = (),
    baseline: Optional[Mapping[str, Any]] = None,
) -> Any:
    today = read_day(date)
    options = Options(
        today,
        read_at=None if str(date) == today.isoformat() else str(date),
        server=server,
        stale_days=int(stale_days),
        kinds=read_kinds(findings),
        acceptances=read_acceptances(accepted),
        requests=requests,
    )
    report = make_report(installations, app, options)
    if baseline:
        try:
            report["changes"] = compare(cleaned(baseline), report)
        except (KeyError, TypeError, AttributeError):
            raise AnsibleFilterError("app_audit: baseline must be a report that app_audit returned earlier.") from None
    # Ansible may template the result again, and must not evaluate texts from GitHub as templates.
    return wrap_var(report)


def read_day(moment: Any) -> Date:
    """The date of a value that is a date or a time."""
    day = read_date(moment)
    if day is not None:
        return day
    try:
        return datetime.strptime(str(moment), TIME).date()
    except ValueError:
        raise AnsibleFilterError(
            "app_audit: date must be in the format YYYY-MM-DD, for example 2026-01-31, or YYYY-MM-DDTHH:MM:SSZ, not"
            f" {quoted(moment)}."
        ) from None


def read_kinds(findings: Optional[Sequence[str]]) -> List[str]:
    """The kinds of findings to report."""
    unknown = sorted(set(findings or ()) - set(KINDS))
    if unknown:
        raise AnsibleFilterError(
            f"app_audit: findings does not support {', '.join(unknown)}. Supported values: {', '.join(KINDS)}."
        )
    return list(KINDS if findings is None else findings)


def read_acceptances(accepted: Any) -> List[Acceptance]:
    errors = errors_in(accepted, list(KINDS))
    if errors:
        raise AnsibleFilterError("\n".join(f"app_audit: {error}" for error in errors))
    return [read_acceptance(entry) for entry in accepted]
