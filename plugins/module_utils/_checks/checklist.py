# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A list of checks. A check that fails does not end the others, except those that need its result."""

from __future__ import annotations

from typing import Callable, Dict, List, NamedTuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    GitHubAppsError,
    MissingLibraryError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import printable

OK, PROBLEM, NOT_CHECKED = "ok", "problem", "not checked"


class ProblemError(GitHubAppsError):
    """A check found a problem. The message contains the remedy."""


class NotCheckedError(GitHubAppsError):
    """A check is not possible. The message contains the reason."""


class Check(NamedTuple):
    """The result of a check, with a message on one line."""

    name: str
    status: str
    message: str

    def __str__(self) -> str:
        return f"{self.status}: {self.name}: {self.message}"


class Checklist:
    """Runs checks and collects their results."""

    def __init__(self) -> None:
        self._checks: Dict[str, Check] = {}

    def run(self, name: str, check: Callable[[], str], *needs: str) -> None:
        """Run a check. :param check: returns what is in order, or raises an error. :param needs: earlier checks."""
        unmet = next((need for need in needs if self._checks[need].status != OK), None)
        if unmet:
            self._add(name, NOT_CHECKED, f"This check is only possible if the check '{unmet}' succeeds.")
            return
        try:
            self._add(name, OK, check())
        except MissingLibraryError:
            raise
        except NotCheckedError as error:
            self._add(name, NOT_CHECKED, str(error))
        except GitHubAppsError as error:
            self._add(name, PROBLEM, str(error))

    def _add(self, name: str, status: str, message: str) -> None:
        self._checks[name] = Check(name, status, printable(message))

    @property
    def checks(self) -> List[Check]:
        return list(self._checks.values())
