# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Return the CPU time in milliseconds that it takes to load and run another lookup."""

from __future__ import annotations

import time
from typing import Any, List

from ansible.plugins.loader import lookup_loader
from ansible.plugins.lookup import LookupBase


class LookupModule(LookupBase):
    def run(self, terms: List[Any], variables: Any = None, **kwargs: Any) -> List[Any]:
        began = time.process_time()
        plugin = lookup_loader.get(terms[0], loader=self._loader, templar=self._templar)
        plugin.run([], variables=variables, **kwargs)
        return [round((time.process_time() - began) * 1000, 2)]
