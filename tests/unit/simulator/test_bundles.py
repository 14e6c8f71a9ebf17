# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests that belong together start together or not at all, and arrive together, also when the HA manager moves them."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE, FAILED, SKIPPED
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits, Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.rules import GuestSelector, Rule
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven
from simulator.world.faults import Fault

PAIR = GuestSelector(vmids=frozenset({101, 102}))
TOGETHER = Policy(rules=(Rule(name="web", type="together", guests=PAIR),), limits=Limits(max_parallel=1))
OTHERS = [
    {"vmid": 103, "count": 2, "node": "a", "tags": ["drs-pin"]},
    {"vmid": 201, "node": "b", "tags": ["drs-pin"]},
    {"vmid": 301, "node": "c", "tags": ["drs-pin"]},
]
BESIDE_OTHERS = {"guests": [{"vmid": 101, "count": 2, "node": "a"}, *OTHERS]}
HA_RULE = {"type": "resource-affinity", "affinity": "positive", "resources": ["vm:101", "vm:102"]}
HA_PAIR = {
    "guests": [{"vmid": 101, "count": 2, "node": "a", "ha": "started"}, *OTHERS],
    "ha": {"rules": {"web": HA_RULE}},
}
APART = {
    "guests": [{"vmid": 101, "node": "a"}, {"vmid": 102, "node": "b"}, {"vmid": 201, "node": "c"}],
}
THREE = Policy(
    rules=(Rule(name="web", type="together", guests=GuestSelector(vmids=frozenset({101, 102, 201}))),),
    limits=Limits(max_parallel_per_node=1),
)


def places(found, *vmids):
    return {found.node_of(vmid) for vmid in vmids}


def test_they_start_as_one_although_the_limit_is_one_at_a_time():
    with scene(uneven(**BESIDE_OTHERS), TOGETHER) as found:
        plan = found.decide()
        assert [[p.move.vmid for p in step.moves] for step in plan.steps] == [[101, 102]]
        outcome = found.execute(plan)
        assert [move.status for move in outcome.moves] == [DONE, DONE]
        assert len(places(found, 101, 102)) == 1
        assert found.decide().moves == ()


@pytest.mark.parametrize("locked", [101, 102])
def test_one_that_is_locked_keeps_them_all(locked):
    with scene(uneven(**BESIDE_OTHERS), TOGETHER) as found:
        plan = found.decide()
        found.sim.call(lambda: found.world.change_config(found.world.guests[locked], {"lock": "backup"}))
        outcome = found.execute(plan)
        assert found.writes() == []
        assert places(found, 101, 102) == {"a"}
    assert [move.status for move in outcome.moves] == [SKIPPED, SKIPPED]
    words = f"it moves together with others by rule web, and of guest {locked} is true: it is locked (backup)"
    words += " (waited 120 s for it)"
    assert [move.reason for move in outcome.moves] == [words, words]


def test_when_the_second_cannot_be_started_that_is_told():
    """The first is on its way by then: the next plan joins them again."""
    with scene(uneven(**BESIDE_OTHERS), TOGETHER) as found:
        plan = found.decide()
        refusal = Fault("answer", status=500, text="no", method="POST", path="/nodes/*/migrate", vmid=102, count=1)
        found.sim.call(lambda: found.world.faults.add(refusal))
        outcome = found.execute(plan, retries=0)
        assert [move.status for move in outcome.moves] == [DONE, FAILED]
        again = found.decide()
        assert [planned.category for planned in again.moves] == ["mandatory"]
        assert found.execute(again).is_complete
        assert len(places(found, 101, 102)) == 1


def test_when_the_first_cannot_be_started_the_others_stay():
    with scene(uneven(**BESIDE_OTHERS), TOGETHER) as found:
        plan = found.decide()
        refusal = Fault("answer", status=500, text="no", method="POST", path="/nodes/*/migrate", vmid=101, count=1)
        found.sim.call(lambda: found.world.faults.add(refusal))
        outcome = found.execute(plan, retries=0)
    assert [move.status for move in outcome.moves] == [FAILED, SKIPPED]
    assert outcome.moves[1].reason == "guest 101, with which it moves together, could not be started"


def test_a_bundle_that_is_apart_joins_in_one_step():
    with scene(uneven(**APART), THREE) as found:
        plan = found.decide()
        assert len(plan.steps) == 1
        assert {planned.group for planned in plan.moves} == {"rule web"}
        assert found.execute(plan).is_complete
        assert len(places(found, 101, 102, 201)) == 1


@pytest.mark.parametrize("is_late", [False, True], ids=["in time", "too late"])
def test_the_ha_manager_takes_partners_along(is_late):
    """Every guest has a request of its own; one that comes too late is refused, and the guest is followed all the same."""
    with scene(uneven(**HA_PAIR), Policy()) as found:
        plan = found.decide()
        assert [[p.move.vmid for p in step.moves] for step in plan.steps] == [[101, 102]]
        if is_late:
            text = "VM is locked (migrate)"
            late = Fault("answer", status=500, text=text, method="POST", path="/nodes/*/migrate", vmid=102, count=1)
            found.sim.call(lambda: found.world.faults.add(late))
        outcome = found.execute(plan)
        assert [move.status for move in outcome.moves] == [DONE, DONE], [move.reason for move in outcome.moves]
        assert places(found, 101, 102) == {plan.moves[0].move.target}
        assert found.decide().moves == ()
