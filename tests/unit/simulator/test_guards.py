# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The scenario `guards`: every obstacle stands where it is said to stand, and nowhere else."""

import pytest

from simulator.scenario import load_world
from simulator.world.errors import WorldError

from .worlds import log_of, move, until

FEATURES = "kvm: Host doesn't support requested features"
SCAN = "can't migrate local disk '{}': {}"


def outcome(vmid, target, **options):
    """What comes of a move: the refusal, or the lines of the task's log."""
    world = load_world("guards")
    guest = world.guests[vmid]
    options = {"online": guest.is_running, "restart": guest.type == "lxc"} | options
    try:
        task = move(world, vmid, target, **options)
    except WorldError as error:
        return error.text
    until(world, lambda: not task.is_running, limit=600)
    return "\n".join(log_of(task))


def with_disks(vmid, target):
    return outcome(vmid, target, with_local_disks=True)


@pytest.mark.parametrize(
    ("vmid", "target", "text"),
    [
        (111, "pve2", "VM is locked (backup)"),
        (121, "old", "storage 'san' is not available on node 'old'"),
        (122, "old", "can't live migrate attached local disks without with-local-disks option"),
        (123, "pve2", SCAN.format("local:iso/debian.iso", "local cdrom image")),
        (124, "pve2", "online storage migration not possible if non-replicated snapshot exists"),
        (125, "pve2", "non-migratable snapshot exists"),
        (126, "pve2", "storage 'archive' is disabled"),
        (127, "pve2", SCAN.format("/dev/disk/by-id/ata-disk", "local file/device")),
        (128, "pve2", "cannot migrate local bind mount point 'mp0'"),
        (131, "pve2", "can't migrate VM which uses local devices: hostpci0"),
        (132, "pve2", "can't migrate VM which uses local devices: usb0"),
        (133, "pve2", "can't migrate VM which uses local devices: serial0"),
        (134, "pve2", "can't live migrate running VM which uses following mapped devices: hostpci0:gpu"),
        (134, "old", "can't migrate to 'old': missing mapped devices hostpci0"),
        (135, "pve2", "PCI device '0000:5e:00.1' already in use by VMID '232'"),
        (136, "pve2", "can't live migrate running VM which uses following mapped devices: usb0:stick"),
        (137, "pve2", "can't live migrate running VM which uses following mapped devices: virtiofs0:shared-folder"),
        (138, "pve2", "can't migrate VM which uses local devices: amd-sev"),
        (141, "amd", "migration status error: failed"),
        (142, "amd", FEATURES),
        (143, "amd", FEATURES),
        (144, "old", "is too old to run machine type 'pc-i440fx-10.1+pve0', please upgrade node 'old'"),
        (151, "pve2", "not a replication target"),
        (152, "amd", "whose replication job is marked for removal"),
        (161, "pve2", "in negative affinity with resource 'vm:161'"),
    ],
)
def test_the_obstacle_stands(vmid, target, text):
    assert text in outcome(vmid, target)


def test_a_full_storage_on_the_target_ends_the_copy():
    assert "cannot create 'local-zfs/vm-122-disk-0': out of space" in with_disks(122, "pve2")


@pytest.mark.parametrize(
    ("vmid", "target"),
    [(101, "pve2"), (121, "pve2"), (122, "amd"), (141, "pve2"), (142, "pve2"), (145, "old"), (151, "amd")],
)
def test_where_no_obstacle_stands_the_guest_arrives(vmid, target):
    assert "TASK OK" in with_disks(vmid, target)


def test_containers_need_a_restart():
    assert "can't migrate running container without" in outcome(114, "pve2", restart=False, online=False)
    assert "TASK OK" in outcome(114, "pve2")


def test_what_ha_says_before_a_move():
    world = load_world("guards")
    until(world, lambda: world.ha.hastate("vm:115") == "error", limit=300)
    assert world.preconditions(world.guests[163])["dependent-ha-resources"] == ["vm:164"]
    reasons = world.preconditions(world.guests[161])["not_allowed_nodes"]
    assert reasons["pve2"] == {"blocking-ha-resources": [{"sid": "vm:162", "cause": "resource-affinity"}]}
    assert world.preconditions(world.guests[165])["not_allowed_nodes"]["old"] == {}
    assert world.ha.node_hastate("tools") == "maintenance"


def test_what_is_told_of_snapshots_and_disks():
    world = load_world("guards")
    row = world.preconditions(world.guests[124])["local_disks"][0]
    assert (row["volid"], row["referenced_in_snapshot"]) == ("local-zfs:vm-124-disk-0", {"before": 1})
    path = world.preconditions(world.guests[127])["local_disks"][0]
    assert (path["volid"], path["is_attached"]) == ("/dev/disk/by-id/ata-disk", 1)
    iso = next(row for row in world.preconditions(world.guests[123])["local_disks"] if row["cdrom"])
    assert iso["volid"] == "local:iso/debian.iso"
