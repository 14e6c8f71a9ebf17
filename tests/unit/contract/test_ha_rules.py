# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""HA rules are obeyed: what we move stays where we moved it, and nobody follows that the plan did not count."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.ha.reading import read_ha
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import DONE
from ansible_collections.pve.drs.plugins.module_utils.pve.collect import collect
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven
from simulator.world import ha_arming

HA_GUESTS = [{"vmid": 101, "count": 4, "node": "a", "ha": "started"}, {"vmid": 201, "node": "b", "ha": "started"}]
HOME = {"type": "node-affinity", "resources": [101], "nodes": {"a": 2, "b": 1}, "strict": True}
PAIR = {"type": "resource-affinity", "resources": [102, 103], "affinity": "positive"}
RIVALS = {"type": "resource-affinity", "resources": [103, 201], "affinity": "negative"}
NINE = uneven(guests=HA_GUESTS, ha={"rules": {"home": HOME, "pair": PAIR, "rivals": RIVALS}})
LEFT = {"state": "started", "group": "left"}
EIGHT = uneven(
    cluster={"profile": "8.4"},
    guests=[
        {"vmid": 101, "count": 2, "node": "a", "ha": LEFT},
        {"vmid": 103, "count": 2, "node": "a", "ha": "started"},
        {"vmid": 201, "node": "b"},
        {"vmid": 301, "node": "c"},
    ],
    ha={"groups": {"left": {"nodes": {"a": 2, "c": 1}, "restricted": True}}},
)
EXPECTED = {
    "rules of PVE 9": (NINE, {"102 a->c", "103 a->c"}),
    "groups of PVE 8": (EIGHT, {"103 a->b", "104 a->c"}),
}


def places(found):
    return {guest.vmid: guest.node for guest in collect(found.api).guests}


@pytest.mark.parametrize(("scenario", "expected"), EXPECTED.values(), ids=EXPECTED.keys())
def test_the_ha_manager_leaves_our_moves_as_they_are(scenario, expected):
    with scene(scenario) as found:
        found.sim.advance(60)
        plan = found.decide()
        assert {str(planned.move) for planned in plan.moves} == expected
        outcome = found.execute(plan)
        assert {moved.status for moved in outcome.moves} == {DONE}
        found.sim.advance(180)
        assert places(found) == dict(plan.placement_after)
        assert found.decide().moves == ()


def test_rules_of_groups_are_read_as_those_of_pve_9():
    with scene(EIGHT) as found:
        place = read_ha(collect(found.api)).places[101]
    assert (place.source, place.allowed, place.preferred) == ("HA group left", {"a", "c"}, {"a"})


@pytest.mark.parametrize(("mode", "free"), [("freeze", set()), ("ignore", {101, 102, 103, 104, 201})])
def test_what_disarming_makes_of_ha_guests(mode, free):
    with scene(NINE) as found:
        found.sim.advance(60)
        found.sim.call(lambda: ha_arming.disarm(found.world.ha, mode))
        found.sim.advance(120)
        cluster = collect(found.api)
        moved = {planned.move.vmid for planned in found.decide().moves}
    assert cluster.ha.mode == mode
    assert {guest.vmid for guest in cluster.guests if not guest.is_ha} == free
    assert bool(moved) == bool(free)
