# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the installations of an app match an access document, all of them in one process.

Requests: one listing of the installations; for each account whose repositories are managed, one token and one request for
each 100 repositories, concurrently; then the changes, one account after the other.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._access.comparison import (
    Entry,
    compare_account,
    other_account,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._access.document import (
    DocumentError,
    Wanted,
    errors_in,
    read_entry,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._access.report import (
    format_report,
    make_report,
    write_report,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    ConnectionFailedError,
    GitHubAppsError,
    UnmetError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import number
from ansible_collections.hubops.github_apps.plugins.module_utils._base.plan import make_diff
from ansible_collections.hubops.github_apps.plugins.module_utils._files.regular_files import check_destination
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.apps import (
    get_app,
    permission_drift,
    urls_of,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installation_lists import (
    list_app_installations,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
    Installation,
    account_login,
    suspend_installation,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repositories import (
    MOST_CONCURRENT,
    Change,
    Repository,
    apply_change,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_access import (
    Access,
    plan_change,
    read_installation,
)


class Task(NamedTuple):
    """What is known about an account. :param planned: None if the repositories are not managed, or not read yet."""

    entry: Entry
    installation: Installation
    planned: Optional[Tuple[Access, Change]] = None

    @property
    def is_due(self) -> bool:
        """Whether the installation may have to change."""
        return self.entry["suspend"] is not None or self.entry["repositories"] is not None


class Convergence:
    """The plan for an access document, for `run`.

    :param client: acts as the app, and has the user's token for changes of repositories.
    :param params: options of the module github_app_access.
    """

    def __init__(self, client: Client, params: Mapping[str, Any], check_mode: bool) -> None:
        self.client = client
        self.params = params
        self.check_mode = check_mode
        self.reads = number(params, "read_concurrency", 8, 1, MOST_CONCURRENT)
        self.writes = number(params, "concurrency", 1, 1, MOST_CONCURRENT)
        errors = errors_in(params["accounts"])
        if errors:
            raise DocumentError(errors)
        if params["report_path"]:
            check_destination("report_path", params["report_path"])
        self.diffs: List[Dict[str, Any]] = []
        self.entries: List[Entry] = []
        self.unlisted: List[Entry] = []
        self.broken = ""
        self.app: Any = None

    def result(self, check_mode: bool) -> Dict[str, Any]:
        """Read, compare, change, and return the result of the task. :raises UnmetError: something failed or needs an owner."""
        tasks = self.compare()
        with ThreadPoolExecutor(self.reads) as pool:
            tasks = list(pool.map(self.plan, tasks))
        self.write_report()
        for task in tasks:
            self.foresee(task) if check_mode else self.apply(task)
        report = self.report()
        self.write_report()
        result = {
            "changed": bool(report["changes"]),
            "diff": self.diffs,
            "report": report,
            "summary": format_report(report),
        }
        problems = report["failures"] + (report["findings"] if self.params["fail_on_findings"] else [])
        if problems:
            raise UnmetError(problems, result)
        return result

    def report(self) -> Dict[str, Any]:
        return make_report(self.app, self.entries, self.unlisted, self.check_mode)

    def write_report(self) -> None:
        """Replace the report file, if there is one."""
        if self.params["report_path"]:
            write_report(self.params["report_path"], self.report())

    def compare(self) -> List[Task]:
        """Compare the document with the listed installations, and return the installations that may have to change."""
        only = self.params["installation_id"]
        installations = list_app_installations(self.client, {"installation_id": only})
        self.app = name_of_app(installations)
        there = {account_login(item).lower(): item for item in installations}
        wanted = [read_entry(entry) for entry in self.params["accounts"]]
        wanted = [entry for entry in wanted if not only or entry.login.lower() in there]
        listed = self.describe_app(wanted, there)
        tasks = [self.compare_entry(entry, there.pop(entry.login.lower(), None), listed) for entry in wanted]
        others = self.compare_unlisted(there)
        self.entries = [task.entry for task in tasks]
        self.unlisted = [task.entry for task in others]
        return [task for task in (*tasks, *others) if task.is_due]

    def compare_unlisted(self, there: Mapping[str, Installation]) -> List[Task]:
        """:param there: the installations that the document does not list, by login."""
        unlisted = self.params["unlisted"]
        if unlisted == "ignore":
            return []
        return [Task(other_account(item, unlisted), item) for _login, item in sorted(there.items())]

    def compare_entry(self, wanted: Wanted, installation: Optional[Installation], listed: Mapping[str, Any]) -> Task:
        """:param installation: None if the app is not installed on the account. :param listed: as of `describe_app`."""
        if installation is not None and wanted.permissions is not None:
            installation = {**installation, "permission_drift": permission_drift(listed["app"], installation)}
        return Task(compare_account(wanted, installation, listed, self.check_mode), installation or {})

    def describe_app(self, wanted: Sequence[Wanted], there: Mapping[str, Installation]) -> Dict[str, Any]:
        """The app and its pages, which are requested only if a finding may need them."""
        if all(one.permissions is None and one.login.lower() in there for one in wanted):
            return {}
        app = get_app(self.client)
        urls = urls_of(app)
        return {"app": app, "install_url": urls["install"], "permissions_url": urls["permissions"]}

    def plan(self, task: Task) -> Task:
        """Read the repositories of an installation and plan the change, unless it must be unsuspended first."""
        if task.entry["repositories"] is None or task.entry["suspend"] is False:
            return task
        return self.attempt(task, self.read) or task

    def read(self, task: Task) -> Task:
        entry = task.entry
        access = read_installation(self.client, task.installation, entry["repositories_state"])
        names, state = entry["repositories"], entry["repositories_state"]
        change = plan_change(self.client, access, state, names, None, self.check_mode)
        return task._replace(planned=(access, change))

    def attempt(self, task: Task, step: Any) -> Any:
        """The value of the step; None if it fails. The failure of one account does not affect the others."""
        if self.broken:
            task.entry["failures"].append(f"Not processed because of an earlier failure: {self.broken}")
            return None
        try:
            return step(task)
        except GitHubAppsError as error:
            facts = error.facts()
            self.note(task.entry, facts.get("added", ()), facts.get("removed", ()))
            task.entry["failures"].append(str(error))
            if isinstance(error, ConnectionFailedError):
                self.broken = str(error)
            return None

    def foresee(self, task: Task) -> None:
        """What check mode reports."""
        if task.entry["failures"]:
            return
        if task.entry["suspend"] is not None:
            self.note_suspended(task)
        if task.planned:
            access, change = task.planned
            self.note(task.entry, names_of(change.add), names_of(change.remove))
            self.show(task, access, change)

    def apply(self, task: Task) -> None:
        """Change one installation."""
        if not task.entry["failures"]:
            self.attempt(task, self.change)
        if task.entry["failures"] or task.entry["changes"]:
            self.write_report()

    def change(self, task: Task) -> None:
        entry = task.entry
        if entry["suspend"] is not None:
            suspend_installation(self.client, entry["installation_id"], entry["suspend"])
            self.note_suspended(task)
            if entry["repositories"] is not None:
                task = self.read(task)
        if task.planned:
            access, change = task.planned
            if change.add or change.remove:
                done = apply_change(self.client, access.installation_id, change, self.writes)
                self.note(entry, done["added"], done["removed"])
                self.show(task, access, change)

    def note_suspended(self, task: Task) -> None:
        suspend = task.entry["suspend"]
        task.entry["changes"].append("suspend" if suspend else "unsuspend")
        before, after = ([f"suspended: {str(value).lower()}"] for value in (not suspend, suspend))
        self.add_diff(task, before, after)

    def note(self, entry: Entry, added: Sequence[str], removed: Sequence[str]) -> None:
        entry["changes"] += [*(f"add {name}" for name in added), *(f"remove {name}" for name in removed)]

    def show(self, task: Task, access: Access, change: Change) -> None:
        """Add the diff of the repositories, with one repository per line."""
        if change.add or change.remove:
            after = change.applied_to(access.repositories)
            self.add_diff(task, sorted_names(access.repositories), sorted_names(after))

    def add_diff(self, task: Task, before: List[str], after: List[str]) -> None:
        header = self.client.server.describe_installation(
            account_login(task.installation), task.entry["installation_id"]
        )
        self.diffs.append(make_diff(before, after, header))


def name_of_app(installations: Sequence[Installation]) -> Any:
    """Slug of the app, or its ID on servers that do not return the slug; None without an installation."""
    return next((item.get("app_slug") or item.get("app_id") for item in installations), None)


def names_of(repositories: Sequence[Repository]) -> List[str]:
    return [repository.full_name for repository in repositories]


def sorted_names(repositories: Sequence[Repository]) -> List[str]:
    return sorted(names_of(repositories), key=str.lower)
