# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Audit report on the installations of an app: findings, totals, and changes since an earlier report."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import plural
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
    Installation,
    account_login,
    account_type,
    is_suspended,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.permissions import (
    LEVELS,
    lacking_permissions,
)
from ansible_collections.hubops.github_apps.plugins.plugin_utils._reports.acceptances import (
    Acceptance,
    accept_findings,
    account_of,
    format_acceptances,
    is_new,
)

Report = Dict[str, Any]
Entry = Dict[str, Any]


class Kind(NamedTuple):
    """A kind of finding."""

    severity: str
    title: str
    meaning: str
    remedy: str


class Options(NamedTuple):
    """
    :param today: the date of the report. :param read_at: the time at which the installations were read; None if only the
    date is known. :param server: URL of the server.
    :param stale_days: days without an update that are a finding; 0 for none. :param kinds: kinds of findings to report.
    :param requests: pending requests to install the app, as returned by `github_app_installation_request_info`.
    """

    today: date
    read_at: Optional[str]
    server: Optional[str]
    stale_days: int
    kinds: Sequence[str]
    acceptances: Sequence[Acceptance]
    requests: Sequence[Mapping[str, Any]] = ()


KINDS = {
    "admin": Kind(
        "high",
        "Control over access",
        "The app can change who or what has access, because it has an admin-level permission, or write access to"
        " settings, members, secrets, hooks, runners or workflows.",
        "If the app does not need these permissions, remove them on the settings page of the app, and have an owner of"
        " each account accept the change.",
    ),
    "surplus": Kind(
        "high",
        "Permissions no longer requested",
        "The installation was granted permissions or levels that the app no longer requests.",
        "An owner of the account can accept the current permissions of the app on the page of the installation.",
    ),
    "write": Kind(
        "medium",
        "Write access",
        "The app can change data of the account.",
        "If the app does not need write access, reduce its permissions on the settings page of the app, and have an owner of"
        " each account accept the change.",
    ),
    "all_repositories": Kind(
        "medium",
        "All repositories",
        "The app has access to all repositories of the account, including those created in the future.",
        "If the app does not need all of them, an owner of the account can select 'Only select repositories' on the page"
        " of the installation.",
    ),
    "drift": Kind(
        "medium",
        "Permissions not accepted",
        "The app requests permissions that no owner of the account has accepted yet (drift). API requests that need"
        " these permissions fail.",
        "An owner of the account can accept the permissions on the page of the installation.",
    ),
    "unknown": Kind(
        "medium",
        "Repositories unknown",
        "The repositories could not be counted.",
        "Fix the cause that is stated for the account, and run the audit again.",
    ),
    "events": Kind(
        "low",
        "Different events",
        "The installation is subscribed to different events than the app requests.",
        "Check the events on the settings page of the app. If the page of the installation shows a pending request, an"
        " owner of the account can accept it.",
    ),
    "suspended": Kind(
        "low",
        "Suspended",
        "The app cannot use its access until the installation is unsuspended.",
        "If the account still needs the app, unsuspend the installation. Otherwise, an owner of the account can"
        " uninstall the app.",
    ),
    "stale": Kind(
        "low",
        "Not updated",
        "The installation has not been changed for more than {days}.",
        "Check that the account still uses the app. If it does not, an owner of the account can uninstall the app.",
    ),
    "request": Kind(
        "low",
        "Installation requested",
        "A member of the account requested the app, and no owner has approved or rejected the request yet.",
        "An owner of the account can approve or reject the request on its page, which the report links to.",
    ),
}
SEVERITIES = ("high", "medium", "low")
# Lines of the job's output that name accounts or findings.
MAX_LINES = 20

# Permissions that control people, secrets, or code that runs with secrets, so write access to them is control over access:
# https://docs.github.com/rest/authentication/permissions-required-for-github-apps
CONTROL = {
    "administration",
    "dependabot_secrets",
    "environments",
    "members",
    "organization_administration",
    "organization_custom_org_roles",
    "organization_custom_roles",
    "organization_dependabot_secrets",
    "organization_hooks",
    "organization_personal_access_token_requests",
    "organization_personal_access_tokens",
    "organization_secrets",
    "organization_self_hosted_runners",
    "repository_hooks",
    "secrets",
    "workflows",
}

# Groups by the number of days since the last update: upper limit and name.
AGES = ((30, "up to 30 days"), (90, "31 to 90 days"), (180, "91 to 180 days"), (365, "181 to 365 days"))
OLDER, NO_AGE = "more than 365 days", "unknown"


