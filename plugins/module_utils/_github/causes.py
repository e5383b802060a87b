# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From GitHub's answer to the cause and the remedy: the one place where refusals are told apart.

The texts that GitHub answers with: https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api and
https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app.
"""

from __future__ import annotations

import re
from typing import Mapping, NamedTuple, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._github.endpoints import APP, INSTALLATION

# Placeholders in explanations: app (its id), app_option and key_option (that they came from), fingerprint (of the key), host (of the
# server), credentials (the option that holds them), wait (how long, until when), permissions (that GitHub names).


class Cause(NamedTuple):
    """:param status: HTTP status, its first digit for all that begin with it, 0 for any.
    :param pattern: searched in GitHub's message, case-insensitively; nothing but GitHub answers without a message.
    """

    name: str
    status: int
    pattern: str
    explanation: str


LIMIT = Cause("limit", 0, "", "{host} asks to wait {wait}: run again then, or raise max_wait.")

# For a JWT that was signed elsewhere, so that neither clock nor key of this machine are to blame.
APP_JWT = Cause(
    "app_jwt",
    401,
    r"\('(exp|iat|iss)'\)|could not be decoded",
    "{host} does not accept {app_option}: it is used up (it may be good for ten minutes at most), or was not signed with a key"
    " of the app. Sign a new one.",
)

# For requests of an app. Only the tokens of users are authorized for single sign-on
# (https://docs.github.com/rest/authentication/authenticating-to-the-rest-api#personal-access-tokens-and-saml-sso).
SSO_OF_APP = Cause(
    "sso",
    403,
    r"SAML|single sign-on",
    "The organization enforces SAML single sign-on, and {host} refuses {credentials}. GitHub documents this for users' tokens only. Ask an"
    " owner of the organization to check its SAML settings and the installation.",
)

CAUSES: Tuple[Cause, ...] = (
    Cause(
        "clock",
        401,
        r"\('(exp|iat)'\)",
        "{host} does not accept the times in the app's web token: set the clock of this machine right (NTP) and run again.",
    ),
    Cause(
        "issuer",
        401,
        r"\('iss'\)",
        "{host} does not know the app {app}: check {app_option}. (GitHub Enterprise Server takes a client id from 3.18 on.)",
    ),
    Cause(
        "wrong_key",
        401,
        r"could not be decoded",
        "{key_option} does not hold a key of app {app} on {host}, or {app_option} belongs to another app. The fingerprint of"
        " the key is {fingerprint}: compare it with those on the app's settings page.",
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
        r"bad credentials|invalid oauth application",
        "{host} does not accept {credentials}: wrong, expired or revoked, or of another server (api_url).",
    ),
    Cause(
        "unknown_app", 404, r"integration not found", "There is no app {app} on {host}: check {app_option} and api_url."
    ),
    Cause(
        "suspended",
        403,
        r"installation has been suspended",
        "The installation is suspended: unsuspend it (github_app_installation with suspended: false) before it is used.",
    ),
    Cause(
        "account",
        403,
        r"account (is|was|has been) suspended|email .*verified",
        "{host} does not let the account of {credentials} do anything, for the reason that it gives: mend that in the web"
        " interface.",
    ),
    Cause(
        "token_kind",
        403,
        r"not accessible by (integration|personal access token)|must authenticate with|only be accessed with",
        "GitHub does not let {credentials} do this: it takes credentials of another kind, or with more permissions.",
    ),
    Cause(
        "sso",
        403,
        r"SAML|single sign-on",
        "The organization demands SAML single sign-on: authorize {credentials} for it, in the settings of the token on"
        " {host} under 'Configure SSO'.",
    ),
    Cause(
        "ip_allow_list",
        403,
        r"IP allow list",
        "The organization's IP allow list does not have the address that this machine (or its proxy) comes from: an owner"
        " can add it in the organization's security settings.",
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
    Cause("blocked", 451, "", "{host} may not show this, for legal reasons."),
    Cause(
        "proxy",
        407,
        "",
        "The proxy wants a user name and a password: give them in the URLs that HTTPS_PROXY and HTTP_PROXY hold.",
    ),
    Cause("redirect", 3, "", "{host} sends this request elsewhere, which is not followed: check api_url."),
    Cause("server_error", 5, "", "{host} could not answer the request."),
    Cause("not_the_api", 0, "^$", "{host} does not answer as GitHub: is api_url right, and no proxy in between?"),
    Cause("unauthorized", 401, "", "{host} does not let this request in."),
    Cause("forbidden", 403, "", "GitHub does not let {credentials} do this."),
    Cause("invalid", 422, "", "{host} does not accept the request."),
    Cause(
        "not_found",
        404,
        r"not found",
        "There is no such thing on {host}, or {credentials} may not see it; where nothing at all is found, api_url or"
        " server_version is wrong.",
    ),
    Cause("not_the_api", 404, "", "{host} does not answer as GitHub: is api_url right, and no proxy in between?"),
    Cause("refused", 0, "", "{host} refuses the request."),
)


def special_causes(is_signed_elsewhere: bool, kind: str) -> Tuple[Cause, ...]:
    """What comes before the usual causes. :param is_signed_elsewhere: the app's JWT was given. :param kind: of credentials."""
    is_app = kind in (APP, INSTALLATION)
    return (*((APP_JWT,) if is_signed_elsewhere else ()), *((SSO_OF_APP,) if is_app else ()))


def classify(status: int, message: str, values: Mapping[str, str], special: Tuple[Cause, ...] = ()) -> Tuple[str, str]:
    """Name and explanation of the first cause that fits: more particular ones come first.

    :param message: of GitHub's JSON; empty where there is none. :param values: of the placeholders, empty where not known.
    :param special: causes that are looked at before the usual ones.
    """
    candidates = (*((LIMIT,) if values["wait"] else ()), *special, *CAUSES)
    cause = next(
        cause
        for cause in candidates
        if cause.status in (status, status // 100, 0) and re.search(cause.pattern, message, re.IGNORECASE)
    )
    explanation = cause.explanation
    if cause.name in ("token_kind", "forbidden") and values["permissions"]:
        explanation += (
            " GitHub does it for credentials with {permissions}; what an installation lacks has to be requested in the app's"
            " settings, and accepted by an owner on the page of the installation."
        )
    return cause.name, explanation.format(**values)


def permissions_in(header: str) -> str:
    """`issues: write and metadata: read, or checks: write`, of X-Accepted-GitHub-Permissions; empty where it is something else.

    https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#insufficient-permissions
    """
    if not re.fullmatch(r"(\w+=(read|write|admin)[,; ]*){1,50}", header):
        return ""
    ways = [[each.strip().replace("=", ": ") for each in way.split(",")] for way in header.split(";")]
    return ", or ".join(" and ".join(way) for way in ways)
