# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Guests that are destroyed through the API."""

import pytest

from .asking import ACCESS, Asking, Refused
from .worlds import a_world, until

GIB = 2**30
WORLD = f"""{ACCESS}
acl: [{{path: /, user: drs@pve, role: Administrator}}]
guests:
  - {{vmid: 101, node: pve1, status: stopped, pool: mine, disks: ["zfs:8G", "ceph:4G"]}}
  - {{vmid: 102, node: pve1}}
  - {{vmid: 103, node: pve1, status: stopped, protection: true}}
  - {{vmid: 104, node: pve1, status: stopped, ha: stopped}}
  - {{vmid: 105, node: pve1, status: stopped, disks: ["zfs:8G"]}}
  - {{vmid: 106, node: pve1, status: stopped, lock: backup}}
  - {{vmid: 201, node: pve1, type: lxc, disks: ["zfs:8G"]}}
replication: [{{guest: 105, target: pve2}}]
"""


def path_of(vmid):
    return f"/nodes/pve1/{'qemu' if vmid < 200 else 'lxc'}/{vmid}"


def destroyed(world, vmid, **params):
    task = world.tasks.get(Asking(world)("DELETE", path_of(vmid), **params))
    until(world, lambda: not task.is_running)
    return task


@pytest.mark.parametrize(
    ("vmid", "params", "complaint"),
    [
        (102, {}, "VM 102 is running - destroy failed"),
        (103, {"purge": 1}, "can't remove VM 103 - protection mode enabled"),
        (104, {}, "unable to remove VM 104 - used in HA resources and purge parameter not set."),
        (105, {}, "There is a replication job '105-0' for guest '105' - Please remove that first."),
        (201, {}, "unable to destroy CT 201 - container is running"),
        (999, {}, "Configuration file 'nodes/pve1/lxc/999.conf' does not exist"),
    ],
)
def test_what_must_not_be_destroyed(vmid, params, complaint):
    world = a_world(WORLD)
    with pytest.raises(Refused) as caught:
        Asking(world)("DELETE", path_of(vmid), **params)
    assert caught.value.message == complaint
    assert len(world.guests) == 7


@pytest.mark.parametrize(("vmid", "params"), [(101, {}), (104, {"purge": 1}), (105, {"purge": 1}), (201, {"force": 1})])
def test_a_guest_goes_with_all_that_is_its_own(vmid, params):
    world = a_world(WORLD)
    used = world.storages["zfs"].used_on("pve1")
    task = destroyed(world, vmid, **params)
    assert (task.type, task.exitstatus) == ("qmdestroy" if vmid < 200 else "vzdestroy", "OK")
    assert vmid not in world.guests
    assert used - world.storages["zfs"].used_on("pve1") == (0 if vmid == 104 else 8 * GIB)
    assert not world.replication.of(vmid)
    assert world.pool_of(vmid) is None
    assert not any(resource.vmid == vmid for resource in world.ha.resources.values())


def test_a_locked_guest_stays():
    world = a_world(WORLD)
    assert destroyed(world, 106).exitstatus == "VM is locked (backup)"
    assert 106 in world.guests


def test_a_guest_that_is_being_started_is_waited_for():
    world = a_world(WORLD)
    ask = Asking(world)
    ask("POST", f"{path_of(101)}/status/start")
    task = world.tasks.get(ask("DELETE", path_of(101)))
    until(world, lambda: not task.is_running)
    assert task.exitstatus == "VM 101 is running - destroy failed"
    assert world.guests[101].is_running
