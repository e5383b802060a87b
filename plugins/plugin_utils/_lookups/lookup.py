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
from typing import Any, Iterable, List, Mapping, NamedTuple, Optional, Tuple

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.files import RunFiles, run_key
from ansible_collections.hubops.github_apps.plugins.plugin_utils._secrets import register_secrets

MOST_OF_A_KEY = 100_000  # characters
SECRETS = ("private_key_passphrase", "app_jwt")  # beside the key


class Question(NamedTuple):
    """:param given: options of the call. :param fallbacks: those of the variables, and those of the environment."""

    terms: List[Any]
    given: Mapping[str, Any]
    fallbacks: Tuple[Mapping[str, Any], ...]

    def options(self) -> Tuple[Mapping[str, Any], ...]:
        """Wherever an option may stand."""
        return (self.given, *self.fallbacks)


class GitHubAppsLookup(LookupBase):
    """A lookup with an argument spec like a module's. Subclasses set ENVIRONMENT and define `new_result`.

    Options come from the call, then from Ansible variables named like the environment variables in lower case, then
    from the environment. Ansible's own `set_options` is not used: it takes an empty variable for a value, cannot
    silence a group of options, and hands over variables without templating them.
    """

    ENVIRONMENT: Mapping[str, str] = {}

    @abstractmethod
    def new_result(self, question: Question, files: Optional[RunFiles], name: str) -> List[Any]:
        """The answer, worked out. :param files: and name of the record with which the next one gets it."""

    def run(self, terms: List[Any], variables: Any = None, **kwargs: Any) -> List[Any]:
        kwargs.pop("wantlist", None)  # with_ hands it to the plugin on ansible-core before 2.19
        question = self.question(terms, variables or {}, kwargs)
        files, name = None, ""
        with suppress(OSError, TypeError):
            keys = keys_of(question)
            register_secrets(
                [*keys, *(str(options.get(name) or "") for options in question.options() for name in SECRETS)]
            )
            secret = run_key() or secret_in(question, keys)
            files = RunFiles(secret) if secret else None
            name = files.name([question, keys]) if files else ""
            record = files.read(name) if files else {}
            if files and files.is_good(record):
                register_secrets(record["tokens"])
                return list(record["values"])
        return self.new_result(question, files, name)

    def question(self, terms: List[Any], variables: Mapping[str, Any], given: Mapping[str, Any]) -> Question:
        templar: Any = self._templar
        refuse_facts(variables, [name.lower() for name in self.ENVIRONMENT.values()])
        from_variables = {
            option: templar.template(variables[name.lower()])
            for option, name in self.ENVIRONMENT.items()
            if name.lower() in variables
        }
        environment = {option: os.environ.get(name) for option, name in self.ENVIRONMENT.items()}
        return Question(plain(self._flatten(terms)), plain(given), (plain(from_variables), environment))


def variables_from_facts(variables: Mapping[str, Any], facts: Mapping[str, Any], names: Iterable[str]) -> List[str]:
    """Those of the variables `names` whose value is that of a fact.

    Ansible makes variables of facts, and prefers them to those of the inventory.
    """
    return [name for name in names if name in facts and name in variables and variables[name] == facts[name]]


def refuse_facts(variables: Mapping[str, Any], names: Iterable[str]) -> None:
    """Refuses variables that the facts of a managed host set: a host must not choose where a key signs in."""
    for name in variables_from_facts(variables, variables.get("ansible_facts") or {}, names):
        raise AnsibleLookupError(
            f"The variable {name} comes from the facts of {variables.get('inventory_hostname')}, which must not choose"
            " servers and credentials. Set the option in the call, or the variable in the play."
        )


def keys_of(question: Question) -> List[str]:
    """The private keys, as they were given."""
    texts = []
    for options in question.options():
        texts.append(str(options.get("private_key") or ""))
        if options.get("private_key_path"):
            path = os.path.expanduser(os.path.expandvars(options["private_key_path"]))
            with suppress(OSError):
                if os.path.isfile(path):  # what else there may be can block
                    with open(path, errors="replace") as file:
                        texts.append(file.read(MOST_OF_A_KEY))
    return texts


def secret_in(question: Question, keys: List[str]) -> Optional[bytes]:
    """What nobody knows but who has the keys.

    None without a key. A key with a passphrase is no secret without it, and a passphrase can be guessed.
    """
    if any(options.get("private_key_passphrase") for options in question.options()):
        return None
    return json.dumps(keys).encode() if any(keys) else None


def plain(value: Any) -> Any:
    """The value in dictionaries and lists of Python's own; the templating engine's cannot be copied."""
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value
