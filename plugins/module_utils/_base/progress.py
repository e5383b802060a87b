# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The progress of a long task. Ansible shows a module's output only at its end, so an action plugin shows these lines."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from typing import Callable, Optional

# Name of the argument in which the action plugin passes the path of the file that it reads. It is not an option.
PROGRESS_PATH = "_ansible_github_apps_progress"
INTERVAL = 8  # seconds between two numbers


class Progress:
    """Appends lines to a file. Thread-safe.

    :param path: None if nobody reads the lines. :param timer: a monotonic clock in seconds.
    """

    def __init__(self, path: Optional[str] = None, timer: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._timer = timer
        self._lock = threading.Lock()
        self._last = timer()
        self._done = self._total = 0
        self._what = ""

    def tell(self, text: str) -> None:
        """Show a line now."""
        if self._path:
            # Progress is not worth a failure, for example on a full file system.
            with suppress(OSError), open(self._path, "a", encoding="utf-8") as file:
                file.write(text.replace(os.linesep, " ") + os.linesep)

    def begin(self, total: int, what: str) -> None:
        """Start to count. :param what: what is counted, as in `3 of 7 accounts read`."""
        with self._lock:
            self._done, self._total, self._what = 0, total, what

    def step(self) -> None:
        """Count one more as done, and show the number if the last line is old enough."""
        with self._lock:
            self._done += 1
            if self._timer() - self._last >= INTERVAL:
                self._last = self._timer()
                self.tell(f"{self._done} of {self._total} {self._what}")
