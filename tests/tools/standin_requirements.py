# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print the requirements of the stand-in server, as its pyproject.toml lists them."""

from __future__ import annotations

import sys

if sys.version_info >= (3, 11):
    import tomllib
else:
    from pip._vendor import tomli as tomllib

with open(sys.argv[1], "rb") as project_file:
    print("\n".join(tomllib.load(project_file)["project"].get("dependencies", [])))
