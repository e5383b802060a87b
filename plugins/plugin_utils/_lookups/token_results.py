# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of the lookup github_installation_token that the run does not have yet."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from ansible.utils.display import Display

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import NotFoundError, OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.input import repository_name, split_names
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    INSTALLATION,
    MINTING,
    Selector,
    check_login,
    installation_selector,
    split_full_name,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import quoted
from ansible_collections.hubops.github_apps.plugins.module_utils._github.server import server_from
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repository_selection import (
    check_pattern,
    is_pattern,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.scopes import Scope, scope_from
from ansible_collections.hubops.github_apps.plugins.plugin_utils._lookups.lookup import Question
from ansible_collections.hubops.github_apps.plugins.plugin_utils._lookups.results import LookupResult, work_out
from ansible_collections.hubops.github_apps.plugins.plugin_utils._options import (
    checked,
    find_variables,
    refuse_misplaced,
)
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.cache import Kept
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.files import RunFiles
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.tokens import RunTokens

ARGUMENT_SPEC = {
    **MINTING,
    "wantdetails": {"type": "bool", "default": False},
    "on_missing": {"type": "str", "choices": ["error", "warn", "skip"], "default": "error"},
}


def result(question: Question, files: Optional[RunFiles], name: str) -> List[Any]:
    """The requested tokens. The parameters are those of `GitHubAppsLookup.new_result`."""
    return work_out(lambda: find_tokens(question, Display().warning), files, name)


def find_tokens(question: Question, warn: Callable[[str], None]) -> LookupResult:
    """The requested tokens as a result. :param warn: function that shows a warning."""
    options = checked(ARGUMENT_SPEC, question.given, *question.fallbacks)
    wanted = read_question(question, options)
    variables, _environment = question.fallbacks
    tokens = RunTokens(options, warn, find_variables(question.given, variables))
    found = [obtain(tokens, selector, scope, options["on_missing"], warn) for selector, scope in wanted]
    return summarize([kept for kept in found if kept], options, tokens.least, all(found))


def read_question(question: Question, options: Dict[str, Any]) -> List[Tuple[Selector, Scope]]:
    """The installation and scope of each requested token."""
    terms = question.terms
    refuse_misplaced(ARGUMENT_SPEC, {"term": terms})
    if not terms:
        selector = installation_selector(options)
        return [(selector, scope_from(options, selector.owner))]
    server_url = server_from(options).server_url
    terms = [repository_name("term", term, server_url) for term in split_names(terms)]
    if not terms:
        raise OptionError(
            "The term is empty. Use the name of an account or a repository, or call the lookup without terms."
        )
    return [
        (selector, scope_from(term_options, selector.owner))
        for selector, term_options in from_terms(terms, options, question.given)
    ]


def obtain(
    tokens: RunTokens, selector: Selector, scope: Scope, on_missing: str, warn: Callable[[str], None]
) -> Optional[Kept]:
    """The token, or None if the app is not installed there and `on_missing` is not `error`."""
    try:
        return tokens.obtain(selector, scope)
    except NotFoundError as error:
        if on_missing == "error":
            raise
        if on_missing == "warn":
            warn(str(error))
        return None


def summarize(found: List[Kept], options: Dict[str, Any], least: float, is_complete: bool) -> LookupResult:
    """The result to return and to record. :param least: minimum remaining lifetime of a reused token, in seconds."""
    is_lasting = options["cache"] and not options["fresh"] and is_complete and all(kept.source for kept in found)
    return LookupResult(
        values=[kept.value if options["wantdetails"] else kept.value["token"] for kept in found],
        good_until=min(kept.good_until for kept in found) - least if is_lasting else 0,
        tokens=[kept.value["token"] for kept in found],
        sources={name: stamp for kept in found for name, stamp in kept.source.items()},
    )


def from_terms(terms: List[str], options: Dict[str, Any], given: Mapping[str, Any]) -> List[Any]:
    """The selector and options for each term."""
    also_given = [name for name in INSTALLATION if given.get(name)]
    if also_given:
        names = " and ".join(also_given)
        raise OptionError(
            f"{names} cannot be used with terms, because each term already selects an installation. Omit {names}, or call the"
            " lookup without terms."
        )
    requests = []
    for term in terms:
        if not isinstance(term, str):
            raise OptionError(
                f"The term {quoted(term)} is not the name of an account or a repository. Use a name such as octo-org or"
                " octo-org/hello-world."
            )
        if "/" not in term:
            requests.append((Selector("account", check_login("term", term)), options))
            continue
        limits = [name for name in ("repositories", "repository_ids", "repository_topics") if options.get(name)]
        if limits:
            raise OptionError(f"The term {quoted(term)} already limits the token. Do not set {' or '.join(limits)}.")
        if is_pattern(term):
            check_pattern("term", term)
            selector = Selector("account", term.partition("/")[0])
        else:
            split_full_name("term", term)
            selector = Selector("repository", term)
        requests.append((selector, {**options, "repositories": [term]}))
    return requests
