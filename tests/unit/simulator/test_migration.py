# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

import re

import pytest

from simulator.world.errors import WorldError
from simulator.world.migration import Where
from simulator.world.move import MigrateRequest
from simulator.world.tasks import ROOT

from .worlds import ME, a_world, log_of, move, until

GUEST = "guests: [{vmid: 101, node: pve1, disks: ['ceph:32G']}, {vmid: 102, node: pve1}, {vmid: 103, node: pve1}]"
CONTAINER = "guests: [{vmid: 200, node: pve1, type: lxc, disks: ['ceph:8G'], shutdown: 5s}]"
LOCAL = "guests: [{vmid: 101, node: pve1, status: STATUS, disks: ['zfs:10G']}]"


def refusal(world, vmid, target, **options):
    with pytest.raises(WorldError) as caught:
        move(world, vmid, target, **options)
    return caught.value


def test_a_live_migration_moves_the_guest_and_says_what_it_does():
    world = a_world(GUEST)
    task = move(world, 101, "pve3", online=True)
    world.clock.advance(60)
    assert (world.guests[101].node, world.guests[101].status, world.guests[101].lock) == ("pve3", "running", None)
    assert task.exitstatus == "OK"
    markers = [
        "conntrack state migration not supported or disabled, active connections might get dropped",
        "starting migration of VM 101 to node 'pve3' (10.0.0.3)",
        "starting VM 101 on remote node 'pve3'",
        "start remote tunnel",
        "ssh tunnel ver 1",
        "starting online/live migration on unix:/run/qemu-server/101.migrate",
        "set migration capabilities",
        "migration downtime limit: 100 ms",
        "migration cachesize: 1.0 GiB",
        "set migration parameters",
        "start migrate command to unix:/run/qemu-server/101.migrate",
        "migration status: completed",
    ]
    said = log_of(task)
    assert [line for line in said if line in markers] == markers
    assert re.fullmatch(r"migration finished successfully \(duration 00:00:\d\d\)", said[-2])
    assert said[-1] == "TASK OK"


def test_the_time_of_a_move_follows_memory_and_bandwidth():
    world = a_world("guests: [{vmid: 101, node: pve1, memory: 64G, load: {cpu: 1, memory: 40G}}]")
    task = move(world, 101, "pve2", online=True)
    # 40 GiB at 1 GB/s are 43 seconds; starting and handing over take about four more.
    assert until(world, lambda: not task.is_running) == pytest.approx(47, abs=2)


def test_a_guest_that_writes_much_takes_longer_and_gets_more_downtime():
    text = "guests: [{vmid: 101, node: pve1, memory: 16G, dirty: RATE, load: {cpu: 1, memory: 15G}}]"
    seconds = {}
    for rate in ("0", "200M", "1500M"):
        world = a_world(text.replace("RATE", rate))
        task = move(world, 101, "pve2", online=True)
        seconds[rate] = until(world, lambda task=task: not task.is_running)
    assert seconds["0"] < seconds["200M"] < seconds["1500M"]
    assert any("auto-increased downtime to continue migration: 200 ms" in line for line in task.log)
    assert any("VM dirties lots of memory" in line for line in task.log)


def test_moves_that_share_a_link_share_its_bandwidth():
    alone, both = a_world(GUEST), a_world(GUEST)
    single = move(alone, 101, "pve2", online=True)
    first, second = move(both, 101, "pve2", online=True), move(both, 102, "pve3", online=True)
    time_alone = until(alone, lambda: not single.is_running)
    time_both = until(both, lambda: not (first.is_running or second.is_running))
    assert time_both == pytest.approx(time_alone + 4.3, abs=1.1)


