# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Guests that have just started ask for little, and what ran before can be seen in the history."""

import pytest

from simulator.reading import ScenarioError
from simulator.scenario import load_world
from simulator.world.model import GIB

from .worlds import ME, a_world, move, until

GUEST = "guests: [{vmid: 101, node: pve1, status: stopped, warm_up: 4m, load: {cpu: 2, memory: 4G}}]"
RAN = (
    "cluster: {name: t, history: 7d}\nguests: [{vmid: 101, node: pve1, status: stopped, %s load: {cpu: 2, memory: 4G}}]"
)


def started(world, vmid=101):
    world.power(world.guests[vmid], "start", ME)
    until(world, lambda: world.guests[vmid].is_running)


def cpu_of(world, vmid=101):
    figures = world.statistics.present(world.guests[vmid])
    return figures.cpu * figures.maxcpu


def test_a_guest_asks_for_its_load_some_minutes_after_its_start():
    world = a_world(GUEST)
    started(world)
    first = world.statistics.present(world.guests[101])
    assert (first.uptime, first.cpu * 4, first.mem) == (0, pytest.approx(0.04), int(0.02 * 4 * GIB))
    seen = []
    for _unused in range(5):
        world.clock.advance(60)
        seen.append(cpu_of(world))
    assert seen == pytest.approx([0.04, 0.04, 1, 2, 2], abs=0.01)


def test_each_start_begins_anew_and_a_live_migration_does_not():
    world = a_world(GUEST.replace("warm_up", "disks: ['ceph:8G'], warm_up"))
    started(world)
    world.clock.advance(300)
    task = move(world, 101, "pve2", online=True)
    until(world, lambda: not task.is_running)
    assert (task.exitstatus, cpu_of(world)) == ("OK", pytest.approx(2))
    world.power(world.guests[101], "stop", ME)
    world.clock.advance(10)
    started(world)
    assert cpu_of(world) == pytest.approx(0.04)


def test_the_history_holds_what_was_asked_for_then():
    world = a_world(GUEST)
    started(world)
    world.clock.advance(360)
    rows = [row["cpu"] * 4 for row in world.guest_history(101, "hour") if "cpu" in row]
    assert rows[0] < 0.1
    assert rows[-1] == pytest.approx(2)
    assert rows == sorted(rows)


def test_the_history_of_an_earlier_start_stays():
    world = a_world(GUEST)
    started(world)
    world.clock.advance(600)
    world.power(world.guests[101], "stop", ME)
    world.clock.advance(10)
    started(world)
    world.clock.advance(30)
    rows = [row["cpu"] * 4 for row in world.guest_history(101, "hour") if "cpu" in row]
    assert max(rows) == pytest.approx(2)


def test_a_stopped_guest_has_run_before():
    world = a_world(RAN % "ran: {ago: 1d, lasts: 6h},")
    rows = [row for row in world.guest_history(101, "week") if "cpu" in row]
    assert len(rows) in (11, 12, 13)
    assert all(row["cpu"] == 0.5 for row in rows)
    assert not world.guests[101].is_running


@pytest.mark.parametrize("text", ["ran: {ago: 1h, lasts: 2h},", "ran: {ago: 2h, lasts: 1h}, status: running,"])
def test_a_run_before_has_ended_before_the_beginning(text):
    with pytest.raises(ScenarioError, match=r"guests\[0\]\.ran: only a guest that is stopped has run before"):
        a_world(RAN % text)


def test_eight_guests_on_the_emptiest_node_look_harmless_at_first():
    world = load_world("starts")
    world.clock.advance(60)
    newcomers = [guest for guest in world.guests.values() if not guest.is_running]
    memory = {name: world.statistics.node(name).mem for name in world.nodes}
    assert len(newcomers) == 8
    assert min(memory, key=lambda name: memory[name]) == "pve3"
    for guest in newcomers:
        world.place(guest, "pve3")
        world.power(guest, "start", ME)
        world.clock.advance(15)
        # It still is the emptiest node by what can be measured.
        memory = {name: world.statistics.node(name).mem for name in world.nodes}
        assert min(memory, key=lambda name: memory[name]) == "pve3"
    world.clock.advance(600)
    assert world.statistics.node("pve3").cpu == 1
    assert world.statistics.node("pve3").pressure_cpu > 20
