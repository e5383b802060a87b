# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module, every fault, at each of its requests: the wanted end, or a failure that says what is true.

Whatever happens, the task ends without a traceback and shows no secret; a failure that says "unchanged" has changed nothing;
and when the fault is gone, the same task reaches the wanted end. What GitHub does once only, such as resetting a token, is
never sent twice.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Dict

import pytest
from scenarios import HTML, SCENARIOS, prepared, secrets_in

from ansible_collections.hubops.github_apps.plugins.module_utils import _client
from ansible_collections.hubops.github_apps.plugins.module_utils._transport import Transport
from github_standin import Fault
from github_standin.render import summary

FAULTS = {
    "500": Fault(status=500, body={"message": "Server Error"}),
    "502 of a proxy": Fault(status=502, body=HTML),
    "503, to come again": Fault(status=503, body="", headers={"Retry-After": "5"}),
    "200 of a login page": Fault(status=200, body=HTML),
    "200 with nothing in it": Fault(status=200, body={}),
    "200 with a list": Fault(status=200, body=[None, 7, "x"]),
    "401 of a proxy": Fault(status=401, body=HTML),
    "403 of a proxy": Fault(status=403, body=HTML),
    "404 of a proxy": Fault(status=404, body=HTML),
    "a secondary limit": Fault(status=403, body={"message": "You have exceeded a secondary rate limit"}),
    "a limit": Fault(status=429, body="", headers={"Retry-After": "30"}),
    "a limit beyond all bounds": Fault(status=429, body="", headers={"Retry-After": "99999"}),
    "a redirect elsewhere": Fault(status=302, headers={"Location": "http://127.0.0.1:1/steal"}),
    "a redirect in a circle": Fault(status=301, headers={"Location": "/api/v3/meta"}),
    "no answer": Fault(end="drop", status=500),
    "a lost answer": Fault(end="drop", status=500, carry_out=True),
    "half an answer": Fault(end="truncate"),
    "an error after it was done": Fault(status=504, body=HTML, carry_out=True),
}


CLEAN: Dict[str, Any] = {}  # of each scenario without a fault: end state, requests, whether a token is returned


@pytest.fixture()
def patient(monkeypatch):
    """Nobody waits in these tests."""
    now = [0.0]

    def sleep(seconds):
        now[0] += seconds

    monkeypatch.setattr(_client, "Transport", partial(Transport, timer=lambda: now[0], sleep=sleep))


def state_of(standin):
    """What a scenario could change. Where tokens are minted, how many there are tells nothing."""
    state = standin.state
    seen = summary(state)
    for installation in seen["installations"]:
        del installation["live_tokens"]
    users = sorted((token.client_id or "", token.user.login, token.note or "") for token in state.user_tokens.values())
    return [seen, users]


@pytest.mark.parametrize("times", [pytest.param(1, id="once"), pytest.param(99, id="for ever")])
@pytest.mark.parametrize("fault", list(FAULTS))
@pytest.mark.parametrize("name", list(SCENARIOS))
def test_the_wanted_end_or_a_true_failure(name, fault, times, run_module, standin, tmp_path, patient):
    scenario = SCENARIOS[name]
    standin.switch(scenario.release)
    params = {**prepared(scenario, standin, tmp_path), "retries": 2, "timeout": 5}

    def begin():
        standin.reset()
        for path in tmp_path.iterdir():
            path.unlink()

    def run():
        standin.clear_log()
        result = run_module(scenario.code, params)
        assert not [secret for secret in secrets_in(params) if secret in str(result)]
        return result

    begin()
    before = state_of(standin)
    if name not in CLEAN:
        result = run()
        assert not result.get("failed"), result
        CLEAN[name] = state_of(standin), len(standin.log), "token" in result
    wanted, requests, is_secret = CLEAN[name]
    for number in range(requests):
        begin()
        standin.inject(FAULTS[fault]._replace(skip=number, times=times))
        result = run()
        if scenario.once:
            assert [entry["method"] for entry in standin.log].count("PATCH") <= 1
        if result.get("failed"):
            assert result["msg"] and "changed" in result
            unknown = FAULTS[fault].carry_out or FAULTS[fault].end == "truncate"
            if not result["changed"] and not unknown and not scenario.once:
                assert state_of(standin) == before, result["msg"]
        elif not scenario.once:
            assert state_of(standin) == wanted
        standin.inject()
        if not scenario.once:
            again = run()
            assert not again.get("failed"), again["msg"]
            assert state_of(standin) == wanted
            if not is_secret or "dest" in params:
                assert run()["changed"] is False