def test_the_link_is_free_for_others_when_a_move_is_over():
    world = a_world("""
guests:
  - {vmid: 101, node: pve1, memory: 64G, load: {cpu: 1, memory: 40G}}
  - {vmid: 102, node: pve1, memory: 16G, load: {cpu: 1, memory: 10G}}
""")
    long, short = move(world, 101, "pve2", online=True), move(world, 102, "pve3", online=True)
    # 10 GiB at half the speed, then the rest alone: 50 GiB through one link of 1 GB/s, and about four seconds around it.
    assert until(world, lambda: not short.is_running) == pytest.approx(26, abs=2)
    assert until(world, lambda: not long.is_running) == pytest.approx(58 - 26, abs=2)


def test_rounds_shrink_by_what_the_guest_writes():
    world = a_world("guests: [{vmid: 101, node: pve1, memory: 64G, dirty: 512M, load: {cpu: 1, memory: 40G}}]")
    task = move(world, 101, "pve2", online=True)
    # 43 seconds, then 0.537 of it again and again: 43 / (1 - 0.537), and about four seconds around it.
    assert until(world, lambda: not task.is_running) == pytest.approx(97, abs=3)


def test_the_target_holds_all_memory_from_the_second_round_on():
    world = a_world("guests: [{vmid: 101, node: pve1, memory: 64G, dirty: 512M, load: {cpu: 1, memory: 40G}}]")
    move(world, 101, "pve2", online=True)
    world.clock.advance(50)
    assert world.statistics.present_node("pve2").mem == pytest.approx(40 * 2**30, rel=0.01)


def test_a_source_that_loses_its_network_gives_up():
    world = a_world(GUEST)
    task = move(world, 101, "pve2", online=True)
    world.clock.advance(3)
    world.cut_link("pve1")
    world.clock.advance(5)
    assert (task.exitstatus, world.guests[101].node, world.guests[101].lock) == ("migration aborted", "pve1", None)


def test_moves_on_different_links_do_not_hinder_each_other():
    world = a_world("guests: [{vmid: 101, node: pve1}, {vmid: 102, node: pve2}]")
    first, second = move(world, 101, "pve3", online=True), move(world, 102, "pve1", online=True)
    alone = a_world("guests: [{vmid: 101, node: pve1}]")
    single = move(alone, 101, "pve3", online=True)
    assert until(world, lambda: not (first.is_running or second.is_running)) == until(
        alone, lambda: not single.is_running
    )


def test_a_limit_slows_a_move_down():
    world = a_world(GUEST)
    task = move(world, 101, "pve2", online=True, bwlimit=102_400)
    assert until(world, lambda: not task.is_running) > 40


def test_the_datacenter_limit_holds_too():
    world = a_world(GUEST + "\noptions: {bwlimit: 'clone=1,migration=51200'}")
    task = move(world, 101, "pve2", online=True, bwlimit=102_400)
    assert until(world, lambda: not task.is_running) > 80


def test_the_owner_changes_only_at_the_end_and_the_lock_stays_until_then():
    world = a_world(GUEST)
    task = move(world, 101, "pve2", online=True)
    seen = []
    while task.is_running:
        seen.append((world.guests[101].node, world.guests[101].lock))
        world.clock.advance(0.5)
    assert set(seen) == {("pve1", "migrate"), ("pve2", "migrate")}
    assert seen.index(("pve2", "migrate")) > len(seen) * 0.7


def test_a_source_that_publishes_during_the_handover_shows_postmigrate():
    world = a_world(GUEST)
    move(world, 101, "pve2", online=True)
    until(world, lambda: world.guests[101].qmp_status == "postmigrate")
    assert world.statistics.present(world.guests[101]).status == "postmigrate"


def test_a_stopped_guest_moves_without_online():
    world = a_world("guests: [{vmid: 101, node: pve1, status: stopped, disks: ['ceph:32G']}]")
    task = move(world, 101, "pve2")
    world.clock.advance(10)
    assert world.guests[101].node == "pve2"
    assert [re.sub(r"0\d\)$", "N)", line) for line in log_of(task)] == [
        "starting migration of VM 101 to node 'pve2' (10.0.0.2)",
        "migration finished successfully (duration 00:00:N)",
        "TASK OK",
    ]


