# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report on an access document: as data, as lines for people, and as a Markdown file."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence

from ansible_collections.hubops.github_apps.plugins.module_utils._access.comparison import TEXTS, Entry
from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import markdown, printable, quoted

MODE = 0o640


def make_report(app: Any, entries: Sequence[Entry], unlisted: Sequence[Entry], check_mode: bool) -> Dict[str, Any]:
    """The report as data. :param app: slug or ID of the app. :param unlisted: entries that the document does not have."""
    for entry in (*entries, *unlisted):
        entry["account"] = printable(entry["account"])
        entry.update({key: [printable(text) for text in entry[key]] for key in TEXTS})
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


def format_report(report: Mapping[str, Any], escape: Callable[[str], str] = str) -> List[str]:
    """The lines of the report. :param escape: applied to every text that does not come from this collection alone."""
    done = "to do" if report["check_mode"] else "done"
    lines = format_head(report, done, escape)
    quiet = [entry for entry in report["unlisted"] if not any(entry[key] for key in TEXTS[:3])]
    for entry in (*report["accounts"], *(entry for entry in report["unlisted"] if entry not in quiet)):
        lines += format_entry(entry, done, escape)
    if quiet:
        names = [escape(entry["account"]) + (" (suspended)" if entry["suspended"] else "") for entry in quiet]
        lines += ["", f"Not in the access document: {', '.join(names)}."]
    return lines


def format_head(report: Mapping[str, Any], done: str, escape: Callable[[str], str]) -> List[str]:
    """The heading, and the number of texts of each kind."""
    name = f" for {escape(str(report['app']))}" if report["app"] else ""
    mode = " (check mode: nothing was changed)" if report["check_mode"] else ""
    counts = {"Accounts": "accounts", done: "changes", "findings": "findings", "failed": "failures"}
    summary = ", ".join(f"{label}: {len(report[key])}" for label, key in counts.items())
    return [f"# Access report{name}{mode}", "", f"{summary}.", ""]


def format_entry(entry: Entry, done: str, escape: Callable[[str], str]) -> List[str]:
    """The lines about one account."""
    labels = {"changes": done, "failures": "failed", "findings": "finding", "notes": "note"}
    texts = [f"  - {label}: {escape(text)}" for key, label in labels.items() for text in entry[key]]
    number = f" (installation {entry['installation_id']})" if entry["installation_id"] else ""
    return [f"- {escape(entry['account'])}{number}{'' if texts else ': matches the access document'}", *texts]


class ReportFile:
    """The report as Markdown in a file, which is replaced as a whole each time.

    :param path: None if there is no file.
    """

    def __init__(self, path: Optional[str]) -> None:
        self.path = path

    def write(self, report: Mapping[str, Any]) -> None:
        """:raises OptionError: the file cannot be written."""
        if not self.path:
            return
        directory = os.path.dirname(os.path.abspath(self.path))
        try:
            descriptor, temporary = tempfile.mkstemp(prefix=".github_apps_", dir=directory)
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    file.write("\n".join(format_report(report, markdown)) + "\n")
                    os.fchmod(file.fileno(), MODE)
                os.replace(temporary, self.path)
            except BaseException:
                with suppress(OSError):
                    os.unlink(temporary)
                raise
        except OSError as error:
            raise OptionError(
                f"report_path: {quoted(self.path)} cannot be written: {os.strerror(error.errno or 0)}."
            ) from None
