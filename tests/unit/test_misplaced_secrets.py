# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets in wrong options: every option of every plugin, every kind of secret, with and without other errors."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar
from inventories import read_source, write_source
from planted_secrets import KINDS, noise, planted, shown

from ansible_collections.hubops.github_apps.plugins.module_utils._base.environment import ENVIRONMENT, OAUTH_ENVIRONMENT
from ansible_collections.hubops.github_apps.plugins.module_utils._base.misplaced_secrets import (
    FREE_TEXT,
    find_misplaced,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import texts_in
from ansible_collections.hubops.github_apps.plugins.plugin_utils import _inventory
from ansible_collections.hubops.github_apps.plugins.plugin_utils._lookups import token_results

MODULES = sorted(path.stem for path in (Path(__file__).parents[2] / "plugins/modules").glob("github_*.py"))
URL = "https://user:planted-password@ghe.example.com"

# Values that contain the secret.
SHAPES = {
    "text": lambda secret: secret,
    "list": lambda secret: ["harmless", secret],
    "dictionary": lambda secret: {"harmless": secret},
    "key": lambda secret: {secret: "read"},
    "nested": lambda secret: {"harmless": [{"harmless": secret}]},
}
# Other errors, which make ansible-core fail first.
WRONGS = {
    "nothing else": {},
    "an unknown option": {"no_such_option": "x"},
    "a wrong choice": {"state": "no such state"},
    "a wrong type": {"timeout": "soon"},
}


def code_of(name):
    return import_module(f"ansible_collections.hubops.github_apps.plugins.modules.{name}")


def open_options(spec):
    """Return the options whose values Ansible shows."""
    return [option for option, settings in spec.items() if not settings.get("no_log")]


def is_commit(option, kind):
    return option in FREE_TEXT and kind == "40 hex digits"


@pytest.mark.parametrize("name", MODULES)
def test_no_option_of_a_module_shows_a_secret(name, run_module):
    code = code_of(name)
    wrongs, shapes = list(WRONGS.values()), list(SHAPES.values())
    number = 0
    for option in open_options(code.ARGUMENT_SPEC):
        for kind in KINDS:
            if is_commit(option, kind):
                continue
            for wrong in ({}, wrongs[number % len(wrongs)]):
                number += 1
                secret = planted(kind, number)
                value = shapes[number % len(shapes)](secret) if wrong else secret
                result = run_module(code, {**wrong, option: value})
                assert result["failed"] is True
                assert result["changed"] is False
                assert f"{option} contains what looks like a" in result["msg"], (option, kind)
                assert shown(json.dumps(result), secret) == [], (option, kind, wrong)


@pytest.mark.parametrize("name", MODULES)
def test_an_unknown_option_of_a_module_shows_no_secret(name, run_module):
    for number, kind in enumerate(KINDS):
        secret = planted(kind, number)
        result = run_module(code_of(name), {"no_such_option": secret, "other": [{"key": secret}]})
        assert result["failed"] is True
        assert shown(json.dumps(result), secret) == []


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("shape", ["list", "dictionary", "key", "nested"])
def test_a_secret_in_a_list_is_not_shown_where_a_text_belongs(name, shape, run_module):
    spec = code_of(name).ARGUMENT_SPEC
    for option in set(spec) - set(open_options(spec)):
        for number, kind in enumerate(KINDS):
            secret = planted(kind, number)
            result = run_module(code_of(name), {option: SHAPES[shape](secret)})
            assert result["msg"] == f"{option} must be a string, not a list or a dictionary."
            assert shown(json.dumps(result), secret) == []


def secrets_of(spec, seed, as_value):
    """Return a secret for each option that is meant for one, also in suboptions, as parameters."""
    params = {}
    for option, settings in spec.items():
        inner = secrets_of(settings.get("options") or {}, f"{seed} {option}", as_value)
        if settings.get("no_log"):
            params[option] = as_value(noise(f"{seed} {option}", 20).hex())
        elif inner:
            params[option] = [{name: value} for name, value in inner.items()]
    return params


# Errors that are reported before ansible-core validates the parameters, and some that it reports.
EARLY = {
    **{name: wrong for name, wrong in WRONGS.items() if wrong},
    "a misplaced secret": {"api_url": planted("installation token", 1)},
    "a misplaced secret in an unknown option": {"no_such_option": planted("installation token", 1)},
    "a list": {"private_key": ["x"], "token": ["x"], "client_secret": ["x"]},
    "a wrong entry": {"accounts": [{"no_such_option": "x"}], "app_keys": [{"no_such_option": "x"}]},
    "a wrong URL": {"api_url": "no URL"},
}


@pytest.mark.parametrize("as_value", [str, lambda text: f" {text}\n"], ids=["plain", "in white space"])
@pytest.mark.parametrize("early", EARLY)
@pytest.mark.parametrize("name", MODULES)
def test_an_error_in_another_option_shows_no_secret(name, early, as_value, run_module):
    code = code_of(name)
    secrets = secrets_of(code.ARGUMENT_SPEC, name, as_value)
    given = {
        option: value for option, value in EARLY[early].items() if option in code.ARGUMENT_SPEC or early != "a list"
    }
    if isinstance(secrets.get("app_keys"), list) and "app_keys" in given:
        given = {**given, "app_keys": [*secrets["app_keys"], *given["app_keys"]]}
    result = run_module(code, {**secrets, **given})
    assert result["failed"] is True
    assert "invocation" in result
    assert [text for text in map(str.strip, texts_in(secrets)) if len(text) == 40 and text in json.dumps(result)] == []


@pytest.mark.parametrize("name", MODULES)
def test_no_variable_of_the_environment_shows_a_secret(name, run_module, monkeypatch):
    code = code_of(name)
    variables = OAUTH_ENVIRONMENT if "oauth" in name else ENVIRONMENT
    for option in sorted(set(open_options(code.ARGUMENT_SPEC)) & set(variables)):
        if name == "github_installation_token" and option == "token_path":
            continue
        for number, kind in enumerate(KINDS):
            secret = planted(kind, number)
            with monkeypatch.context() as context:
                context.setenv(variables[option], secret)
                result = run_module(code, {})
            if name in (
                "github_app_access",
                "github_app_enterprise_info",
                "github_app_installation_info",
            ) and option in ("installation_id", "enterprise"):
                assert shown(json.dumps(result), secret) == []
                continue
            assert f"{option} ({variables[option]}) contains what looks like a" in result["msg"], (option, kind)
            assert shown(json.dumps(result), secret) == []


@pytest.mark.parametrize("name", MODULES)
def test_a_path_that_ansible_expands_to_a_secret_is_not_shown(name, run_module, monkeypatch):
    code, secret = code_of(name), planted("installation token", 1)
    monkeypatch.setenv("PLANTED", secret)
    for option, settings in code.ARGUMENT_SPEC.items():
        if settings["type"] == "path":
            result = run_module(code, {option: "$PLANTED"})
            assert f"{option} contains what looks like an installation access token" in result["msg"]
            assert shown(json.dumps(result), secret) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("option", ["repositories", "exclude"])
@pytest.mark.parametrize("name", ["github_installation_repo", "github_installation_token"])
def test_a_secret_in_a_pattern_is_not_shown(name, option, kind, run_module):
    secret = planted(kind, 1)
    for shape in (f"{secret}*", f"*{secret}", f"?{secret}?"):
        result = run_module(code_of(name), {"repositories": ["*"], option: ["service-*", shape]})
        assert f"{option} contains what looks like a" in result["msg"], shape
        assert shown(json.dumps(result), secret) == []


@pytest.mark.parametrize("name", MODULES)
def test_a_password_in_a_url_is_not_shown(name, run_module):
    result = run_module(code_of(name), {"api_url": URL})
    assert "api_url contains what looks like a URL with a user name and password. Remove" in result["msg"]
    assert "planted-password" not in json.dumps(result)


@pytest.mark.parametrize(
    "option, kind, says",
    [
        ("private_key_path", "PKCS#1 key", "private_key or private_key_path (the path of a file that contains it)"),
        (
            "private_key_path",
            "base64 of a key",
            "private_key or private_key_path (the path of a file that contains it)",
        ),
        ("token_path", "installation token", "token or token_path (the path of a file that contains it)"),
        ("app_id", "JWT", "app_jwt"),
        ("timeout", "40 hex digits", "token or token_path (the path of a file that contains it)"),
    ],
)
def test_the_message_says_where_the_secret_belongs(run_module, option, kind, says):
    result = run_module(code_of("github_app_info"), {option: planted(kind, 1)})
    assert result["msg"].endswith(f". Use {says} instead.")


def test_a_secret_that_nothing_takes_is_to_be_removed(run_module):
    result = run_module(code_of("github_oauth_grant"), {"timeout": planted("JWT", 1)})
    assert result["msg"] == "timeout contains what looks like a JWT. Remove it. It is not needed here."


def test_suboptions_without_no_log_are_searched_and_others_are_not():
    spec = {"outer": {"type": "list", "options": {"secret": {"no_log": True}, "open": {"options": {"deep": {}}}}}}
    token = planted("OAuth token", 1)
    assert find_misplaced(spec, {"outer": [{"secret": token}]}) == []
    for value in ({"open": token}, {"open": {"deep": token}}, {"other": token}, token):
        (found,) = find_misplaced(spec, {"outer": [{"secret": token}, value]})
        assert found.values == [token]


@pytest.fixture()
def lookup(options):
    def run(*terms, **given):
        templar = Templar(loader=DataLoader(), variables={})
        plugin = lookup_loader.get("hubops.github_apps.github_installation_token", templar=templar)
        with pytest.raises(AnsibleError) as caught:
            plugin.run(list(terms), {}, **{**options, **given})
        return str(caught.value)

    return run


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_lookup_shows_no_secret(kind, lookup, requests_made):
    for number, option in enumerate(open_options(token_results.ARGUMENT_SPEC)):
        secret = planted(kind, number)
        message = lookup("octo-org", **{option: secret})
        assert f"{option} contains what looks like a" in message
        assert shown(message, secret) == []
    secret = planted(kind, 100)
    names = [] if kind == "40 hex digits" else [f"octo-org/{secret}"]
    for terms in ([secret], ["octo-org", secret], *names):
        assert shown(lookup(*terms), secret) == []
    assert requests_made() == []


@pytest.fixture()
def inventory(options, tmp_path):
    def run(**given):
        with pytest.raises(AnsibleError) as caught:
            read_source(write_source(tmp_path, {**options, **given}))
        return str(caught.value)

    return run


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_inventory_shows_no_secret(kind, inventory, requests_made):
    shapes = list(SHAPES.values())
    for number, option in enumerate(open_options(_inventory.ARGUMENT_SPEC)):
        for value in (SHAPES["text"], shapes[number % len(shapes)]):
            secret = planted(kind, number)
            message = inventory(**{option: value(secret)})
            assert f"{option} contains what looks like a" in message
            assert shown(message, secret) == []
    secret = planted(kind, 100)
    assert shown(inventory(no_such_option=secret), secret) == []
    assert shown(inventory(filters={"account": secret}), secret) == []
    assert requests_made() == []


def test_no_variable_of_the_environment_shows_a_secret_in_the_inventory(inventory, monkeypatch):
    for number, option in enumerate(sorted(set(open_options(_inventory.ARGUMENT_SPEC)) & set(ENVIRONMENT))):
        secret = planted("OAuth token", number)
        with monkeypatch.context() as context:
            context.setenv(ENVIRONMENT[option], secret)
            message = inventory(**{**dict.fromkeys(("api_url", "app_id", "private_key"), ""), option: ""})
        assert f"{option} contains what looks like an OAuth access token" in message
        assert shown(message, secret) == []
