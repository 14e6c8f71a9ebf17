# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Power actions as tasks: start, stop, shutdown, reboot, suspend, resume."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import TaskFailed, refused
from .process import Body
from .start_problems import broken_storage, start_problem
from .tasks import ROOT, Caller, Task

if TYPE_CHECKING:
    from .model import Guest
    from .world import World

START_SECONDS = 1.0
STOP_SECONDS = 0.5
BOOT_SECONDS = 1.0
CONTAINER_TIMEOUT_SECONDS = 60.0
# HA takes over what the administrator wants; these actions only change the wanted state.
HA_STATES = {"start": "started", "stop": "stopped", "shutdown": "stopped"}


@dataclass(frozen=True)
class PowerOptions:
    """Options of stop and shutdown: timeout in seconds, force_stop after it."""

    timeout: float | None = None
    force_stop: bool = False


NO_OPTIONS = PowerOptions()
Steps = Callable[["World", "Guest", PowerOptions], Body]


def power(world: World, guest: Guest, action: str, caller: Caller, options: PowerOptions = NO_OPTIONS) -> str:
    """Start the task for an action (a key of ACTIONS); gives the UPID, or raises WorldError."""
    world.require_quorum(guest.node)
    if world.ha.is_managed(guest.sid) and action in HA_STATES:
        return _ask_ha(world, guest, action, caller).upid
    _check_container(guest, action)
    return run_action(world, guest, action, caller, options).upid


def run_action(
    world: World, guest: Guest, action: str, caller: Caller = ROOT, options: PowerOptions = NO_OPTIONS
) -> Task:
    """Run the action itself, HA or not."""
    kind = f"{'qm' if guest.type == 'qemu' else 'vz'}{action}"

    def body(task: Task) -> Body:
        return _run(world, task, guest, ACTIONS[action](world, guest, options))

    return world.tasks.start(guest.node, kind, str(guest.vmid), caller, body)


def _run(world: World, task: Task, guest: Guest, steps: Body) -> Body:
    if guest.lock and guest.lock not in ("suspended", "backup"):
        raise TaskFailed(f"{guest.word} is locked ({guest.lock})")
    yield from world.suffer(task, "prepare")
    yield from steps


def _start(world: World, guest: Guest, _options: PowerOptions) -> Body:
    if guest.is_template:
        raise TaskFailed("you can't start a vm if it's a template")
    if guest.is_running:
        raise TaskFailed(f"{guest.word} {guest.vmid} already running")
    yield START_SECONDS
    problem = broken_storage(world, guest, guest.node) or start_problem(world, guest, guest.node)
    if problem:
        raise TaskFailed(problem)
    world.set_running(guest, running=True)


def _stop(world: World, guest: Guest, _options: PowerOptions) -> Body:
    yield STOP_SECONDS
    if guest.is_running:
        world.set_running(guest, running=False)


def _shutdown(world: World, guest: Guest, options: PowerOptions) -> Body:
    timeout = options.timeout if options.timeout is not None else CONTAINER_TIMEOUT_SECONDS
    yield min(guest.shutdown_seconds, timeout)
    if guest.shutdown_seconds > timeout and not options.force_stop:
        raise TaskFailed("VM quit/powerdown failed - got timeout" if guest.type == "qemu" else "got timeout")
    if guest.is_running:
        world.set_running(guest, running=False)


def _reboot(world: World, guest: Guest, options: PowerOptions) -> Body:
    if not guest.is_running:
        raise TaskFailed(f"{guest.word} {guest.vmid} not running")
    yield from _shutdown(world, guest, options)
    yield BOOT_SECONDS
    world.set_running(guest, running=True)


def _suspend(world: World, guest: Guest, _options: PowerOptions) -> Body:
    yield STOP_SECONDS
    if not guest.is_running:
        raise TaskFailed(f"{guest.word} {guest.vmid} not running")
    world.set_qmp_status(guest, "paused")


def _resume(world: World, guest: Guest, _options: PowerOptions) -> Body:
    yield STOP_SECONDS
    if not guest.is_running:
        raise TaskFailed(f"{guest.word} {guest.vmid} not running")
    world.set_qmp_status(guest, "running")


ACTIONS: dict[str, Steps] = {
    "start": _start,
    "stop": _stop,
    "shutdown": _shutdown,
    "reboot": _reboot,
    "suspend": _suspend,
    "resume": _resume,
}


def _check_container(guest: Guest, action: str) -> None:
    """What the container API refuses before the task exists."""
    if guest.type != "lxc":
        return
    if action == "start" and guest.is_running:
        raise refused(f"CT {guest.vmid} already running")
    if action != "start" and not guest.is_running:
        raise refused(f"CT {guest.vmid} not running")


def _ask_ha(world: World, guest: Guest, action: str, caller: Caller) -> Task:
    state = HA_STATES[action]

    def body(task: Task) -> Body:
        task.print(f"Requesting HA {'start' if state == 'started' else 'stop'} for {guest.word} {guest.vmid}")
        yield from world.suffer(task, "prepare")
        yield START_SECONDS
        world.ha.set_requested(guest.sid, state)

    kind = "hastart" if state == "started" else "hastop"
    return world.tasks.start(guest.node, kind, str(guest.vmid), caller, body)
