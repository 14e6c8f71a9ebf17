# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A run that ended at any moment leaves word of its moves, and the next one says what became of each."""

from dataclasses import replace

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE, FAILED, RUNNING
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.record import FlightRecord
from ansible_collections.pve.drs.plugins.module_utils.glue.recorder import Author, Recorder
from ansible_collections.pve.drs.plugins.module_utils.glue.recovery import left_in_flight, recover
from ansible_collections.pve.drs.plugins.module_utils.pve.execute import execute
from ansible_collections.pve.drs.plugins.module_utils.pve.follow import Surroundings
from ansible_collections.pve.drs.plugins.module_utils.pve.options import ExecuteOptions
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.plugins.module_utils.pve.watcher import Watcher
from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.flights import recall_flights
from ansible_collections.pve.drs.plugins.module_utils.state.runs import recall_record
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven
from simulator.world.faults import Fault

POLICY = Policy(limits=Limits(max_parallel=1))
UNDER_HA = {"guest": {"ha": "started"}}


class Killed(BaseException):
    """Nothing catches it, as nothing does a SIGKILL."""


class Killer(Watcher):
    """Ends the run at the given event of the first move."""

    def __init__(self, event):
        setattr(self, event, self._kill)

    def _kill(self, *_event):
        raise Killed


@pytest.fixture
def state(tmp_path):
    return StateFile(path=tmp_path / "state.db", is_read_only=False)


def killed(found, state, event):
    """A run that ends there."""
    recorder = Recorder(state, Author(command="drs_balance", owner="here"))
    with pytest.raises(Killed):
        execute(found.decide(), found.api, found.clock, Stop(found.clock), watchers=(recorder, Killer(event)))


def recovered(found, state, stop=None):
    around = Surroundings(found.api, found.clock, stop or Stop(found.clock), ExecuteOptions())
    return recover(state, "lab", around)


def test_nothing_left_is_nothing_found(state):
    with scene(uneven(), POLICY) as found:
        assert recovered(found, state) == ()
    assert left_in_flight(state, "lab") == ()


def test_a_migration_that_still_runs_is_followed_to_its_end(state):
    with scene(uneven(), POLICY) as found:
        killed(found, state, "flies")
        before = found.clock.now()
        (one,) = recovered(found, state)
        assert found.node_of(101) == one.flight.target
        assert found.clock.now() > before
    assert one.moved.status == DONE
    target = one.flight.target
    assert str(one).startswith(f"an earlier run ended while guest 101 (guest1) was on its way a -> {target} (begun ")
    assert str(one).endswith(f"): done, it is on {target}: moved to {target}")
    record = recall_record(state, "lab", 10)
    assert [(run.result, run.ended is not None) for run in record.runs] == [("killed", True)]
    (move,) = record.moves
    assert (move.vmid, move.status, move.end_reason) == (101, DONE, f"found by a later run: moved to {target}")
    assert move.seconds == pytest.approx(found.clock.now() - before, abs=3.0)
    assert (move.reason, move.source_before) != ("", None)
    assert recall_flights(state, "lab") == ()


def test_one_that_has_ended_long_ago_is_not_waited_for_and_counts_its_own_seconds(state):
    with scene(uneven(), POLICY) as found:
        killed(found, state, "flies")
        found.sim.advance(3600)
        before = found.clock.now()
        (one,) = recovered(found, state)
        assert found.clock.now() - before < 3.0
    assert one.moved.status == DONE
    assert 0.0 < recall_record(state, "lab", 10).moves[0].seconds < 120.0


def test_a_request_that_was_never_sent_is_told_as_such(state):
    with scene(uneven(), POLICY) as found:
        killed(found, state, "launches")
        assert found.writes() == []
        found.sim.advance(60)
        (one,) = recovered(found, state)
        assert found.node_of(101) == "a"
    assert one.moved.status == FAILED
    assert "no task of it appeared" in one.moved.reason
    assert recall_flights(state, "lab") == ()


@pytest.mark.parametrize("waited", [0, 1800], ids=["at once", "later"])
def test_a_request_whose_answer_nobody_has_noted_is_found_by_its_task(state, waited):
    """The process ended between the request and the note of its UPID; an older migration is not taken for it."""
    with scene(uneven(), POLICY) as found:
        killed(found, state, "launches")
        (left,) = recall_flights(state, "lab")
        found.api.migrate("a", "qemu", 101, {"target": left.target, "online": 1})
        found.sim.advance(waited)
        (one,) = recovered(found, state)
    assert (one.moved.status, one.moved.node) == (DONE, left.target)
    assert one.moved.upid


