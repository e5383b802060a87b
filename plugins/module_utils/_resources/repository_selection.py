# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Select repositories of an account by name, pattern and topic. Sends no requests.

Like on GitHub, names are not case-sensitive. Patterns are those of `fnmatch`.
"""

from __future__ import annotations

import re
from fnmatch import translate
from typing import Any, Callable, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import NoMatchError, OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    check_login,
    check_repository_name,
    split_full_name,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import quoted

WILDCARDS = frozenset("*?[")
# The characters of a repository name, wildcards, and sets of characters.
PATTERN = re.compile(r"([A-Za-z0-9._*?-]|\[!?[A-Za-z0-9._-]+\])+")
SET = re.compile(r"\[!?([^\]]+)\]")
RANGE = re.compile(r"(.)-(.)")
# https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/classifying-your-repository-with-topics
TOPIC = re.compile(r"[a-z0-9][a-z0-9-]{0,49}", re.IGNORECASE)


class Repository(NamedTuple):
    """:param full_name: owner/name, or the ID if the name is not known.
    :param is_admin: whether the token's user administers the repository; None if unknown.
    """

    id: int
    full_name: str
    is_admin: Optional[bool] = None
    topics: Tuple[str, ...] = ()
    archived: bool = False

    @property
    def name(self) -> str:
        return self.full_name.rpartition("/")[2]


class Selection(NamedTuple):
    """Repositories of an account: those with these names, and those that match a pattern or have a topic.

    :param exclude: names and patterns of repositories that patterns and topics do not select.
    :param allow_no_match: whether a pattern or topic may select nothing.
    :param include_archived: whether patterns and topics select archived repositories.
    """

    names: Tuple[str, ...] = ()
    patterns: Tuple[str, ...] = ()
    topics: Tuple[str, ...] = ()
    exclude: Tuple[str, ...] = ()
    allow_no_match: bool = False
    include_archived: bool = True

    @property
    def needs_listing(self) -> bool:
        """Whether the account's repositories must be listed, because names alone do not select all of them."""
        return bool(self.patterns or self.topics)

    def as_options(self) -> Dict[str, Any]:
        """The options that make this selection, in a form that is equal for equal selections."""
        options = {
            "repositories": normalized((*self.names, *self.patterns)),
            "repository_topics": normalized(self.topics),
            "exclude": normalized(self.exclude),
            "allow_no_match": self.allow_no_match,
        }
        return {
            **{name: value for name, value in options.items() if value},
            **({} if self.include_archived else {"include_archived": False}),
        }


class Selected(NamedTuple):
    """:param matched: full names of the repositories that each pattern and topic selects.
    :param missing: full names of those repositories given by name that were not listed.
    """

    repositories: List[Repository]
    matched: Dict[str, List[str]]
    missing: List[str]


def is_pattern(name: str) -> bool:
    return not WILDCARDS.isdisjoint(name)


def selection_from(options: Mapping[str, Any], owner: Optional[str] = None) -> Selection:
    """The validated selection in the options `repositories`, `repository_topics`, `exclude` and so on.

    :param owner: login of the account, if it is known.
    """
    repositories = options.get("repositories") or []
    selection = Selection(
        names=distinct_texts(name for name in repositories if not is_pattern(name)),
        patterns=distinct_texts(name for name in repositories if is_pattern(name)),
        topics=distinct_texts(options.get("repository_topics") or []),
        exclude=distinct_texts(options.get("exclude") or []),
        allow_no_match=bool(options.get("allow_no_match")),
        include_archived=options.get("include_archived") is not False,
    )
    validate(selection)
    if owner:
        refuse_other_owners(selection, owner)
    return selection


def validate(selection: Selection) -> None:
    for name in selection.names:
        check_name("repositories", name)
    for pattern in selection.patterns:
        check_pattern("repositories", pattern)
    for topic in selection.topics:
        check_topic(topic)
    for pattern in selection.exclude:
        check_pattern("exclude", pattern)
    refuse_unused_options(selection)
    refuse_excluded_names(selection)


def select(selection: Selection, listed: Iterable[Repository], owner: str) -> Selected:
    """The listed repositories that are selected.

    :param listed: repositories of the account, possibly several times. :param owner: login of the account.
    :raises NoMatchError: names all patterns and topics that select nothing.
    """
    refuse_other_owners(selection, owner)
    missing = {name.lower().rpartition("/")[2]: name for name in full_names("repositories", selection.names, owner)}
    matched: Dict[str, List[str]] = {key: [] for key in (*selection.patterns, *selection.topics)}
    match = matcher_of(selection)
    repositories = []
    for repository in {item.id: item for item in listed}.values():
        is_named = missing.pop(repository.name.lower(), None) is not None
        keys = match(repository)
        for key in keys:
            matched[key].append(repository.full_name)
        if is_named or keys:
            repositories.append(repository)
    refuse_no_match(selection, matched, owner)
    in_order = {key: sorted(names, key=str.lower) for key, names in matched.items()}
    return Selected(repositories, in_order, list(missing.values()))


