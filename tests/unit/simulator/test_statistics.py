# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

import pytest

from simulator.world.figures import MIGRATION_CORES, PROCESS_MEMORY
from simulator.world.loads import Constant, Demand

from .worlds import a_world, move

GIB = 2**30
TWO = "guests: [{vmid: 101, node: pve1, count: 2}]"


def test_node_figures_are_the_sums_of_guests_and_overhead():
    world = a_world("nodes: {pve1: {overhead: {cpu: 2, memory: 6G}}, pve2: {}}\n" + TWO)
    figures = world.statistics.node("pve1")
    assert figures.cpu == pytest.approx((2 + 2 * 2) / 16)
    assert figures.mem == 6 * GIB + 2 * (4 * GIB + PROCESS_MEMORY)


def test_without_enough_processors_everybody_gets_less_and_waits():
    world = a_world("guests: [{vmid: 101, node: pve1, count: 8, cores: 4, load: {cpu: 4, memory: 1G}}]")
    assert world.statistics.node("pve1").cpu == 1.0
    assert world.statistics.guest(101).cpu == pytest.approx(0.5)
    assert world.statistics.guest(101).pressure_cpu == pytest.approx(50)


def test_a_guest_never_gets_more_than_it_is_configured_for():
    world = a_world("guests: [{vmid: 101, node: pve1, cores: 2, memory: 4G, load: {cpu: 9, memory: 64G}}]")
    figures = world.statistics.guest(101)
    assert (figures.cpu, figures.mem) == (1.0, 4 * GIB)


def test_a_node_shows_never_more_memory_than_it_has():
    world = a_world("guests: [{vmid: 101, node: pve1, count: 20, memory: 8G, load: 100%}]")
    assert world.statistics.node("pve1").mem == 64 * GIB
    assert world.statistics.node("pve1").pressure_memory > 0


def test_listings_show_a_new_load_only_after_the_next_round():
    world = a_world(TWO)
    world.set_load(world.guests[101], Constant(Demand(4, 8 * GIB)))
    assert world.statistics.guest(101).cpu == pytest.approx(0.5)
    assert world.statistics.present(world.guests[101]).cpu == pytest.approx(1.0)
    world.clock.advance(10)
    assert world.statistics.guest(101).cpu == pytest.approx(1.0)


def test_a_round_shows_the_cluster_as_it_was_at_that_time_whenever_it_is_read():
    world = a_world(TWO)
    world.clock.advance(10)
    world.set_running(world.guests[101], running=False)
    assert world.statistics.guest(101).status == "running"
    world.clock.advance(10)
    assert world.statistics.guest(101).status == "stopped"


def test_a_round_before_a_move_shows_the_guest_where_it_was():
    world = a_world(TWO)
    world.clock.advance(10)
    world.place(world.guests[101], "pve2")
    assert world.statistics.guest(101).node == "pve1"
    world.clock.advance(10)
    assert world.statistics.guest(101).node == "pve2"


def test_a_new_guest_has_no_figures_before_its_nodes_next_round():
    world, other = a_world(TWO), a_world("guests: [{vmid: 500, node: pve2}]")
    world.add_guest(other.guests[500])
    assert world.statistics.guest(500) is None
    world.clock.advance(10)
    assert world.statistics.guest(500).node == "pve2"


def test_nodes_publish_in_their_own_rhythm_once_in_ten_seconds():
    world = a_world(TWO)
    world.clock.advance(10)
    first = {name: world.statistics.node(name).time for name in world.nodes}
    world.clock.advance(10)
    assert {name: world.statistics.node(name).time - first[name] for name in world.nodes} == dict.fromkeys(first, 10)
    assert len(set(first.values())) == 3


def test_figures_of_a_dead_node_stay_for_five_minutes():
    world = a_world(TWO)
    world.node_down("pve1")
    world.clock.advance(299)
    assert world.statistics.guest(101).status == "running"
    assert world.statistics.node("pve1").maxmem == 64 * GIB
    world.clock.advance(12)
    assert world.statistics.guest(101) is None
    assert world.statistics.node("pve1") is None
    assert 101 not in world.statistics.guests()


def test_without_its_statistics_daemon_a_node_grows_stale():
    world = a_world(TWO)
    world.statistics_down("pve1")
    world.clock.advance(320)
    assert world.nodes["pve1"].online
    assert world.statistics.node("pve1") is None
    world.statistics_up("pve1")
    world.clock.advance(10)
    assert world.statistics.node("pve1") is not None


def test_memory_is_held_on_both_nodes_while_a_guest_moves():
    world = a_world("guests: [{vmid: 101, node: pve1, memory: 32G, load: {cpu: 1, memory: 30G}}]")
    move(world, 101, "pve2", online=True)
    world.clock.advance(20)
    source, target = world.statistics.present_node("pve1"), world.statistics.present_node("pve2")
    assert source.mem == 30 * GIB + PROCESS_MEMORY
    assert 17e9 < target.mem < 20e9
    assert target.cpu == pytest.approx(MIGRATION_CORES / 16)
    assert source.cpu == pytest.approx((1 + MIGRATION_CORES) / 16)


def test_memory_is_released_after_the_move():
    world = a_world(TWO)
    move(world, 101, "pve2", online=True)
    world.clock.advance(60)
    assert world.statistics.node("pve1").mem == 4 * GIB + PROCESS_MEMORY
    assert world.statistics.node("pve2").mem == 4 * GIB + PROCESS_MEMORY
    assert world.statistics.node("pve2").cpu == pytest.approx(2 / 16)


def test_counters_start_again_on_another_node():
    world = a_world(TWO)
    before = world.statistics.guest(101)
    move(world, 101, "pve2", online=True)
    world.clock.advance(60)
    after = world.statistics.guest(101)
    assert before.uptime >= 3600
    assert 0 < after.uptime < 60
    assert 0 < after.netin < before.netin


def test_containers_have_no_host_memory_and_vms_a_little_more_than_they_use():
    world = a_world("guests: [{vmid: 101, node: pve1}, {vmid: 102, node: pve1, type: lxc}]")
    assert world.statistics.guest(101).memhost == 4 * GIB + PROCESS_MEMORY
    assert world.statistics.guest(102).memhost == 0


def test_a_container_without_limit_has_all_cores_of_its_node():
    world = a_world("guests: [{vmid: 102, node: pve1, type: lxc, cores: 0, load: {cpu: 8, memory: 1G}}]")
    assert (world.statistics.guest(102).maxcpu, world.statistics.guest(102).cpu) == (16, 0.5)
