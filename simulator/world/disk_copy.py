# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Volumes on storages that are not shared: what blocks a migration, and copying them along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .drives import Drive
from .errors import TaskFailed
from .move import Migration, is_local, size_text
from .process import Body
from .snapshots import rename_in_snapshots, snapshot_problem, state_drives

if TYPE_CHECKING:
    from .world import World

COPYABLE_TYPES = frozenset({"dir", "btrfs", "zfspool", "lvmthin", "lvm"})
THIN_TYPES = frozenset({"lvmthin"})
DEFAULT_VOLUME_SIZE = 4 * 1024**2


def check_local_drives(world: World, move: Migration) -> None:
    """Log what was found; TaskFailed when a volume cannot go along."""
    problems = []
    for drive in move.local_drives(world):
        move.task.say(f"found local disk '{drive.volid}' ({'unused' if drive.is_unused else 'attached'})")
        problem = _problem(world, move, drive)
        if problem:
            problems.append(f"can't migrate local disk '{drive.volid}': {problem}")
    problems += [_bound_text(drive) for drive in move.guest.drives() if drive.is_bound]
    for problem in problems:
        move.task.say(f"ERROR: {problem}")
    if problems:
        raise TaskFailed("Problem found while scanning volumes - can't migrate VM - check log")


def _bound_text(drive: Drive) -> str:
    if drive.volid == "cdrom":
        return "can't migrate local cdrom drive"
    return f"can't migrate local disk '{drive.volid}': local file/device"


def copy_offline_drives(world: World, move: Migration) -> Body:
    """Copy the volumes that no running VM writes to."""
    drives = [drive for drive in move.local_drives(world) if not _is_mirrored(move, drive)]
    drives += [drive for drive in state_drives(move.guest) if is_local(world, drive)]
    if drives:
        move.task.say("copying local disk images")
    for drive in drives:
        require_room(world, move, drive)
        yield from move.transfer(world, _copied(world, move, drive))
        _note_move(move, drive)


def _copied(world: World, move: Migration, drive: Drive) -> float:
    """Bytes to copy of a volume: what was written since the last replication, where there is one."""
    job = world.replication.to(move.guest.vmid, move.target)
    replicated = {one.key for one in world.replication.volumes(move.guest)} if job else set()
    if job is None or drive.key not in replicated:
        return float(drive.size or DEFAULT_VOLUME_SIZE)
    return max(float(DEFAULT_VOLUME_SIZE), world.replication.delta(job, move.guest) / len(replicated))


def mirror_drives(world: World, move: Migration) -> Body:
    """Copy attached disks while the VM runs."""
    drives = [drive for drive in move.local_drives(world) if _is_mirrored(move, drive)]
    if not drives:
        return
    move.task.say("starting storage migration")
    for drive in drives:
        size = _copied(world, move, drive)
        socket = f"nbd:unix:/run/qemu-server/{move.guest.vmid}_nbd.migrate:exportname=drive-{drive.key}"
        require_room(world, move, drive)
        move.task.say(f"{drive.key}: start migration to {socket}")
        yield from _mirror(world, move, drive.key, size)
        _note_move(move, drive)
    move.task.say("all 'mirror' jobs are ready")


def rename_volumes(world: World, move: Migration) -> None:
    """Write the names that the volumes have on the target into the config; account for their space."""
    changes: dict[str, object] = {}
    for drive in move.guest.drives():
        if drive.volid not in move.moved:
            continue
        new = move.moved[drive.volid]
        changes[drive.key] = str(move.guest.config[drive.key]).replace(drive.volid, new, 1)
        world.storages[str(drive.storage)].add(move.source, -(drive.size or 0))
        world.storages[new.split(":", 1)[0]].add(move.target, drive.size or 0)
    world.change_config(move.guest, changes)
    rename_in_snapshots(move.guest, move.moved)


def require_room(world: World, move: Migration, drive: Drive) -> None:
    """TaskFailed when the storage on the target has no room for the volume; thin pools always have."""
    name = move.request.storage_for(str(drive.storage))
    storage = world.storages[name]
    reserved = sum(one.size or 0 for one in move.local_drives(world) if one.volid in move.moved)
    free = storage.total - storage.used_on(move.target) - reserved
    if storage.type not in THIN_TYPES and (drive.size or 0) > free:
        volume = drive.volid.split(":", 1)[1]
        text = f"cannot create '{name}/{volume}': out of space"
        raise TaskFailed(f"zfs error: {text}" if storage.type == "zfspool" else text)


def _mirror(world: World, move: Migration, key: str, size: float) -> Body:
    began = world.clock.now
    for pause in move.transfer(world, size):
        yield pause
        done = move.copy.transferred(world.clock.now) if move.copy else size
        seconds = int(world.clock.now - began)
        share = 100 * done / size
        text = f"transferred {size_text(done)} of {size_text(size)} ({share:.2f}%) in {seconds}s"
        move.task.say(f"mirror-{key}: {text}")


def _problem(world: World, move: Migration, drive: Drive) -> str | None:
    if drive.is_cdrom and not drive.is_cloudinit:
        return "local cdrom image"
    if world.storages[str(drive.storage)].type not in COPYABLE_TYPES:
        return f"storage type '{world.storages[str(drive.storage)].type}' not supported"
    is_replicated = world.replication.to(move.guest.vmid, move.target) is not None
    if problem := snapshot_problem(world, move.guest, drive, is_replicated=is_replicated):
        return problem
    if _is_mirrored(move, drive) and not move.request.with_local_disks:
        return "can't live migrate attached local disks without with-local-disks option"
    return None


def _is_mirrored(move: Migration, drive: Drive) -> bool:
    """Disks of a running VM are mirrored; cloud-init drives and unused volumes are copied before."""
    return move.guest.is_running and not drive.is_cloudinit and not drive.is_unused


def _note_move(move: Migration, drive: Drive) -> None:
    storage, volume = drive.volid.split(":", 1)
    move.moved[drive.volid] = f"{move.request.storage_for(storage)}:{volume}"
    move.task.say(f"volume '{drive.volid}' is '{move.moved[drive.volid]}' on the target")
