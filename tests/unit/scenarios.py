# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scenarios in which modules succeed, and all failures that have a cause."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Sequence

from cryptography.hazmat.primitives import serialization

from github_standin import Fault, StandIn

ADMIN = {"token": "standin-pat-classic-admin"}
OAUTH = {"client_id": "standin-oauth-client", "client_secret": "standin-oauth-secret"}
ONE = {"access_token": "standin-oauth-octocat-one"}
VIA = {"via_enterprise": "octo-enterprise", "app_client_id": "Iv1.standin-demo"}
OCTOCAT = {"username": "octocat", "password": "standin-octocat-password"}
DEPLOY = {**OCTOCAT, **OAUTH, "fingerprint": "deploy", "scopes": ["repo"], "note": "deployments"}


class Scenario(NamedTuple):
    """:param once: a request that GitHub performs only once, as method and a part of the path.
    :param app: slug of the app whose key is used; empty for none.
    """

    module: str
    params: Dict[str, Any]
    release: str = "3.19"
    once: str = ""
    app: str = "hubops-demo"

    @property
    def code(self) -> Any:
        return import_module(f"ansible_collections.hubops.github_apps.plugins.modules.{self.module}")


SCENARIOS = {
    "access": Scenario(
        "github_app_access",
        {**ADMIN, "accounts": [{"organization": "octo-org", "repositories": ["hello-world", "linguist"]}]},
    ),
    "access via an enterprise": Scenario(
        "github_app_access",
        {
            **VIA,
            "accept_permissions": True,
            "unlisted": "ignore",
            "accounts": [
                {"organization": "octo-org", "repositories": ["hello-*", "linguist"]},
                {"organizations": ["acme"], "state": "absent"},
                {"organizations": ["*y-org", "limited-org"], "repository_selection": "all"},
            ],
        },
        release="3.21",
        app="hubops-installer",
    ),
    "check the configuration": Scenario(
        "github_app_check_info",
        {**ADMIN, "organization": "octo-org", "accounts": [{"organization": "octo-org", "repositories": ["linguist"]}]},
    ),
    "enterprise": Scenario(
        "github_app_enterprise_info",
        {
            "enterprise": "octo-enterprise",
            "organizations": ["octo-org", "big-*"],
            "include": "repositories,installations",
        },
        release="3.21",
        app="hubops-installer",
    ),
    "app_info": Scenario("github_app_info", {}),
    "keys": Scenario("github_app_key_info", {}),
    "suspend": Scenario("github_app_installation", {"organization": "octo-org", "suspended": True}),
    "uninstall": Scenario("github_app_installation", {"organization": "octo-org", "state": "absent"}),
    "installations": Scenario("github_app_installation_info", {}),
    "installation requests": Scenario("github_app_installation_request_info", {}),
    "all repositories": Scenario(
        "github_app_installation_info", {"include": ["repositories"], "repository_selection": "all", "suspended": False}
    ),
    "suspend on an enterprise": Scenario(
        "github_app_installation",
        {"enterprise": "octo-enterprise", "suspended": True},
        release="3.21",
        app="hubops-installer",
    ),
    "install via an enterprise": Scenario(
        "github_app_installation",
        {**VIA, "organization": "empty-org", "repositories": ["lonely"]},
        release="3.21",
        app="hubops-installer",
    ),
    "change an installation via an enterprise": Scenario(
        "github_app_installation",
        {**VIA, "organization": "octo-org", "repositories": ["hello-world", "website"], "accept_permissions": True},
        release="3.21",
        app="hubops-installer",
    ),
    "accept permissions via an enterprise": Scenario(
        "github_app_installation",
        {**VIA, "enterprise_installation_id": 2301, "organization": "limited-org", "accept_permissions": True},
        app="hubops-installer",
    ),
    "uninstall via an enterprise": Scenario(
        "github_app_installation",
        {**VIA, "organization": "octo-org", "state": "absent"},
        release="3.21",
        app="hubops-installer",
    ),
    "exact via an enterprise": Scenario(
        "github_installation_repo",
        {**VIA, "organization": "big-org", "repositories": ["service-0[4-9]*", "service-1[6-9]?"], "state": "exact"},
        release="3.21",
        app="hubops-installer",
    ),
    "select via an enterprise": Scenario(
        "github_installation_repo",
        {**VIA, "organization": "acme", "repositories": ["anvil"], "repository_selection": "selected"},
        release="3.21",
        app="hubops-installer",
    ),
    "add": Scenario(
        "github_installation_repo",
        {**ADMIN, "organization": "octo-org", "repositories": ["linguist", "website", "private-plans"]},
    ),
    "remove": Scenario(
        "github_installation_repo",
        {**ADMIN, "organization": "octo-org", "repositories": ["spoon-knife"], "state": "absent"},
    ),
    "exact": Scenario(
        "github_installation_repo",
        {
            **ADMIN,
            "organization": "octo-org",
            "repositories": ["linguist", "website"],
            "state": "exact",
            "concurrency": 2,
        },
    ),
    "add by pattern and topic": Scenario(
        "github_installation_repo",
        {
            **ADMIN,
            "organization": "octo-org",
            "repositories": ["*i*", "website"],
            "repository_topics": ["octocat"],
            "exclude": ["private-*"],
        },
    ),
    "exact by pattern on an old server": Scenario(
        "github_installation_repo",
        {
            **ADMIN,
            "organization": "octo-org",
            "repositories": ["w*"],
            "repository_topics": ["octocat"],
            "state": "exact",
        },
        release="2.20",
    ),
    "repositories": Scenario("github_installation_repo_info", {"organization": "big-org"}),
    "mint": Scenario(
        "github_installation_token", {"organization": "octo-org", "repositories": ["octo-org/hello-world"]}
    ),
    "mint for an enterprise": Scenario(
        "github_installation_token", {"enterprise": "octo-enterprise"}, release="3.21", app="hubops-installer"
    ),
    "mint on an old server": Scenario(
        "github_installation_token", {"organization": "octo-org", "repositories": ["hello-world"]}, release="2.20"
    ),
    "mint by pattern and topic": Scenario(
        "github_installation_token",
        {"organization": "octo-org", "repositories": ["*-knife"], "repository_topics": ["octocat"]},
    ),
    "keep": Scenario("github_installation_token", {"organization": "octo-org", "dest": "kept.json"}),
    "manifest": Scenario(
        "github_app_manifest",
        {"code": "standin-manifest-code-one", "dest": "."},
        once="POST /conversions",
        app="",
    ),
    "attach": Scenario(
        "github_content_attachment",
        {"repository": "acme/anvil", "content_reference_id": 7001, "title": "A title", "body": "A body"},
        release="3.3",
        once="POST /attachments",
        app="attach-app",
    ),
    "check": Scenario("github_oauth_token", {**OAUTH, **ONE}, app=""),
    "delete": Scenario("github_oauth_token", {**OAUTH, **ONE, "state": "absent"}, app=""),
    "reset": Scenario("github_oauth_token", {**OAUTH, **ONE, "state": "reset"}, once="PATCH /token", app=""),
    "grant": Scenario("github_oauth_grant", {**OAUTH, **ONE}, app=""),
    "authorize": Scenario("github_oauth_authorization", DEPLOY, release="2.20", app=""),
    "deauthorize": Scenario("github_oauth_authorization", {**DEPLOY, "state": "absent"}, release="2.20", app=""),
    "authorizations": Scenario("github_oauth_authorization_info", OCTOCAT, release="2.20", app=""),
}

