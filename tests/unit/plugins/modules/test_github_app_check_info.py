# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each broken configuration is named on one line with its remedy, and the other checks are still made."""

from __future__ import annotations

import re

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ansible_collections.hubops.github_apps.plugins.modules import github_app_check_info as module
from github_standin import Fault

ADMIN = {"token": "standin-pat-classic-admin"}
DOCUMENT = {"accounts": [{"organization": "octo-org", "repositories": ["hello-world", "linguist"]}]}


@pytest.fixture()
def check(run_module, standin):
    """Return a function that runs the module, and returns the status and the message of each check."""

    def run(params, check_mode=False):
        result = run_module(module, params, check_mode)
        assert not result.get("failed"), result
        assert result["changed"] is False
        assert result["summary"] == ["{status}: {name}: {message}".format(**one) for one in result["checks"]]
        assert all("\n" not in line for line in result["summary"])
        problems = [one["name"] for one in result["checks"] if one["status"] == "problem"]
        assert result["problems"] == len(problems)
        return {one["name"]: (one["status"], one["message"]) for one in result["checks"]}

    return run


@pytest.fixture()
def healthy(standin, options):
    """Options of an app without suspended installations and pending permissions."""
    return {**options, "app_id": "1002", "private_key": standin.private_key("other-app"), "organization": "octo-org"}


def problems_in(checks):
    return {name: message for name, (status, message) in checks.items() if status == "problem"}


def skipped_in(checks):
    return [name for name, (status, _message) in checks.items() if status == "not checked"]


@pytest.mark.parametrize("standin", ["2.20", "2.22", "3.19", "cloud"], indirect=True)
@pytest.mark.parametrize("check_mode", [True, False])
def test_everything_is_in_order(check, healthy, standin, check_mode):
    checks = check(
        {**healthy, **ADMIN, "accounts": [{"organization": "octo-org", "repositories": ["linguist"]}]}, check_mode
    )
    assert problems_in(checks) == {}
    old = standin.service.profile.server_version == "2.20.0"
    assert skipped_in(checks) == [*(["suspended"] if old else []), "enterprise"]
    assert "RSA key with 2048 bits" in checks["private_key"][1]
    assert "other-app (ID 1002), which is owned by acme" in checks["app"][1]
    assert "1 installation: octo-org" in checks["installations"][1]
    assert "access to 1 repository, and these permissions: contents: read, metadata: read." in checks["token"][1]
    assert "A user's token is needed for organization octo-org" in checks["access_document"][1]
    assert "has the repo scope" in checks["user_token"][1]


def test_the_token_is_revoked(check, healthy, standin):
    check(healthy)
    assert [entry["status"] for entry in standin.log if entry["method"] == "DELETE"] == [204]
    assert not standin.state.installation_tokens


def test_nothing_is_selected(check, options, requests_made):
    server = {name: options[name] for name in ("api_url", "server_version", "retries")}
    checks = check(server)
    assert list(problems_in(checks)) == ["private_key"]
    assert "Set the app's own credentials: either app_id and private_key_path" in checks["private_key"][1]
    assert "only possible if the check 'private_key' succeeds" in checks["app"][1]
    assert requests_made() == ["GET /meta"]


def test_a_dead_host(check, options):
    checks = check({**options, "api_url": "http://127.0.0.1:1", "server_version": ""})
    assert list(problems_in(checks)) == ["server"]
    assert "could not be reached" in checks["server"][1]
    assert "Check api_url and the network" in checks["server"][1]
    assert checks["private_key"][0] == "ok"


def test_the_ca_is_unknown(check, secure_options, secure):
    checks = check(secure_options)
    assert list(problems_in(checks)) == ["server"]
    assert "Set ca_path" in checks["server"][1]
    assert secure.log == []


def test_the_ca_is_known(check, secure_options, secure, ca_path):
    assert "server" not in problems_in(check({**secure_options, "ca_path": str(ca_path)}))


