# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The endpoint table, the stand-in server and the modules' requests match GitHub's API descriptions.

`make contract` updates GitHub's descriptions in contract/operations.json.
"""

from __future__ import annotations

import json
import re
import time
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

import pytest
import requests
from jsonschema import Draft202012Validator, FormatChecker
from scenarios import SCENARIOS, prepared

from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.jwt import sign_app_jwt
from ansible_collections.hubops.github_apps.plugins.module_utils._github.endpoints import ENDPOINTS
from ansible_collections.hubops.github_apps.plugins.module_utils._github.releases import CLOUD, Release

CONTRACT = json.loads((Path(__file__).parent / "contract" / "operations.json").read_text(encoding="utf-8"))
OPERATIONS = CONTRACT["operations"]
MODULES = "ansible_collections.hubops.github_apps.plugins.modules"
# Releases with which the stand-in server and the modules are tested: both sides of every difference between releases.
PROFILES = ("2.19", "2.20", "2.21", "2.22", "3.4", "3.9", "3.19", "cloud")
# The stand-in server plays github.com with enterprise accounts, which a description of its own adds to that of the cloud.
PLAYED = {**{release: release for release in PROFILES}, "ghec": "cloud"}

# Rows that differ from all descriptions, with the reason.
CLAIMED = {
    (operation, "2.22"): "A reference page of 2.22 lists it, its description does not have it."
    for operation in ("apps/suspend-installation", "apps/unsuspend-installation")
}
CLAIMED.update(
    ((operation, "cloud"), "Only the description with enterprise accounts (ghec) has it.")
    for operation, row in ENDPOINTS.items()
    if row.path.startswith("/enterprises/")
)

# Rows for releases without a published description (3.0 to 3.3), with the source.
UNPUBLISHED = {
    "apps/create-content-attachment-for-repo": "https://docs.github.com/enterprise-server@3.3/rest/reference/apps",
}
PUBLISHED = [operation for operation in ENDPOINTS if operation not in UNPUBLISHED]

# Success statuses that are only in a reference page and in no description, with the reason.
ALSO_SUCCESSFUL = {"apps/create-from-manifest": {200}}  # according to the page of 2.20; descriptions have 201


def as_release(name: str) -> Release:
    major, _dot, minor = name.partition(".")
    return Release(int(major), int(minor)) if minor else CLOUD


def variant_of(variants: List[Dict[str, Any]], release: str) -> Optional[Dict[str, Any]]:
    return next((variant for variant in variants if release in variant["releases"]), None)


def described(operation: str, release: str) -> Optional[Dict[str, Any]]:
    """Return GitHub's description of the operation in this release."""
    known = OPERATIONS.get(operation)
    return variant_of(known["variants"], release) if known else None


# The endpoint table


@pytest.mark.parametrize("operation", PUBLISHED)
def test_method_path_and_id_are_the_newest(operation):
    assert operation in OPERATIONS, "GitHub describes no such operation: correct the id, or run `make contract`"
    row, known = ENDPOINTS[operation], OPERATIONS[operation]
    assert (row.method, row.path) == (known["method"], known["path"])


@pytest.mark.parametrize("operation", PUBLISHED)
def test_the_releases_are_those_that_have_it(operation):
    row = ENDPOINTS[operation]
    differing = [
        release
        for release in CONTRACT["releases"]
        if row.offered_by(as_release(release)) is not (described(operation, release) is not None)
    ]
    expected = [release for known, release in CLAIMED if known == operation]
    assert differing == expected, f"the row of {operation} and GitHub's descriptions differ about these releases"


@pytest.mark.parametrize("operation", PUBLISHED)
def test_the_previews_are_those_that_the_release_demands(operation):
    row = ENDPOINTS[operation]
    for release in CONTRACT["releases"]:
        known = described(operation, release)
        if known is not None:
            demanded = sorted(name for name, last in row.previews.items() if as_release(release) <= last)
            assert demanded == known["previews"], release


