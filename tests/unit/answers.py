# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that no server gave."""

from __future__ import annotations

import io


class Raw(io.BytesIO):
    """A body as urllib3 has it."""

    def read1(self, size, decode_content):
        assert decode_content
        return super().read1(size)

    def release_conn(self):
        pass
