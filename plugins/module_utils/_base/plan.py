# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan: what is, what shall be, and the steps between them. Because it is data, check mode and diff come out of
the same plan as the real run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Mapping, Optional, Sequence

# A step makes a change and may return values for the result; `changed: False` where it found nothing to change.
Step = Callable[[], Optional[Mapping[str, Any]]]


@dataclass(frozen=True)
class Plan:
    """:param before: :param after: what the diff shows; never secrets. :param returns: values known before any step."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    steps: Sequence[Step] = ()
    returns: Mapping[str, Any] = field(default_factory=dict)

    def result(self, check_mode: bool) -> Dict[str, Any]:
        """The result of the task, after the steps are done unless in check mode."""
        result: Dict[str, Any] = {
            "changed": bool(self.steps),
            "diff": {"before": dict(self.before), "after": dict(self.after)},
            **self.returns,
        }
        if not check_mode:
            for step in self.steps:
                result.update(step() or {})
        return result


def unchanged(**returns: Any) -> Plan:
    """The plan of an info module: nothing changes."""
    return Plan({}, {}, returns=returns)
