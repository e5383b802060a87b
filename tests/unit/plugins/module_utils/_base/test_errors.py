# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an error message shows of a response."""

from __future__ import annotations

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import ApiError, shortened


def test_server_messages_are_printable_and_truncated():
    error = ApiError(
        "Why.",
        operation="x",
        request="GET /x\n# y\x1b[2J",
        status=403,
        cause="forbidden",
        github_message="\x1b[31m" + "a" * 5000,
        errors=["x" * 200_000],
        request_id="1\r\n2",
    )
    assert str(error).isprintable()
    assert len(str(error)) < 1200
    assert str(error).endswith("...]")
    assert error.errors == []
    assert error.repeated is False
    assert error.facts() == {"cause": "forbidden", "status": 403, "operation": "x", "request_id": "1  2"}
    error = ApiError("Why.", operation="x", request="GET /x", status=403, cause="forbidden", github_message="")
    assert error.facts() == {"cause": "forbidden", "status": 403, "operation": "x"}
    assert shortened("a" * 1000) == "a" * 1000
    assert shortened("a" * 1001) == "a" * 1000 + "..."