@pytest.mark.parametrize(
    ("vmid", "target", "options", "status", "text"),
    [
        (101, "pve9", {"online": True}, 500, "no such cluster node 'pve9'"),
        (101, "pve2", {}, 500, "can't migrate running VM without --online"),
        (101, "pve1", {"online": True}, 400, "Parameter verification failed."),
        (101, "pve2", {"root_options": ("force",)}, 400, "Parameter verification failed."),
    ],
)
def test_what_the_api_refuses_before_there_is_a_task(vmid, target, options, status, text):
    error = refusal(a_world(GUEST), vmid, target, **options)
    assert (error.status, error.text) == (status, text)


def test_parameter_errors_name_the_parameter():
    assert refusal(a_world(GUEST), 101, "pve1").errors == {"target": "target is local node."}
    error = refusal(a_world(GUEST), 101, "pve2", root_options=("force",))
    assert error.errors == {"force": "Only root may use this option."}


def test_a_guest_that_is_not_there_is_told_by_its_config_file():
    with pytest.raises(WorldError, match=r"Configuration file 'nodes/pve2/qemu-server/101\.conf' does not exist"):
        a_world(GUEST).migrate(Where("pve2", "qemu", 101), MigrateRequest("pve3"), ME)


def test_without_quorum_nothing_moves():
    world = a_world(GUEST)
    world.lose_quorum()
    assert refusal(world, 101, "pve2", online=True).text == "cluster not ready - no quorum?"


def test_a_locked_vm_is_refused_and_a_locked_container_fails_in_its_task():
    world = a_world("guests: [{vmid: 101, node: pve1, lock: backup}, {vmid: 200, node: pve1, type: lxc, lock: backup}]")
    assert refusal(world, 101, "pve2", online=True).text == "VM is locked (backup)"
    task = move(world, 200, "pve2", restart=True)
    assert task.exitstatus == "migration aborted"
    assert "CT is locked (backup)" in task.log[0]
    assert world.guests[200].lock == "backup"


def test_a_second_call_at_once_is_accepted_and_ends_aborted():
    world = a_world(GUEST)
    first, second = move(world, 101, "pve2", online=True), move(world, 101, "pve3", online=True)
    assert world.guests[101].lock == "migrate"
    world.clock.advance(60)
    assert (first.exitstatus, second.exitstatus) == ("OK", "migration aborted")
    assert world.guests[101].node == "pve2"
    assert "Configuration file 'nodes/pve1/qemu-server/101.conf' does not exist" in second.log[-2]


def test_a_second_call_waits_ten_seconds_at_most():
    world = a_world("guests: [{vmid: 101, node: pve1, memory: 64G, load: {cpu: 1, memory: 40G}}]")
    move(world, 101, "pve2", online=True)
    second = move(world, 101, "pve3", online=True)
    assert until(world, lambda: not second.is_running) == pytest.approx(10, abs=1)
    assert "can't lock file '/var/lock/qemu-server/lock-101.conf' - got timeout" in second.log[-2]


def test_a_second_call_later_meets_the_lock():
    world = a_world(GUEST)
    move(world, 101, "pve2", online=True)
    world.clock.advance(3)
    assert refusal(world, 101, "pve3", online=True).text == "VM is locked (migrate)"


def test_a_stopped_task_leaves_the_guest_where_it_was():
    world = a_world(GUEST)
    task = move(world, 101, "pve2", online=True)
    world.clock.advance(3)
    world.tasks.stop(task)
    world.clock.advance(5)
    assert task.exitstatus == "migration aborted"
    assert (world.guests[101].node, world.guests[101].lock, world.guests[101].status) == ("pve1", None, "running")
    assert "aborting phase 2 - cleanup resources" in log_of(task)
    assert world.statistics.arriving["pve2"] == {}
    assert world.migrations == {}


def test_a_stop_during_the_handover_comes_too_late():
    world = a_world(GUEST)
    task = move(world, 101, "pve2", online=True)
    until(world, lambda: world.guests[101].qmp_status == "postmigrate")
    world.tasks.stop(task)
    world.clock.advance(10)
    assert (task.exitstatus, world.guests[101].node) == ("OK", "pve2")


