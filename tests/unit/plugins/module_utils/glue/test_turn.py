# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Never two runs on one cluster: by the state file, and on one host also without it."""

import os
import resource
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ClusterLocked, LockUnusable, StateUnusable
from ansible_collections.pve.drs.plugins.module_utils.core.model.lock import Lock
from ansible_collections.pve.drs.plugins.module_utils.glue import processes, turn
from ansible_collections.pve.drs.plugins.module_utils.glue.host_lock import HostLock
from ansible_collections.pve.drs.plugins.module_utils.glue.processes import has_ended, this_owner, this_process
from ansible_collections.pve.drs.plugins.module_utils.glue.turn import LIFE_SECONDS, RENEW_SECONDS, Claim, turn_of
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.locks import (
    release_lock,
    renew_lock,
    take_lock,
)
from ansible_collections.pve.drs.tests.unit.locks import held_lock

# 2001-09-09 01:46:40 UTC
NOW = 1_000_000_000.0
STANDING = "drs_balance of pve2, since 2001-09-09 01:45:40 UTC, at least until 2001-09-09 01:46:40 UTC"
ELSEWHERE = "boot-of-another-host pid:[1] 7 77"


class HandClock:
    """Goes on only when somebody sleeps; `due` is called at every wake-up."""

    def __init__(self):
        self.seconds = 0.0
        self.due = None

    def now(self):
        return self.seconds

    def epoch(self):
        return NOW + self.seconds

    def sleep(self, seconds):
        self.seconds += seconds
        if self.due:
            self.due()


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def stop(clock):
    return Stop(clock)


@pytest.fixture
def state(tmp_path):
    return StateFile(path=tmp_path / "state.db", is_read_only=False)


@pytest.fixture
def claim(tmp_path):
    """On a cluster of this test's own."""
    return Claim(
        cluster=str(tmp_path), address=str(tmp_path), command="drs_balance", owner="pve1, process 7, user root"
    )


def a_lock(**changes):
    given = {
        "owner": "drs_balance of pve2",
        "process": ELSEWHERE,
        "token": "t",
        "taken": NOW - 60,
        "expires": NOW + 240,
    }
    return Lock(**(given | changes))


def held(state, claim, **changes):
    lock = a_lock(**changes)
    take_lock(state, claim.cluster, lock, lambda _lock: True)
    return lock


def test_the_lock_is_there_as_long_as_the_turn_and_names_its_owner(state, claim, clock, stop):
    with turn_of(claim, state, clock, stop) as ours:
        lock = held_lock(state, claim.cluster)
    assert lock.owner == "drs_balance of pve1, process 7, user root"
    assert (lock.taken, lock.expires) == (NOW, NOW + LIFE_SECONDS)
    assert lock.process == this_process()
    assert held_lock(state, claim.cluster) is None
    assert ours.warnings == []


def test_a_second_run_is_refused_and_told_who_is_at_work(state, claim, clock, stop):
    lock = held(state, claim)
    message = (
        r"^another run is at work on cluster .*: drs_balance of pve2, since 2001-09-09 01:45:40 UTC, at least until "
        r"2001-09-09 01:50:40 UTC; nothing was started here, let it end, or wait for it with lock_wait$"
    )
    with pytest.raises(ClusterLocked, match=message), turn_of(claim, state, clock, stop):
        pass
    assert held_lock(state, claim.cluster) == lock
    assert clock.now() == 0.0


def test_other_clusters_are_not_concerned(state, claim, clock, stop):
    held(state, Claim(cluster="other", address="other", command="drs_balance"))
    with turn_of(claim, state, clock, stop):
        assert held_lock(state, "other").owner == "drs_balance of pve2"


def test_a_run_waits_as_long_as_it_is_told_to(state, claim, clock, stop):
    held(state, claim)
    patient = Claim(cluster=claim.cluster, address=claim.address, command="drs_balance", wait_seconds=100.0)
    with (
        pytest.raises(ClusterLocked, match=r"at work on .* after 100 s of waiting: "),
        turn_of(patient, state, clock, stop),
    ):
        pass
    assert clock.now() == 100.0


