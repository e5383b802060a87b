#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a Python module or script, and write the peak memory of its process in kilobytes to a file.

    measured.py FILE MODULE|SCRIPT [ARGUMENT ...]

The peak in the resource usage of a child process is no measure: it includes the memory of the process that started it.
"""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    file, target, *arguments = sys.argv[1:]
    sys.argv = [target, *arguments]
    try:
        if target.endswith(".py"):
            runpy.run_path(target, run_name="__main__")
        else:
            runpy.run_module(target, run_name="__main__", alter_sys=True)
    finally:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        Path(file).write_text(re.findall(r"VmHWM:\s+(\d+)", status)[0], encoding="utf-8")