def make_report(installations: Sequence[Installation], app: Mapping[str, Any], options: Options) -> Report:
    """
    :param installations: as returned by `github_app_installation_info`, with `repository_count` if they were counted.
    :param app: the app as returned by GitHub.
    """
    entries = [describe_installation(item, app, options) for item in installations]
    requests = [describe_request(item, options) for item in options.requests]
    titles = {kind: KINDS[kind].title for kind in options.kinds}
    acceptances = accept_findings([*entries, *requests], options.acceptances, options.today, titles)
    entries.sort(key=order)
    requests.sort(key=by_name)
    findings = summarize([*entries, *requests], options.stale_days)
    totals = count_totals(entries, requests)
    return {
        "date": options.today.isoformat(),
        "read_at": options.read_at,
        "server": web_address(options.server),
        "stale_days": options.stale_days,
        "app": describe_app(app),
        "totals": totals,
        "findings": findings,
        "acceptances": acceptances,
        "summary": [*format_summary(app, totals, findings), *format_acceptances(acceptances)],
        "accounts": format_accounts([*entries, *requests]),
        "permissions": count_permissions(entries, app),
        "states": count_states(entries),
        "ages": count_ages(entries),
        "installations": entries,
        "requests": requests,
        "changes": None,
    }


def describe_app(app: Mapping[str, Any]) -> Dict[str, Any]:
    owner = app.get("owner") or {}
    return {
        "id": app.get("id"),
        "slug": app.get("slug"),
        "name": app.get("name"),
        "owner": owner.get("login") or owner.get("slug"),
        "html_url": web_address(app.get("html_url")),
        "permissions": dict(app.get("permissions") or {}),
        "events": sorted(app.get("events") or []),
    }


def describe_installation(item: Installation, app: Mapping[str, Any], options: Options) -> Entry:
    """An installation with its findings."""
    suspender = item.get("suspended_by") or {}
    entry: Entry = {
        "id": item["id"],
        "account": account_login(item) if item.get("account") else None,
        "account_type": account_type(item),
        "html_url": web_address(item.get("html_url")),
        "repository_selection": item.get("repository_selection"),
        "repositories": item.get("repository_count"),
        "repositories_reason": reason_not_counted(item),
        "permissions": dict(sorted((item.get("permissions") or {}).items())),
        "permission_drift": dict(item.get("permission_drift") or {}),
        "surplus_permissions": surplus_permissions(item, app),
        "events": event_drift(item, app),
        "suspended_at": item.get("suspended_at"),
        "suspended_by": suspender.get("login"),
        "created_at": item.get("created_at"),
        "updated_at": item.get("updated_at"),
        "age_days": age_in_days(item.get("updated_at"), options.today),
    }
    details = find_details(entry, bool(item.get("failure")), options.stale_days)
    entry["findings"] = list_findings(details, options.kinds)
    return entry


def describe_request(item: Mapping[str, Any], options: Options) -> Entry:
    """A pending request to install the app, with its finding."""
    account = item.get("account") or {}
    requester = (item.get("requester") or {}).get("login")
    created_at = item.get("created_at")
    return {
        "id": item["id"],
        "account": account.get("login") or account.get("slug"),
        "account_type": account.get("type"),
        "requester": requester,
        "created_at": created_at,
        "age_days": age_in_days(created_at, options.today),
        "html_url": web_address(item.get("review_url")),
        "findings": list_findings(
            {"request": [f"by {requester or 'an unknown user'} on {str(created_at)[:10]}"]}, options.kinds
        ),
    }


def list_findings(details: Mapping[str, List[str]], kinds: Sequence[str]) -> List[Dict[str, Any]]:
    """The findings of the reported kinds. :param details: by kind."""
    return [
        {
            "kind": kind,
            "severity": KINDS[kind].severity,
            "title": KINDS[kind].title,
            "details": details[kind],
            "acceptance": None,
        }
        for kind in KINDS
        if kind in details and kind in kinds
    ]


def reason_not_counted(item: Installation) -> Optional[str]:
    """Why the number of repositories is not known; None if it is."""
    if item.get("failure"):
        return str(item["failure"].get("message"))
    if item.get("repository_count") is not None:
        return None
    return "cannot be listed while suspended" if is_suspended(item) else "not counted"


def find_details(entry: Entry, is_unknown: bool, stale_days: int) -> Dict[str, List[str]]:
    """The findings of an installation, as details by kind."""
    found = find_permission_details(entry)
    age = entry["age_days"]
    if entry["repository_selection"] == "all":
        found["all_repositories"] = []
    if is_unknown:
        found["unknown"] = [entry["repositories_reason"]]
    if entry["suspended_at"]:
        found["suspended"] = [f"by {entry['suspended_by'] or 'an unknown user'} on {str(entry['suspended_at'])[:10]}"]
    if stale_days and age is not None and age > stale_days:
        found["stale"] = [f"for {age} days"]
    return found


