# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

from itertools import pairwise

import pytest

from simulator.world.loads import Constant, Demand

from .worlds import a_world, move

HISTORY = """
cluster: {name: test, profile: "9.2", seed: 1, start: 2026-03-02 09:00:30, history: 40d}
guests: [{vmid: 101, node: pve1}, {vmid: 102, node: pve1, status: stopped}]
"""
PSI = {"pressurecpusome", "pressureiosome", "pressureiofull", "pressurememorysome", "pressurememoryfull"}


@pytest.mark.parametrize(
    ("profile", "timeframe", "rows", "step"),
    [
        ("9.2", "hour", 60, 60),
        ("9.2", "day", 1440, 60),
        ("9.2", "week", 336, 1800),
        ("9.2", "month", 1440, 1800),
        ("8.4", "hour", 70, 60),
        ("8.4", "day", 70, 1800),
        ("8.4", "week", 70, 10_800),
    ],
)
def test_time_frames_have_their_steps_and_rows(profile, timeframe, rows, step):
    found = a_world(HISTORY, profile).node_history("pve1", timeframe)
    times = [row["time"] for row in found]
    assert len(found) in (rows, rows - 1)
    assert {later - earlier for earlier, later in pairwise(times)} == {step}
    assert times[0] % step == 0


@pytest.mark.parametrize(("profile", "rows"), [("9.2", 59), ("8.4", 70)])
def test_the_newest_row_waits_for_its_first_broadcast(profile, rows):
    world = a_world(HISTORY.replace("09:00:30", "09:00:05"), profile)
    found = world.node_history("pve1", "hour")
    assert len(found) == rows
    assert ("cpu" in found[-1]) is (profile == "9.2")


def test_columns_of_both_generations():
    new, old = a_world(HISTORY), a_world(HISTORY, "8.4")
    old_node = {"time", "loadavg", "maxcpu", "cpu", "iowait", "memtotal", "memused", "swaptotal", "swapused", "roottotal",
                "rootused", "netin", "netout"}  # fmt: skip
    old_guest = {
        "time",
        "maxcpu",
        "cpu",
        "maxmem",
        "mem",
        "maxdisk",
        "disk",
        "netin",
        "netout",
        "diskread",
        "diskwrite",
    }
    assert set(old.node_history("pve1", "hour")[5]) == old_node
    assert set(new.node_history("pve1", "hour")[5]) == old_node | PSI | {"memavailable", "arcsize"}
    assert set(old.guest_history(101, "hour")[5]) == old_guest
    assert set(new.guest_history(101, "hour")[5]) == old_guest | PSI | {"memhost", "pressurecpufull"}
    assert set(new.guest_history(102, "hour")[5]) == {"time", "maxcpu", "maxmem", "maxdisk", "disk"}


def test_figures_are_those_of_the_time():
    world = a_world(HISTORY)
    world.set_load(world.guests[101], Constant(Demand(4, 2**30)))
    world.clock.advance(600)
    rows = world.guest_history(101, "hour")
    assert (rows[0]["cpu"], rows[-1]["cpu"]) == (0.5, 1.0)
    node = world.node_history("pve1", "hour")
    assert (node[0]["cpu"], node[-1]["cpu"]) == (pytest.approx(2 / 16), pytest.approx(4 / 16))


def test_before_the_first_sample_rows_hold_only_their_time():
    world = a_world("guests: [{vmid: 101, node: pve1}]")
    world.clock.advance(600)
    rows = world.node_history("pve1", "hour")
    assert set(rows[0]) == {"time"}
    assert "cpu" in rows[-1]
    assert 9 <= sum("cpu" in row for row in rows) <= 10


def test_history_follows_a_guest_to_its_new_node():
    world = a_world(HISTORY)
    move(world, 101, "pve2", online=True)
    world.clock.advance(1200)
    rows = world.guest_history(101, "hour")
    assert all("cpu" in row for row in rows)
    assert world.node_history("pve1", "hour")[-1]["cpu"] == 0
    assert world.node_history("pve2", "hour")[-1]["cpu"] == pytest.approx(2 / 16)


def test_a_dead_node_leaves_a_gap():
    world = a_world(HISTORY)
    world.node_down("pve1")
    world.clock.advance(600)
    assert "cpu" in world.node_history("pve1", "hour")[0]
    assert set(world.node_history("pve1", "hour")[-2]) == {"time"}
    assert set(world.guest_history(101, "hour")[-2]) == {"time"}


def test_a_node_that_published_nothing_leaves_a_gap():
    world = a_world(HISTORY)
    world.statistics_down("pve1")
    world.clock.advance(600)
    world.statistics_up("pve1")
    world.clock.advance(300)
    known = ["cpu" in row for row in world.node_history("pve1", "hour")]
    assert (known[0], known[-1]) == (True, True)
    assert 9 <= known.count(False) <= 11
    assert [
        set(row) for row, known_here in zip(world.guest_history(101, "hour"), known, strict=True) if not known_here
    ] == ([{"time"}] * known.count(False))
    assert all("cpu" in row for row in world.node_history("pve2", "hour"))


def test_a_gap_of_the_scenario_lies_where_it_says():
    world = a_world(HISTORY + "nodes: {pve1: {gaps: [{ago: 40m, lasts: 15m}]}, pve2: {}}")
    now = world.clock.now
    lost = [now - row["time"] for row in world.node_history("pve1", "hour") if "cpu" not in row]
    assert len(lost) == 15
    assert 24 * 60 <= min(lost) < max(lost) <= 40 * 60


def test_cache_and_swap_of_a_node_are_recorded():
    text = "nodes: {pve1: {arc: 6G, ksm: 1G, swap: 4G, swap_used: 2G}, pve2: {}}"
    row = a_world(HISTORY + text).node_history("pve1", "hour")[5]
    assert (row["arcsize"], row["swaptotal"], row["swapused"]) == (6 * 2**30, 4 * 2**30, 2 * 2**30)
    plain = a_world(HISTORY).node_history("pve1", "hour")[5]
    assert row["memused"] - plain["memused"] == (6 - 1) * 2**30


def test_maximum_is_not_less_than_average():
    text = HISTORY.replace("vmid: 101", "load: {cpu: 2, memory: 1G, noise: 50%}, vmid: 101")
    world = a_world(text)
    average, most = world.guest_history(101, "week"), world.guest_history(101, "week", "MAX")
    assert all(high["cpu"] > mean["cpu"] for high, mean in zip(most[:-1], average[:-1], strict=True))


def test_storages_have_history_too():
    assert set(a_world(HISTORY).storage_history("ceph", "pve1", "hour")[3]) == {"time", "total", "used"}
