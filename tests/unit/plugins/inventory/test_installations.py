# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from dataclasses import replace
from importlib import import_module

import pytest
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader
from ansible.template import Templar
from ansible.vars.manager import VariableManager
from inventories import NAME, members, read_source, variables_of, write_source
from scenarios import secret_lines

from ansible_collections.hubops.github_apps.plugins.module_utils._github import transport
from ansible_collections.hubops.github_apps.plugins.plugin_utils import _inventory
from github_standin import Fault, StandIn

LIST = "GET /app/installations"
# The kinds of installations in a listing with 250 of them, by the names of their accounts.
COUNTS = {"org": 120, "user": 90, "enterprise": 30, "gone": 10}


def large_seed():
    """Return a seed with every kind of installation, three pages long."""
    names = [f"{kind}-{number:03}" for kind, count in COUNTS.items() for number in range(count)]
    accounts = [
        {"login": name, "type": "User" if name.startswith("user") else "Organization"}
        for name in names
        if not name.startswith("enterprise")
    ]
    installations = [
        {
            "id": 3000 + number,
            "app": "demo",
            "suspended": number % 10 == 0,
            "permissions": {"contents": "read" if number % 2 else "write", "metadata": "read"},
            **place_of(name),
        }
        for number, name in enumerate(names)
    ]
    enterprises = [{"slug": name} for name in names if name.startswith("enterprise")]
    app = {"slug": "demo", "id": 1001, "owner": "org-000", "permissions": {"contents": "write", "metadata": "read"}}
    return {
        "accounts": accounts,
        "enterprises": enterprises,
        "apps": [{**app, "events": ["push"]}],
        "installations": installations,
    }


def place_of(name):
    """Return where an installation is, for its seed."""
    if name.startswith("enterprise"):
        return {"enterprise": name}
    quirks = {"quirks": ["no_account"]} if name.startswith("gone") else {}
    return {"account": name, "repository_selection": "all", **quirks}


@pytest.fixture()
def read(options, tmp_path):
    """Read a source with the options of the demo app."""

    def run(*, flush_cache=False, inventory=None, **given):
        return read_source(write_source(tmp_path, {**options, **given}), not flush_cache, inventory)

    return run


@pytest.fixture()
def refused(read):
    """Return the message of a source that cannot be read."""

    def run(**given):
        with pytest.raises(AnsibleParserError) as caught:
            read(**given)
        assert caught.value.__cause__ is None
        return str(caught.value)

    return run


@pytest.fixture()
def extra_vars(monkeypatch):
    """Set extra variables, as with --extra-vars."""
    variables = {}
    monkeypatch.setattr("ansible.plugins.inventory.load_extra_vars", lambda loader: variables)
    return variables


def rename(standin, number, **account):
    """Change the account of an installation."""
    installation = standin.state.installations[number]
    installation.account = replace(installation.account, **account)
    return installation


# Hosts, variables and groups


def test_each_of_250_installations_is_a_host(tmp_path):
    with StandIn("3.19", seed=large_seed()) as standin:
        options = {"api_url": standin.api_url, "server_version": "3.19", "app_id": "1001"}
        inventory = read_source(write_source(tmp_path, {**options, "private_key": standin.private_key("demo")}))
        paths = [entry["path"] for entry in standin.log]
    assert paths == ["/app/installations"] * 3
    assert len(inventory.hosts) == 250
    assert {"org-000", "user-089", "enterprise-029", "3240", "3249"} <= set(inventory.hosts)
    sizes = {name: len(members(inventory, name)) for name in inventory.groups if name not in ("all", "ungrouped")}
    assert sizes == {
        "github_installations": 250,
        "target_type_organization": 130,
        "target_type_user": 90,
        "target_type_enterprise": 30,
        "repository_selection_all": 220,
        "repository_selection_selected": 30,
        "suspended": 25,
        "permission_contents_write": 125,
        "permission_contents_read": 125,
        "permission_metadata_read": 250,
        "event_push": 250,
    }


