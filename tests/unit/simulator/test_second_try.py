# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A move that failed is tried once more, on the next-best node; what depended on it is left out, and the rest goes on."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE, FAILED, SKIPPED
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven
from simulator.world.faults import Fault

ONE_BY_ONE = Policy(limits=Limits(max_parallel=1))
POST_MIGRATE = {"method": "POST", "path": "/nodes/*/migrate"}
FOUR_NODES = uneven(
    nodes={"a": {}, "b": {}, "c": {}, "d": {}},
    guests=[
        {"vmid": 101, "count": 4, "node": "a"},
        {"vmid": 201, "node": "b", "load": {"cpu": 1.0, "memory": "10G"}},
        {"vmid": 301, "node": "c", "load": {"cpu": 1.0, "memory": "10.5G"}},
        {"vmid": 401, "node": "d", "memory": "20G", "load": {"cpu": 1.0, "memory": "20G"}},
    ],
)


def fault(found, effect, **conditions):
    found.sim.call(lambda: found.world.faults.add(Fault(effect, **conditions)))


def fails(found, vmid, **more):
    fault(found, "fail_task", text="no space left", task="qmigrate", vmid=vmid, phase="phase1", **more)


def test_a_failed_move_goes_to_the_next_best_node():
    with scene(FOUR_NODES) as found:
        plan = found.decide()
        assert [str(planned.move) for planned in plan.moves] == ["101 a->b", "102 a->c"]
        fails(found, 101, count=1)
        outcome = found.execute(plan)
        assert found.node_of(101) == "d"
    first = outcome.moves[0]
    assert [move.status for move in outcome.moves] == [DONE, DONE]
    assert (first.node, first.planned.move.target, first.upid) == ("d", "d", first.attempts[1].upid)
    assert first.reason == "moved to d, after b had failed: its task ended with: migration aborted: no space left"
    assert first.planned.reason.startswith("in place of 101 a->b, which failed: evens out")
    assert [(attempt.target, attempt.reason) for attempt in first.attempts] == [
        ("b", "its task ended with: migration aborted: no space left"),
        ("d", "moved to d"),
    ]
    assert len({attempt.upid for attempt in first.attempts}) == 2
    assert first.instead_of == plan.moves[0].move
    assert outcome.moves[1].instead_of is None
    assert outcome.changed
    assert outcome.is_complete


def test_thirty_seconds_lie_between_the_tries():
    with scene(FOUR_NODES) as found:
        plan = found.decide()
        fails(found, 101, count=1)
        began = found.clock.now()
        outcome = found.execute(plan)
    assert outcome.moves[0].began - began > 30


def test_one_that_fails_twice_has_failed_and_tells_both():
    with scene(FOUR_NODES) as found:
        plan = found.decide()
        fails(found, 101)
        outcome = found.execute(plan)
        assert len([path for path in found.writes() if "/101/" in path]) == 2
    first = outcome.moves[0]
    assert (first.status, first.node, len(first.attempts)) == (FAILED, "a", 2)
    aborted = "its task ended with: migration aborted: no space left"
    assert first.reason == f"{aborted}, after b had failed: {aborted}"


def test_where_no_other_node_will_do_it_is_tried_on_the_same_one():
    with scene(uneven(nodes={"a": {}, "b": {}}, guests=[{"vmid": 101, "count": 3, "node": "a"}])) as found:
        plan = found.decide()
        fails(found, plan.moves[0].move.vmid, count=1)
        outcome = found.execute(plan)
    assert [attempt.target for attempt in outcome.moves[0].attempts] == ["b", "b"]
    assert outcome.moves[0].status == DONE


def test_a_second_try_has_to_be_allowed():
    """A rule that keeps the guest from every other node, and a node that has gone."""
    rule = Rule(name="home", type="run_on", guests=GuestSelector(vmids=frozenset({101})), nodes=frozenset({"a", "b"}))
    with scene(FOUR_NODES, Policy(rules=(rule,))) as found:
        plan = found.decide()
        assert "101 a->b" in [str(planned.move) for planned in plan.moves]
        fails(found, 101)
        found.clock.due = [(20, lambda: found.sim.call(lambda: found.world.node_down("b")))]
        outcome = found.execute(plan)
    [first] = [move for move in outcome.moves if move.planned.move.vmid == 101]
    assert first.status == FAILED
    assert first.reason.endswith("; not tried again: no node may take it now, or none that would be better for it")
    assert len(first.attempts) == 1


def test_without_retries_or_after_a_stop_nothing_is_tried_again():
    with scene(FOUR_NODES) as found:
        plan = found.decide()
        fails(found, 101)
        assert len(found.execute(plan, retries=0).moves[0].attempts) == 1
    with scene(FOUR_NODES) as found:
        plan = found.decide()
        fails(found, 101)
        found.stop = Stop(found.clock)
        found.clock.due = [(2, lambda: found.stop.request("SIGTERM"))]
        assert len(found.execute(plan).moves[0].attempts) == 1


def test_a_guest_that_somebody_has_moved_meanwhile_is_left_there():
    def away():
        found.sim.call(lambda: found.world.steal(101, "c"))

    with scene(FOUR_NODES) as found:
        plan = found.decide()
        fails(found, 101, count=1)
        found.clock.due = [(45, away)]
        outcome = found.execute(plan)
    assert (outcome.moves[0].status, outcome.moves[0].node) == (FAILED, "c")
    assert "not tried again: it is on c now" in outcome.moves[0].reason


