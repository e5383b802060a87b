# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inventory plugin installations."""

from __future__ import annotations

DOCUMENTATION = r"""
name: installations
short_description: Use the installations of a GitHub App as an inventory
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Creates a host for each installation of an app. The name of the host is the name of the organization or user, or the slug of the
    enterprise. If the account no longer exists, the name is the installation ID.
  - Lists the installations with the app's private key and does not create tokens.
  - The name of the inventory source must end with C(github_installations.yml) or C(github_installations.yaml).
extends_documentation_fragment:
  - hubops.github_apps.server
  - hubops.github_apps.server.plugins
  - hubops.github_apps.app
  - hubops.github_apps.app.plugins
  - constructed
  - inventory_cache
options:
  plugin:
    description: Name of this plugin.
    type: str
    required: true
    choices: [hubops.github_apps.installations]
  filters:
    description: Conditions for installations. Only installations that match all of them become hosts.
    type: dict
    suboptions:
      account:
        description: Name of an account. Only its installations are used.
        type: str
      suspended:
        description: Whether to use only suspended installations, or only installations that are not suspended.
        type: bool
      repository_selection:
        description: Whether to use only installations on all repositories of their account, or only on selected repositories.
        type: str
        choices: [all, selected]
      permissions:
        description: Permissions and their levels. Only installations with these permissions, at these levels or higher, are used.
        type: dict
      since:
        description:
          - Time in ISO 8601 format. Only installations that were updated after this time are used.
          - Requires GitHub Enterprise Server 2.22 or later.
        type: str
      outdated:
        description:
          - Value of GitHub's query parameter C(outdated), which is passed on unchanged.
          - Requires GitHub Enterprise Server 2.22 or later.
        type: str
  default_groups:
    description:
      - Whether to create groups from the values of the installations, in addition to the group C(github_installations), which
        contains all hosts.
      - C(target_type_organization), C(target_type_user) and C(target_type_enterprise) contain the installations on organizations, user
        accounts and enterprises, respectively. C(repository_selection_all) contains the installations with access to all repositories, and
        C(repository_selection_selected) those with access to selected repositories. C(suspended) contains the suspended installations.
      - There is a group for each level of a granted permission, such as C(permission_contents_write), and for each event, such
        as C(event_push).
      - With O(permission_drift=true), C(permission_drift) contains the installations with permissions that are not yet accepted.
    type: bool
    default: true
  permission_drift:
    description:
      - Whether to set the variable C(github_app_installation_permission_drift), which contains the permissions that the app requests and
        that the account has not yet accepted. For each permission, the key C(app) contains the requested level, and the key
        C(installation) contains the granted level.
      - Requires one more request, to get the permissions that the app requests.
    type: bool
    default: false
notes:
  - The variables of a host are C(github_app_installation_id), C(github_app_installation_account),
    C(github_app_installation_target_type), C(github_app_installation_repository_selection), C(github_app_installation_suspended),
    C(github_app_installation_suspended_at), C(github_app_installation_suspended_by), C(github_app_installation_permissions),
    C(github_app_installation_events), C(github_app_installation_created_at), C(github_app_installation_updated_at),
    C(github_app_installation_html_url), C(github_app_installation_app_id), C(github_app_installation_app_slug),
    C(github_app_installation_api_url) and C(github_app_installation_server_url).
  - The lookup P(hubops.github_apps.github_installation_token#lookup) uses C(github_app_installation_id), so that it returns a token for
    the installation of each host.
  - Tasks for the hosts run on the controller, because the group C(github_installations) sets C(ansible_connection) to V(local) and
    C(ansible_python_interpreter) to the Python of Ansible. Use O(compose) to set other values.
  - A name that already belongs to another host or to a group is followed by a dot and the installation ID, such as C(acme.2002).
    This applies to enterprises with the same name as an organization, installations of several apps on one account, accounts with
    the name of a host from an earlier inventory source, and C(localhost).
  - An installation that several sources contain becomes a single host.
  - The variables that can set options, such as C(github_app_id), are only used if they are given with C(--extra-vars).
  - Text from GitHub is never evaluated as a template.
  - The values of O(filters) and of the options for the server and the app can be templates, such as a lookup that returns the private
    key.
  - With O(cache=true), the cache contains the variables of the hosts. It contains no credentials.
seealso:
  - module: hubops.github_apps.github_app_installation_info
  - plugin: hubops.github_apps.github_installation_token
    plugin_type: lookup
"""