def test_a_run_that_waits_goes_on_when_the_other_ends(state, claim, clock, stop):
    held(state, claim)
    clock.due = lambda: clock.now() >= 30.0 and release_lock(state, claim.cluster, "t")
    patient = Claim(cluster=claim.cluster, address=claim.address, command="drs_balance", wait_seconds=100.0)
    with turn_of(patient, state, clock, stop) as ours:
        assert 30.0 <= clock.now() <= 32.0
    assert ours.warnings == []


def test_a_lock_that_has_run_out_is_taken_over_with_a_warning(state, claim, clock, stop):
    held(state, claim, expires=NOW)
    with turn_of(claim, state, clock, stop) as ours:
        assert held_lock(state, claim.cluster).owner.endswith("pve1, process 7, user root")
    assert ours.warnings == [f"took over the lock of a run that ended without releasing it: {STANDING}"]


def test_the_lock_of_a_process_that_was_killed_here_is_taken_over_at_once(state, claim, clock, stop):
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    identity = " ".join((*processes._system(), str(process.pid), processes._stat(process.pid)[processes.BEGAN]))
    held(state, claim, process=identity)
    with pytest.raises(ClusterLocked), turn_of(claim, state, clock, stop):
        pass
    process.send_signal(signal.SIGKILL)
    _until(lambda: has_ended(identity))  # a zombie until somebody asks how it ended
    process.wait()
    assert has_ended(identity)
    with turn_of(claim, state, clock, stop) as ours:
        assert len(ours.warnings) == 1


def test_whether_a_process_has_ended_is_only_said_of_our_own_system():
    boot, namespace, number, began = this_process().split()
    assert number == str(os.getpid())
    assert not has_ended(this_process())
    assert has_ended(f"{boot} {namespace} {number} {int(began) + 1}")
    assert not has_ended(f"another-boot {namespace} {number} 1")
    assert not has_ended(f"{boot} pid:[1] {number} 1")
    assert not has_ended("")


def test_a_system_without_proc_tells_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(processes, "PROC", tmp_path)
    assert this_process() == ""
    assert not has_ended("boot pid:[1] 7 77")


def test_a_process_that_proc_hides_has_not_ended(monkeypatch, tmp_path):
    boot, namespace, _number, began = this_process().split()
    (tmp_path / "sys/kernel/random").mkdir(parents=True)
    (tmp_path / "sys/kernel/random/boot_id").write_text(boot)
    (tmp_path / "self/ns").mkdir(parents=True)
    (tmp_path / "self/ns/pid").symlink_to(namespace)
    monkeypatch.setattr(processes, "PROC", tmp_path)
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert not has_ended(f"{boot} {namespace} {os.getpid()} {began}")
    assert has_ended(f"{boot} {namespace} {gone.pid} {began}")
    (tmp_path / str(os.getpid()) / "stat").mkdir(parents=True)  # it is there, and cannot be read
    assert not has_ended(f"{boot} {namespace} {os.getpid()} {began}")

    def denied(number, signal_number):
        raise PermissionError(number, signal_number)

    monkeypatch.setattr(processes.os, "kill", denied)  # another user's
    assert not has_ended(f"{boot} {namespace} 1 {began}")


def test_the_owner_names_host_process_and_user(monkeypatch):
    assert this_owner().endswith(f", process {os.getpid()}, user {processes.user_name()}")

    def nameless():
        raise KeyError("uid not found")

    monkeypatch.setattr(processes.getpass, "getuser", nameless)
    assert processes.user_name() == str(os.getuid())


def test_whoever_sleeps_keeps_the_lock_alive(state, claim, clock, stop):
    with turn_of(claim, state, clock, stop) as ours:
        kept = ours.clock(clock)
        kept.sleep(1.0)
        assert held_lock(state, claim.cluster).expires == NOW + LIFE_SECONDS
        kept.sleep(10 * LIFE_SECONDS)
        assert held_lock(state, claim.cluster).expires >= kept.epoch() + LIFE_SECONDS - RENEW_SECONDS
        assert (kept.now(), kept.epoch()) == (clock.now(), clock.epoch())
    assert stop.requested is None


def test_a_run_that_has_lost_its_lock_starts_nothing_more_and_leaves_it(state, claim, clock, stop):
    with turn_of(claim, state, clock, stop) as ours:
        lock = held(state, claim)
        ours.clock(clock).sleep(RENEW_SECONDS + 1)
    assert stop.requested == "another run that has taken over its lock"
    assert held_lock(state, claim.cluster) == lock


