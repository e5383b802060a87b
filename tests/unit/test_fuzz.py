# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers' responses and users' input never cause exceptions other than the collection's own.

FUZZ_EXAMPLES is the number of examples for each test (100); `make fuzz` uses many.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest
import requests
from answers import Script

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import GitHubAppsError
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials import credentials
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import (
    App,
    Credentials,
    Login,
    OAuthApp,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github import client as _client
from ansible_collections.hubops.github_apps.plugins.module_utils._github import server as _server
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._github.endpoints import ENDPOINTS
from ansible_collections.hubops.github_apps.plugins.module_utils._github.transport import Transport
from github_standin import PROFILES

hypothesis = pytest.importorskip("hypothesis")  # ansible-test installs only the requirements of modules
st = hypothesis.strategies

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "100"))
fuzzed = hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
KEYS = (
    "id",
    "token",
    "expires_at",
    "account",
    "repositories",
    "installations",
    "message",
    "errors",
    "login",
    "full_name",
)
LIKELY = st.dictionaries(st.sampled_from(KEYS), JSON, max_size=5) | st.lists(
    st.dictionaries(st.sampled_from(KEYS), JSON, max_size=4), max_size=3
)
BODIES = (LIKELY | JSON).map(json.dumps) | st.text(max_size=60) | st.just("[" * 100_000)
HEADERS = st.dictionaries(
    st.sampled_from(
        (
            "Content-Type",
            "Date",
            "Link",
            "Location",
            "Retry-After",
            "X-Accepted-GitHub-Permissions",
            "X-GitHub-Enterprise-Version",
            "X-GitHub-Request-Id",
            "X-RateLimit-Remaining",
            "X-RateLimit-Reset",
        )
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
    | st.integers(-(10**12), 10**12).map(str)
    | st.sampled_from(
        (
            "0",
            "60",
            '<https://api.github.com/x?page=2>; rel="next"',
            '<x?page=9>; rel="last"',
            "Sat, 21 Nov 2026 10:00:00 GMT",
            "Mon, 01 Jan 99999 00:00:00 +99999999999999",
            "9" * 400,
            "<x?page=" + "9" * 5000 + '>; rel="last"',
            "http://[::1",
            "/",
        )
    ),
    max_size=4,
)
STATUSES = st.sampled_from(
    (200, 201, 202, 204, 301, 302, 304, 400, 401, 403, 404, 406, 410, 415, 422, 429, 500, 502, 503)
) | st.integers(100, 999)
CREDENTIALS = Credentials(
    app=App(app_id="1", jwt="a.b.c"),
    user_token="u",
    installation_token="t",
    oauth_app=OAuthApp("id", "the-secret"),
    login=Login("user", "the-password"),
)
CREDENTIAL_OPTIONS = ("app_id", "client_id", "private_key", "private_key_passphrase", "app_jwt", "token")
SECRETS = ("the-secret", "the-password")


@fuzzed
@hypothesis.given(
    operation=st.sampled_from(sorted(ENDPOINTS)),
    how=st.sampled_from(("call", "get", "find", "list", "delete")),
    answers=st.lists(st.tuples(STATUSES, BODIES, HEADERS), min_size=1, max_size=3),
    release=st.sampled_from((None, "2.20", "3.19", "cloud")),
)
def test_any_answer_of_a_server(operation, how, answers, release):
    now = [0.0]

    def sleep(seconds):
        assert 0 <= seconds <= 400
        now[0] += seconds

    session = requests.Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, Script(answers * 400))
    server = _server.server_from(
        {"api_url": "" if release == "cloud" else "https://ghe.example", "server_version": release}
    )
    client = Client(Transport(server, session, str, lambda: now[0] + 1.8e9, lambda: now[0], sleep), CREDENTIALS)
    keys = dict.fromkeys(
        (
            "owner",
            "repo",
            "org",
            "enterprise",
            "username",
            "app_slug",
            "client_id",
            "code",
            "access_token",
            "fingerprint",
        ),
        "x",
    )
    numbers = dict.fromkeys(
        ("installation_id", "repository_id", "content_reference_id", "authorization_id", "grant_id"), 7
    )
    try:
        getattr(client, how)(
            operation,
            **{
                name: value for name, value in {**keys, **numbers}.items() if "{%s}" % name in ENDPOINTS[operation].path
            },
        )
    except GitHubAppsError as error:
        assert str(error)
        assert json.dumps(error.facts())
        assert not any(secret in str(error) for secret in SECRETS)
        assert str(error).isprintable()