HTML = "<html><body>A proxy {{ 7 * 7 }}</body></html>"
DAY = 86400


def prepared(scenario: Scenario, standin: StandIn, directory: Path) -> Dict[str, Any]:
    """Return the parameters of a scenario for this server. Files are in the directory."""
    params = dict(scenario.params)
    if "dest" in params:
        params["dest"] = str(directory / params["dest"])
    server = {"api_url": standin.api_url, "server_version": standin.service.profile.server_version}
    if scenario.app:
        app = standin.state.app_by_slug(scenario.app)
        server.update(app_id=str(app.id), private_key=standin.private_key(scenario.app))
    return {**server, **params}


SECRETS = (
    "private_key",
    "private_key_passphrase",
    "app_jwt",
    "token",
    "client_secret",
    "access_token",
    "password",
    "one_time_password",
    "code",
    "vault_token",
    "vault_secret_id",
)


def secret_lines(secret: str) -> List[str]:
    """Return the lines of a secret that can be searched: without the frame of a key and too long for a coincidence."""
    return [line for line in secret.splitlines() if len(line) > 12 and "-----" not in line]


def secrets_in(params: Dict[str, Any]) -> List[str]:
    """Return the credentials in the parameters, line by line."""
    return [line for name in SECRETS for line in secret_lines(str(params.get(name) or ""))]