@pytest.mark.parametrize("operation", PUBLISHED)
def test_the_successes_are_the_documented_ones(operation):
    row = ENDPOINTS[operation]
    documented = set(ALSO_SUCCESSFUL.get(operation, ()))
    for variant in OPERATIONS[operation]["variants"]:
        documented |= {int(status) for status in variant["responses"] if status < "3"}
        for statuses in variant.get("later_statuses", {}).values():
            documented |= {int(status) for status, kept in statuses.items() if kept is not None}
        if row.is_write and "304" in variant["responses"]:
            documented.add(304)  # nothing changed; for GET, the response to If-None-Match
    assert set(row.success) == documented


# Schemas

FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time")
def is_time(value: Any) -> bool:
    return not isinstance(value, str) or bool(
        re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z", value)
    )


@FORMATS.checks("uri")
def is_address(value: Any) -> bool:
    return not isinstance(value, str) or bool(re.match(r"[a-z]+:\S+\Z", value))


@cache
def definitions(release: str) -> Dict[str, Any]:
    """Return the schemas that others refer to, as in this release."""
    found = {name: variant_of(variants, release) for name, variants in CONTRACT["schemas"].items()}
    return {name: variant["schema"] for name, variant in found.items() if variant is not None}


def closed(schema: Any) -> Any:
    """Return the schema without additional properties."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(value) for name, value in schema.items()}
    is_open = isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema
    return {**inner, "additionalProperties": False} if is_open else inner


@cache
def validator_of(schema: str, release: str, strict: bool) -> Draft202012Validator:
    full = {**json.loads(schema), "$defs": definitions(release)}
    return Draft202012Validator(closed(full) if strict else full, format_checker=FORMATS)


def misfits(value: Any, schema: Dict[str, Any], release: str, strict: bool = False) -> List[str]:
    """Return where the value does not match the schema, one line each."""
    found = validator_of(json.dumps(schema), release, strict).iter_errors(value)
    return [f"{error.json_path}: {error.message[:300]}" for error in found]


@pytest.mark.parametrize("name", CONTRACT["schemas"])
def test_the_schemas_are_valid(name):
    for variant in CONTRACT["schemas"][name]:
        Draft202012Validator.check_schema(variant["schema"])


# The stand-in server

APP, INSTALLATION, OAUTH_APP, NOBODY = "app", "installation", "oauth_app", "nobody"
DEMO_APP, ATTACH_APP, PASSWORD = "demo_app", "attach_app", "password"
INSTALLER, ENTERPRISE = "installer", "enterprise"
PAT, APP_USER = "standin-pat-classic-admin", "standin-user-access-admin"
OAUTH = {"client_id": "standin-oauth-client", "access_token": "standin-oauth-octocat-one"}
GRANTED = {"access_token": OAUTH["access_token"]}
DEMO = {"client_id": "Iv1.standin-demo"}
NARROWED = {"access_token": "standin-user-access-admin", "target": "octo-org"}
REFERENCE = {"content_reference_id": 7001}
FIRST = "the first one"  # the first items of the list
GONE = {"access_token": "no-such-token"}
PREVIEWS = ",".join(
    f"application/vnd.github.{name}-preview+json"
    for name in ("machine-man", "gambit", "doctor-strange", "fury", "corsair", "mercy")
)


class Exchange(NamedTuple):
    """A request to the stand-in server, and the status of its response."""

    operation: str
    auth: str
    status: int
    path: Dict[str, Any] = {}
    body: Optional[Dict[str, Any]] = None


# Values of path parameters of read-only operations.
SAMPLES = {
    "app_slug": "hubops-demo",
    "installation_id": 2001,
    "org": "octo-org",
    "owner": "octo-org",
    "repo": "hello-world",
    "username": "octocat",
}
SIGNED_IN = {"app": APP, "installation": INSTALLATION, "nobody": NOBODY}


def list_readings() -> Iterator[Exchange]:
    """Return a successful exchange for every read-only operation, with the last kind of authentication in its row.

    Operations below `/user` are for tokens that an app received for a user.
    """
    for operation, row in ENDPOINTS.items():
        names = re.findall(r"{(\w+)}", row.path)
        auth = SIGNED_IN.get(row.auth[-1], APP_USER if row.path.startswith("/user/") else PAT)
        if row.method == "GET" and set(names) <= set(SAMPLES) and row.auth[-1] not in ("oauth_app", "password"):
            yield Exchange(operation, auth, 200, {name: SAMPLES[name] for name in names})


INSTALLED = {"installation_id": 2001}
SUSPENDED = {"installation_id": 2003}
UNKNOWN = {"installation_id": 9999}
OCTO = {"enterprise": "octo-enterprise"}
OCTO_ORG = {**OCTO, "org": "octo-org"}
OUTSIDE = {**OCTO, "org": "outside-org"}
IN_OCTO_ORG = {**OCTO_ORG, **INSTALLED}
ALL = {"client_id": DEMO["client_id"], "repository_selection": "all"}
EXCHANGES = (
    *list_readings(),
    Exchange("apps/get-by-slug", NOBODY, 404, {"app_slug": "no-such-app"}),
    Exchange("apps/get-installation", APP, 200, SUSPENDED),
    Exchange("apps/get-installation", APP, 404, UNKNOWN),
    Exchange("apps/get-repo-installation", APP, 301, {"owner": "octo-org", "repo": "hello-old"}),
    Exchange("apps/get-repo-installation", APP, 404, {"owner": "octo-org", "repo": "no-such-repository"}),
    Exchange("apps/create-installation-access-token", APP, 201, INSTALLED),
    Exchange("apps/create-installation-access-token", APP, 201, INSTALLED, {"repository_ids": [5001]}),
    Exchange("apps/create-installation-access-token", APP, 201, INSTALLED, {"permissions": {"contents": "read"}}),
    Exchange("apps/create-installation-access-token", APP, 403, SUSPENDED),
    Exchange("apps/create-installation-access-token", APP, 404, UNKNOWN),
    Exchange("apps/create-installation-access-token", APP, 422, INSTALLED, {"repository_ids": [1]}),
    Exchange("apps/create-installation-access-token", APP, 422, INSTALLED, {"permissions": {"pages": "read"}}),
    Exchange("apps/revoke-installation-access-token", INSTALLATION, 204),
    Exchange("apps/list-installation-repos-for-authenticated-user", PAT, 200, {"installation_id": 2002}),
    Exchange("apps/list-installation-repos-for-authenticated-user", APP_USER, 404, UNKNOWN),
    Exchange("apps/add-repo-to-installation-for-authenticated-user", PAT, 204, {"repository_id": 5003, **INSTALLED}),
    Exchange("apps/add-repo-to-installation-for-authenticated-user", PAT, 404, {"repository_id": 1, **INSTALLED}),
    Exchange(
        "apps/remove-repo-from-installation-for-authenticated-user", PAT, 204, {"repository_id": 5001, **INSTALLED}
    ),
    Exchange("apps/remove-repo-from-installation-for-authenticated-user", PAT, 404, {"repository_id": 1, **INSTALLED}),
    Exchange(
        "apps/remove-repo-from-installation-for-authenticated-user",
        PAT,
        422,
        {"installation_id": 2002, "repository_id": 5101},
    ),
    Exchange("orgs/list-app-installations", PAT, 200, {"org": "octo-org"}),
    Exchange("repos/get", PAT, 200, {"owner": "octo-org", "repo": "hello-world"}),
    Exchange("repos/get", NOBODY, 200, {"owner": "octo-org", "repo": "website"}),
    Exchange("repos/get", INSTALLATION, 200, {"owner": "octo-org", "repo": "hello-world"}),
    Exchange("repos/get", PAT, 301, {"owner": "octo-org", "repo": "hello-old"}),
    Exchange("repos/get", PAT, 404, {"owner": "octo-org", "repo": "no-such-repository"}),
    Exchange("repos/list-for-org", PAT, 200, {"org": "octo-org"}),
    Exchange("repos/list-for-authenticated-user", PAT, 200),
    Exchange("repos/list-for-org", INSTALLATION, 200, {"org": "octo-org"}),
    Exchange("apps/check-token", OAUTH_APP, 200, OAUTH, GRANTED),
    Exchange("apps/check-token", OAUTH_APP, 404, OAUTH, GONE),
    Exchange("apps/check-token", OAUTH_APP, 422, OAUTH, {}),
    Exchange("apps/reset-token", OAUTH_APP, 200, OAUTH, GRANTED),
    Exchange("apps/reset-token", OAUTH_APP, 422, OAUTH, {}),
    Exchange("apps/delete-token", OAUTH_APP, 204, OAUTH, GRANTED),
    Exchange("apps/delete-token", OAUTH_APP, 422, OAUTH, {}),
    Exchange("apps/delete-authorization", OAUTH_APP, 204, OAUTH, GRANTED),
    Exchange("apps/delete-authorization", OAUTH_APP, 422, OAUTH, {}),
    Exchange("apps/check-authorization", OAUTH_APP, 200, OAUTH),
    Exchange("apps/check-authorization", OAUTH_APP, 404, {**OAUTH, **GONE}),
    Exchange("apps/reset-authorization", OAUTH_APP, 200, OAUTH),
    Exchange("apps/revoke-authorization-for-application", OAUTH_APP, 204, OAUTH),
    Exchange("apps/revoke-grant-for-application", OAUTH_APP, 204, OAUTH),
    Exchange("apps/scope-token", DEMO_APP, 200, DEMO, {**NARROWED, "permissions": {"contents": "read"}}),
    Exchange("apps/scope-token", DEMO_APP, 404, DEMO, {**GONE, "target": "octo-org"}),
    Exchange("apps/scope-token", DEMO_APP, 422, DEMO, {}),
    Exchange("apps/create-from-manifest", NOBODY, 201, {"code": "standin-manifest-code-one"}),
    Exchange("apps/create-from-manifest", NOBODY, 404, {"code": "no-such-code"}),
    Exchange("apps/create-content-attachment", ATTACH_APP, 200, REFERENCE, {"title": "t", "body": "b"}),
    Exchange("apps/create-content-attachment", ATTACH_APP, 422, REFERENCE, {}),
    Exchange("oauth-authorizations/list-grants", PASSWORD, 200),
    Exchange("oauth-authorizations/get-grant", PASSWORD, 200, {"grant_id": FIRST}),
    Exchange("oauth-authorizations/get-grant", PASSWORD, 404, {"grant_id": 1}),
    Exchange("oauth-authorizations/delete-grant", PASSWORD, 204, {"grant_id": FIRST}),
    Exchange("oauth-authorizations/list-authorizations", PASSWORD, 200),
    Exchange("oauth-authorizations/get-authorization", PASSWORD, 200, {"authorization_id": FIRST}),
    Exchange("oauth-authorizations/update-authorization", PASSWORD, 200, {"authorization_id": FIRST}, {"note": "n"}),
    Exchange("oauth-authorizations/delete-authorization", PASSWORD, 204, {"authorization_id": FIRST}),
    Exchange("oauth-authorizations/create-authorization", PASSWORD, 201, {}, {"note": "new", "scopes": ["repo"]}),
    Exchange("oauth-authorizations/create-authorization", PASSWORD, 422, {}, {}),
    Exchange(
        "oauth-authorizations/get-or-create-authorization-for-app-and-fingerprint",
        PASSWORD,
        201,
        {"fingerprint": "new", **OAUTH},
        {"client_secret": "standin-oauth-secret"},
    ),
    Exchange(
        "oauth-authorizations/get-or-create-authorization-for-app",
        PASSWORD,
        200,
        OAUTH,
        {"client_secret": "standin-oauth-secret"},
    ),
    Exchange("apps/get-enterprise-installation", INSTALLER, 200, OCTO),
    Exchange("apps/get-enterprise-installation", APP, 404, OCTO),
    Exchange("apps/get-installation", INSTALLER, 200, {"installation_id": 2301}),
    Exchange("apps/create-installation-access-token", INSTALLER, 201, {"installation_id": 2301}),
    Exchange("enterprise-apps/installable-organizations", ENTERPRISE, 200, OCTO),
    Exchange("enterprise-apps/installable-organizations", INSTALLATION, 403, OCTO),
    Exchange("enterprise-apps/installable-organization-accessible-repositories", ENTERPRISE, 200, OCTO_ORG),
    Exchange("enterprise-apps/installable-organization-accessible-repositories", ENTERPRISE, 404, OUTSIDE),
    Exchange("enterprise-apps/organization-installations", ENTERPRISE, 200, OCTO_ORG),
    Exchange("enterprise-apps/organization-installations", ENTERPRISE, 404, OUTSIDE),
    Exchange("enterprise-apps/create-installation", ENTERPRISE, 201, {**OCTO, "org": "empty-org"}, ALL),
    Exchange("enterprise-apps/create-installation", ENTERPRISE, 200, OCTO_ORG, ALL),
    Exchange("enterprise-apps/create-installation", ENTERPRISE, 422, OCTO_ORG, {}),
    Exchange("enterprise-apps/create-installation", ENTERPRISE, 404, OUTSIDE, ALL),
    Exchange("enterprise-apps/organization-installation-repositories", ENTERPRISE, 200, IN_OCTO_ORG),
    Exchange("enterprise-apps/organization-installation-repositories", ENTERPRISE, 404, {**OCTO_ORG, **UNKNOWN}),
    Exchange(
        "enterprise-apps/change-installation-repository-access-selection",
        ENTERPRISE,
        200,
        IN_OCTO_ORG,
        {"repository_selection": "selected", "repositories": ["linguist"]},
    ),
    Exchange("enterprise-apps/change-installation-repository-access-selection", ENTERPRISE, 422, IN_OCTO_ORG, {}),
    Exchange(
        "enterprise-apps/grant-repository-access-to-installation",
        ENTERPRISE,
        200,
        IN_OCTO_ORG,
        {"repositories": ["linguist"]},
    ),
    Exchange(
        "enterprise-apps/remove-repository-access-to-installation",
        ENTERPRISE,
        200,
        IN_OCTO_ORG,
        {"repositories": ["spoon-knife"]},
    ),
    Exchange(
        "enterprise-apps/remove-repository-access-to-installation",
        ENTERPRISE,
        422,
        IN_OCTO_ORG,
        {"repositories": ["hello-world", "spoon-knife"]},
    ),
    Exchange("enterprise-apps/delete-installation", ENTERPRISE, 204, {**OCTO_ORG, "installation_id": 2101}),
    Exchange("enterprise-apps/delete-installation", INSTALLATION, 403, IN_OCTO_ORG),
    Exchange("enterprise-apps/delete-installation", ENTERPRISE, 404, {**OCTO_ORG, **UNKNOWN}),
    Exchange("apps/suspend-installation", APP, 204, INSTALLED),
    Exchange("apps/suspend-installation", APP, 404, UNKNOWN),
    Exchange("apps/unsuspend-installation", APP, 204, SUSPENDED),
    Exchange("apps/unsuspend-installation", APP, 404, UNKNOWN),
    Exchange("apps/delete-installation", APP, 204, INSTALLED),
    Exchange("apps/delete-installation", APP, 404, UNKNOWN),
)


def test_every_operation_of_the_standin_is_driven():
    driven = {exchange.operation for exchange in EXCHANGES}
    assert driven == set(OPERATIONS) == set(PUBLISHED)


@cache
def app_token(private_key: str) -> str:
    return sign_app_jwt("1001", private_key, time.time())


class Caller:
    """Send exchanges to the stand-in server."""

    def __init__(self, server: Any) -> None:
        self.server = server

    def send(self, exchange: Exchange) -> requests.Response:
        known = OPERATIONS[exchange.operation]
        first = "/applications/grants" if "grant_id" in exchange.path else "/authorizations"
        path = known["path"].format(
            **{
                name: self.request("GET", first, PASSWORD).json()[0]["id"] if value == FIRST else value
                for name, value in exchange.path.items()
            }
        )
        return self.request(known["method"], path, exchange.auth, exchange.body)

    def request(self, method: str, path: str, auth: str, body: Any = None) -> requests.Response:
        address = self.server.api_url + path
        headers, basic = self.credentials(auth)
        headers = {"User-Agent": "contract", "Accept": PREVIEWS, **headers}
        return requests.request(
            method, address, json=body, headers=headers, auth=basic, timeout=10, allow_redirects=False
        )

    def credentials(self, auth: str) -> Tuple[Dict[str, str], Optional[Tuple[str, str]]]:
        if auth == NOBODY:
            return {}, None
        if auth == OAUTH_APP:
            return {}, (OAUTH["client_id"], "standin-oauth-secret")
        if auth == DEMO_APP:
            return {}, (DEMO["client_id"], "standin-demo-client-secret")
        if auth == PASSWORD:
            return {}, ("octocat", "standin-octocat-password")
        token = auth
        if auth == ATTACH_APP:
            token = self.mint(2201, sign_app_jwt("1003", self.server.private_key("attach-app"), time.time()))
        elif auth in (INSTALLER, ENTERPRISE):
            token = sign_app_jwt("1004", self.server.private_key("hubops-installer"), time.time())
            token = self.mint(2301, token) if auth == ENTERPRISE else token
        elif auth == APP:
            token = app_token(self.server.private_key("hubops-demo"))
        elif auth == INSTALLATION:
            token = self.mint(2001, APP)
        return {"Authorization": f"Bearer {token}"}, None

    def mint(self, installation_id: int, auth: str) -> str:
        answer = self.request("POST", f"/app/installations/{installation_id}/access_tokens", auth)
        return str(answer.json()["token"])


def unlike(response: requests.Response, operation: str, release: str) -> List[str]:
    """Return how the response differs from the release's documentation, which does not contain all errors."""
    known = described(operation, release)
    assert known is not None
    success = response.status_code < 300
    if str(response.status_code) not in known["responses"]:
        return [f"{response.status_code} is not documented"] if success else []
    schema = known["responses"][str(response.status_code)]
    if schema is None:
        return ["there is a body that is not documented"] if success and response.content else []
    return misfits(response.json(), schema, release)


