# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lookup webhook_installation."""

from __future__ import annotations

DOCUMENTATION = r"""
name: webhook_installation
short_description: Get the installation ID from the webhook event that started the job
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Returns the installation ID, the app ID and the action of a GitHub webhook event, and nothing else. Get everything else from
    GitHub with these IDs.
  - Reads the event from C(awx_webhook_payload), if a webhook of AWX started the job, or from C(ansible_eda.event.payload), if
    Event-Driven Ansible started it.
  - Do not use other parts of an event in expressions, because anyone can put text into it. If C(ansible-rulebook)
    passes the event to the playbook, ansible-core before 2.19 evaluates everything in the event that looks like a template, as
    soon as an expression uses any part of the event. This lookup does not evaluate templates.
options:
  _terms:
    description: Not used. This lookup does not accept terms.
seealso:
  - name: Webhook events and payloads
    description: Reference of the events that GitHub sends.
    link: https://docs.github.com/webhooks/webhook-events-and-payloads
"""

EXAMPLES = r"""
- name: Show the installation in the webhook event
  ansible.builtin.debug:
    msg: "{{ lookup('hubops.github_apps.webhook_installation') }}"
"""

RETURN = r"""
_raw:
  description: Values from the event. Empty if the job was not started by a webhook.
  type: list
  elements: dict
  contains:
    action:
      description: The action that triggered the event, such as V(created), V(deleted) or V(added). Null if the event has none.
      type: str
    installation_id:
      description: ID of the installation. Null if the event does not belong to an installation.
      type: int
    app_id:
      description: ID of the app. Null if the event does not contain it, as in most events that are not about an installation itself.
      type: int
"""

import re
from typing import Any, Dict, List, Mapping, Optional, Sequence

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase


def payload_in(variables: Mapping[str, Any]) -> Optional[Mapping[str, Any]]:
    """The unchanged payload, because the variables passed to a lookup are not templated."""
    payload = variables.get("awx_webhook_payload") or part(part(variables, "ansible_eda"), "event").get("payload")
    return payload if isinstance(payload, Mapping) else None


def part(whole: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = whole.get(key)
    return found if isinstance(found, Mapping) else {}


def number(value: Any) -> Optional[int]:
    return int(value) if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def facts_of(payload: Mapping[str, Any]) -> Dict[str, Any]:
    action, installation = payload.get("action"), part(payload, "installation")
    return {
        "action": action if isinstance(action, str) and re.fullmatch("[a-z_]+", action) else None,
        "installation_id": number(installation.get("id")),
        "app_id": number(installation.get("app_id")),
    }


class LookupModule(LookupBase):
    def run(
        self, terms: Sequence[Any], variables: Optional[Mapping[str, Any]] = None, **kwargs: Any
    ) -> List[Dict[str, Any]]:
        if terms or kwargs:
            raise AnsibleLookupError(
                "webhook_installation does not accept terms or options. Call it without arguments."
            )
        payload = payload_in(variables or {})
        return [facts_of(payload) if payload is not None else {}]
