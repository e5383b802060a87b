# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the installations of an app match an access document, all of them in one process.

Requests: one listing of the installations; for each account whose repositories are managed, one token and one request for
each 100 repositories, concurrently; then the changes, one account after the other. Through an enterprise, one token is
sufficient for all organizations.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._access.comparison import (
    Entry,
    compare_account,
    compare_permissions,
    is_other_kind,
    missing_account,
    new_account,
    new_entry,
    other_account,
    outside_account,
    tell,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._access.document import (
    DocumentError,
    Wanted,
    expand,
    read_document,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._access.estimate import (
    ENTERPRISE,
    TOKENS,
    describe_reads,
    describe_shortage,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._access.installer import (
    CHANGE,
    INSTALL,
    UNINSTALL,
    Installer,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._access.report import (
    ReportFile,
    format_report,
    list_problems,
    make_report,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._access.steps import (
    Step,
    plan_repositories,
    plan_suspension,
    plan_uninstallation,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    GitHubAppsError,
    PartialChangeError,
    UnmetError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    number,
    refuse_without_enterprise,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.plan import make_diff
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import name_some
from ansible_collections.hubops.github_apps.plugins.module_utils._files.regular_files import check_destination
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._github.endpoints import INSTALLATION, USER
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.apps import get_app, urls_of
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.enterprise_installations import Drift
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installation_lists import (
    list_app_installations,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installation_repositories import Attempts
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
    Installation,
    account_login,
    account_type,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repositories import (
    MOST_CONCURRENT,
    read_concurrency,
)


class Task(NamedTuple):
    """What is known about an account.

    :param installation: empty without one. :param wanted: its entry in the document, if it has one.
    :param accepted: the permissions to accept. :param action: install, uninstall, or empty.
    """

    entry: Entry
    installation: Installation
    wanted: Optional[Wanted] = None
    accepted: Drift = {}
    action: str = ""
    steps: Sequence[Step] = ()

    @property
    def is_due(self) -> bool:
        """Whether the installation may have to change."""
        return bool(self.action or self.accepted) or self.entry["suspend"] is not None or self.is_managing

    @property
    def is_managing(self) -> bool:
        """Whether the repositories of an existing installation are managed."""
        managed = (self.entry[key] is not None for key in ("repositories", "repository_selection"))
        return not self.action and any(managed)

    @property
    def is_readable(self) -> bool:
        """Whether repositories are read before the changes."""
        is_new = self.action == "install" and self.entry["repositories"] is not None
        return is_new or (self.is_managing and self.entry["suspend"] is not False)

    @property
    def is_on_organization(self) -> bool:
        return self.action == "install" or account_type(self.installation) == "Organization"


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
        if not params["via_enterprise"]:
            refuse_without_enterprise(params)
        self.installer = Installer(client, params) if params["via_enterprise"] else None
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
        self.file.update(self.report)
        result = {
            "changed": bool(report["changes"]),
            "diff": self.diffs,
            "report": report,
            "summary": format_report(report),
        }
        problems = list_problems(report, ("failures", "findings") if self.params["fail_on_findings"] else ("failures",))
        if problems:
            raise UnmetError([*problems, *filter(None, [self.file.error])], result)
        if self.file.error:
            raise PartialChangeError(f"{self.file.error} Everything else was done.", result)
        return result

    def report(self) -> Dict[str, Any]:
        return make_report(self.app, self.entries, self.unlisted, self.check_mode)

    # Compare

    def compare(self) -> List[Task]:
        """Compare the document with the installations, and return the accounts that may have to change."""
        document, installations, failed = self.read_installations()
        there = {key: item for item in installations for key in (key_of(item), f"#{item['id']}")}
        refuse_two_entries(document, there)
        is_mine = limit_of(self.params, installations)
        wanted = [entry for entry in document if is_mine(there.get(entry.key))]
        listed = self.describe_app(wanted, there)
        self.app = name_of_app(installations) or (listed.get("app") or {}).get("slug")
        tasks = [self.compare_entry(entry, there.get(entry.key), listed, failed.get(entry.key)) for entry in wanted]
        others = self.compare_unlisted(list(filter(is_mine, unlisted_of(installations, document))))
        others += failed_others(document, failed)
        self.entries, self.unlisted = ([task.entry for task in each] for each in (tasks, others))
        due = [task for task in (*tasks, *others) if task.is_due]
        self.require_permissions(due)
        return due

    def read_installations(self) -> Tuple[List[Wanted], List[Installation], Mapping[str, GitHubAppsError]]:
        """The document with an entry for each organization, the installations, and the errors by login in lower case."""
        if self.installer and not self.installer.is_own:
            return self.read_other(self.installer)
        only = self.params["installation_id"]
        installations = list_app_installations(self.client, {"installation_id": only})
        if self.installer:
            own = f"enterprises/{self.installer.slug.lower()}"
            installations = [item for item in installations if key_of(item) != own]
        document = self.document
        if any(entry.patterns for entry in document):
            organizations = self.installer.organizations if self.installer else organizations_of(installations)
            named = logins_of(document, installations)
            document = expand(document, organizations, named, bool(self.installer) or only is None)
        return document, installations, {}

    def read_other(
        self, installer: Installer
    ) -> Tuple[List[Wanted], List[Installation], Mapping[str, GitHubAppsError]]:
        """As `read_installations`, for another app."""
        installer.refuse_other(self.document, self.params["unlisted"])
        document = expand(self.document, installer.organizations, logins_of(self.document, ()))
        keys = {entry.key for entry in document}
        is_open = self.params["unlisted"] != "ignore"
        logins = [login for login in installer.organizations if is_open or login.lower() in keys]
        installations, failed = installer.list_installations(logins, self.reads)
        return document, self.limited(installations), failed

    def limited(self, installations: List[Installation]) -> List[Installation]:
        """The installation with the ID in `installation_id`, if it is set."""
        only = self.params["installation_id"]
        return [item for item in installations if only in (None, item["id"])]

    def require_permissions(self, tasks: Sequence[Task]) -> None:
        """Raise an error before any change if the app on the enterprise lacks a permission for one of the changes."""
        if self.installer:
            self.installer.require(*operations_for(tasks))

    def compare_unlisted(self, installations: Sequence[Installation]) -> List[Task]:
        """:param installations: those that the document does not list."""
        unlisted = self.params["unlisted"]
        if unlisted == "ignore":
            return []
        ordered = sorted(installations, key=lambda item: account_login(item).lower())
        return [Task(other_account(item, unlisted), item) for item in ordered]

    def compare_entry(
        self,
        wanted: Wanted,
        installation: Optional[Installation],
        listed: Mapping[str, Any],
        error: Optional[GitHubAppsError] = None,
    ) -> Task:
        """:param installation: None if the app is not installed on the account. :param listed: as of `describe_app`.
        :param error: why the installation could not be read.
        """
        if error:
            task = Task(new_entry(wanted.selector, wanted.login, None), {}, wanted)
            tell(task.entry, "failures", str(error))
            return task
        if installation is None:
            return self.compare_missing(wanted, listed)
        entry = compare_account(wanted, installation, listed, self.check_mode)
        if is_other_kind(wanted, installation):
            return Task(entry, installation, wanted)
        if wanted.state == "absent":
            return Task(entry, installation, wanted, action="uninstall")
        accepted = compare_permissions(entry, wanted, installation, listed, bool(self.params["accept_permissions"]))
        return Task(entry, installation, wanted, accepted)

    def compare_missing(self, wanted: Wanted, listed: Mapping[str, Any]) -> Task:
        """:param wanted: the entry of an account on which the app is not installed."""
        can_install = self.installer and wanted.selector == "organization" and wanted.state == "present"
        if not self.installer or not can_install:
            return Task(missing_account(wanted, listed), {}, wanted)
        if wanted.key not in self.installer.organization_keys:
            return Task(outside_account(wanted, self.installer.slug, listed), {}, wanted)
        entry = new_account(wanted, listed)
        return Task(entry, {}, wanted, action="install" if entry["repository_selection"] else "")

    def describe_app(self, wanted: Sequence[Wanted], there: Mapping[str, Installation]) -> Dict[str, Any]:
        """The app and its pages, which are requested only if a finding or a change may need them."""
        enterprise = {"enterprise": self.installer.slug} if self.installer else {}
        accepts = bool(self.params["accept_permissions"])
        if not accepts and all(
            one.permissions is None and (one.key in there or one.state == "absent") for one in wanted
        ):
            return enterprise
        app = self.installer.find_app(list(there.values()), accepts) if self.installer else get_app(self.client)
        urls = urls_of(app or {})
        return {**enterprise, "app": app, "install_url": urls["install"], "permissions_url": urls["permissions"]}

    # Plan

    def plan_all(self, tasks: Sequence[Task]) -> List[Task]:
        """Read the repositories of the installations, and plan the steps of each account."""
        number_of_reads = sum(task.is_readable for task in tasks)
        progress = self.client.transport.progress
        self.announce_reads([task for task in tasks if task.is_readable])
        progress.begin(number_of_reads, "accounts read")

        def plan(task: Task) -> Task:
            planned: Task = self.attempt(task, self.plan_steps) or task
            if task.is_readable:
                progress.step()
            return planned

        with ThreadPoolExecutor(self.reads) as pool:
            planned = list(pool.map(plan, tasks))
        self.warn_of_shortage(planned)
        return planned

    def announce_reads(self, tasks: Sequence[Task]) -> None:
        """Show what it costs to read the repositories of these accounts, if it takes long."""
        through = list(filter(self.is_through_enterprise, tasks))
        texts = [describe_reads(self.client, TOKENS, len(tasks) - len(through), self.reads)]
        if self.installer and through:
            texts.append(describe_reads(self.installer.enterprise.client, ENTERPRISE, len(through), self.reads))
        for text in filter(None, texts):
            self.client.transport.progress.tell(text)

    def warn_of_shortage(self, tasks: Sequence[Task]) -> None:
        """Warn if a rate limit does not suffice for the changes."""
        writes = {True: 0, False: 0}
        for task in tasks:
            writes[self.is_through_enterprise(task)] += sum(step.writes for step in task.steps)
        texts = [describe_shortage(self.client, USER, writes[False])]
        if self.installer and writes[True]:
            texts.append(describe_shortage(self.installer.enterprise.client, INSTALLATION, writes[True]))
        for text in filter(None, texts):
            self.client.transport.warn(text)

    def is_through_enterprise(self, task: Task) -> bool:
        return self.installer is not None and task.is_on_organization

    def plan_steps(self, task: Task) -> Task:
        entry, steps = task.entry, []
        if task.action or task.accepted:
            steps.append(self.plan_action(task))
        if entry["suspend"] is not None and not (task.accepted and entry["suspend"] is False):
            steps.append(plan_suspension(self.client, entry))
        if task.is_managing and task.is_readable:
            steps += self.plan_repositories(task)
        return task._replace(steps=steps)

    def plan_action(self, task: Task) -> Step:
        """The step that installs or uninstalls the app, or accepts permissions."""
        installer = self.installer if self.is_through_enterprise(task) else None
        if installer is None:
            return plan_uninstallation(self.client, task.installation)
        if task.action == "uninstall":
            return installer.plan_uninstallation(task.installation)
        if task.accepted or task.wanted is None:
            return installer.plan_acceptance(task.entry, task.installation, task.accepted)
        return self.with_matches(task, installer.plan_installation(task.entry, task.wanted))

    def plan_repositories(self, task: Task) -> List[Step]:
        """Read the repositories of an installation, and plan the change."""
        if task.wanted is None:
            return []
        if self.installer and self.is_through_enterprise(task):
            step = self.installer.plan_repositories(task.installation, task.wanted)
        else:
            step = plan_repositories(self.client, task.installation, task.wanted, self.check_mode, self.writes)
        return [self.with_matches(task, step)] if step else []

    def with_matches(self, task: Task, step: Step) -> Step:
        """The step, after adding what its patterns select to the report."""
        task.entry["matched"] = dict(step.matched)
        return step

    def attempt(self, task: Task, step: Callable[[Task], Any]) -> Any:
        """The value of the step; None if it fails. The failure of one account does not affect the others."""
        value = self.attempts.attempt(step, task)
        if isinstance(value, GitHubAppsError):
            tell(task.entry, "failures", str(value))
            return None
        return value

    # Change

    def foresee(self, task: Task) -> None:
        """What check mode reports."""
        if task.entry["failures"]:
            return
        for step in task.steps:
            for key, names in step.matched.items():
                tell(task.entry, "notes", f"{key} selects {name_some(names) or 'no repository'}.")
            self.note(task, step, step.added, step.removed)

    def apply(self, task: Task) -> None:
        """Change one installation."""
        if not task.entry["failures"]:
            self.attempt(task, self.change)
        if task.entry["failures"] or task.entry["changes"]:
            self.file.update(self.report)

    def change(self, task: Task) -> None:
        for step in task.steps:
            self.perform(task, step)
        if task.is_managing and not task.is_readable:
            for step in self.plan_repositories(task):
                self.perform(task, step)

    def perform(self, task: Task, step: Step) -> None:
        """Run a step, and add what it did to the report and to the diff, even if it fails halfway."""
        try:
            done: Mapping[str, Any] = step.run() or {}
        except GitHubAppsError as error:
            added, removed = (error.facts().get(key) or [] for key in ("added", "removed"))
            if added or removed:
                self.note(task, step, added, removed)
            raise
        if done.get("changed") is not False:
            self.note(task, step, done.get("added", step.added), done.get("removed", step.removed))

    def note(self, task: Task, step: Step, added: Sequence[str], removed: Sequence[str]) -> None:
        """Add a step to the report, and to the diff. :param added: and `removed`: full names of repositories."""
        shown = step.show(added, removed)
        tell(task.entry, "changes", *shown.changes)
        if shown.before != shown.after:
            self.diffs.append(make_diff(shown.before, shown.after, self.describe(task)))

    def describe(self, task: Task) -> str:
        """The header of a diff."""
        server = self.client.server
        if not task.installation:
            return f"{task.entry['account']} on {server.host}"
        return server.describe_installation(account_login(task.installation), task.installation["id"])


def operations_for(tasks: Sequence[Task]) -> Set[str]:
    """The operations that an app on the enterprise needs to change these installations."""
    needed: Set[str] = set()
    for task in filter(lambda task: task.is_on_organization, tasks):
        needed.update([INSTALL] if task.action == "install" or task.accepted else [])
        needed.update([UNINSTALL] if task.action == "uninstall" else [])
        needed.update(CHANGE if task.is_managing else [])
    return needed


def failed_others(document: Sequence[Wanted], failed: Mapping[str, GitHubAppsError]) -> List[Task]:
    """The organizations that the document does not list and that could not be read."""
    keys = {entry.key for entry in document}
    tasks = [Task(new_entry("organization", key, None), {}) for key in failed if key not in keys]
    for task in tasks:
        tell(task.entry, "failures", str(failed[task.entry["account"]]))
    return tasks


def logins_of(document: Sequence[Wanted], installations: Sequence[Installation]) -> List[str]:
    """The logins of the accounts that have an entry of their own."""
    logins = {f"#{item['id']}": account_login(item) for item in installations}
    return [logins.get(entry.key, entry.login) for entry in document if not entry.patterns]


def organizations_of(installations: Sequence[Installation]) -> List[str]:
    """The logins of the organizations on which the app is installed."""
    return [account_login(item) for item in installations if account_type(item) == "Organization"]


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
