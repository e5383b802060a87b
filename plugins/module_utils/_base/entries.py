# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validate options that are lists of dictionaries. The messages of ansible-core do not say which entry is wrong."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError

from ansible_collections.hubops.github_apps.plugins.module_utils._base.input import Spec
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import is_unset
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import printable


def with_set_values(spec: Spec, options: Mapping[str, Any]) -> Dict[str, Any]:
    """The options with entries from which values that count as unset are removed, as `combine` does for the options.

    An empty text for a list or a dictionary is kept, because such a value could be meant to remove something.
    """
    return {
        option: [set_values(spec[option]["options"], entry) for entry in value]
        if has_entries(spec, option, value)
        else value
        for option, value in options.items()
    }


def set_values(spec: Spec, entry: Any) -> Any:
    """The entry without the values that count as unset; unchanged if it is not a dictionary."""
    if not isinstance(entry, Mapping):
        return entry
    texts = {name for name in entry if spec.get(name, {}).get("type") not in ("list", "dict")}
    given = {
        name: value for name, value in entry.items() if value is not None and not (name in texts and is_unset(value))
    }
    return with_set_values(spec, given)


def has_entries(spec: Spec, option: str, value: Any) -> bool:
    settings = spec.get(option, {})
    return settings.get("elements") == "dict" and "options" in settings and isinstance(value, list)


def describe_wrong_entries(spec: Spec, options: Mapping[str, Any]) -> str:
    """A message with a line for each error in an entry; empty if there is none.

    :param spec: the argument spec of the module. :param options: the values before ansible-core validates them.
    """
    wrong = {
        option: [
            error for number, entry in enumerate(options[option], 1) for error in errors_of(settings, number, entry)
        ]
        for option, settings in spec.items()
        if has_entries(spec, option, options.get(option))
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
