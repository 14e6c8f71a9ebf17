# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Migration of a container: offline, or in restart mode (stop, copy, start)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .disk_copy import COPYABLE_TYPES, DEFAULT_VOLUME_SIZE, rename_volumes, require_room
from .errors import Interrupted, TaskFailed
from .move import Migration, is_local
from .process import Body
from .snapshots import snapshot_problem
from .start_problems import broken_storage
from .tasks import PowerLost
from .trouble import undisturbed

if TYPE_CHECKING:
    from .drives import Drive
    from .world import World

START_SECONDS = 2.0
CLEANUP_SECONDS = 1.0


def run(world: World, move: Migration) -> Body:
    """The whole task; its exit status is OK, `migration aborted` or `migration problems`."""
    was_running = move.guest.is_running
    if move.request.by_ha:
        move.task.print("task started by HA resource agent")
    try:
        yield from world.suffer(move.task, "prepare")
        _check(world, move)
        yield from _leave(world, move)
    except PowerLost:
        raise
    except TaskFailed as failure:
        yield from _clean_up(world, move, was_running=was_running)
        reason = "interrupted by signal" if isinstance(failure, Interrupted) else failure
        move.task.say(f"ERROR: migration aborted (duration {move.duration(world)}): {reason}")
        raise TaskFailed("migration aborted") from failure
    yield from _arrive(world, move, was_running=was_running)


def _check(world: World, move: Migration) -> None:
    if move.guest.is_running and not move.request.restart:
        raise TaskFailed("lxc live migration is currently not implemented")
    if not world.nodes[move.target].online:
        raise TaskFailed("Can't connect to destination address using public key")
    problem = broken_storage(world, move.guest, move.target)
    if problem:
        raise TaskFailed(problem)
    for drive in move.guest.drives():
        _check_drive(world, move, drive)


def _check_drive(world: World, move: Migration, drive: Drive) -> None:
    if drive.is_path:
        if not drive.is_shared_path:
            word = "device" if drive.volid.startswith("/dev/") else "bind"
            raise TaskFailed(f"cannot migrate local {word} mount point '{drive.key}'")
        return
    storage = world.storages.get(drive.storage or "")
    if storage is None:
        raise TaskFailed(f"storage '{drive.storage}' does not exist")
    target = storage if storage.is_shared else world.storages.get(move.request.storage_for(storage.name))
    if target is None or not target.is_usable_on(move.target):
        name = target.name if target else move.request.storage_for(storage.name)
        raise TaskFailed(f"storage '{name}' is not available on node '{move.target}'")
    if not storage.is_shared and storage.type not in COPYABLE_TYPES:
        raise TaskFailed(f"migration of volumes on storage type '{storage.type}' is not supported")
    problem = None if storage.is_shared else snapshot_problem(world, move.guest, drive, is_replicated=False)
    if problem:
        raise TaskFailed(f"can't migrate local volume '{drive.volid}': {problem}")


def _leave(world: World, move: Migration) -> Body:
    """Shut down and copy; up to here the container can stay."""
    guest, task = move.guest, move.task
    world.change_config(guest, {"lock": "migrate"})
    if guest.is_running:
        task.say(f"shutdown CT {guest.vmid}")
        yield min(guest.shutdown_seconds, move.request.timeout)
        world.set_running(guest, running=False)
    task.say(f"starting migration of CT {guest.vmid} to node '{move.target}' ({world.nodes[move.target].address})")
    yield from world.suffer(move.task, "phase1")
    for drive in guest.drives():
        yield from _copy_drive(world, move, drive)
    yield from world.suffer(move.task, "phase2")


def _copy_drive(world: World, move: Migration, drive: Drive) -> Body:
    if drive.is_path:
        move.task.say(f"ignoring shared bind mount point '{drive.key}' ('{drive.volid}')")
        return
    if not is_local(world, drive):
        move.task.say(f"volume '{drive.volid}' is on shared storage '{drive.storage}'")
        return
    move.task.say(f"found local volume '{drive.volid}' (in current VM config)")
    require_room(world, move, drive)
    yield from move.transfer(world, drive.size or DEFAULT_VOLUME_SIZE)
    storage, volume = drive.volid.split(":", 1)
    move.moved[drive.volid] = f"{move.request.storage_for(storage)}:{volume}"
    move.task.say(f"volume '{drive.volid}' is '{move.moved[drive.volid]}' on the target")


def _arrive(world: World, move: Migration, *, was_running: bool) -> Body:
    guest, task = move.guest, move.task
    rename_volumes(world, move)
    world.place(guest, move.target)
    world.replication.guest_moved(guest.vmid, move.source, move.target)
    task.say("start final cleanup")
    yield from undisturbed(world, CLEANUP_SECONDS)
    _unlock(world, move)
    try:
        yield from world.suffer(task, "phase3")
    except PowerLost:
        raise
    except TaskFailed as failure:
        move.note_problem(failure)
    if was_running:
        address = world.nodes[move.target].address
        task.say("start container on target node")
        task.say(f"# /usr/bin/ssh -e none -o 'HostKeyAlias={move.target}' root@{address} pct start {guest.vmid}")
        yield from undisturbed(world, START_SECONDS)
        world.set_running(guest, running=not move.problem)
    move.fail_with_problems(world)
    task.say(f"migration finished successfully (duration {move.duration(world)})")


def _clean_up(world: World, move: Migration, *, was_running: bool) -> Body:
    if not move.guest.lock:
        return
    move.task.say("aborting phase 1 - cleanup resources")
    yield from undisturbed(world, CLEANUP_SECONDS)
    _unlock(world, move)
    if was_running and not move.guest.is_running:
        move.task.say("start container on source node")
        yield from undisturbed(world, START_SECONDS)
        world.set_running(move.guest, running=True)


def _unlock(world: World, move: Migration) -> None:
    if move.guest.lock == "migrate":
        world.change_config(move.guest, {}, ("lock",))
