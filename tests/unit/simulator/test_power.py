# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Starting and ending guests: what is refused at once, what fails in its task, and who waits for whom."""

import pytest

from .asking import ACCESS, Asking, Refused
from .worlds import ME, a_world, move, until

WORLD = f"""{ACCESS}
acl: [{{path: /, user: drs@pve, role: Administrator}}]
guests:
  - {{vmid: 101, node: pve1, status: stopped, disks: ["ceph:8G"]}}
  - {{vmid: 102, node: pve1, shutdown: 30s}}
  - {{vmid: 103, node: pve1, state: paused}}
  - {{vmid: 104, node: pve1, status: stopped, cores: 17}}
  - {{vmid: 105, node: pve1, status: stopped, lock: suspended}}
  - {{vmid: 106, node: pve1, status: stopped, ha: stopped}}
  - {{vmid: 107, node: pve1, template: true}}
  - {{vmid: 108, node: pve1, lock: backup}}
  - {{vmid: 201, node: pve1, type: lxc}}
  - {{vmid: 202, node: pve1, type: lxc, status: stopped}}
  - {{vmid: 203, node: pve1, type: lxc, template: true}}
"""
ROOT_ONLY = "Only root may use this option."


def asking():
    world = a_world(WORLD)
    return world, Asking(world)


def path_of(vmid):
    return f"/nodes/pve1/{'qemu' if vmid < 200 else 'lxc'}/{vmid}/status"


def ended(world, ask, vmid, action, **params):
    """How the task of an action ends."""
    task = world.tasks.get(ask("POST", f"{path_of(vmid)}/{action}", **params))
    until(world, lambda: not task.is_running)
    return task.exitstatus


@pytest.mark.parametrize(
    ("vmid", "action", "params", "complaint"),
    [
        (201, "start", {}, "CT 201 already running"),
        (202, "stop", {}, "CT 202 not running"),
        (202, "shutdown", {}, "CT 202 not running"),
        (202, "reboot", {}, "VM 202 not running"),
        (101, "reboot", {}, "VM 101 not running"),
        (101, "suspend", {}, "VM 101 not running"),
        (101, "resume", {}, "VM 101 not running"),
        (103, "shutdown", {}, "VM is paused - cannot shutdown"),
        (103, "reboot", {}, "VM is paused - cannot shutdown"),
        (101, "start", {"skiplock": 1}, {"skiplock": ROOT_ONLY}),
        (101, "start", {"stateuri": "tcp"}, {"stateuri": ROOT_ONLY}),
        (102, "stop", {"keepActive": 1}, {"keepActive": ROOT_ONLY}),
        (106, "stop", {"overrule-shutdown": 1}, {"overrule-shutdown": "Not applicable for HA resources."}),
        (999, "start", {}, "Configuration file 'nodes/pve1/lxc/999.conf' does not exist"),
    ],
)
def test_what_the_api_refuses_before_there_is_a_task(vmid, action, params, complaint):
    world, ask = asking()
    with pytest.raises(Refused) as caught:
        ask("POST", f"{path_of(vmid)}/{action}", **params)
    assert (caught.value.errors or caught.value.message) == complaint
    assert not world.tasks.running()


@pytest.mark.parametrize(
    ("vmid", "action", "params", "status"),
    [
        (102, "start", {}, "VM 102 already running"),
        (107, "start", {}, "you can't start a vm if it's a template"),
        (203, "start", {}, "you can't start a CT if it's a template"),
        (104, "start", {}, "MAX 16 vcpus allowed per VM on this node"),
        (108, "stop", {}, "VM is locked (backup)"),
        (108, "start", {}, "VM 108 already running"),
        (102, "shutdown", {"timeout": 5}, "VM quit/powerdown failed - got timeout"),
        (201, "shutdown", {"timeout": 1}, "got timeout"),
        (102, "shutdown", {"timeout": 5, "forceStop": 1}, "OK"),
        (103, "shutdown", {"forceStop": 1}, "OK"),
        (101, "stop", {}, "OK"),
        (101, "shutdown", {}, "OK"),
        (105, "start", {}, "OK"),
    ],
)
def test_what_becomes_of_a_task(vmid, action, params, status):
    world, ask = asking()
    assert ended(world, ask, vmid, action, **params) == status
    assert (world.guests[105].lock is None) is (vmid == 105)


