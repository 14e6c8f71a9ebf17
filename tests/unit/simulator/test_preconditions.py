# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

import pytest

from simulator.world.errors import WorldError

from .worlds import a_world, move

STORAGES = "storages: {ceph: {type: rbd}, zfs: {type: zfspool}, some: {type: nfs, nodes: [pve1, pve2]}}\n"


def ask(world, vmid=101):
    return world.preconditions(world.guests[vmid])


def test_a_free_guest_may_go_anywhere_even_to_a_dead_node():
    world = a_world("guests: [{vmid: 101, node: pve1}]")
    world.node_down("pve3")
    answer = ask(world)
    assert answer["running"] == 1
    assert sorted(answer["allowed_nodes"]) == ["pve2", "pve3"]
    assert answer["not_allowed_nodes"] == {"pve2": {}, "pve3": {}}
    assert (answer["local_disks"], answer["local_resources"], answer["has-dbus-vmstate"]) == ([], [], 1)


def test_a_storage_that_a_node_lacks_is_named():
    answer = ask(a_world(STORAGES + "guests: [{vmid: 101, node: pve1, disks: ['some:8G']}]"))
    assert answer["allowed_nodes"] == ["pve2"]
    assert answer["not_allowed_nodes"]["pve3"] == {"unavailable_storages": ["some"]}


def test_local_disks_are_listed_with_their_size():
    answer = ask(a_world(STORAGES + "guests: [{vmid: 101, node: pve1, disks: ['zfs:8G', 'ceph:8G']}]"))
    assert [(disk["volid"], disk["size"], disk["drivename"]) for disk in answer["local_disks"]] == [
        ("zfs:vm-101-disk-0", 8 * 2**30, "scsi0")
    ]


def test_devices_and_their_mappings():
    world = a_world("""
guests:
  - {vmid: 101, node: pve1, config: {hostpci0: mapping=gpu, hostpci1: '0000:01:00.0', usb0: host=spice, serial0: socket}}
mappings: [{name: gpu, kind: pci, nodes: {pve1: a, pve2: b}, live: true}]
""")
    answer = ask(world)
    assert answer["local_resources"] == ["hostpci0", "hostpci1"]
    assert answer["mapped-resource-info"] == {"hostpci0": {"name": "gpu", "live-migration": 1}}
    assert answer["not_allowed_nodes"]["pve3"] == {"unavailable-resources": ["hostpci0"]}


@pytest.mark.parametrize(
    ("mapping", "target", "text"),
    [
        ("live: true", "pve3", "can't migrate to 'pve3': missing mapped devices hostpci0"),
        ("live: false", "pve2", "can't live migrate running VM which uses following mapped devices: hostpci0:gpu"),
        ("live: true", "pve2", None),
    ],
)
def test_mapped_devices_decide_in_the_task(mapping, target, text):
    world = a_world(f"""
guests: [{{vmid: 101, node: pve1, config: {{hostpci0: mapping=gpu}}}}]
mappings: [{{name: gpu, kind: pci, nodes: {{pve1: a, pve2: b}}, {mapping}}}]
""")
    task = move(world, 101, target, online=True)
    world.clock.advance(60)
    assert task.exitstatus == ("migration aborted" if text else "OK")
    assert text is None or any(text in line for line in task.log)


def test_locked_guests_and_lost_quorum_are_refused():
    world = a_world("guests: [{vmid: 101, node: pve1, lock: backup}]")
    with pytest.raises(WorldError, match=r"VM is locked \(backup\)"):
        ask(world)
    world.lose_quorum()
    with pytest.raises(WorldError, match="no quorum"):
        ask(world)


def test_containers_spell_it_differently():
    answer = ask(a_world("guests: [{vmid: 101, node: pve1, type: lxc}]"))
    assert answer == {
        "running": 1,
        "allowed-nodes": ["pve2", "pve3"],
        "not-allowed-nodes": {},
        "dependent-ha-resources": [],
    }


def test_the_older_generation_says_less():
    answer = ask(a_world("guests: [{vmid: 101, node: pve1}]", profile="8.4"))
    assert set(answer) == {"running", "allowed_nodes", "not_allowed_nodes", "local_disks", "local_resources",
                           "mapped-resources", "mapped-resource-info"}  # fmt: skip