DRIVEN = [
    (operation, release)
    for operation in sorted({exchange.operation for exchange in EXCHANGES})
    for release in PLAYED
    if described(operation, release) is not None
]


@pytest.fixture(scope="module")
def caller(server):
    server.reset()
    return Caller(server)


@pytest.mark.parametrize("operation, release", DRIVEN)
def test_the_standin_answers_as_documented(caller, operation, release):
    caller.server.switch(PLAYED[release])
    for exchange in EXCHANGES:
        if exchange.operation == operation:
            response = caller.send(exchange)
            assert response.status_code == exchange.status, (
                f"{response.text}: is there a route for {operation} in tests/standin/github_standin?"
            )
            assert unlike(response, operation, release) == []
    if OPERATIONS[operation]["method"] != "GET":
        caller.server.reset()


# The modules' requests

EVERY_PROFILE = pytest.mark.parametrize("standin", PROFILES, indirect=True)


def operation_of(entry: Dict[str, Any]) -> Optional[str]:
    """Return the operation of a request in the stand-in server's log."""
    route = re.sub(r":[a-z]+}", "}", entry["route"] or "")
    return next(
        (name for name, known in OPERATIONS.items() if (known["method"], known["path"]) == (entry["method"], route)),
        None,
    )


def undocumented(entry: Dict[str, Any], release: str) -> List[str]:
    """Return the undocumented parts of a request: operation, previews, query, body."""
    operation = operation_of(entry)
    known = described(operation, release) if operation else None
    if known is None:
        return [] if (operation, release) in CLAIMED else [f"{release} has no {entry['method']} {entry['route']}"]
    found = [f"preview {name} is missing" for name in known["previews"] if f"{name}-preview" not in entry["accept"]]
    found += [f"query {name}" for name in entry["query"] if name not in known["query"]]
    request, body = known["request"], entry["body"]
    if body is None:
        return [*found, "there is no body"] if request and request["required"] else found
    if request is None:
        return [*found, "there is a body"]
    return found + misfits(body, request["schema"], release, strict=True)


