# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Eight guests start at once on four nodes: with commitments they spread, as Proxmox looks at them they all go to one node."""

from collections import Counter

from ansible_collections.pve.drs.plugins.module_utils.pve.translate import nodes_of as nodes_in
from ansible_collections.pve.drs.tests.unit.placing import DEMO, Caller, nodes_of, starts_scenario
from ansible_collections.pve.drs.tests.unit.simulated import scene

EIGHT = (501, 502, 503, 504, 511, 512, 521, 522)
# Their demand shows some minutes after they have started.
WARM = 600


def cores_in_use(found, chosen):
    """By node, of 16 each; printed for the table in docs/how-to/placement.md, which pytest shows with -rP."""
    nodes = [node for node in nodes_in(found.api.resources(), (), {}) if node.usage]
    for node in nodes:
        here = sum(node.name == one for one in chosen.values())
        shares = f"{100 * node.usage.cpu / node.capacity.cpu:.0f} % cpu, {100 * node.usage.memory / node.capacity.memory:.0f} % memory"
        print(f"{node.name}: {here} of the eight, {shares}")
    return {node.name: node.usage.cpu for node in nodes}


def test_the_eight_are_spread_as_the_plan_said_also_when_their_demand_shows():
    with scene(starts_scenario(), **DEMO) as found:
        found.sim.advance(60)
        done = Caller(found)(guests={"tag": "nightly"}, state="started")
        assert done.failure is None
        planned = {entry["vmid"]: entry["target"] for entry in done.values["guests"]}
        assert nodes_of(found, EIGHT) == planned
        assert Counter(planned.values()) == dict.fromkeys(("pve1", "pve2", "pve3", "pve4"), 2)
        found.sim.advance(WARM)
        used = cores_in_use(found, planned)
        assert max(used.values()) - min(used.values()) < 2.5
        assert max(used.values()) < 12


def test_one_by_one_as_proxmox_sees_them_all_eight_go_to_the_same_node_and_saturate_it():
    """Policy crs, mode dynamic, each asked for by itself without a state file: nobody knows of the others."""
    with scene(starts_scenario(), **DEMO) as found:
        found.sim.advance(60)
        run = Caller(found)
        chosen = {vmid: run(guests=[vmid], policy="crs").values["guests"][0]["target"] for vmid in EIGHT}
    assert set(chosen.values()) == {"pve3"}
    scenario = starts_scenario()
    for guest in scenario["guests"]:
        if guest["vmid"] in EIGHT:
            guest.pop("nodes", None)
            guest["node"] = "pve3"
    with scene(scenario, **DEMO) as found:
        found.sim.advance(60)
        for vmid in EIGHT:
            guest = found.world.guests[vmid]
            found.api.power(f"/nodes/pve3/{guest.type}/{vmid}", "start", {})
        found.sim.advance(WARM)
        used = cores_in_use(found, chosen)
        assert used["pve3"] > 15
        assert max(cores for node, cores in used.items() if node != "pve3") < 6
