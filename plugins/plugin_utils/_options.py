# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validation and conversion of plugin options, as for the parameters of a module."""

from __future__ import annotations

from typing import Any, Dict, Mapping

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError

from ansible_collections.hubops.github_apps.plugins.module_utils._base.environment import MINTING_ENVIRONMENT
from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.input import (
    REPOSITORY_OPTIONS,
    tidied,
    with_repository_names,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.misplaced_secrets import (
    describe_misplaced,
    find_misplaced,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    ArgumentSpec,
    combine,
    find_sources,
    is_unset,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github.server import server_from


def refuse_misplaced(spec: ArgumentSpec, values: Mapping[str, Any]) -> None:
    """Raise `OptionError` for secrets in options that are not meant for them."""
    misplaced = find_misplaced(spec, values)
    if misplaced:
        raise OptionError(describe_misplaced(spec, misplaced, {}))


def checked(spec: ArgumentSpec, given: Mapping[str, Any], *fallbacks: Mapping[str, Any]) -> Dict[str, Any]:
    """The given options, completed from the fallbacks. Raises `OptionError` if they do not match `spec`."""
    options = combine(given, *fallbacks)
    unknown = [name for name in options if name not in spec]
    if unknown:
        raise OptionError(f"Unsupported options: {', '.join(unknown)}. Supported options: {', '.join(sorted(spec))}.")
    refuse_misplaced(spec, options)
    result = ArgumentSpecValidator(spec).validate(tidied(spec, options))
    if result.error_messages:
        texts = [
            f"Unsupported options: {error.msg}" if isinstance(error, UnsupportedError) else error.msg
            for error in result.errors
        ]
        raise OptionError(". ".join(texts))
    validated = dict(result.validated_parameters)
    if set(REPOSITORY_OPTIONS) & set(options):
        return with_repository_names(validated, server_from(validated).server_url)
    return validated


def find_variables(given: Mapping[str, Any], variables: Mapping[str, Any]) -> Dict[str, str]:
    """Like `find_sources`, but with the name of the Ansible variable if an option came from one.

    :param variables: the options from Ansible variables.
    """
    return {
        option: name if is_unset(variables.get(option)) else f"variable {name.lower()}"
        for option, name in find_sources(given, MINTING_ENVIRONMENT).items()
    }
