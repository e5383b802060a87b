# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter app_audit_history, which is documented in plugins/filter."""

from __future__ import annotations

import json
from typing import Any, Mapping

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import cleaned
from ansible_collections.hubops.github_apps.plugins.plugin_utils._reports.history import (
    NOT_A_HISTORY,
    HistoryError,
    merge,
)
from ansible_collections.hubops.github_apps.plugins.plugin_utils._reports.history_page import (
    describe_record,
    format_changes,
    make_page,
)


def app_audit_history(earlier: Any, report: Mapping[str, Any]) -> Any:
    try:
        merged = merge(cleaned(json.loads(earlier) if isinstance(earlier, str) and earlier else earlier), report)
    except ValueError:
        raise AnsibleFilterError(f"app_audit_history: {NOT_A_HISTORY}") from None
    except HistoryError as error:
        raise AnsibleFilterError(f"app_audit_history: {error}") from None
    except (KeyError, TypeError):
        raise AnsibleFilterError("app_audit_history: report must be a report that app_audit returned.") from None
    # Ansible may template the result again, and must not evaluate texts from GitHub as templates.
    return wrap_var(
        {
            "history": merged.history,
            "appeared": [describe_record(record, report["date"]) for record in merged.appeared],
            "gone": [describe_record(record, report["date"]) for record in merged.gone],
            "is_first": merged.is_first,
            "summary": format_changes(merged),
            "page": make_page(merged.history),
        }
    )