@pytest.mark.parametrize(
    "offset, says",
    [(120, "(119|120|121) s behind"), (-120, "(119|120|121) s ahead of"), (9000, "2:(30:00|29:59) behind")],
)
def test_a_clock_that_is_wrong(check, healthy, standin, offset, says):
    standin.clock_offset = offset
    checks = check(healthy)
    assert list(problems_in(checks)) == ["clock"]
    assert re.search(says, checks["clock"][1])
    assert "Synchronize the clock of this machine (NTP)." in checks["clock"][1]


def test_the_key_of_another_app(check, options, standin):
    checks = check({**options, "private_key": standin.private_key("other-app")})
    assert list(problems_in(checks)) == ["app"]
    assert "private_key is not a private key of the app 1001" in checks["app"][1]
    assert "Compare it with the fingerprints on the app's settings page" in checks["app"][1]


def test_a_permission_is_missing(check, options):
    message = problems_in(check(options))["permissions"]
    assert "limited-org (administration: read, contents: write, issues: write, pull_requests: read) at http" in message
    assert "Owners of the following accounts can accept them" in message


def test_an_installation_is_suspended(check, options):
    checks = check({**options, "organization": "suspended-org"})
    assert list(problems_in(checks)) == ["suspended", "token"]
    assert (
        "Suspended installations: suspended-org. Unsuspend them with github_app_installation" in checks["suspended"][1]
    )
    assert "Unsuspend it with github_app_installation (suspended: false)" in checks["token"][1]


@pytest.mark.parametrize(
    "selected",
    [
        {"organization": "Octo-Org"},
        {"user": "octocat"},
        {"repository": "octo-org/hello-world"},
        {"installation_id": 2001},
    ],
)
def test_other_installations_are_not_a_problem_if_one_is_selected(check, options, selected):
    checks = check({**options, **selected})
    assert problems_in(checks) == {}
    assert checks["suspended"][1].endswith("is not suspended. Other installations are suspended: suspended-org.")
    assert checks["permissions"][1].endswith("Other installations without them: limited-org.")


def test_the_selected_installation_lacks_permissions(check, options):
    checks = check({**options, "organization": "limited-org"})
    assert list(problems_in(checks)) == ["permissions"]


def test_the_app_is_not_installed(check, options, standin):
    standin.state.installations.clear()
    checks = check(options)
    assert list(problems_in(checks)) == ["installations"]
    assert "can install it at" in checks["installations"][1]
    assert skipped_in(checks)[:2] == ["suspended", "permissions"]


@pytest.mark.parametrize("standin", ["3.19"], indirect=True)
@pytest.mark.parametrize(
    "configured, says",
    [("3.18", "server_version is 3.18, but"), ("3.19", ""), ("auto", "")],
)
def test_another_release_is_configured(check, options, configured, says):
    checks = check({**options, "server_version": configured})
    assert checks["release"][0] == ("problem" if says else "ok")
    assert says in checks["release"][1]
    assert "is GitHub Enterprise Server 3.19." in checks["release"][1]


def test_a_release_that_is_too_old(check, options, standin):
    old = Fault(path="/meta", status=200, body={"installed_version": "2.17.3"}, times=9)
    standin.inject(old)
    checks = check({**options, "server_version": "auto"})
    assert checks["server"][0] == "ok"
    assert "The oldest supported release is 2.18" in problems_in(checks)["release"]


@pytest.mark.parametrize("standin", ["3.19"], indirect=True)
def test_a_server_in_private_mode(check, healthy, standin):
    release = {"X-GitHub-Enterprise-Version": "3.19.2"}
    standin.inject(Fault(path="/meta", status=401, body={"message": "Requires authentication"}, headers=release))
    assert problems_in(check(healthy)) == {}


def test_a_proxy_responds_for_the_server(check, options, standin):
    standin.inject(Fault(path="/meta", status=403, body="<html>", times=9))
    assert "whether a proxy intercepts the request" in problems_in(check(options))["server"]


def test_no_date(check, healthy, standin):
    standin.inject(Fault(path="/meta", status=200, body={}, headers={"Date": "yesterday"}))
    assert check(healthy)["clock"] == ("not checked", f"127.0.0.1:{standin.port} did not return a valid Date header.")


