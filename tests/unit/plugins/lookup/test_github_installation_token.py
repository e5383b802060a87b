# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar
from ansible.utils.display import Display

from ansible_collections.hubops.github_apps.plugins.plugin_utils._lookups import lookup as _lookup
from ansible_collections.hubops.github_apps.plugins.plugin_utils._lookups import results

NAME = "hubops.github_apps.github_installation_token"


@pytest.fixture()
def lookup(options):
    def run(*terms, variables=None, **kwargs):
        templar = Templar(loader=DataLoader(), variables=variables or {})
        return lookup_loader.get(NAME, templar=templar).run(list(terms), variables or {}, **{**options, **kwargs})

    return run


def test_a_selector_gives_one_token(lookup, standin):
    (token,) = lookup(organization="octo-org", permissions={"contents": "read"})
    assert token.startswith("ghs_")
    assert standin.log[-1]["body"] == {"permissions": {"contents": "read"}}


def test_ansible_is_told_what_is_secret(lookup, options, monkeypatch):
    secrets = []
    for module in (_lookup, results):
        monkeypatch.setattr(module, "register_secrets", secrets.extend)
    (token,) = lookup("octo-org")
    assert {token, options["private_key"]} <= set(secrets)
    secrets.clear()
    assert lookup("octo-org", wantdetails=True)[0]["token"] == token
    secrets.clear()
    assert lookup("octo-org") == [token]
    assert {token, options["private_key"]} <= set(secrets)


@pytest.mark.parametrize("standin", ["2.20", "3.19", "cloud"], indirect=True)
def test_patterns_and_topics_select_repositories(lookup, standin):
    def names(*terms, **kwargs):
        (details,) = lookup(*terms, wantdetails=True, permissions={"contents": "read"}, **kwargs)
        return [repository["name"] for repository in details["repositories"]]

    assert names(organization="octo-org", repositories=["*-world"]) == ["hello-world"]
    assert standin.log[-1]["body"] == {"permissions": {"contents": "read"}, "repository_ids": [5001]}
    assert names("octo-org", repositories="*-*", exclude="spoon-*, x") == ["hello-world"]
    assert names("octo-org", repository_topics=["octocat"]) == ["hello-world"]
    assert names("octo-org/S*") == ["spoon-knife"]
    assert names("octo-org/*", exclude=["h*"]) == ["spoon-knife"]
    assert names(f"{standin.url}/octocat/dot*") == ["dotfiles"]


@pytest.mark.parametrize("standin", ["2.20", "3.19", "cloud"], indirect=True)
def test_terms_are_organizations_users_and_repositories(lookup):
    details = lookup("octo-org", "octocat", "octo-org/hello-world", wantdetails=True)
    assert [item["installation_id"] for item in details] == [2001, 2005, 2001]
    assert details[0]["repositories"] is None
    assert [repository["full_name"] for repository in details[2]["repositories"]] == ["octo-org/hello-world"]


def test_a_list_as_a_term_is_its_terms(lookup):
    assert len(lookup(["octo-org", "acme"])) == 2


def test_each_term_gives_a_token(lookup):
    tokens = lookup("octo-org", "octo-org", "acme")
    assert len(tokens) == 3
    assert len(set(tokens)) == 2


