# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report on an access document: as data, as lines for people, and as a Markdown file."""

from __future__ import annotations

from collections import Counter
from typing import Any, Callable, Dict, List, Mapping, Sequence, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._access.comparison import TEXTS, Entry
from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import GitHubAppsError, OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import markdown, name_some, plural
from ansible_collections.hubops.github_apps.plugins.module_utils._files.private_files import private_file

MODE = 0o640
MOST_PROBLEMS = 50  # in a message


def make_report(app: Any, entries: Sequence[Entry], unlisted: Sequence[Entry], check_mode: bool) -> Dict[str, Any]:
    """The report as data. :param app: slug or ID of the app. :param unlisted: entries that the document does not have."""
    return {
        "app": app,
        "check_mode": check_mode,
        "accounts": list(entries),
        "unlisted": list(unlisted),
        **{
            key: [f"{entry['account']}: {text}" for entry in (*entries, *unlisted) for text in entry[key]]
            for key in TEXTS[:3]
        },
    }


def merge_reports(reports: Sequence[Mapping[str, Any]]) -> Dict[str, Any]:
    """One report for runs that divided the installations; `OptionError` if an account is in two of them."""
    entries, unlisted = ([entry for report in reports for entry in report[key]] for key in ("accounts", "unlisted"))
    accounts = Counter(entry["account"] for entry in (*entries, *unlisted))
    twice = sorted(account for account, number in accounts.items() if number > 1)
    if twice:
        raise OptionError(
            f"More than one report contains {', '.join(twice)}. Only merge reports of runs that divided the installations among"
            " themselves."
        )
    app = next((report["app"] for report in reports if report["app"]), None)
    for each in (entries, unlisted):
        each.sort(key=lambda entry: str(entry["account"]).lower())
    return make_report(app, entries, unlisted, any(report["check_mode"] for report in reports))


class ReportFile:
    """A Markdown file with the report, which can be written after each account: entries without changes are not formatted again.

    :param path: empty if no file is wanted. :ivar error: why the last update failed; empty if it did not.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self.error = ""
        self._lines: Dict[Tuple[int, ...], List[str]] = {}

    def write(self, make: Callable[[], Mapping[str, Any]]) -> None:
        """Replace the file with the report that `make` returns. Raises as `private_file`."""
        if self._path:
            text = "\n".join(format_report(make(), markdown, self._format_entry)) + "\n"
            with private_file("report_path", self._path, MODE) as write:
                write(text)

    def update(self, make: Callable[[], Mapping[str, Any]]) -> None:
        """As `write`, but keeps an error, because the changes go on."""
        try:
            self.write(make)
            self.error = ""
        except GitHubAppsError as error:
            self.error = str(error)

    def _format_entry(self, entry: Entry, done: str, escape: Callable[[str], str]) -> List[str]:
        key = (id(entry), *(len(entry[name]) for name in TEXTS))
        if key not in self._lines:
            self._lines[key] = format_entry(entry, done, escape)
        return self._lines[key]


def format_entry(entry: Entry, done: str, escape: Callable[[str], str]) -> List[str]:
    """The lines about one account."""
    labels = {"changes": done, "failures": "failed", "findings": "finding", "notes": "note"}
    texts = [f"  - {label}: {escape(text)}" for key, label in labels.items() for text in entry[key]]
    number = f" (installation {entry['installation_id']})" if entry["installation_id"] else ""
    return [f"- {escape(entry['account'])}{number}{'' if texts else ': matches the access document'}", *texts]


def format_report(
    report: Mapping[str, Any],
    escape: Callable[[str], str] = str,
    format_one: Callable[[Entry, str, Callable[[str], str]], List[str]] = format_entry,
) -> List[str]:
    """The lines of the report. :param escape: applied to every text that does not come from this collection alone."""
    done = "to do" if report["check_mode"] else "done"
    lines = format_head(report, done, escape)
    quiet = [entry for entry in report["unlisted"] if is_quiet(entry)]
    for entry in (*report["accounts"], *(entry for entry in report["unlisted"] if not is_quiet(entry))):
        lines += format_one(entry, done, escape)
    if quiet:
        names = [escape(entry["account"]) + (" (suspended)" if entry["suspended"] else "") for entry in quiet]
        lines += ["", f"Not in the access document: {', '.join(names)}."]
    return lines


def list_problems(report: Mapping[str, Any], keys: Sequence[str]) -> List[str]:
    """A line for each text of these keys, with the accounts that it is about, and at most `MOST_PROBLEMS` lines."""
    accounts: Dict[str, List[str]] = {}
    for key in keys:
        for entry in (*report["accounts"], *report["unlisted"]):
            for text in entry[key]:
                accounts.setdefault(text, []).append(entry["account"])
    lines = [f"{name_some(names)}: {text}" for text, names in accounts.items()]
    more = len(lines) - MOST_PROBLEMS
    return [*lines[:MOST_PROBLEMS], *([f"The report contains {plural(more, 'more problem')}."] if more > 0 else [])]


def is_quiet(entry: Entry) -> bool:
    """Whether there is nothing to report about an installation that the document does not list."""
    return not any(entry[key] for key in TEXTS[:3])


def format_head(report: Mapping[str, Any], done: str, escape: Callable[[str], str]) -> List[str]:
    """The heading, and the number of texts of each kind."""
    name = f" for {escape(str(report['app']))}" if report["app"] else ""
    mode = " (check mode: nothing was changed)" if report["check_mode"] else ""
    counts = {"Accounts": "accounts", done: "changes", "findings": "findings", "failed": "failures"}
    summary = ", ".join(f"{label}: {len(report[key])}" for label, key in counts.items())
    return [f"# Access report{name}{mode}", "", f"{summary}.", ""]
