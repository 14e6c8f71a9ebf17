# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What is told of an execution as it happens: lines of the journal, a stream of progress, the time left."""

import json
import stat
from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import (
    Cost,
    Move,
    Plan,
    PlannedMove,
    Step,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE, FAILED, MoveOutcome, Outcome
from ansible_collections.pve.drs.plugins.module_utils.glue.journal import JOURNAL, Journal, JournalWatcher
from ansible_collections.pve.drs.plugins.module_utils.glue.progress import VARIABLE, ProgressStream
from ansible_collections.pve.drs.plugins.module_utils.glue.time_left import TimeLeft
from ansible_collections.pve.drs.plugins.module_utils.glue.watching import watchers_of_process
from ansible_collections.pve.drs.plugins.module_utils.pve.execute import execute
from ansible_collections.pve.drs.plugins.module_utils.pve.options import ExecuteOptions
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven
from simulator.world.faults import Fault

SETTLE = 5.0


def watched(drs, *watchers):
    """Decide and carry out before these watchers; the second move fails."""
    plan = drs.decide()
    vmid = plan.moves[1].move.vmid
    drs.sim.call(lambda: drs.world.faults.add(Fault(effect="fail_task", text="boom", vmid=vmid)))
    options = ExecuteOptions(settle_seconds=SETTLE, retries=0)
    return plan, execute(plan, drs.api, drs.clock, Stop(drs.clock), options, watchers=watchers)


def events_of(folder):
    [file] = folder.glob("*.jsonl")
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def planned(vmid, seconds, target="b"):
    cost = Cost(seconds=seconds, bytes=0.0, downtime_seconds=0.0)
    return PlannedMove(
        move=Move(vmid, "a", target), guest_name="", guest_type="qemu", memory_bytes=0.0, mode="live",
        category="improvement", reason="", gain=0.0, cost=cost,
    )  # fmt: skip


def test_the_journal_has_a_line_for_each_start_and_each_result_as_they_come():
    lines = []
    with scene(uneven()) as drs:
        plan, _outcome = watched(drs, JournalWatcher(lines.append))
    first, second = (planned.move for planned in plan.moves)
    assert [line.partition(":")[0] for line in lines] == ["started", "started", "failed", "done"]
    assert lines[0].startswith(f"started: guest {first.vmid} (guest1) a -> {first.target}, step 1 of 1: ")
    assert (
        lines[3]
        == f"done: guest {first.vmid} (guest1) a -> {first.target} is on {first.target}: moved to {first.target}"
    )
    assert lines[2].startswith(f"failed: guest {second.vmid} (guest2) a -> {second.target} is on a: ")
    assert "migration aborted" in lines[2]


def test_the_journal_tells_again_what_had_to_be_corrected_and_nothing_else():
    lines = []
    watcher = JournalWatcher(lines.append)
    moved = MoveOutcome(planned=planned(101, 1.0), status=FAILED, reason="lost", node=None)
    kept = MoveOutcome(planned=planned(102, 1.0), status=DONE, reason="moved to b", node="b")
    for entry in (moved, kept):
        watcher.ends(entry, 0.0)
    watcher.finishes(Outcome(moves=(replace(moved, status=DONE, reason="moved to b", node="b"), kept)), 0.0)
    assert lines == [
        "failed: guest 101 a -> b could not be located, look for it: lost",
        "done: guest 102 a -> b is on b: moved to b",
        "done: guest 101 a -> b is on b: moved to b",
    ]


def test_before_a_module_opens_the_journal_nothing_is_written():
    lines, journal = [], Journal()
    journal.write("one")
    journal.open(lines.append)
    journal.write("two")
    assert lines == ["two"]


def test_the_stream_tells_every_event_with_how_far_it_is(tmp_path):
    with scene(uneven()) as drs:
        plan, _outcome = watched(drs, ProgressStream(tmp_path, SETTLE))
    events = events_of(tmp_path)
    assert [event["event"] for event in events] == [
        "begins",
        "step",
        "started",
        "started",
        "failed",
        "done",
        "finished",
    ]
    assert [event["done"] for event in events] == [0, 0, 0, 0, 1, 2, 2]
    assert {(event["total"], event["steps"]) for event in events} == {(2, 1)}
    assert (events[0]["cluster"], events[1]["step"], events[1]["moves"]) == ("lab", 1, 2)
    move = plan.moves[0].move
    assert {name: events[2][name] for name in ("vmid", "name", "source", "target")} == {
        "vmid": move.vmid, "name": "guest1", "source": "a", "target": move.target,
    }  # fmt: skip
    assert (events[5]["node"], events[5]["seconds"] > 0) == (move.target, True)
    assert "migration aborted" in events[4]["reason"]
    assert events[6]["counts"] == {"done": 1, "failed": 1, "skipped": 0, "running": 0}
    assert events[0]["left_seconds"] == pytest.approx(plan.steps[0].seconds + SETTLE, abs=0.1)
    assert events[-1]["left_seconds"] == 0.0
    times = [event["time"] for event in events]
    assert times == sorted(times)


def test_nobody_else_may_read_the_stream(tmp_path):
    with scene(uneven()) as drs:
        watched(drs, ProgressStream(tmp_path, SETTLE))
    [file] = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_every_execution_has_a_stream_of_its_own_and_none_without_moves(tmp_path):
    stream = ProgressStream(tmp_path, SETTLE)
    with scene(uneven()) as drs:
        plan = drs.decide()
        empty = replace(plan, steps=())
        for each in (empty, plan, plan):
            stream.begins(each, 0.0)
            stream.finishes(Outcome(moves=()), 1.0)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_is_gone_costs_a_warning_and_no_move(tmp_path):
    with scene(uneven()) as drs:
        _plan, outcome = watched(drs, ProgressStream(tmp_path / "gone", SETTLE))
    assert [moved.status for moved in outcome.moves] == [DONE, FAILED]
    [warning] = outcome.warnings
    assert warning.startswith("ProgressStream was told nothing more of this run: ")
    assert str(tmp_path / "gone") in warning


def test_the_environment_names_the_folder(monkeypatch, tmp_path):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert [type(watcher) for watcher in watchers_of_process(1.0)] == [JournalWatcher]
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert [type(watcher) for watcher in watchers_of_process(1.0)] == [JournalWatcher, ProgressStream]
    assert JOURNAL is not None


def a_plan(*steps):
    with scene(uneven()) as drs:
        return replace(drs.decide(), steps=tuple(Step(moves=tuple(moves)) for moves in steps))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return a_plan([planned(101, 60.0), planned(102, 40.0)], [planned(103, 30.0)])


def test_the_time_left_is_that_of_the_steps_and_the_pauses_between_them(plan):
    left = TimeLeft(plan, SETTLE)
    assert left.seconds(0.0) == 60.0 + 30.0 + 2 * SETTLE
    left.enters(1, plan.steps[0])
    assert left.seconds(0.0) == 60.0 + 30.0 + 2 * SETTLE
    for entry in plan.steps[0].moves:
        left.launches(entry, 100.0)
    assert left.seconds(100.0) == 60.0 + 30.0 + 2 * SETTLE
    assert left.seconds(120.0) == 40.0 + 30.0 + 2 * SETTLE


def test_the_time_left_learns_from_moves_that_were_carried_out(plan):
    left = TimeLeft(plan, 0.0)
    left.enters(1, plan.steps[0])
    first, second = plan.steps[0].moves
    for entry in (first, second):
        left.launches(entry, 0.0)
    left.ends(second.move, 80.0, is_typical=True)  # twice as long as was estimated
    assert left.seconds(80.0) == (120.0 - 80.0) + 60.0
    left.ends(first.move, 1.0, is_typical=False)
    assert left.seconds(80.0) == 60.0


def test_moves_that_wait_until_others_have_ended_are_counted_one_after_the_other(plan):
    left = TimeLeft(plan, 0.0)
    left.enters(2, plan.steps[1])
    step = Step(moves=(planned(101, 60.0), planned(102, 60.0), planned(103, 60.0), planned(104, 60.0)))
    left.enters(1, step)
    first, second, *_others = step.moves
    left.launches(first, 0.0)
    left.launches(second, 0.0)
    assert left.seconds(0.0) == 60.0
    left.ends(first.move, 60.0, is_typical=True)
    assert left.seconds(60.0) == 120.0


def test_of_a_move_that_takes_longer_than_it_should_nothing_is_left(plan):
    left = TimeLeft(plan, 0.0)
    left.enters(2, plan.steps[1])
    left.enters(1, plan.steps[0])
    left.launches(plan.steps[0].moves[0], 0.0)
    left.ends(plan.steps[0].moves[1].move, 0.0, is_typical=False)
    assert left.seconds(1000.0) == 0.0
