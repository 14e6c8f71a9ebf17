# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Volumes that a new guest asks for: `ceph:32` makes one of 32 GiB on that storage."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from .drives import LXC_DRIVE, QEMU_DRIVE, parse_drive
from .errors import TaskFailed, WorldError, bad_parameters, refused
from .shape import MIB

if TYPE_CHECKING:
    from .model import Guest, Storage
    from .world import World

NEW_VOLUME = re.compile(r"([^/:\s]+):(\d+(?:\.\d+)?)")
FILE_TYPES = ("dir", "nfs", "cifs", "cephfs", "btrfs", "glusterfs")


def wanted(kind: str, config: Mapping[str, object]) -> dict[str, tuple[str, float]]:
    """Storage and GiB of each volume that has to be made, by the option that names it."""
    pattern = QEMU_DRIVE if kind == "qemu" else LXC_DRIVE
    heads = {key: parse_drive(key, str(value)).volid for key, value in config.items() if pattern.match(key)}
    matches = {key: NEW_VOLUME.fullmatch(head) for key, head in heads.items()}
    return {key: (found[1], float(found[2])) for key, found in matches.items() if found}


def storages(kind: str, config: Mapping[str, object]) -> set[str]:
    """The storages that have to hold new volumes."""
    return {name for name, _gib in wanted(kind, config).values()}


def check(world: World, kind: str, node: str, config: Mapping[str, object]) -> None:
    """Raise WorldError when a storage that the config names is not there for this node."""
    pattern = QEMU_DRIVE if kind == "qemu" else LXC_DRIVE
    names = {parse_drive(key, str(value)).storage for key, value in config.items() if pattern.match(key)}
    for name in sorted(name for name in names if name):
        storage = usable(world, name, node)
        if kind == "lxc" and not {"images", "rootdir"} & set(storage.content):
            raise bad_parameters({"storage": f"storage '{name}' does not support container directories"})


def usable(world: World, name: str, node: str) -> Storage:
    """The storage; raises WorldError as the API does when the node cannot use it."""
    if name not in world.storages:
        raise refused(f"storage '{name}' does not exist")
    storage = world.storages[name]
    if not storage.is_enabled:
        raise refused(f"storage '{name}' is disabled")
    if not storage.is_usable_on(node):
        raise refused(f"storage '{name}' is not available on node '{node}'")
    return storage


def allocate(world: World, guest: Guest, config: Mapping[str, object]) -> dict[str, object]:
    """The config with the volumes made; TaskFailed when a storage cannot hold them."""
    lines = dict(config)
    for number, (key, (name, gib)) in zip(_free(guest), sorted(wanted(guest.type, config).items()), strict=False):
        storage = _holding(world, guest, name)
        size = int(gib * 1024) * MIB
        _unused, _comma, options = str(config[key]).partition(",")
        volume = f"{name}:{_volume(storage, guest, number)}"
        lines[key] = ",".join(part for part in (volume, options, f"size={_size_text(size)}") if part)
        storage.add(guest.node, size)
    return lines


def _free(guest: Guest) -> Iterator[int]:
    """Numbers of disks that no volume of the guest has yet."""
    texts = [drive.volid for drive in guest.drives()] + [str(value) for value in guest.pending.values.values()]
    taken = {int(found[1]) for text in texts if (found := re.search(r"-disk-(\d+)", text))}
    return (number for number in itertools.count() if number not in taken)


def _holding(world: World, guest: Guest, name: str) -> Storage:
    try:
        storage = usable(world, name, guest.node)
    except WorldError as problem:
        raise TaskFailed(problem.text) from problem
    if guest.type == "qemu" and "images" not in storage.content:
        raise TaskFailed(f"storage '{name}' does not support vm images")
    if guest.node in storage.broken_on:
        raise TaskFailed(f"storage '{name}' is not online")
    return storage


def _volume(storage: Storage, guest: Guest, number: int) -> str:
    if storage.type in FILE_TYPES:
        return f"{guest.vmid}/vm-{guest.vmid}-disk-{number}.raw"
    word = "subvol" if guest.type == "lxc" and storage.type == "zfspool" else "vm"
    return f"{word}-{guest.vmid}-disk-{number}"


def _size_text(size: int) -> str:
    mib = size // MIB
    return f"{mib // 1024}G" if mib % 1024 == 0 else f"{mib}M"