def test_the_variables_of_a_host(read, standin, options, requests_made):
    inventory = read()
    assert requests_made() == [LIST]
    found = variables_of(inventory, "suspended-org")
    assert {name.replace("github_app_installation_", "", 1): value for name, value in found.items()} == {
        "id": 2003,
        "account": "suspended-org",
        "target_type": "Organization",
        "repository_selection": "all",
        "suspended": True,
        "suspended_at": "2024-01-01T00:00:00Z",
        "suspended_by": "octo-org",
        "permissions": {
            "administration": "read",
            "contents": "write",
            "issues": "write",
            "metadata": "read",
            "pull_requests": "read",
        },
        "events": ["issues", "push"],
        "created_at": "2024-01-01T00:00:00Z",
        "updated_at": "2024-01-01T00:00:00Z",
        "html_url": f"{standin.url}/organizations/suspended-org/settings/installations/2003",
        "app_id": 1001,
        "app_slug": "hubops-demo",
        "api_url": standin.api_url,
        "server_url": standin.url,
    }


def test_the_documentation_lists_the_variables(read):
    notes = str(import_module("ansible_collections.hubops.github_apps.plugins.inventory.installations").DOCUMENTATION)
    variables = variables_of(read(permission_drift=True), "octo-org")
    assert [name for name in variables if f"C({name})" not in notes] == []


def test_tasks_run_on_the_controller_unless_compose_says_otherwise(read):
    inventory = read(compose={"ansible_connection": "'ssh'"})
    assert inventory.groups["github_installations"].vars == {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    }
    assert variables_of(inventory, "acme")["ansible_connection"] == "ssh"


def test_without_default_groups_only_one_group_is_created(read):
    assert set(read(default_groups=False).groups) == {"all", "ungrouped", "github_installations"}


def test_permission_drift_requires_one_more_request(read, requests_made):
    inventory = read(permission_drift=True)
    assert sorted(requests_made()) == ["GET /app", LIST]
    assert members(inventory, "permission_drift") == ["limited-org"]
    drift = variables_of(inventory, "limited-org")["github_app_installation_permission_drift"]
    assert drift["contents"] == {"app": "write", "installation": "read"}
    assert variables_of(inventory, "acme")["github_app_installation_permission_drift"] == {}


@pytest.mark.parametrize("standin", ["2.18", "2.22", "3.19", "cloud"], indirect=True)
def test_every_release_has_an_inventory(read, standin):
    variables = variables_of(read(), "suspended-org")
    is_known = not str(standin.service.profile.server_version).startswith("2.18")
    assert variables["github_app_installation_suspended"] is is_known
    assert variables["github_app_installation_app_slug"] == ("hubops-demo" if is_known else None)


def test_a_server_of_unknown_release_is_asked_for_it(read, standin, requests_made):
    standin.switch("3.19")
    read(server_version="")
    assert requests_made() == ["GET /meta", LIST]


# Options of Ansible's own


def test_variables_and_groups_can_be_composed(read):
    inventory = read(
        default_groups=False,
        compose={"owner": "github_app_installation_account | upper"},
        groups={"privileged": "github_app_installation_permissions.administration is defined"},
        keyed_groups=[{"key": "owner", "prefix": "is"}],
        strict=True,
    )
    assert variables_of(inventory, "big-org")["owner"] == "BIG-ORG"
    assert members(inventory, "is_BIG_ORG") == ["big-org"]
    assert "limited-org" not in members(inventory, "privileged")
    assert len(members(inventory, "privileged")) == 5


@pytest.mark.parametrize(
    "wrong",
    [
        {"compose": {"owner": "missing.key"}},
        {"groups": {"some": "missing.key"}},
        {"keyed_groups": [{"key": "missing.key", "prefix": "is"}]},
    ],
)
def test_an_invalid_expression_is_only_an_error_if_strict(read, wrong):
    assert len(read(**wrong).hosts) == 6
    with pytest.raises(AnsibleError, match="octo-org"):
        read(strict=True, **wrong)


@pytest.mark.parametrize(
    "filters, accounts",
    [
        ({"account": "ACME"}, {"acme"}),
        ({"suspended": True}, {"suspended-org"}),
        ({"suspended": "false", "repository_selection": "all"}, {"acme", "limited-org"}),
        ({"permissions": {"contents": "write"}, "repository_selection": "selected", "account": ""},
         {"octo-org", "big-org", "octocat"}),
        ({"since": "2025-01-01T00:00:00Z"}, set()),
        ({"outdated": "true"}, {"limited-org"}),
        ({"suspended": ""}, {"octo-org", "acme", "suspended-org", "big-org", "octocat", "limited-org"}),
        ("", {"octo-org", "acme", "suspended-org", "big-org", "octocat", "limited-org"}),
    ],
)  # fmt: skip
def test_filters(read, filters, accounts):
    assert set(read(filters=filters).hosts) == accounts


