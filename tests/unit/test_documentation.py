# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation and code match: options, environment variables, action groups, endpoints, causes, playbooks."""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from ansible.plugins.loader import fragment_loader
from ansible.utils.plugin_docs import get_docstring
from scenarios import SCENARIOS, SECRETS

from ansible_collections.hubops.github_apps.plugins.module_utils._base import errors
from ansible_collections.hubops.github_apps.plugins.module_utils._base.environment import ENVIRONMENT, OAUTH_ENVIRONMENT
from ansible_collections.hubops.github_apps.plugins.module_utils._github.causes import (
    APP_JWT,
    CAUSES,
    LIMIT,
    SIGNER,
    SSO_OF_APP,
)

ROOT = Path(__file__).parents[2]
PLUGINS = "ansible_collections.hubops.github_apps.plugins"
MODULES = sorted(path.stem for path in (ROOT / "plugins/modules").glob("github_*.py"))
NOT_FROM_THE_ENVIRONMENT = {
    ("github_installation_token", "token"),
    ("github_installation_token", "token_path"),
    ("github_app_access", "installation_id"),
    ("github_app_enterprise_info", "installation_id"),
    ("github_app_enterprise_info", "enterprise"),
    ("github_app_installation_info", "installation_id"),
    ("github_app_installation_info", "enterprise"),
}
ANSWERS = {"github_installation_token": "_lookups.token_results"}
GUIDES = ROOT / "docs/docsite/rst"
PAGES = [
    *(ROOT / "README.md", ROOT / "docs/docsite/index.rst", *ROOT.glob("roles/*/README.md")),
    *(*GUIDES.glob("*.rst"), *ROOT.glob("playbooks/*.yml")),
]
LOOKUPS = sorted(path.stem for path in (ROOT / "plugins/lookup").glob("github_*.py"))


def documentation(kind, name):
    path = ROOT / "plugins" / kind / f"{name}.py"
    if path.with_suffix(".yml").exists():
        path = path.with_suffix(".yml")
    return get_docstring(str(path), fragment_loader, collection_name="hubops.github_apps", plugin_type=kind.rstrip("s"))


def as_documented(options):
    """Return what documentation and argument spec have in common."""
    kept = ("type", "elements", "choices", "default", "required")
    return {
        name: {key: option[key] for key in kept if option.get(key) not in (None, False)}
        for name, option in options.items()
    }


@pytest.mark.parametrize("name", MODULES)
def test_the_options_of_a_module_are_its_argument_spec(name):
    documented = documentation("modules", name)[0]["options"]
    assert as_documented(documented) == as_documented(import_module(f"{PLUGINS}.modules.{name}").ARGUMENT_SPEC)


@pytest.mark.parametrize("name", LOOKUPS)
def test_the_options_of_a_lookup_are_its_argument_spec(name):
    documented = documentation("lookup", name)[0]["options"]
    documented.pop("_terms")
    assert as_documented(documented) == as_documented(
        import_module(f"{PLUGINS}.plugin_utils.{ANSWERS[name]}").ARGUMENT_SPEC
    )


def test_the_options_of_the_inventory_are_its_argument_spec():
    documented = documentation("inventory", "installations")[0]["options"]
    spec = import_module(f"{PLUGINS}.plugin_utils._inventory").ARGUMENT_SPEC
    assert as_documented({name: documented[name] for name in spec}) == as_documented(spec)
    assert as_documented(documented["filters"]["suboptions"]) == as_documented(spec["filters"]["options"])


@pytest.mark.parametrize("kind, name", [*(("lookup", name) for name in LOOKUPS), ("inventory", "installations")])
def test_a_plugin_documents_the_variables_of_its_options(kind, name):
    of_ansible = {"cache", "cache_plugin", "cache_timeout", "cache_connection", "cache_prefix", "use_extra_vars"}
    for option, documented in documentation(kind, name)[0]["options"].items():
        if option in of_ansible and kind == "inventory":
            continue
        variable = ENVIRONMENT.get(option)
        assert [item["name"] for item in documented.get("env", [])] == ([variable] if variable else [])
        assert [item["name"] for item in documented.get("vars", [])] == ([variable.lower()] if variable else [])


@pytest.mark.parametrize("name", MODULES)
def test_a_module_names_the_environment_variable_of_each_option(name):
    variables = OAUTH_ENVIRONMENT if "oauth" in name else ENVIRONMENT
    for option, documented in documentation("modules", name)[0]["options"].items():
        if option in variables and (name, option) not in NOT_FROM_THE_ENVIRONMENT:
            assert f"E({variables[option]})" in str(documented["description"]), option


@pytest.mark.parametrize("name", MODULES)
def test_secrets_are_never_logged(name):
    for option, spec in import_module(f"{PLUGINS}.modules.{name}").ARGUMENT_SPEC.items():
        assert spec.get("no_log", False) is (option in SECRETS), option


def test_each_module_has_a_scenario():
    assert sorted({scenario.module for scenario in SCENARIOS.values()}) == MODULES


def test_each_module_is_in_the_action_group_that_it_documents():
    groups = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["action_groups"]
    for name in MODULES:
        documented = documentation("modules", name)[0]["attributes"]["action_group"]["membership"]
        listed = [f"hubops.github_apps.{group}" for group, members in groups.items() if name in members]
        assert listed == documented, f"the groups of {name} in meta/runtime.yml and its documentation differ"
    assert sorted(member for members in groups.values() for member in members) == MODULES


@pytest.mark.parametrize(
    "group, least",
    [
        ("github_apps", {"app_id", "token", "token_path", "api_url"}),
        ("github_oauth_apps", {"client_id", "client_secret", "client_secret_path", "api_url"}),
    ],
)
def test_the_modules_of_a_group_know_each_others_credentials(group, least):
    members = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["action_groups"][group]
    for member in members:
        assert least <= set(import_module(f"{PLUGINS}.modules.{member}").ARGUMENT_SPEC)


