# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Selecting repositories by name, pattern and topic."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import NoMatchError, OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_selection import (
    Repository,
    Selection,
    is_pattern,
    select,
    selection_from,
)

hypothesis = pytest.importorskip("hypothesis")  # ansible-test installs only the requirements of modules
st = hypothesis.strategies

LISTED = [
    Repository(1, "octo-org/Service-API", topics=("payments", "python")),
    Repository(2, "octo-org/service-web"),
    Repository(3, "octo-org/service-old-1", archived=True),
    Repository(4, "octo-org/website", topics=("payments",), archived=True),
    Repository(5, "octo-org/hello-world"),
]


def selected(owner="octo-org", **options):
    return select(selection_from(options, owner), LISTED, owner)


def ids(**options):
    return [repository.id for repository in selected(**options).repositories]


@pytest.mark.parametrize(
    "options, expected",
    [
        ({"repositories": ["service-*"]}, [1, 2, 3]),
        ({"repositories": ["SERVICE-*"]}, [1, 2, 3]),
        ({"repositories": ["octo-org/service-*"]}, [1, 2, 3]),
        ({"repositories": ["Octo-Org/*"]}, [1, 2, 3, 4, 5]),
        ({"repositories": ["service-???"]}, [1, 2]),
        ({"repositories": ["*[0-9]"]}, [3]),
        ({"repositories": ["[!s]*"]}, [4, 5]),
        ({"repositories": ["[!S]*"]}, [4, 5]),
        ({"repositories": ["service-*", "*-w*"]}, [1, 2, 3, 5]),
        ({"repositories": ["service-*", "hello-world"]}, [1, 2, 3, 5]),
        ({"repositories": ["service-*", "hello-world"], "exclude": ["service-old-*"]}, [1, 2, 5]),
        ({"repositories": ["service-*"], "exclude": ["octo-org/SERVICE-web", "no-such-one"]}, [1, 3]),
        ({"repositories": ["service-*"], "include_archived": False}, [1, 2]),
        ({"repository_topics": ["payments"]}, [1, 4]),
        ({"repository_topics": ["PYTHON"]}, [1]),
        ({"repository_topics": ["payments"], "include_archived": False}, [1]),
        ({"repository_topics": ["payments"], "exclude": ["w*"]}, [1]),
        ({"repository_topics": ["payments"], "repositories": ["hello-world"]}, [1, 4, 5]),
        ({"repository_topics": ["payments", "python"], "repositories": ["*-api"]}, [1, 4]),
        ({"repositories": ["website", "nope-*"], "allow_no_match": True, "include_archived": False}, [4]),
        ({"repositories": ["nope-*"], "allow_no_match": True}, []),
        ({"repositories": ["website"]}, [4]),
        ({"repositories": [], "repository_topics": None, "exclude": []}, []),
        ({}, []),
    ],
)
def test_what_is_selected(options, expected):
    assert ids(**options) == expected


def test_each_pattern_and_topic_lists_its_matches_by_name():
    found = selected(repositories=["*e*", "service-w*"], repository_topics=["Payments"], exclude=["*-old-*"])
    assert found.matched == {
        "*e*": ["octo-org/hello-world", "octo-org/Service-API", "octo-org/service-web", "octo-org/website"],
        "service-w*": ["octo-org/service-web"],
        "Payments": ["octo-org/Service-API", "octo-org/website"],
    }
    assert found.missing == []


def test_names_that_are_not_listed_are_returned():
    found = selected(repositories=["hello-world", "Other", "octo-org/third", "service-*"])
    assert found.missing == ["octo-org/Other", "octo-org/third"]
    assert len(found.repositories) == 4


def test_a_repository_that_is_listed_twice_is_selected_once():
    found = select(Selection(patterns=("*-web",)), [*LISTED, *LISTED], "octo-org")
    assert [repository.id for repository in found.repositories] == [2]
    assert found.matched == {"*-web": ["octo-org/service-web"]}


