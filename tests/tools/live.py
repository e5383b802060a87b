#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare the responses of a real GitHub server with those of the stand-in server of the same release.

live.py [FILE]      write the report to FILE as well

The server and the credentials are in the environment variables of the modules: GITHUB_API_URL, GITHUB_APP_ID,
GITHUB_APP_PRIVATE_KEY_PATH, and optionally GITHUB_TOKEN. All requests only read. The token that some of them need can
only read metadata, and is revoked. The report contains no values of responses, only the names and types of fields, the
names of headers, statuses, and the causes that the collection finds in error messages.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import requests
from ansible.module_utils.common.validation import check_type_bool
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

TESTS = Path(__file__).parents[1]
sys.path.append(str(TESTS / "standin"))

from ansible_collections.hubops.github_apps.plugins.module_utils._base.environment import ENVIRONMENT
from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import ApiError, GitHubAppsError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import combine, from_environment
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import TOKENS, token_kind
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import (
    Credentials,
    credentials_from,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._github.endpoints import ENDPOINTS, INSTALLATION, USER
from ansible_collections.hubops.github_apps.plugins.module_utils._github.releases import CLOUD
from ansible_collections.hubops.github_apps.plugins.module_utils._github.server import server_from
from ansible_collections.hubops.github_apps.plugins.module_utils._github.transport import Transport
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.apps import get_app
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
    account_login,
    account_type,
    is_suspended,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.tokens import revoke_at_end
from github_standin import StandIn
from github_standin.unverified import table

# Objects whose keys are data.
MAPS = ("permissions",)
TYPES = {bool: "boolean", int: "number", float: "number", str: "string", type(None): "null", list: "list"}
NO_ID = 2**31 - 1
DAYS_AGO = 2 * 86400  # seconds
READ_METADATA = {"permissions": {"metadata": "read"}}
# Headers that the collection or its users rely on.
HEADERS = (
    *("Content-Type", "Date", "X-GitHub-Request-Id", "X-GitHub-Media-Type", "X-GitHub-Enterprise-Version"),
    *("X-GitHub-Api-Version-Selected", "X-OAuth-Scopes", "X-Accepted-GitHub-Permissions"),
    *("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-RateLimit-Used", "X-RateLimit-Resource"),
)
MINT = "apps/create-installation-access-token"
# The other successful requests, by GitHub's operation IDs. `Subject` provides the parameters of their paths.
READS = (
    "meta/get",
    "apps/get-authenticated",
    "apps/get-by-slug",
    "apps/list-installations",
    "apps/list-installation-requests-for-authenticated-app",
    "apps/get-installation",
    "apps/get-org-installation",
    "apps/get-user-installation",
    "apps/get-repo-installation",
    "apps/list-repos-accessible-to-installation",
    "repos/get",
    "orgs/list-app-installations",
    "apps/list-installations-for-authenticated-user",
    "apps/list-installation-repos-for-authenticated-user",
    "repos/list-for-org",
    "repos/list-for-authenticated-user",
)
# The token of the stand-in server for each kind of token.
STANDIN_TOKENS = {
    TOKENS["github_pat_"]: "standin-pat-fine-grained",
    TOKENS["ghu_"]: "standin-user-access-admin",
}
CLASSIC = "standin-pat-classic-admin"

Shape = dict[str, set[str]]  # types by path


class Observation(NamedTuple):
    """What is compared of a response.

    :param cause: of the collection's error; empty if the request succeeded.
    :param shape: the types of each field, by its path, such as `installations[].id`.
    """

    status: int
    cause: str
    headers: frozenset[str]
    shape: Shape


class Recorder(requests.Session):
    """A session that keeps the last response."""

    last: Any = None

    def request(self, *args: Any, **kwargs: Any) -> Any:
        self.last = super().request(*args, **kwargs)
        return self.last


class Observer:
    """Sends the requests, which concern an installation of the app that is not suspended, and one of its repositories.

    :param options: server and credentials, as for a module.
    """

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.session = Recorder()
        self.credentials = credentials_from(options)
        self.client = Client(Transport(server_from(options), session=self.session), self.credentials)
        self.reader: Client | None = None  # authenticates as the installation
        self.parameters: dict[str, Any] = {}  # of paths

    @property
    def release(self) -> str:
        return "cloud" if self.client.release == CLOUD else str(self.client.release)

    def observe(self) -> tuple[dict[str, Observation], dict[str, str]]:
        """Return the observation of each request, and the reasons why the others were not sent."""
        omitted: dict[str, str] = {}
        with self.client:
            observed = self.choose()
            for operation in READS:
                reason = self.obstacle(operation)
                if reason:
                    omitted[operation] = reason
                else:
                    path = {name: self.parameters[name] for name in names_in(operation)}
                    observed[operation] = self.read(self.client_for(operation), operation, path)
            for name, client, operation, path in self.refusals():
                observed[name] = self.read(client, operation, path)
        return observed, omitted

    def choose(self) -> dict[str, Observation]:
        """Choose the installation, the repository and the token for the requests, and return how a token is created."""
        self.parameters["app_slug"] = get_app(self.client).get("slug")
        usable = [item for item in self.client.list("apps/list-installations", "id") if not is_suspended(item)]
        usable.sort(key=lambda item: account_type(item) != "Organization")
        if not usable:
            return {}
        installation_id, login = usable[0]["id"], account_login(usable[0])
        kind = "org" if account_type(usable[0]) == "Organization" else "username"
        self.parameters.update({"installation_id": installation_id, kind: login})
        created = self.read(self.client, MINT, {"installation_id": installation_id})
        if not created.cause:
            minted = self.session.last.json()
            revoke_at_end(self.client, minted)
            self.reader = self.client.with_installation_token(minted["token"], age=0)
            for repository in self.reader.listing("apps/list-repos-accessible-to-installation").first[:1]:
                self.parameters["owner"], self.parameters["repo"] = str(repository["full_name"]).split("/")
        return {MINT: created}

    def obstacle(self, operation: str) -> str:
        """Return why a request cannot be sent; empty if it can."""
        auth = ENDPOINTS[operation].auth
        if not self.client.offers(operation):
            return "This release does not have it."
        if auth == (USER,) and not self.credentials.user_token:
            return "GITHUB_TOKEN is not set."
        if not all(map(self.parameters.get, names_in(operation))) or (auth == (INSTALLATION,) and not self.reader):
            return "The app has no installation or repository for it."
        return ""

    def client_for(self, operation: str) -> Client:
        auth = ENDPOINTS[operation].auth
        is_users = USER in auth and self.credentials.user_token
        return self.reader if self.reader and INSTALLATION in auth and not is_users else self.client

    def refusals(self) -> Iterator[tuple[str, Client, str, dict[str, Any]]]:
        """Yield requests that GitHub rejects, because the collection recognizes the causes by GitHub's messages."""
        transport, app = self.client.transport, self.credentials.app
        yield "unknown installation", self.client, "apps/get-installation", {"installation_id": NO_ID}
        user = Credentials(user_token="ghp_" + "0" * 36)
        yield "unknown token", Client(transport, user), "repos/list-for-authenticated-user", {}
        if app and app.private_key:
            late = Transport(self.client.server, session=self.session, clock=lambda: time.time() - DAYS_AGO)
            others = {
                "key of another app": (transport, replace(app, private_key=generate_private_key(65537, 2048))),
                "unknown app": (transport, replace(app, app_id=str(NO_ID), client_id=None)),
                "expired JWT": (late, app),
            }
            for name, (connection, other) in others.items():
                yield name, Client(connection, Credentials(other)), "apps/get-authenticated", {}

    def read(self, client: Client, operation: str, path: Mapping[str, Any]) -> Observation:
        """Send a request, and return what is compared of its response."""
        cause = ""
        try:
            client.call(operation, READ_METADATA if operation == MINT else None, **path)
        except ApiError as error:
            cause = error.cause
        response, shape = self.session.last, Shape()
        try:
            describe(response.json(), "", shape)
        except ValueError:
            shape[""] = {"not JSON"}
        headers = frozenset(name for name in HEADERS if name in response.headers)
        return Observation(response.status_code, cause, headers, shape)


def names_in(operation: str) -> list[str]:
    """Return the names of the parameters in the path of an operation."""
    return re.findall(r"{(\w+)}", ENDPOINTS[operation].path)


def describe(value: Any, path: str, shape: Shape) -> None:
    """Add the types of a decoded JSON value, and of everything in it, to the shape."""
    shape.setdefault(path, set()).add(TYPES.get(type(value), "object"))
    if isinstance(value, list):
        for item in value:
            describe(item, f"{path}[]", shape)
    elif isinstance(value, dict):
        for name, item in value.items():
            is_data = path.rpartition(".")[2] in MAPS or not re.fullmatch(r"\w{1,60}", name)
            describe(item, f"{path}.{'*' if is_data else name}".lstrip("."), shape)


def compare(name: str, real: Observation, standin: Observation) -> Iterator[str]:
    """Yield the differences between two responses."""
    if real.status != standin.status:
        yield f"{name}: the status is {real.status}, and {standin.status} in the stand-in server"
        return
    if real.cause != standin.cause:
        yield f"{name}: the cause is {real.cause!r}, and {standin.cause!r} in the stand-in server"
    for header in HEADERS:
        if (header in real.headers) != (header in standin.headers):
            yield f"{name}: only {where(header in real.headers)} returns the header {header}"
    for path in sorted({*real.shape, *standin.shape}):
        yield from (f"{name}: {text}" for text in compare_field(path, real.shape, standin.shape))


def compare_field(path: str, real: Shape, standin: Shape) -> Iterator[str]:
    """Yield the differences of a field. Fields of objects that only one of the responses contains are not compared."""
    types = [sorted(shape.get(path, set()) - {"null"}) for shape in (real, standin)]
    if path not in real or path not in standin:
        parent = path.rpartition(".")[0] if not path.endswith("[]") else None
        is_comparable = parent is not None and all("object" in shape.get(parent, ()) for shape in (real, standin))
        if is_comparable and not path.endswith("*"):
            yield f"only {where(path in real)} returns the field {path} ({' or '.join(types[path not in real]) or 'null'})"
    elif all(types) and types[0] != types[1]:
        yield f"the field {path} is {' or '.join(types[0])}, and {' or '.join(types[1])} in the stand-in server"


def where(is_real: bool) -> str:
    return "GitHub" if is_real else "the stand-in server"


def compare_servers(options: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return the report, and the differences. :param options: server and credentials, as for a module."""
    github = Observer(options)
    observed, omitted = github.observe()
    with StandIn(profile=github.release) as server:
        given = {
            "api_url": server.api_url,
            "server_version": github.release,
            "app_id": "1001",
            "private_key": server.private_key("hubops-demo"),
        }
        if github.credentials.user_token:
            given["token"] = STANDIN_TOKENS.get(token_kind(github.credentials.user_token), CLASSIC)
        expected, _omitted = Observer(given).observe()
    compared = [name for name in observed if name in expected]
    differences = [text for name in compared for text in compare(name, observed[name], expected[name])]
    return format_report(github.release, compared, omitted, differences), differences


def format_report(release: str, compared: list[str], omitted: Mapping[str, str], differences: list[str]) -> str:
    """Return the report in Markdown."""
    name = "github.com" if release == "cloud" else f"GitHub Enterprise Server {release}"
    lines = [f"# {name} compared with the stand-in server", "", f"Compared: {', '.join(compared)}.", ""]
    lines += [f"- Not compared: {operation}. {reason}" for operation, reason in omitted.items()]
    lines += ["", "## Differences", "", *(f"- {text}" for text in differences or ["none"])]
    return "\n".join([*lines, "", "## Behavior that was not verified", "", table()])


def main() -> None:
    options = combine({}, from_environment(ENVIRONMENT, os.environ, ENVIRONMENT))
    if "validate_certs" in options:
        options["validate_certs"] = check_type_bool(options["validate_certs"])
    try:
        report, _differences = compare_servers(options)
    except GitHubAppsError as error:
        sys.exit(str(error))
    print(report)
    for path in sys.argv[1:2]:
        Path(path).write_text(report, encoding="utf-8")


if __name__ == "__main__":
    main()