@pytest.mark.parametrize(
    "kind, name", [*(("modules", name) for name in MODULES), *(("lookup", name) for name in LOOKUPS)]
)
def test_examples_are_tasks_that_use_the_plugin(kind, name):
    _doc, examples, _returns, _metadata = documentation(kind, name)
    tasks = yaml.safe_load(examples)
    assert all(task["name"] for task in tasks)
    assert f"hubops.github_apps.{name}" in examples


def test_examples_of_the_inventory_are_sources():
    examples = list(yaml.safe_load_all(documentation("inventory", "installations")[1]))
    assert {example["plugin"] for example in examples} == {"hubops.github_apps.installations"}
    known = documentation("inventory", "installations")[0]["options"]
    assert [option for example in examples for option in example if option not in known] == []


def test_only_the_endpoint_table_knows_paths_and_previews():
    for path in (ROOT / "plugins").rglob("*.py"):
        code = re.sub(r'""".*?"""', "", path.read_text(), flags=re.DOTALL)
        if path.name != "endpoints.py":
            assert not re.search(r"-preview|[\"'f]/(app|apps|applications|installation|user|orgs|repos)/", code), path


def test_the_picture_of_the_rooms_is_what_lint_checks():
    page = (GUIDES / "contributing.rst").read_text()
    picture = page[page.index("   plugins/  ") : page.index(".. list-table::")]
    layers = re.findall(r"^layers = \[(.*)\]", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    plugins, modules, controller = ([layer.split(" | ") for layer in json.loads(f"[{text}]")] for text in layers)
    drawn = [re.sub(r"plugins/\S*", "", line).split() for line in picture.splitlines() if line.strip()]
    assert drawn == [plugins[0], *controller, *modules]


def test_few_files_import_a_library():
    importers = {
        "requests": ["transport.py", "connection_failures.py"],
        "jwt": ["jwt.py"],
        "cryptography": ["private_keys.py"],
        "hvac": ["vault.py"],
        "boto3": ["aws_kms.py"],
        "botocore": ["aws_kms.py"],
    }
    # It is always available on the controller because ansible-core requires it.
    importers["cryptography"].append("files.py")
    for path in (ROOT / "plugins").rglob("*.py"):
        for library in re.findall(
            r"^\s*(?:import|from) (requests|jwt|cryptography|hvac|boto3|botocore)\b", path.read_text(), re.MULTILINE
        ):
            assert path.name in importers[library], path


@pytest.mark.parametrize("name", MODULES)
def test_a_module_that_returns_a_token_has_an_action_plugin_that_censors_it(name):
    returns = documentation("modules", name)[2]
    returns = yaml.safe_load(returns) if isinstance(returns, str) else returns
    action = ROOT / f"plugins/action/{name}.py"
    assert ("token" in returns) is (action.exists() and "CensoredAction" in action.read_text())


def status_of(cause):
    return {0: "any", 3: "3xx", 5: "5xx"}.get(cause.status, str(cause.status))


def test_the_page_on_errors_has_each_cause_with_its_message():
    page = (GUIDES / "guide_errors.rst").read_text()
    found = re.findall(r"^``(\w+)``(?: \((.*)\))?\n((?:(?:  .*)?\n)+)", page, re.MULTILINE)
    entries = {name: entry for name, _status, entry in found}
    statuses = {name: status for name, status, _entry in found}
    without_status = {error.cause for error in errors.GitHubAppsError.__subclasses__() if error.cause}
    causes = (LIMIT, APP_JWT, SIGNER, SSO_OF_APP, *CAUSES)
    assert set(entries) == {cause.name for cause in causes} | without_status
    names = ("host", "app", "app_option", "key_option", "fingerprint", "credentials", "wait")
    values = {name: name.upper() for name in names}
    for name, entry in entries.items():
        own = [cause for cause in causes if cause.name == name]
        assert statuses[name] == ", ".join(sorted({status_of(cause) for cause in own}))
        told = set(re.findall(r"\*(.*?)\*", " ".join(entry.split())))
        assert told == {cause.explanation.format(**values) for cause in own}, name


def test_the_table_of_options_has_each_environment_variable():
    page = (GUIDES / "guide_authentication.rst").read_text(encoding="utf-8")
    table = page[page.index("     - Environment variables\n") : page.index("- ``private_key_path``, ``token_path``")]
    assert set(re.findall(r"`(GITHUB_\w+)`", table)) == {*ENVIRONMENT.values(), *OAUTH_ENVIRONMENT.values()}


def test_the_readme_is_short():
    words = re.sub(
        r"```.*?```|<!--.*?-->|\(https?://[^)]*\)", "", (ROOT / "README.md").read_text(), flags=re.DOTALL
    ).split()
    assert len(words) <= 600


def test_playbooks_that_are_named_exist():
    for page in PAGES:
        for name in re.findall(r"ansible-playbook hubops\.github_apps\.(\w+)", page.read_text()):
            assert (ROOT / f"playbooks/{name}.yml").exists(), f"{name} in {page.name}"


def test_files_that_are_linked_exist():
    for page in [*ROOT.glob("*.md"), *ROOT.glob("roles/*/*.md"), *GUIDES.glob("*.rst")]:
        text = page.read_text()
        links = re.findall(r"https://github.com/hubops/github_apps/blob/main/([\w./-]+)", text)
        targets = [ROOT / link for link in links]
        if page.suffix == ".md":
            targets += [page.parent / link for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", text)]
        assert [target for target in targets if not target.exists()] == [], page
