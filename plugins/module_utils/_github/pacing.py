# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The secondary rate limit of github.com in points per minute.

https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Callable, Deque, Tuple

POINTS_A_MINUTE = 900
POINTS_OF_A_WRITE = 5


class Pace:
    """The points that this process spent in the last minute. Thread-safe.

    :param timer: a monotonic clock in seconds.
    """

    def __init__(self, timer: Callable[[], float]) -> None:
        self._timer = timer
        self._spent: Deque[Tuple[float, int]] = deque()
        self._lock = threading.Lock()

    def spend(self, method: str) -> float:
        """Spend the points of a request and return 0, or return the seconds to wait if too few are left."""
        points = 1 if method == "GET" else POINTS_OF_A_WRITE
        with self._lock:
            now = self._timer()
            while self._spent and self._spent[0][0] <= now - 60:
                self._spent.popleft()
            if sum(spent for _at, spent in self._spent) + points <= POINTS_A_MINUTE:
                self._spent.append((now, points))
                return 0
            return self._spent[0][0] + 60 - now