# Cache


@pytest.fixture()
def cached(read, tmp_path):
    """Read a source with a cache in files."""

    def run(**given):
        files = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
        return read(**{**files, **given})

    return run


def test_without_a_cache_each_run_sends_requests(read, requests_made):
    read()
    read()
    assert requests_made() == [LIST, LIST]


def test_the_second_run_with_a_cache_sends_no_request(cached, standin, requests_made):
    standin.switch("3.19")
    first = cached(permission_drift=True, server_version="")
    requests_made()
    second = cached(permission_drift=True, server_version="")
    assert requests_made() == []
    assert {name: host.vars for name, host in first.hosts.items()} == {
        name: host.vars for name, host in second.hosts.items()
    }
    assert {name: members(first, name) for name in first.groups} == {
        name: members(second, name) for name in second.groups
    }


def test_flushing_the_cache_reads_again(cached, standin, requests_made):
    cached()
    del standin.state.installations[2001]
    assert "octo-org" in cached().hosts
    assert "octo-org" not in cached(flush_cache=True).hosts
    assert "octo-org" not in cached().hosts


@pytest.mark.parametrize(
    "other",
    [
        {"filters": {"account": "acme"}},
        {"permission_drift": True},
        {"app_id": "1002", "private_key": "other-app"},
        {"validate_certs": False},
        {"api_version": "2026-03-10"},
    ],
)
def test_different_options_have_different_results_in_the_cache(cached, standin, requests_made, other):
    if "private_key" in other:
        other = {**other, "private_key": standin.private_key(other["private_key"])}
    cached()
    requests_made()
    cached(**other)
    assert LIST in requests_made()
    cached()
    cached(**other)
    assert requests_made() == []


def test_another_server_has_other_results_in_the_cache(cached, standin, requests_made):
    cached()
    requests_made()
    cached(api_url=standin.api_url.replace("127.0.0.1", "localhost"))
    assert requests_made() == [LIST]


def test_options_for_groups_and_waiting_use_the_same_result(cached, requests_made):
    cached()
    requests_made()
    inventory = cached(default_groups=False, timeout=7, compose={"owner": "github_app_installation_account"})
    assert requests_made() == []
    assert variables_of(inventory, "acme")["owner"] == "acme"


def test_the_cache_has_only_published_keys_and_no_secret(cached, options, tmp_path):
    inventory = cached(permission_drift=True)
    (file,) = (tmp_path / "cache").iterdir()
    text = f"{file.name}\n{file.read_text(encoding='utf-8')}"
    assert file.name.startswith("ansible_inventory_")
    assert [line for line in secret_lines(options["private_key"]) if line in text] == []
    values = json.loads(file.read_text(encoding="utf-8"))
    values = json.loads(values["__payload__"]) if isinstance(values, dict) else values
    published = {name.replace("github_app_installation_", "", 1) for name in variables_of(inventory, "octo-org")}
    assert {key for item in values for key in item} == published - {"api_url", "server_url"}


# Names and texts of strangers


def test_an_account_that_no_longer_exists_has_the_id_as_its_name(read, standin):
    standin.state.installations[2005].quirks = {"no_account"}
    assert variables_of(read(), "2005")["github_app_installation_account"] == "2005"


def test_an_enterprise_has_its_slug_as_its_name_unless_an_account_has_it(read, standin):
    rename(standin, 2001, login="acme", type="Enterprise")
    rename(standin, 2004, login="hooli", type="Enterprise")
    inventory = read()
    assert variables_of(inventory, "acme")["github_app_installation_id"] == 2002
    assert variables_of(inventory, "acme.2001")["github_app_installation_account"] == "acme"
    assert members(inventory, "target_type_enterprise") == ["acme.2001", "hooli"]