@pytest.fixture()
def run_documented(run_module, standin, options):
    """Run a module, check that the release documents each request, and return operations with bodies."""

    def run(name: str, **params: Any) -> List[Tuple[Optional[str], Any]]:
        standin.clear_log()
        result = run_module(import_module(f"{MODULES}.{name}"), {**options, **params})
        assert not result.get("failed"), result["msg"]
        release = standin.service.profile.name
        assert [line for entry in standin.log for line in undocumented(entry, release)] == []
        return [(operation_of(entry), entry["body"]) for entry in standin.log]

    return run


@EVERY_PROFILE
@pytest.mark.parametrize(
    "scope",
    [
        {},
        {"repository_ids": [5001], "permissions": {"contents": "read", "issues": "write"}},
        {"repositories": ["octo-org/hello-world"], "repository_ids": [5002], "permissions": {"metadata": "read"}},
        {"repositories": ["*-world"], "repository_topics": ["octocat"], "permissions": {"issues": "read"}},
    ],
)
def test_a_token_is_asked_for_as_documented(run_documented, scope):
    sent = dict(run_documented("github_installation_token", organization="octo-org", **scope))
    body = sent["apps/create-installation-access-token"]
    assert (body or {}).get("permissions") == scope.get("permissions")


@pytest.mark.parametrize("standin", PROFILES[PROFILES.index("2.20") :], indirect=True)
def test_a_token_is_revoked_as_documented(run_documented, run_module, options):
    module = import_module(f"{MODULES}.github_installation_token")
    token = run_module(module, {**options, "organization": "octo-org"})["token"]
    assert run_documented("github_installation_token", state="absent", token=token)


