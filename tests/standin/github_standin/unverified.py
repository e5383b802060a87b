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
GENERAL: Tuple[Claim, ...] = (
    Claim(
        "checks are made in this order: User-Agent, prefix, API version, route, Accept and previews, credentials, body",
        UNDOCUMENTED,
        "requests with two errors each",
    ),
    Claim(
        "Basic authentication with an unknown client or a wrong secret returns 401 `Bad credentials`. Valid credentials on the"
        " path of another client return 404, as do unknown tokens",
        UNDOCUMENTED,
        "`POST /applications/{client_id}/token` with each of them",
    ),
    Claim(
        "a classic token without the `repo` scope gets 404 for the repositories of an installation",
        "GitHub hides resources without access",
        "`GET /user/installations/{installation_id}/repositories` with such a token",
    ),
    Claim(
        "user name and password are accepted by the OAuth Authorizations API only. Other endpoints return 401"
        " `Bad credentials`, and a token in this API returns 403",
        UNDOCUMENTED,
        "`GET /user` with a password, and `GET /authorizations` with a token, on GHES",
    ),
    Claim(
        "the OAuth Authorizations API lists classic tokens and tokens of OAuth apps, and one grant for each OAuth app that has"
        " tokens of the user",
        UNDOCUMENTED,
        "`GET /authorizations` and `GET /applications/grants` on GHES",
    ),
    Claim(
        "a second authorization for the same app and fingerprint, or with a note that the user already has, returns 422"
        " `already_exists`. A wrong client or client secret returns 422 `Invalid OAuth application client_id or secret.`",
        UNDOCUMENTED,
        "create an authorization twice, and with a wrong secret, on GHES",
    ),
    Claim(
        "converting a manifest returns 201 on every release, and 401 with any Authorization header",
        "the page of 2.20 has 200, and the descriptions have 201",
        "convert a manifest on GHES, without and with a token",
    ),
    Claim(
        "suspending or unsuspending an installation twice, adding a repository that is already selected, and removing one that"
        " is not selected return 204",
        UNDOCUMENTED,
        "each of these requests twice",
    ),
    Claim(
        "empty `repositories`, `repository_ids` or `permissions` of a new token count as not set",
        UNDOCUMENTED,
        "create a token with each of them",
    ),
    Claim(
        "a token created with `permissions` also has `metadata: read`",
        UNDOCUMENTED,
        "create a token with `contents: read`",
    ),
    Claim(
        "after a 202, the installation can still be read for a moment, but its tokens are invalid and creating new ones returns"
        " 404",
        UNDOCUMENTED,
        "uninstall an app with API version 2026-03-10",
    ),
    Claim(
        "`outdated` returns installations that lack a permission, or an access level, that the app requests",
        UNDOCUMENTED,
        "`GET /app/installations?outdated=true` after requesting a permission",
    ),
    Claim(
        "`token/scoped` rejects tokens that are already scoped (404). The new token has access to one installation only",
        UNDOCUMENTED,
        "scope a token twice",
    ),
    Claim(
        "all repositories have `master_branch` and `use_squash_pr_title_as_default` (from 3.6), except with API version"
        " 2026-03-10",
        UNDOCUMENTED,
        "`make live` on several releases",
    ),
    Claim(
        "users and organizations are looked up by their type: `/users/{org}/installation` returns 404",
        UNDOCUMENTED,
        "`GET /users/{username}/installation` with the name of an organization",
    ),
    Claim(
        "requests with a JWT have no `X-RateLimit` headers, and are not counted",
        UNDOCUMENTED,
        "`make live` with github.com",
    ),
    Claim(
        "an account grants an app the enterprise permissions that it requests only if the account is an enterprise, and no"
        " others in this case",
        UNDOCUMENTED,
        "install an app with both kinds of permissions on an organization and on an enterprise",
    ),
)
# Nothing that concerns enterprises was compared with a real server.
ENTERPRISES: Tuple[Claim, ...] = (
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
UNVERIFIED = (*GENERAL, *ENTERPRISES)


def table() -> str:
    """Return the list as a table in Markdown."""
    rows = [Claim("Behavior", "Source", "What would settle it"), Claim("---", "---", "---"), *UNVERIFIED]
    return "".join("| %s |\n" % " | ".join(cell[0].upper() + cell[1:] for cell in row) for row in rows)


if __name__ == "__main__":
    print(table(), end="")