EXAMPLES = r"""
# Save this file as octo_github_installations.yml. The environment can contain the server and the credentials.
plugin: hubops.github_apps.installations

---
# Use the installations that can write to repositories, except suspended ones
plugin: hubops.github_apps.installations
app_id: "1001"
private_key_path: ~/hubops-demo.private-key.pem
filters:
  suspended: false
  permissions:
    contents: write

---
# Create only your own groups and variables
plugin: hubops.github_apps.installations
app_id: "1001"
private_key_path: ~/hubops-demo.private-key.pem
default_groups: false
compose:
  organization: github_app_installation_account
groups:
  privileged: github_app_installation_permissions.administration is defined
keyed_groups:
  - key: github_app_installation_target_type | lower
    prefix: account
strict: true

---
# Find accounts that have to accept permissions, and keep the result for ten minutes
plugin: hubops.github_apps.installations
app_id: "1001"
private_key_path: ~/hubops-demo.private-key.pem
permission_drift: true
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/github_installations
cache_timeout: 600
"""

from typing import Any, Dict, List, Mapping, Optional

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import in_texts
from ansible_collections.hubops.github_apps.plugins.plugin_utils._errors import errors_as
from ansible_collections.hubops.github_apps.plugins.plugin_utils._inventory import (
    ARGUMENT_SPEC,
    GROUP,
    GROUP_VARIABLES,
    Host,
    Question,
    Source,
    read_question,
)


def decrypted(value: Any) -> Any:
    """A value from a YAML file. A value that is encrypted with Ansible Vault is not a string until it is converted."""
    is_plain = value is None or isinstance(value, (str, bool, int, float, dict, list))
    return value if is_plain else str(value)


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    NAME = "hubops.github_apps.installations"

    inventory: Any
    _question: Question

    def verify_file(self, path: str) -> bool:
        is_ours = path.endswith(("github_installations.yml", "github_installations.yaml"))
        return is_ours and bool(super().verify_file(path))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        with errors_as(AnsibleParserError):
            self._read_config_data(path)
            source = Source(self._question, self.display.warning)
            installations = self.read(source, cache)
        existing = {name: host.get_vars() for name, host in inventory.hosts.items()}
        groups = [*inventory.groups, *self.get_option("groups")]
        self.populate(list(source.hosts(installations, existing, groups)))

    def set_options(
        self,
        task_keys: Optional[Mapping[str, Any]] = None,
        var_options: Optional[Mapping[str, Any]] = None,
        direct: Optional[Mapping[str, Any]] = None,
    ) -> None:
        """Set the options of the source's file. They are validated first, because Ansible's own messages quote values."""
        config = dict(direct or {})
        unknown = [name for name in config if name not in self.option_definitions]
        if unknown:
            supported = ", ".join(sorted(self.option_definitions))
            raise OptionError(f"Unsupported options: {', '.join(unknown)}. Supported options: {supported}.")
        self.templar.available_variables = dict(var_options or {})
        given = {name: decrypted(value) for name, value in config.items() if name in ARGUMENT_SPEC}
        self._question = read_question(in_texts(self.templar.template, given), var_options or {})
        super().set_options(task_keys, var_options, {**config, **self._question.options})

    def read(self, source: Source, may_use_cache: bool) -> List[Dict[str, Any]]:
        """The published values of the installations, from the cache if it is enabled."""
        if not self.get_option("cache"):
            return source.read()
        key = f"{self.NAME}_{source.cache_key}"
        cached: Optional[List[Dict[str, Any]]] = self._cache.get(key) if may_use_cache else None
        if cached is None:
            cached = self._cache[key] = source.read()
        return cached

    def populate(self, hosts: List[Host]) -> None:
        """Add the hosts, then their groups, because Ansible confuses a host with a group of the same name."""
        strict = self.get_option("strict")
        for host in hosts:
            self.inventory.add_host(host.name)
            for name, value in host.variables.items():
                self.inventory.set_variable(host.name, name, value)
            self._set_composite_vars(self.get_option("compose"), host.variables, host.name, strict)
        self.inventory.add_group(GROUP)
        for name, value in GROUP_VARIABLES.items():
            self.inventory.set_variable(GROUP, name, value)
        for host in hosts:
            for group in host.groups:
                self.inventory.add_host(host.name, self.inventory.add_group(self._sanitize_group_name(group)))
            self._add_host_to_composed_groups(self.get_option("groups"), {}, host.name, strict)
            self._add_host_to_keyed_groups(self.get_option("keyed_groups"), {}, host.name, strict)
