# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Error responses and GitHub's messages for them."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

REQUIRES_AUTHENTICATION = "Requires authentication"
BAD_CREDENTIALS = "Bad credentials"
NOT_FOUND = "Not Found"
PROBLEMS_PARSING_JSON = "Problems parsing JSON"
BODY_NOT_OBJECT = "Body should be a JSON object"
VALIDATION_FAILED = "Validation Failed"
NOT_BY_INTEGRATION = "Resource not accessible by integration"
NOT_BY_PAT = "Resource not accessible by personal access token"
SUSPENDED = "This installation has been suspended"
JWT_UNDECODABLE = "A JSON web token could not be decoded"
JWT_ISSUER = "'Issuer' claim ('iss') must be an Integer"
JWT_NO_KEY = "Integration must generate a public key"
JWT_UNKNOWN_APP = "Integration not found"
JWT_EXP = (
    "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion "
    "expires"
)
JWT_EXP_FAR = "'Expiration time' claim ('exp') is too far in the future"
JWT_IAT = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
MINT_PERMISSION = "The permissions requested are not granted to this installation."
MINT_LEVEL = "The level of access for permissions requested are not granted to this installation."
MINT_REPOSITORY = (
    "There is at least one repository that does not exist or is not accessible to the parent installation."
)
MINT_ENTERPRISE = "Tokens of installations on enterprises cannot be limited to repositories or permissions."
NO_REPOSITORY_PERMISSIONS = (
    "This installation does not use repository permissions, so it cannot be given access to any repositories."
)
SELECTION_NEEDED = "The app requests repository permissions, so repository_selection must be all or selected."
REMOVE_FROM_ALL = "This installation is on all repositories, please update in the Web UI."
REMOVE_LAST = "Cannot remove the last repository from this installation."
NEEDS_INSTALLATION_TOKEN = (
    "You must authenticate with an installation access token in order to list repositories for an installation."
)
NEEDS_USER_ACCESS_TOKEN = (
    "You must authenticate with an access token authorized to a GitHub App in order to list installations"
)
NEEDS_USER_OR_PAT = (
    "You must authenticate with an access token authorized to a GitHub App, a personal access token, or basic auth "
    "in order to list repositories for an installation."
)
NEEDS_PASSWORD = "This API can only be accessed with username and password Basic Auth"
NEEDS_OTP = "Must specify two-factor authentication OTP code."
INVALID_CLIENT = "Invalid OAuth application client_id or secret."
RATE_LIMIT_OFF = "Rate limiting is not enabled."
PREVIEW_NEEDED = (
    "If you would like to help us test the %s API during its preview period, you must specify a custom media type in "
    "the 'Accept' header. Please see the docs for full details."
)
UNSUPPORTED_ACCEPT = "Unsupported 'Accept' header: '%s'. Must accept 'application/json'."
UNKNOWN_API_VERSION = (
    'The version you specified in the "X-GitHub-API-Version" request header, "%s", is not a supported version. '
    "The following versions are currently supported: %s."
)


class ApiError(Exception):
    """An error response; the server converts it to GitHub's error body."""

    def __init__(
        self, status: int, message: str, errors: Optional[List[Any]] = None, headers: Optional[Dict[str, str]] = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors
        self.headers = headers or {}


def not_found() -> ApiError:
    """Return the 404 for a resource that is missing or hidden from this credential."""
    return ApiError(404, NOT_FOUND)


def invalid_field(resource: str, field: str, code: str) -> ApiError:
    """Return the 422 for a record that GitHub rejects; the code is missing_field, already_exists or similar."""
    return ApiError(422, VALIDATION_FAILED, errors=[{"resource": resource, "code": code, "field": field}])


def invalid_request(detail: str) -> ApiError:
    """Return the 422 of GitHub's request schema check."""
    return ApiError(422, "Invalid request.\n\n%s" % detail)