TEXTS = st.text(max_size=30) | st.sampled_from(
    (
        *("../../x", "a/b/c", "\n", "\x00", "octo-org", "octo-org/hello-world", "{{ 7 }}", "7", "-1", ""),
        *("*", "octo-org/*-*", "[a-z]*", "[", "[z-a]", "[!-]*?", "octocat"),
    )
)
VALUES = (
    TEXTS
    | st.integers(-(2**70), 2**70)
    | st.booleans()
    | st.none()
    | st.lists(TEXTS, max_size=3)
    | st.dictionaries(TEXTS, TEXTS, max_size=3)
)


@fuzzed
@hypothesis.given(
    options=st.dictionaries(
        st.sampled_from(("api_url", "server_version", "api_version", "timeout", "retries", "max_wait")),
        TEXTS,
        max_size=4,
    )
)
def test_any_description_of_a_server(options):
    try:
        server = _server.server_from(options)
    except (GitHubAppsError, ValueError) as error:  # the argument spec reports values that are not numbers before that
        assert isinstance(error, GitHubAppsError) or "int()" in str(error)
    else:
        assert server.api_url.startswith(("http://", "https://"))


@fuzzed
@hypothesis.given(
    options=st.dictionaries(
        st.sampled_from(CREDENTIAL_OPTIONS),
        TEXTS,
        max_size=4,
    )
)
def test_any_credentials(options):
    with suppress(GitHubAppsError):
        credentials.credentials_from(options)


MODULES = sorted(path.stem for path in (Path(__file__).parents[2] / "plugins/modules").glob("github_*.py"))


@pytest.mark.parametrize("name", MODULES)
def test_any_parameters_of_a_module(name, run_module, standin, options, tmp_path, monkeypatch):
    module = import_module(f"ansible_collections.hubops.github_apps.plugins.modules.{name}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        _client, "Transport", lambda server, **more: Transport(server, sleep=lambda seconds: None, **more)
    )
    fixed = (
        "api_url",
        "server_version",
        "retries",
        "private_key",
        "private_key_path",
        "token_path",
        "client_secret_path",
        "ca_path",
        "dest",
        "timeout",
        "max_wait",
    )
    free = sorted(set(module.ARGUMENT_SPEC) - set(fixed))
    known = {option: spec.get("choices", []) for option, spec in module.ARGUMENT_SPEC.items()}
    usual = {
        "app_id": "1001",
        "token": "standin-pat-classic-admin",
        "client_id": "standin-oauth-client",
        "client_secret": "standin-oauth-secret",
    }

    @fuzzed
    @hypothesis.given(
        chosen=st.dictionaries(st.sampled_from(free), st.none(), max_size=5),
        data=st.data(),
        release=st.sampled_from(sorted(PROFILES)),
    )
    def run(chosen, data, release):
        standin.switch(release)
        for option in chosen:
            likely = [st.sampled_from(known[option])] if known[option] else []
            likely += [st.just(usual[option])] if option in usual else []
            chosen[option] = data.draw(st.one_of(VALUES, *likely), label=option)
        server = {"api_url": standin.api_url, "server_version": release, "retries": 0}
        key = {"app_id": "1001", "private_key": options["private_key"]} if "private_key" in module.ARGUMENT_SPEC else {}
        result = run_module(
            module, {**server, **key, **chosen}, check_mode=data.draw(st.booleans(), label="check mode")
        )
        assert "changed" in result or result["failed"]
        assert [entry for entry in standin.log if entry["status"] >= 500] == []

    run()
    standin.reset()
