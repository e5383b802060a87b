# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every lookup of this collection does: options in, the collection's errors as Ansible's errors out."""

from __future__ import annotations

import os
from abc import abstractmethod
from typing import Any, Dict, List, Mapping

from ansible.errors import AnsibleLookupError
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.lookup import LookupBase

from ansible_collections.hubops.github_apps.plugins.module_utils._errors import (
    GitHubAppsError,
    MissingLibraryError,
    OptionError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._options import (
    ENVIRONMENT,
    ArgumentSpec,
    combine,
    from_environment,
)


class GitHubAppsLookup(LookupBase):
    """A lookup with an argument spec like a module's. Subclasses set ARGUMENT_SPEC and define `values`.

    Options come from the call, then from Ansible variables named like the environment variables in lower case, then
    from the environment. Ansible's own `set_options` is not used: it takes an empty variable for a value, cannot
    silence a group of options, and hands over variables without templating them.
    """

    ARGUMENT_SPEC: ArgumentSpec = {}

    @abstractmethod
    def values(self, terms: List[str], options: Dict[str, Any], given: Mapping[str, Any]) -> List[Any]:
        """The results. :param given: the options that stand in the call itself."""

    def run(self, terms: List[str], variables: Any = None, **kwargs: Any) -> List[Any]:
        kwargs.pop("wantlist", None)  # with_ hands it to the plugin on ansible-core before 2.19
        try:
            return self.values(self._flatten(terms), self.resolve(variables or {}, kwargs), kwargs)
        except MissingLibraryError as error:
            raise AnsibleLookupError(f"{missing_required_lib(error.library)}. {error.remedy}") from None
        except GitHubAppsError as error:
            raise AnsibleLookupError(str(error)) from None

    def resolve(self, variables: Mapping[str, Any], given: Mapping[str, Any]) -> Dict[str, Any]:
        """The options, checked and converted as a module's parameters are."""
        templar: Any = self._templar
        from_variables = {
            option: templar.template(variables[name.lower()])
            for option, name in ENVIRONMENT.items()
            if option in self.ARGUMENT_SPEC and name.lower() in variables
        }
        environment = from_environment(self.ARGUMENT_SPEC, os.environ, ENVIRONMENT)
        options = plain(combine(given, from_variables, environment))
        result = ArgumentSpecValidator(self.ARGUMENT_SPEC).validate(options)
        if set(options) - set(self.ARGUMENT_SPEC):
            unknown = ", ".join(name for name in options if name not in self.ARGUMENT_SPEC)
            raise OptionError(f"This lookup has no option {unknown}; it has {', '.join(sorted(self.ARGUMENT_SPEC))}.")
        if result.error_messages:
            raise OptionError(". ".join(result.error_messages))
        return dict(result.validated_parameters)


def plain(value: Any) -> Any:
    """The value in dictionaries and lists of Python's own; the templating engine's cannot be copied."""
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value
