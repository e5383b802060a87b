# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.hubops.github_apps.plugins.module_utils._base.environment import ENVIRONMENT
from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    INSTALLATION_WITH_REPOSITORIES,
    combine,
    from_environment,
    installation_selector,
)


def with_environment(given, **variables):
    return combine(given, from_environment(ENVIRONMENT, variables, ENVIRONMENT))


@pytest.mark.parametrize("empty", [None, "", "  ", "\n"])
@pytest.mark.parametrize(
    "option", ["timeout", "validate_certs", "app_id", "server_version", "repositories", "permissions", "dest"]
)
def test_empty_means_unset_for_every_type(option, empty):
    assert combine({option: empty}) == {}
    assert combine({option: empty}, {option: "x"}) == {option: "x"}
    assert combine({}, {option: empty}) == {}


@pytest.mark.parametrize("value", [False, 0, [], {}])
def test_false_zero_and_empty_collections_are_values(value):
    assert combine({"option": value}, {"option": "x"}) == {"option": value}


@pytest.mark.parametrize("option", ENVIRONMENT)
def test_every_option_has_its_environment_variable(option):
    assert with_environment({}, **{ENVIRONMENT[option]: "7"}) == {option: "7"}


def test_a_given_option_wins_over_its_variable():
    assert with_environment({"app_id": "1"}, GITHUB_APP_ID="2") == {"app_id": "1"}


@pytest.mark.parametrize(
    "given, variable",
    [
        ({"organization": "octo-org"}, "GITHUB_APP_INSTALLATION_ID"),
        ({"user": "octocat"}, "GITHUB_APP_INSTALLATION_ID"),
        ({"repository": "octo-org/x"}, "GITHUB_APP_INSTALLATION_ID"),
        ({"organization": "octo-org"}, "GITHUB_APP_ENTERPRISE"),
        ({"installation_id": "7"}, "GITHUB_APP_ENTERPRISE"),
        ({"enterprise": "octo-enterprise"}, "GITHUB_APP_INSTALLATION_ID"),
        ({"api_url": "ghes.example.com"}, "GITHUB_SERVER_VERSION"),
        ({"client_id": "Iv1.x"}, "GITHUB_APP_ID"),
        ({"app_id": "1"}, "GITHUB_APP_JWT"),
        ({"app_jwt": "a.b.c"}, "GITHUB_APP_ID"),
        ({"app_jwt": "a.b.c"}, "GITHUB_APP_PRIVATE_KEY"),
        ({"private_key": "pem"}, "GITHUB_APP_PRIVATE_KEY_PATH"),
        ({"private_key_path": "/key"}, "GITHUB_APP_PRIVATE_KEY"),
        ({"private_key_path": "/key"}, "GITHUB_APP_JWT"),
        ({"private_key": "pem"}, "GITHUB_APP_SIGNER_COMMAND"),
        ({"private_key_path": "/key"}, "GITHUB_APP_VAULT_TRANSIT_KEY"),
        ({"app_jwt": "a.b.c"}, "GITHUB_APP_AWS_KMS_KEY"),
        ({"signer_command": "sign"}, "GITHUB_APP_PRIVATE_KEY"),
        ({"signer_command": "sign"}, "GITHUB_APP_VAULT_TRANSIT_KEY"),
        ({"vault_transit_key": "app"}, "GITHUB_APP_PRIVATE_KEY_PATH"),
        ({"aws_kms_key": "alias/app"}, "GITHUB_APP_JWT"),
        ({"vault_url": "https://v"}, "GITHUB_APP_VAULT_NAMESPACE"),
        ({"vault_url": "https://v"}, "GITHUB_APP_VAULT_CA_PATH"),
        ({"vault_token": "hvs.x"}, "GITHUB_APP_VAULT_TOKEN_PATH"),
        ({"vault_token_path": "/token"}, "GITHUB_APP_VAULT_ROLE_ID"),
        ({"vault_token": "hvs.x"}, "GITHUB_APP_VAULT_SECRET_ID"),
        ({"vault_role_id": "ansible"}, "GITHUB_APP_VAULT_TOKEN"),
        ({"vault_secret_id_path": "/secret"}, "GITHUB_APP_VAULT_JWT_PATH"),
        ({"vault_jwt_path": "/jwt"}, "GITHUB_APP_VAULT_SECRET_ID"),
        ({"token": "x"}, "GITHUB_TOKEN_PATH"),
        ({"token_path": "/token"}, "GITHUB_TOKEN"),
        ({"ca_path": "/ca"}, "GITHUB_VALIDATE_CERTS"),
    ],
)
def test_a_given_option_silences_the_variables_of_those_it_replaces(given, variable):
    assert with_environment(given, **{variable: "x"}) == given


