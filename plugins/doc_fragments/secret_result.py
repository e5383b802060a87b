# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of modules whose result holds a secret that GitHub shows once."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  dest:
    description:
      - File in which a new token is kept, as JSON. It is made with mode 0600 on the host where the module runs, and before
        GitHub is asked for the token, so that the token cannot get lost for want of a place. Its directory must exist.
    type: path
  show_secret:
    description: Whether the result may show a new token in output and job events.
    type: bool
    default: false
attributes:
  async:
    description: Supports being used with the C(async) keyword.
    support: none
    details: The result of a job cannot be hidden.
"""
