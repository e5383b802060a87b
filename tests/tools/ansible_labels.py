# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write a Sphinx inventory (version 2) of the pages of Ansible's documentation that our pages can link to.

    ansible_labels.py INVENTORY RST

It contains the ansible.builtin plugins that pages below RST mention and that exist, and the constants of this script.
"""

from __future__ import annotations

import re
import sys
import zlib
from pathlib import Path

import ansible

CONFIGURATION = "reference_appendices/config.html"
PAGES = {
    "action_plugins": ("plugins/action.html", "Action plugins"),
    "ansible_configuration_settings": (CONFIGURATION, "Ansible Configuration Settings"),
    "callback_plugins": ("plugins/callback.html", "Callback plugins"),
    "common_return_values": ("reference_appendices/common_return_values.html", "Return Values"),
    "filter_plugins": ("plugins/filter.html", "Filter plugins"),
    "lookup_plugins": ("plugins/lookup.html", "Lookup plugins"),
}
ENVIRONMENT_VARIABLES = (
    "ANSIBLE_CACHE_PLUGIN",
    "ANSIBLE_CACHE_PLUGIN_CONNECTION",
    "ANSIBLE_CACHE_PLUGIN_PREFIX",
    "ANSIBLE_CACHE_PLUGIN_TIMEOUT",
    "ANSIBLE_CALLBACKS_ENABLED",
)
BUILTIN = re.compile(r"\bansible\.builtin\.(\w+)#(\w+)|\bansible_collections\.ansible\.builtin\.(\w+)_([a-z]+)\b")
HEAD = """\
# Sphinx inventory version 2
# Project: Ansible
# Version:
# The remainder of this file is compressed using zlib.
"""


def builtin_plugins(rst: Path) -> dict[str, tuple[str, str]]:
    """Map the labels of existing plugins that the pages mention to page and title."""
    pages = {}
    for path in rst.rglob("*.rst"):
        for found in BUILTIN.finditer(path.read_text(encoding="utf-8").replace("\\_", "_")):
            name, kind = filter(None, found.groups())
            directory = Path(ansible.__file__).parent / ("modules" if kind == "module" else f"plugins/{kind}")
            if any(directory.glob(f"{name}.*")):
                page = f"collections/ansible/builtin/{name}_{kind}.html"
                pages[f"ansible_collections.ansible.builtin.{name}_{kind}"] = (page, f"ansible.builtin.{name}")
    return pages


def main() -> None:
    pages = {**PAGES, **builtin_plugins(Path(sys.argv[2]))}
    lines = [f"{label} std:label -1 {page} {title}\n" for label, (page, title) in pages.items()]
    lines += [f"{name} std:envvar -1 {CONFIGURATION}#envvar-{name} -\n" for name in ENVIRONMENT_VARIABLES]
    Path(sys.argv[1]).write_bytes(HEAD.encode() + zlib.compress("".join(lines).encode()))


if __name__ == "__main__":
    main()