@pytest.mark.parametrize(
    ("phase", "status", "node"),
    [
        ("prepare", "migration aborted", "pve1"),
        ("phase1", "migration aborted", "pve1"),
        ("phase2", "migration aborted", "pve1"),
        ("phase3", "migration problems", "pve2"),
    ],
)
@pytest.mark.parametrize(("vmid", "kind"), [(101, "qemu"), (200, "lxc")])
def test_a_task_can_be_made_to_fail_at_each_phase(phase, status, node, vmid, kind):
    world = a_world(
        "guests: [{vmid: 101, node: pve1}, {vmid: 200, node: pve1, type: lxc, disks: ['ceph:8G']}]\n"
        f"faults: [{{fail_task: it broke, phase: {phase}, vmid: {vmid}}}]"
    )
    task = move(world, vmid, "pve2", **({"online": True} if kind == "qemu" else {"restart": True}))
    world.clock.advance(60)
    assert (task.exitstatus, world.guests[vmid].node, world.guests[vmid].lock) == (status, node, None)
    assert any("ERROR: " in line and "it broke" in line for line in task.log)
    assert world.statistics.leaving["pve1"] == 0


def test_a_fault_may_strike_in_the_middle_of_a_phase():
    world = a_world(GUEST + "\nfaults: [{fail_task: connection lost, phase: phase2, after: 3s}]")
    task = move(world, 101, "pve2", online=True)
    assert until(world, lambda: not task.is_running) >= 3
    assert (task.exitstatus, world.guests[101].node) == ("migration aborted", "pve1")


def test_a_target_that_dies_on_the_way_leaves_the_guest_running_at_the_source():
    world = a_world(GUEST)
    task = move(world, 101, "pve2", online=True)
    world.clock.advance(3)
    world.node_down("pve2")
    world.clock.advance(5)
    assert task.exitstatus == "migration aborted"
    assert (world.guests[101].node, world.guests[101].status, world.guests[101].lock) == ("pve1", "running", None)


def test_a_source_that_dies_on_the_way_leaves_a_lock_behind():
    world = a_world(GUEST)
    task = move(world, 101, "pve2", online=True)
    world.clock.advance(3)
    world.node_down("pve1")
    assert (task.exitstatus, task.log[-1][:4]) == ("unexpected status", "2026")
    assert (world.guests[101].node, world.guests[101].status, world.guests[101].lock) == ("pve1", "stopped", "migrate")
    assert world.statistics.arriving["pve2"] == {}


def test_local_devices_block():
    world = a_world(
        "guests: [{vmid: 101, node: pve1, config: {hostpci0: '0000:01:00.0', usb0: spice, serial0: socket}}]"
    )
    task = move(world, 101, "pve2", online=True)
    assert task.exitstatus == "migration aborted"
    assert "can't migrate VM which uses local devices: hostpci0" in task.log[-2]


def test_local_disks_need_to_be_asked_for_and_are_copied():
    world = a_world(LOCAL.replace("STATUS", "running"))
    refused = move(world, 101, "pve2", online=True)
    world.clock.advance(10)
    assert refused.exitstatus == "migration aborted"
    assert any("without with-local-disks option" in line for line in refused.log)
    task = move(world, 101, "pve2", online=True, with_local_disks=True)
    assert until(world, lambda: not task.is_running) > 10
    assert "all 'mirror' jobs are ready" in log_of(task)
    assert world.guests[101].config["scsi0"] == "zfs:vm-101-disk-0,size=10G"
    free = world.storages["zfs"]
    assert free.used_on("pve2") - free.used == free.used - free.used_on("pve1") == 10 * 2**30


def test_local_disks_of_a_stopped_vm_go_along():
    world = a_world(LOCAL.replace("STATUS", "stopped"))
    task = move(world, 101, "pve2")
    assert until(world, lambda: not task.is_running) > 10
    assert "copying local disk images" in log_of(task)


