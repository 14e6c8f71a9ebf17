# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Making VMs and containers through the API."""

import re

import pytest

from .asking import ACCESS, Asking, Refused
from .worlds import a_world, until

WEAK = "op@pve!some"
GIB = 2**30
WORLD = f"""{ACCESS}
roles:
  Maker: [VM.Allocate, VM.Audit, VM.Config.CPU, VM.Config.Memory, VM.Config.Options, VM.Config.Disk, VM.Config.Network]
  User: [Datastore.AllocateSpace]
acl:
  - {{path: /, user: drs@pve, role: Administrator}}
  - {{path: /pool/mine, user: op@pve, role: Maker}}
  - {{path: /storage/ceph, user: op@pve, role: User}}
pools: {{mine: {{}}}}
storages:
  ceph: {{type: rbd, size: 10T, used: 1T}}
  zfs: {{type: zfspool, size: 1T, used: 100G}}
  isos: {{type: nfs, size: 1T, content: [iso, vztmpl]}}
  away: {{type: rbd, size: 1T, nodes: [pve2]}}
guests: [{{vmid: 101, node: pve2}}, {{vmid: 201, node: pve2, type: lxc}}]
"""
VM = {
    "vmid": 501,
    "name": "web",
    "cores": 4,
    "memory": "4096",
    "scsi0": "ceph:32,iothread=1",
    "net0": "virtio,bridge=vmbr0",
}
CONTAINER = {
    "vmid": 502,
    "ostemplate": "isos:vztmpl/debian-13-standard_13.1-1_amd64.tar.zst",
    "rootfs": "zfs:8",
    "hostname": "ct",
}


def asking(text=""):
    world = a_world(WORLD + text)
    return world, Asking(world)


def made(world, ask, kind, **params):
    """The task that makes a guest, when it has ended."""
    task = world.tasks.get(ask("POST", f"/nodes/pve1/{kind}", **params))
    until(world, lambda: not task.is_running)
    return task


def refusal(ask, kind, **params):
    with pytest.raises(Refused) as caught:
        ask("POST", f"/nodes/pve1/{kind}", **params)
    return caught.value.errors or caught.value.message


def test_a_vm_gets_its_volumes_and_what_the_daemons_make_up():
    world, ask = asking()
    task = world.tasks.get(ask("POST", "/nodes/pve1/qemu", **VM, pool="mine", cpuunits=20000, tags="b;a"))
    assert ask("GET", "/nodes/pve1/qemu/501/config") | {"digest": ""} == {"lock": "create", "digest": ""}
    until(world, lambda: not task.is_running)
    found = ask("GET", "/nodes/pve1/qemu/501/config")
    assert (task.type, task.exitstatus) == ("qmcreate", "OK")
    assert found["scsi0"] == "ceph:vm-501-disk-0,iothread=1,size=32G"
    assert re.fullmatch(r"virtio=BC:24:11(:[0-9A-F]{2}){3},bridge=vmbr0", found["net0"])
    assert (found["boot"], found["cpuunits"], found["tags"]) == ("order=scsi0;net0", 10000, "a;b")
    assert {"smbios1", "vmgenid", "meta"} <= set(found)
    assert "lock" not in found
    assert world.pool_of(501) == "mine"
    assert world.guests[501].disk_size == 32 * GIB


def test_a_container_gets_defaults_and_room_on_its_node():
    world, ask = asking()
    before = world.storages["zfs"].used_on("pve1")
    task = made(world, ask, "lxc", **CONTAINER, net0="name=eth0,bridge=vmbr0,ip=dhcp")
    found = ask("GET", "/nodes/pve1/lxc/502/config")
    assert (task.type, task.exitstatus) == ("vzcreate", "OK")
    assert (found["rootfs"], found["ostype"], found["memory"]) == ("zfs:subvol-502-disk-0,size=8G", "debian", 512)
    assert re.fullmatch(r"name=eth0,bridge=vmbr0,ip=dhcp,hwaddr=BC:24:11(:[0-9A-F]{2}){3},type=veth", found["net0"])
    assert world.storages["zfs"].used_on("pve1") - before == 8 * GIB


def test_a_storage_can_be_named_once_for_all_and_part_of_a_gibibyte_is_enough():
    world, ask = asking()
    assert made(world, ask, "qemu", vmid=503, storage="ceph", scsi0="4", efidisk0="0.5,efitype=4m").exitstatus == "OK"
    config = world.guests[503].config
    assert config["scsi0"] == "ceph:vm-503-disk-1,size=4G"
    assert config["efidisk0"] == "ceph:vm-503-disk-0,efitype=4m,size=512M"


