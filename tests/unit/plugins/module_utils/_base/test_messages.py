# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages name their subject: the option, variable or file of a value, the key, the network's own reason."""

from __future__ import annotations

import base64
import hashlib
import socket
import warnings

import pytest
from ansible.module_utils.basic import AnsibleModule
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from ansible_collections.hubops.github_apps.plugins.module_utils._base.environment import ENVIRONMENT, OAUTH_ENVIRONMENT
from ansible_collections.hubops.github_apps.plugins.module_utils._github.connection_failures import system_problem
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.permission_names import NAMES, suggest_name
from ansible_collections.hubops.github_apps.plugins.modules import (
    github_app_info,
    github_installation_repo,
    github_installation_repo_info,
    github_installation_token,
    github_oauth_token,
)

OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_PEM = OTHER_KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
FINGERPRINT = hashlib.sha256(
    OTHER_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).digest()


@pytest.fixture(params=["option", "variable", "file"])
def give(request, monkeypatch, tmp_path):
    """Set an option in one way, given its name and value, and return its name in messages."""

    def give(params, name, value, variables=None):
        variables = variables or ENVIRONMENT
        params.pop(name, None)
        if request.param == "file" and f"{name}_path" in variables:
            (tmp_path / name).write_text(value)
            (tmp_path / name).chmod(0o600)
            params[f"{name}_path"] = str(tmp_path / name)
            return f"{name}_path"
        if request.param == "variable":
            monkeypatch.setenv(variables[name], value)
            return f"{name} ({variables[name]})"
        params[name] = value
        return name

    return give


@pytest.fixture()
def params(options):
    return dict(options)


def test_a_wrong_key_is_named_with_its_fingerprint(give, params, run_module):
    key, app = give(params, "private_key", OTHER_PEM), give(params, "app_id", "1001")
    message = run_module(github_app_info, params)["msg"]
    assert message.startswith(f"{key} is not a private key of the app 1001 on ")
    assert f"or {app} belongs to another app" in message
    assert f"The fingerprint of the key is SHA256:{base64.b64encode(FINGERPRINT).decode()}. Compare" in message


@pytest.mark.parametrize("name, value", [("app_id", "424242"), ("client_id", "Iv1.nobody")])
def test_the_id_of_an_unknown_app_is_named(give, params, run_module, name, value):
    del params["app_id"]
    option = give(params, name, value)
    message = run_module(github_app_info, params)["msg"]
    assert f"Check {option}" in message


APP, ORGANIZATION = (github_app_info, {}), (github_installation_repo_info, {"organization": "octo-org"})


@pytest.mark.parametrize(
    "module, name, value",
    [
        (APP, "app_id", "1001"),
        (APP, "client_id", "Iv1.standin-demo"),
        (ORGANIZATION, "client_id", "Iv1.standin-demo"),
        (ORGANIZATION, "token", "0123"),
    ],
)
def test_message_lists_credentials_that_are_not_suitable(give, params, run_module, module, name, value):
    del params["app_id"], params["private_key"]
    options = {**params, **module[1]}
    option = give(options, name, value)
    message = run_module(module[0], options)["msg"]
    assert f"Only {option} is set." in message


def test_message_lists_several_unsuitable_options(params, run_module):
    del params["private_key"]
    message = run_module(github_installation_repo_info, {**params, "organization": "octo-org", "token": "0123"})["msg"]
    assert "Only app_id and token are set." in message


@pytest.mark.parametrize("name", ["client_id", "client_secret"])
def test_message_names_missing_oauth_credential(give, standin, run_module, name):
    params = {"api_url": standin.api_url, "server_version": "cloud", "access_token": "standin-user-token"}
    option = give(params, name, "something", OAUTH_ENVIRONMENT)
    message = run_module(github_oauth_token, params)["msg"]
    assert message.startswith("client_id and client_secret are required")
    assert f"Only {option} is set." in message


def test_a_refused_token_is_named(give, params, run_module):
    option = give(params, "token", "standin-pat-unknown")
    message = run_module(
        github_installation_repo_info, {**params, "installation_id": 2001, "app_id": "", "private_key": ""}
    )["msg"]
    assert f"rejected {option}." in message


@pytest.mark.parametrize(
    "module, has_app",
    [(github_installation_repo_info, False), (github_installation_repo, False), (github_installation_repo, True)],
)
@pytest.mark.parametrize("check_mode", [False, True])
def test_fine_grained_tokens_are_refused_by_name(give, params, run_module, module, has_app, check_mode):
    params["installation_id"] = 2001
    if not has_app:
        del params["app_id"], params["private_key"]
    option = give(params, "token", "github_pat_11AAAAAAA0aaaaaaaaaaaa")
    if module is github_installation_repo:
        params["repositories"] = ["octo-org/website"]
    result = run_module(module, params, check_mode)
    name = (
        option.replace(")", "; a fine-grained personal access token)")
        if "(" in option
        else f"{option} (a fine-grained personal access token)"
    )
    assert result["cause"] == "forbidden"
    assert result["msg"].startswith(f"GitHub does not accept {name} ")
    assert "personal access token (classic)" in result["msg"]