OTHERS = [
    {"vmid": 103, "count": 2, "node": "a", "tags": ["drs-pin"]},
    {"vmid": 201, "node": "b", "tags": ["drs-pin"]},
    {"vmid": 301, "node": "c", "tags": ["drs-pin"]},
]
TOGETHER = Policy(rules=(Rule(name="web", type="together", guests=GuestSelector(vmids=frozenset({101, 102}))),))


@pytest.mark.parametrize("vmid", [101, 102])
def test_of_guests_that_move_together_those_that_were_left_follow_the_others(vmid):
    with scene(uneven(guests=[{"vmid": 101, "count": 2, "node": "a"}, *OTHERS]), TOGETHER) as found:
        plan = found.decide()
        assert [planned.move.vmid for planned in plan.moves] == [101, 102]
        fault(found, "answer", status=500, text="no", vmid=vmid, count=1, **POST_MIGRATE)
        outcome = found.execute(plan)
        assert len({found.node_of(101), found.node_of(102)} - {"a"}) == 1
    assert [move.status for move in outcome.moves] == [DONE, DONE]


# 101 is to leave a and 201 to come in its place: without the first the second one would make matters worse.
EXCHANGE = {
    "guests": [
        {"vmid": 101, "node": "a", "memory": "20G", "load": {"cpu": 4.0, "memory": "20G"}},
        {"vmid": 102, "node": "a", "memory": "20G", "load": {"cpu": 3.0, "memory": "20G"}, "tags": ["drs-pin"]},
        {"vmid": 201, "node": "b", "memory": "12G", "load": {"cpu": 1.5, "memory": "12G"}},
        {"vmid": 202, "node": "b", "memory": "8G", "load": {"cpu": 0.5, "memory": "8G"}, "tags": ["drs-pin"]},
    ],
    "nodes": {"a": {}, "b": {}},
    "guest": {"cores": 8},
}


def test_what_would_do_harm_without_a_failed_move_is_left_out():
    with scene(uneven(**EXCHANGE), Policy(method="cpu", balanciness=0.05, limits=Limits(max_parallel=1))) as found:
        plan = found.decide()
        assert sorted(str(planned.move) for planned in plan.moves) == ["101 a->b", "201 b->a"], plan.notices
        first = plan.moves[0].move
        fails(found, first.vmid)
        outcome = found.execute(plan)
    assert [move.status for move in outcome.moves] == [FAILED, SKIPPED]
    assert outcome.moves[1].reason == (
        f"without {first}, which did not come about, it would leave the cluster worse off"
    )


def test_what_does_not_depend_on_a_failed_move_goes_on():
    with scene(FOUR_NODES, ONE_BY_ONE) as found:
        plan = found.decide()
        fails(found, 101)
        outcome = found.execute(plan)
    assert [move.status for move in outcome.moves] == [FAILED, DONE]


APART = Policy(rules=(Rule(name="apart", type="separate", guests=GuestSelector(vmids=frozenset({101, 102}))),))
HAS_TO_BE = [{"vmid": 101, "count": 2, "node": "a"}]


def without_its_target(found, **options):
    """101 or 102 has to leave a, and its target goes down before that begins."""
    plan = found.decide()
    [planned] = plan.moves
    found.sim.call(lambda: found.world.node_down(planned.move.target))
    return planned.move, found.execute(plan, **options).moves[0]


def test_a_move_that_has_to_be_goes_to_another_node_at_once_when_its_target_is_gone():
    with scene(uneven(guests=HAS_TO_BE), APART) as found:
        began = found.clock.now()
        move, moved = without_its_target(found)
        assert found.node_of(move.vmid) not in (move.source, move.target)
    assert (moved.status, moved.instead_of) == (DONE, move)
    assert moved.planned.reason.startswith(f"in place of {move}, which could not be started: ")
    assert moved.began - began < 30


@pytest.mark.parametrize("options", [{"retries": 0}, {"on_drift": "stop"}])
def test_it_stays_where_nothing_else_is_wanted(options):
    with scene(uneven(guests=HAS_TO_BE), APART) as found:
        move, moved = without_its_target(found, **options)
    assert (moved.status, moved.node) == (SKIPPED, move.source)


def test_it_stays_where_no_other_node_will_do_and_tells_why_it_was_not_started():
    vmids = frozenset({101, 102})
    home = Rule(name="home", type="run_on", guests=GuestSelector(vmids=vmids), nodes=frozenset({"a", "b"}))
    with scene(uneven(guests=HAS_TO_BE), Policy(rules=(*APART.rules, home))) as found:
        move, moved = without_its_target(found)
    assert (moved.status, moved.node, moved.reason) == (SKIPPED, move.source, "b is offline")


@pytest.mark.parametrize("seconds", [0, 120])
def test_what_somebody_else_makes_useless_is_left_out(seconds):
    """While it is under way, and after it has arrived."""
    with scene(uneven()) as found:
        plan = found.decide()
        assert [str(planned.move) for planned in plan.moves] == ["101 a->b", "102 a->c"]
        found.sim.call(lambda: found.world.steal(103, "b"))
        found.clock.sleep(seconds)
        outcome = found.execute(plan)
    assert [move.status for move in outcome.moves] == [SKIPPED, DONE]
    assert outcome.moves[0].reason == "now that somebody else moves guest 103, it would leave the cluster worse off"
