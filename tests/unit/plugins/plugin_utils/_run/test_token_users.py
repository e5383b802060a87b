# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every order in which hosts can start, end and become unreachable."""

from __future__ import annotations

from itertools import permutations

import pytest
from forks import Worker

from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.token_users import join, leave

HOSTS = ("a", "b", "c")
STEPS = [(host, step) for host in HOSTS for step in ("join", "leave")]
ORDERS = [
    order for order in permutations(STEPS) if all(order.index((h, "join")) < order.index((h, "leave")) for h in HOSTS)
]


def of_play(active, batch=None, everyone=HOSTS):
    """Return the special variables of a task in a play."""
    return {
        "ansible_play_hosts": active,
        "ansible_play_batch": active if batch is None else batch,
        "ansible_play_hosts_all": everyone,
    }


class Run:
    """Hosts that share a token as long as it is valid. :ivar revoked: the revoked tokens in order."""

    def __init__(self):
        self.active, self.using, self.revoked, self.created = list(HOSTS), {}, [], 0

    def join(self, host):
        while not join(f"token {self.created}", host):
            self.created += 1
        self.using[host] = f"token {self.created}"

    def leave(self, host):
        token = self.using.pop(host)
        if leave(token, host, of_play(self.active)):
            assert token not in [self.using.get(other) for other in self.active]
            self.revoked.append(token)

    def lose(self, host):
        self.active.remove(host)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: " ".join(f"{host}-{step}" for host, step in order))
def test_a_token_is_revoked_once_and_never_while_a_host_uses_it(order):
    run = Run()
    for host, step in order:
        getattr(run, step)(host)
    assert run.revoked == sorted(set(run.revoked))
    assert len(run.revoked) == run.created + 1


@pytest.mark.parametrize("lost", HOSTS)
@pytest.mark.parametrize("when", range(5))
def test_a_lost_host_holds_no_token_back(lost, when):
    run = Run()
    steps = [(host, "join") for host in HOSTS] + [(host, "leave") for host in HOSTS if host != lost]
    for number, (host, step) in enumerate(steps):
        if number == when:
            run.lose(lost)
        if host in run.active:
            getattr(run, step)(host)
    is_known = when < 5 and steps[-1][0] in run.active
    assert run.revoked == (["token 0"] if is_known else [])


def test_later_batches_use_the_token_too():
    join("token", "a")
    assert not leave("token", "a", of_play(HOSTS, ["a"]))
    join("token", "b")
    assert not leave("token", "b", of_play(HOSTS, ["b"]))
    join("token", "c")
    assert leave("token", "c", of_play(HOSTS, ["c"]))


def test_no_batch_follows_one_in_which_all_hosts_failed():
    join("token", "a")
    assert leave("token", "a", of_play(["b", "c"], []))


def test_batches_that_are_over_do_not_come_again():
    join("token", "c")
    assert leave("token", "c", of_play(HOSTS, ["c"]))


def test_a_token_that_is_not_shared_is_revoked_at_once():
    assert leave("token", "a", of_play(HOSTS, ["a"]))


def test_check_mode_only_looks():
    join("token", "a")
    assert leave("token", "a", of_play(["a"]), dry_run=True)
    assert join("token", "b")
    assert not leave("token", "a", of_play(["a", "b"]), dry_run=True)


def test_a_hundred_workers_agree_on_the_last_one():
    hosts = [f"host {number}" for number in range(100)]
    for host in hosts:
        join("token", host)
    workers = [Worker(leave, "token", host, of_play(hosts)) for host in hosts]
    assert sum(worker.result() for worker in workers) == 1
