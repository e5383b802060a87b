# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GitHub's webhook requests to a job template, and the signature that AWX checks."""

from __future__ import annotations

import hmac
from typing import Any, NamedTuple

from .basics import Record, Request, forbidden

PREFIXES = ("awx", "tower")
# Where the payload of an event contains its subject.
REFERENCES = {
    **dict.fromkeys(
        ("pull_request", "pull_request_review", "pull_request_review_comment"), ("pull_request", "head", "sha")
    ),
    "push": ("after",),
    "release": ("release", "tag_name"),
    "commit_comment": ("comment", "commit_id"),
    "create": ("ref",),
    "page_build": ("build", "commit"),
}


class Event(NamedTuple):
    """An event from GitHub."""

    type: str | None
    guid: str
    payload: Any

    def at(self, *place: str) -> Any:
        """Return the value at a path in the payload."""
        found = self.payload
        for name in place:
            found = found.get(name) if isinstance(found, dict) else None
        return found

    def variables(self) -> Record:
        """Return the extra variables of the job."""
        status = self.at("pull_request", "statuses_url") if self.type == "pull_request" else None
        about = self.at(*REFERENCES[self.type]) if self.type in REFERENCES else None
        values = {"event_type": self.type, "event_guid": self.guid, "event_ref": about, "status_api": status}
        values["payload"] = self.payload
        return {f"{prefix}_webhook_{name}": value for prefix in PREFIXES for name, value in values.items()}


def checked(template: Record, request: Request) -> Event:
    """Return the event of a request with a valid X-Hub-Signature. AWX ignores X-Hub-Signature-256."""
    if not template["webhook_key"] or template["webhook_service"] != "github":
        raise forbidden()
    kind, _equals, found = str(request.headers.get("X-Hub-Signature", "")).partition("=")
    wanted = hmac.new(template["webhook_key"].encode(), request.raw, "sha1").hexdigest()
    if kind != "sha1" or not hmac.compare_digest(found.encode(), wanted.encode()):
        raise forbidden()
    guid = request.headers.get("X-GitHub-Delivery", "")
    return Event(request.headers.get("X-GitHub-Event"), guid, request.body)
