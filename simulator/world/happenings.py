# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""What other people and the daemons of a cluster do while somebody works with it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING

from . import ha_arming
from .drives import parse_size
from .errors import TaskFailed
from .ha_data import HaRule
from .loads import Constant, Demand
from .process import Body, Pause
from .reboot import reboot_node
from .tasks import ROOT, PowerLost, Task

if TYPE_CHECKING:
    from .model import Guest
    from .world import World

RESOURCE_STATES = ("started", "stopped", "enabled", "disabled", "ignored")
AUTHORITIES = ("same", "other")


def backup(world: World, vmid: int, seconds: float) -> str:
    """A backup job locks a guest and unlocks it when it is done; gives the UPID."""
    guest = world.guests[vmid]

    def body(task: Task) -> Body:
        task.print(f"INFO: starting new backup job: vzdump {vmid} --storage backup --mode snapshot")
        yield from world.suffer(task, "prepare")
        yield from _saved(world, task, guest, seconds)
        task.print("INFO: Backup job finished successfully")

    return world.tasks.start(guest.node, "vzdump", str(vmid), ROOT, body).upid


def backup_job(world: World, node: str, seconds: float) -> str:
    """A job saves the guests that a node has when it begins, one after the other, each for so long; gives the UPID."""
    guests = [guest for vmid, guest in sorted(world.guests.items()) if guest.node == node]

    def body(task: Task) -> Body:
        task.print("INFO: starting new backup job: vzdump --all 1 --storage backup --mode snapshot")
        yield from world.suffer(task, "prepare")
        is_complete = True
        for guest in guests:
            is_complete &= yield from _saved_if_there(world, task, guest, seconds)
        if not is_complete:
            raise TaskFailed("job errors")
        task.print("INFO: Backup job finished successfully")

    return world.tasks.start(node, "vzdump", "", ROOT, body).upid


def _saved_if_there(world: World, task: Task, guest: Guest, seconds: float) -> Generator[Pause, None, bool]:
    """False where the guest could not be saved, as it has left the node or is locked."""
    if guest.node != task.node or guest.vmid not in world.guests:
        task.print(f"ERROR: Backup of VM {guest.vmid} failed - unable to find VM '{guest.vmid}'")
        return False
    if guest.lock:
        task.print(f"ERROR: Backup of VM {guest.vmid} failed - {guest.word} is locked ({guest.lock})")
        return False
    yield from _saved(world, task, guest, seconds)
    return True


def _saved(world: World, task: Task, guest: Guest, seconds: float) -> Body:
    task.print(f"INFO: Starting Backup of VM {guest.vmid} ({guest.type})")
    if guest.lock:
        task.print(f"ERROR: Backup of VM {guest.vmid} failed - {guest.word} is locked ({guest.lock})")
        raise TaskFailed("job errors")
    world.change_config(guest, {"lock": "backup"})
    try:
        yield seconds
    except PowerLost:
        raise
    except TaskFailed:
        unlock_guest(world, guest.vmid)
        raise
    unlock_guest(world, guest.vmid)
    task.print(f"INFO: Finished Backup of VM {guest.vmid}")


def stop_guest(world: World, vmid: int) -> None:
    """A guest ends by itself, as after a shutdown from within."""
    world.set_running(world.guests[vmid], running=False)


def lock_guest(world: World, vmid: int, lock: str) -> None:
    """Somebody works on a guest: its config says `lock` (backup, snapshot, ...)."""
    world.change_config(world.guests[vmid], {"lock": lock})


def unlock_guest(world: World, vmid: int) -> None:
    """Nobody works on a guest any more."""
    world.change_config(world.guests[vmid], {}, ("lock",))


def set_load(world: World, vmid: int, cpu: float, memory: float | str) -> None:
    """A guest asks for so many cores and so much memory (bytes, or text such as 4G) from now on."""
    size = parse_size(memory) if isinstance(memory, str) else memory
    if size is None:
        raise ValueError(f"memory '{memory}' is no size: write bytes, or text such as 4G")
    world.set_load(world.guests[vmid], Constant(Demand(float(cpu), float(size))))


def set_ha(world: World, vmid: int, state: str) -> None:
    """The administrator wants another state of an HA resource."""
    if state not in RESOURCE_STATES:
        raise ValueError(f"unknown state '{state}': use one of {', '.join(RESOURCE_STATES)}")
    world.ha.set_requested(world.guests[vmid].sid, state)


def add_ha_rule(world: World, name: str, affinity: str, resources: Iterable[int]) -> None:
    """The administrator adds a rule that keeps HA guests together (positive) or apart (negative)."""
    sids = frozenset(world.guests[vmid].sid for vmid in resources)
    world.ha.use_rules((*world.ha.rules.rules, HaRule(name, "resource-affinity", sids, affinity=affinity)))


def add_ha_preference(world: World, name: str, resources: Iterable[int], nodes: Iterable[str]) -> None:
    """The administrator adds a rule that prefers nodes for HA guests; it is not strict."""
    sids = frozenset(world.guests[vmid].sid for vmid in resources)
    rule = HaRule(name, "node-affinity", sids, dict.fromkeys(nodes, 0))
    world.ha.use_rules((*world.ha.rules.rules, rule))


def disarm_ha(world: World, mode: str) -> None:
    """The HA manager is disarmed; mode freeze or ignore."""
    ha_arming.disarm(world.ha, mode)


def arm_ha(world: World) -> None:
    """The HA manager is armed again."""
    ha_arming.arm(world.ha)


def change_certificate(world: World, authority: str) -> None:
    """All API daemons show new certificates: of the `same` CA, or of an `other` one that no client knows."""
    if authority not in AUTHORITIES:
        raise ValueError(f"unknown authority '{authority}': use one of {', '.join(AUTHORITIES)}")
    world.certificate_changes.append(authority)


def expire_tickets(world: World) -> None:
    """The key that tickets are signed with changes: those handed out so far are worth nothing any more."""
    world.credentials.signing_key += 1


def revoke_token(world: World, token: str) -> None:
    """An API token stops to be valid; full name, such as drs@pve!demo."""
    world.credentials.revoked.add(token)


HAPPENINGS: dict[str, Callable[..., object]] = {
    action.__name__: action
    for action in (
        backup,
        backup_job,
        reboot_node,
        stop_guest,
        lock_guest,
        unlock_guest,
        set_load,
        set_ha,
        add_ha_rule,
        add_ha_preference,
        disarm_ha,
        arm_ha,
        change_certificate,
        expire_tickets,
        revoke_token,
    )
}
