# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lookup github_installation_token."""

from __future__ import annotations

DOCUMENTATION = r"""
name: github_installation_token
short_description: Fresh installation access tokens of a GitHub App
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Mints an installation access token, limited to the repositories and permissions that are asked for, and returns it.
  - Works in tasks, variables, templates and C(module_defaults), with and without check mode. A lookup mints in check mode
    too, for the run needs a token to look.
  - A lookup in a variable runs again each time the variable is used, and each time mints a token. Use
    M(ansible.builtin.set_fact) with C(no_log), or M(hubops.github_apps.github_installation_token), to mint once.
extends_documentation_fragment:
  - hubops.github_apps.server
  - hubops.github_apps.server.plugins
  - hubops.github_apps.app
  - hubops.github_apps.app.plugins
  - hubops.github_apps.installation
  - hubops.github_apps.installation.plugins
  - hubops.github_apps.installation_token
options:
  _terms:
    description:
      - Short form of the options. C(octo-org) is the installation on the organization of that name or, if there is none, on
        the user of that name. C(octo-org/hello-world) is the installation that reaches that repository, and the token is
        limited to it.
      - Several terms give several tokens; use C(query) to get them as a list.
    type: list
    elements: str
  wantdetails:
    description: Whether to return dictionaries with all that is known about the token instead of strings.
    type: bool
    default: false
  on_missing:
    description:
      - What to do where the app is not installed, or does not reach the repository of a term.
      - With V(warn) and V(skip) there is no token for that term; use C(query), for C(lookup) makes nothing useful of none.
    type: str
    choices: [error, warn, skip]
    default: error
notes:
  - A lookup runs on the controller, with the Python that runs C(ansible-playbook).
  - The token is not marked as a secret by ansible-core before 2.22. Use C(no_log) on tasks that would print it.
seealso:
  - module: hubops.github_apps.github_installation_token
"""

EXAMPLES = r"""
# Here api_url is the root of the REST API: https://api.github.com, or https://HOST/api/v3.
- name: Read a file of a private repository
  ansible.builtin.uri:
    url: "{{ api_url }}/repos/octo-org/hello-world/contents/README.md"
    headers:
      Authorization: "Bearer {{ lookup('hubops.github_apps.github_installation_token', 'octo-org/hello-world',
                       app_id='1001', private_key_path='~/hubops-demo.private-key.pem', permissions={'contents': 'read'}) }}"
  no_log: true

- name: One token for each organization, with server and credentials from the environment
  ansible.builtin.set_fact:
    tokens: "{{ query('hubops.github_apps.github_installation_token', 'octo-org', 'acme') }}"
  no_log: true

- name: Until when a token can be used
  ansible.builtin.debug:
    msg: "{{ lookup('hubops.github_apps.github_installation_token', organization='octo-org', wantdetails=true).expires_at }}"
"""

RETURN = r"""
_raw:
  description:
    - The tokens. With O(wantdetails=true), dictionaries with the keys C(token), C(expires_at), C(permissions),
      C(repository_selection), C(repositories) and C(installation_id), as in the return values of
      M(hubops.github_apps.github_installation_token).
  type: list
  elements: raw
"""

from typing import Any, Dict, List, Mapping

from ansible.utils.display import Display

from ansible_collections.hubops.github_apps.plugins.module_utils._client import create_client
from ansible_collections.hubops.github_apps.plugins.module_utils._errors import NotFoundError, OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._installation_tokens import (
    SCOPE,
    create_installation_token,
    scope_from,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._options import (
    APP,
    INSTALLATION,
    SERVER,
    check_login,
    installation_selector,
    split_full_name,
)
from ansible_collections.hubops.github_apps.plugins.plugin_utils._lookup import GitHubAppsLookup

display = Display()


class LookupModule(GitHubAppsLookup):
    ARGUMENT_SPEC = {
        **SERVER,
        **APP,
        **INSTALLATION,
        **SCOPE,
        "wantdetails": {"type": "bool", "default": False},
        "on_missing": {"type": "str", "choices": ["error", "warn", "skip"], "default": "error"},
    }

    def values(self, terms: List[str], options: Dict[str, Any], given: Mapping[str, Any]) -> List[Any]:
        requests = self.from_terms(terms, options, given) if terms else [(installation_selector(options), options)]
        wanted = [(selector, scope_from(term_options)) for selector, term_options in requests]
        client = create_client(options)
        results = []
        for selector, scope in wanted:
            try:
                token = create_installation_token(client, selector, scope)
            except NotFoundError as error:
                if options["on_missing"] == "error":
                    raise
                if options["on_missing"] == "warn":
                    display.warning(str(error))
                continue
            results.append(token if options["wantdetails"] else token["token"])
        return results

    @staticmethod
    def from_terms(terms: List[str], options: Dict[str, Any], given: Mapping[str, Any]) -> List[Any]:
        """Selector and options of each term."""
        also_given = [name for name in INSTALLATION if given.get(name)]
        if also_given:
            raise OptionError(f"{' and '.join(also_given)} cannot be given beside a term: both select an installation.")
        requests = []
        for term in terms:
            if not isinstance(term, str):
                raise OptionError(f"The term {term!r} is not the name of an account or of a repository.")
            if "/" not in term:
                requests.append(({"account": check_login("term", term)}, options))
                continue
            split_full_name("term", term)
            if options.get("repositories") or options.get("repository_ids"):
                raise OptionError(
                    f"The term {term} limits the token to that repository: leave out repositories and repository_ids."
                )
            requests.append(({"repository": term}, {**options, "repositories": [term]}))
        return requests
