# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A get-pip for ansible-test that uses only the package index. It runs pip from a wheel in the same directory.

ansible-test creates virtual environments without pip and downloads get-pip from its own server, unless its cache
contains a script with the right name. noxfile.py puts this file there.
"""

from __future__ import annotations

import os
import runpy
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGES = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
PIP = next(package for package in PACKAGES if package.startswith("pip=="))
WHEEL = os.path.join(HERE, PIP.replace("==", "-") + "-py3-none-any.whl")

sys.path.insert(0, WHEEL)
sys.argv[1:] = ["install", *(WHEEL if package == PIP else package for package in PACKAGES)]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
