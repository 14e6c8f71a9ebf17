# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Runs that end otherwise than planned: a failing migration, a dead host, a signal, time that runs out."""

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simulator.scenario import load_world
from simulator.server import Settings, running
from simulator.world.faults import Fault

SPEED = 60.0
STAND_STILL = 0.0
PATIENCE_SECONDS = 60.0
# permissions, version, six listings, the time
BEFORE_SAMPLES = 9
AFTER_FIRST_STEP = {101: "pve1", 102: "pve1", 103: "pve1", 111: "pve3", 112: "pve4"}


@pytest.fixture
def demo():
    """Serve the shipped demonstration cluster: its plan has three steps, 101 and 111 are in the first."""
    with running(load_world("demo"), Settings(port=0, speed=SPEED)) as simulator:
        yield simulator


@pytest.fixture
def set_speed(demo):
    """Let the cluster's time pass faster, or stand still: no migration ends then."""
    return lambda speed: demo.call(lambda: demo.server.stage.pace.change(speed))


@pytest.fixture
def balance(demo, reach, run_cases):
    """Balance the demonstration cluster; returns the module's result."""

    def run(*, check_mode=False, **options):
        params = reach(demo.connection) | {"settle": 1} | options
        return run_cases({"run": {"module": "drs_balance", "check_mode": check_mode, "params": params}})[0]["run"]

    return run


@pytest.fixture
def balance_alone(demo, reach, run_module):
    """Balance it without Ansible; returns the module's result."""

    def run(*, check_mode=False, **options):
        return run_module("drs_balance", reach(demo.connection) | {"settle": 1} | options, check_mode=check_mode)

    return run


def wait_until(condition):
    """Return what the condition gives once it is true."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return found


def parents():
    """Map every process to its parent."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found[int(folder.name)] = int(fields[1])
    return found


def module_process():
    """Return the process of the module that a descendant of ours runs, None when there is none."""
    known = parents()
    for pid in known:
        above = pid
        while above not in (os.getpid(), 0, 1):
            above = known.get(above, 0)
        if above == os.getpid() and is_module(pid):
            return pid
    return None


def is_module(pid):
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"python" in words[0] and any(word.endswith(b"AnsiballZ_drs_balance.py") for word in words[1:])


def places(simulator):
    return {vmid: simulator.world.guests[vmid].node for vmid in (101, 102, 103, 111, 112)}


def are_under_way(simulator):
    """Tell whether the first step was started."""
    return len(simulator.world.migrations) == 2


def test_a_failed_migration_fails_the_task_and_everybody_is_accounted_for(demo, balance):
    demo.world.faults.add(Fault(effect="fail_task", task="qmigrate", vmid=111, text="no such bridge", phase="phase1"))
    result = balance(max_moves=1, retries=0)  # besides the one that ends a violation
    assert result["failed"]
    assert result["changed"]
    assert "1 of 2 moves did not end well; failed: guest 111 (shop-app1) pve1 -> pve4 is on pve1: " in result["msg"]
    assert "\n" not in result["msg"]
    assert result["outcome"]["counts"] == {"done": 1, "failed": 1, "skipped": 0, "running": 0}
    assert {move["vmid"]: move["node"] for move in result["outcome"]["moves"]} == {101: "pve3", 111: "pve1"}
    assert "failed  111 (shop-app1) is on pve1" in result["report"]


def test_a_dead_host_is_a_warning(demo, balance):
    alive = demo.connection["nodes"]["pve1"]
    result = balance(api_host=["127.0.0.1:1", f"{alive['host']}:{alive['port']}"], check_mode=True)
    assert not result.get("failed")
    assert any("127.0.0.1:1 refuses the connection" in warning for warning in result["warnings"])
    assert demo.log.writing() == []


@pytest.mark.long
def test_time_that_runs_out_lets_running_moves_end(demo, balance_alone, set_speed):
    set_speed(STAND_STILL)
    with ThreadPoolExecutor() as pool:
        run = pool.submit(balance_alone, timeout=5)
        wait_until(lambda: are_under_way(demo))
        time.sleep(5.0)
        set_speed(SPEED)
        result = run.result()
    assert result["failed"]
    assert result["msg"] == (
        "the run ended early (time limit of 5 s): 2 of 5 moves were started, all of those have ended well"
    )
    assert result["outcome"]["interrupted_by"] == "time limit of 5 s"
    assert_that_only_the_first_step_was_done(demo, result)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_ends_the_run_with_an_account(number, demo, balance, set_speed):
    set_speed(STAND_STILL)
    with ThreadPoolExecutor() as pool:
        run = pool.submit(balance)
        wait_until(lambda: are_under_way(demo))
        os.kill(module_process(), number)
        set_speed(SPEED)
        result = run.result()
    assert result["failed"]
    assert result["outcome"]["interrupted_by"] == f"signal {number.name}"
    assert_that_only_the_first_step_was_done(demo, result)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_ends_a_minute_of_samples_at_once(number, demo, balance):
    with ThreadPoolExecutor() as pool:
        run = pool.submit(balance, estimator="ema")
        wait_until(module_process)
        wait_until(lambda: demo.log.summary()["total"] >= BEFORE_SAMPLES)
        time.sleep(1.0)
        module = module_process()
        sent = time.monotonic()
        os.kill(module, number)
        wait_until(lambda: not is_module(module))
        assert time.monotonic() - sent < 1.0
        result = run.result()
    assert result["failed"]
    assert result["msg"] == f"the run ended early (signal {number.name}): nothing was started"
    assert demo.log.writing() == []


def assert_that_only_the_first_step_was_done(demo, result):
    assert result["outcome"]["counts"] == {"done": 2, "failed": 0, "skipped": 3, "running": 0}
    assert {move["vmid"]: move["node"] for move in result["outcome"]["moves"]} == places(demo)
    assert places(demo) == AFTER_FIRST_STEP


def test_after_the_timeout_of_a_task_nothing_new_is_started(demo, reach, ansible_playbook, set_speed):
    set_speed(STAND_STILL)
    options = json.dumps({"params": reach(demo.connection) | {"settle": 1}, "seconds": 5})
    with ThreadPoolExecutor() as pool:
        run = pool.submit(ansible_playbook, Path(__file__).with_name("timeout.yml"), "-e", options)
        wait_until(lambda: are_under_way(demo))
        module = module_process()
        done = run.result()
    assert done.returncode == 2
    assert "Timed out after 5 second(s)" in done.stdout
    assert are_under_way(demo)
    set_speed(SPEED)
    wait_until(lambda: not is_module(module))
    assert places(demo) == AFTER_FIRST_STEP
