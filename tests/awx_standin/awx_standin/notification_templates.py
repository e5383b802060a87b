# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Notification templates, which can be created and assigned but do not send anything."""

from __future__ import annotations

from typing import Any, ClassVar

from . import validation
from .basics import ENCRYPTED, Record
from .records import Resource

TYPES = ("awssns", "email", "grafana", "irc", "mattermost", "pagerduty", "rocketchat", "slack", "twilio", "webhook")
SECRETS = ("password", "token", "account_token", "grafana_key", "aws_secret_access_key", "aws_session_token")


class NotificationTemplates(Resource):
    """For users who administer the notifications of an organization."""

    name, type = "notification_templates", "notification_template"
    fields: ClassVar[dict[str, Any]] = {
        **dict.fromkeys(("organization", "notification_type"), validation.REQUIRED),
        "notification_configuration": {},
        "messages": None,
    }
    references: ClassVar[dict[str, str]] = {"organization": "organizations"}
    choices: ClassVar[dict[str, tuple[str, ...]]] = {"notification_type": TYPES}
    unique = validation.Unique(("organization", "name"))
    cascade = frozenset({"organization"})

    def may_read(self, user: Record, record: Record) -> bool:
        """Return whether a user can see a template."""
        return self.administers(user, record["organization"])

    def may_create(self, user: Record, body: Record) -> bool:
        """Return whether a user can create a template there."""
        return self.administers(user, body.get("organization"))

    def may_change(self, user: Record, record: Record, body: Record | None) -> bool:
        """Return whether a user can change it."""
        return self.administers(user, record["organization"])

    def administers(self, user: Record, organization: Any) -> bool:
        """Return whether a user administers the notifications of an organization."""
        return self.awx.access.has(user, "organizations", organization, "notification_admin_role")

    def show(self, record: Record) -> Record:
        """Hide secrets."""
        shown = super().show(record)
        for name in SECRETS:
            if shown["notification_configuration"].get(name):
                shown["notification_configuration"][name] = ENCRYPTED
        return shown
