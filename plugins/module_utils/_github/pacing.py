# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The secondary rate limit of github.com in points per minute.

GitHub documents a number of points per minute for a single endpoint, and counts the requests of each app, installation and
user separately.

https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from typing import Callable, DefaultDict, Deque, Hashable, NamedTuple, Tuple

POINTS_OF_A_WRITE = 5


class Budget(NamedTuple):
    """The points that requests share.

    :param identity: whose requests are counted. :param operation: GitHub's operation ID.
    """

    identity: Hashable
    operation: str
    points_per_minute: int


class Pace:
    """The points that this process spent in the last minute, for each budget. Thread-safe.

    :param timer: a monotonic clock in seconds.
    """

    def __init__(self, timer: Callable[[], float]) -> None:
        self._timer = timer
        self._spent: DefaultDict[Budget, Deque[Tuple[float, int]]] = defaultdict(deque)
        self._lock = threading.Lock()

    def spend(self, budget: Budget, method: str) -> float:
        """Spend the points of a request and return 0, or return the seconds to wait if too few are left."""
        points = points_of(method)
        with self._lock:
            now, spent = self._timer(), self._spent[budget]
            while spent and spent[0][0] <= now - 60:
                spent.popleft()
            if spent and sum(number for _at, number in spent) + points > budget.points_per_minute:
                return spent[0][0] + 60 - now
            spent.append((now, points))
            return 0


def points_of(method: str) -> int:
    """The points of a request, as GitHub documents them."""
    return 1 if method in ("GET", "HEAD", "OPTIONS") else POINTS_OF_A_WRITE
