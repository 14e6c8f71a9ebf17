# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Runs, moves and moves in flight: what is written is found again, and no more is kept than promised."""

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.record import (
    NO_RECORD,
    FlightRecord,
    MoveRecord,
    RunRecord,
)
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.flights import recall_flights, record_flight
from ansible_collections.pve.drs.plugins.module_utils.state.runs import (
    KEPT_RUNS,
    KEPT_SECONDS,
    close_runs,
    end_run,
    recall_move,
    recall_record,
    record_move,
    record_run,
)

NOW = 1_000_000_000.0
RUN = RunRecord(
    run="r1",
    cluster="lab",
    command="drs_balance",
    owner="pve1, process 7, user root",
    began=NOW,
    policy="balance",
    method="memory",
    fingerprint="f00",
    triggers=("balanciness: 12 points", "memory_capacity: a is full"),
    planned=2,
)
MOVE = MoveRecord(
    run="r1",
    number=1,
    vmid=101,
    name="db",
    source="a",
    target="b",
    mode="live",
    category="improvement",
    reason="evens out",
    source_before=0.9,
    source_after=0.6,
    target_before=0.2,
    target_after=0.5,
    status="running",
    began=NOW,
)
DONE = replace(MOVE, status="done", end_reason="moved to b", seconds=12.5, bytes=8e9, upid="UPID:a:1:")
FLIGHT = FlightRecord(vmid=101, run="r1", number=1, source="a", target="b", began=NOW)


@pytest.fixture
def state(tmp_path):
    return StateFile(path=tmp_path / "state.db", is_read_only=False)


def test_a_run_is_found_again_with_its_moves(state):
    record_run(state, RUN)
    record_flight(state, "lab", FLIGHT, MOVE)
    ended = replace(RUN, ended=NOW + 20, result="complete")
    end_run(state, ended, [DONE], NOW + 20)
    found = recall_record(state, "lab", 10)
    assert (found.runs, found.moves) == ((ended,), (DONE,))
    assert recall_record(state, "other", 10) == NO_RECORD
    assert recall_move(state, "r1", 1) == DONE
    assert recall_move(state, "r1", 2) is None


def test_nothing_recorded_is_no_error(state):
    assert recall_record(state, "lab", 10) == NO_RECORD
    assert recall_flights(state, "lab") == ()
    assert not state.path.exists()


def test_a_move_is_in_flight_from_before_its_request_until_its_end(state):
    record_flight(state, "lab", FLIGHT, MOVE)
    assert recall_flights(state, "lab") == (FLIGHT,)
    answered = replace(FLIGHT, sid="vm:101", is_ha=False, known=("UPID:x",), upid="UPID:a:1:")
    record_flight(state, "lab", answered, MOVE)
    assert recall_flights(state, "lab") == (answered,)
    assert recall_flights(state, "other") == ()
    record_move(state, "lab", DONE)
    assert recall_flights(state, "lab") == ()
    assert recall_move(state, "r1", 1) == DONE


def test_a_move_that_was_left_running_stays_in_flight(state):
    record_flight(state, "lab", FLIGHT, MOVE)
    record_move(state, "lab", replace(MOVE, end_reason="we had to stop"))
    end_run(state, RUN, [replace(MOVE, end_reason="we had to stop")], NOW)
    assert recall_flights(state, "lab") == (FLIGHT,)


def test_the_end_of_an_earlier_move_of_a_guest_leaves_its_later_one_in_flight(state):
    later = replace(FLIGHT, number=2, source="b", target="c")
    record_flight(state, "lab", FLIGHT, MOVE)
    record_flight(state, "lab", later, replace(MOVE, number=2, source="b", target="c"))
    record_move(state, "lab", DONE)
    assert recall_flights(state, "lab") == (later,)


def test_a_killed_run_is_closed_once(state):
    record_run(state, RUN)
    record_run(state, replace(RUN, run="r2", cluster="other"))
    assert [close_runs(state, "lab", NOW + 60) for _unused in range(2)] == [1, 0]
    assert [(run.result, run.ended) for run in recall_record(state, "lab", 1).runs] == [("killed", NOW + 60)]
    assert [run.result for run in recall_record(state, "other", 1).runs] == ["open"]


def test_the_newest_come_first_and_skipped_moves_are_none(state):
    skipped = replace(DONE, number=3, status="skipped", began=None)
    end_run(state, RUN, [DONE, replace(DONE, number=2, began=NOW + 5), skipped], NOW)
    record_run(state, replace(RUN, run="r2", began=NOW + 100))
    found = recall_record(state, "lab", 10)
    assert [run.run for run in found.runs] == ["r2", "r1"]
    assert [move.number for move in found.moves] == [2, 1]
    assert [move.number for move in recall_record(state, "lab", 1).moves] == [2]


def _ends(state, name, began, now):
    run = replace(RUN, run=name, began=began, ended=began, result="complete")
    end_run(state, run, [replace(DONE, run=name, began=began)], now)


def test_of_each_cluster_so_many_runs_are_kept_with_their_moves(state):
    record_run(state, replace(RUN, run="other's", cluster="other", began=0.0))
    for number in range(KEPT_RUNS + 5):
        _ends(state, f"r{number:04}", NOW + number, NOW + number)
    found = recall_record(state, "lab", 1000)
    assert len(found.runs) == len(found.moves) == KEPT_RUNS
    assert found.runs[-1].run == "r0005"
    assert [run.run for run in recall_record(state, "other", 10).runs] == ["other's"]


def test_what_is_older_than_promised_goes_unless_a_move_of_it_is_in_flight(state):
    for name in ("old", "open"):
        _ends(state, name, NOW, NOW)
    record_flight(state, "lab", replace(FLIGHT, run="open"), replace(MOVE, run="open"))
    _ends(state, "new", NOW + KEPT_SECONDS + 1, NOW + KEPT_SECONDS + 1)
    assert [run.run for run in recall_record(state, "lab", 10).runs] == ["new", "open"]
    assert recall_move(state, "old", 1) is None