@pytest.mark.parametrize(
    "options, says",
    [
        ({"repositories": ["nope-*"]}, "No repository of octo-org matches 'nope-*'. Check the spelling"),
        ({"repository_topics": ["nope"]}, "No repository of octo-org has the topic 'nope'. Check"),
        (
            {"repositories": ["a-*", "hello-*", "b-?"], "repository_topics": ["x", "payments", "y"]},
            "No repository of octo-org matches 'a-*' or 'b-?', and none has the topic 'x' or 'y'. Check",
        ),
        (
            {"repositories": ["hello-*"], "exclude": ["hello-world"]},
            "matches 'hello-*'. (Repositories in exclude are not selected.)",
        ),
        (
            {"repository_topics": ["payments"], "exclude": ["service-*"], "include_archived": False},
            "(Archived repositories and repositories in exclude are not selected.)",
        ),
    ],
)
def test_all_patterns_and_topics_without_a_match_are_named(options, says):
    with pytest.raises(NoMatchError) as caught:
        selected(**options)
    assert says in str(caught.value)
    assert str(caught.value).endswith("set allow_no_match=true.")


@pytest.mark.parametrize(
    "options, says",
    [
        ({"repositories": [""]}, "repositories: '' is not a valid repository name"),
        ({"repositories": ["a/b/c"]}, "repositories: 'a/b/c' is not in the form owner/name"),
        ({"repositories": ["a/b/*"]}, "repositories: 'a/b/*' is not in the form owner/name"),
        ({"repositories": ["https://github.com/octo-org/service-?"]}, "is not in the form owner/name"),
        ({"repositories": ["service-[0-9"]}, "repositories: 'service-[0-9' is not a valid pattern"),
        ({"repositories": ["service-]*"]}, "is not a valid pattern"),
        ({"repositories": ["service-[]*"]}, "is not a valid pattern"),
        ({"repositories": ["service-[!]*"]}, "is not a valid pattern"),
        ({"repositories": ["service-[z-a]"]}, "is not a valid pattern"),
        ({"repositories": ["service *"]}, "is not a valid pattern"),
        ({"repositories": ["service-**\u00e9"]}, "is not a valid pattern"),
        ({"repositories": ["service-*\n"]}, "is not a valid pattern"),
        ({"repositories": ["octo-org/"]}, "'' is not a valid repository name"),
        ({"repositories": ["*/service"]}, "'*' is not a valid account name"),
        ({"repositories": ["/service-*"]}, "'' is not a valid account name"),
        ({"repositories": ["acme/service-*"]}, "'acme/service-*' does not belong to octo-org"),
        ({"repositories": ["acme/anvil"]}, "'acme/anvil' does not belong to octo-org"),
        ({"repositories": ["*"], "exclude": ["acme/anvil"]}, "exclude: 'acme/anvil' does not belong to octo-org"),
        ({"repositories": ["*"], "exclude": [""]}, "exclude: '' is not a valid pattern"),
        ({"repositories": ["*"], "exclude": ["a["]}, "exclude: 'a[' is not a valid pattern"),
        ({"repository_topics": [""]}, "repository_topics: '' is not a valid topic"),
        ({"repository_topics": ["pay*"]}, "repository_topics: 'pay*' is not a valid topic"),
        ({"repository_topics": ["x" * 51]}, "is not a valid topic"),
        (
            {"exclude": ["a"]},
            "exclude requires a pattern in the option repositories, such as 'service-*', or the option",
        ),
        ({"repositories": ["a"], "exclude": ["b"]}, "exclude requires a pattern"),
        ({"repositories": ["a"], "allow_no_match": True}, "allow_no_match requires a pattern"),
        ({"include_archived": False}, "include_archived requires a pattern"),
        ({"exclude": ["a"], "include_archived": False}, "exclude and include_archived require a pattern"),
        (
            {"repositories": ["*", "Web"], "exclude": ["w?b"]},
            "'Web' is in repositories, but matches 'w?b' in exclude",
        ),
        (
            {"repositories": ["*", "o/x"], "exclude": ["x"]},
            "'o/x' is in repositories, but matches 'x' in exclude",
        ),
    ],
)
def test_invalid_options_are_rejected_before_anything_is_listed(options, says):
    with pytest.raises(OptionError) as caught:
        selection_from(options, "octo-org")
    assert says in str(caught.value)


