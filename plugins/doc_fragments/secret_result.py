# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of modules that return a secret which GitHub shows only once."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  dest:
    description:
      - Path to a file on the host that runs the module, to which a new token is written as JSON. The file is created with mode 0600
        before the token is requested, so that no token is lost if the file cannot be created. Its directory must exist.
    type: path
  show_secret:
    description: Whether the result shows a new token in output and job events.
    type: bool
    default: false
attributes:
  async:
    description: Supports being used with the C(async) keyword.
    support: none
    details: The result of an asynchronous job cannot be hidden.
"""
