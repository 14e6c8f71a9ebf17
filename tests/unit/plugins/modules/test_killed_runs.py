# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The module as a process: killed in the middle, run twice at once, run on every node."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ansible_collections.pve.drs.tests.unit.plugins.modules.conftest import a_world, guests_on
from ansible_collections.pve.drs.tests.unit.plugins.modules.test_runs import module_process, wait_until
from simulator.server import Settings, running

SPEED = 60.0
STAND_STILL = 0.0
# All on one of two nodes, moved five at a time.
GUESTS = 40


@pytest.fixture
def small():
    """Serve two nodes with all guests on the first; half of them have to go."""
    with running(
        a_world(guests_on("pve1", GUESTS, memory="2G", load={"cpu": 0.1, "memory": "1500M"})), SETTINGS
    ) as simulator:
        yield simulator


SETTINGS = Settings(port=0, speed=SPEED, login_delay_seconds=0.0)


@pytest.fixture
def params(small, reach, tmp_path):
    """Options that balance it with a state file."""
    return reach(small.connection) | {
        "settle": 1,
        "balanciness": 4,
        "max_moves": 20,
        "max_parallel": 5,
        "max_parallel_per_node": 5,
        "state_path": str(tmp_path / "state.db"),
    }


@pytest.fixture
def balance(params, run_module):
    """Balance it; returns the module's result."""
    return lambda *, check_mode=False, **options: run_module("drs_balance", params | options, check_mode=check_mode)


def set_speed(simulator, speed):
    simulator.call(lambda: simulator.server.stage.pace.change(speed))


def in_flight(simulator):
    return sorted(simulator.world.migrations)


@pytest.mark.long
def test_the_run_after_a_killed_one_waits_for_what_is_in_flight_and_finishes(small, params, run_cases, balance):
    with ThreadPoolExecutor() as pool:
        run = pool.submit(run_cases, {"run": {"module": "drs_balance", "check_mode": False, "params": params}})
        wait_until(lambda: sum(guest.node == "pve2" for guest in small.world.guests.values()) >= 2)
        set_speed(small, STAND_STILL)
        wait_until(lambda: in_flight(small))
        # killed in the middle of a write it leaves a file that check mode, which may not mend it, refuses to read
        time.sleep(2.0)
        os.kill(module_process(), signal.SIGKILL)
        assert run.result()[0]["run"]["failed"]
    flying, written = in_flight(small), small.log.writing()
    preview = balance(check_mode=True)
    assert [f"guest {vmid} was on its way pve1 -> pve2" in preview["report"] for vmid in flying] == [True] * len(flying)
    assert (in_flight(small), small.log.writing()) == (flying, written)
    set_speed(small, SPEED)
    result = balance()
    assert not result.get("failed"), result
    for vmid in flying:
        assert f"an earlier run ended while guest {vmid} (" in result["report"]
        assert small.world.guests[vmid].node == "pve2"
    places = [guest.node for guest in small.world.guests.values()]
    assert places.count("pve1") - places.count("pve2") in (-2, -1, 0, 1, 2)
    again = balance()
    assert not again["changed"]
    assert len(again["last_migrations"]) == min(10, places.count("pve2"))
    assert {move["status"] for move in again["last_migrations"]} == {"done"}


@pytest.mark.long
def test_of_two_timers_at_once_exactly_one_acts(small, balance):
    with ThreadPoolExecutor() as pool:
        first = pool.submit(balance)
        wait_until(lambda: in_flight(small))
        set_speed(small, STAND_STILL)
        second = balance()
        without_state = balance(state_path=None)
        set_speed(small, SPEED)
        assert not first.result().get("failed")
    for refused in (second, without_state):
        assert refused["failed"]
        assert refused["msg"].startswith("another run is at work on cluster small: process ")
        assert refused["msg"].endswith("nothing was started here, let it end, or wait for it with lock_wait")


@pytest.mark.long
def test_a_run_waits_for_another_one_when_it_is_told_to(small, balance):
    with ThreadPoolExecutor() as pool:
        first = pool.submit(balance)
        wait_until(lambda: in_flight(small))
        second = balance(lock_wait=120)
        assert not first.result().get("failed")
    assert not second.get("failed"), second
    assert not second["changed"]


@pytest.mark.long
def test_only_the_leader_acts(small, balance, reach):
    hosts = reach(small.connection)["api_host"]
    follower = balance(leader="local", api_host=hosts[1:])
    assert not follower["changed"]
    assert follower["report"] == "pve1 is the leader, not pve2: nothing was decided or done here\n"
    assert follower["plan"] is None
    assert small.log.writing() == []
    assert balance(leader="local", api_host=hosts[:1])["changed"]
