# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validate options that are lists of dictionaries. The messages of ansible-core do not say which entry is wrong."""

from __future__ import annotations

from typing import Any, List, Mapping

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError

from ansible_collections.hubops.github_apps.plugins.module_utils._base.input import Spec
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import printable


def describe_wrong_entries(spec: Spec, options: Mapping[str, Any]) -> str:
    """A message with a line for each error in an entry; empty if there is none.

    :param spec: the argument spec of the module. :param options: the values before ansible-core validates them.
    """
    wrong = {
        option: [
            error for number, entry in enumerate(options[option], 1) for error in errors_of(settings, number, entry)
        ]
        for option, settings in spec.items()
        if settings.get("elements") == "dict" and "options" in settings and isinstance(options.get(option), list)
    }
    return "\n".join(
        "\n- ".join([f"Nothing was changed because {option} has errors.", *errors])
        for option, errors in wrong.items()
        if errors
    )


def errors_of(settings: Mapping[str, Any], number: int, entry: Any) -> List[str]:
    """The errors of one entry. :param settings: the argument spec of the option. :param number: counted from 1."""
    if not isinstance(entry, Mapping):
        return []  # ansible-core also accepts strings such as key=value
    result = ArgumentSpecValidator(settings["options"]).validate(dict(entry))
    return [
        f"{name_entry(settings['options'], number, entry)}:"
        f" {'unsupported parameters: ' if isinstance(error, UnsupportedError) else ''}{error.msg}"
        for error in result.errors
    ]


def name_entry(spec: Spec, number: int, entry: Mapping[str, Any]) -> str:
    """`Entry 2 (organization acme)`, with the first option of the entry that has a short value and is no secret."""
    for name, settings in spec.items():
        if isinstance(entry.get(name), (str, int)) and not settings.get("no_log"):
            return f"Entry {number} ({name} {printable(str(entry[name]))})"
    return f"Entry {number}"
