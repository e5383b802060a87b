# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of lookups, which are recorded for later calls with the same arguments."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from ansible.errors import AnsibleLookupError

from ansible_collections.hubops.github_apps.plugins.plugin_utils._errors import errors_as
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.cache import write_record
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.files import RunFiles, seconds
from ansible_collections.hubops.github_apps.plugins.plugin_utils._secrets import register_secrets


class LookupResult(NamedTuple):
    """
    :param good_until: until when the result can be reused, on the clock `seconds`; 0 if it must not be reused.
    :param tokens: tokens whose revocation invalidates the result.
    :param sources: names and stamps of the records that the result was created from.
    """

    values: List[Any]
    good_until: float
    tokens: List[str]
    sources: Dict[str, List[int]]


def work_out(answer: Callable[[], LookupResult], files: Optional[RunFiles], name: str) -> List[Any]:
    """Compute and record the values of a result. Errors are converted to `AnsibleLookupError`.

    A result that cannot be recorded is not an error, because it can be computed again.

    :param files: where to record the result. :param name: name of the record.
    """
    with errors_as(AnsibleLookupError):
        found = answer()
    register_secrets(found.tokens)
    with suppress(OSError):
        if files and found.good_until > seconds():
            write_record(files, name, found._asdict())
    return found.values
