# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Base class of the lookups, which return the result of an identical earlier call or a new one.

Ansible runs a lookup again for each task and host, mostly with identical arguments. If the run already has the result, the
arguments are not validated again, and the code that does so is not imported.
"""

from __future__ import annotations

import json
import os
from abc import abstractmethod
from contextlib import suppress
from typing import Any, Iterable, List, Mapping, Optional, Tuple

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.files import RunFiles, run_key
from ansible_collections.hubops.github_apps.plugins.plugin_utils._secrets import register_secrets

MOST_OF_A_KEY = 100_000  # characters
SECRETS = ("private_key_passphrase", "app_jwt", "vault_token", "vault_secret_id")  # in addition to the private key


class Question:
    """:param given: options of the call. :param fallbacks: options from variables, and options from the environment."""

    def __init__(self, terms: List[Any], given: Mapping[str, Any], *fallbacks: Mapping[str, Any]) -> None:
        self.terms, self.given, self.fallbacks = terms, given, fallbacks

    def options(self) -> Tuple[Mapping[str, Any], ...]:
        """The options from all sources, the most important source first."""
        return (self.given, *self.fallbacks)


class GitHubAppsLookup(LookupBase):
    """A lookup with an argument spec like that of a module. Subclasses set ENVIRONMENT and define `new_result`.

    Options come from the call, then from Ansible variables (the names of the environment variables in lower case), then
    from the environment. Ansible's `set_options` is not used, because it treats an empty variable as a value, cannot
    let an option override a group of other options, and does not template variables.
    """

    ENVIRONMENT: Mapping[str, str] = {}

    @abstractmethod
    def new_result(self, question: Question, files: Optional[RunFiles], name: str) -> List[Any]:
        """Compute the result.

        :param files: where to record the result for later calls. :param name: name of the record.
        """

    def run(self, terms: List[Any], variables: Any = None, **kwargs: Any) -> List[Any]:
        kwargs.pop("wantlist", None)  # with_ passes it to the plugin in ansible-core before 2.19
        question = self.question(terms, variables or {}, kwargs)
        files, name = None, ""
        with suppress(OSError, TypeError):
            keys = keys_of(question)
            register_secrets(
                [*keys, *(str(options.get(name) or "") for options in question.options() for name in SECRETS)]
            )
            secret = run_key() or secret_in(question, keys)
            files = RunFiles(secret) if secret else None
            name = files.name([question.terms, question.options(), keys]) if files else ""
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
        return Question(plain(self._flatten(terms)), plain(given), plain(from_variables), environment)


def variables_from_facts(variables: Mapping[str, Any], facts: Mapping[str, Any], names: Iterable[str]) -> List[str]:
    """The variables in `names` that have the value of a fact.

    Ansible turns facts into variables, which override those of the inventory.
    """
    return [name for name in names if name in facts and name in variables and variables[name] == facts[name]]


def refuse_facts(variables: Mapping[str, Any], names: Iterable[str]) -> None:
    """Raise an error for variables from facts, because a managed host must not choose where a key is used."""
    for name in variables_from_facts(variables, variables.get("ansible_facts") or {}, names):
        raise AnsibleLookupError(
            f"The variable {name} comes from the facts of {variables.get('inventory_hostname')}, which are not trusted to"
            " set servers and credentials. Set the option in the lookup call, or the variable in the play."
        )


def keys_of(question: Question) -> List[str]:
    """The private keys, unchanged."""
    texts = []
    for options in question.options():
        texts.append(str(options.get("private_key") or ""))
        if options.get("private_key_path"):
            path = os.path.expanduser(os.path.expandvars(options["private_key_path"]))
            with suppress(OSError):
                if os.path.isfile(path):  # reading anything else, such as a pipe, can block
                    with open(path, errors="replace") as file:
                        texts.append(file.read(MOST_OF_A_KEY))
    return texts


def secret_in(question: Question, keys: List[str]) -> Optional[bytes]:
    """A secret that is only known to holders of the private keys.

    None without a key, or with a passphrase: an encrypted key is not secret by itself, and passphrases can be guessed.
    """
    if any(options.get("private_key_passphrase") for options in question.options()):
        return None
    return json.dumps(keys).encode() if any(keys) else None


def plain(value: Any) -> Any:
    """The value as plain dictionaries and lists, because those of the templating engine cannot be copied."""
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value