@EVERY_PROFILE
def test_a_grant_is_deleted_as_documented(run_documented, options):
    for name in ("app_id", "private_key"):
        del options[name]
    params = {"client_secret": "standin-oauth-secret", **OAUTH}
    assert run_documented("github_oauth_grant", state="present", **params)
    assert len(run_documented("github_oauth_grant", state="absent", **params)) == 2


@EVERY_PROFILE
def test_repositories_are_changed_as_documented(run_documented):
    exact = {"organization": "octo-org", "state": "exact", "repositories": ["hello-world", "linguist", "website"]}
    sent = dict(run_documented("github_installation_repo", token=PAT, **exact))
    assert sent["apps/create-installation-access-token"] == {"permissions": {"metadata": "read"}}
    run_documented("github_installation_repo", token=PAT, **{**exact, "repositories": ["spoon-knife"]})
    selection = {"repositories": ["*-*"], "repository_topics": ["octocat"], "exclude": ["private-*"]}
    sent = dict(run_documented("github_installation_repo", token=PAT, **{**exact, **selection}))
    assert "repos/list-for-org" in sent
    users = {"user": "octocat", "repositories": ["*"], "allow_no_match": True}
    assert "repos/list-for-authenticated-user" in dict(run_documented("github_installation_repo", token=PAT, **users))


