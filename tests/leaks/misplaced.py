#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Put a secret into every place where it does not belong, and check that it is rejected and not shown anywhere.

One run of ansible-playbook tests every option of every module, lookup and role, every environment variable, and every
variable of the playbooks. Each case is a host with its own secret. The kinds of secrets rotate over the cases.

misplaced.py [--brief] [--offset N] [--only TEXT] [--keep DIRECTORY]

With --brief, an option that several modules have, with the same environment variable, is tested with the first of them.
Otherwise, each playbook also runs once by its name, with an extra-vars file. The offset gives each case another kind of
secret.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
import yaml
from jobs import COLLECTIONS, HERE, TESTS, contents, report
from planted_secrets import KINDS, base62, fragments, planted
from scenarios import SCENARIOS, Scenario, prepared

from ansible_collections.hubops.github_apps.plugins.module_utils._base.environment import (
    ENVIRONMENT,
    ENVIRONMENT_WITHOUT_INSTALLATION,
    MINTING_ENVIRONMENT,
    OAUTH_ENVIRONMENT,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.misplaced_secrets import FREE_TEXT
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import INSTALLATION, SILENCES
from ansible_collections.hubops.github_apps.plugins.plugin_utils._lookups.token_results import (
    ARGUMENT_SPEC as LOOKUP_SPEC,
)
from github_standin import StandIn

COLLECTION = TESTS.parent
BESIDE = Path(__file__).parent
AWX_COLLECTION = Path(os.environ["AWX_COLLECTIONS"])
FORKS = "6"
TIME_LIMIT = 1800
SPARE = "spare"  # an idle host, because a play whose hosts all failed would end the run
REFUSED = "contains what looks like a"
LOOKUP = "hubops.github_apps.github_installation_token"

# 40 hexadecimal digits are not recognized in these places: they are the ID of a commit, or a valid name of a repository.
NAME_IN_A_TERM = "name in a term"
HARMLESS_HEX = {*FREE_TEXT, NAME_IN_A_TERM}

# What ansible-core shows before any code of this collection runs: the name of a case, and the reason.
SHOWN_BY_CORE: dict[str, str] = {}


class Case(NamedTuple):
    """:param place: option or variable that contains the secret. :param is_refused: whether a message must reject it."""

    name: str
    group: str
    place: str
    kind: str
    secret: str
    variables: dict[str, Any]
    is_refused: bool = True


class Planter:
    """Create cases, each with the next kind of secret."""

    def __init__(self, offset: int) -> None:
        self.cases: list[Case] = []
        self._numbers = count(offset)

    def secret(self, place: str) -> tuple[str, str]:
        number = next(self._numbers)
        kinds = [kind for kind in KINDS if kind != "40 hex digits" or place not in HARMLESS_HEX]
        kind = kinds[number % len(kinds)]
        return kind, planted(kind, number)

    def plant(
        self,
        group: str,
        how: str,
        place: str,
        variables: Any,
        is_refused: bool = True,
        kind: str = "",
        secret: str = "",
    ) -> None:
        """:param variables: function that returns the host's variables, given the secret."""
        if not secret:
            kind, secret = self.secret(place)
        name = re.sub(r"\W+", "_", f"{group} {how} {place}")
        assert name not in {case.name for case in self.cases}, name
        self.cases.append(Case(name, group, place, kind, secret, variables(secret), is_refused))


def values_for(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ways to pass a secret to an option of this type, as functions of the secret."""
    kind = spec.get("type", "str")
    if kind == "list":
        return {"item of": lambda secret: [secret], "list": lambda secret: secret}
    if kind == "dict":
        return {
            "value of": lambda secret: {"contents": secret},
            "key of": lambda secret: {secret: "read"},
            "dict": lambda secret: secret,
        }
    return {"option": lambda secret: secret}


def environment_of(module: str) -> Mapping[str, str]:
    if module == "github_installation_token":
        return MINTING_ENVIRONMENT
    if module in ("github_app_access", "github_app_enterprise_info", "github_app_installation_info"):
        return ENVIRONMENT_WITHOUT_INSTALLATION
    return OAUTH_ENVIRONMENT if module.startswith("github_oauth") else ENVIRONMENT


def without(
    params: Mapping[str, Any], option: str, variables: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Remove everything that makes an option ignore its variable, from the parameters and from the environment."""
    silencing = {name for name in params if name == option or option in SILENCES.get(name, ())}
    rest = {name: value for name, value in params.items() if name not in silencing}
    moved = {variables[name]: str(params[name]) for name in silencing - {option} if name in variables and params[name]}
    return rest, {name: value for name, value in moved.items() if option != "app_id" or "PRIVATE_KEY" in name}


def of_modules(planter: Planter, servers: ExitStack, directory: Path, is_brief: bool) -> list[StandIn]:
    """Create a case for each option of each module, with its own server."""
    running = []
    by_module: dict[str, Scenario] = {}
    for scenario in SCENARIOS.values():
        by_module.setdefault(scenario.module, scenario)
    tested: set[tuple[str, str | None]] = set()
    for module, scenario in by_module.items():
        server = servers.enter_context(StandIn(profile=scenario.release))
        running.append(server)
        params = {**prepared(scenario, server, directory), "retries": 0, "timeout": 5}
        spec = scenario.code.ARGUMENT_SPEC
        if is_brief:
            variables = environment_of(module)
            spec = {
                option: details for option, details in spec.items() if (option, variables.get(option)) not in tested
            }
            tested.update((option, variables.get(option)) for option in spec)
        of_module(planter, module, spec, params)
    return running


def of_module(planter: Planter, module: str, spec: Mapping[str, Any], params: dict[str, Any]) -> None:
    variables = environment_of(module)

    def given(option: str, value: Any) -> dict[str, Any]:
        return {"p": {**params, option: value}, "variables": {}}

    for option, details in spec.items():
        if details.get("no_log"):
            for how, value in {"list": lambda secret: [secret], "dict": lambda secret: {"key": secret}}.items():
                planter.plant(module, how, option, lambda s, v=value, o=option: given(o, v(s)), is_refused=False)
            planter.plant(module, "other kind in", option, lambda s, o=option: given(o, s), is_refused=False)
            continue
        for how, value in values_for(details).items():
            planter.plant(module, how, option, lambda s, v=value, o=option: given(o, v(s)))
        if details.get("type") == "path":
            planter.plant(
                module,
                "expanded",
                option,
                lambda s, o=option: {"p": {**params, o: "$PLANTED"}, "variables": {"PLANTED": s}},
            )
        if option in variables:
            rest, environment = without(params, option, variables)
            planter.plant(
                module,
                variables[option],
                option,
                lambda s, o=option, r=rest, e=environment: {"p": r, "variables": {**e, variables[o]: s}},
            )
    planter.plant(module, "no such option", "key_file", lambda s: given("key_file", s), is_refused=False)
    password = base62(f"password of {module}", 24)
    planter.plant(
        module,
        "password in",
        "api_url",
        lambda s: given("api_url", f"https://octocat:{s}@127.0.0.1:1/api/v3"),
        kind="password in a URL",
        secret=password,
    )


def of_lookup(planter: Planter, servers: ExitStack, directory: Path) -> list[StandIn]:
    server = servers.enter_context(StandIn(profile="3.19"))
    params = {**prepared(SCENARIOS["app_info"], server, directory), "retries": 0, "timeout": 5}

    def given(terms: Any, options: Any, **more: Any) -> dict[str, Any]:
        return {"terms": terms, "p": options, "variables": {}, **more}

    for option, details in LOOKUP_SPEC.items():
        if details.get("no_log"):
            planter.plant("lookup", "list", option, lambda s, o=option: given(["acme"], {**params, o: [s]}), False)
            planter.plant(
                "lookup", "other kind in", option, lambda s, o=option: given(["acme"], {**params, o: s}), False
            )
            continue
        for how, value in values_for(details).items():
            planter.plant(
                "lookup", how, option, lambda s, v=value, o=option: given([], {"user": "octocat", **params, o: v(s)})
            )
        if details.get("type") == "path":
            planter.plant(
                "lookup",
                "expanded",
                option,
                lambda s, o=option: given(["acme"], {**params, o: "$PLANTED"}, variables={"PLANTED": s}),
            )
        if option in MINTING_ENVIRONMENT:
            name = MINTING_ENVIRONMENT[option]
            rest, environment = without(params, option, MINTING_ENVIRONMENT)
            terms = [] if option in INSTALLATION else ["acme"]
            planter.plant(
                "lookup",
                name,
                option,
                lambda s, r=rest, e=environment, n=name, t=terms: given(t, r, variables={**e, n: s}),
            )
            planter.plant(
                "lookup",
                name.lower(),
                option,
                lambda s, r=rest, e=environment, n=name, t=terms: given(t, r, variables=e, **{n.lower(): s}),
            )
    planter.plant("lookup", "the", "term", lambda s: given([s], params))
    planter.plant("lookup", "one of the", "term", lambda s: given([["acme", s]], params))
    kind, secret = planter.secret(NAME_IN_A_TERM)
    planter.plant("lookup", "repository in a", "term", lambda s: given([f"acme/{s}"], params), kind=kind, secret=secret)
    planter.plant("lookup", "no such option", "key_file", lambda s: given(["acme"], {**params, "key_file": s}), False)
    return [server]


ACCEPTED = {"finding": "write", "reason": "It is a bot.", "until": "2099-12-31"}


def of_roles(planter: Planter, servers: ExitStack, directory: Path, fallback: dict[str, Any]) -> list[StandIn]:
    """Create a case for each option of each role, including options of list items."""
    server = servers.enter_context(StandIn(profile="3.19"))
    tasks = directory / "tasks.yml"
    tasks.write_text(yaml.safe_dump([{"ansible.builtin.debug": {"msg": "seen"}}]), encoding="utf-8")
    bases: dict[str, dict[str, Any]] = {
        "app_audit": {
            "app_audit_count_repositories": False,
            "app_audit_accepted": [{**ACCEPTED, "account": "acme"}],
            "app_audit_additional_accepted": [{**ACCEPTED, "account": "octo-org"}],
        },
        "awx_github_app": {
            "awx_github_app_credentials": [{"name": "GitHub App", "credential_type": "GitHub App", "inputs": {}}],
            "awx_github_app_job_templates": [{"name": "Audit", "playbook": "audit.yml"}],
            "awx_github_app_notification_templates": [{"name": "Mail"}],
        },
        "git_checkout": {
            "git_checkout_repositories": [{"repository": "octo-org/hello-world", "dest": str(directory / "hello")}]
        },
        "installation_access": {"installation_access_accounts": [{"organization": "octo-org"}]},
        "installation_token": {
            "installation_token_tasks": str(tasks),
            "installation_token_organization": "octo-org",
        },
    }
    fallback.update(module_defaults(prepared(SCENARIOS["app_info"], server, directory)))
    for path in sorted((COLLECTION / "roles").glob("*/meta/argument_specs.yml")):
        role = path.parts[-3]
        base = bases[role]
        for option, spec in yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]["main"][
            "options"
        ].items():
            group = f"role {role}"
            for how, value in values_for(spec).items():
                planter.plant(
                    group, how, option, lambda s, v=value, o=option, b=base: {**b, o: v(s)}, not spec.get("no_log")
                )
            for sub, sub_spec in spec.get("options", {}).items():
                for how, value in values_for(sub_spec).items():
                    given = with_suboption(base, option, sub, value, spec["type"])
                    planter.plant(group, f"{how} {option}", sub, given, not sub_spec.get("no_log"))
    return [server]


def with_suboption(
    base: Mapping[str, Any], option: str, sub: str, value: Callable[[str], Any], type_: str
) -> Callable[[str], Any]:
    """Return a function that returns a role's variables, with a secret in a suboption."""

    def variables(secret: str) -> Any:
        if type_ == "list":
            return {**base, option: [{**base[option][0], sub: value(secret)}]}
        return {**base, option: {**base.get(option, {}), sub: value(secret)}}

    return variables


def module_defaults(params: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: params[name] for name in ("api_url", "server_version", "app_id", "private_key")}
    return {"group/hubops.github_apps.github_apps": {**own, "retries": 0, "timeout": 5}}


def names_in(value: Any) -> Iterator[str]:
    """Return the names used in expressions of a play."""
    if isinstance(value, dict):
        for item in value.values():
            yield from names_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from names_in(item)
    elif isinstance(value, str):
        try:
            tree = jinja2.Environment().parse(value if "{" in value else "{{ " + value + " }}")
        except jinja2.TemplateSyntaxError:
            return
        yield from (name.name for name in tree.find_all(jinja2.nodes.Name))


def set_in(value: Any) -> Iterator[str]:
    """Return the names that a play sets itself."""
    if isinstance(value, dict):
        yield from value.get("vars", {})
        if isinstance(value.get("register"), str):
            yield value["register"]
        for item in value.values():
            yield from set_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from set_in(item)


def documented(playbook: Path) -> list[str]:
    """Return the variables that a playbook uses and that its first comment or its role documents."""
    text = playbook.read_text(encoding="utf-8")
    plays = yaml.safe_load(text)
    tasks = [
        yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in playbook.parent.glob("tasks/*.yml")
        if path.name in text
    ]
    comment = text[: text.index("\n- ")]
    used = {*names_in(plays), *names_in(tasks)} - {*set_in(plays), *set_in(tasks)}
    used -= {"hubops", "read", "token"}
    return sorted(name for name in used if re.search(rf"\b{name}\b", comment) or name == "server_version")


def of_playbooks(planter: Planter, servers: ExitStack, directory: Path) -> list[StandIn]:
    """Create a case for each documented variable of each playbook. The playbooks are copies that run on these hosts."""
    server = servers.enter_context(StandIn(profile="3.19"))
    key = directory / "app.pem"
    key.write_text(server.private_key("hubops-demo"), encoding="utf-8")
    files = {"token": "standin-oauth-octocat-one", "secret": "standin-oauth-secret", "pat": "standin-pat-classic-admin"}
    for name, content in files.items():
        (directory / name).write_text(content, encoding="utf-8")
    common = {"api_url": server.api_url, "server_version": "3.19", "app_id": "1001", "private_key_path": str(key)}
    oauth = {"oauth_client_id": "standin-oauth-client", "oauth_client_secret_path": str(directory / "secret")}
    document = {"access_document": str(COLLECTION / "playbooks/files/access.yml")}
    own: dict[str, dict[str, Any]] = {
        "converge_access": document,
        "doctor": {**document, "organization": "octo-org", "admin_token_path": str(directory / "pat")},
        "export_access": {"access_document": str(directory / "access.yml"), "overwrite": True},
        "incident": {
            **oauth,
            "organization": "octo-org",
            "leaked_tokens_file": str(directory / "token"),
            "leaked": "webhook_secret",
            "report_path": str(directory / "incident.md"),
        },
        "leaked_token": {**oauth, "leaked_token_file": str(directory / "token")},
        "offboard_user": {**oauth, "user": "octocat", "access_tokens_file": str(directory / "token")},
        "quickstart": {
            "organization": "octo-org",
            "admin_token_path": str(directory / "pat"),
            "add_repository": "linguist",
            "oauth_client_id": "standin-oauth-client",
            "oauth_client_secret": "standin-oauth-secret",
            "oauth_access_token": "standin-oauth-monalisa",
        },
        "reconcile_installation": {**document, "organization": "octo-org"},
        "rotate_key": {
            "new_private_key_path": str(key),
            "key_hosts": "localhost",
            "key_path": str(directory / "deployed.pem"),
        },
        "awx_refresh_scm_credential": {"scm_repositories": "octo-org/hello-world"},
    }
    for path in sorted((COLLECTION / "playbooks").glob("*.yml")):
        base = {**common, **own.get(path.stem, {})}
        for variable in documented(path):
            rest = {name: value for name, value in base.items() if not is_instead(variable, name)}
            planter.plant(
                f"playbook {path.stem}",
                "variable",
                variable,
                lambda s, r=rest, n=variable: {**r, n: s},
                is_refused=False,
            )
    return [server]


def is_instead(variable: str, other: str) -> bool:
    """Return whether a playbook accepts only one of two variables."""
    selectors = ("organization", "user", "installation_id", "all_installations")
    return (
        (variable in selectors and other in selectors)
        or variable.replace("_file", "") == other.replace("_file", "")
        or variable.replace("_path", "") == other.replace("_path", "")
        or (variable == "installation_access_accounts" and other == "access_document")
    )


def group_name(group: str) -> str:
    return "on_" + re.sub(r"\W", "_", group)


def plays_for(cases: list[Case], project: Path, fallback: dict[str, Any]) -> list[dict[str, Any]]:
    plays: list[dict[str, Any]] = []
    for group in dict.fromkeys(case.group for case in cases):
        play: dict[str, Any] = {"name": group, "hosts": group_name(group), "gather_facts": False}
        what, _space, name = group.partition(" ")
        if what == "playbook":
            (project / f"{name}.yml").write_text(yaml.safe_dump(copy_of(name, group)), encoding="utf-8")
            plays.append({"import_playbook": f"{name}.yml"})
            continue
        if what == "role":
            play["module_defaults"] = fallback
            include = {"ansible.builtin.include_role": {"name": f"hubops.github_apps.{name}"}}
            rescue = [{"name": "Go on", "ansible.builtin.debug": {"msg": "refused"}}]
            play["tasks"] = [{"name": "Try it", "block": [include], "rescue": rescue}]
        elif what == "lookup":
            condition = ["variables | into_environment", f"query('{LOOKUP}', *terms, **p) is not none"]
            play["tasks"] = [{"ansible.builtin.debug": {"msg": "seen"}, "when": condition, "ignore_errors": True}]
        else:
            options = sorted({option for case in cases if case.group == group for option in case.variables["p"]})
            task = {
                f"hubops.github_apps.{group}": {
                    option: f"{{{{ p[{option!r}] | default(omit) }}}}" for option in options
                }
            }
            play["tasks"] = [{**task, "when": "variables | into_environment", "ignore_errors": True}]
        plays.append(play)
    return plays


def copy_of(name: str, group: str) -> list[dict[str, Any]]:
    plays: list[dict[str, Any]] = yaml.safe_load((COLLECTION / f"playbooks/{name}.yml").read_text(encoding="utf-8"))
    for play in plays:
        play["hosts"] = group_name(group)
        own = {"ansible.builtin.meta": "end_host", "when": f"inventory_hostname is match({SPARE!r})"}
        play["pre_tasks"] = [own, *play.get("pre_tasks", [])]
    return plays


class Runs:
    """Run ansible-playbook and collect all output.

    :param directory: for the output. :param awx: environment variables for an AWX.
    """

    def __init__(self, directory: Path, awx: Mapping[str, str]) -> None:
        self.directory = directory
        self.project = directory / "project"
        self._awx = awx
        for name in ("project", "home", "tmp", "junit", "stdout", "stderr", "log", "events"):
            (directory / name).mkdir()
        (directory / "ansible.cfg").touch()

    def run(self, name: str, *arguments: str) -> None:
        environment = {
            **self._awx,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "LC_ALL": "C.UTF-8",
            "HOME": str(self.directory / "home"),
            "TMPDIR": str(self.directory / "tmp"),
            "ANSIBLE_CONFIG": str(self.directory / "ansible.cfg"),
            "ANSIBLE_LOCAL_TEMP": str(self.directory / "tmp/local"),
            "ANSIBLE_REMOTE_TMP": str(self.directory / "tmp/remote"),
            "ANSIBLE_LOG_PATH": str(self.directory / "log" / name),
            "ANSIBLE_COLLECTIONS_PATH": f"{COLLECTIONS}:{AWX_COLLECTION}",
            "ANSIBLE_CALLBACK_PLUGINS": str(BESIDE / "callback_plugins"),
            "ANSIBLE_FILTER_PLUGINS": str(BESIDE / "filter_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "dump_events,ansible.builtin.junit,hubops.github_apps.revoke_tokens",
            "ANSIBLE_PIPELINING": "true",
            "ANSIBLE_NOCOLOR": "true",
            "JUNIT_OUTPUT_DIR": str(self.directory / "junit"),
            "DUMP_EVENTS": str(self.directory / "events" / name),
        }
        with (
            (self.directory / "stdout" / name).open("wb") as stdout,
            (self.directory / "stderr" / name).open("wb") as stderr,
        ):
            subprocess.run(
                ["ansible-playbook", "-vvvv", "--diff", *arguments],
                cwd=self.project,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                check=False,
                timeout=TIME_LIMIT,
            )

    def all_cases(self, cases: list[Case], fallback: dict[str, Any]) -> None:
        for name in ("tasks", "files"):
            shutil.copytree(COLLECTION / "playbooks" / name, self.project / name)
        children: dict[str, Any] = {}
        for case in cases:
            spare = {f"{SPARE}_{group_name(case.group)}": {}} if case.group.startswith("playbook") else {}
            group = children.setdefault(group_name(case.group), {"hosts": spare})
            group["hosts"][case.name] = case.variables
        inventory = {"all": {"vars": HERE, "children": children}}
        (self.project / "hosts.json").write_text(json.dumps(inventory), encoding="utf-8")
        plays = plays_for(cases, self.project, fallback)
        (self.project / "site.yml").write_text(yaml.safe_dump(plays), encoding="utf-8")
        self.run("all", "--forks", FORKS, "-i", "hosts.json", "site.yml")

    def by_name(self, case: Case) -> None:
        """Run a playbook by name, like a user. The secret is in the file, not in its name on the command line."""
        playbook = case.group.split()[1]
        (self.project / f"{playbook}.json").write_text(json.dumps(case.variables), encoding="utf-8")
        self.run(playbook, f"hubops.github_apps.{playbook}", "-e", f"@{playbook}.json")

    def places(self) -> dict[str, list[bytes]]:
        """Return everything that is searched, by place."""
        return {
            name: contents([self.directory / name])
            for name in ("stdout", "stderr", "log", "events", "junit", "tmp", "home")
        }


def search(places: Mapping[str, list[bytes]], cases: list[Case]) -> dict[str, dict[str, str]]:
    """Return, by case and place, the text around the first piece of its secret."""
    size = 12
    pieces: dict[str, str] = {}
    for case in cases:
        for piece in fragments(case.secret) or [case.secret]:
            pieces.setdefault(piece.casefold()[:size], case.name)
    found: dict[str, dict[str, str]] = {}
    for place, texts in places.items():
        seen: set[bytes] = set()
        for text in texts:
            for run in re.finditer(rb"[A-Za-z0-9]{%d,}" % size, text):
                if run[0] in seen:
                    continue
                seen.add(run[0])
                letters = run[0].decode().casefold()
                for start in range(len(letters) - size + 1):
                    name = pieces.get(letters[start : start + size])
                    if name and place not in found.setdefault(name, {}):
                        around = text[max(run.start() - 110, 0) : run.start() + 40]
                        found[name][place] = around.decode(errors="replace")
    return found


def failures(directory: Path) -> dict[str, list[str]]:
    """Return the messages of failed tasks by host."""
    messages: dict[str, list[str]] = {}
    for line in (directory / "events" / "all").read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        if event["event"] == "v2_runner_on_failed":
            result = event["given"][0]
            found = [item.get("msg") for item in (result["result"], *(result["result"].get("results") or []))]
            messages.setdefault(result["host"], []).extend(str(message) for message in found if message)
    return messages


def says(case: Case, messages: Iterable[str]) -> bool:
    """Return whether one of the messages rejects the secret and names the option or its variable."""
    variable = next((name for name in ENVIRONMENT.values() if name in case.name), case.place)
    return any(
        REFUSED in message and re.search(rf"\b({case.place}|{variable})\b", message, re.IGNORECASE)
        for message in messages
    )


@contextmanager
def awx_in(directory: Path) -> Iterator[dict[str, str]]:
    """Start a stand-in server for AWX and return its environment variables."""
    directory.mkdir()
    process = subprocess.Popen([sys.executable, str(TESTS / "awx_standin/awx_standin"), "--state-dir", str(directory)])
    try:
        ready = directory / "awx.json"
        for _attempt in range(200):
            if ready.exists() and ready.stat().st_size:
                break
            time.sleep(0.1)
        awx = json.loads(ready.read_text(encoding="utf-8"))
        yield {"CONTROLLER_HOST": awx["url"], "CONTROLLER_OAUTH_TOKEN": awx["token"]}
    finally:
        process.terminate()
        process.wait()


def asked(awx: Mapping[str, str]) -> bytes:
    """Return AWX's log of requests."""
    with urllib.request.urlopen(f"{awx['CONTROLLER_HOST']}/_awx/log") as answer:
        log: bytes = answer.read()
    return log


def misplaced(options: argparse.Namespace, directory: Path) -> list[str]:
    planter, fallback = Planter(options.offset), {}
    started = time.monotonic()
    with ExitStack() as servers:
        running = of_modules(planter, servers, directory, options.brief)
        running += of_lookup(planter, servers, directory)
        running += of_roles(planter, servers, directory, fallback)
        running += of_playbooks(planter, servers, directory)
        cases = [case for case in planter.cases if options.only in case.name]
        awx = servers.enter_context(awx_in(directory / "awx"))
        runs = Runs(directory, awx)
        runs.all_cases(cases, fallback)
        if not options.brief:
            by_playbook: dict[str, list[Case]] = {}
            for case in cases:
                if case.group.startswith("playbook"):
                    by_playbook.setdefault(case.group, []).append(case)
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                list(pool.map(runs.by_name, [own[options.offset % len(own)] for own in by_playbook.values()]))
        places = runs.places()
        places["requests to GitHub"] = [json.dumps(list(server.log)).encode() for server in running]
        places["requests to AWX"] = [asked(awx)]
    problems = [*leaks(places, cases), *accepted(failures(directory), cases)]
    if options.keep:
        (directory / "problems.txt").write_text("\n".join(problems), encoding="utf-8")
    report(f"misplaced secrets are rejected and not shown, offset {options.offset}", problems)
    size = sum(len(text) for texts in places.values() for text in texts)
    print(
        f"      {len(cases)} cases with {len({case.kind for case in cases})} kinds of secrets,"
        f" {sum(case.is_refused for case in cases)} to be rejected; {size / 1e6:.0f} MB searched;"
        f" {time.monotonic() - started:.0f} s"
    )
    return problems


def leaks(places: Mapping[str, list[bytes]], cases: list[Case]) -> list[str]:
    """Return where secrets are shown, except by ansible-core itself."""
    kinds = {case.name: case.kind for case in cases}
    return [
        f"{name} ({kinds[name]}) is shown in {', '.join(shown)}: {next(iter(shown.values()))!r}"[:400]
        for name, shown in search(places, cases).items()
        if name not in SHOWN_BY_CORE
    ]


def accepted(messages: Mapping[str, list[str]], cases: list[Case]) -> list[str]:
    """Return the secrets that were not rejected."""
    return [
        f"{case.name} ({case.kind}) was not rejected: {messages.get(case.name, ['no failure'])[0]}"[:400]
        for case in cases
        if case.is_refused and not says(case, messages.get(case.name, []))
    ]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--brief", action="store_true", help="test each shared option with one module")
    parser.add_argument("--offset", type=int, default=0, help="start with another kind of secret")
    parser.add_argument("--only", default="", help="run the cases whose names contain this text")
    parser.add_argument("--keep", type=Path, help="keep all output in this directory, which must be empty")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        return bool(misplaced(options, options.keep or Path(directory)))


if __name__ == "__main__":
    sys.exit(main())
