# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a run does is in the state file at every moment of it, and a state file that fails holds nothing up."""

import sqlite3
from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.learned import Copied
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE, FAILED, RUNNING
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.glue.recorder import Author, Recorder
from ansible_collections.pve.drs.plugins.module_utils.pve.execute import execute
from ansible_collections.pve.drs.plugins.module_utils.pve.options import ExecuteOptions
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.plugins.module_utils.pve.watcher import Watcher
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.flights import recall_flights
from ansible_collections.pve.drs.plugins.module_utils.state.runs import recall_record
from ansible_collections.pve.drs.tests.unit.simulated import SECRET, TOKEN, scene, uneven
from simulator.world.faults import Fault

ONE_BY_ONE = Policy(limits=Limits(max_parallel=1))
AUTHOR = Author(command="drs_balance", owner="here")


@pytest.fixture
def state(tmp_path):
    return StateFile(path=tmp_path / "state.db", is_read_only=False)


class Reader(Watcher):
    """Told after the recorder: what another run would read at each moment."""

    def __init__(self, state):
        self.state = replace(state, is_read_only=True)
        self.seen = []

    def look(self, event):
        flights = [(flight.vmid, flight.upid is not None) for flight in recall_flights(self.state, "lab")]
        record = recall_record(self.state, "lab", 10)
        moves = [(move.vmid, move.status) for move in reversed(record.moves)]
        self.seen.append((event, [run.result for run in record.runs], moves, flights))

    def begins(self, *_event):
        self.look("begins")

    def launches(self, *_event):
        self.look("launches")

    def flies(self, *_event):
        self.look("flies")

    def ends(self, *_event):
        self.look("ends")

    def finishes(self, *_event):
        self.look("finishes")


def run(found, *watchers, plan=None):
    stop, options = found.stop or Stop(found.clock), ExecuteOptions(retries=0)
    return execute(plan or found.decide(), found.api, found.clock, stop, options, watchers=watchers)


def test_every_event_is_on_disk_before_the_next(state):
    with scene(uneven(), ONE_BY_ONE) as found:
        reader = Reader(state)
        run(found, Recorder(state, AUTHOR), reader)
    assert reader.seen == [
        ("begins", ["open"], [], []),
        ("launches", ["open"], [(101, RUNNING)], [(101, False)]),
        ("flies", ["open"], [(101, RUNNING)], [(101, True)]),
        ("ends", ["open"], [(101, DONE)], []),
        ("launches", ["open"], [(101, DONE), (102, RUNNING)], [(102, False)]),
        ("flies", ["open"], [(101, DONE), (102, RUNNING)], [(102, True)]),
        ("ends", ["open"], [(101, DONE), (102, DONE)], []),
        ("finishes", ["complete"], [(101, DONE), (102, DONE)], []),
    ]


def test_a_run_is_told_with_its_reasons_and_its_moves_with_the_loads_of_both_ends(state):
    with scene(uneven(), ONE_BY_ONE) as found:
        plan = found.decide()
        began = found.clock.epoch()
        outcome = run(
            found,
            Recorder(
                state, replace(AUTHOR, sent=lambda moves: {moves[0].planned.move: Copied(bytes=5e9, seconds=9.0)})
            ),
            plan=plan,
        )
        ended = found.clock.epoch()
    record = recall_record(state, "lab", 10)
    (told,) = record.runs
    assert (told.command, told.owner, told.policy, told.method) == ("drs_balance", "here", "balance", "memory")
    assert (told.began, told.ended, told.planned, told.fingerprint) == (began, ended, 2, plan.fingerprint)
    assert told.triggers == tuple(f"{trigger.name}: {trigger.reason}" for trigger in plan.before.triggers)
    first, planned, before, after = record.moves[1], plan.moves[0], plan.before.loads, plan.after.loads
    assert (first.vmid, first.source, first.target) == (101, "a", planned.move.target)
    assert (first.mode, first.category, first.reason) == (planned.mode, planned.category, planned.reason)
    loads = {load.node: (load.load, later.load) for load, later in zip(before, after, strict=True)}
    assert (first.source_before, first.source_after) == loads["a"]
    assert (first.target_before, first.target_after) == loads[first.target]
    moved = outcome.moves[0]
    assert (first.began, first.seconds, first.upid) == (moved.began, moved.seconds, moved.upid)
    assert [move.bytes for move in record.moves] == [None, 5e9]


def test_a_failed_move_is_told_with_its_reason_and_nothing_is_left_in_flight(state):
    with scene(uneven(), ONE_BY_ONE) as found:
        found.sim.call(lambda: found.world.faults.add(Fault("fail_task", vmid=101, phase="phase2", text="no route")))
        run(found, Recorder(state, AUTHOR))
    record = recall_record(state, "lab", 10)
    assert record.runs[0].result == "incomplete"
    assert [move.status for move in record.moves if move.vmid == 101] == [FAILED]
    assert all(move.end_reason for move in record.moves)
    assert recall_flights(state, "lab") == ()


def test_what_we_had_to_leave_stays_in_flight(state):
    with scene(uneven(), ONE_BY_ONE) as found:
        found.stop = Stop(found.clock)
        found.sim.call(lambda: found.world.faults.add(Fault("hang_task", vmid=101, phase="phase2")))
        found.clock.due.append((5.0, lambda: found.stop.request("signal SIGTERM")))
        outcome = run(found, Recorder(state, AUTHOR))
    assert outcome.moves[0].status == RUNNING
    assert recall_record(state, "lab", 10).runs[0].result == "interrupted"
    (flight,) = recall_flights(state, "lab")
    assert (flight.vmid, flight.sid, flight.is_ha, flight.upid) == (101, "vm:101", False, outcome.moves[0].upid)


class Breaker(Watcher):
    """Spoils the state file once the first move has been requested, and mends it before the end when told to."""

    def __init__(self, path, *, mends):
        self.path, self.mends, self.kept = path, mends, b""

    def flies(self, *_event):
        if not self.kept:
            self.kept = self.path.read_bytes()
            self.path.write_bytes(b"spoilt" * 1000)

    def ends(self, *_event):
        if self.mends:
            self.path.write_bytes(self.kept)


@pytest.mark.parametrize("mends", [False, True], ids=["for good", "for a while"])
def test_a_state_file_that_fails_in_the_middle_does_not_hold_the_run_up(state, mends):
    with scene(uneven(), ONE_BY_ONE) as found:
        recorder = Recorder(state, AUTHOR)
        outcome = run(found, Breaker(state.path, mends=mends), recorder)
    assert [moved.status for moved in outcome.moves] == [DONE, DONE]
    assert outcome.warnings == ()
    assert recorder.warnings[0].startswith("what this run did is not recorded completely: state_path ")
    assert len(recorder.warnings) == (1 if mends else 2)
    if mends:
        record = recall_record(state, "lab", 10)
        assert [(move.vmid, move.status) for move in record.moves] == [(102, DONE), (101, DONE)]
        assert recall_flights(state, "lab") == ()


def test_nothing_of_the_connection_is_kept(state):
    with scene(uneven(), ONE_BY_ONE) as found:
        run(found, Recorder(state, AUTHOR))
    with sqlite3.connect(state.path) as database:
        dump = "\n".join(database.iterdump())
    assert "'lab'" in dump
    assert SECRET not in dump
    assert "127.0.0.1" not in dump
    # The UPID of a task names who started it, as every user of the cluster sees it.
    assert dump.count(TOKEN.partition("!")[0]) == dump.count("UPID")
