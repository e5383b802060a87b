# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Callback dump_events: writes all data that a callback receives to the file DUMP_EVENTS, one JSON object per line.

Callbacks such as ansible.posix.json and ansible.posix.jsonl write a part of the events in the same way. When a task
starts, its arguments are not templated. The task of a result has templated arguments, including the values of `no_log`
options. Collections cannot hide these, and no callback of ansible-core or ansible.posix shows them.
"""

from __future__ import annotations

import json
import os
from typing import Any, Callable

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: dump_events
type: aggregate
short_description: Write all events to a file
description: Writes all events to the file given by the environment variable DUMP_EVENTS.
"""


def describe(value: Any) -> Any:
    """Return the parts of an event's argument that can be written."""
    if isinstance(value, (str, int, bool, type(None))):
        return value
    if hasattr(value, "_result"):
        return {"host": value._host.get_name(), "task": value._task.get_name(), "result": value._result}
    if hasattr(value, "_attributes") or hasattr(value, "get_name"):
        return {"name": value.get_name(), "args": getattr(value, "args", None)}
    return vars(value) if hasattr(value, "__dict__") else value


def writer(event: str) -> Callable[..., None]:
    def write(self: CallbackBase, *args: Any, **kwargs: Any) -> None:
        given = [describe(value) for value in (*args, *kwargs.values())]
        with open(os.environ["DUMP_EVENTS"], "a", encoding="utf-8") as file:
            file.write(json.dumps({"event": event, "given": given}, default=repr, skipkeys=True) + "\n")

    return write


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "dump_events"
    CALLBACK_NEEDS_ENABLED = True


for _event in [name for name in dir(CallbackBase) if name.startswith("v2_") and name != "v2_on_any"]:
    setattr(CallbackModule, _event, writer(_event))
