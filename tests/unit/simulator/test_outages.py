# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

import pytest

from simulator.world.errors import WorldError
from simulator.world.events import act

from .worlds import a_world, until

GUESTS = "guests: [{vmid: 101, node: pve1, onboot: true}, {vmid: 102, node: pve1}, {vmid: 103, node: pve2}]"


def test_guests_die_with_their_node_and_start_with_it_only_when_told_to():
    world = a_world(GUESTS)
    world.node_down("pve1")
    assert [world.guests[vmid].status for vmid in (101, 102, 103)] == ["stopped", "stopped", "running"]
    world.node_up("pve1")
    assert not world.nodes["pve1"].online
    until(world, lambda: world.nodes["pve1"].online)
    assert [world.guests[vmid].status for vmid in (101, 102)] == ["running", "stopped"]
    world.clock.advance(10)
    assert world.statistics.node("pve1").uptime <= 11


def test_a_node_without_link_runs_on_unheard():
    world = a_world(GUESTS)
    world.cut_link("pve1")
    assert world.guests[101].is_running
    assert not world.sees_online("pve2", "pve1")
    assert world.sees_online("pve1", "pve1")
    assert (world.is_quorate("pve1"), world.is_quorate("pve2")) == (False, True)
    assert not world.can_reach("pve2", "pve1")


def test_a_stopped_daemon_changes_nothing_else():
    world = a_world(GUESTS)
    world.daemon_down("pve1")
    assert world.nodes["pve1"].online
    assert not world.can_reach("pve2", "pve1")
    world.daemon_up("pve1")
    assert world.can_reach("pve2", "pve1")


def test_quorum_is_lost_and_found():
    world = a_world(GUESTS)
    world.lose_quorum()
    assert not any(world.is_quorate(name) for name in world.nodes)
    with pytest.raises(WorldError, match="cluster not ready - no quorum"):
        world.require_quorum("pve1")
    world.regain_quorum()
    assert all(world.is_quorate(name) for name in world.nodes)


def test_things_happen_by_themselves():
    world = a_world(GUESTS + "\nevents: [{after: 30s, node_down: pve2}, {after: 1m, steal: {vmid: 102, target: pve3}}]")
    world.clock.advance(29)
    assert world.nodes["pve2"].online
    world.clock.advance(1)
    assert not world.nodes["pve2"].online
    world.clock.advance(90)
    assert world.guests[102].node == "pve3"


def test_a_guest_may_vanish():
    world = a_world(GUESTS + "\npools: {p: {}}")
    world.remove_guest(101)
    world.clock.advance(20)
    assert world.statistics.guest(101) is None
    with pytest.raises(WorldError, match="does not exist"):
        world.guest_on("pve1", "qemu", 101)


@pytest.mark.parametrize(
    ("action", "arguments", "text"),
    [
        ("explode", {}, "unknown action 'explode'"),
        ("node_down", {}, "action 'node_down' takes node, not no arguments"),
        ("lose_quorum", {"node": "pve1"}, "action 'lose_quorum' takes no arguments, not node"),
    ],
)
def test_wrong_actions_are_told(action, arguments, text):
    with pytest.raises(ValueError, match=text):
        act(a_world(), action, arguments)