def test_a_guest_that_has_started_begins_with_nothing():
    world, ask = asking()
    assert ended(world, ask, 101, "start") == "OK"
    found = ask("GET", f"{path_of(101)}/current")
    assert (found["status"], found["qmpstatus"], found["netin"]) == ("running", "running", 0)
    assert found["uptime"] <= 1
    world.clock.advance(60)
    assert 59 <= ask("GET", f"{path_of(101)}/current")["uptime"] <= 61


def test_a_storage_that_is_away_keeps_a_guest_from_starting():
    world, ask = asking()
    world.storage_down("ceph", "pve1")
    assert ended(world, ask, 101, "start") == "storage 'ceph' is not online"
    assert not world.guests[101].is_running


def test_of_two_starts_one_comes_too_late():
    world, ask = asking()
    tasks = [world.tasks.get(ask("POST", f"{path_of(101)}/start")) for _unused in range(2)]
    until(world, lambda: not any(task.is_running for task in tasks))
    assert [task.exitstatus for task in tasks] == ["OK", "VM 101 already running"]
    assert world.busy == {}


def test_who_waits_too_long_for_the_config_gives_up():
    world, ask = asking()
    shutdown = world.tasks.get(ask("POST", f"{path_of(102)}/shutdown"))
    stop = world.tasks.get(ask("POST", f"{path_of(102)}/stop"))
    until(world, lambda: not stop.is_running)
    assert stop.exitstatus == "can't lock file '/var/lock/qemu-server/lock-102.conf' - got timeout"
    assert (stop.endtime - stop.starttime, shutdown.is_running) == (10, True)


def test_a_stop_may_end_the_shutdown_under_way():
    world, ask = asking()
    shutdown = world.tasks.get(ask("POST", f"{path_of(102)}/shutdown"))
    world.clock.advance(2)
    stop = world.tasks.get(ask("POST", f"{path_of(102)}/stop", **{"overrule-shutdown": 1}))
    until(world, lambda: not stop.is_running)
    assert (stop.exitstatus, shutdown.exitstatus) == ("OK", "received interrupt")
    assert stop.log[0] == f"overruled qmshutdown tasks: {shutdown.upid}"
    assert not world.guests[102].is_running


def test_a_guest_that_has_left_in_the_meantime_cannot_be_started():
    world, ask = asking()
    shutdown = world.tasks.get(ask("POST", f"{path_of(102)}/shutdown"))
    start = world.tasks.get(ask("POST", f"{path_of(102)}/start"))
    world.place(world.guests[102], "pve2")
    world.tasks.stop(shutdown)
    until(world, lambda: not start.is_running)
    assert start.exitstatus == "Configuration file 'nodes/pve1/qemu-server/102.conf' does not exist"


def test_a_guest_under_ha_is_started_by_the_manager():
    world, ask = asking()
    task = world.tasks.get(ask("POST", f"{path_of(106)}/start"))
    until(world, lambda: not task.is_running)
    assert (task.type, task.exitstatus, task.log[0]) == ("hastart", "OK", "Requesting HA start for VM 106")
    assert not world.guests[106].is_running
    until(world, lambda: world.guests[106].is_running, 120)


def test_without_quorum_the_manager_cannot_be_asked():
    world, ask = asking()
    until(world, lambda: world.ha.is_managed("vm:106"))
    world.lose_quorum()
    text = "command 'ha-manager crm-command stop vm:106 60' failed: exit code 255"
    assert ended(world, ask, 106, "shutdown") == text
    with pytest.raises(Refused, match="no quorum"):
        ask("POST", f"{path_of(106)}/start")


def test_a_pause_is_a_task_of_its_own_name():
    world, ask = asking()
    task = world.tasks.get(ask("POST", f"{path_of(102)}/suspend"))
    until(world, lambda: not task.is_running)
    assert (task.type, world.guests[102].qmp_status) == ("qmpause", "paused")
    assert ended(world, ask, 102, "resume") == "OK"
    assert world.guests[102].qmp_status == "running"


def test_a_vm_that_is_too_wide_for_a_node_does_not_arrive_there():
    world = a_world(
        "nodes: {pve1: {cores: 16}, pve2: {cores: 2}}\nguests: [{vmid: 101, node: pve1, disks: ['ceph:8G']}]"
    )
    task = move(world, 101, "pve2", online=True)
    until(world, lambda: not task.is_running)
    assert task.exitstatus == "migration aborted"
    assert any("MAX 2 vcpus allowed per VM on this node" in line for line in task.log)
    assert world.guests[101].is_running
    world.power(world.guests[101], "stop", ME)