def test_no_account_can_change_hosts_and_groups_of_others(read, standin):
    others = InventoryData()
    others.add_group("webservers")
    others.add_host("web1", "webservers")
    before = dict(others.hosts["web1"].vars)
    for number, login in (
        (2001, "Web1"),
        (2002, "webservers"),
        (2003, "localhost"),
        (2004, "all"),
        (2005, "suspended"),
    ):
        rename(standin, number, login=login)
    rename(standin, 2006, login="mine")
    inventory = read(inventory=others, groups={"mine": "true"}, strict=True)
    assert sorted(set(inventory.hosts) - {"web1"}) == [
        "Web1.2001",
        "all.2004",
        "localhost.2003",
        "mine.2006",
        "suspended.2005",
        "webservers.2002",
    ]
    assert others.hosts["web1"].vars == before
    assert members(inventory, "webservers") == ["web1"]
    assert inventory.groups["webservers"].vars == {}
    assert members(inventory, "suspended") == ["localhost.2003"]
    assert len(members(inventory, "mine")) == 6


def test_an_installation_in_two_sources_is_one_host(read):
    inventory = read(filters={"suspended": False}, compose={"first": "1"})
    read(inventory=inventory, filters={"repository_selection": "all"}, compose={"second": "2"})
    assert len(inventory.hosts) == 6
    assert {"first", "second"} <= set(variables_of(inventory, "acme"))


def test_installations_of_two_apps_on_one_account_are_two_hosts(read, standin):
    inventory = read()
    other = {"app_id": "1002", "private_key": standin.private_key("other-app")}
    read(inventory=inventory, **other)
    read(inventory=inventory, **other)
    assert len(inventory.hosts) == 7
    assert variables_of(inventory, "octo-org")["github_app_installation_id"] == 2001
    assert variables_of(inventory, "octo-org.2101")["github_app_installation_app_id"] == 1002


HOSTILE = "{{ lookup('pipe', 'id') }}{% raw %}\n\x1b[31m\u202e<b>, [1:3]!&:é"


def hostile_installation():
    """Return an installation in which every text is hostile."""
    return {
        "id": 1,
        "account": {"login": HOSTILE},
        **dict.fromkeys(("target_type", "repository_selection", "suspended_at", "created_at"), HOSTILE),
        **dict.fromkeys(("updated_at", "html_url", "app_slug"), HOSTILE),
        "suspended_by": {"login": HOSTILE},
        "permissions": {HOSTILE: HOSTILE},
        "events": [HOSTILE],
    }


def test_hostile_texts_become_valid_names_and_are_never_evaluated(options, standin, tmp_path):
    standin.inject(Fault(path="/app/installations", status=200, body=[hostile_installation()], times=99))
    loader = DataLoader()
    path = write_source(tmp_path, {**options, "compose": {"mine": "github_app_installation_account"}})
    inventory = InventoryManager(loader, [path])
    (host,) = list(inventory.hosts)
    assert host.isascii()
    assert host.replace("_", "").isalnum()
    groups = set(inventory.groups) - {"all", "ungrouped"}
    assert len(groups) == 6
    assert all(group.isidentifier() for group in groups)
    variables = VariableManager(loader, inventory).get_vars(host=inventory.get_host(host))
    templar = Templar(loader, variables=variables)
    for name in [*variables_of(inventory, host), "mine"]:
        assert templar.template(variables[name]) == variables[name]
    assert variables["mine"] == HOSTILE.replace("\x1b", "\ufffd").replace("\u202e", "\ufffd")


def test_usual_texts_need_no_mark_in_the_output_of_ansible_inventory(read):
    """Texts that Ansible does not trust are written as dictionaries, which other programs do not expect."""
    try:
        from ansible._internal._datatag._tags import TrustedAsTemplate
    except ImportError:  # ansible-core before 2.19 marks unsafe texts instead
        from ansible.utils.unsafe_proxy import AnsibleUnsafe

        def is_marked(text):
            return isinstance(text, AnsibleUnsafe)
    else:

        def is_marked(text):
            return not TrustedAsTemplate.is_tagged_on(text)

    values = [*variables_of(read(), "suspended-org").values(), *_inventory.GROUP_VARIABLES.values()]
    assert [text for text in values if isinstance(text, str) and is_marked(text)] == []


@pytest.mark.parametrize("key, value", [("account", "x"), ("permissions", []), ("events", "x"), ("suspended_by", 7)])
def test_an_installation_of_an_unexpected_form_is_an_error(refused, standin, key, value):
    standin.inject(Fault(path="/app/installations", status=200, body=[{"id": 1, key: value}]))
    assert f"127.0.0.1:{standin.port} returned an installation with an unexpected {key}." in refused()


