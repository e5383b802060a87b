# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps that change an installation: what they do, and how the report and the diff show them."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Iterable, List, Mapping, NamedTuple, Optional, Sequence

from ansible_collections.hubops.github_apps.plugins.module_utils._access.comparison import Entry
from ansible_collections.hubops.github_apps.plugins.module_utils._access.document import Wanted
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.enterprise_installations import (
    ABSENT,
    Drift,
    State,
    levels_in,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
    Installation,
    suspend_installation,
    uninstall,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repositories import apply_change
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_access import (
    plan_change,
    read_installation,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_selection import (
    Repository,
    Selection,
)

UNINSTALL_TIMEOUT = 60  # seconds
Facts = Optional[Mapping[str, Any]]


class Shown(NamedTuple):
    """:param changes: lines of the report. :param before: and `after`: lines of the diff."""

    changes: List[str]
    before: List[str]
    after: List[str]


class Step(NamedTuple):
    """A change of an installation.

    :param run: makes the change. It can return `added` and `removed`, if it added or removed other repositories than planned,
    and `changed: False` if there was nothing to change.
    :param show: how to show the step if it adds and removes these repositories.
    :param added: and `removed`: full names of repositories. :param matched: what each pattern and topic selects.
    :param writes: number of requests that count against the rate limit of a user or an enterprise.
    """

    run: Callable[[], Facts]
    show: Callable[[Sequence[str], Sequence[str]], Shown]
    added: Sequence[str] = ()
    removed: Sequence[str] = ()
    matched: Mapping[str, Sequence[str]] = {}
    writes: int = 0


def always(changes: List[str], before: List[str], after: List[str]) -> Callable[..., Shown]:
    """How to show a step that does not depend on repositories."""
    return lambda _added, _removed: Shown(changes, before, after)


def suspension(entry: Entry) -> List[str]:
    """The lines of the diff before and after `entry["suspend"]`."""
    return [f"suspended: {str(value).lower()}" for value in (not entry["suspend"], entry["suspend"])]


def plan_suspension(client: Client, entry: Entry) -> Step:
    """The installation may be made by an earlier step, so its ID is read when this step runs."""
    before, after = ([line] for line in suspension(entry))
    show = always(["suspend" if entry["suspend"] else "unsuspend"], before, after)
    return Step(lambda: suspend_installation(client, entry["installation_id"], entry["suspend"]), show)


def plan_uninstallation(client: Client, installation: Installation) -> Step:
    return Step(partial(uninstall, client, installation["id"], UNINSTALL_TIMEOUT), UNINSTALLED)


UNINSTALLED = always(["uninstall"], ["state: present"], ABSENT)


def plan_repositories(
    client: Client, installation: Installation, wanted: Wanted, check_mode: bool, writes: int
) -> Step:
    """Change the repositories with the user's token. :param writes: number of concurrent requests."""
    state = wanted.repositories_state
    access = read_installation(client, installation, state)
    change = plan_change(client, access, state, wanted.repositories or Selection(), None, check_mode)
    return Step(
        partial(apply_change, client, access.installation_id, change, writes),
        partial(show_repositories, names_of(access.repositories)),
        names_of(change.add),
        names_of(change.remove),
        change.matched,
        len(change.add) + len(change.remove),
    )


def names_of(repositories: Iterable[Repository]) -> List[str]:
    return [repository.full_name for repository in repositories]


def show_repositories(before: Sequence[str], added: Sequence[str], removed: Sequence[str]) -> Shown:
    """:param before: the full names of the repositories of the installation."""
    lost = {name.lower() for name in removed}
    after = [*(name for name in before if name.lower() not in lost), *added]
    return Shown(
        [*(f"add {name}" for name in added), *(f"remove {name}" for name in removed)],
        sorted(before, key=str.lower),
        sorted(after, key=str.lower),
    )


def show_selection(before: State, after: State, _added: Sequence[str], _removed: Sequence[str]) -> Shown:
    """A change between all and selected repositories."""
    change = f"change repository_selection to {after.repository_selection}"
    return Shown([change], before.lines()[1:], after.lines()[1:])


def show_installation(selection: str, added: Sequence[str], _removed: Sequence[str]) -> Shown:
    repositories = [Repository(0, name) for name in added]
    return Shown(["install", *(f"add {name}" for name in added)], ABSENT, State(selection, repositories).lines())


def show_acceptance(entry: Entry, drift: Drift) -> Callable[..., Shown]:
    """:param drift: the permissions to accept. GitHub also unsuspends the installation."""
    accepted, granted = levels_in(drift, "app"), levels_in(drift, "installation")
    changes = [f"accept {name}: {level}" for name, level in sorted(accepted.items())]
    before, after = (
        [f"permission {name}: {level or 'none'}" for name, level in sorted(levels.items())]
        for levels in (granted, accepted)
    )
    if entry["suspend"] is False:
        lines = suspension(entry)
        return always([*changes, "unsuspend"], [*before, lines[0]], [*after, lines[1]])
    return always(changes, before, after)