def matcher_of(selection: Selection) -> Callable[[Repository], List[str]]:
    """A function that returns the patterns and topics that select a repository."""
    patterns = [(pattern, compiled(pattern)) for pattern in selection.patterns]
    excluded = [compiled(pattern) for pattern in selection.exclude]

    def match(repository: Repository) -> List[str]:
        name = repository.name
        keys = [pattern for pattern, expression in patterns if expression.match(name)]
        topics = {topic.lower() for topic in repository.topics}
        keys += [topic for topic in selection.topics if topic.lower() in topics]
        is_out = repository.archived and not selection.include_archived
        return [] if is_out or any(expression.match(name) for expression in excluded) else keys

    return match


def compiled(pattern: str) -> re.Pattern[str]:
    """The regular expression for the names that match a name or pattern. Its owner is ignored."""
    return re.compile(translate(pattern.rpartition("/")[2]), re.IGNORECASE)


def refuse_no_match(selection: Selection, matched: Mapping[str, Sequence[str]], owner: str) -> None:
    if selection.allow_no_match:
        return
    patterns = [quoted(pattern) for pattern in selection.patterns if not matched[pattern]]
    topics = [quoted(topic) for topic in selection.topics if not matched[topic]]
    unmet = [f"matches {' or '.join(patterns)}"] if patterns else []
    unmet += [f"has the topic {' or '.join(topics)}"] if topics else []
    ignored = [] if selection.include_archived else ["archived repositories"]
    ignored += ["repositories in exclude"] if selection.exclude else []
    remark = f" ({' and '.join(ignored).capitalize()} are not selected.)" if ignored else ""
    if unmet:
        raise NoMatchError(
            f"No repository of {owner} {', and none '.join(unmet)}."
            f"{remark} Check the spelling, and that the credentials have access to the repositories, or set"
            " allow_no_match=true."
        )


def refuse_unused_options(selection: Selection) -> None:
    """Raise `OptionError` for options that have no effect without a pattern or topic."""
    unused = [name for name in selection.as_options() if name not in ("repositories", "repository_topics")]
    if unused and not selection.needs_listing:
        raise OptionError(
            f"{' and '.join(unused)} {'requires' if len(unused) == 1 else 'require'} a pattern in the option"
            " repositories, such as 'service-*', or the option repository_topics. Repositories given by name are not affected."
        )


def refuse_excluded_names(selection: Selection) -> None:
    for pattern in selection.exclude:
        expression = compiled(pattern)
        for name in selection.names:
            if expression.match(name.rpartition("/")[2]):
                raise OptionError(
                    f"{quoted(name)} is in repositories, but matches {quoted(pattern)} in exclude. Remove one of them."
                )


def refuse_other_owners(selection: Selection, owner: str) -> None:
    for option, names in (
        ("repositories", (*selection.names, *selection.patterns)),
        ("exclude", selection.exclude),
    ):
        for name in names:
            refuse_other_owner(option, name, owner)


def refuse_other_owner(option: str, name: str, owner: str) -> None:
    given_owner, slash, _name = name.partition("/")
    if slash and given_owner.lower() != owner.lower():
        raise OptionError(
            f"{option}: {quoted(name)} does not belong to {owner}. An installation can only access repositories of its"
            " own account."
        )


def check_name(option: str, name: str) -> str:
    """The name without its owner."""
    return split_full_name(option, name)[1] if "/" in name else check_repository_name(option, name)


def check_pattern(option: str, pattern: str) -> None:
    """Validate a name or pattern, with or without owner."""
    owner, slash, bare = pattern.rpartition("/")
    if "/" in owner:
        raise OptionError(f"{option}: {quoted(pattern)} is not in the form owner/name.")
    if slash:
        check_login(option, owner)
    ranges = [pair for members in SET.findall(bare) for pair in RANGE.findall(members)]
    if not PATTERN.fullmatch(bare) or any(first > last for first, last in ranges):
        raise OptionError(
            f"{option}: {quoted(pattern)} is not a valid pattern. A pattern can contain ASCII letters, digits, '.', '_' and '-',"
            " the wildcards * and ?, and sets of characters such as [a-z] or [!0-9]."
        )


def check_topic(topic: str) -> None:
    if not TOPIC.fullmatch(topic):
        raise OptionError(
            f"repository_topics: {quoted(topic)} is not a valid topic. A topic consists of letters, digits and hyphens,"
            " and cannot be a pattern."
        )


def full_names(option: str, names: Optional[Sequence[str]], owner: str) -> List[str]:
    """`names` as owner/name, without duplicates; `OptionError` if a repository does not belong to `owner`."""
    result: Dict[str, str] = {}
    for name in names or []:
        bare = check_name(option, name)
        refuse_other_owner(option, name, owner)
        result.setdefault(bare.lower(), f"{owner}/{bare}")
    return list(result.values())


def distinct_texts(texts: Iterable[str]) -> Tuple[str, ...]:
    """The texts without those that differ from an earlier one only in case."""
    found: Dict[str, str] = {}
    for text in texts:
        found.setdefault(text.lower(), text)
    return tuple(found.values())


def normalized(texts: Iterable[str]) -> List[str]:
    return sorted({text.lower() for text in texts})
