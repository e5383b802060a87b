# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin github_installation_repo. It shows the progress of the module."""

from __future__ import annotations

from ansible_collections.hubops.github_apps.plugins.plugin_utils._progress import ProgressAction as ActionModule

__all__ = ["ActionModule"]
