# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the modules. No other file calls exit_json and fail_json."""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.hubops.github_apps.plugins.module_utils._base.entries import (
    describe_wrong_entries,
    with_set_values,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.environment import ENVIRONMENT
from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    GitHubAppsError,
    MissingLibraryError,
    OptionError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.input import tidied, with_repository_names
from ansible_collections.hubops.github_apps.plugins.module_utils._base.misplaced_secrets import (
    Misplaced,
    describe_misplaced,
    find_misplaced,
    secrets_in,
    without_misplaced,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    ArgumentSpec,
    combine,
    find_sources,
    from_environment,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.plan import Runnable
from ansible_collections.hubops.github_apps.plugins.module_utils._base.progress import PROGRESS_PATH, Progress
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import MASK, texts_in
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client, create_client

# Most managed hosts lack the libraries, and the private key should not be sent to them.
ON_CONTROLLER = "Run the task on the controller (delegate_to: localhost). If it already runs there:"

MakePlan = Callable[[Client, Mapping[str, Any], bool], Runnable]


class GitHubAppsModule(AnsibleModule):
    """An AnsibleModule that completes its parameters from the environment, and checks them for misplaced secrets,
    before validating them.

    `fallback` of AnsibleModule does not work here because it uses empty variables as values, and does not consider
    other options of the same group. The messages and `invocation` of AnsibleModule quote values.
    """

    def __init__(self, environment: Mapping[str, str], **kwargs: Any) -> None:
        self._environment = environment
        super().__init__(**kwargs)

    def _load_params(self) -> None:
        super()._load_params()
        self.progress = Progress(self.params.pop(PROGRESS_PATH, None))
        internal = {name: value for name, value in self.params.items() if name.startswith("_ansible_")}
        given = {name: value for name, value in self.params.items() if name not in internal}
        fallback = from_environment(self.argument_spec, os.environ, self._environment)
        self.params = {**internal, **combine(given, fallback)}
        self.sources = find_sources(given, self._environment)

    def _set_internal_properties(self, *args: Any, **kwargs: Any) -> None:
        super()._set_internal_properties(*args, **kwargs)
        self.hide_secrets()
        self.refuse_secrets_in_lists()
        self.refuse_misplaced_secrets()
        self.params = with_set_values(self.argument_spec, tidied(self.argument_spec, self.params))
        self.hide_secrets()
        self.refuse_wrong_entries()

    def hide_secrets(self) -> None:
        """Mask the values of options for secrets. ansible-core only does so when it validates them, which is too late here."""
        self.no_log_values.update(text for _place, value in self.secrets() for text in texts_in(value))

    def secrets(self) -> List[Tuple[str, Any]]:
        """Name and value of each option for a secret. Values other than lists and dictionaries are converted to text."""
        found = secrets_in(self.argument_spec, self.params)
        return [(place, value if isinstance(value, (list, dict)) else str(value)) for place, value in found]

    def refuse_secrets_in_lists(self) -> None:
        """Fail if an option for a secret is a list or dictionary, which ansible-core converts to an unmasked string."""
        wrong = list(dict.fromkeys(place for place, value in self.secrets() if not isinstance(value, str)))
        if wrong:
            self.params = {**self.params, **{place.partition(".")[0]: MASK for place in wrong}}
            message = f"{' and '.join(wrong)} must be a string, not a list or a dictionary."
            self.fail_json(msg=message, changed=False, **OptionError(message).facts())

    def refuse_misplaced_secrets(self) -> None:
        """Fail if an option contains a misplaced secret. Values of such options are never shown."""
        misplaced: List[Misplaced] = find_misplaced(self.argument_spec, self.params)
        if not misplaced:
            return
        self.no_log_values.update(value for item in misplaced for value in item.values)
        self.params = without_misplaced(self.params, misplaced)
        known = [item for item in misplaced if item.option in self.argument_spec]
        if known:
            message = describe_misplaced(self.argument_spec, known, self.sources)
            self.fail_json(msg=message, changed=False, **OptionError(message).facts())

    def refuse_wrong_entries(self) -> None:
        """Fail if a dictionary in a list does not match its argument spec."""
        message = describe_wrong_entries(self.argument_spec, self.params)
        if message:
            self.fail_json(msg=message, changed=False, **OptionError(message).facts())


def run(
    make_plan: MakePlan,
    argument_spec: ArgumentSpec,
    environment: Optional[Mapping[str, str]] = None,
    connect: Callable[..., Client] = create_client,
    **kwargs: Any,
) -> None:
    """Run a module: create the client from the parameters, make the plan, and return its result.

    :param make_plan: called with the client, the parameters, and whether check mode is on.
    :param environment: environment variables of the options; `ENVIRONMENT` by default.
    :param connect: creates the client.
    """
    module = GitHubAppsModule(
        environment=ENVIRONMENT if environment is None else environment,
        argument_spec=argument_spec,
        supports_check_mode=True,
        **kwargs,
    )
    client = None
    try:
        with connect(module.params, module.warn, module.sources, module.progress) as client:
            module.no_log_values.update(client.credentials.sent())
            params = with_repository_names(module.params, client.server.server_url)
            result: Dict[str, Any] = make_plan(client, params, module.check_mode).result(module.check_mode)
        # A server or a gateway may return anything that it received. The token in the result is not masked, although a
        # stored token is sent to check whether it is valid.
        module.no_log_values.update(client.transport.sent - {str(result.get("token"))})
    except MissingLibraryError as error:
        module.fail_json(msg=f"{missing_required_lib(error.library)}. {ON_CONTROLLER} {error.remedy}")
    except GitHubAppsError as error:
        module.fail_json(msg=str(error), **{"changed": bool(client and client.transport.writes), **error.facts()})
    module.exit_json(**result)
