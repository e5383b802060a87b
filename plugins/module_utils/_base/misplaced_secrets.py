# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find secrets in options that are not meant for secrets, before they are printed.

ansible-core quotes option values that it cannot convert, and prints every option without `no_log` at -vvv.
"""

from __future__ import annotations

import os
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import is_unset, name_option
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import (
    MASK,
    SecretKind,
    in_texts,
    secret_kind,
)

# Options for free text, and for the name of a branch or a commit.
FREE_TEXT = frozenset(
    ("awx_github_app_project_branch", "body", "fingerprint", "note", "project_branch", "reason", "title", "version")
)

Spec = Mapping[str, Mapping[str, Any]]


class Misplaced(NamedTuple):
    """A secret in the wrong option.

    :param place: the option, or the path to the suboption that contains the secret, such as `accounts.user`.
    :param values: all texts to hide.
    """

    option: str
    place: str
    kind: SecretKind
    values: List[str]


def find_misplaced(spec: Spec, values: Mapping[str, Any]) -> List[Misplaced]:
    """The options without `no_log`, including unknown ones, that appear to contain a secret."""
    found = []
    for option, value in values.items():
        texts = list(texts_to_search(option, option, spec.get(option, {}), value))
        secrets = [(text, place, kind) for text, place, kind in texts if kind]
        if secrets:
            _text, place, kind = secrets[0]
            found.append(Misplaced(option, place, kind, [text for text, _place, _kind in secrets]))
    return found


def secrets_in(spec: Spec, values: Mapping[str, Any], within: str = "") -> Iterator[Tuple[str, Any]]:
    """Name and value of each option for a secret that is set.

    :param within: the option with these suboptions and a dot, for their names.
    """
    for option, settings in spec.items():
        value = values.get(option)
        if settings.get("no_log") and not is_unset(value):
            yield within + option, value
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, dict):
                yield from secrets_in(settings.get("options") or {}, entry, f"{within}{option}.")


def texts_to_search(
    option: str, place: str, settings: Mapping[str, Any], value: Any
) -> Iterator[Tuple[str, str, Optional[SecretKind]]]:
    """Every text to search in the value, with its place and the kind of secret that it resembles."""
    if settings.get("no_log"):
        return
    if isinstance(value, str):
        # ansible-core expands variables in a path before it prints it.
        texts = {value, os.path.expandvars(value)} if settings.get("type") == "path" else {value}
        yield from ((text, place, secret_kind(text, option in FREE_TEXT)) for text in texts)
    elif isinstance(value, Mapping):
        suboptions = settings.get("options") or {}
        for name, item in value.items():
            yield from texts_to_search(option, place, {}, name)
            inner = f"{place}.{name}" if name in suboptions else place
            yield from texts_to_search(str(name), inner, suboptions.get(name, {}), item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from texts_to_search(option, place, settings, item)


def without_misplaced(values: Mapping[str, Any], misplaced: Sequence[Misplaced]) -> Dict[str, Any]:
    """The values with each secret replaced by a mask."""
    secrets = {text for item in misplaced for text in item.values}
    masked: Dict[str, Any] = in_texts(lambda text: MASK if text in secrets else text, values)
    return {**masked, **{item.option: MASK for item in misplaced if isinstance(values[item.option], str)}}


def describe_misplaced(spec: Spec, misplaced: Sequence[Misplaced], variables: Mapping[str, str]) -> str:
    """A message that states what each option contains and where it belongs.

    :param variables: environment variables of the options that were set by one.
    """
    return " ".join(
        f"{name_option(item.place, {}, variables.get(item.option, ''))} contains what looks like"
        f" {item.kind.name}. {remedy(spec, item)}"
        for item in misplaced
    )


def remedy(spec: Spec, item: Misplaced) -> str:
    """The option to use instead."""
    if not item.kind.options:
        return "Remove the user name and password. Credentials have their own options."
    ways = [option for option in item.kind.options if option in spec]
    ways += [
        f"{option}_path (the path of a file that contains it)"
        for option in item.kind.options
        if f"{option}_path" in spec
    ]
    return f"Use {' or '.join(ways)} instead." if ways else "Remove it. It is not needed here."
