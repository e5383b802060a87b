# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import resource
import stat
import tempfile
import time
from pathlib import Path

import pytest
from forks import Worker, in_workers

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    GitHubAppsError,
    MissingLibraryError,
    NotFoundError,
    OptionError,
    PartialChangeError,
    ScopeError,
)
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run import cache as _run_cache
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run import files as _run_files
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.cache import Made, RunCache, forget
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.files import RunFiles

SECRET = b"only workers of this run know it"
IDENTITY = {"installation": 2001}


class Counter:
    """A counter that forks share. Each increment appends a byte to a file, so none is lost."""

    def __init__(self, path):
        self.path = path
        path.write_bytes(b"")

    def add(self):
        with open(self.path, "ab") as file:
            file.write(b".")

    def __int__(self):
        return self.path.stat().st_size

    def wait_for(self, number):
        while int(self) < number:
            time.sleep(0.01)


@pytest.fixture()
def warnings():
    return []


@pytest.fixture()
def cache(warnings):
    return RunCache(SECRET, warnings.append)


@pytest.fixture()
def made(tmp_path):
    return Counter(tmp_path / "made")


@pytest.fixture()
def waiting(tmp_path):
    return Counter(tmp_path / "waiting")


def making(counter, lifetime=3600.0, token="t"):
    def make():
        counter.add()
        return Made({"token": f"{token}{int(counter)}"}, lifetime, [f"{token}{int(counter)}"])

    return make


def files(local_tmp):
    return list((local_tmp / "hubops_github_apps").iterdir())


def test_fifty_workers_make_one_value(cache, made):
    def work():
        return cache.once(IDENTITY, making(made)).value["token"]

    assert in_workers(50, work) == ["t1"] * 50
    assert int(made) == 1


def test_workers_that_wait_for_a_value_that_cannot_be_made_all_fail_with_the_same_error(made, waiting):
    class Watched(RunCache):
        def _locked(self, name):
            waiting.add()
            return super()._locked(name)

    def fail():
        made.add()
        waiting.wait_for(50)
        raise ScopeError("It is suspended.")

    def work():
        Watched(SECRET, print).once(IDENTITY, fail)

    results = in_workers(50, work)
    assert [result["says"] for result in results] == ["It is suspended."] * 50
    assert int(made) == 1


def test_the_facts_and_the_kind_of_a_shared_failure_are_kept():
    error = _run_cache.failure_in(
        _run_cache.failure_from(PartialChangeError("Half done.", {"status": 500}, ScopeError("x")))
    )
    assert str(error) == "Half done."
    assert error.facts() == {"status": 500, "cause": "scope"}
    error = _run_cache.failure_in(_run_cache.failure_from(NotFoundError("Not there.")))
    assert isinstance(error, NotFoundError)
    assert str(error) == "Not there."


def test_a_failure_is_not_remembered(cache, made):
    def fail():
        raise NotFoundError("Not installed.")

    for _time in range(2):
        with pytest.raises(NotFoundError):
            cache.once(IDENTITY, fail)
    assert cache.once(IDENTITY, making(made)).value == {"token": "t1"}


@pytest.mark.parametrize("error", [NotFoundError("x"), OptionError("x"), MissingLibraryError("requests")])
def test_a_failure_to_renew_leaves_a_value_to_those_whom_it_serves(cache, made, error):
    def fail():
        raise error

    cache.once(IDENTITY, making(made, lifetime=300))
    with pytest.raises(type(error)):
        cache.once(IDENTITY, fail, least=600)
    assert cache.once(IDENTITY, fail, least=100).value == {"token": "t1"}


def test_a_worker_that_is_killed_while_it_makes_the_value_does_not_block_the_rest(cache, made, waiting):
    def hang():
        waiting.add()
        time.sleep(3600)

    holder = Worker(lambda: cache.once(IDENTITY, hang))
    waiting.wait_for(1)
    others = [Worker(lambda: cache.once(IDENTITY, making(made)).value["token"]) for _time in range(5)]
    holder.kill()
    assert [other.result() for other in others] == ["t1"] * 5


