# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Worker processes like Ansible's: forks of this process that run one function."""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
import warnings
from typing import Any, Callable, List

TIME_LIMIT = 120  # seconds until a hanging worker is stopped, so that the test fails instead of waiting


class Worker:
    """A fork that runs one function and returns its result as JSON."""

    def __init__(self, work: Callable[..., Any], *arguments: Any) -> None:
        self._results, end = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the fork does not use the stand-in server's thread
            self.process = os.fork()
        if not self.process:
            self._work(end, work, arguments)
        os.close(end)

    @staticmethod
    def _work(end: int, work: Callable[..., Any], arguments: Any) -> None:
        signal.alarm(TIME_LIMIT)
        try:
            result = work(*arguments)
        except BaseException as error:
            result = {"raised": type(error).__name__, "says": str(error), "at": traceback.format_exc()}
        with os.fdopen(end, "w") as file:
            json.dump(result, file)
        sys.stdout.flush()
        os._exit(0)

    def result(self) -> Any:
        """Wait for the end and return the result, or None if there is none."""
        with os.fdopen(self._results) as file:
            text = file.read()
        os.waitpid(self.process, 0)
        return json.loads(text) if text else None

    def kill(self) -> None:
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self._results)


def in_workers(number: int, work: Callable[..., Any], *arguments: Any) -> List[Any]:
    """Run the same function in several workers concurrently and return the results."""
    return [worker.result() for worker in [Worker(work, *arguments) for _number in range(number)]]
