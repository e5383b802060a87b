# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit of an app's installations says: findings, totals, and what changed since an earlier one."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence

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

Report = Dict[str, Any]


class Kind(NamedTuple):
    """A kind of finding."""

    severity: str
    title: str
    meaning: str


KINDS = {
    "admin": Kind(
        "high",
        "Control over access",
        "Can change who or what has access: a permission at level admin, or write access to settings, members, secrets,"
        " hooks, runners or workflows.",
    ),
    "surplus": Kind(
        "high", "More than asked for", "Was granted permissions, or levels, that the app does not ask for any more."
    ),
    "write": Kind("medium", "Write access", "Can change data of the account."),
    "all_repositories": Kind(
        "medium", "All repositories", "Reaches every repository of the account, also those that will be made."
    ),
    "drift": Kind(
        "medium",
        "Not accepted",
        "The app asks for permissions that an owner of the account has not accepted; what needs them fails.",
    ),
    "unknown": Kind("medium", "Not known", "The repositories could not be counted."),
    "events": Kind("low", "Other events", "Is subscribed to other events than the app asks for."),
    "suspended": Kind("low", "Suspended", "The app cannot use its access until it is unsuspended."),
    "stale": Kind("low", "Not updated", "Nobody has changed the installation for more than {stale_days} days."),
}
SEVERITIES = ("high", "medium", "low")

# Write access to these is control over access: the permissions of
# https://docs.github.com/rest/authentication/permissions-required-for-github-apps that govern people, secrets and code
# that runs with secrets.
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

# Days since the last update: the last of each group, and its name.
AGES = ((30, "up to 30 days"), (90, "31 to 90 days"), (180, "91 to 180 days"), (365, "181 to 365 days"))
OLDER, NO_AGE = "more than a year", "not known"