def test_an_older_migration_is_not_taken_for_the_one_that_was_left(state):
    with scene(uneven(), POLICY) as found:
        for source, target in (("a", "b"), ("b", "a")):
            found.api.migrate(source, "qemu", 101, {"target": target, "online": 1})
            found.sim.advance(300)
        killed(found, state, "launches")
        found.sim.advance(60)
        (one,) = recovered(found, state)
    assert (one.moved.status, one.moved.node, one.moved.upid) == (FAILED, "a", None)


def test_a_failed_migration_is_told_with_its_reason(state):
    with scene(uneven(), POLICY) as found:
        found.sim.call(lambda: found.world.faults.add(Fault("fail_task", vmid=101, phase="phase2", text="no route")))
        killed(found, state, "flies")
        (one,) = recovered(found, state)
    assert one.moved.status == FAILED
    assert recall_record(state, "lab", 10).moves[0].status == FAILED
    assert recall_flights(state, "lab") == ()


def test_a_guest_that_is_gone_is_accounted_for(state):
    with scene(uneven(), POLICY) as found:
        killed(found, state, "flies")
        found.sim.advance(300)
        found.sim.call(lambda: found.world.remove_guest(101))
        (one,) = recovered(found, state)
    assert one.moved.status == FAILED
    assert "it is on an unknown node" in str(one)
    assert recall_flights(state, "lab") == ()


def test_what_still_runs_when_we_are_asked_to_stop_stays_in_flight(state):
    with scene(uneven(), POLICY) as found:
        found.sim.call(lambda: found.world.faults.add(Fault("hang_task", vmid=101, phase="phase2")))
        killed(found, state, "flies")
        stop = Stop(found.clock)
        stop.request("signal SIGTERM")
        (one,) = recovered(found, state, stop)
    assert one.moved.status == RUNNING
    assert [flight.vmid for flight in recall_flights(state, "lab")] == [101]
    (told,) = left_in_flight(replace(state, is_read_only=True), "lab")
    assert told.startswith("guest 101 was on its way a -> ")


@pytest.mark.parametrize("event", ["launches", "flies"])
def test_a_guest_under_ha_is_followed_to_the_real_migration(state, event):
    with scene(uneven(**UNDER_HA), POLICY) as found:
        found.sim.advance(30)
        killed(found, state, event)
        (left,) = recall_flights(state, "lab")
        if event == "launches":
            found.api.migrate("a", "qemu", 101, {"target": left.target, "online": 1})
        (one,) = recovered(found, state)
        assert (one.moved.status, found.node_of(101)) == (DONE, left.target)
    assert recall_record(state, "lab", 10).moves[0].seconds > 0.0


def test_a_move_without_a_record_of_its_own_is_accounted_for_as_well(state):
    """Whatever wrote the file: what is in flight is looked up."""
    left = FlightRecord(vmid=101, run="gone", number=1, source="a", target="b", began=0.0)
    with scene(uneven(), POLICY) as found:
        with state.transaction() as database:
            database.execute(
                "INSERT INTO flights VALUES ('lab', 101, 'gone', 1, 'a', 'b', ?, NULL, NULL, '[]', NULL)",
                (found.clock.epoch() - 600.0,),
            )
        (one,) = recovered(found, state)
    assert (one.flight.vmid, one.moved.status, one.moved.node) == (left.vmid, FAILED, "a")
    assert recall_flights(state, "lab") == ()


def test_the_run_after_that_plans_as_if_nothing_had_happened(state):
    with scene(uneven(), POLICY) as found:
        killed(found, state, "flies")
        recovered(found, state)
        found.sim.advance(60)
        recorder = Recorder(state, Author(command="drs_balance", owner="here"))
        outcome = execute(found.decide(), found.api, found.clock, Stop(found.clock), watchers=(recorder,))
        assert [moved.status for moved in outcome.moves] == [DONE]
        assert len(found.writes()) == 2
    assert [run.result for run in recall_record(state, "lab", 10).runs] == ["complete", "killed"]