@pytest.mark.parametrize(
    "terms, kwargs, says",
    [
        (["empty-org"], {}, "not installed on the account empty-org"),
        (["octo-org/linguist"], {}, "is not part of the installation"),
        (["octo-org"], {"organization": "acme"}, "cannot be used with terms"),
        (["octo-org/hello-world"], {"repositories": ["x"]}, "Do not set repositories"),
        (
            ["octo-org/hello-world"],
            {"repository_topics": ["x"]},
            "already limits the token. Do not set repository_topics",
        ),
        (["octo-org/*"], {"repositories": ["x"], "repository_ids": [1]}, "Do not set repositories or repository_ids"),
        (["octo-org/hello-world"], {"exclude": ["x"]}, "exclude requires a pattern"),
        (["octo-org/a["], {}, r"term: 'octo-org/a\[' is not a valid pattern"),
        (["*/a"], {}, r"term '\*' is not a valid account name"),
        (["octo-*"], {}, "term 'octo-.' is not a valid account name"),
        (["octo-org/nope-*"], {}, "No repository of octo-org matches"),
        (["empty-org/*"], {}, "not installed on the account empty-org"),
        ([], {"organization": "octo-org", "repositories": ["acme/*"]}, "does not belong to octo-org"),
        ([], {"organization": "octo-org", "repository_topics": []}, "repository_topics is empty"),
        (["a/b/c"], {}, "term"),
        ([".."], {}, "term"),
        ([7], {}, "The term 7"),
        ([""], {}, "The term is empty"),
        ([" ", [" , "]], {"organization": "octo-org"}, "The term is empty"),
        ([None], {}, "The term"),
        ([], {}, "No installation is selected"),
        ([], {"organization": "octo-org", "permissions": {}}, "permissions is empty"),
        ([], {"organization": "octo-org", "colour": "blue"}, "colour"),
        ([], {"organization": "octo-org", "on_missing": "ignore"}, "on_missing"),
        ([], {"organization": "octo-org", "timeout": "soon"}, "timeout"),
    ],
)
def test_lookup_raises_ansible_errors(lookup, terms, kwargs, says):
    with pytest.raises(AnsibleError, match=says):
        lookup(*terms, **kwargs)


def test_on_missing(lookup, monkeypatch):
    warnings = []
    monkeypatch.setattr(Display, "warning", lambda self, message: warnings.append(message))
    assert len(lookup("empty-org", "octo-org", on_missing="skip")) == 1
    assert warnings == []
    assert lookup("empty-org", on_missing="warn") == []
    assert "empty-org" in warnings[0]
    with pytest.raises(AnsibleError):
        lookup("suspended-org", on_missing="skip")
    assert lookup("empty-org/*", on_missing="skip") == []
    with pytest.raises(AnsibleError, match="No repository of octo-org matches 'octo-org/nope-"):
        lookup("octo-org/nope-*", on_missing="skip")


def test_variables_are_templated_and_the_environment_comes_last(lookup, options, monkeypatch):
    try:
        from ansible.template import trust_as_template
    except ImportError:
        trust_as_template = str
    variables = {
        "github_app_id": trust_as_template("{{ the_id }}"),
        "the_id": "1001",
        "github_app_installation_id": "2002",
    }
    monkeypatch.setenv("GITHUB_APP_ID", "4711")
    monkeypatch.setenv("GITHUB_APP_INSTALLATION_ID", "2003")
    monkeypatch.setenv("GITHUB_TIMEOUT", "")
    monkeypatch.setenv("GITHUB_VALIDATE_CERTS", "")
    (details,) = lookup(variables=variables, app_id="", wantdetails="yes")
    assert details["installation_id"] == 2002
    (details,) = lookup("octo-org", variables=variables, app_id="", wantdetails=True)
    assert details["installation_id"] == 2001


def test_a_missing_library_names_the_interpreter(lookup, monkeypatch):
    import sys

    from ansible_collections.hubops.github_apps.plugins.module_utils._github import transport

    monkeypatch.setattr(transport, "HAS_REQUESTS", False)
    with pytest.raises(AnsibleError, match=r"Python library \(requests\)") as caught:
        lookup("octo-org")
    assert sys.executable in str(caught.value)


def test_no_error_holds_a_secret(lookup, standin, options):
    with pytest.raises(AnsibleError) as caught:
        lookup("octo-org", private_key=standin.private_key("other-app"))
    assert "BEGIN" not in str(caught.value)
    assert caught.value.__cause__ is None


VARIABLES = {
    "github_api_url": "http://127.0.0.1:9",
    "github_app_id": "4711",
    "github_app_private_key_path": "/tmp/none",
    "github_server_version": "2.20",
    "github_ca_path": "/tmp/none",
    "github_validate_certs": "false",
    "github_app_installation_id": "9",
}