def test_a_refused_oauth_application_is_named(give, standin, run_module):
    params = {"api_url": standin.api_url, "access_token": "standin-user-token", "client_id": "Iv1.x"}
    params["server_version"] = "cloud"
    option = give(params, "client_secret", "neverheardofthissecret", OAUTH_ENVIRONMENT)
    message = run_module(github_oauth_token, params)["msg"]
    assert f"rejected client_id and {option}." in message


@pytest.mark.parametrize("name", sorted(NAMES))
def test_names_of_permissions_are_their_own(name):
    assert suggest_name(name, ["contents"]) == ""


@pytest.mark.parametrize("name", sorted(NAMES))
@pytest.mark.parametrize(
    "misspell",
    [
        str.title,
        str.upper,
        lambda name: name.title().replace("_", ""),
        lambda name: name[0] + name.title().replace("_", "")[1:],
        lambda name: name.replace("_", " "),
        lambda name: name[:-1],
        lambda name: name[:2] + name[3:],
    ],
)
def test_misspelled_names_lead_to_a_name(name, misspell):
    wrong = misspell(name)
    assert wrong == name or wrong in NAMES or suggest_name(wrong, [name]) == name


@pytest.mark.parametrize("name", ["new_in_2030", "x", ""])
def test_no_suggestion_for_dissimilar_names(name):
    assert suggest_name(name, ["contents"]) == ""


@pytest.mark.parametrize(
    "name, meant", [("content", "contents"), ("Contents", "contents"), ("pullRequests", "pull_requests")]
)
@pytest.mark.parametrize("check_mode", [False, True])
def test_a_refusal_suggests_the_name_that_was_meant(params, run_module, name, meant, check_mode):
    wanted = {**params, "organization": "octo-org", "permissions": {name: "read"}}
    message = run_module(github_installation_token, wanted, check_mode)["msg"]
    assert f"was not granted {name}: read. It was granted " in message
    assert f"A permission with a similar name exists: {meant}." in message


def test_granted_permissions_are_always_valid(params, run_module, standin):
    """The collection has no list of permissions that decides which ones exist."""
    installation = standin.state.installations[2001]
    installation.permissions = {**installation.permissions, "new_in_2030": "read"}
    result = run_module(
        github_installation_token, {**params, "organization": "octo-org", "permissions": {"new_in_2030": "read"}}
    )
    assert result["permissions"]["new_in_2030"] == "read"


@pytest.mark.parametrize(
    "address, reason",
    [
        ("http://127.0.0.1:1", "Connection refused"),
        ("http://no-such-name.invalid", "Name or service not known|Temporary failure in name resolution"),
    ],
)
@pytest.mark.parametrize("retries, tried", [(0, "once"), (1, "2 times")])
def test_a_failed_connection_tells_the_reason_and_the_tries(
    params, run_module, patient, address, reason, retries, tried
):
    message = run_module(github_app_info, {**params, "api_url": address, "retries": retries})["msg"]
    assert any(f"(tried {tried}: {each})" in message for each in reason.split("|")), message


@pytest.mark.parametrize(
    "error, reason",
    [
        (OSError(101, "Network is unreachable"), "Network is unreachable"),
        (OSError(113, "No route to host"), "No route to host"),
        (TimeoutError(110, "Connection timed out"), "Connection timed out"),
        (socket.gaierror(-2, "Name or service not known"), "Name or service not known"),
        (OSError("no number"), ""),
        (ValueError("no error of the system"), ""),
    ],
)
def test_the_systems_reason_is_found_below_others(error, reason):
    try:
        try:
            raise error
        except Exception as inner:
            raise ConnectionError("https://x/?token=secret") from inner
    except ConnectionError as outer:
        assert system_problem(outer) == reason


def test_message_names_unreachable_proxy(params, run_module, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    message = run_module(github_app_info, {**params, "api_url": "http://example.invalid"})["msg"]
    assert "The proxy for example.invalid cannot be used (tried once: Connection refused)" in message


def test_a_server_that_is_not_verified_is_one_warning(secure_options, run_module, monkeypatch):
    told = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda self, text: told.append(text))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = run_module(github_app_info, {**secure_options, "validate_certs": False})
    assert not result.get("failed"), result
    assert [warning for warning in caught if "certificate verification" in str(warning.message)] == []
    assert len(told) == 1
    assert told[0].endswith("is not verified, because validate_certs is false.")


def test_validate_certs_leaves_the_ca_in_force(secure_options, run_module, monkeypatch, ca_path):
    monkeypatch.setenv("GITHUB_CA_PATH", str(ca_path))
    result = run_module(github_app_info, {**secure_options, "validate_certs": True})
    assert not result.get("failed"), result["msg"]


def test_a_missing_library_leads_to_the_controller_first(params, run_module, monkeypatch):
    from ansible_collections.hubops.github_apps.plugins.module_utils._github import transport

    monkeypatch.setattr(transport, "HAS_REQUESTS", False)
    message = run_module(github_app_info, params)["msg"]
    assert message.index("delegate_to: localhost") < message.index("pip install")
