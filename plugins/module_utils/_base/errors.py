# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one family of errors.

Everything below the runner and the plugins raises these and nothing else, so one `except` suffices there.
An error is free of secrets by construction: it is made of an operation id, a path whose secret parameters
are left as placeholders, and what GitHub said; never of headers, bodies sent or library exceptions.
"""

from __future__ import annotations

import sys
from typing import Any, Dict, List, Mapping, Optional, Sequence

from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import printable, shortened


class GitHubAppsError(Exception):
    """Anything this collection reports: one sentence with the cause and, where there is one, the remedy.

    :cvar cause: short name of the cause, for programs; empty where it lies in the machine that runs this.
    """

    cause = ""

    def __str__(self) -> str:
        return printable(super().__str__())

    def facts(self) -> Dict[str, Any]:
        """Values for programs, returned beside the message of a failed task."""
        return {"cause": self.cause} if self.cause else {}


class OptionError(GitHubAppsError):
    """An option is missing or wrong. Raised before anything is changed."""

    cause = "option"


class MissingLibraryError(GitHubAppsError):
    """A Python library is missing, or another one stands in its place."""

    def __init__(self, library: str, remedy: str = "") -> None:
        """:param remedy: what to do, where it is not to install the libraries."""
        self.library = library
        self.remedy = remedy or f"Install it: {sys.executable} -m pip install requests PyJWT cryptography"
        super().__init__(f"The Python library {library} is missing. {self.remedy}")


class UnsupportedError(GitHubAppsError):
    """The server's release does not offer the operation. Raised before the call."""

    cause = "unsupported"


class NotFoundError(GitHubAppsError):
    """The app is not installed there, or a repository does not exist there."""

    cause = "missing"


class ScopeError(GitHubAppsError):
    """A token was asked for with more than its installation has."""

    cause = "scope"


class SuspendedError(GitHubAppsError):
    """The installation is suspended."""

    cause = "suspended"


class ForbiddenError(GitHubAppsError):
    """GitHub would refuse the user. Raised before the call."""

    cause = "forbidden"


class ConnectionFailedError(GitHubAppsError):
    """No usable answer came from the server."""

    cause = "connection"


class PartialChangeError(GitHubAppsError):
    """A change was begun and not finished: `facts` tells what was done and what remains."""

    def __init__(self, message: str, facts: Mapping[str, Any], cause: Optional[GitHubAppsError] = None) -> None:
        """:param cause: the error that stopped the change."""
        super().__init__(message)
        self._facts = {**(cause.facts() if cause else {}), **facts}

    def facts(self) -> Dict[str, Any]:
        return self._facts


MOST_ERRORS = 100
LONGEST_ERRORS = 100_000  # characters


def limited(errors: Any) -> List[Any]:
    """`errors` of GitHub's answer, as far as they are a list of bearable length."""
    return errors[:MOST_ERRORS] if isinstance(errors, list) and len(str(errors)) < LONGEST_ERRORS else []


# What an ApiError tells programs.
FACTS = ("cause", "status", "operation", "request_id", "documentation_url", "errors")


class ApiError(GitHubAppsError):
    """GitHub refused a request (https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api)."""

    def __init__(
        self,
        explanation: str,
        *,
        operation: str,
        request: str,
        status: int,
        cause: str,
        github_message: str,
        errors: Sequence[Any] = (),
        documentation_url: str = "",
        request_id: str = "",
        repeated: bool = False,
    ) -> None:
        """
        :param explanation: what went wrong and what to do next, for people.
        :param operation: GitHub's operation id, such as `apps/get-installation`.
        :param request: method and path, secrets left as placeholders.
        :param status: HTTP status.
        :param cause: short name of the cause, for programs.
        :param github_message: `message` of GitHub's answer.
        :param errors: `errors` of GitHub's answer (objects or strings).
        :param repeated: a try before may have been carried out although no answer came.
        """
        super().__init__()
        self.explanation = explanation
        self.operation = operation
        self.request = request
        self.status = status
        self.cause = cause
        self.github_message = shortened(github_message)
        self.errors = limited(errors)
        self.documentation_url = shortened(documentation_url)
        self.request_id = shortened(request_id)
        self.repeated = repeated

    def __str__(self) -> str:
        message = self.github_message or "no message"
        return printable(f"{self.explanation} [{self.request} answered {self.status}: {message}]")

    def facts(self) -> Dict[str, Any]:
        return {name: getattr(self, name) for name in FACTS if getattr(self, name)}
