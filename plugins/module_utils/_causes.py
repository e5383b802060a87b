# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From GitHub's answer to the cause and the remedy: the one place where refusals are told apart.

The texts that GitHub answers with: https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api and
https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Tuple

# Placeholders in explanations: app (its id), host (of the server), credentials (the option that holds them).


class Cause(NamedTuple):
    """:param status: HTTP status, 0 for any; :param pattern: searched in GitHub's message, case-insensitively."""

    name: str
    status: int
    pattern: str
    explanation: str


APP_JWT = Cause(
    "app_jwt",
    401,
    r"\('(exp|iat|iss)'\)|could not be decoded",
    "{host} does not accept app_jwt: it is used up (it may be good for ten minutes at most), or was not signed with a key"
    " of the app. Sign a new one.",
)

CAUSES: Tuple[Cause, ...] = (
    Cause(
        "clock",
        401,
        r"\('(exp|iat)'\)",
        "The clock of this machine is not the clock of {host}: set it right (NTP) and run again.",
    ),
    Cause(
        "issuer",
        401,
        r"\('iss'\)",
        "{host} does not know the app {app}: check app_id, and client_id where the server takes one.",
    ),
    Cause(
        "wrong_key",
        401,
        r"could not be decoded",
        "The private key is not one of app {app} on {host}, or app_id belongs to another app:"
        " compare the app id and the key's fingerprint with the app's settings page.",
    ),
    Cause(
        "one_time_password",
        401,
        r"two-factor authentication OTP",
        "The user has two-factor authentication: give one_time_password, which is good for half a minute.",
    ),
    Cause(
        "no_key",
        401,
        r"must generate a public key",
        "App {app} has no private key on {host}: generate one in its settings.",
    ),
    Cause(
        "not_signed_in", 401, r"requires authentication", "{host} got no credentials; a proxy may have removed them."
    ),
    Cause(
        "bad_credentials",
        401,
        r"bad credentials",
        "{host} does not accept {credentials}: wrong, expired or revoked, or of another server (api_url).",
    ),
    Cause("unauthorized", 401, "", "{host} does not let this request in; it may be a proxy that answers."),
    Cause("unknown_app", 404, r"integration not found", "There is no app {app} on {host}: check app_id and api_url."),
    Cause(
        "suspended",
        403,
        r"installation has been suspended",
        "The installation is suspended: unsuspend it (github_app_installation with suspended: false) before it is used.",
    ),
    Cause(
        "token_kind",
        403,
        r"not accessible by (integration|personal access token)|must authenticate with",
        "This kind of token may not do this: it needs a token of another kind or with more permissions.",
    ),
    Cause("sso", 403, r"SAML", "The organization demands single sign-on: authorize the token for it."),
    Cause(
        "ip_allow_list", 403, r"IP allow list", "The organization's IP allow list does not have this machine's address."
    ),
    Cause(
        "all_repositories",
        422,
        r"on all repositories",
        "The installation is on all repositories; an owner has to select repositories in the web interface first.",
    ),
    Cause(
        "last_repository",
        422,
        r"last repository",
        "GitHub does not let the last repository be removed: uninstall the app instead.",
    ),
    Cause("preview", 415, "", "{host} wants a preview media type: is server_version the release that the server runs?"),
    Cause(
        "not_the_api",
        406,
        "",
        "{host} does not answer as an API under this path: is api_url (or server_version) right?",
    ),
    Cause("api_version", 400, r"API-Version", "{host} does not know this API version: change api_version."),
    Cause("gone", 410, "", "{host} has retired this operation or API version."),
    Cause("invalid", 422, "", "{host} does not accept the request."),
    Cause("forbidden", 403, "", "The credentials do not allow this."),
    Cause(
        "not_found",
        404,
        r"not found",
        "There is no such thing on {host}, or these credentials may not see it; where nothing at all is found, api_url or"
        " server_version is wrong.",
    ),
    Cause("not_the_api", 404, "", "{host} does not answer as GitHub: is api_url right, and no proxy in between?"),
    Cause("server_error", 0, "", "{host} could not answer the request."),
)


def classify(status: int, message: str, signed_elsewhere: bool = False) -> Tuple[str, str]:
    """Name and explanation of the first cause that fits: more particular ones come first.

    :param signed_elsewhere: the app's JWT was given, so neither clock nor key of this machine are to blame.
    """
    for cause in (*((APP_JWT,) if signed_elsewhere else ()), *CAUSES):
        if cause.status in (status, 0) and re.search(cause.pattern, message, re.IGNORECASE):
            return cause.name, cause.explanation
    raise AssertionError("the last cause fits all")
