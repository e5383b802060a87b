# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write a Sphinx inventory (version 2) of the pages of Ansible's documentation that ours refers to, by their labels and names."""

from __future__ import annotations

import sys
import zlib
from pathlib import Path

PAGES = {
    "action_plugins": ("plugins/action.html", "Action plugins"),
    "ansible_configuration_settings": ("reference_appendices/config.html", "Ansible Configuration Settings"),
    "callback_plugins": ("plugins/callback.html", "Callback plugins"),
    "common_return_values": ("reference_appendices/common_return_values.html", "Return Values"),
    "filter_plugins": ("plugins/filter.html", "Filter plugins"),
    "lookup_plugins": ("plugins/lookup.html", "Lookup plugins"),
}
ENVIRONMENT_VARIABLES = {
    "ANSIBLE_CALLBACKS_ENABLED": "reference_appendices/config.html#envvar-ANSIBLE_CALLBACKS_ENABLED",
}
HEAD = """\
# Sphinx inventory version 2
# Project: Ansible
# Version:
# The remainder of this file is compressed using zlib.
"""

lines = [f"{name} std:envvar -1 {page} -\n" for name, page in ENVIRONMENT_VARIABLES.items()]
lines += [f"{label} std:label -1 {page} {title}\n" for label, (page, title) in PAGES.items()]
Path(sys.argv[1]).write_bytes(HEAD.encode() + zlib.compress("".join(lines).encode()))
