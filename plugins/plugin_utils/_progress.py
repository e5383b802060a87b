# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Base class of action plugins that show the progress of a module while it runs.

Lines are shown on standard error, because callbacks such as ansible.posix.json print JSON to standard output.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from contextlib import contextmanager
from typing import IO, Any, Callable, Dict, Iterator, Optional

from ansible.plugins.action.normal import ActionModule as RunModule
from ansible.utils.display import Display

from ansible_collections.hubops.github_apps.plugins.module_utils._base.progress import PROGRESS_PATH
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import printable
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.files import LOCAL_TMP

display = Display()
PAUSE = 0.5  # seconds between two looks at the file
PATIENCE = 10  # seconds without a new line


class ProgressAction(RunModule):
    """Action of a module that writes lines with `Progress`."""

    def run(self, tmp: Any = None, task_vars: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
        # The module can write to the file only as the same user on the same machine.
        if self._connection.transport != "local" or self._connection.become or self._task.async_val:
            return dict(super().run(tmp, task_vars))
        host, arguments = (task_vars or {}).get("inventory_hostname"), self._task.args
        with shown(lambda text: display.display(printable(f"[{host}] {text}"), stderr=True)) as path:
            self._task.args = {**arguments, PROGRESS_PATH: path}
            try:
                return dict(super().run(tmp, task_vars))
            finally:
                self._task.args = arguments


@contextmanager
def shown(show: Callable[[str], None]) -> Iterator[str]:
    """Show each line that is appended to the file with the returned path."""
    with tempfile.NamedTemporaryFile("r", dir=LOCAL_TMP, encoding="utf-8") as file:
        ended = threading.Event()
        watcher = threading.Thread(target=watch, args=(file, show, ended))
        watcher.start()
        try:
            yield file.name
        finally:
            ended.set()
            watcher.join()


def watch(
    file: IO[str], show: Callable[[str], None], ended: threading.Event, timer: Callable[[], float] = time.monotonic
) -> None:
    """Show new lines at once. If there is no new line, show the last one again, so that a wait does not look like a hang."""
    began = shown_at = timer()
    last = ""
    while not ended.wait(PAUSE):
        lines = file.read().split(os.linesep)[:-1]
        if not lines and last and timer() - shown_at >= PATIENCE:
            lines = [last]
        for last in lines:
            shown_at = timer()
            show(f"{last} ({shown_at - began:.0f} s)")