def make_report(
    installations: Sequence[Installation],
    app: Mapping[str, Any],
    counted: Iterable[Mapping[str, Any]],
    today: date,
    stale_days: int,
    kinds: Sequence[str],
) -> Report:
    """
    :param installations: as `github_app_installation_info` returns them.
    :param app: as GitHub describes it.
    :param counted: results of a loop of `github_installation_repo_info` over their ids.
    :param kinds: what counts as a finding.
    """
    counts = {result["item"]: result for result in counted}
    entries = [entry_for(item, app, counts.get(item["id"], {}), today, stale_days, kinds) for item in installations]
    entries.sort(key=order)
    findings = summarize(entries, stale_days)
    return {
        "date": today.isoformat(),
        "stale_days": stale_days,
        "app": describe_app(app),
        "totals": count_totals(entries),
        "findings": findings,
        "summary": tell(app, entries, findings),
        "permissions": count_permissions(entries, app),
        "states": count_states(entries),
        "ages": count_ages(entries),
        "installations": entries,
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


def entry_for(
    item: Installation,
    app: Mapping[str, Any],
    counted: Mapping[str, Any],
    today: date,
    stale_days: int,
    kinds: Sequence[str],
) -> Dict[str, Any]:
    """One installation, with its findings."""
    suspender = item.get("suspended_by") or {}
    entry: Dict[str, Any] = {
        "id": item["id"],
        "account": account_login(item) if item.get("account") else None,
        "account_type": account_type(item),
        "html_url": web_address(item.get("html_url")),
        "repository_selection": item.get("repository_selection"),
        "repositories": None,
        "repositories_reason": None,
        "permissions": dict(sorted((item.get("permissions") or {}).items())),
        "permission_drift": dict(item.get("permission_drift") or {}),
        "surplus_permissions": surplus_permissions(item, app),
        "events": event_drift(item, app),
        "suspended_at": item.get("suspended_at"),
        "suspended_by": suspender.get("login"),
        "created_at": item.get("created_at"),
        "updated_at": item.get("updated_at"),
        "age_days": age_in_days(item.get("updated_at"), today),
    }
    if counted.get("failed"):
        entry["repositories_reason"] = str(counted.get("msg"))
    elif "repositories" in counted:
        entry["repositories"] = len(counted["repositories"])
    else:
        entry["repositories_reason"] = "cannot be listed while suspended" if is_suspended(item) else "not counted"
    found = look_for_findings(entry, bool(counted.get("failed")), stale_days)
    entry["findings"] = [
        {"kind": kind, "severity": KINDS[kind].severity, "title": KINDS[kind].title, "details": found[kind]}
        for kind in KINDS
        if kind in found and kind in kinds
    ]
    return entry


def look_for_findings(entry: Mapping[str, Any], is_unknown: bool, stale_days: int) -> Dict[str, List[str]]:
    """Kinds of findings, each with its details."""
    granted = entry["permissions"]
    control = [name for name, level in granted.items() if level == "admin" or (level == "write" and name in CONTROL)]
    events = entry["events"]
    age = entry["age_days"]
    found = {
        "admin": [f"{name}: {granted[name]}" for name in control],
        "surplus": [arrow(name, level) for name, level in entry["surplus_permissions"].items()],
        "write": [name for name, level in granted.items() if level == "write" and name not in control],
        "drift": [arrow(name, level) for name, level in entry["permission_drift"].items()],
        "events": [f"{word} {', '.join(events[word])}" for word in ("missing", "surplus") if events[word]],
    }
    found = {kind: details for kind, details in found.items() if details}
    if entry["repository_selection"] == "all":
        found["all_repositories"] = []
    if is_unknown:
        found["unknown"] = [entry["repositories_reason"]]
    if entry["suspended_at"]:
        found["suspended"] = [
            f"by {entry['suspended_by'] or 'somebody unknown'} since {str(entry['suspended_at'])[:10]}"
        ]
    if stale_days and age is not None and age > stale_days:
        found["stale"] = [f"for {age} days"]
    return found


def arrow(name: str, level: Mapping[str, Optional[str]]) -> str:
    """What the installation has and what the app asks for, as text."""
    return f"{name}: has {level['installation'] or 'none'}, asked {level['app'] or 'none'}"


def surplus_permissions(item: Mapping[str, Any], app: Mapping[str, Any]) -> Dict[str, Dict[str, Optional[str]]]:
    """What the installation has and the app does not ask for any more."""
    asked, granted = app.get("permissions") or {}, item.get("permissions") or {}
    return {
        name: {"app": asked.get(name), "installation": granted[name]}
        for name in sorted(lacking_permissions(asked, granted))
    }


def event_drift(item: Mapping[str, Any], app: Mapping[str, Any]) -> Dict[str, List[str]]:
    """Events that the app asks for and the installation does not send, and the other way round.

    Some events exist in organizations only, so a user's account misses none.
    """
    if not isinstance(item.get("events"), list):
        return {"missing": [], "surplus": []}
    asked, sent = set(app.get("events") or []), set(item["events"])
    missing = set() if item.get("target_type") == "User" else asked - sent
    return {"missing": sorted(missing), "surplus": sorted(sent - asked)}


def age_in_days(moment: Any, today: date) -> Optional[int]:
    """None where the server does not tell, or what it tells is no date."""
    try:
        return (today - date.fromisoformat(str(moment)[:10])).days
    except ValueError:
        return None


def web_address(address: Any) -> Optional[str]:
    """An address that may become a link."""
    return address if re.fullmatch(r"""https?://[^\s"'<>\\^`{|}]+""", str(address)) else None


def order(entry: Mapping[str, Any]) -> Any:
    """The installation with the most severe findings first."""
    severities = Counter(finding["severity"] for finding in entry["findings"])
    return [-severities[severity] for severity in SEVERITIES], by_name(entry)


def by_name(entry: Mapping[str, Any]) -> str:
    return str(entry["account"] or entry["id"]).lower()


def count_totals(entries: Sequence[Mapping[str, Any]]) -> Dict[str, Any]:
    types = Counter(entry["account_type"] for entry in entries)
    counted = [entry["repositories"] for entry in entries if entry["repositories"] is not None]
    return {
        "installations": len(entries),
        "organizations": types["Organization"],
        "users": types["User"],
        "others": len(entries) - types["Organization"] - types["User"],
        "with_findings": sum(1 for entry in entries if entry["findings"]),
        "drift": sum(1 for entry in entries if has_drift(entry)),
        "suspended": sum(1 for entry in entries if entry["suspended_at"]),
        "all_repositories": sum(1 for entry in entries if entry["repository_selection"] == "all"),
        "repositories": sum(counted),
        "counted": len(counted),
    }


def summarize(entries: Sequence[Mapping[str, Any]], stale_days: int) -> List[Dict[str, Any]]:
    """Each kind of finding that there is, and where."""
    where: Dict[str, List[str]] = {kind: [] for kind in KINDS}
    for entry in sorted(entries, key=by_name):
        for finding in entry["findings"]:
            where[finding["kind"]].append(str(entry["account"] or f"installation {entry['id']}"))
    return [
        {
            "kind": name,
            "severity": kind.severity,
            "title": kind.title,
            "meaning": kind.meaning.format(stale_days=stale_days),
            "count": len(where[name]),
            "accounts": where[name],
        }
        for name, kind in KINDS.items()
        if where[name]
    ]


def tell(
    app: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], findings: Sequence[Mapping[str, Any]]
) -> List[str]:
    """The report in a few lines."""
    number = len(entries)
    with_findings = sum(1 for entry in entries if entry["findings"])
    return [
        f"{app.get('name') or app.get('slug')} (app {app.get('id')}) has {number} installation{'' if number == 1 else 's'},"
        f" {with_findings} with findings.",
        *(f"{finding['title']} ({finding['severity']}): {finding['count']}" for finding in findings),
    ]


