# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

import random

import pytest

from simulator.world.errors import WorldError
from simulator.world.events import act
from simulator.world.faults import Fault, FaultBook, Request, TaskPoint, problem_of

from .worlds import a_world, log_of, move, until

POST = Request("POST", "/nodes/pve1/qemu/101/migrate", "pve1", 101)


def book(*faults):
    return FaultBook(faults, random.Random(1))


@pytest.mark.parametrize(
    ("conditions", "hits"),
    [
        ({}, True),
        ({"method": "GET"}, False),
        ({"path": "/nodes/*/qemu/*/migrate"}, True),
        ({"path": "/nodes/*/lxc/*"}, False),
        ({"node": "pve1", "vmid": 101}, True),
        ({"vmid": 102}, False),
    ],
)
def test_all_conditions_must_hold(conditions, hits):
    assert (book(Fault("answer", **conditions)).for_request(POST) is not None) is hits


def test_a_fault_with_a_count_is_used_up():
    faults = book(Fault("reset", count=2))
    assert [faults.for_request(POST) is not None for _unused in range(3)] == [True, True, False]


def test_the_first_ones_pass():
    faults = book(Fault("reset", skip=2, count=1))
    assert [faults.for_request(POST) is not None for _unused in range(4)] == [False, False, True, False]


def test_the_first_that_fits_is_taken_and_the_next_when_it_is_used_up():
    faults = book(Fault("answer", text="one", count=1), Fault("answer", text="two"))
    assert [faults.for_request(POST).text for _unused in range(3)] == ["one", "two", "two"]


def test_chance_is_repeatable():
    books = [book(Fault("slow", probability=0.3)) for _copy in range(2)]
    hits = [[one.for_request(POST) is not None for _request in range(200)] for one in books]
    assert hits[0] == hits[1]
    assert 30 < sum(hits[0]) < 90


def test_request_faults_and_task_faults_do_not_meet():
    faults = book(Fault("fail_task", task="qmigrate", phase="phase2"))
    assert faults.for_request(POST) is None
    assert faults.for_task(TaskPoint("qmigrate", "pve1", 101, "phase1")) is None
    assert faults.for_task(TaskPoint("vzmigrate", "pve1", 101, "phase2")) is None
    assert faults.for_task(TaskPoint("qmigrate", "pve1", 101, "phase2")) is not None


def test_faults_can_be_taken_back():
    faults = book(Fault("reset"))
    faults.clear()
    assert faults.for_request(POST) is None


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault("explode"), "unknown effect 'explode'"),
        (Fault("fail_task", phase="phase9"), "unknown phase 'phase9'"),
        (Fault("fail_task", phase="phase2", percent=60), "either phase or percent"),
        (Fault("hang_task", phase="ended"), "can neither fail nor hang"),
        (Fault("slow", carried_out=True), "it would happen twice"),
    ],
)
def test_faults_that_cannot_be(fault, text):
    assert text in problem_of(fault)


def test_what_happens_beside_does_not_use_up_what_goes_wrong():
    faults = book(Fault("act", action="lose_quorum", count=1), Fault("answer", text="no"))
    assert [one.action for one in faults.acts_at(POST)] == ["lose_quorum"]
    assert faults.acts_at(POST) == []
    assert faults.for_request(POST).text == "no"


ONE_GUEST = "guests: [{vmid: 101, node: pve1}]\n"


def trying(text):
    """A migration of guest 101 (4 GiB at 1 GB/s) from pve1 to pve2."""
    world = a_world(ONE_GUEST + text)
    return world, move(world, 101, "pve2", online=True)


def test_a_task_fails_at_a_share_of_its_memory():
    world, task = trying("faults: [{fail_task: the line is dead, percent: 60}]")
    until(world, lambda: not task.is_running)
    assert task.exitstatus == "migration aborted"
    assert "ERROR: the line is dead" in log_of(task)
    sent = [line for line in log_of(task) if line.startswith("migration active")]
    assert sent[-1].startswith("migration active, transferred 1.9 GiB")
    assert (world.guests[101].node, world.guests[101].lock) == ("pve1", None)


def test_a_task_hangs_until_it_is_stopped():
    world, task = trying("faults: [{hang_task: true, percent: 30%}]")
    world.clock.advance(3600)
    assert (task.is_running, world.guests[101].lock) == (True, "migrate")
    world.tasks.stop(task)
    world.clock.advance(5)
    assert (task.exitstatus, world.guests[101].lock) == ("migration aborted", None)


def test_a_task_hangs_for_a_while():
    world, task = trying("faults: [{hang_task: true, percent: 30, lasts: 5m}]")
    assert until(world, lambda: not task.is_running) > 300
    assert (task.exitstatus, world.guests[101].node) == ("OK", "pve2")