@pytest.mark.parametrize("kind", ["qemu", "lxc"])
def test_a_guest_can_be_started_when_it_is_there(kind):
    world, ask = asking()
    made(world, ask, kind, **(VM if kind == "qemu" else CONTAINER), start=1)
    vmid = 501 if kind == "qemu" else 502
    until(world, lambda: world.guests[vmid].is_running)
    assert next(world.tasks.of_node("pve1")).type == ("qmstart" if kind == "qemu" else "vzstart")
    assert ask("GET", f"/nodes/pve1/{kind}/{vmid}/status/current")["cpu"] == 0


def test_the_manager_starts_what_is_put_under_ha():
    world, ask = asking()
    made(world, ask, "qemu", **VM, **{"ha-managed": 1}, start=1)
    assert world.ha.resources["vm:501"].state == "started"
    until(world, lambda: world.guests[501].is_running, 120)


@pytest.mark.parametrize(
    ("kind", "params", "complaint"),
    [
        ("qemu", VM | {"vmid": 101}, "unable to create VM 101 - VM 101 already exists on node 'pve2'"),
        ("qemu", VM | {"vmid": 201}, "unable to create VM 201 - CT 201 already exists on node 'pve2'"),
        ("lxc", CONTAINER | {"vmid": 101}, "unable to create CT 101 - VM 101 already exists on node 'pve2'"),
        ("qemu", VM | {"pool": "theirs"}, "pool 'theirs' does not exist"),
        ("qemu", VM | {"scsi0": "nowhere:4"}, "storage 'nowhere' does not exist"),
        ("qemu", VM | {"scsi0": "away:4"}, "storage 'away' is not available on node 'pve1'"),
        ("qemu", VM | {"archive": "x"}, {"archive": "restoring archives is not simulated"}),
        ("qemu", {"cores": 1}, {"vmid": "property is missing and it is not optional"}),
        ("qemu", VM | {"memory": "0"}, {"memory": "invalid format - format error\nmemory.current: value must have a minimum value of 16\n"}),
        ("lxc", CONTAINER | {"rootfs": "isos:8"}, {"storage": "storage 'isos' does not support container directories"}),
        ("lxc", CONTAINER | {"ostemplate": "nowhere:vztmpl/x"}, "storage 'nowhere' does not exist"),
        ("lxc", {"vmid": 502}, {"ostemplate": "property is missing and it is not optional"}),
        ("lxc", CONTAINER | {"password": "abc"}, {"password": "value must be at least 5 characters long"}),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_refused(kind, params, complaint):
    world, ask = asking()
    assert refusal(ask, kind, **params) == complaint
    assert set(world.guests) == {101, 201}


def test_a_task_that_fails_leaves_nothing_behind():
    world, ask = asking()
    world.storage_down("ceph", "pve1")
    assert made(world, ask, "qemu", **VM).exitstatus == "unable to create VM 501 - storage 'ceph' is not online"
    assert made(world, ask, "qemu", **(VM | {"scsi0": "isos:4"})).exitstatus == (
        "unable to create VM 501 - storage 'isos' does not support vm images"
    )
    assert 501 not in world.guests


def test_rights_may_come_from_the_pool_and_end_at_storages_and_bridges():
    world, _unused = asking()
    weak = Asking(world, WEAK)
    plain = {"vmid": 501, "cores": 2}
    assert refusal(weak, "qemu", **plain) == "Permission check failed"
    assert made(world, weak, "qemu", **plain, pool="mine", scsi0="ceph:4").exitstatus == "OK"
    more = plain | {"vmid": 504, "pool": "mine"}
    assert (
        refusal(weak, "qemu", **more, scsi0="zfs:4")
        == "Permission check failed (/storage/zfs, Datastore.AllocateSpace)"
    )
    assert refusal(weak, "qemu", **more, net0="virtio,bridge=vmbr0") == (
        "Permission check failed (/sdn/zones/localnetwork/vmbr0, SDN.Use)"
    )
    assert refusal(weak, "qemu", **more, machine="q35") == "Permission check failed (/vms/504, VM.Config.HWType)"


def test_without_quorum_nothing_is_made():
    world = a_world(WORLD)
    world.lose_quorum()
    assert refusal(Asking(world), "qemu", **VM) == "cluster not ready - no quorum?"