def test_values_of_other_identities_are_made_meanwhile(cache, made, waiting):
    def hang():
        waiting.add()
        time.sleep(3600)

    holder = Worker(lambda: cache.once(IDENTITY, hang))
    waiting.wait_for(1)
    assert cache.once({"installation": 2002}, making(made)).value == {"token": "t1"}
    holder.kill()


def test_a_fresh_value_is_one_that_was_made_after_the_question(cache, made):
    cache.once(IDENTITY, making(made))
    assert cache.once(IDENTITY, making(made), fresh=True).value == {"token": "t2"}
    assert cache.once(IDENTITY, making(made)).value == {"token": "t2"}


@pytest.mark.parametrize("fresh, token", [(True, "t2"), (False, "t1")])
def test_a_value_that_was_made_while_this_one_waited_serves(made, fresh, token):
    class Late(RunCache):
        def _locked(self, name):
            RunCache(SECRET, print).once(IDENTITY, making(made), fresh=fresh)
            return super()._locked(name)

    if fresh:
        RunCache(SECRET, print).once(IDENTITY, making(made))
    kept = Late(SECRET, print).once(IDENTITY, making(made), fresh=fresh)
    assert kept.value == {"token": token}
    assert not kept.is_new


@pytest.mark.parametrize("least, token", [(600, "t1"), (3500, "t1"), (3601, "t2")])
def test_a_value_must_be_good_for_long_enough(cache, made, least, token):
    cache.once(IDENTITY, making(made))
    assert cache.once(IDENTITY, making(made), least=least).value == {"token": token}


def test_the_life_of_a_value_does_not_depend_on_the_clock_that_users_set(cache, made, monkeypatch):
    cache.once(IDENTITY, making(made))
    for shift in (-86_400, 86_400):
        monkeypatch.setattr(time, "time", lambda shift=shift: 1_800_000_000 + shift)
        assert cache.once(IDENTITY, making(made), least=3000).value == {"token": "t1"}


def test_a_value_ends_with_its_life(cache, made, monkeypatch):
    cache.once(IDENTITY, making(made))
    now = _run_files.seconds()
    for module in (_run_cache, _run_files):
        monkeypatch.setattr(module, "seconds", lambda: now + 3601)
    assert cache.once(IDENTITY, making(made)).value == {"token": "t2"}


def test_a_revoked_token_is_never_given_again(cache, made, warnings):
    cache.once(IDENTITY, making(made))
    forget("t1", warnings.append)
    assert cache.recall(IDENTITY, 0) is None
    assert cache.once(IDENTITY, making(made)).value == {"token": "t2"}
    assert warnings == []


def test_where_a_revocation_cannot_be_noted_everything_is_forgotten(cache, made, warnings, local_tmp, monkeypatch):
    cache.once(IDENTITY, making(made))
    cache.note_minted({"token": "t1", "expires_at": "x"})
    forget("t9", warnings.append)

    def full(token):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_run_cache, "note_revoked", full)
    (local_tmp / "hubops_github_apps" / "undeletable").mkdir()
    forget("t1", warnings.append)
    assert cache.recall(IDENTITY, 0) is None
    assert "No space left" in warnings[0]
    assert sorted(path.name.partition("-")[0] for path in files(local_tmp)) == ["minted", "revoked", "undeletable"]


def test_forget_warns_without_a_directory(monkeypatch, warnings):
    monkeypatch.setattr(_run_files, "LOCAL_TMP", "/nonexistent")
    forget("t1", warnings.append)
    assert len(warnings) == 1


def test_values_cannot_be_read_with_another_secret(cache, made):
    cache.once(IDENTITY, making(made))
    assert RunCache(b"another", print).recall(IDENTITY, 0) is None
    assert cache.recall(IDENTITY, 0) == {"token": "t1"}


def test_what_is_kept_can_neither_be_read_nor_changed_nor_moved(cache, made, local_tmp):
    make = making(made, token="ghs_secret")
    cache.once(IDENTITY, make)
    cache.once({"installation": 2002}, make)
    one, other = [path for path in files(local_tmp) if not path.name.endswith(".lock")]
    assert not any(b"ghs_secret" in path.read_bytes() for path in files(local_tmp))
    content = one.read_bytes()
    one.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    other.write_bytes(content)
    assert cache.recall(IDENTITY, 0) is None
    assert cache.recall({"installation": 2002}, 0) is None