def test_owners_are_checked_as_soon_as_the_account_is_known():
    selection = selection_from({"repositories": ["acme/*"]})
    with pytest.raises(OptionError, match=r"'acme/\*' does not belong to octo-org"):
        select(selection, LISTED, "octo-org")


def test_equal_selections_are_equal_as_options():
    one = selection_from({"repositories": ["B-*", "a", "b-*"], "repository_topics": ["Y", "x"], "exclude": ["c"]})
    other = selection_from({"repositories": ["a", "b-*"], "repository_topics": ["x", "y"], "exclude": ["C", "c"]})
    assert (
        one.as_options()
        == other.as_options()
        == {"repositories": ["a", "b-*"], "repository_topics": ["x", "y"], "exclude": ["c"]}
    )
    flags = selection_from({"repositories": ["*"], "allow_no_match": True, "include_archived": False})
    assert flags.as_options() == {"repositories": ["*"], "allow_no_match": True, "include_archived": False}


CHARACTERS = "abXY09._-"
NAMES = st.text(CHARACTERS, min_size=1, max_size=6).filter(lambda name: name not in (".", ".."))
TOPICS = st.lists(st.sampled_from(("a", "b-1", "c")), max_size=2).map(tuple)
SETS = st.builds(
    "[{}{}]".format,
    st.sampled_from(("", "!")),
    st.text(CHARACTERS, min_size=1, max_size=3).filter(lambda text: "-" not in text) | st.sampled_from(("a-z", "0-9_")),
)
PATTERNS = st.lists(st.sampled_from(("*", "?")) | SETS | NAMES, min_size=1, max_size=4).map("".join).filter(is_pattern)
REPOSITORIES = st.lists(st.tuples(NAMES, TOPICS, st.booleans()), max_size=8).map(
    lambda items: [
        Repository(number, f"o/{name}", None, topics, archived)
        for number, (name, topics, archived) in enumerate({name.lower(): (name, t, a) for name, t, a in items}.values())
    ]
)


def matches(name, pattern):
    return fnmatchcase(name.lower(), pattern.lower())


@hypothesis.settings(deadline=None)
@hypothesis.given(
    repositories=REPOSITORIES,
    patterns=st.lists(PATTERNS, max_size=3),
    topics=TOPICS,
    names=st.lists(NAMES, max_size=2),
    exclude=st.lists(PATTERNS | NAMES, max_size=2),
    include_archived=st.booleans(),
)
def test_a_selection_is_what_fnmatch_says(repositories, patterns, topics, names, exclude, include_archived):
    options = {"repositories": [*patterns, *names], "repository_topics": list(topics), "exclude": exclude}
    options.update(include_archived=include_archived, allow_no_match=True)
    try:
        selection = selection_from(options)
    except OptionError as error:
        is_contradiction = any(matches(name, item) for name in names for item in exclude)
        assert ("but matches" if patterns or topics else "require") in str(error)
        assert is_contradiction or not (patterns or topics)
        return
    found = select(selection, repositories, "o")
    allowed = [
        item
        for item in repositories
        if (include_archived or not item.archived) and not any(matches(item.name, one) for one in exclude)
    ]
    expected = {
        **{key: {item for item in allowed if matches(item.name, key)} for key in selection.patterns},
        **{topic: {item for item in allowed if topic in item.topics} for topic in selection.topics},
    }
    named = {item for item in repositories if item.name.lower() in {name.lower() for name in names}}
    assert found.matched == {
        key: sorted((item.full_name for item in items), key=str.lower) for key, items in expected.items()
    }
    assert found.repositories == [item for item in repositories if item in named.union(*expected.values())]
    present = {item.name.lower() for item in repositories}
    assert {name.lower() for name in found.missing} == {f"o/{n.lower()}" for n in names if n.lower() not in present}


@hypothesis.given(st.text("*?[]!-az09/._ ", max_size=8))
def test_any_text_is_a_selection_or_an_option_error(text):
    options = {"repositories": [text, "*"], "exclude": [text], "allow_no_match": True}
    try:
        selection = selection_from(options)
        found = select(selection, LISTED, "octo-org")
    except OptionError:
        return
    assert {repository.name for repository in found.repositories} <= {repository.name for repository in LISTED}
