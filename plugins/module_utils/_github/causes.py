# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Map error responses of GitHub to causes and remedies.

GitHub documents its messages at https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api and
https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app.
"""

from __future__ import annotations

import re
from typing import Mapping, NamedTuple, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._github.endpoints import APP, INSTALLATION

# Placeholders in explanations: app (its ID), app_option and key_option (the options they came from), fingerprint (of
# the key), host (the server), credentials (the option they came from), wait (duration and end), permissions (named by
# GitHub).


class Cause(NamedTuple):
    """:param status: HTTP status, its first digit for a whole class, or 0 for any status.
    :param pattern: searched in GitHub's message, ignoring case. Responses without a message do not come from GitHub.
    """

    name: str
    status: int
    pattern: str
    explanation: str


LIMIT = Cause(
    "limit",
    0,
    "",
    "The rate limit of {host} requires a wait of {wait}. Run the task again after that time, or raise max_wait.",
)

# For a JWT that was signed elsewhere, so that the clock and the key of this machine cannot be the cause.
APP_JWT = Cause(
    "app_jwt",
    401,
    r"\('(exp|iat|iss)'\)|could not be decoded",
    "{host} rejected {app_option}. The JWT has expired (GitHub limits its lifetime to 10 minutes), or it was not signed"
    " with a private key of the app. Create a new JWT.",
)

# For a JWT that was signed by a signer, whose key is known only to the signer.
SIGNER = Cause(
    "wrong_key",
    401,
    r"could not be decoded",
    "{host} rejected the signature of {key_option}. The signer does not use a private key of the app {app}, or"
    " {app_option} belongs to another app. Compare the fingerprint of the signer's key with the fingerprints on the app's settings"
    " page.",
)

# For requests of an app. Only users' tokens are authorized for single sign-on
# (https://docs.github.com/rest/authentication/authenticating-to-the-rest-api#personal-access-tokens-and-saml-sso).
SSO_OF_APP = Cause(
    "sso",
    403,
    r"SAML|single sign-on",
    "The organization enforces SAML single sign-on, and {host} rejected {credentials}. GitHub documents this only for"
    " users' tokens. Ask an owner of the organization to check its SAML settings and the installation.",
)

NOT_GITHUB = (
    "The response from {host} was not sent by GitHub. Check api_url, and whether a proxy intercepts the request."
)

CAUSES: Tuple[Cause, ...] = (
    Cause(
        "clock",
        401,
        r"\('(exp|iat)'\)",
        "{host} rejected the timestamps in the app's JWT. Synchronize the clock of this machine (NTP) and run the task"
        " again.",
    ),
    Cause(
        "issuer",
        401,
        r"\('iss'\)",
        "{host} does not recognize the app {app}. Check {app_option}. (GitHub Enterprise Server 3.18 and later accept"
        " client IDs.)",
    ),
    Cause(
        "wrong_key",
        401,
        r"could not be decoded",
        "{key_option} is not a private key of the app {app} on {host}, or {app_option} belongs to another app. The"
        " fingerprint of the key is {fingerprint}. Compare it with the fingerprints on the app's settings page.",
    ),
    Cause(
        "one_time_password",
        401,
        r"two-factor authentication OTP",
        "The user has two-factor authentication enabled. Set one_time_password to a current code, which is valid for"
        " 30 seconds.",
    ),
    Cause(
        "no_key",
        401,
        r"must generate a public key",
        "The app {app} has no private key on {host}. Generate one in the app's settings.",
    ),
    Cause(
        "not_signed_in",
        401,
        r"requires authentication",
        "{host} received no credentials. A proxy may have removed them. Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY.",
    ),
    Cause(
        "bad_credentials",
        401,
        r"bad credentials|invalid oauth application",
        "{host} rejected {credentials}. The credentials are wrong, expired or revoked, or belong to another server"
        " (api_url).",
    ),
    Cause(
        "unknown_app",
        404,
        r"integration not found",
        "The app {app} does not exist on {host}. Check {app_option} and api_url.",
    ),
    Cause(
        "suspended",
        403,
        r"installation has been suspended",
        "The installation is suspended. Unsuspend it with github_app_installation (suspended: false), and run the task"
        " again.",
    ),
    Cause(
        "account",
        403,
        r"account (is|was|has been) suspended|email .*verified",
        "{host} has restricted the account behind {credentials}. The end of this message states the problem. Resolve it in"
        " the web interface.",
    ),
    Cause(
        "token_kind",
        403,
        r"not accessible by (integration|personal access token)|must authenticate with|only be accessed with",
        "GitHub does not allow this operation with {credentials}. It requires a different type of credentials or"
        " more permissions.",
    ),
    Cause(
        "sso",
        403,
        r"SAML|single sign-on",
        "The organization enforces SAML single sign-on. Authorize {credentials} in the settings of the token on"
        " {host}, under 'Configure SSO'.",
    ),
    Cause(
        "ip_allow_list",
        403,
        r"IP allow list",
        "The organization's IP allow list does not include the address of this machine (or of its proxy). An owner can"
        " add it in the organization's security settings.",
    ),
    Cause(
        "all_repositories",
        422,
        r"on all repositories",
        "The app is installed on all repositories. An owner must first select 'Only select repositories' in the web"
        " interface.",
    ),
    Cause(
        "no_repository_permissions",
        422,
        r"does not use repository permissions",
        "The installation cannot have access to repositories, because the app does not request repository permissions.",
    ),
    Cause(
        "last_repository",
        422,
        r"last repository",
        "GitHub does not allow removing the last repository. Uninstall the app instead.",
    ),
    Cause(
        "preview",
        415,
        "",
        "{host} requires a preview media type. Check that server_version is the release of the server.",
    ),
    Cause(
        "not_the_api",
        406,
        "",
        "{host} does not provide the API at this path. Check api_url and server_version.",
    ),
    Cause("api_version", 400, r"API-Version", "{host} does not support this API version. Change api_version."),
    Cause("gone", 410, "", "{host} no longer supports this operation or API version. Check api_version."),
    Cause("blocked", 451, "", "{host} has blocked access to this resource for legal reasons."),
    Cause(
        "proxy",
        407,
        "",
        "The proxy requires a user name and a password. Add them to the URLs in HTTPS_PROXY and HTTP_PROXY.",
    ),
    Cause("redirect", 3, "", "{host} redirected the request, and the redirect was not followed. Check api_url."),
    Cause("server_error", 5, "", "{host} failed to process the request."),
    Cause("not_the_api", 0, "^$", NOT_GITHUB),
    Cause("unauthorized", 401, "", "{host} did not authorize the request."),
    Cause("forbidden", 403, "", "GitHub does not allow this operation with {credentials}."),
    Cause("invalid", 422, "", "{host} rejected the request as invalid."),
    Cause(
        "not_found",
        404,
        r"not found",
        "The resource does not exist on {host}, or it cannot be accessed with {credentials}. If every request fails"
        " like this, check api_url and server_version.",
    ),
    Cause("not_the_api", 404, "", NOT_GITHUB),
    Cause("refused", 0, "", "{host} rejected the request."),
)


def special_causes(is_signed_elsewhere: bool, has_signer: bool, kind: str) -> Tuple[Cause, ...]:
    """Causes to check before the usual ones.

    :param is_signed_elsewhere: whether the app's JWT was set as an option. :param has_signer: whether a signer signed
    it. :param kind: kind of the credentials.
    """
    special = ((APP_JWT, is_signed_elsewhere), (SIGNER, has_signer), (SSO_OF_APP, kind in (APP, INSTALLATION)))
    return tuple(cause for cause, applies in special if applies)


def classify(status: int, message: str, values: Mapping[str, str], special: Tuple[Cause, ...] = ()) -> Tuple[str, str]:
    """Name and explanation of the first cause that matches. More specific causes come first.

    :param message: `message` of GitHub's JSON; empty if there is none. :param values: values of the placeholders; empty
    if unknown.
    :param special: causes to check before the usual ones.
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
            " GitHub accepts credentials with {permissions}. If the installation lacks permissions, request them in"
            " the app's settings, and have an owner accept them on the installation's page."
        )
    return cause.name, explanation.format(**values)


def permissions_in(header: str) -> str:
    """The permissions in X-Accepted-GitHub-Permissions, such as `issues: write and metadata: read, or checks: write`.

    Empty if the header has another format.

    https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#insufficient-permissions
    """
    if not re.fullmatch(r"(\w+=(read|write|admin)[,; ]*){1,50}", header):
        return ""
    ways = [[each.strip().replace("=", ": ") for each in way.split(",")] for way in header.split(";")]
    return ", or ".join(" and ".join(way) for way in ways)
