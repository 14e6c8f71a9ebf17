# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What power actions do inside their tasks, once the config file of the guest is theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import TaskFailed
from .process import Body
from .start_problems import broken_storage, start_problem

if TYPE_CHECKING:
    from .model import Guest
    from .tasks import Task
    from .world import World

START_SECONDS = 1.0
STOP_SECONDS = 0.5
BOOT_SECONDS = 1.0
SHUTDOWN_TIMEOUT_SECONDS = 60.0
# How often and how long a task asks for the config file while another one holds it.
LOCK_POLL_SECONDS = 0.5
LOCK_TIMEOUT_SECONDS = 10.0
# Locks in a config that an action of a guest of this type does not mind.
HARMLESS = {
    ("qemu", "start"): ("suspended", "backup"),
    ("qemu", "suspend"): ("backup",),
    ("qemu", "resume"): ("backup", "suspended"),
    ("lxc", "start"): ("mounted",),
    ("lxc", "stop"): ("mounted",),
}
TEMPLATE = {
    "qemu": "you can't start a vm if it's a template",
    "lxc": "you can't start a CT if it's a template",
}


@dataclass(frozen=True)
class PowerOptions:
    """Options of power actions: timeout in seconds, force_stop after it, end shutdowns under way, ignore locks."""

    timeout: float | None = None
    force_stop: bool = False
    overrules_shutdown: bool = False
    skips_lock: bool = False


NO_OPTIONS = PowerOptions()


@dataclass(frozen=True)
class Work:
    """One action on one guest, in its task."""

    world: World
    guest: Guest
    task: Task
    options: PowerOptions = NO_OPTIONS


Steps = Callable[[Work], Body]


def run(work: Work, action: str) -> Body:
    """Do what an action (a key of ACTIONS) says."""
    return hold(work, action, ACTIONS[action])


def hold(work: Work, action: str, steps: Steps) -> Body:
    """Take the config file, look at its lock, and take the steps of the action."""
    yield from work.world.suffer(work.task, "prepare")
    yield from _take_file(work, action)
    busy = work.world.busy
    busy[work.guest.vmid] = work.task
    try:
        _check_lock(work, action)
        yield from steps(work)
    finally:
        del busy[work.guest.vmid]


def _take_file(work: Work, action: str) -> Body:
    """Wait for another task that works on the guest; a stop may end shutdowns first."""
    guest, waited = work.guest, 0.0
    if action == "stop" and work.options.overrules_shutdown:
        _overrule(work)
    while guest.vmid in work.world.busy:
        if waited >= LOCK_TIMEOUT_SECONDS:
            raise TaskFailed(f"can't lock file '{_lock_file(guest)}' - got timeout")
        yield LOCK_POLL_SECONDS
        waited += LOCK_POLL_SECONDS
    if guest.node != work.task.node or work.world.guests.get(guest.vmid) is not guest:
        raise TaskFailed(f"Configuration file '{guest.path_on(work.task.node)}' does not exist")


def _overrule(work: Work) -> None:
    kind = "qmshutdown" if work.guest.type == "qemu" else "vzshutdown"
    found = [task for task in work.world.tasks.running() if task.type == kind and task.id == str(work.guest.vmid)]
    for task in found:
        work.world.tasks.stop(task)
    if found:
        work.task.print(f"overruled {kind} tasks: {', '.join(task.upid for task in found)}")


def _lock_file(guest: Guest) -> str:
    if guest.type == "qemu":
        return f"/var/lock/qemu-server/lock-{guest.vmid}.conf"
    return f"/run/lock/lxc/pve-config-{guest.vmid}.lock"


def _check_lock(work: Work, action: str) -> None:
    guest = work.guest
    if action == "start" and guest.is_template:
        raise TaskFailed(TEMPLATE[guest.type])
    is_harmless = guest.lock in HARMLESS.get((guest.type, action), ())
    if guest.lock and not is_harmless and not work.options.skips_lock:
        raise TaskFailed(f"{guest.word} is locked ({guest.lock})")


def _start(work: Work) -> Body:
    world, guest = work.world, work.guest
    if guest.is_running:
        raise TaskFailed(f"{guest.word} {guest.vmid} already running")
    yield START_SECONDS
    problem = broken_storage(world, guest, guest.node) or start_problem(world, guest, guest.node)
    if problem:
        raise TaskFailed(problem)
    world.set_running(guest, running=True)
    if guest.lock == "suspended":
        world.change_config(guest, {}, ("lock", "vmstate"))


def _stop(work: Work) -> Body:
    yield STOP_SECONDS
    if work.guest.is_running:
        work.world.set_running(work.guest, running=False)


def _shutdown(work: Work) -> Body:
    guest, options = work.guest, work.options
    if not guest.is_running:
        return
    if guest.qmp_status == "paused":
        yield from _stop(work)
        return
    timeout = SHUTDOWN_TIMEOUT_SECONDS if options.timeout is None else options.timeout
    yield min(guest.shutdown_seconds, timeout)
    if guest.shutdown_seconds > timeout and not options.force_stop:
        raise TaskFailed("VM quit/powerdown failed - got timeout" if guest.type == "qemu" else "got timeout")
    if guest.shutdown_seconds > timeout and guest.type == "qemu":
        work.task.print("VM still running - terminating now with SIGTERM")
    if guest.is_running:
        work.world.set_running(guest, running=False)


def _reboot(work: Work) -> Body:
    yield from _shutdown(work)
    yield BOOT_SECONDS
    work.world.set_running(work.guest, running=True)


def _suspend(work: Work) -> Body:
    yield STOP_SECONDS
    work.world.set_qmp_status(work.guest, "paused")


def _resume(work: Work) -> Body:
    yield STOP_SECONDS
    work.world.set_qmp_status(work.guest, "running")


ACTIONS: dict[str, Steps] = {
    "start": _start,
    "stop": _stop,
    "shutdown": _shutdown,
    "reboot": _reboot,
    "suspend": _suspend,
    "resume": _resume,
}
