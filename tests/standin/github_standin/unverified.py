# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Behavior of this server that rests on assumptions about GitHub. The README shows this list."""

from __future__ import annotations

from typing import NamedTuple, Tuple


class Claim(NamedTuple):
    """A claim about GitHub.

    :param source: what it rests on. :param check: the request or document that would settle it.
    """

    claim: str
    source: str
    check: str


UNDOCUMENTED = "not documented"
UNVERIFIED: Tuple[Claim, ...] = (
    Claim(
        "`GET /enterprises/{enterprise}/installation` exists from 3.21 on",
        "it is in the description of 3.21, and not in that of 3.19; that of 3.20 was not read",
        "the description of 3.20",
    ),
    Claim(
        "the other operations for enterprises exist on GHES from 3.19 on",
        "the description of 3.19 has them, but marks them as cloud only",
        "`GET .../apps/installable_organizations` on a server 3.19",
    ),
    Claim(
        "the page of an installation on an enterprise is `/enterprises/SLUG/settings/installations/ID`, and its `target_type` is"
        " `Enterprise`",
        UNDOCUMENTED,
        "`GET /enterprises/{enterprise}/installation`",
    ),
    Claim(
        "a new token for an installation on an enterprise with `repositories`, `repository_ids` or `permissions` returns 422",
        "the documentation says that such a token cannot be limited, but not which status it returns",
        "create a token with `permissions`",
    ),
    Claim(
        "`GET /installation/repositories` with a token for an enterprise returns 403",
        "such an installation has no access to repositories",
        "the request with such a token",
    ),
    Claim(
        "user access tokens, personal access tokens, JWTs and tokens of other installations return 403 (401 if invalid)",
        "the description says that only an app that is installed on the enterprise can use the operations, but the list of"
        " permissions also names user access tokens",
        "`GET .../apps/installable_organizations` with each of them",
    ),
    Claim(
        "a missing permission returns 403",
        "the usual behavior of GitHub; a report shows 404, but not its cause (https://github.com/PSModule/GitHub/issues/596)",
        "install an app with a token that lacks the permission",
    ),
    Claim(
        "the repositories of an organization can be listed with either permission",
        "this applies to the repositories of an installation",
        "the header `X-Accepted-GitHub-Permissions` of `GET .../accessible_repositories`",
    ),
    Claim(
        "an organization or an installation of another enterprise returns 404, as does an unknown client ID, or the client ID of"
        " a private app whose owner does not belong to the enterprise",
        UNDOCUMENTED,
        "install with each of them",
    ),
    Claim(
        "an unknown repository, a full name, more than 50 names, and no name where one is required return 422",
        "only the limit, and that a name is required, are documented",
        "add repositories with each of them",
    ),
    Claim(
        "installing with `none` returns 422 for an app that requests repository permissions",
        "the description says that it is only for apps without them",
        "install such an app with `none`",
    ),
    Claim(
        "installing with `all` is possible for an app without repository permissions; adding repositories to its installation"
        " returns 422, as changing its selection does",
        "a report shows only the latter (https://github.com/PSModule/GitHub/issues/500)",
        "install and change such an app",
    ),
    Claim(
        "installing an app that is already installed does not change its repositories, unless it had no repository permissions",
        "the description mentions repositories only for an app that newly requests repository permissions",
        "install an app twice, with different repositories",
    ),
    Claim(
        "changing the selection of an installation from `selected` to `selected` replaces its repositories",
        UNDOCUMENTED,
        "change the selection twice, with different repositories",
    ),
    Claim(
        "adding repositories returns all named ones, and changes nothing on an installation on all repositories",
        UNDOCUMENTED,
        "add a repository twice, and to an installation on all repositories",
    ),
    Claim(
        "removing repositories ignores those that the installation does not have",
        UNDOCUMENTED,
        "remove a repository that is not selected",
    ),
)


def table() -> str:
    """Return the list as a table in Markdown."""
    rows = [Claim("Behavior", "Source", "What would settle it"), Claim("---", "---", "---"), *UNVERIFIED]
    return "".join("| %s |\n" % " | ".join(cell[0].upper() + cell[1:] for cell in row) for row in rows)


if __name__ == "__main__":
    print(table(), end="")
