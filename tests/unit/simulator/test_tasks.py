# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

import re

import pytest

from simulator.world.errors import TaskFailed, WorldError
from simulator.world.tasks import UPID, Caller

from .worlds import ME, a_world, move, until

GUEST = "guests: [{vmid: 101, node: pve1}]"


def sleeping(seconds, failure=None, warning=None):
    def make(task):
        task.print("hello")
        yield seconds
        if warning:
            task.warn(warning)
        if failure:
            raise TaskFailed(failure)

    return make


def test_a_upid_names_node_start_type_guest_and_user():
    world = a_world()
    task = world.tasks.start("pve1", "qmigrate", "101", Caller("drs@pve", "demo"), sleeping(5))
    parts = UPID.fullmatch(task.upid)
    assert parts["node"] == "pve1"
    assert int(parts["start"], 16) == world.clock.now == task.starttime
    assert (parts["type"], parts["id"], parts["user"]) == ("qmigrate", "101", "drs@pve!demo")
    assert int(parts["pid"], 16) == task.pid
    assert int(parts["pstart"], 16) == task.pstart


def test_a_task_runs_and_ends_well():
    world = a_world()
    task = world.tasks.start("pve1", "test", "", ME, sleeping(5))
    assert (task.is_running, task.exitstatus, task.log) == (True, None, ["hello"])
    world.clock.advance(6)
    assert (task.exitstatus, task.endtime - task.starttime, task.log) == ("OK", 5, ["hello", "TASK OK"])


def test_a_failed_task_says_why_on_one_line():
    world = a_world()
    task = world.tasks.start("pve1", "test", "", ME, sleeping(1, failure="first\nsecond\n"))
    world.clock.advance(1)
    assert (task.exitstatus, task.log[-1]) == ("first second", "TASK ERROR: first second")


def test_warnings_are_counted():
    world = a_world()
    task = world.tasks.start("pve1", "test", "", ME, sleeping(1, warning="careful"))
    world.clock.advance(1)
    assert (task.exitstatus, task.log[-2:]) == ("WARNINGS: 1", ["WARN: careful", "TASK WARNINGS: 1"])


def test_a_stopped_task_ends_at_once():
    world = a_world()
    task = world.tasks.start("pve1", "test", "", ME, sleeping(100))
    world.tasks.stop(task)
    assert task.exitstatus == "received interrupt"
    world.tasks.stop(task)
    world.clock.advance(200)
    assert task.log == ["hello", "TASK ERROR: received interrupt"]


def test_a_node_that_loses_power_leaves_tasks_without_a_last_word():
    world = a_world()
    task = world.tasks.start("pve1", "test", "", ME, sleeping(100))
    world.node_down("pve1")
    assert (task.exitstatus, task.log) == ("unexpected status", ["hello"])


@pytest.mark.parametrize(
    ("node", "change", "text"),
    [
        ("pve1", lambda _upid: "xyz", "unable to parse worker upid"),
        ("pve1", lambda upid: re.sub(":[0-9A-F]{8}:", ":00000001:", upid, count=1), "no such task"),
        ("pve2", lambda upid: upid, "no such task"),
    ],
)
def test_unknown_tasks_are_parameter_errors(node, change, text):
    world = a_world(GUEST)
    upid = move(world, 101, "pve2", online=True).upid
    with pytest.raises(WorldError) as caught:
        world.tasks.find(node, change(upid))
    assert (caught.value.status, caught.value.errors) == (400, {"upid": text})


def test_a_node_lists_its_tasks_latest_first_and_forgets_the_oldest():
    world = a_world()
    tasks = [world.tasks.start("pve1", "test", str(k), ME, sleeping(0.001)) for k in range(2100)]
    world.clock.advance(1)
    world.tasks.start("pve1", "test", "last", ME, sleeping(1))
    listed = list(world.tasks.of_node("pve1"))
    assert listed[0].id == "last"
    assert len(listed) <= 2100
    assert world.tasks.get(tasks[0].upid) is None


@pytest.mark.parametrize(
    ("kind", "action", "task_type", "status"),
    [
        ("qemu", "stop", "qmstop", "stopped"),
        ("qemu", "shutdown", "qmshutdown", "stopped"),
        ("qemu", "reboot", "qmreboot", "running"),
        ("lxc", "stop", "vzstop", "stopped"),
        ("lxc", "shutdown", "vzshutdown", "stopped"),
    ],
)
def test_power_actions_are_tasks(kind, action, task_type, status):
    world = a_world(f"guests: [{{vmid: 101, node: pve1, type: {kind}}}]")
    task = world.tasks.get(world.power(world.guests[101], action, ME))
    until(world, lambda: not task.is_running)
    assert (task.type, task.exitstatus, world.guests[101].status) == (task_type, "OK", status)


def test_start_and_suspend():
    world = a_world("guests: [{vmid: 101, node: pve1, status: stopped}, {vmid: 102, node: pve1, template: true}]")
    world.power(world.guests[101], "start", ME)
    failed = world.tasks.get(world.power(world.guests[102], "start", ME))
    world.clock.advance(5)
    assert world.guests[101].is_running
    assert "template" in failed.exitstatus
    again = world.tasks.get(world.power(world.guests[101], "start", ME))
    assert again.exitstatus == "VM 101 already running"
    world.power(world.guests[101], "suspend", ME)
    world.clock.advance(5)
    assert (world.guests[101].status, world.guests[101].qmp_status) == ("running", "paused")


def test_containers_refuse_what_makes_no_sense():
    world = a_world("guests: [{vmid: 101, node: pve1, type: lxc}]")
    with pytest.raises(WorldError, match="CT 101 already running"):
        world.power(world.guests[101], "start", ME)


def test_power_needs_no_lock_and_a_start_needs_quorum():
    world = a_world("guests: [{vmid: 101, node: pve1, lock: snapshot}, {vmid: 102, node: pve1}]")
    task = world.tasks.get(world.power(world.guests[101], "stop", ME))
    assert task.exitstatus == "VM is locked (snapshot)"
    world.lose_quorum()
    world.power(world.guests[102], "stop", ME)
    until(world, lambda: not world.guests[102].is_running)
    with pytest.raises(WorldError, match="no quorum"):
        world.power(world.guests[102], "start", ME)
