# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module, every fault, at each of its requests: the wanted end, or a failure that says what is true.

Whatever happens, the task ends without a traceback and shows no secret; a failure that says "unchanged" has changed nothing;
and when the fault is gone, the same task reaches the wanted end. What GitHub does once only, such as resetting a token, is
never carried out twice.

FAULT_MATRIX=full (`make faults`) has every fault for ever too, not only once, and answers that come too late.
"""

from __future__ import annotations

import os
from shutil import rmtree
from typing import Any, Dict

import pytest
from ansible.errors import AnsibleError
from ansible.module_utils.basic import AnsibleModule
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar
from inventories import read_source, variables_of, write_source
from scenarios import DAY, HTML, SCENARIOS, prepared, secrets_in

from github_standin import Fault
from github_standin.render import summary

IS_FULL = os.environ.get("FAULT_MATRIX") == "full"
TIMEOUT = 2 if IS_FULL else 20  # seconds

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
    "an answer without an end": Fault(end="endless"),
}
HOW_OFTEN = pytest.mark.parametrize(
    "times", [pytest.param(1, id="once"), pytest.param(99, id="for ever")][: 1 + IS_FULL]
)
if IS_FULL:  # as this one waits for the timeout, each time
    FAULTS["an answer that comes too late"] = Fault(delay=TIMEOUT + 0.2)
LAG = {
    "401": Fault(status=401, body={"message": "Bad credentials"}, path="/installation/repositories|/attachments"),
    "403": Fault(
        status=403,
        body={"message": "Resource not accessible by integration"},
        path="/installation/repositories|/attachments",
    ),
}


CLEAN: Dict[str, Any] = {}  # of each scenario without a fault: end state, requests, whether a token is returned


def state_of(standin):
    """What a scenario could change. Where tokens are minted, how many there are tells nothing."""
    state = standin.state
    seen = summary(state)
    for installation in seen["installations"]:
        del installation["live_tokens"]
    users = sorted((token.client_id or "", token.user.login, token.note or "") for token in state.user_tokens.values())
    return [seen, users]


@HOW_OFTEN
@pytest.mark.parametrize("fault", list(FAULTS))
@pytest.mark.parametrize("name", list(SCENARIOS))
def test_the_wanted_end_or_a_true_failure(name, fault, times, run_module, standin, tmp_path, patient):
    scenario = SCENARIOS[name]
    standin.switch(scenario.release)
    params = {**prepared(scenario, standin, tmp_path), "retries": 2, "timeout": TIMEOUT}

    def begin():
        standin.reset()
        for path in tmp_path.iterdir():
            path.unlink()

    def run():
        standin.clear_log()
        result = run_module(scenario.code, params)
        standin.settle()
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
            method, path = scenario.once.split()
            carried_out = [entry for entry in standin.log if entry["method"] == method and path in entry["path"]]
            assert len(carried_out) <= 1
        if result.get("failed"):
            assert result["msg"]
            assert "changed" in result
            if state_of(standin) != before and not result["changed"]:
                assert "may have" in result["msg"], result["msg"]
            unknown = FAULTS[fault].carry_out or FAULTS[fault].status is None
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


@pytest.mark.parametrize("ahead", [-DAY, -3000, -400, -90, -2, 2, 90, 400, 3000, DAY])
@pytest.mark.parametrize(
    "name",
    # github_app_check_info does not fail, but reports the difference as a result.
    [name for name, scenario in SCENARIOS.items() if scenario.app and scenario.module != "github_app_check_info"],
)
def test_a_clock_that_is_wrong(name, ahead, run_module, standin, tmp_path, patient, monkeypatch):
    scenario = SCENARIOS[name]
    standin.switch(scenario.release)
    before = state_of(standin)
    standin.clock_offset = ahead
    said = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda self, text: said.append(text))
    result = run_module(scenario.code, prepared(scenario, standin, tmp_path))
    told = [text for text in said if text.startswith("The clock of this machine is")]
    refused = [entry for entry in standin.log if entry["status"] == 401]
    if abs(ahead) == DAY:
        assert result["failed"]
        assert result["cause"] == "clock"
        assert "NTP" in result["msg"]
        assert state_of(standin) == before
    else:
        assert not result.get("failed"), result["msg"]
        assert len(refused) == len(told) <= 1


@pytest.mark.parametrize("refusal", list(LAG))
@pytest.mark.parametrize(
    "name", ["add", "exact", "repositories", "mint on an old server", "mint by pattern and topic", "attach"]
)
def test_a_token_that_is_not_known_everywhere_yet(name, refusal, run_module, standin, tmp_path, patient):
    scenario = SCENARIOS[name]
    standin.switch(scenario.release)
    for times in (1, 4, 5):
        standin.reset()
        standin.inject(LAG[refusal]._replace(times=times))
        result = run_module(scenario.code, prepared(scenario, standin, tmp_path))
        assert result.get("failed", False) is (times == 5), result


@HOW_OFTEN
@pytest.mark.parametrize("fault", list(FAULTS))
@pytest.mark.parametrize("name", ["mint", "mint by pattern and topic"])
def test_the_lookup(name, fault, times, standin, tmp_path, patient, local_tmp):
    standin.switch("3.19")
    params = {**prepared(SCENARIOS[name], standin, tmp_path), "retries": 2, "timeout": TIMEOUT}

    def ask():
        templar = Templar(loader=DataLoader(), variables={})
        lookup = lookup_loader.get("hubops.github_apps.github_installation_token", templar=templar)
        return lookup.run([], {}, **params)

    ask()
    for number in range(len(standin.log)):
        standin.reset()
        rmtree(local_tmp)
        local_tmp.mkdir()
        standin.inject(FAULTS[fault]._replace(skip=number, times=times))
        try:
            assert standin.state.installation_token(ask()[0])
        except AnsibleError as error:
            assert not [secret for secret in secrets_in(params) if secret in str(error)]
        standin.settle()
        standin.inject()
        assert standin.state.installation_token(ask()[0])


@HOW_OFTEN
@pytest.mark.parametrize("fault", list(FAULTS))
def test_the_inventory(fault, times, standin, tmp_path, patient):
    standin.switch("3.19")
    given = {**prepared(SCENARIOS["app_info"], standin, tmp_path), "server_version": "auto", "permission_drift": True}
    path = write_source(tmp_path, {**given, "retries": 2, "timeout": TIMEOUT})

    def read():
        inventory = read_source(path)
        return {host: variables_of(inventory, host) for host in inventory.hosts}

    wanted = read()
    requests = len(standin.log)
    assert requests == 3
    for number in range(requests):
        standin.inject(FAULTS[fault]._replace(skip=number, times=times))
        try:
            assert read() == wanted
        except AnsibleError as error:
            assert "\n" not in str(error)
            assert not [secret for secret in secrets_in(given) if secret in str(error)]
        standin.settle()
        standin.inject()
        assert read() == wanted
