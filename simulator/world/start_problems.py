# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Why a guest cannot start on a node: storage, processor, QEMU, devices in use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .cpu import missing_flags
from .preconditions import mapped_devices
from .releases import machine_for, too_old
from .shape import most_vcpus

if TYPE_CHECKING:
    from .model import DeviceMapping, Guest
    from .world import World

LACKS_FEATURES = "kvm: Host doesn't support requested features"
QEMU_FAILED = "start failed: QEMU exited with code 1"


def broken_storage(world: World, guest: Guest, node: str) -> str | None:
    """A storage that is not reachable there, or None."""
    for drive in guest.drives():
        storage = world.storages.get(drive.storage or "")
        if storage is not None and node in storage.broken_on:
            return f"storage '{storage.name}' is not online"
    return None


def start_problem(world: World, guest: Guest, node: str) -> str | None:
    """What `qm start` would say on that node, or None; a running VM keeps its machine type."""
    if guest.type == "lxc":
        return None
    if (cores := world.nodes[node].cores) < most_vcpus(guest.config):
        return f"MAX {cores} vcpus allowed per VM on this node"
    machine = guest.machine or machine_for(world, guest, node)
    if problem := too_old(world, machine, node) or device_in_use(world, guest, node):
        return problem
    if missing_flags(guest, world.nodes[node]):
        return f"{LACKS_FEATURES}\n{QEMU_FAILED}"
    return None


def device_in_use(world: World, guest: Guest, node: str) -> str | None:
    """A PCI device that another running guest on the node holds, or None; mediated ones can be shared."""
    taken = _taken(world, guest, node)
    for key, mapping in mapped_devices(world, guest).items():
        paths = _paths(mapping, node)
        if not key.startswith("hostpci") or mapping.mdev or not paths or set(paths) - taken.keys():
            continue
        if len(paths) > 1:
            return f"could not find a free device for '{key}'"
        return f"PCI device '{paths[0]}' already in use by VMID '{taken[paths[0]]}'"
    return None


def _taken(world: World, guest: Guest, node: str) -> dict[str, int]:
    """The PCI devices in use on a node, each with its guest; guests take the first that is free."""
    taken: dict[str, int] = {}
    others = (other for other in world.guests_on[node].values() if other is not guest and other.is_running)
    for other in sorted(others, key=lambda one: one.vmid):
        for key, mapping in mapped_devices(world, other).items():
            if key.startswith("hostpci") and not mapping.mdev:
                free = [path for path in _paths(mapping, node) if path not in taken]
                taken.update(dict.fromkeys(free[:1], other.vmid))
    return taken


def _paths(mapping: DeviceMapping, node: str) -> list[str]:
    return [_path(entry) for entry in mapping.entries.get(node, ())]


def _path(entry: str) -> str:
    """The address in an entry such as `path=0000:01:00.0,id=8086:1572`."""
    found = re.search(r"path=([^,]+)", entry)
    return found[1] if found else entry
