# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scripted faults."""

from __future__ import annotations

import pytest
import requests
from standin_client import PAT

from github_standin import Fault

WRITE = "/user/installations/2001/repositories/5003"


def put(client, timeout=5):
    headers = {"Authorization": "token " + PAT, "Accept": "application/vnd.github+json"}
    return requests.put(client.server.api_url + WRITE, headers=headers, timeout=timeout)


def has_repository(client):
    state = client.server.state
    return 5003 in {repository.id for repository in state.installation_repositories(state.installations[2001])}


def test_an_answer_in_place_of_the_true_one(start):
    client = start()
    client.server.inject(Fault("PUT", status=502, body="<html>", headers={"Retry-After": "3"}))
    answer = put(client)
    assert (answer.status_code, answer.text, answer.headers["Retry-After"]) == (502, "<html>", "3")
    assert not has_repository(client)
    assert put(client).status_code == 204
    assert has_repository(client)


@pytest.mark.parametrize("carry_out", [False, True])
@pytest.mark.parametrize(
    "fault", [{"end": "drop"}, {"status": 200, "body": {"a": 1}, "end": "truncate"}, {"status": 504}]
)
def test_an_answer_that_is_lost(start, fault, carry_out):
    client = start()
    client.server.inject(Fault("PUT", carry_out=carry_out, **{"status": 500, **fault}))
    try:
        assert put(client).status_code == 504
    except requests.exceptions.RequestException:
        assert fault["end"] in ("drop", "truncate")
    assert has_repository(client) is carry_out


def test_faults_affect_matching_requests(start):
    client = start()
    client.server.inject(Fault("GET", "/meta$", skip=1, times=2, status=503))

    def get(path):
        return requests.get(client.server.api_url + path, timeout=5).status_code

    assert [get("/meta"), get("/apps/hubops-demo"), get("/meta"), get("/meta"), get("/meta")] == [
        200,
        200,
        503,
        503,
        200,
    ]


def test_an_endless_answer(start):
    client = start()
    client.server.inject(Fault(end="endless", status=200))
    with requests.get(client.server.api_url + "/meta", stream=True, timeout=5) as answer:
        chunks = answer.iter_content(2**16)
        assert sum(len(next(chunks)) for _chunk in range(32)) > 2**20


def test_response_is_delayed_or_truncated(start):
    client = start()
    client.server.inject(Fault(delay=0.01), Fault(end="truncate"))
    assert requests.get(client.server.api_url + "/meta", timeout=5).status_code == 200
    with pytest.raises(requests.exceptions.RequestException):
        requests.get(client.server.api_url + "/meta", timeout=5)


def test_faults_over_http(start):
    client = start()
    url = client.server.url + "/_standin/faults"
    assert requests.post(url, json=[{"status": 500}], timeout=5).status_code == 204
    assert requests.get(client.server.api_url + "/meta", timeout=5).status_code == 500
    requests.post(url, json=[{"status": 500, "times": 9}], timeout=5)
    assert requests.delete(url, timeout=5).status_code == 204
    assert requests.get(client.server.api_url + "/meta", timeout=5).status_code == 200
    for wrong in ([{"colour": 1}], [{"path": "("}], [{"end": "never"}], 7):
        assert requests.post(url, json=wrong, timeout=5).status_code == 422


def test_request_is_processed_after_a_client_timeout(start):
    client = start()
    client.server.inject(Fault("PUT", delay=0.5))
    with pytest.raises(requests.exceptions.Timeout):
        put(client, timeout=0.2)
    client.server.settle()
    assert has_repository(client)