@EVERY_PROFILE
def test_an_installation_is_changed_as_documented(run_documented, standin):
    if as_release(standin.service.profile.name) >= ENDPOINTS["apps/suspend-installation"].first:
        run_documented("github_app_installation", organization="octo-org", suspended=True)
        run_documented("github_app_installation", organization="octo-org", suspended=False)
    run_documented("github_app_installation", user="octocat")
    run_documented("github_app_installation", repository="octo-org/hello-world")
    run_documented("github_app_installation", organization="octo-org", state="absent")


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_requests_of_each_scenario_are_documented(run_module, server, tmp_path, name):
    scenario = SCENARIOS[name]
    release = scenario.release if variant_of(OPERATIONS["meta/get"]["variants"], scenario.release) else "3.4"
    server.switch(release)
    server.reset()
    params = prepared(scenario, server, tmp_path)
    server.clear_log()
    run_module(scenario.code, params)
    assert [line for entry in server.log for line in undocumented(entry, release)] == []


def test_an_undocumented_request_is_noticed():
    mint = {
        "method": "POST",
        "route": "/app/installations/{installation_id:int}/access_tokens",
        "accept": "application/vnd.github+json",
        "query": {"page": "1"},
        "body": {"repository_ids": ["5001"], "names": []},
    }
    lines = undocumented(mint, "2.20")
    assert lines[:2] == ["preview machine-man is missing", "query page"]
    assert len(lines) == 4
    assert len(undocumented({**mint, "body": {"permissions": {"contents": "rad"}}}, "cloud")) == 2
    assert undocumented({**mint, "route": "/app/nothing"}, "cloud")
    assert undocumented({**mint, "method": "GET"}, "2.20")