@pytest.mark.parametrize(
    "params, says",
    [
        ({"private_key": "", "private_key_path": "/no/such.pem"}, "private_key_path '/no/such.pem' cannot be read"),
        ({"private_key": "x" * 40}, "private_key is not a private key"),
        ({"app_id": "hubops-demo"}, "app_id 'hubops-demo' is not a number"),
        ({"app_id": ""}, "private_key requires app_id or client_id"),
    ],
)
def test_credentials_that_cannot_be_used(check, options, params, says):
    checks = check({**options, **params})
    assert list(problems_in(checks)) == ["private_key"]
    assert says in checks["private_key"][1]
    assert checks["server"][0] == checks["release"][0] == checks["clock"][0] == "ok"


def test_a_key_that_is_not_rsa(check, options):
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    assert (
        "private_key is not an RSA key" in problems_in(check({**options, "private_key": pem.decode()}))["private_key"]
    )


def test_a_jwt_instead_of_a_key(check, options):
    checks = check({**options, "app_id": "", "private_key": "", "app_jwt": "x.eyJpc3MiOiAxMDAxfQ.x"})
    assert checks["private_key"] == ("ok", "app_jwt is used instead of a private key.")
    assert "Create a new JWT" in problems_in(checks)["app"]


def test_a_signer_instead_of_a_key(check, options):
    checks = check({**options, "private_key": "", "signer_command": "/bin/false"})
    assert checks["private_key"] == ("ok", "signer_command is used instead of a private key.")
    assert "signer_command" in problems_in(checks)["app"]


@pytest.mark.parametrize("remaining, status", [("99", "problem"), ("100", "ok")])
def test_the_rate_limit(check, healthy, standin, remaining, status):
    limit = {"X-RateLimit-Remaining": remaining, "X-RateLimit-Reset": "1800000000"}
    empty = {"total_count": 0, "repositories": []}
    standin.inject(Fault(path="/installation/repositories", status=200, body=empty, headers=limit))
    checks = check({**healthy, **DOCUMENT, **ADMIN})
    assert checks["rate_limit"][0] == status
    assert re.search(
        f"he installation has {remaining} requests left until 2027-01-15.*, and the user has [0-9]+ requests left until",
        checks["rate_limit"][1],
    )


def test_the_rate_limit_is_unknown(check, healthy):
    assert check({**healthy, "organization": ""})["rate_limit"][0] == "not checked"


@pytest.mark.parametrize("standin", ["3.19"], indirect=True)
def test_no_rate_limit(check, healthy):
    assert "does not limit the number of requests" in check(healthy)["rate_limit"][1]


@pytest.mark.parametrize(
    "params, name, says",
    [
        ({"organization": "empty-org"}, "token", "monalisa requested the installation"),
        ({"organization": "octo-org", "user": "octocat"}, "token", "organization and user cannot be used together"),
        ({"accounts": []}, "access_document", "must have at least one entry"),
        ({"accounts": [{"organization": "octo-org", "repositories": []}]}, "access_document", "must not be empty"),
        (
            DOCUMENT,
            "user_token",
            "Repositories of organization octo-org cannot be changed. Set a user's token in token",
        ),
        ({**DOCUMENT, "token_path": "/no/such"}, "user_token", "token_path '/no/such' cannot be read"),
        ({**DOCUMENT, "token": "standin-pat-classic-no-repo"}, "user_token", "token does not have the repo scope"),
        ({**DOCUMENT, "token": "github_pat_11ABCDEFGHIJ"}, "user_token", "GitHub does not accept token"),
        ({**DOCUMENT, "token": "ghp_neverheardofthistoken"}, "user_token", "rejected token"),
        (
            {**DOCUMENT, "token": "standin-pat-classic-monalisa"},
            "administrator",
            "organization octo-org: The owner of token is not an administrator of octo-org/hello-world",
        ),
        (
            {**ADMIN, "accounts": [{"organization": "octo-org", "repositories": ["nope", "hello-old"]}]},
            "administrator",
            "organization octo-org: Repository not found: octo-org/nope.",
        ),
        (
            {**ADMIN, "accounts": [{"organizations": ["octo-*", "none-*"], "repositories": ["nope"]}]},
            "administrator",
            "organization octo-org: Repository not found: octo-org/nope.",
        ),
        (
            {**ADMIN, "accounts": [{"installation_id": 2001, "repositories": ["nope-*"]}]},
            "administrator",
            "installation_id 2001: No repository of octo-org matches 'nope-*'",
        ),
    ],
)
def test_other_problems(check, options, params, name, says):
    assert says in problems_in(check({**options, **params}))[name]


