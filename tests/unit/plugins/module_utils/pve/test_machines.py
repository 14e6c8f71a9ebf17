# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What the answer of GET migrate means (shapes as the genuine daemons give them)."""

import pytest

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.pve.machines import Around, machine_precondition, machine_volumes

FREE = {
    "running": 1,
    "allowed_nodes": ["b", "c"],
    "not_allowed_nodes": {"b": {}, "c": {}},
    "local_disks": [],
    "local_resources": [],
    "mapped-resources": [],
    "mapped-resource-info": {},
    "dependent-ha-resources": [],
}
DISK = {"volid": "disk:vm-1-disk-0", "drivename": "scsi0", "size": 5, "is_attached": 1, "cdrom": 0}
LOCAL = Policy(with_local_disks=True)
MAPPED = {"local_resources": ["hostpci0"], "mapped-resources": ["hostpci0"]}


def reason(answer, policy=None, status="running"):
    return machine_precondition(FREE | answer, Guest(vmid=1, node="a", status=status), policy or Policy()).keeps_it


ANYWHERE = {
    "nothing": ({}, None),
    "device": ({"local_resources": ["hostpci0", "usb1"]}, "it uses hostpci0, usb1 of its node"),
    "mapped device": (
        MAPPED | {"mapped-resource-info": {"hostpci0": {"name": "gpu"}}},
        "its mapped device hostpci0 cannot be moved while it runs",
    ),
    "mapped device that can move": (
        MAPPED | {"mapped-resource-info": {"hostpci0": {"name": "gpu", "live-migration": 1}}},
        None,
    ),
    "mapped device before 8.4": (MAPPED, "its mapped device hostpci0 cannot be moved while it runs"),
    "local disk": ({"local_disks": [DISK]}, "it has local disks disk:vm-1-disk-0 (with_local_disks is off)"),
    "CD image": (
        {"local_disks": [{"volid": "local:iso/a.iso", "cdrom": 1}]},
        "CD image local:iso/a.iso is only on its node; eject it",
    ),
    "cloud-init drive": ({"local_disks": [{"volid": "disk:vm-1-cloudinit", "cdrom": 1, "is_cloudinit": 1}]}, None),
}


@pytest.mark.parametrize(("answer", "expected"), ANYWHERE.values(), ids=ANYWHERE.keys())
def test_reasons_that_hold_everywhere(answer, expected):
    assert reason(answer) == expected


def test_a_mapped_device_may_move_offline():
    assert reason(MAPPED, status="stopped") is None


def test_local_disks_when_the_policy_wants_them():
    assert reason({"local_disks": [DISK]}, LOCAL) is None
    path = {"local_disks": [{"volid": "/dev/sdb", "drivename": "scsi1"}]}
    assert reason(path, LOCAL) == "its disk /dev/sdb is a path of its node and cannot be copied"


HELD = DISK | {"referenced_in_snapshot": {"before-update": 1}, "replicate": 1}
RUNS = "local disk disk:vm-1-disk-0 is part of a snapshot and cannot be copied while it runs"
STUCK = "local disk disk:vm-1-disk-0 is part of a snapshot, which its storage cannot send"
SNAPSHOTS = {
    "running": ("running", HELD, {}, RUNS),
    "running and replicated": ("running", HELD, {"is_replicated": True}, None),
    "running, replicated but for this disk": ("running", HELD | {"replicate": 0}, {"is_replicated": True}, RUNS),
    "off": ("stopped", HELD, {}, None),
    "off, on a storage that sends snapshots": ("stopped", HELD, {"kinds": {"disk": "zfspool"}}, None),
    "off, on a storage that does not": ("stopped", HELD, {"kinds": {"disk": "lvmthin"}}, STUCK),
    "off, in a file that does": ("stopped", HELD | {"volid": "disk:1/x.qcow2"}, {"kinds": {"disk": "dir"}}, None),
    "off, without snapshot": ("stopped", DISK, {"kinds": {"disk": "lvmthin"}}, None),
}


@pytest.mark.parametrize(("status", "disk", "around", "expected"), SNAPSHOTS.values(), ids=SNAPSHOTS)
def test_disks_that_snapshots_need(status, disk, around, expected):
    guest = Guest(vmid=1, node="a", status=status)
    found = machine_precondition(FREE | {"local_disks": [disk]}, guest, LOCAL, Around(**around))
    assert found.keeps_it == expected


def test_reasons_by_node():
    nodes = {
        "b": {},
        "c": {"unavailable_storages": ["ceph", "nfs"]},
        "d": {
            "unavailable-resources": ["hostpci0"],
            "blocking-ha-resources": [{"sid": "vm:2", "cause": "node-affinity"}],
        },
        "e": {"of-a-later-version": ["x"]},
    }
    found = machine_precondition(FREE | {"not_allowed_nodes": nodes}, Guest(vmid=1, node="a"), Policy())
    assert found.keeps_it is None
    assert found.storage.by_node == {"c": "storage ceph, nfs is not available there"}
    assert found.devices.by_node == {"d": "mapped device hostpci0 does not exist there"}
    assert found.ha.by_node == {"d": "HA keeps it apart from vm:2"}
    assert found.by_node == {"e": "of-a-later-version: x"}


def test_guests_that_ha_moves_along():
    found = machine_precondition(FREE | {"dependent-ha-resources": ["vm:2"]}, Guest(vmid=1, node="a"), Policy())
    assert found.dragged == {2}


@pytest.mark.parametrize(("answer", "is_kept"), [({}, False), ({"has-dbus-vmstate": 1}, True)], ids=["PVE 8", "PVE 9"])
def test_whether_connections_can_be_kept(answer, is_kept):
    assert machine_precondition(FREE | answer, Guest(vmid=1, node="a"), Policy()).keeps_connections == is_kept


def test_volumes_that_are_copied():
    disks = [DISK, {"volid": "disk:vm-1-cloudinit", "cdrom": 1, "is_cloudinit": 1, "size": 4}, {"volid": "disk:x"}]
    assert list(machine_volumes({"local_disks": disks})) == [("disk", 5.0), ("disk", 4.0), ("disk", None)]