def find_permission_details(entry: Entry) -> Dict[str, List[str]]:
    """The findings about permissions and events, as details by kind."""
    control, written = split_permissions(entry["permissions"])
    found = {
        "admin": [f"{name}: {level}" for name, level in control.items()],
        "surplus": [arrow(name, level) for name, level in entry["surplus_permissions"].items()],
        "write": list(written),
        "drift": [arrow(name, level) for name, level in entry["permission_drift"].items()],
        "events": [f"{word} {', '.join(names)}" for word, names in entry["events"].items() if names],
    }
    return {kind: details for kind, details in found.items() if details}


def split_permissions(granted: Mapping[str, str]) -> Tuple[Dict[str, str], Dict[str, str]]:
    """The permissions with which the app can control access, and the others with which it can write."""
    high = {name: level for name, level in granted.items() if level in ("write", "admin")}
    control = {name: level for name, level in high.items() if level == "admin" or name in CONTROL}
    return control, {name: level for name, level in high.items() if name not in control}


def arrow(name: str, level: Mapping[str, Optional[str]]) -> str:
    """The granted and the requested level of a permission, as text."""
    return f"{name}: granted {level['installation'] or 'none'}, requested {level['app'] or 'none'}"


def surplus_permissions(item: Mapping[str, Any], app: Mapping[str, Any]) -> Dict[str, Dict[str, Optional[str]]]:
    """Granted permissions and levels that the app no longer requests."""
    asked, granted = app.get("permissions") or {}, item.get("permissions") or {}
    return {
        name: {"app": asked.get(name), "installation": granted[name]}
        for name in sorted(lacking_permissions(asked, granted))
    }


def event_drift(item: Mapping[str, Any], app: Mapping[str, Any]) -> Dict[str, List[str]]:
    """Events that only the app or only the installation is subscribed to.

    Some events only exist in organizations, so none are missing for user accounts.
    """
    if not isinstance(item.get("events"), list):
        return {"missing": [], "surplus": []}
    asked, sent = set(app.get("events") or []), set(item["events"])
    missing = set() if item.get("target_type") == "User" else asked - sent
    return {"missing": sorted(missing), "surplus": sorted(sent - asked)}


def age_in_days(moment: Any, today: date) -> Optional[int]:
    """Days since a moment. None if the server did not return it or it is not a date."""
    try:
        return (today - date.fromisoformat(str(moment)[:10])).days
    except ValueError:
        return None


def web_address(address: Any) -> Optional[str]:
    """The address if it is safe to use as a link, else None."""
    return address if re.fullmatch(r"""https?://[^\s"'<>\\^`{|}]+""", str(address)) else None


def order(entry: Mapping[str, Any]) -> Any:
    """Sort key that puts the installations with the most severe new findings first."""
    severities = Counter(finding["severity"] for finding in new_findings(entry))
    return [-severities[severity] for severity in SEVERITIES], by_name(entry)


def by_name(entry: Mapping[str, Any]) -> str:
    return str(entry["account"] or entry["id"]).lower()


def new_findings(entry: Mapping[str, Any]) -> List[Dict[str, Any]]:
    """The findings that are not accepted."""
    return [finding for finding in entry["findings"] if is_new(finding)]


def count_totals(entries: Sequence[Entry], requests: Sequence[Entry]) -> Dict[str, Any]:
    types = Counter(entry["account_type"] for entry in entries)
    selections = Counter(entry["repository_selection"] for entry in entries)
    counted = [entry["repositories"] for entry in entries if entry["repositories"] is not None]
    new = [len(new_findings(entry)) for entry in entries]
    both = [*entries, *requests]
    total_new = sum(len(new_findings(entry)) for entry in both)
    return {
        "installations": len(entries),
        "organizations": types["Organization"],
        "users": types["User"],
        "others": len(entries) - types["Organization"] - types["User"],
        "with_findings": sum(number > 0 for number in new),
        "new_findings": total_new,
        "accepted_findings": sum(len(entry["findings"]) for entry in both) - total_new,
        "requests": len(requests),
        "drift": sum(bool(entry["permission_drift"]) for entry in entries),
        "suspended": sum(bool(entry["suspended_at"]) for entry in entries),
        "all_repositories": selections["all"],
        "repositories": sum(counted),
        "counted": len(counted),
    }


def summarize(entries: Sequence[Entry], stale_days: int) -> List[Dict[str, Any]]:
    """The kinds of new findings, each with the affected accounts."""
    where: Dict[str, List[str]] = {kind: [] for kind in KINDS}
    accepted: Counter[str] = Counter()
    for entry in sorted(entries, key=by_name):
        for finding in entry["findings"]:
            if is_new(finding):
                where[finding["kind"]].append(account_of(entry))
            else:
                accepted[finding["kind"]] += 1
    return [
        {
            "kind": name,
            "severity": kind.severity,
            "title": kind.title,
            "meaning": kind.meaning.format(days=plural(stale_days, "day")),
            "remedy": kind.remedy,
            "count": len(where[name]),
            "accounts": where[name],
            "accepted": accepted[name],
        }
        for name, kind in KINDS.items()
        if where[name]
    ]