def test_entries_that_need_no_token(check, options):
    checks = check({**options, "accounts": [{"organization": "octo-org", "suspended": False}]})
    assert "1 entry. No entry needs a user's token" in checks["access_document"][1]
    assert checks["user_token"] == ("not checked", "No entry of the access document needs a user's token.")


def test_entries_without_an_installation_of_their_own(check, options):
    accounts = [{"organization": name, "repositories": ["a"]} for name in ("empty-org", "acme")]
    assert check({**options, **ADMIN, "accounts": accounts})["administrator"][0] == "ok"


@pytest.mark.parametrize("standin", ["3.21"], indirect=True)
def test_an_app_of_an_enterprise(check, installer):
    checks = check({**installer, "enterprise": "octo-enterprise"})
    assert problems_in(checks) == {}
    assert "access to no repositories" in checks["token"][1]


ENTRIES = [
    {"organization": "Octo-Org", "repositories": ["hello-world"]},
    {"organizations": ["*"], "repositories": ["*"]},
    {"installation_id": 2001, "repositories": ["hello-world"]},
]


@pytest.fixture()
def own(via_enterprise):
    """Options of an app that is installed on the enterprise. No installation is selected."""
    return {name: value for name, value in via_enterprise.items() if name != "organization"}


@pytest.mark.parametrize("standin", ["3.19", "3.21", "cloud"], indirect=True)
def test_organizations_of_an_enterprise_need_no_token(check, own, changes_made):
    checks = check({**own, "accounts": ENTRIES[:2]})
    assert problems_in(checks) == {}
    assert re.fullmatch(
        r"The installation on the enterprise octo-enterprise can manage installations on \d+ organizations\.",
        checks["enterprise"][1],
    )
    assert "2 entries. No entry needs a user's token" in checks["access_document"][1]
    assert changes_made() == []


@pytest.mark.parametrize("standin", ["cloud"], indirect=True)
def test_other_accounts_need_a_token(check, own, standin):
    standin.state.installations[2301].app = standin.state.app_by_slug("hubops-demo")
    own.update(app_id="1001", private_key=standin.private_key("hubops-demo"))
    checks = check({**own, "accounts": [*ENTRIES, {"user": "octocat", "repositories": ["dotfiles"]}]})
    assert "4 entries. A user's token is needed for user octocat." in checks["access_document"][1]
    assert "Repositories of user octocat cannot be changed." in problems_in(checks)["user_token"]


@pytest.mark.parametrize("standin", ["cloud"], indirect=True)
@pytest.mark.parametrize(
    "change, says",
    [
        ({"via_enterprise": "no-such"}, "no-such"),
        ({"via_enterprise": ""}, "require via_enterprise"),
    ],
)
def test_an_enterprise_that_cannot_be_used(check, own, change, says):
    checks = check({**own, "enterprise_installation_id": 2301, "app_client_id": "x", "accounts": ENTRIES, **change})
    assert says in problems_in(checks)["enterprise"]


@pytest.mark.parametrize("standin", ["cloud"], indirect=True)
def test_an_enterprise_without_the_permission(check, own, standin):
    standin.state.installations[2301].permissions = {"enterprise_organization_installations": "read"}
    checks = check({**own, "accounts": ENTRIES})
    assert "was not granted enterprise_organization_installations: write" in problems_in(checks)["enterprise"]
    assert checks["access_document"][0] == "not checked"


def test_a_server_that_is_not_valid(run_module, options):
    result = run_module(module, {**options, "api_url": "ftp://x"})
    assert result["failed"]
    assert "api_url 'ftp://x' is not a host name" in result["msg"]
