# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Worker processes as Ansible has them: forks of this process, each with one piece of work."""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
import warnings
from typing import Any, Callable, List

TIME_LIMIT = 120  # seconds after which a worker that hangs is ended, so that a test fails and does not wait


class Worker:
    """A fork that does one piece of work and tells its result, as JSON."""

    def __init__(self, work: Callable[..., Any], *arguments: Any) -> None:
        self._results, end = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the stand-in's thread takes no part in the fork
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
        """Waits for the end. None where it ended without a result."""
        with os.fdopen(self._results) as file:
            text = file.read()
        os.waitpid(self.process, 0)
        return json.loads(text) if text else None

    def kill(self) -> None:
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self._results)


def in_workers(number: int, work: Callable[..., Any], *arguments: Any) -> List[Any]:
    """The results of so many workers that do the same at the same time."""
    return [worker.result() for worker in [Worker(work, *arguments) for _number in range(number)]]