@pytest.mark.parametrize("name", list(VARIABLES))
def test_a_fact_of_a_managed_host_is_no_option(lookup, requests_made, name):
    facts = {"ansible_facts": {name: VARIABLES[name]}, "inventory_hostname": "managed"}
    with pytest.raises(AnsibleError, match=f"^The variable {name} comes from the facts of managed, which are not"):
        lookup("octo-org", variables={**facts, name: VARIABLES[name]})
    assert requests_made() == []


@pytest.mark.parametrize("is_variable", [True, False])
def test_a_message_names_the_variable_that_an_option_came_from(lookup, monkeypatch, is_variable):
    monkeypatch.setenv("GITHUB_APP_ID", "424242")
    variables, source = (
        ({"github_app_id": "424243"}, "variable github_app_id") if is_variable else ({}, "GITHUB_APP_ID")
    )
    with pytest.raises(AnsibleError) as caught:
        lookup("octo-org", variables=variables, app_id="")
    assert f"Check app_id ({source}) and api_url" in str(caught.value)


def test_facts_that_make_no_variables_do_no_harm(lookup):
    facts = {"ansible_facts": {"github_api_url": "http://127.0.0.1:9", "other": 1}}
    assert lookup("octo-org", variables=facts)
    assert lookup("octo-org", variables={**facts, "github_api_url": "http://127.0.0.1:8"})


@pytest.fixture()
def installer_lookup(lookup, installer):
    """Return a function that runs the lookup as the app that is installed on an enterprise."""
    app = {name: installer[name] for name in ("app_id", "private_key")}
    return lambda *terms, **kwargs: lookup(*terms, **{**app, **kwargs})


@pytest.mark.parametrize("standin", ["3.21", "cloud"], indirect=True)
def test_a_token_for_an_enterprise(installer_lookup, standin):
    (details,) = installer_lookup(enterprise="octo-enterprise", wantdetails=True)
    assert details["installation_id"] == 2301
    assert standin.log[-1]["body"] is None
    assert installer_lookup(enterprise="octo-enterprise") == [details["token"]]


@pytest.mark.parametrize("limit", [{"permissions": {"metadata": "read"}}, {"repositories": ["hello-world"]}])
def test_a_token_for_an_enterprise_cannot_be_limited(installer_lookup, standin, limit):
    with pytest.raises(AnsibleError, match="cannot limit a token for an installation on an enterprise"):
        installer_lookup(enterprise="octo-enterprise", **limit)
    assert standin.log == []
    with pytest.raises(AnsibleError, match="cannot limit a token for an installation on an enterprise"):
        installer_lookup(installation_id=2301, **limit)


def test_an_enterprise_comes_from_the_environment_or_a_variable(installer_lookup, monkeypatch):
    (details,) = installer_lookup(variables={"github_app_enterprise": "octo-enterprise"}, wantdetails=True)
    assert details["installation_id"] == 2301
    monkeypatch.setenv("GITHUB_APP_ENTERPRISE", "octo-enterprise")
    assert installer_lookup() == [details["token"]]
    # An installation that the task selects wins.
    assert installer_lookup(installation_id=2301, wantdetails=True)[0]["installation_id"] == 2301


@pytest.mark.parametrize("standin", ["3.19"], indirect=True)
def test_an_enterprise_needs_3_21(installer_lookup):
    with pytest.raises(AnsibleError, match="Set installation_id to the ID"):
        installer_lookup(enterprise="octo-enterprise")
    assert installer_lookup(installation_id=2301)


def test_a_term_is_not_an_enterprise(installer_lookup):
    with pytest.raises(AnsibleError, match=r"not an organization or a user on .* Set enterprise instead[.]"):
        installer_lookup("octo-enterprise")
    with pytest.raises(AnsibleError, match="enterprise cannot be used with terms"):
        installer_lookup("octo-org", enterprise="octo-enterprise")
