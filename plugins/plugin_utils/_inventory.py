# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Installations of an app as hosts of an inventory: options, published values, host names, variables and groups."""

from __future__ import annotations

import json
import os
import re
from hashlib import sha256
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional

from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.hubops.github_apps.plugins.module_utils._base.environment import MINTING_ENVIRONMENT
from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import ConnectionFailedError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    APP,
    SERVER,
    ArgumentSpec,
    combine,
    from_environment,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import in_texts
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client, create_client
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.apps import (
    App,
    get_app,
    permission_drift,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installation_lists import (
    FILTERS,
    is_wanted,
    list_app_installations,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
    Installation,
    account_login,
    account_type,
    is_suspended,
)
from ansible_collections.hubops.github_apps.plugins.plugin_utils._options import checked, find_variables
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.tokens import place

try:
    from ansible.template import trust_as_template
except ImportError:  # pragma: no cover - ansible-core before 2.19 evaluates all text that is not marked as unsafe
    trust_as_template = str  # type: ignore[assignment]  # called in the same way

ARGUMENT_SPEC: ArgumentSpec = {
    **SERVER,
    **APP,
    "filters": {"type": "dict", "options": FILTERS},
    "default_groups": {"type": "bool", "default": True},
    "permission_drift": {"type": "bool", "default": False},
}

GROUP = "github_installations"
GROUP_VARIABLES = {
    "ansible_connection": trust_as_template("local"),
    "ansible_python_interpreter": trust_as_template("{{ ansible_playbook_python }}"),
}
PREFIX = "github_app_installation_"
# Ansible adds localhost implicitly, and confuses a host with a group of the same name.
RESERVED = ("localhost", GROUP, "suspended", "permission_drift")

# The published values that are in GitHub's response under the same name.
UNCHANGED = ("id", "app_id", "app_slug", "repository_selection", "suspended_at", "created_at", "updated_at", "html_url")
SHAPES = {"account": dict, "suspended_by": dict, "permissions": dict, "events": list}
# Logins, slugs, times, URLs, and names of permissions and events.
HARMLESS = re.compile(r"[A-Za-z0-9_.:/+-]*")

Values = Dict[str, Any]


class Question(NamedTuple):
    """Validated options. :param sources: sources of the options, as returned by `find_sources`."""

    options: Dict[str, Any]
    sources: Dict[str, str]


class Host(NamedTuple):
    """:param groups: names that have not been sanitized."""

    name: str
    variables: Values
    groups: List[str]


def read_question(given: Mapping[str, Any], variables: Mapping[str, Any]) -> Question:
    """The options of an inventory source.

    :param given: those in its file. :param variables: extra variables, which come before the environment.
    """
    if isinstance(given.get("filters"), Mapping):
        given = {**given, "filters": combine(given["filters"])}
    known = {
        option: variables[name.lower()]
        for option, name in MINTING_ENVIRONMENT.items()
        if option in ARGUMENT_SPEC and name.lower() in variables
    }
    environment = from_environment(ARGUMENT_SPEC, os.environ, MINTING_ENVIRONMENT)
    return Question(checked(ARGUMENT_SPEC, given, known, environment), find_variables(given, known))


class Source:
    """The installations that a question asks for. :param warn: function that shows a warning."""

    def __init__(self, question: Question, warn: Callable[[str], None]) -> None:
        self.options = question.options
        self.client = create_client(self.options, warn, question.sources)

    @property
    def cache_key(self) -> str:
        """A name for the published values. It reveals neither the options nor the credentials."""
        app = self.client.credentials.app
        asked = [place(self.client.server), str(app or ""), self.options["filters"], self.options["permission_drift"]]
        return sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()

    def read(self) -> List[Values]:
        """The published values of the installations that match the filters."""
        filters = self.options["filters"] or {}
        listed = list_app_installations(self.client, filters)
        check_shapes(self.client, listed)
        app = get_app(self.client) if self.options["permission_drift"] else None
        return [publish(item, app) for item in listed if is_wanted(item, filters)]

    def hosts(
        self, installations: Iterable[Values], existing: Mapping[str, Values], groups: Iterable[str]
    ) -> Iterator[Host]:
        """The hosts for published values.

        :param existing: variables of the hosts of earlier sources, by their names. :param groups: names that no host may
        have.
        """
        taken = {name.lower(): None for name in (*groups, *RESERVED)}
        taken.update({name.lower(): self.installation_of(variables) for name, variables in existing.items()})
        # An enterprise can have the same name as an organization.
        for values in sorted(installations, key=lambda values: bool(values["target_type"] == "Enterprise")):
            name = host_name(values, taken)
            taken[name.lower()] = values["id"]
            own = default_groups(values) if self.options["default_groups"] else ()
            variables = {PREFIX + key: value for key, value in {**values, **self.client.server.addresses}.items()}
            yield Host(name, without_templates(variables), [GROUP, *own])

    def installation_of(self, variables: Values) -> Any:
        """The ID of the installation on this server that a host stands for, or None."""
        is_here = variables.get(f"{PREFIX}api_url") == self.client.server.api_url
        return variables.get(f"{PREFIX}id") if is_here else None


def check_shapes(client: Client, installations: Iterable[Installation]) -> None:
    for installation in installations:
        for key, kind in SHAPES.items():
            if not isinstance(installation.get(key), (kind, type(None))):
                raise ConnectionFailedError(
                    f"{client.server.host} returned an installation with an unexpected {key}. Check that api_url is the"
                    " API of a GitHub server."
                )


def publish(installation: Installation, app: Optional[App]) -> Values:
    """The values of an installation that become variables. :param app: None if `permission_drift` is not wanted."""
    return {
        **{key: installation.get(key) for key in UNCHANGED},
        "account": account_login(installation),
        "target_type": account_type(installation),
        "suspended": is_suspended(installation),
        "suspended_by": (installation.get("suspended_by") or {}).get("login"),
        "permissions": installation.get("permissions") or {},
        "events": installation.get("events") or [],
        **({"permission_drift": permission_drift(app, installation)} if app else {}),
    }


def host_name(values: Values, taken: Mapping[str, Any]) -> str:
    """The name of the account, followed by a dot and the installation ID if something else has the name.

    Neither a login nor a slug contains a dot. :param taken: installation IDs of hosts, and None for other names.
    """
    name, number = (re.sub(r"[^A-Za-z0-9_-]", "_", str(values[key])) for key in ("account", "id"))
    return name if taken.get(name.lower(), values["id"]) == values["id"] else f"{name}.{number}"


def default_groups(values: Values) -> Iterator[str]:
    for key in ("target_type", "repository_selection"):
        if values[key]:
            yield f"{key}_{values[key]}".lower()
    if values["suspended"]:
        yield "suspended"
    yield from (f"permission_{name}_{level}" for name, level in values["permissions"].items())
    yield from (f"event_{event}" for event in values["events"])
    if values.get("permission_drift"):
        yield "permission_drift"


def without_templates(values: Values) -> Values:
    """The values, in which Ansible evaluates no text.

    Only unusual texts are marked as unsafe, because `ansible-inventory` writes marked texts, and since 2.19 all texts
    that are not trusted, as dictionaries with the key `__ansible_unsafe`.
    """

    def mark(text: str) -> Any:
        return trust_as_template(text) if HARMLESS.fullmatch(text) else wrap_var(text)

    marked: Values = in_texts(mark, values)
    return marked