def test_a_target_storage_renames_volumes():
    world = a_world(LOCAL.replace("STATUS", "running") + "\nstorages: {zfs: {type: zfspool}, other: {type: lvmthin}}")
    task = move(world, 101, "pve2", online=True, with_local_disks=True, target_storage="zfs:other")
    until(world, lambda: not task.is_running)
    assert world.guests[101].config["scsi0"] == "other:vm-101-disk-0,size=10G"


def test_a_storage_that_the_target_lacks_is_refused():
    text = "storages: {zfs: {type: zfspool, nodes: [pve1, pve3]}, off: {type: nfs, enabled: false}}\n"
    world = a_world(text + LOCAL.replace("STATUS", "running"))
    error = refusal(world, 101, "pve2", online=True, with_local_disks=True)
    assert error.text == "storage 'zfs' is not available on node 'pve2'"


def test_a_local_iso_blocks():
    text = "storages: {iso: {type: dir, content: [iso]}}\nguests: [{vmid: 101, node: pve1, disks: {ide2: 'iso:iso/d.iso,media=cdrom'}}]"
    task = move(a_world(text), 101, "pve2", online=True, with_local_disks=True)
    assert any("local cdrom image" in line for line in task.log)


def test_a_container_is_stopped_copied_and_started():
    world = a_world(CONTAINER)
    task = move(world, 200, "pve2", restart=True)
    world.clock.advance(3)
    assert world.guests[200].status == "running"
    world.clock.advance(20)
    assert (world.guests[200].node, world.guests[200].status, world.guests[200].lock) == ("pve2", "running", None)
    said = log_of(task)
    assert said[:2] == ["shutdown CT 200", "starting migration of CT 200 to node 'pve2' (10.0.0.2)"]
    assert "start container on target node" in said


def test_containers_do_not_move_live():
    world = a_world(CONTAINER)
    assert refusal(world, 200, "pve2").text == "can't migrate running container without --online or --restart"
    task = move(world, 200, "pve2", online=True)
    assert task.exitstatus == "migration aborted"
    assert "lxc live migration is currently not implemented" in task.log[-2]


def test_a_failed_container_migration_starts_it_at_the_source_again():
    world = a_world(CONTAINER + "\nfaults: [{fail_task: no space left, phase: phase2}]")
    task = move(world, 200, "pve2", restart=True)
    world.clock.advance(30)
    assert "start container on source node" in log_of(task)
    assert (world.guests[200].node, world.guests[200].status) == ("pve1", "running")


def test_a_bind_mount_holds_a_container():
    world = a_world("guests: [{vmid: 200, node: pve1, type: lxc, disks: {rootfs: 'ceph:8G', mp0: '/srv,mp=/srv'}}]")
    task = move(world, 200, "pve2", restart=True)
    assert "cannot migrate local bind mount point 'mp0'" in task.log[-2]


@pytest.mark.parametrize(("kind", "how"), [("qemu", {"online": True}), ("lxc", {"restart": True})])
def test_a_storage_that_the_target_cannot_reach_fails_the_task(kind, how):
    world = a_world(f"guests: [{{vmid: 101, node: pve1, type: {kind}, disks: ['ceph:8G']}}]")
    world.storage_down("ceph", "pve2")
    task = move(world, 101, "pve2", **how)
    world.clock.advance(20)
    assert task.exitstatus == "migration aborted"
    assert any("storage 'ceph' is not online" in line for line in task.log)
    assert (world.guests[101].node, world.guests[101].status, world.guests[101].lock) == ("pve1", "running", None)
    world.storage_up("ceph", "pve2")
    move(world, 101, "pve2", **how)
    world.clock.advance(60)
    assert world.guests[101].node == "pve2"


def test_somebody_else_may_move_a_guest():
    world = a_world(GUEST)
    task = world.tasks.get(world.steal(101, "pve3"))
    world.clock.advance(60)
    assert (task.caller, world.guests[101].node) == (ROOT, "pve3")