def count_permissions(entries: Sequence[Mapping[str, Any]], app: Mapping[str, Any]) -> List[Dict[str, Any]]:
    """How many installations have each permission at which level; the strongest and most frequent first."""
    asked = app.get("permissions") or {}
    names = {name for entry in entries for name in entry["permissions"]} | set(asked)
    rows = []
    for name in sorted(names):
        levels = Counter(entry["permissions"].get(name) for entry in entries)
        rows.append({"name": name, "app": asked.get(name), **{level: levels[level] for level in LEVELS}})
    rows.sort(key=lambda row: (-row["admin"], -row["write"], -row["read"], row["name"]))
    return rows


def has_drift(entry: Mapping[str, Any]) -> bool:
    return bool(entry["permission_drift"] or entry["surplus_permissions"] or any(entry["events"].values()))


def count_states(entries: Sequence[Mapping[str, Any]]) -> Dict[str, int]:
    """Each installation counts once."""
    states = Counter(
        "suspended" if entry["suspended_at"] else "drift" if has_drift(entry) else "current" for entry in entries
    )
    return {state: states[state] for state in ("current", "drift", "suspended")}


def count_ages(entries: Sequence[Mapping[str, Any]]) -> List[Dict[str, Any]]:
    """How many installations were updated last how long ago."""

    def name_of(age: Optional[int]) -> str:
        if age is None:
            return NO_AGE
        return next((name for most, name in AGES if age <= most), OLDER)

    ages = Counter(name_of(entry["age_days"]) for entry in entries)
    names = [*(name for _most, name in AGES), OLDER, *([NO_AGE] if ages[NO_AGE] else [])]
    return [{"name": name, "count": ages[name]} for name in names]


def compare(baseline: Mapping[str, Any], report: Mapping[str, Any]) -> Dict[str, Any]:
    """What changed since an earlier report."""
    before = {entry["id"]: entry for entry in baseline["installations"]}
    now = {entry["id"]: entry for entry in report["installations"]}
    changed = [(now[key], tell_changes(before[key], now[key])) for key in now if key in before]
    return {
        "since": baseline["date"],
        "installed": [short(entry) for key, entry in now.items() if key not in before],
        "removed": [short(entry) for key, entry in before.items() if key not in now],
        "changed": [{**short(entry), "details": details} for entry, details in changed if details],
    }


def short(entry: Mapping[str, Any]) -> Dict[str, Any]:
    return {"id": entry["id"], "account": entry["account"]}


def tell_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> List[str]:
    """The changes of an installation, one line each. What is not known on one side has not changed."""
    names = sorted({*before["permissions"], *now["permissions"]})
    pairs = [(name, before["permissions"].get(name), now["permissions"].get(name)) for name in names]
    details = [f"{name}: {old or 'none'} → {new or 'none'}" for name, old, new in pairs if old != new]
    for key, label in (("repository_selection", "selection"), ("repositories", "repositories"), ("account", "account")):
        if None not in (before[key], now[key]) and before[key] != now[key]:
            details.append(f"{label}: {before[key]} → {now[key]}")
    if bool(before["suspended_at"]) != bool(now["suspended_at"]):
        details.append("suspended" if now["suspended_at"] else "unsuspended")
    return details
