# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Whoever watches an execution is told of everything at its moment, and disturbs nothing."""

from ansible_collections.pve.drs.plugins.module_utils.core.errors import StateUnusable
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE, FAILED, SKIPPED
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.pve.execute import execute
from ansible_collections.pve.drs.plugins.module_utils.pve.options import ExecuteOptions
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.plugins.module_utils.pve.watcher import Watcher
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven
from simulator.world.faults import Fault

ONE_BY_ONE = Policy(limits=Limits(max_parallel=1))


class Diary(Watcher):
    """Writes down what it is told, with the number of writing requests that the cluster has seen by then."""

    def __init__(self, found):
        self.found = found
        self.entries = []
        self.moments = []
        self.outcome = None

    def write(self, event, name, now):
        self.entries.append((event, name, len(self.found.writes())))
        self.moments.append(now)

    def begins(self, plan, now):
        self.write("begins", len(plan.moves), now)

    def enters(self, number, step, now):
        self.write("enters", number, now)
        assert step.moves

    def launches(self, planned, now):
        self.write("launches", planned.move.vmid, now)

    def flies(self, flight, now):
        assert flight.upid
        self.write("flies", flight.move.vmid, now)

    def ends(self, moved, now):
        self.write(moved.status, moved.planned.move.vmid, now)

    def finishes(self, outcome, now):
        self.write("finishes", len(outcome.moves), now)
        self.outcome = outcome


def watched(found, *watchers):
    stop = found.stop or Stop(found.clock)
    return execute(found.decide(), found.api, found.clock, stop, watchers=watchers)


def test_each_event_is_told_at_its_moment():
    with scene(uneven(), ONE_BY_ONE) as found:
        diary = Diary(found)
        outcome = watched(found, diary)
    assert diary.entries == [
        ("begins", 2, 0),
        ("enters", 1, 0),
        ("launches", 101, 0),
        ("flies", 101, 1),
        (DONE, 101, 1),
        ("enters", 2, 1),
        ("launches", 102, 1),
        ("flies", 102, 2),
        (DONE, 102, 2),
        ("finishes", 2, 2),
    ]
    assert diary.moments == sorted(diary.moments)
    assert diary.outcome == outcome
    assert [move.began for move in outcome.moves] == [diary.moments[3], diary.moments[7]]


def test_a_move_ends_when_it_ends_and_not_with_the_last_of_its_step():
    guests = [
        {"vmid": 101, "count": 2, "node": "a", "memory": "20G", "load": {"cpu": 1.0, "memory": "20G"}},
        {"vmid": 103, "node": "a", "load": {"cpu": 1.0, "memory": "10G"}},
        {"vmid": 201, "node": "b", "load": {"cpu": 1.0, "memory": "2G"}},
        {"vmid": 301, "node": "c", "load": {"cpu": 1.0, "memory": "10G"}},
    ]
    with scene(uneven(guests=guests)) as found:
        diary = Diary(found)
        outcome = watched(found, diary)
    told = [moment for entry, moment in zip(diary.entries, diary.moments, strict=True) if entry[0] == DONE]
    ended = [move.began + move.seconds for move in outcome.moves]
    assert len({entry[1] for entry in diary.entries if entry[0] == "enters"}) == 1
    assert len(set(told)) == len(told) > 1
    assert sorted(told) == sorted(ended)


def test_moves_that_do_not_come_about_end_as_well():
    with scene(uneven()) as found:
        plan = found.decide()
        found.sim.call(lambda: found.world.remove_guest(101))
        found.sim.call(
            lambda: found.world.faults.add(
                Fault("answer", status=500, text="no room", vmid=102, method="POST", path="/nodes/*/migrate")
            )
        )
        diary = Diary(found)
        options = ExecuteOptions(retries=0)
        outcome = execute(plan, found.api, found.clock, Stop(found.clock), options, watchers=[diary])
    assert [entry[:2] for entry in diary.entries] == [
        ("begins", 2),
        ("enters", 1),
        (SKIPPED, 101),
        ("launches", 102),
        (FAILED, 102),
        ("finishes", 2),
    ]
    assert [move.began for move in outcome.moves] == [None, None]


def test_after_a_stop_no_step_is_entered_and_every_move_ends():
    with scene(uneven(), ONE_BY_ONE) as found:
        found.stop = Stop(found.clock)
        found.clock.due = [(2, lambda: found.stop.request("SIGTERM"))]
        diary = Diary(found)
        watched(found, diary)
    assert [entry[:2] for entry in diary.entries][4:] == [(DONE, 101), (SKIPPED, 102), ("finishes", 2)]


class Sleeper(Watcher):
    def launches(self, *_told):
        raise StateUnusable("the disk is full")


class Stumbler(Watcher):
    def finishes(self, *_told):
        raise ZeroDivisionError("division by zero")


def test_a_watcher_that_raises_is_dropped_and_named():
    with scene(uneven()) as found:
        diary = Diary(found)
        outcome = watched(found, Sleeper(), Stumbler(), diary)
    assert [move.status for move in outcome.moves] == [DONE, DONE]
    assert outcome.is_complete
    assert outcome.warnings == (
        "Sleeper was told nothing more of this run: the disk is full",
        "Stumbler was told nothing more of this run: internal error: ZeroDivisionError: division by zero",
    )
    assert diary.entries[-1][0] == "finishes"
    assert diary.outcome.warnings == outcome.warnings[:1]
