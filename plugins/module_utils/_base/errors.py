# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors of this collection.

The code below the runner and the plugins raises nothing else, so that one `except` is enough there. An error contains
only an operation ID, a path with placeholders for secret parameters, and GitHub's message. It never contains headers,
request bodies or the text of library exceptions, and therefore no secrets.
"""

from __future__ import annotations

import sys
from typing import Any, Dict, List, Mapping, Optional, Sequence

from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import printable, shortened


class GitHubAppsError(Exception):
    """Base class of all errors. The message states the cause and, if possible, the remedy.

    :cvar cause: short machine-readable name of the cause; empty if the problem is local to the machine.
    """

    cause = ""

    def __str__(self) -> str:
        return printable(super().__str__())

    def facts(self) -> Dict[str, Any]:
        """Machine-readable values that a failed task returns with its message."""
        return {"cause": self.cause} if self.cause else {}

    def with_advice(self, advice: str) -> str:
        """The message with further advice."""
        return f"{self} {advice}"


class OptionError(GitHubAppsError):
    """An option is missing or wrong. Raised before anything is changed."""

    cause = "option"


class MissingLibraryError(GitHubAppsError):
    """A required Python library is missing, too old, or shadowed by another package."""

    def __init__(self, library: str, remedy: str = "", packages: str = "requests PyJWT cryptography") -> None:
        """:param remedy: what to do if installing the packages is not the solution."""
        self.library = library
        self.remedy = remedy or f"Run '{sys.executable} -m pip install {packages}'."
        super().__init__(f"The Python library {library} {'cannot be used' if remedy else 'is missing'}. {self.remedy}")


class SignerError(GitHubAppsError):
    """The program or service that has the app's private key did not sign. Raised before the request to GitHub."""

    cause = "signer"


class UnsupportedError(GitHubAppsError):
    """The server's release does not support the operation. Raised before the call."""

    cause = "unsupported"


class NotFoundError(GitHubAppsError):
    """The app is not installed on the account, or a repository does not exist."""

    cause = "missing"


class ScopeError(GitHubAppsError):
    """The requested token exceeds the permissions or repositories of its installation."""

    cause = "scope"


class NoMatchError(GitHubAppsError):
    """A pattern or topic selects no repository."""

    cause = "no_match"


class SuspendedError(GitHubAppsError):
    """The installation is suspended."""

    cause = "suspended"


class ForbiddenError(GitHubAppsError):
    """GitHub would reject the user's credentials. Raised before the call."""

    cause = "forbidden"


class ConnectionFailedError(GitHubAppsError):
    """The server returned no usable response."""

    cause = "connection"


class PartialChangeError(GitHubAppsError):
    """A change failed after some of its steps. `facts` lists what was done and what remains."""

    def __init__(self, message: str, facts: Mapping[str, Any], cause: Optional[GitHubAppsError] = None) -> None:
        """:param cause: the error that stopped the change."""
        super().__init__(message)
        self._facts = {**(cause.facts() if cause else {}), **facts}

    def facts(self) -> Dict[str, Any]:
        return self._facts


class UnmetError(GitHubAppsError):
    """The installations do not match the access document. `facts` has the report."""

    cause = "unmet"

    def __init__(self, problems: Sequence[str], result: Mapping[str, Any]) -> None:
        """:param problems: a printable line for each. :param result: what the task returns nevertheless."""
        super().__init__()
        self.problems = problems
        self.result = result

    def __str__(self) -> str:
        return "\n- ".join(["The installations do not match the access document.", *self.problems])

    def facts(self) -> Dict[str, Any]:
        return {**super().facts(), **self.result}


MOST_ERRORS = 100
LONGEST_ERRORS = 100_000  # characters


def limited(errors: Any) -> List[Any]:
    """The first items of `errors` in GitHub's response; empty if it is not a list, or too long to show."""
    return errors[:MOST_ERRORS] if isinstance(errors, list) and len(str(errors)) < LONGEST_ERRORS else []


# The attributes that `ApiError.facts` returns.
FACTS = ("cause", "status", "operation", "request_id", "documentation_url", "errors")


class ApiError(GitHubAppsError):
    """GitHub rejected a request (https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api)."""

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
        :param explanation: what failed and what to do next, for users.
        :param operation: GitHub's operation ID, such as `apps/get-installation`.
        :param request: method and path, with placeholders for secrets.
        :param status: HTTP status.
        :param cause: short machine-readable name of the cause.
        :param github_message: `message` in GitHub's response.
        :param errors: `errors` in GitHub's response (objects or strings).
        :param repeated: whether an earlier attempt may have succeeded although no response arrived.
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
        return self._with_github_message(self.explanation)

    def with_advice(self, advice: str) -> str:
        """The message with further advice before GitHub's own message."""
        return self._with_github_message(f"{self.explanation} {advice}")

    def _with_github_message(self, text: str) -> str:
        message = self.github_message or "no message"
        return printable(f"{text} [{self.request} returned {self.status}: {message}]")

    def facts(self) -> Dict[str, Any]:
        return {name: getattr(self, name) for name in FACTS if getattr(self, name)}