def test_files_are_private_from_the_first_byte(cache, made, local_tmp):
    before = os.umask(0)
    try:
        cache.once(IDENTITY, making(made))
        forget("t1", print)
    finally:
        os.umask(before)
    assert stat.S_IMODE((local_tmp / "hubops_github_apps").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in files(local_tmp)} == {0o600}


def test_a_symbolic_link_to_a_record_is_not_followed(cache, made, local_tmp, tmp_path, warnings):
    cache.once(IDENTITY, making(made))
    (record,) = [path for path in files(local_tmp) if path.suffix != ".lock"]
    record.rename(tmp_path / "elsewhere")
    record.symlink_to(tmp_path / "elsewhere")
    assert cache.recall(IDENTITY, 0) is None
    assert len(warnings) == 1


def test_records_are_written_beside_those_that_they_replace(cache, made, warnings, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/nonexistent")
    cache.once(IDENTITY, making(made))
    assert cache.recall(IDENTITY, 0) == {"token": "t1"}
    assert warnings == []


def test_without_cryptography_each_worker_makes_its_own_and_warns(made, warnings, monkeypatch):
    monkeypatch.setattr(_run_files, "HAS_CRYPTOGRAPHY", False)
    cache = RunCache(SECRET, warnings.append)
    assert [cache.once(IDENTITY, making(made)).value["token"] for _time in range(2)] == ["t1", "t2"]
    assert len(warnings) == 1
    assert "Function not implemented" in warnings[0]


def test_an_identity_has_no_order_and_may_hold_anything():
    one, other = Path("/one.pem"), Path("/other.pem")
    assert RunFiles(SECRET).name({"a": 1, "b": one}) == RunFiles(SECRET).name({"b": one, "a": 1})
    assert RunFiles(SECRET).name({"b": one}) != RunFiles(SECRET).name({"b": other})


def test_a_record_is_good_until_what_it_was_made_from_is_replaced(cache, made):
    kept = cache.once(IDENTITY, making(made))
    record = {"good_until": kept.good_until, "tokens": [], "sources": cache.once(IDENTITY, making(made)).source}
    assert kept.source == record["sources"]
    assert RunFiles(SECRET).is_good(record)
    cache.once(IDENTITY, making(made), fresh=True)
    assert not RunFiles(SECRET).is_good(record)


def test_a_run_has_one_key():
    assert _run_cache.begin_run() == _run_cache.begin_run() == _run_files.run_key()


def test_the_clock_goes_on_while_the_machine_sleeps(monkeypatch):
    clocks = {time.CLOCK_MONOTONIC: 5.0, time.CLOCK_BOOTTIME: 9.0}
    monkeypatch.setattr(time, "clock_gettime", clocks.__getitem__)
    assert _run_files.seconds() == 9.0
    monkeypatch.delattr(time, "CLOCK_BOOTTIME")  # available only on Linux
    assert _run_files.seconds() == 5.0


def test_a_symbolic_link_in_the_place_of_a_file_is_not_followed(cache, made, local_tmp, tmp_path, warnings):
    victim, elsewhere = tmp_path / "victim", tmp_path / "elsewhere"
    victim.write_text("mine")
    name = RunFiles(SECRET).name(IDENTITY)
    (local_tmp / "hubops_github_apps" / name).symlink_to(victim)
    for planted in (name + ".lock", _run_files.tombstone("t1")):
        (local_tmp / "hubops_github_apps" / planted).symlink_to(elsewhere)
    assert cache.once(IDENTITY, making(made)).value == {"token": "t1"}
    forget("t1", warnings.append)
    assert victim.read_text() == "mine"
    assert not elsewhere.exists()
    assert len(warnings) == 2


@pytest.mark.parametrize("mode", [0o755, 0o770])
def test_a_directory_that_others_can_enter_is_not_used(local_tmp, made, warnings, mode):
    (local_tmp / "hubops_github_apps").mkdir()
    (local_tmp / "hubops_github_apps").chmod(mode)
    cache = RunCache(SECRET, warnings.append)
    assert [cache.once(IDENTITY, making(made)).value["token"] for _time in range(2)] == ["t1", "t2"]
    assert len(warnings) == 1
    assert "Operation not permitted" in warnings[0]
    assert files(local_tmp) == []


def test_a_directory_of_somebody_else_is_not_used(local_tmp, made, warnings, monkeypatch):
    (local_tmp / "hubops_github_apps").mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert RunCache(SECRET, warnings.append).once(IDENTITY, making(made)).value == {"token": "t1"}
    assert len(warnings) == 1
    assert files(local_tmp) == []


def test_a_link_in_the_place_of_the_directory_is_not_used(local_tmp, made, warnings, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    (local_tmp / "hubops_github_apps").symlink_to(elsewhere)
    assert RunCache(SECRET, warnings.append).once(IDENTITY, making(made)).value == {"token": "t1"}
    assert len(warnings) == 1
    assert list(elsewhere.iterdir()) == []


def test_without_a_directory_each_worker_makes_its_own_and_warns(monkeypatch, made, warnings):
    monkeypatch.setattr(_run_files, "LOCAL_TMP", "/nonexistent")
    cache = RunCache(SECRET, warnings.append)
    assert [cache.once(IDENTITY, making(made)).value["token"] for _time in range(2)] == ["t1", "t2"]
    assert len(warnings) == 1
    assert "ANSIBLE_LOCAL_TEMP" in warnings[0]


def test_on_a_full_disk_each_worker_makes_its_own_and_warns(cache, made, local_tmp):
    def work():
        warnings = []
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        cache = RunCache(SECRET, warnings.append)
        values = [cache.once({"n": n}, lambda: Made({"token": "t"}, 60, ["t"])).value["token"] for n in range(2)]
        return [values, warnings]

    values, warnings = Worker(work).result()
    assert values == ["t", "t"]
    assert len(warnings) == 1
    assert "each use creates a new one" in warnings[0]
    assert [path.name for path in files(local_tmp) if not path.name.endswith(".lock")] == []


def test_garbage_in_the_place_of_a_record_is_no_record(cache, made, local_tmp):
    (local_tmp / "hubops_github_apps" / RunFiles(SECRET).name(IDENTITY)).write_bytes(b"garbage")
    assert cache.once(IDENTITY, making(made)).value == {"token": "t1"}


def test_a_record_that_cannot_take_its_place_leaves_nothing(cache, made, local_tmp, warnings, monkeypatch):
    def refuse(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", refuse)
    assert cache.once(IDENTITY, making(made)).value == {"token": "t1"}
    cache.note_minted({"token": "t1", "expires_at": "NEVER"})
    assert len(warnings) == 2
    assert "No space left" in warnings[0]
    assert "valid until NEVER" in warnings[1]
    assert [path.name for path in files(local_tmp) if not path.name.endswith(".lock")] == []


def test_a_worker_gets_the_failure_that_came_while_it_waited(cache, made, monkeypatch):
    def fail():
        raise ScopeError("It is suspended.")

    with pytest.raises(ScopeError):
        cache.once(IDENTITY, fail)
    monkeypatch.setattr(_run_cache, "seconds", lambda: 0.0)  # when it began to wait
    with pytest.raises(GitHubAppsError, match="It is suspended") as caught:
        cache.once(IDENTITY, making(made))
    assert caught.value.facts() == {"cause": "scope"}
    assert int(made) == 0


def test_without_cryptography_each_worker_makes_its_own(made, warnings, monkeypatch):
    monkeypatch.setattr(_run_files, "HAS_CRYPTOGRAPHY", False)
    cache = RunCache(SECRET, warnings.append)
    assert [cache.once(IDENTITY, making(made)).value["token"] for _time in range(2)] == ["t1", "t2"]


def test_fresh_value_from_another_worker_is_used(cache, made, monkeypatch):
    cache.once(IDENTITY, making(made))
    monkeypatch.setattr(_run_cache, "seconds", lambda: 0.0)  # when it began to wait
    assert cache.once(IDENTITY, making(made), fresh=True).value == {"token": "t1"}
