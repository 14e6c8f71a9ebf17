# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Power actions as tasks: start, stop, shutdown, reboot, suspend, resume (pve-api.md 5.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import TaskFailed, bad_parameters, refused
from .power_steps import NO_OPTIONS, START_SECONDS, PowerOptions, Work, run
from .process import Body
from .tasks import ROOT, Caller, Task

if TYPE_CHECKING:
    from .model import Guest
    from .world import World

# HA takes over what the administrator wants; these actions only change the wanted state.
HA_STATES = {"start": "started", "stop": "stopped", "shutdown": "stopped"}
# Where the task of an action is called other than the action.
TASK_WORDS = {"suspend": "pause"}
PAUSED = "VM is paused - cannot shutdown"


def power(world: World, guest: Guest, action: str, caller: Caller, options: PowerOptions = NO_OPTIONS) -> str:
    """Start the task for an action; gives the UPID, or raises WorldError."""
    _check(guest, action, options)
    if action == "start":
        world.require_quorum(guest.node)
    if world.ha.is_managed(guest.sid) and action in HA_STATES:
        if options.overrules_shutdown:
            raise bad_parameters({"overrule-shutdown": "Not applicable for HA resources."})
        return _ask_ha(world, guest, action, caller, options).upid
    return run_action(world, guest, action, caller, options).upid


def run_action(
    world: World, guest: Guest, action: str, caller: Caller = ROOT, options: PowerOptions = NO_OPTIONS
) -> Task:
    """Run the action itself, HA or not."""
    kind = f"{'qm' if guest.type == 'qemu' else 'vz'}{TASK_WORDS.get(action, action)}"

    def body(task: Task) -> Body:
        return run(Work(world, guest, task, options), action)

    return world.tasks.start(guest.node, kind, str(guest.vmid), caller, body)


def _check(guest: Guest, action: str, options: PowerOptions) -> None:
    """What the API refuses before the task exists."""
    if guest.type == "lxc" and action == "start" and guest.is_running:
        raise refused(f"CT {guest.vmid} already running")
    if guest.type == "lxc" and action in ("stop", "shutdown") and not guest.is_running:
        raise refused(f"CT {guest.vmid} not running")
    is_paused = guest.type == "qemu" and guest.qmp_status == "paused"
    if is_paused and (action == "reboot" or (action == "shutdown" and not options.force_stop)):
        raise refused(PAUSED)
    # The daemons say VM for containers too.
    if action in ("reboot", "suspend", "resume") and not guest.is_running:
        raise refused(f"VM {guest.vmid} not running")


def _ask_ha(world: World, guest: Guest, action: str, caller: Caller, options: PowerOptions) -> Task:
    state = HA_STATES[action]
    command = f"set {guest.sid} --state started" if state == "started" else f"crm-command stop {guest.sid}"
    if action != "start":
        command += " 0" if action == "stop" else f" {options.timeout or 60:g}"

    def body(task: Task) -> Body:
        task.print(f"Requesting HA {'start' if state == 'started' else 'stop'} for {guest.word} {guest.vmid}")
        yield from world.suffer(task, "prepare")
        yield START_SECONDS
        if not world.is_quorate(task.node):
            raise TaskFailed(f"command 'ha-manager {command}' failed: exit code 255")
        world.ha.set_requested(guest.sid, state)

    kind = "hastart" if state == "started" else "hastop"
    return world.tasks.start(guest.node, kind, str(guest.vmid), caller, body)
