# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pytest plugin that imports ansible_collections like Ansible, so that tests can load plugins by their full names.

ansible-test does the same for its own pytest runs.
"""

from __future__ import annotations

from ansible.plugins.loader import init_plugin_loader

init_plugin_loader()
