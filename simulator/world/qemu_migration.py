# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Migration of a VM in the phases of qmigrate, with the log lines that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .cpu import differs
from .disk_copy import check_local_drives, copy_offline_drives, mirror_drives, rename_volumes
from .errors import Interrupted, TaskFailed
from .memory_copy import copy_memory
from .move import Migration
from .preconditions import device_problem
from .process import Body
from .start_problems import broken_storage, start_problem
from .tasks import PowerLost
from .trouble import undisturbed

if TYPE_CHECKING:
    from .world import World

REMOTE_START_SECONDS = 1.0
TUNNEL_SECONDS = 0.5
HANDOVER_SECONDS = 1.5
CLEANUP_SECONDS = 1.0


def run(world: World, move: Migration) -> Body:
    """The whole task; its exit status is OK, `migration aborted` or `migration problems`."""
    _say_beginning(world, move)
    try:
        yield from world.suffer(move.task, "prepare")
        _prepare(world, move)
    except PowerLost:
        raise
    except TaskFailed as failure:
        raise _aborted(world, move, failure) from failure
    was_running = move.guest.is_running
    world.change_config(move.guest, {"lock": "migrate"})
    yield from _phase(world, move, "1", _phase1(world, move))
    if was_running:
        yield from _phase(world, move, "2", _phase2(world, move))
    yield from _phase3(world, move)


def _say_beginning(world: World, move: Migration) -> None:
    if move.request.by_ha:
        move.task.print("task started by HA resource agent")
    if world.is_pve9 and move.guest.is_running and not move.request.conntrack:
        move.task.say("conntrack state migration not supported or disabled, active connections might get dropped")


def _prepare(world: World, move: Migration) -> None:
    job = world.replication.to(move.guest.vmid, move.target)
    if job is not None and job.is_removed:
        raise TaskFailed("refusing to migrate replicated VM whose replication job is marked for removal")
    problem = device_problem(world, move.guest, move.target)
    if problem:
        raise TaskFailed(problem)
    if not world.nodes[move.target].online:
        raise TaskFailed("Can't connect to destination address using public key")


def _phase(world: World, move: Migration, number: str, steps: Body) -> Body:
    """Run the steps of phase 1 or 2; what goes wrong in them ends in cleanup on both nodes."""
    try:
        yield from world.suffer(move.task, f"phase{number}")
        yield from steps
    except PowerLost:
        raise
    except TaskFailed as failure:
        move.task.say(f"ERROR: {failure}")
        move.task.say(f"aborting phase {number} - cleanup resources")
        move.release(world)
        yield from undisturbed(world, CLEANUP_SECONDS)
        _unlock(world, move)
        raise _aborted(world, move, failure) from failure


def _phase1(world: World, move: Migration) -> Body:
    address = world.nodes[move.target].address
    move.task.say(f"starting migration of VM {move.guest.vmid} to node '{move.target}' ({address})")
    check_local_drives(world, move)
    yield 0.3
    yield from copy_offline_drives(world, move)


def _phase2(world: World, move: Migration) -> Body:
    vmid, task = move.guest.vmid, move.task
    task.say(f"starting VM {vmid} on remote node '{move.target}'")
    yield REMOTE_START_SECONDS
    _start_there(world, move)
    task.say("start remote tunnel")
    yield TUNNEL_SECONDS
    task.say("ssh tunnel ver 1")
    move.hold(world)
    yield from mirror_drives(world, move)
    task.say(f"starting online/live migration on unix:/run/qemu-server/{vmid}.migrate")
    task.say("set migration capabilities")
    task.say("migration downtime limit: 100 ms")
    task.say(f"migration cachesize: {_cache_size(move.guest.memory)}")
    task.say("set migration parameters")
    task.say(f"start migrate command to unix:/run/qemu-server/{vmid}.migrate")
    yield from copy_memory(world, move)
    if differs(move.guest, world.nodes[move.source], world.nodes[move.target]):
        task.say("migration status error: failed")
        raise TaskFailed("online migrate failure - aborting")


def _start_there(world: World, move: Migration) -> None:
    """The target starts a VM that waits for the memory; what it complains about is in the log."""
    failure = "online migrate failure - remote command failed with exit code 255"
    problem = broken_storage(world, move.guest, move.target)
    if problem:
        raise TaskFailed(f"{failure}: {problem}")
    problem = start_problem(world, move.guest, move.target)
    if problem:
        for line in problem.splitlines():
            move.task.say(f"[{move.target}] {line}")
        raise TaskFailed(failure)


def _phase3(world: World, move: Migration) -> Body:
    """From here on there is no way back: the guest goes on at the target."""
    guest = move.guest
    is_live = guest.is_running
    if is_live:
        world.set_qmp_status(guest, "postmigrate")
        yield from undisturbed(world, HANDOVER_SECONDS)
        if move.moved:
            move.task.say("stopping NBD storage migration server on target.")
    else:
        yield from undisturbed(world, CLEANUP_SECONDS)
    rename_volumes(world, move)
    world.place(guest, move.target)
    world.replication.guest_moved(guest.vmid, move.source, move.target)
    move.release(world)
    if is_live:
        world.set_running(guest, running=True)
    try:
        yield from world.suffer(move.task, "phase3")
    except PowerLost:
        raise
    except TaskFailed as failure:
        move.note_problem(failure)
    yield from undisturbed(world, CLEANUP_SECONDS)
    _unlock(world, move)
    move.fail_with_problems(world)
    move.task.say(f"migration finished successfully (duration {move.duration(world)})")


def _unlock(world: World, move: Migration) -> None:
    if move.guest.lock == "migrate":
        world.change_config(move.guest, {}, ("lock",))


def _aborted(world: World, move: Migration, failure: TaskFailed) -> TaskFailed:
    reason = "interrupted by signal" if isinstance(failure, Interrupted) else failure
    move.task.say(f"ERROR: migration aborted (duration {move.duration(world)}): {reason}")
    return TaskFailed("migration aborted")


def _cache_size(memory: int) -> str:
    """An eighth of the memory, rounded down to a power of two, as the log states it."""
    eighth = max(1, memory // 8)
    mib = 2 ** (eighth.bit_length() - 1) / 1024**2
    return f"{mib / 1024:.1f} GiB" if mib >= 1024 else f"{mib:.1f} MiB"