def test_a_stubborn_task_is_deaf_to_being_stopped_but_not_to_a_loss_of_power():
    world, task = trying("faults: [{hang_task: true, phase: phase2, stubborn: true}]")
    world.clock.advance(60)
    world.tasks.stop(task)
    world.clock.advance(60)
    assert task.is_running
    world.node_down("pve1")
    assert task.exitstatus == "unexpected status"


@pytest.mark.parametrize("point", ["phase: phase2", "percent: 50", "phase: ended"])
def test_something_happens_when_a_task_comes_so_far(point):
    world, task = trying(f"faults: [{{act: {{lock_guest: {{vmid: 102, lock: backup}}}}, {point}, after: 10s}}]")
    world.add_guest(a_world("guests: [{vmid: 102, node: pve3}]").guests[102])
    until(world, lambda: not task.is_running)
    came = until(world, lambda: world.guests[102].lock == "backup")
    assert 0 < came <= 11


def test_the_node_of_a_task_may_die_of_it():
    world, task = trying("faults: [{act: {node_down: pve1}, percent: 50}]")
    until(world, lambda: not task.is_running)
    assert task.exitstatus == "unexpected status"
    guest = world.guests[101]
    assert (guest.node, guest.lock, guest.is_running) == ("pve1", "migrate", False)


def test_a_backup_locks_a_guest_and_unlocks_it():
    world = a_world(ONE_GUEST)
    task = world.tasks.get(act(world, "backup", {"vmid": 101, "seconds": 60}))
    world.clock.advance(59)
    assert (task.type, world.guests[101].lock) == ("vzdump", "backup")
    second = world.tasks.get(act(world, "backup", {"vmid": 101, "seconds": 60}))
    assert second.exitstatus == "job errors"
    world.clock.advance(2)
    assert (task.exitstatus, world.guests[101].lock) == ("OK", None)


def test_a_backup_that_is_stopped_unlocks_its_guest_and_one_that_loses_power_does_not():
    world = a_world(ONE_GUEST)
    for end, lock in ((world.tasks.stop, None), (lambda _task: world.node_down("pve1"), "backup")):
        task = world.tasks.get(act(world, "backup", {"vmid": 101, "seconds": 60}))
        end(task)
        assert (task.is_running, world.guests[101].lock) == (False, lock)


def test_a_backup_job_saves_one_guest_after_the_other_and_misses_those_that_have_left():
    world = a_world("guests: [{vmid: 101, node: pve1}, {vmid: 102, node: pve1}, {vmid: 103, node: pve1}]")
    task = world.tasks.get(act(world, "backup_job", {"node": "pve1", "seconds": 60}))
    assert (task.id, [guest.lock for guest in world.guests.values()]) == ("", ["backup", None, None])
    world.clock.advance(61)
    assert [guest.lock for guest in world.guests.values()] == [None, "backup", None]
    world.remove_guest(103)
    world.clock.advance(61)
    assert task.exitstatus == "job errors"
    assert "ERROR: Backup of VM 103 failed - unable to find VM '103'" in task.log


def test_a_backup_job_leaves_out_what_is_locked():
    world = a_world(ONE_GUEST)
    act(world, "lock_guest", {"vmid": 101, "lock": "snapshot"})
    task = world.tasks.get(act(world, "backup_job", {"node": "pve1", "seconds": 60}))
    assert (task.exitstatus, world.guests[101].lock) == ("job errors", "snapshot")
    act(world, "unlock_guest", {"vmid": 101})
    again = world.tasks.get(act(world, "backup_job", {"node": "pve1", "seconds": 60}))
    world.clock.advance(61)
    assert again.exitstatus == "OK"


def test_a_guest_on_its_way_cannot_be_destroyed():
    world, _task = trying("")
    with pytest.raises(WorldError, match=r"VM is locked \(migrate\)"):
        world.remove_guest(101)


@pytest.mark.parametrize(
    ("action", "arguments", "text"),
    [
        ("set_ha", {"vmid": 101, "state": "happy"}, "unknown state 'happy'"),
        ("set_load", {"vmid": 101, "cpu": 1, "memory": "much"}, "is no size"),
        ("change_certificate", {"authority": "mine"}, "unknown authority 'mine'"),
        ("backup", {"vmid": 101}, "takes vmid, seconds, not vmid"),
    ],
)
def test_bad_actions_are_refused(action, arguments, text):
    with pytest.raises(ValueError, match=text):
        act(a_world(ONE_GUEST), action, arguments)


def test_a_resource_in_error_is_not_moved():
    world = a_world("guests: [{vmid: 101, node: pve1, ha: started}]")
    world.ha.change_state(world.ha.services["vm:101"], "error")
    task = move(world, 101, "pve2", online=True)
    world.clock.advance(60)
    assert task.exitstatus == "command 'ha-manager migrate vm:101 pve2' failed: exit code 255"
    assert "service 'vm:101' in error state, must be disabled and fixed first" in log_of(task)
    assert world.guests[101].node == "pve1"