@pytest.mark.parametrize(
    "given, variable, option",
    [
        ({"server_version": "3.19"}, "GITHUB_API_URL", "api_url"),
        ({"validate_certs": True}, "GITHUB_CA_PATH", "ca_path"),
        ({"private_key_passphrase": "x"}, "GITHUB_APP_PRIVATE_KEY_PATH", "private_key_path"),
        ({"vault_transit_key": "app"}, "GITHUB_APP_VAULT_URL", "vault_url"),
        ({"vault_namespace": "team"}, "GITHUB_APP_VAULT_URL", "vault_url"),
        ({"vault_role_id": "ansible"}, "GITHUB_APP_VAULT_SECRET_ID", "vault_secret_id"),
        ({"vault_jwt_path": "/jwt"}, "GITHUB_APP_VAULT_ROLE_ID", "vault_role_id"),
        ({"aws_kms_region": "eu-central-1"}, "GITHUB_APP_AWS_KMS_KEY", "aws_kms_key"),
    ],
)
def test_an_option_that_completes_another_does_not_silence_it(given, variable, option):
    assert with_environment(given, **{variable: "x"}) == {**given, option: "x"}


def test_an_empty_option_silences_nothing():
    assert with_environment({"organization": ""}, GITHUB_APP_INSTALLATION_ID="7") == {"installation_id": "7"}


def test_options_of_other_groups_are_completed():
    assert with_environment({"app_id": "1"}, GITHUB_APP_PRIVATE_KEY_PATH="/key", GITHUB_API_URL="h") == {
        "app_id": "1",
        "private_key_path": "/key",
        "api_url": "h",
    }


def test_variables_of_one_environment_complete_each_other():
    variables = {"GITHUB_APP_PRIVATE_KEY_PATH": "/key", "GITHUB_APP_PRIVATE_KEY_PASSPHRASE": "x"}
    assert set(with_environment({}, **variables)) == {"private_key_path", "private_key_passphrase"}


def test_a_nearer_fallback_silences_a_farther_one():
    assert combine({}, {"organization": "octo-org"}, {"installation_id": "7"}) == {"organization": "octo-org"}


@pytest.mark.parametrize(
    "options",
    [
        {"installation_id": 42},
        {"organization": "octo-org"},
        {"user": "octocat_acme"},
        {"repository": "octo-org/.github"},
        {"enterprise": "octo-enterprise"},
    ],
)
def test_one_selector_is_taken(options):
    assert installation_selector({**options, "state": "present"}).as_option() == options


def test_no_selector_and_two_selectors_are_refused_with_their_names():
    names = "installation_id, organization, user, repository or enterprise"
    with pytest.raises(OptionError, match=names):
        installation_selector({})
    with pytest.raises(OptionError, match=f"organization and user .*{names}"):
        installation_selector({"organization": "a", "user": "b"})


@pytest.mark.parametrize(
    "options",
    [
        {"installation_id": 0},
        {"installation_id": -4},
        {"organization": "../../x"},
        {"organization": "octo/org"},
        {"organization": "octo\norg"},
        {"user": "octo cat"},
        {"enterprise": "octo_enterprise"},
        {"repository": "hello-world"},
        {"repository": "a/b/c"},
        {"repository": "octo-org/.."},
        {"repository": "octo-org/hello\x00world"},
        {"repository": "https://github.com/octo-org/hello-world"},
    ],
)
def test_what_cannot_stand_in_a_path_is_refused_by_the_options_name(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        installation_selector(options)


def test_a_selector_of_an_installation_with_repositories_is_not_an_enterprise():
    with pytest.raises(OptionError, match="Set one of installation_id, organization, user or repository[.]"):
        installation_selector({"enterprise": "octo-enterprise"}, INSTALLATION_WITH_REPOSITORIES)
