# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.errors import AnsibleLookupError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar

NAME = "hubops.github_apps.webhook_installation"
EVENT = {"action": "created", "installation": {"id": 42, "app_id": 1001, "account": {"login": "octo-org"}}}
TOLD = {"action": "created", "installation_id": 42, "app_id": 1001}


def look_up(variables, *terms):
    return lookup_loader.get(NAME, loader=DataLoader(), templar=Templar(DataLoader(), variables)).run(terms, variables)


@pytest.mark.parametrize(
    "variables",
    [
        {"awx_webhook_payload": EVENT},
        {"ansible_eda": {"event": {"payload": EVENT}}},
        {"awx_webhook_payload": EVENT, "ansible_eda": {"event": {"payload": {}}}},
        {"awx_webhook_payload": "", "ansible_eda": {"event": {"payload": EVENT}}},
    ],
)
def test_the_event_that_started_the_job(variables):
    assert look_up(variables) == [TOLD]


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"awx_webhook_payload": ""},
        {"ansible_eda": {"event": {}}},
        {"ansible_eda": {"event": {"payload": "x"}}},
        {"ansible_eda": 1},
    ],
)
def test_no_webhook_started_the_job(variables):
    assert look_up(variables) == [{}]


@pytest.mark.parametrize(
    "payload",
    [
        {"zen": "Keep it logically awesome."},
        {"action": "{{ 1 + 1 }}", "installation": {"id": "{{ 1 + 1 }}", "app_id": "1001"}},
        {"action": ["created"], "installation": {"id": True, "app_id": -1}},
        {"action": None, "installation": [42]},
    ],
)
def test_what_is_no_id_and_no_action_is_left_out(payload):
    assert look_up({"awx_webhook_payload": payload}) == [{"action": None, "installation_id": None, "app_id": None}]


def test_lookup_accepts_no_terms():
    with pytest.raises(AnsibleLookupError, match="does not accept terms or options"):
        look_up({}, "octo-org")