# Options and errors


def test_options_come_from_the_file_then_from_extra_variables_then_from_the_environment(
    options, tmp_path, monkeypatch, extra_vars, standin
):
    monkeypatch.setenv("GITHUB_API_URL", options["api_url"])
    monkeypatch.setenv("GITHUB_SERVER_VERSION", "cloud")
    monkeypatch.setenv("GITHUB_APP_PRIVATE_KEY", options["private_key"])
    for name in ("GITHUB_VALIDATE_CERTS", "GITHUB_TIMEOUT", "GITHUB_CA_PATH", "GITHUB_APP_CLIENT_ID"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("GITHUB_APP_ID", "4711")
    monkeypatch.setenv("GITHUB_APP_INSTALLATION_ID", "x")
    extra_vars.update(github_app_id="1001", github_app_installation_id="x")
    without_id = write_source(tmp_path, {"timeout": "", "client_id": None}, "a_github_installations.yml")
    assert "acme" in read_source(without_id).hosts
    extra_vars["github_app_id"] = "1002"
    assert "acme" in read_source(write_source(tmp_path, {"app_id": "1001"})).hosts
    with pytest.raises(AnsibleParserError, match="not a private key of the app 1002 on .*, or app_id .*variable"):
        read_source(without_id)


def test_options_can_be_templates(read, extra_vars, options, tmp_path):
    extra_vars["name_of_account"] = "acme"
    key = tmp_path / "key.pem"
    key.write_text(options["private_key"], encoding="utf-8")
    inventory = read(
        app_id="{{ 1000 + 1 }}",
        private_key="{{ lookup('ansible.builtin.file', '%s') }}" % key,
        filters={"account": "{{ name_of_account }}"},
    )
    assert list(inventory.hosts) == ["acme"]


@pytest.mark.parametrize(
    "given, says",
    [
        ({"app_id": ""}, "private_key requires app_id or client_id"),
        ({"private_key": ""}, "requires the app's own credentials: either app_id and private_key_path (GITHUB_APP_ID"),
        ({"api_url": "http://127.0.0.1:1"}, "127.0.0.1:1 could not be reached"),
        ({"app_id": "1002"}, "private_key is not a private key of the app 1002"),
        ({"app_id": "424242"}, "The app 424242 does not exist"),
        ({"private_key": "x" * 40}, "private_key"),
        ({"timeout": "soon"}, "timeout"),
        ({"server_version": "2.17"}, "server_version"),
        ({"filter": {"account": "acme"}}, "Unsupported options: filter. Supported options: api_url,"),
        ({"filters": {"colour": "blue"}}, "Unsupported options: filters.colour. Supported"),
        ({"filters": {"repository_selection": "none"}}, "repository_selection"),
        ({"filters": "acme"}, "filters"),
        ({"ca_path": "/nowhere"}, "ca_path '/nowhere' does not exist"),
    ],
)
def test_an_error_is_one_clear_sentence(refused, options, given, says):
    message = refused(**given)
    assert says in message
    assert "\n" not in message
    assert [line for line in secret_lines(options["private_key"]) if line in message] == []


@pytest.mark.parametrize("standin", ["2.21"], indirect=True)
def test_filters_of_newer_servers_are_not_ignored(refused, requests_made):
    assert "2.22 is the first release" in refused(filters={"outdated": "true"})
    assert requests_made() == []


def test_a_missing_library_names_the_interpreter(refused, monkeypatch):
    monkeypatch.setattr(transport, "HAS_REQUESTS", False)
    assert "Python library (requests)" in refused()


@pytest.mark.parametrize(
    "name, is_ours",
    [
        ("github_installations.yml", True),
        ("octo-org_github_installations.yaml", True),
        ("hosts.yml", False),
        ("github_installations.json", False),
    ],
)
def test_only_files_with_this_name_are_read(tmp_path, name, is_ours):
    path = tmp_path / name
    path.touch()
    assert inventory_loader.get(NAME).verify_file(str(path)) is is_ours
    path.unlink()
    assert inventory_loader.get(NAME).verify_file(str(path)) is False


def test_another_plugin_s_file_is_rejected(tmp_path):
    with pytest.raises(AnsibleParserError, match="Incorrect plugin name"):
        read_source(write_source(tmp_path, {"plugin": "amazon.aws.aws_ec2"}))
