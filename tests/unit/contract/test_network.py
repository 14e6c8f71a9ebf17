# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Links whose speed is known: what is read for them, and what it makes of a plan (drs-model 2.8)."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.tests.unit.simulated import scene, uneven

MIB = 2.0**20
# Four guests on a, one each on b and c; the one on b keeps its node's link busy.
CHATTY = uneven(
    cluster={"history": "2h"},
    guests=[
        {"vmid": 101, "count": 4, "node": "a", "net": "10M"},
        {"vmid": 201, "node": "b", "net": "85M"},
        {"vmid": 301, "node": "c", "net": "10M"},
    ],
)
LINKS = Policy(node_link_bytes=100 * MIB)


def histories(found):
    return [entry.path for entry in found.sim.log.entries() if entry.path.endswith("/rrddata")]


def test_without_links_no_history_is_read():
    with scene(CHATTY) as found:
        assert {planned.move.target for planned in found.decide().moves} == {"b", "c"}
        assert histories(found) == []


def test_a_busy_node_takes_none():
    with scene(CHATTY, LINKS) as found:
        plan = found.decide()
    assert {planned.move.target for planned in plan.moves} == {"c"}


def test_nodes_are_asked_and_of_the_guests_those_that_would_move():
    with scene(CHATTY, LINKS) as found:
        plan = found.decide()
        asked = histories(found)
    moving = [f"/nodes/a/qemu/{planned.move.vmid}/rrddata" for planned in plan.moves]
    assert sorted(asked) == sorted([f"/nodes/{node}/rrddata" for node in "abc"] + moving)


def test_rates_are_those_of_the_busier_direction():
    """The simulated guests send half of what they receive."""
    with scene(CHATTY, LINKS) as found:
        plan = found.decide()
    cluster = plan.cluster
    samples = cluster.history.nodes["b"].network.values
    assert samples[-1] == pytest.approx(85 * MIB, rel=0.2)
    moved = plan.moves[0].move.vmid
    assert cluster.history.guests[moved].network.values[-1] == pytest.approx(10 * MIB, rel=0.2)
    assert cluster.guest_by_vmid[201].network_rate == pytest.approx(85 * MIB, rel=0.2)


def test_a_faster_link_of_its_own_is_not_busy():
    with scene(CHATTY, Policy(node_link_bytes=100 * MIB, node_links={"b": 400 * MIB})) as found:
        assert {planned.move.target for planned in found.decide().moves} == {"b", "c"}
