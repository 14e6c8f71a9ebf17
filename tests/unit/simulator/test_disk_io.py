# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

import pytest

from simulator.scenario import load_world

from .worlds import a_world, move

# 48 MiB/s are wanted of a storage that gives 36 on each node: three quarters of everything
LOCAL = """
storages: {zfs: {type: zfspool, size: 1T, speed: 36M}, ceph: {type: rbd, size: 1T}}
guests: [{vmid: 101, node: pve1, count: 4, disks: ["zfs:8G"], io: 4M}, {vmid: 201, node: pve2, disks: ["zfs:8G"], io: 4M}]
"""
SHARED = LOCAL.replace("zfs: {type: zfspool", "zfs: {type: nfs").replace("speed: 36M", "speed: 30M")


def pressure_of(world, name):
    return world.statistics.present_node(name).pressure_io


def test_the_guests_of_a_node_wait_for_its_local_storage():
    world = a_world(LOCAL)
    assert (pressure_of(world, "pve1"), pressure_of(world, "pve2")) == (68.36, 0.0)
    assert world.statistics.guest(101).pressure_io == 25.0
    assert world.statistics.guest(201).pressure_io == 0.0


def test_a_node_waits_when_any_of_its_guests_does():
    """Four that wait a quarter of the time each: 1 - 0.75 ** 4."""
    world = a_world(LOCAL)
    figures = world.statistics.present_node("pve1")
    assert (figures.pressure_io, figures.pressure_io_full) == (68.36, 12.5)


def test_who_goes_leaves_the_others_waiting_less():
    world = a_world(LOCAL)
    move(world, 101, "pve2", online=True, with_local_disks=True)
    world.clock.advance(600)
    assert world.guests[101].node == "pve2"
    assert (pressure_of(world, "pve1"), pressure_of(world, "pve2")) == (0.0, 0.0)


def test_a_shared_storage_is_slow_for_everybody_wherever_they_run():
    world = a_world(SHARED)
    assert (pressure_of(world, "pve1"), pressure_of(world, "pve2"), pressure_of(world, "pve3")) == (93.75, 50.0, 0.0)
    world.place(world.guests[101], "pve3")
    assert pressure_of(world, "pve3") == 50.0


def test_who_asks_for_nothing_waits_for_nothing():
    world = a_world(LOCAL.replace("count: 4", "count: 4, net: 0").replace("pve2, disks", "pve1, io: 0, disks", 1))
    assert pressure_of(load_world("slow-storage"), "pve1") > 0
    assert pressure_of(load_world("slow-storage"), "pve2") == 0
    assert world.statistics.guest(101).pressure_io == pytest.approx(40.0)


def test_a_storage_without_a_speed_lets_nobody_wait():
    world = a_world(LOCAL.replace(", speed: 36M", ""))
    assert pressure_of(world, "pve1") == 0


def test_history_shows_the_waiting():
    text = 'cluster: {name: t, profile: "9.2", seed: 1, start: 2026-03-02 09:00:30, history: 2h}' + LOCAL
    world = a_world(text)
    node, guest = world.node_history("pve1", "hour")[0], world.guest_history(101, "hour")[0]
    assert (node["pressureiosome"], node["pressureiofull"]) == (68.36, 12.5)
    assert (guest["pressureiosome"], guest["pressureiofull"]) == (25.0, 12.5)
    assert node["iowait"] > world.node_history("pve2", "hour")[0]["iowait"]
    assert "pressureiosome" not in a_world(text, "8.4").node_history("pve1", "hour")[0]
