# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Policy relief run by run: it learns in its state file, acts where a node runs short of cpu, and then rests."""

import time

import pytest

from ansible_collections.pve.drs.plugins.module_utils.state.file import StateFile
from ansible_collections.pve.drs.plugins.module_utils.state.habits import recall_habits
from simulator.server import Settings, running
from simulator.world.loads import Constant, Demand

from .conftest import SPEED, a_world, guests_on

GIB = 2.0**30
BUSY = range(101, 107)
QUIET, SHORT = Demand(1.5, 8 * GIB), Demand(3.4, 8 * GIB)
CORES = 16


@pytest.fixture
def small():
    """Six guests on one of two nodes."""
    with running(a_world(guests_on("pve1", 6, cores=4)), Settings(port=0, speed=SPEED)) as simulator:
        yield simulator


@pytest.fixture
def relieve(small, reach, run_module, tmp_path):
    """Run the module so many times in a row; returns its results."""
    params = reach(small.connection) | {
        "policy": "relief",
        "cycle": 1,
        "settle": 0,
        "state_path": str(tmp_path / "state"),
    }

    def run(times, *, check_mode=False):
        return [run_module("drs_balance", params, check_mode=check_mode) for _unused in range(times)]

    return run


def wanted(small, demand):
    """Let all guests ask for this from now on."""

    def change():
        for vmid in BUSY:
            small.world.guests[vmid].load = Constant(demand)

    small.call(change)


def habits(tmp_path):
    return recall_habits(StateFile(path=tmp_path / "state", is_read_only=True), "small")


def cores_wanted(small):
    nodes = {guest.node: 0.0 for guest in small.world.guests.values()}
    for guest in small.world.guests.values():
        nodes[guest.node] += guest.load.at(small.world.clock.now).cpu
    return nodes


@pytest.mark.long
def test_relief_learns_from_run_to_run_and_acts_where_a_node_runs_short(small, relieve, tmp_path):
    wanted(small, QUIET)
    calm = relieve(2)
    assert [run["plan"]["move_count"] for run in calm] == [0, 0]
    learned = habits(tmp_path)
    assert {habit.samples for habit in learned.guests.values()} == {2}
    assert abs(learned.time - time.time()) < 60

    wanted(small, SHORT)
    small.call(lambda: small.world.clock.advance(60))
    [preview] = relieve(1, check_mode=True)
    assert habits(tmp_path) == learned
    acted = relieve(5)
    moved = [move for run in acted for step in run["plan"]["steps"] for move in step["moves"]]
    assert preview["plan"]["move_count"] > 0
    assert moved
    assert all(move["category"] == "contention" and move["source"] == "pve1" for move in moved)
    assert "chance of it" in moved[0]["reason"]
    assert len({move["vmid"] for move in moved}) == len(moved)
    assert max(cores_wanted(small).values()) < CORES
    assert acted[-1]["plan"]["move_count"] == 0
    assert {habit.samples for habit in habits(tmp_path).guests.values()} == {7}
