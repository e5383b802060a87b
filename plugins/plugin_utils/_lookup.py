# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every lookup of this collection does: take what it is asked, and give the answer that the run has, or a new one.

A lookup is asked again for each task and each host, mostly word for word the same. Then the answer of the first time
serves, and nothing has to be understood again, nor loaded that would understand it.
"""

from __future__ import annotations

import json
import os
from abc import abstractmethod
from contextlib import suppress
from typing import Any, List, Mapping, NamedTuple, Optional, Tuple

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.hubops.github_apps.plugins.module_utils._environment import from_environment
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run_files import RunFiles, run_key, seconds

MOST_OF_A_KEY = 100_000  # characters


class Question(NamedTuple):
    """:param given: options of the call. :param fallbacks: those of the variables, and those of the environment."""

    terms: List[Any]
    given: Mapping[str, Any]
    fallbacks: Tuple[Mapping[str, Any], ...]


class Answer(NamedTuple):
    """:param good_until: on the clock `seconds`; 0 for an answer that is not to be given again.
    :param tokens: those that end its life when they are revoked. :param sources: names of the records it was made from.
    """

    values: List[Any]
    good_until: float
    tokens: List[str]
    sources: List[str]


class GitHubAppsLookup(LookupBase):
    """A lookup with an argument spec like a module's. Subclasses set ENVIRONMENT and define `answer`.

    Options come from the call, then from Ansible variables named like the environment variables in lower case, then
    from the environment. Ansible's own `set_options` is not used: it takes an empty variable for a value, cannot
    silence a group of options, and hands over variables without templating them.
    """

    ENVIRONMENT: Mapping[str, str] = {}

    @abstractmethod
    def answer(self, question: Question) -> Answer:
        """The answer, worked out."""

    def run(self, terms: List[Any], variables: Any = None, **kwargs: Any) -> List[Any]:
        kwargs.pop("wantlist", None)  # with_ hands it to the plugin on ansible-core before 2.19
        question = self.question(terms, variables or {}, kwargs)
        memory = Memory(question)
        return memory.recall() or self.new_answer(question, memory)

    def question(self, terms: List[Any], variables: Mapping[str, Any], given: Mapping[str, Any]) -> Question:
        templar: Any = self._templar
        from_variables = {
            option: templar.template(variables[name.lower()])
            for option, name in self.ENVIRONMENT.items()
            if name.lower() in variables
        }
        environment = from_environment(self.ENVIRONMENT, os.environ, self.ENVIRONMENT)
        return Question(plain(self._flatten(terms)), plain(given), (plain(from_variables), environment))

    def new_answer(self, question: Question, memory: Memory) -> List[Any]:
        from ansible.module_utils.basic import missing_required_lib

        from ansible_collections.hubops.github_apps.plugins.module_utils._errors import (
            GitHubAppsError,
            MissingLibraryError,
        )

        try:
            answer = self.answer(question)
        except MissingLibraryError as error:
            raise AnsibleLookupError(f"{missing_required_lib(error.library)}. {error.remedy}") from None
        except GitHubAppsError as error:
            raise AnsibleLookupError(str(error)) from None
        memory.keep(answer)
        return answer.values


class Memory:
    """The answer to one question, as the run remembers it. What cannot be kept is not: it can be worked out again."""

    def __init__(self, question: Question) -> None:
        self._files: Optional[RunFiles] = None
        self._name = ""
        with suppress(OSError, TypeError):
            keys = keys_of(question)
            secret = run_key() or secret_in(question, keys)
            if secret:
                self._files = RunFiles(secret)
                self._name = self._files.name([question, keys])

    def recall(self) -> List[Any]:
        """Nothing where there is no answer that still holds."""
        with suppress(OSError):
            record = self._files.read(self._name) if self._files else {}
            if self._files and self._files.is_good(record):
                return list(record["values"])
        return []

    def keep(self, answer: Answer) -> None:
        with suppress(OSError):
            if self._files and answer.good_until > seconds():
                sources = {name: self._files.stamp(name) for name in answer.sources}
                self._files.write(self._name, {**answer._asdict(), "sources": sources})


def keys_of(question: Question) -> List[str]:
    """The private keys, as they were given. OSError where a file cannot be read."""
    texts = []
    for options in (question.given, *question.fallbacks):
        texts.append(str(options.get("private_key") or ""))
        if options.get("private_key_path"):
            with open(os.path.expanduser(os.path.expandvars(options["private_key_path"])), errors="replace") as file:
                texts.append(file.read(MOST_OF_A_KEY))
    return texts


def secret_in(question: Question, keys: List[str]) -> Optional[bytes]:
    """What nobody knows but who has the keys.

    None without a key. A key with a passphrase is no secret without it, and a passphrase can be guessed.
    """
    if any(options.get("private_key_passphrase") for options in (question.given, *question.fallbacks)):
        return None
    return json.dumps(keys).encode() if any(keys) else None


def plain(value: Any) -> Any:
    """The value in dictionaries and lists of Python's own; the templating engine's cannot be copied."""
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value