PASSPHRASE = "the-passphrase-of-the-key"


def encrypted(private_key: str, passphrase: str) -> str:
    """Encrypt the key with the passphrase."""
    key = serialization.load_pem_private_key(private_key.encode(), None)
    locked = serialization.BestAvailableEncryption(passphrase.encode())
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, locked).decode()


class Failure(NamedTuple):
    """:param scenario: in which it occurs. :param cause: for programs. :param says: phrases in the message.
    :param params: the task's parameters that differ, given the stand-in server. :param release: of the server.
    :param faults: for all matching requests. :param clock: seconds by which the server's clock is ahead.
    """

    scenario: str
    cause: str
    says: Sequence[str]
    params: Callable[[StandIn], Dict[str, Any]] = lambda standin: {}
    release: str = ""
    faults: Sequence[Fault] = ()
    clock: float = 0


def answers(status: int, message: str = "", path: str = "", **headers: str) -> List[Fault]:
    """Respond to every request like GitHub (with a message) or like a proxy. Headers have underscores for dashes."""
    body: Any = {"message": message, "documentation_url": "https://docs.github.com/rest"} if message else HTML
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return [Fault(status=status, body=body, headers=sent, path=path, times=1_000_000)]


FAILURES = {
    "clock": Failure("app_info", "clock", ["1 day, 0:0", "behind", "NTP"], clock=DAY + 60),
    "wrong key": Failure(
        "app_info",
        "wrong_key",
        ["is not a private key of the app 1001", "fingerprint"],
        lambda standin: {"private_key": standin.private_key("other-app")},
    ),
    "a signer with another key": Failure(
        "app_info",
        "wrong_key",
        ["rejected the signature of signer_command. The signer does not use a private key of the app 1001"],
        lambda standin: {"private_key": "", "signer_command": ["printf", "%256s", "."]},
    ),
    "a signer that does not sign": Failure(
        "mint",
        "signer",
        ["signer_command: 'false' exited with status 1 and did not sign"],
        lambda standin: {"private_key": "", "signer_command": "false"},
    ),
    "no key file": Failure("app_info", "option", ["private_key", "PEM"], lambda standin: {"private_key": "x" * 40}),
    "wrong passphrase": Failure(
        "app_info",
        "option",
        ["private_key_passphrase"],
        lambda standin: {
            "private_key": encrypted(standin.private_key("hubops-demo"), PASSPHRASE),
            "private_key_passphrase": "not-the-passphrase-of-the-key",
        },
    ),
    "unknown app": Failure(
        "app_info", "unknown_app", ["app 424242 does not exist"], lambda standin: {"app_id": "424242"}
    ),
    "client id on an old server": Failure(
        "app_info", "unsupported", ["Set app_id"], lambda standin: {"app_id": "", "client_id": "Iv1.x"}, "3.17"
    ),
    "client id on an unknown old server": Failure(
        "app_info",
        "issuer",
        ["does not recognize the app Iv1.standin-demo", "Check client_id", "3.18 and later"],
        lambda standin: {"app_id": "", "client_id": "Iv1.standin-demo", "server_version": "3.19"},
        "3.17",
    ),
    "bad token": Failure(
        "add", "bad_credentials", ["rejected token"], lambda standin: {"token": "ghp_neverheardofthistoken"}
    ),
    "bad client secret": Failure(
        "check",
        "bad_credentials",
        ["rejected client_id and client_secret"],
        lambda standin: {"client_secret": "neverheardofthissecret"},
    ),
    "no one-time password": Failure(
        "authorizations",
        "one_time_password",
        ["Set one_time_password"],
        lambda standin: {"username": "monalisa", "password": "standin-monalisa-password"},
    ),
    "fine-grained token": Failure(
        "add",
        "token_kind",
        ["personal access token (classic) with the repo scope", "Not done: octo-org/linguist"],
        lambda standin: {"token": "standin-pat-fine-grained"},
    ),
    "suspended": Failure(
        "mint",
        "suspended",
        ["suspended: false"],
        lambda standin: {"organization": "", "installation_id": 2003, "repositories": None},
    ),
    "not installed": Failure(
        "suspend",
        "missing",
        ["/installations/new", "The app is installed on: acme, big-org"],
        lambda standin: {"organization": "empty-org"},
    ),
    "permission not granted": Failure(
        "mint",
        "scope",
        [
            "administration: write. It was granted administration: read, contents: write",
            "have an owner accept them at",
            "/settings/installations/2001",
        ],
        lambda standin: {"permissions": {"administration": "write"}},
    ),
    "permission that GitHub names": Failure(
        "attach",
        "token_kind",
        ["the installation token", "content_references: write and metadata: read, or administration: write"],
        faults=answers(
            403,
            "Resource not accessible by integration",
            "/attachments",
            X_Accepted_GitHub_Permissions="content_references=write,metadata=read; administration=write",
        ),
    ),
    "repository not in the installation": Failure(
        "mint", "scope", ["has no access to hello-moon"], lambda standin: {"repositories": ["octo-org/hello-moon"]}
    ),
    "pattern without a match": Failure(
        "mint by pattern and topic",
        "no_match",
        ["No repository of octo-org matches 'nope-*' or 'none-*', and none has the topic 'nothing'."],
        lambda standin: {"repositories": ["nope-*", "*-knife", "none-*"], "repository_topics": ["nothing"]},
    ),
    "limit": Failure(
        "repositories",
        "limit",
        ["requires a wait of 4000 s, until 20", "max_wait"],
        faults=answers(403, "API rate limit exceeded", Retry_After="4000"),
    ),
    "no preview": Failure(
        "app_info", "preview", ["server_version"], lambda standin: {"server_version": "3.19"}, release="2.20"
    ),
    "server too old": Failure(
        "suspend",
        "unsupported",
        ["GitHub Enterprise Server 2.22 is the first release that supports it"],
        release="2.20",
    ),
    "server too new": Failure("attach", "unsupported", ["3.3 is the last release that supports it"], release="3.19"),
    "no /api/v3": Failure(
        "app_info",
        "not_the_api",
        ["Check api_url and server_version"],
        lambda standin: {"api_url": standin.api_url.replace("/api/v3", ""), "server_version": "cloud"},
    ),
    "not GitHub": Failure("app_info", "connection", ["Check that api_url is the API of a GitHub"], faults=answers(200)),
    "a proxy that says no": Failure("app_info", "not_the_api", ["whether a proxy intercepts"], faults=answers(403)),
    "a proxy that wants a password": Failure("app_info", "proxy", ["HTTPS_PROXY"], faults=answers(407)),
    "a redirect": Failure(
        "app_info",
        "redirect",
        ["Check api_url"],
        faults=answers(302, "Found", Location="http://127.0.0.1:1/login?token={{ 7 * 7 }}"),
    ),
    "nobody there": Failure(
        "app_info",
        "connection",
        ["could not be reached", "tried once: Connection refused"],
        lambda standin: {"api_url": "http://127.0.0.1:1", "retries": 0},
    ),
    "single sign-on": Failure(
        "add",
        "sso",
        ["Configure SSO"],
        faults=answers(403, "Resource protected by organization SAML enforcement.", path="/user/"),
    ),
    "single sign-on of an app": Failure(
        "mint",
        "sso",
        ["rejected app_id and private_key.", "only for users' tokens"],
        faults=answers(403, "Resource protected by organization SAML enforcement.", path="/orgs/|/repos/"),
    ),
    "IP allow list": Failure(
        "mint",
        "ip_allow_list",
        ["An owner can add it"],
        faults=answers(
            403, "Although you appear to have the correct authorization, `octo-org` has an IP allow list enabled."
        ),
    ),
    "suspended account": Failure(
        "add",
        "account",
        ["the account behind token"],
        faults=answers(403, "Sorry. Your account was suspended.", path="/user/"),
    ),
    "retired version": Failure(
        "app_info", "gone", ["no longer supports"], faults=answers(410, "This API version is gone")
    ),
    "blocked": Failure("app_info", "blocked", ["legal"], faults=answers(451, "Repository access blocked")),
    "unknown refusal": Failure("app_info", "refused", ["rejected the request"], faults=answers(409, "Conflict")),
}


def prepared_failure(name: str, scenario: Scenario, standin: StandIn, directory: Path) -> Dict[str, Any]:
    """Return the parameters of a scenario with a failure, and configure the stand-in server for it."""
    failure = FAILURES[name]
    standin.inject(*failure.faults)
    standin.clock_offset = failure.clock
    return {**prepared(scenario, standin, directory), "retries": 0, **failure.params(standin)}
