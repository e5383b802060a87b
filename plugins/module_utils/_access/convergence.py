# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the installations of an app match an access document, all of them in one process.

Requests: one listing of the installations; for each account whose repositories are managed, one token and one request for
each 100 repositories, concurrently; then the changes, one account after the other.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._access.comparison import (
    Entry,
    compare_account,
    missing_account,
    other_account,
    tell,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._access.document import (
    DocumentError,
    Wanted,
    read_document,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._access.estimate import (
    describe_reads,
    describe_shortage,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._access.report import (
    ReportFile,
    format_report,
    list_problems,
    make_report,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    GitHubAppsError,
    UnmetError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import number
from ansible_collections.hubops.github_apps.plugins.module_utils._base.plan import make_diff
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import name_some
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
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installation_repositories import Attempts
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
    Installation,
    account_login,
    account_type,
    suspend_installation,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repositories import (
    MOST_CONCURRENT,
    Change,
    apply_change,
    read_concurrency,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_access import (
    Access,
    plan_change,
    read_installation,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_selection import (
    Selection,
)


class Task(NamedTuple):
    """What is known about an account.

    :param selection: its repositories in the document. :param planned: None if they are not managed, or not read yet.
    """

    entry: Entry
    installation: Installation
    selection: Optional[Selection] = None
    planned: Optional[Tuple[Access, Change]] = None

    @property
    def is_due(self) -> bool:
        """Whether the installation may have to change."""
        return self.entry["suspend"] is not None or self.entry["repositories"] is not None

    @property
    def is_readable(self) -> bool:
        """Whether the repositories are managed and can be read before the changes."""
        return self.entry["repositories"] is not None and self.entry["suspend"] is not False


class Convergence:
    """The plan for an access document, for `run`.

    :param client: acts as the app, and has the user's token for changes of repositories.
    :param params: options of the module github_app_access.
    """

    def __init__(self, client: Client, params: Mapping[str, Any], check_mode: bool) -> None:
        self.client = client
        self.params = params
        self.check_mode = check_mode
        self.reads = read_concurrency(params)
        self.writes = number(params, "concurrency", 1, 1, MOST_CONCURRENT)
        self.document = read_document(params["accounts"])
        if params["report_path"]:
            check_destination("report_path", params["report_path"])
        self.file = ReportFile(params["report_path"] or "")
        self.diffs: List[Dict[str, Any]] = []
        self.entries: List[Entry] = []
        self.unlisted: List[Entry] = []
        self.attempts = Attempts()
        self.app: Any = None

    def result(self, check_mode: bool) -> Dict[str, Any]:
        """Read, compare, change, and return the result of the task. :raises UnmetError: something failed or needs an owner."""
        tasks = self.plan_all(self.compare())
        self.file.write(self.report)
        progress = self.client.transport.progress
        progress.begin(len(tasks), "accounts processed")
        for task in tasks:
            self.foresee(task) if check_mode else self.apply(task)
            progress.step()
        report = self.report()
        self.file.write(self.report)
        result = {
            "changed": bool(report["changes"]),
            "diff": self.diffs,
            "report": report,
            "summary": format_report(report),
        }
        problems = list_problems(report, ("failures", "findings") if self.params["fail_on_findings"] else ("failures",))
        if problems:
            raise UnmetError(problems, result)
        return result

    def report(self) -> Dict[str, Any]:
        return make_report(self.app, self.entries, self.unlisted, self.check_mode)

    def compare(self) -> List[Task]:
        """Compare the document with the listed installations, and return the installations that may have to change."""
        installations = list_app_installations(self.client, {"installation_id": self.params["installation_id"]})
        self.app = name_of_app(installations)
        there = {key: item for item in installations for key in (key_of(item), f"#{item['id']}")}
        refuse_two_entries(self.document, there)
        is_mine = limit_of(self.params, installations)
        wanted = [entry for entry in self.document if is_mine(there.get(entry.key))]
        listed = self.describe_app(wanted, there)
        tasks = [self.compare_entry(entry, there.get(entry.key), listed) for entry in wanted]
        others = self.compare_unlisted(list(filter(is_mine, unlisted_of(installations, self.document))))
        self.entries = [task.entry for task in tasks]
        self.unlisted = [task.entry for task in others]
        return [task for task in (*tasks, *others) if task.is_due]

    def compare_unlisted(self, installations: Sequence[Installation]) -> List[Task]:
        """:param installations: those that the document does not list."""
        unlisted = self.params["unlisted"]
        if unlisted == "ignore":
            return []
        ordered = sorted(installations, key=lambda item: account_login(item).lower())
        return [Task(other_account(item, unlisted), item) for item in ordered]

    def compare_entry(self, wanted: Wanted, installation: Optional[Installation], listed: Mapping[str, Any]) -> Task:
        """:param installation: None if the app is not installed on the account. :param listed: as of `describe_app`."""
        if installation is None:
            return Task(missing_account(wanted, listed), {})
        if wanted.permissions is not None:
            installation = {**installation, "permission_drift": permission_drift(listed["app"], installation)}
        entry = compare_account(wanted, installation, listed, self.check_mode)
        return Task(entry, installation, wanted.repositories)

    def describe_app(self, wanted: Sequence[Wanted], there: Mapping[str, Installation]) -> Dict[str, Any]:
        """The app and its pages, which are requested only if a finding may need them."""
        if all(one.permissions is None and one.key in there for one in wanted):
            return {}
        app = get_app(self.client)
        urls = urls_of(app)
        return {"app": app, "install_url": urls["install"], "permissions_url": urls["permissions"]}

    def plan_all(self, tasks: Sequence[Task]) -> List[Task]:
        """Read the repositories of the installations, and plan their changes."""
        number_of_reads = sum(task.is_readable for task in tasks)
        progress = self.client.transport.progress
        announcement = describe_reads(self.client, number_of_reads, self.reads)
        if announcement:
            progress.tell(announcement)
        progress.begin(number_of_reads, "accounts read")

        def plan(task: Task) -> Task:
            planned: Task = (self.attempt(task, self.read) if task.is_readable else None) or task
            if task.is_readable:
                progress.step()
            return planned

        with ThreadPoolExecutor(self.reads) as pool:
            planned = list(pool.map(plan, tasks))
        changes = sum(len(task.planned[1].add) + len(task.planned[1].remove) for task in planned if task.planned)
        shortage = describe_shortage(self.client, changes)
        if shortage:
            self.client.transport.warn(shortage)
        return planned

    def read(self, task: Task) -> Task:
        """Read the repositories of an installation, and plan the change."""
        state = task.entry["repositories_state"]
        access = read_installation(self.client, task.installation, state)
        change = plan_change(self.client, access, state, task.selection or Selection(), None, self.check_mode)
        task.entry["matched"] = dict(change.matched)
        return task._replace(planned=(access, change))

    def attempt(self, task: Task, step: Callable[[Task], Any]) -> Any:
        """The value of the step; None if it fails. The failure of one account does not affect the others."""
        value = self.attempts.attempt(step, task)
        if isinstance(value, GitHubAppsError):
            tell(task.entry, "failures", str(value))
            return None
        return value

    def foresee(self, task: Task) -> None:
        """What check mode reports."""
        if task.entry["failures"]:
            return
        if task.entry["suspend"] is not None:
            self.note_suspended(task)
        if task.planned:
            access, change = task.planned
            for key, names in change.matched.items():
                tell(task.entry, "notes", f"{key} selects {name_some(names) or 'no repository'}.")
            self.note_change(task, access, change)

    def apply(self, task: Task) -> None:
        """Change one installation."""
        if not task.entry["failures"]:
            self.attempt(task, self.change)
        if task.entry["failures"] or task.entry["changes"]:
            self.file.write(self.report)

    def change(self, task: Task) -> None:
        entry = task.entry
        if entry["suspend"] is not None:
            suspend_installation(self.client, entry["installation_id"], entry["suspend"])
            self.note_suspended(task)
            if entry["repositories"] is not None:
                task = self.read(task)
        if task.planned:
            access, change = task.planned
            done: Mapping[str, Any] = {}
            try:
                done = apply_change(self.client, access.installation_id, change, self.writes)
            except GitHubAppsError as error:
                done = error.facts()
                raise
            finally:
                self.note_change(task, access, change.limited_to(done.get("added", ()), done.get("removed", ())))

    def note_suspended(self, task: Task) -> None:
        suspend = task.entry["suspend"]
        tell(task.entry, "changes", "suspend" if suspend else "unsuspend")
        before, after = ([f"suspended: {str(value).lower()}"] for value in (not suspend, suspend))
        self.add_diff(task, before, after)

    def note_change(self, task: Task, access: Access, change: Change) -> None:
        """Add the change of the repositories to the report, and to the diff with one repository per line."""
        tell(task.entry, "changes", *(f"add {item.full_name}" for item in change.add))
        tell(task.entry, "changes", *(f"remove {item.full_name}" for item in change.remove))
        if change.add or change.remove:
            repositories = (access.repositories, change.applied_to(access.repositories))
            before, after = (sorted((item.full_name for item in each), key=str.lower) for each in repositories)
            self.add_diff(task, before, after)

    def add_diff(self, task: Task, before: List[str], after: List[str]) -> None:
        header = self.client.server.describe_installation(
            account_login(task.installation), task.entry["installation_id"]
        )
        self.diffs.append(make_diff(before, after, header))


def refuse_two_entries(wanted: Sequence[Wanted], there: Mapping[str, Installation]) -> None:
    """Raise `DocumentError` if entries select the same installation, one by its account and one by its ID."""
    first: Dict[int, Wanted] = {}
    pairs = [(entry, first.setdefault(there[entry.key]["id"], entry)) for entry in wanted if entry.key in there]
    errors = [
        f"{entry} and {other} are the same installation. Merge the two entries."
        for entry, other in pairs
        if entry != other
    ]
    if errors:
        raise DocumentError(errors)


def unlisted_of(installations: Sequence[Installation], document: Sequence[Wanted]) -> List[Installation]:
    """The installations that no entry of the document selects."""
    keys = {entry.key for entry in document}
    return [item for item in installations if keys.isdisjoint((key_of(item), f"#{item['id']}"))]


def limit_of(
    params: Mapping[str, Any], installations: Sequence[Installation]
) -> Callable[[Optional[Installation]], bool]:
    """A function that returns whether this run processes an installation, or an account without one (None).

    If each installation is in the list of exactly one of several runs, each account is processed by exactly one of them:
    accounts without an installation by the run that has the installation with the lowest ID.
    """
    if params["installation_id"]:
        return lambda installation: installation is not None
    if params["installation_ids"] is None:
        return lambda _installation: True
    first = min((item["id"] for item in installations), default=None)
    return lambda installation: (installation["id"] if installation else first) in params["installation_ids"]


def key_of(installation: Installation) -> str:
    """The login of the account in lower case. The key of an enterprise, whose slug may equal a login, is no login."""
    prefix = "enterprises/" if account_type(installation) == "Enterprise" else ""
    return prefix + account_login(installation).lower()


def name_of_app(installations: Sequence[Installation]) -> Any:
    """Slug of the app, or its ID on servers that do not return the slug; None without an installation."""
    return next((item.get("app_slug") or item.get("app_id") for item in installations), None)
