# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Guests that are destroyed with their volumes, as a task."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from .errors import TaskFailed, WorldError, refused
from .power_steps import STOP_SECONDS, PowerOptions, Work, hold
from .process import Body
from .tasks import Caller, Task

if TYPE_CHECKING:
    from .model import Guest
    from .world import World

DESTROY_SECONDS = 1.0


@dataclass(frozen=True)
class Destruction:
    """Stop a container first, take the guest out of HA and replication, ignore its lock."""

    is_forced: bool = False
    purges: bool = False
    skips_lock: bool = False


def destroy(world: World, guest: Guest, how: Destruction, caller: Caller) -> str:
    """Start the task; gives the UPID, or raises WorldError."""
    check(world, guest, how)

    def body(task: Task) -> Body:
        work = Work(world, guest, task, PowerOptions(skips_lock=how.skips_lock))
        return hold(work, "destroy", partial(_steps, how=how))

    kind = "qmdestroy" if guest.type == "qemu" else "vzdestroy"
    return world.tasks.start(guest.node, kind, str(guest.vmid), caller, body).upid


def check(world: World, guest: Guest, how: Destruction) -> None:
    """Raise WorldError for a guest that must not be destroyed."""
    name = f"{guest.word} {guest.vmid}"
    if guest.config.get("protection"):
        raise refused(f"can't remove {name} - protection mode enabled")
    if guest.sid in world.ha.resources and not how.purges:
        raise refused(f"unable to remove {name} - used in HA resources and purge parameter not set.")
    jobs = world.replication.of(guest.vmid)
    if jobs and not how.purges:
        raise refused(f"There is a replication job '{jobs[0].id}' for guest '{guest.vmid}' - Please remove that first.")
    if guest.is_running and guest.type == "qemu":
        raise refused(f"{name} is running - destroy failed")
    if guest.is_running and not how.is_forced:
        raise refused(f"unable to destroy {name} - container is running")


def _steps(work: Work, *, how: Destruction) -> Body:
    world, guest = work.world, work.guest
    try:
        check(world, guest, how)
    except WorldError as changed:
        raise TaskFailed(changed.text) from changed
    if guest.is_running:
        yield STOP_SECONDS
        world.set_running(guest, running=False)
    yield DESTROY_SECONDS
    if how.purges:
        work.task.print(f"purging {guest.word} {guest.vmid} from related configurations..")
        for job in world.replication.of(guest.vmid):
            del world.replication.jobs[job.id]
    if guest.sid in world.ha.resources:
        world.ha.remove_resource(guest.sid)
    for drive in guest.drives():
        storage = world.storages.get(drive.storage or "")
        if storage is not None and drive.size and not drive.is_cdrom:
            storage.add(guest.node, -drive.size)
    world.remove_guest(guest.vmid)
