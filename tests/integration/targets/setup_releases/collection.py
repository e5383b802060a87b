# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the collection and add the stand-in servers to the path, because ansible-test runs copies of the targets."""

from __future__ import annotations

import os
import sys
from pathlib import Path

COLLECTIONS = os.environ.get("ANSIBLE_COLLECTIONS_PATH") or os.environ["ANSIBLE_COLLECTIONS_PATHS"]
COLLECTION = next(
    path
    for path in (Path(root) / "ansible_collections/hubops/github_apps" for root in COLLECTIONS.split(os.pathsep))
    if path.is_dir()
)
sys.path[:0] = [str(COLLECTION / "tests" / name) for name in ("standin", "key_stores")]