def test_a_state_file_that_fails_meanwhile_is_told_and_stops_nobody(state, claim, clock, stop):
    with turn_of(claim, state, clock, stop) as ours:
        state.path.write_bytes(b"spoilt" * 1000)
        ours.clock(clock).sleep(RENEW_SECONDS + 1)
    assert stop.requested is None
    assert [warning.partition(":")[0] for warning in ours.warnings] == [
        "the lock of this run could not be renewed",
        "the lock of this run could not be released, it ends by itself",
    ]


def test_a_state_file_that_cannot_be_used_ends_the_run_before_it_looks(claim, clock, stop, tmp_path):
    unusable = StateFile(path=tmp_path / "gone" / "state.db", is_read_only=False)
    with pytest.raises(StateUnusable), turn_of(claim, unusable, clock, stop):
        pass
    assert HostLock(claim.address).take()


def test_of_many_at_once_exactly_one_gets_the_lock(state):
    def attempt(number):
        lock = a_lock(token=str(number))
        return take_lock(state, "lab", lock, lambda _lock: False)[0]

    with ThreadPoolExecutor(8) as runs:
        assert sorted(runs.map(attempt, range(8))) == [False] * 7 + [True]


def test_only_the_holder_renews_and_releases(state):
    take_lock(state, "lab", a_lock(), lambda _lock: False)
    assert not renew_lock(state, "lab", "another", NOW + 500)
    release_lock(state, "lab", "another")
    assert held_lock(state, "lab") == a_lock()
    assert renew_lock(state, "lab", "t", NOW + 500)
    assert held_lock(state, "lab").expires == NOW + 500


def test_one_host_runs_one_at_a_time_also_without_a_state(claim, clock, stop):
    with ExitStack() as stack:
        stack.enter_context(turn_of(claim, None, clock, stop))
        message = rf"at work on cluster .*: process {os.getpid()} of this host, user id {os.getuid()}; nothing"
        with pytest.raises(ClusterLocked, match=message), turn_of(claim, None, clock, stop):
            pass
    with turn_of(claim, None, clock, stop) as ours:
        ours.renew()
    assert ours.warnings == []


HOLD = "import socket, sys, time; s = socket.socket(socket.AF_UNIX); s.bind(bytes.fromhex(sys.argv[1])); s.listen(); time.sleep(60)"


def test_the_kernel_frees_the_host_of_a_killed_run(claim):
    process = subprocess.Popen([sys.executable, "-c", HOLD, HostLock(claim.address)._name.hex()])
    try:
        _until(lambda: HostLock(claim.address).holder() == f"process {process.pid} of this host, user id {os.getuid()}")
        assert not _is_free(claim.cluster)
    finally:
        process.kill()
        process.wait()
    assert _is_free(claim.cluster)
    assert HostLock(claim.address).holder() == "another process of this host"


def test_other_systems_have_no_lock_of_the_host(monkeypatch, claim):
    monkeypatch.setattr("sys.platform", "darwin")
    first, second = HostLock(claim.address), HostLock(claim.address)
    assert first.take()
    assert second.take()
    first.release()


@contextmanager
def no_more_files():
    """None can be opened for a moment."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_that_no_socket_can_be_had_is_not_taken_for_another_run(claim):
    lock, failures = HostLock(claim.address), []
    with no_more_files():
        try:
            lock.take()
        except LockUnusable as error:
            failures.append(str(error))
        holder = lock.holder()
    assert failures == [
        (
            "whether another run of this host is at work cannot be told: Too many open files; nothing was started here, "
            "let this process open sockets of the kind AF_UNIX"
        )
    ]
    assert holder == "another process of this host"


def test_a_name_that_cannot_be_bound_is_not_taken_for_another_run(monkeypatch, claim):
    """Names of sockets have 108 bytes at most."""
    lock = HostLock(claim.address)
    monkeypatch.setattr(lock, "_name", b"\0" + 200 * b"x")
    with pytest.raises(LockUnusable, match="cannot be told: AF_UNIX path too long; "):
        lock.take()
    monkeypatch.undo()
    assert _is_free(claim.address)


def _is_free(cluster):
    lock = HostLock(cluster)
    is_free = lock.take()
    lock.release()
    return is_free


def _until(done):
    deadline = time.monotonic() + 20.0
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_times_are_told_in_utc():
    assert turn.moment(NOW) == "2001-09-09 01:46:40 UTC"
