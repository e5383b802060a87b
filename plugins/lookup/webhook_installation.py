# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lookup webhook_installation."""

from __future__ import annotations

DOCUMENTATION = r"""
name: webhook_installation
short_description: Which installation the webhook that started this job is about
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Takes from an event of GitHub's what can be relied on to ask GitHub for the rest, and nothing else.
  - The event is that of a job which a webhook of AWX started (C(awx_webhook_payload)), or Event-Driven Ansible
    (C(ansible_eda.event.payload)).
  - Text in an event comes from strangers. C(ansible-rulebook) hands the event on so that ansible-core before 2.19 evaluates
    what looks like a template anywhere in it as soon as an expression uses one bit of it. This lookup does not.
options:
  _terms:
    description: There are none.
seealso:
  - name: Webhook events and payloads
    description: What GitHub sends.
    link: https://docs.github.com/webhooks/webhook-events-and-payloads
"""

EXAMPLES = r"""
- name: Which installation this job is about
  ansible.builtin.debug:
    msg: "{{ lookup('hubops.github_apps.webhook_installation') }}"
"""

RETURN = r"""
_raw:
  description: The event; an empty dictionary where no webhook started the job.
  type: list
  elements: dict
  contains:
    action:
      description: What was done, such as V(created), V(deleted) or V(added); null where the event does not say.
      type: str
    installation_id:
      description: Id of the installation; null where the event is about none.
      type: int
    app_id:
      description: Id of the app; null where the event does not say, as most do that are not about the installation itself.
      type: int
"""

import re
from typing import Any, Dict, List, Mapping, Optional, Sequence

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase


def payload_in(variables: Mapping[str, Any]) -> Optional[Mapping[str, Any]]:
    """The payload as it came, for variables are not templated here."""
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
            raise AnsibleLookupError("webhook_installation takes neither terms nor options.")
        payload = payload_in(variables or {})
        return [facts_of(payload) if payload is not None else {}]
