# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan: the current state, the wanted state, and the steps between them.

Because a plan is data, check mode and diff come from the same plan as the real run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Mapping, Optional, Protocol, Sequence, Union

# A step makes a change and may return values for the result; `changed: False` if there was nothing to change.
Step = Callable[[], Optional[Mapping[str, Any]]]
State = Union[Mapping[str, Any], List[str]]  # a list is shown with one item per line


class Runnable(Protocol):
    """Whatever can be run and returns the result of a task."""

    def result(self, check_mode: bool) -> Dict[str, Any]: ...


@dataclass(frozen=True)
class Plan:
    """
    :param before: and `after`: what the diff shows; never secrets.
    :param returns: values known before any step.
    :param about: the header of the diff: the object and the server.
    """

    before: State
    after: State
    steps: Sequence[Step] = ()
    returns: Mapping[str, Any] = field(default_factory=dict)
    about: str = ""

    def result(self, check_mode: bool) -> Dict[str, Any]:
        """Run the steps, unless in check mode, and return the result of the task."""
        diff = make_diff(self.before, self.after, self.about)
        result: Dict[str, Any] = {"changed": bool(self.steps), "diff": diff, **self.returns}
        if not check_mode:
            for step in self.steps:
                result.update(step() or {})
        return result


def make_diff(before: State, after: State, about: str) -> Dict[str, Any]:
    """A diff as Ansible shows it. :param about: the header; empty for none."""
    headers = {"before_header": about, "after_header": about} if about else {}
    return {"before": shown(before), "after": shown(after), **headers}


def shown(state: State) -> Any:
    """The state as Ansible shows it in a diff."""
    return "".join(f"{line}\n" for line in state) if isinstance(state, list) else dict(state)


def unchanged(**returns: Any) -> Plan:
    """The plan of an info module: nothing changes."""
    return Plan({}, {}, returns=returns)
