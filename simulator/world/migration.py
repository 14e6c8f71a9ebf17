# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Migrations: what is checked before the task exists, and the task itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import lxc_migration, qemu_migration
from .errors import TaskFailed, WorldError, bad_parameters, refused
from .move import MigrateRequest, Migration
from .preconditions import storage_problem
from .process import Body
from .tasks import ROOT, Caller, Task

if TYPE_CHECKING:
    from .model import Guest
    from .world import World

# A second call passes the lock check until the worker of the first one has written its lock.
LOCK_RACE_SECONDS = 1.0
LOCK_WAIT_SECONDS = 10.0
TASK_TYPES = {"qemu": "qmigrate", "lxc": "vzmigrate"}
MOVERS: dict[str, Callable[[World, Migration], Body]] = {"qemu": qemu_migration.run, "lxc": lxc_migration.run}


@dataclass(frozen=True)
class Where:
    """A guest as a request names it: by node, type and vmid."""

    node: str
    kind: str
    vmid: int


def migrate(world: World, where: Where, request: MigrateRequest, caller: Caller) -> str:
    """Check as the API does, then start qmigrate, vzmigrate or, for HA guests, hamigrate; gives the UPID."""
    world.require_quorum(where.node)
    if request.target == where.node:
        raise bad_parameters({"target": "target is local node."})
    world.require_node(request.target)
    if request.root_options and not caller.is_root:
        raise bad_parameters(dict.fromkeys(request.root_options, "Only root may use this option."))
    guest = world.guest_on(where.node, where.kind, where.vmid)
    _check_guest(world, guest, request)
    if world.ha.is_managed(guest.sid):
        return world.ha.start_hamigrate(guest, request.target, caller)
    return start(world, guest, request, caller).upid


def start(world: World, guest: Guest, request: MigrateRequest, caller: Caller) -> Task:
    """Start the real migration task on the node of the guest."""
    node = guest.node

    def body(task: Task) -> Body:
        return _locked(world, Migration(guest, node, request, task))

    return world.tasks.start(node, TASK_TYPES[guest.type], str(guest.vmid), caller, body)


def start_by_ha(world: World, guest: Guest, target: str, *, online: bool) -> Task:
    """Start the migration as the HA manager does: as root, forced, with local disks."""
    request = MigrateRequest(target, online=online, with_local_disks=True, force=True, by_ha=True)
    return start(world, guest, request, ROOT)


def _check_guest(world: World, guest: Guest, request: MigrateRequest) -> None:
    """What the API refuses before the task exists."""
    if guest.type == "lxc":
        if guest.is_running and not (request.online or request.restart):
            raise refused("can't migrate running container without --online or --restart")
        return
    if guest.lock and not _is_racing(world, guest):
        raise refused(f"VM is locked ({guest.lock})")
    if guest.is_running and not request.online:
        raise refused("can't migrate running VM without --online")
    problem = _replication_problem(world, guest, request) or storage_problem(world, guest, request)
    if problem:
        raise WorldError(500, problem)


def _replication_problem(world: World, guest: Guest, request: MigrateRequest) -> str | None:
    """A running VM that is replicated goes only where its volumes are."""
    is_tied = guest.is_running and world.replication.of(guest.vmid) and not request.force
    if not is_tied or world.replication.to(guest.vmid, request.target):
        return None
    target = f"'{request.target}' - not a replication target."
    return f"Cannot live-migrate replicated VM to node {target} Use 'force' to override."


def _is_racing(world: World, guest: Guest) -> bool:
    move = world.migrations.get(guest.vmid)
    return move is not None and world.clock.now - move.began < LOCK_RACE_SECONDS


def _locked(world: World, move: Migration) -> Body:
    """Wait for the lock of another migration of the same guest, then move."""
    patience = LOCK_WAIT_SECONDS
    if _is_held(world, move.guest.vmid):
        move.task.print("trying to acquire lock...")
    while _is_held(world, move.guest.vmid) and patience > 0:
        yield 0.5
        patience -= 0.5
    problem = _problem_at_start(world, move)
    if problem:
        move.task.say(f"ERROR: migration aborted (duration {move.duration(world)}): {problem}")
        raise TaskFailed("migration aborted")
    world.migrations[move.guest.vmid] = move
    try:
        yield from MOVERS[move.guest.type](world, move)
    finally:
        move.close(world)


def _is_held(world: World, vmid: int) -> bool:
    return vmid in world.migrations or world.replication.is_busy(vmid)


def _problem_at_start(world: World, move: Migration) -> str | None:
    """Why a migration ends before it begins."""
    guest = move.guest
    if _is_held(world, guest.vmid):
        folder = "qemu-server/lock" if guest.type == "qemu" else "lxc/pve-config"
        return f"can't lock file '/var/lock/{folder}-{guest.vmid}.conf' - got timeout"
    if guest.node != move.source or guest.vmid not in world.guests:
        path = guest.config_path.replace(f"nodes/{guest.node}/", f"nodes/{move.source}/")
        return f"Configuration file '{path}' does not exist"
    return f"{guest.word} is locked ({guest.lock})" if guest.lock else None