def format_summary(
    app: Mapping[str, Any], totals: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]
) -> List[str]:
    """The numbers of findings, in total and by kind, as lines of text."""
    numbers = plural(totals["new_findings"], "new finding") + and_accepted(totals["accepted_findings"])
    return [
        f"{app.get('name') or app.get('slug')} (app {app.get('id')}) has {plural(totals['installations'], 'installation')}:"
        f" {numbers}.",
        *(
            f"{finding['title']} ({finding['severity']}): {finding['count']}{and_accepted(finding['accepted'])}"
            for finding in findings
        ),
    ]


def format_accounts(entries: Sequence[Entry]) -> List[str]:
    """The accounts with new findings, as lines of text, those with the most severe findings first."""
    lines = [
        f"{account_of(entry)}: {', '.join(format_finding(finding) for finding in new_findings(entry))}"
        for entry in sorted(entries, key=order)
        if new_findings(entry)
    ]
    return shorten(lines, "more account")


def format_finding(finding: Mapping[str, Any]) -> str:
    return f"{finding['title']} ({finding['severity']})"


def shorten(lines: Sequence[str], word: str) -> List[str]:
    """The first lines, and the number of the others."""
    rest = len(lines) - MAX_LINES
    return [*lines[:MAX_LINES], *([f"and {plural(rest, word)}"] if rest > 0 else [])]


def and_accepted(number: int) -> str:
    return f", {number} accepted" if number else ""


def count_permissions(entries: Sequence[Mapping[str, Any]], app: Mapping[str, Any]) -> List[Dict[str, Any]]:
    """The number of installations with each permission and level, the strongest and most frequent first."""
    asked = app.get("permissions") or {}
    names = {name for entry in entries for name in entry["permissions"]} | set(asked)
    rows = []
    for name in sorted(names):
        levels = Counter(entry["permissions"].get(name) for entry in entries)
        rows.append({"name": name, "app": asked.get(name), **{level: levels[level] for level in LEVELS}})
    rows.sort(key=lambda row: (-row["admin"], -row["write"], -row["read"], row["name"]))
    return rows


def count_states(entries: Sequence[Mapping[str, Any]]) -> Dict[str, int]:
    """The number of installations in each state. Each installation counts once."""
    states = Counter(
        "suspended" if entry["suspended_at"] else "drift" if entry["permission_drift"] else "current"
        for entry in entries
    )
    return {state: states[state] for state in ("current", "drift", "suspended")}


def count_ages(entries: Sequence[Mapping[str, Any]]) -> List[Dict[str, Any]]:
    """The number of installations by time since the last update."""

    def name_of(age: Optional[int]) -> str:
        if age is None:
            return NO_AGE
        return next((name for most, name in AGES if age <= most), OLDER)

    ages = Counter(name_of(entry["age_days"]) for entry in entries)
    names = [*(name for _most, name in AGES), OLDER, *([NO_AGE] if ages[NO_AGE] else [])]
    return [{"name": name, "count": ages[name]} for name in names]


def compare(baseline: Mapping[str, Any], report: Mapping[str, Any]) -> Dict[str, Any]:
    """The changes since an earlier report."""
    before = {entry["id"]: entry for entry in baseline["installations"]}
    now = {entry["id"]: entry for entry in report["installations"]}
    changed = [(now[key], describe_changes(before[key], now[key])) for key in now if key in before]
    return {
        "since": baseline["date"],
        "installed": [short(entry) for key, entry in now.items() if key not in before],
        "removed": [short(entry) for key, entry in before.items() if key not in now],
        "changed": [{**short(entry), "details": details} for entry, details in changed if details],
    }


def short(entry: Mapping[str, Any]) -> Dict[str, Any]:
    return {"id": entry["id"], "account": entry["account"]}


def describe_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> List[str]:
    """The changes of an installation, one line each. Values that are unknown in one of the reports are skipped."""
    names = sorted({*before["permissions"], *now["permissions"]})
    pairs = [(name, before["permissions"].get(name), now["permissions"].get(name)) for name in names]
    details = [f"{name} changed from {old or 'none'} to {new or 'none'}" for name, old, new in pairs if old != new]
    for key, label in (
        ("repository_selection", "repository selection"),
        ("repositories", "number of repositories"),
        ("account", "account"),
    ):
        if None not in (before[key], now[key]) and before[key] != now[key]:
            details.append(f"{label} changed from {before[key]} to {now[key]}")
    if bool(before["suspended_at"]) != bool(now["suspended_at"]):
        details.append("suspended" if now["suspended_at"] else "unsuspended")
    return details
