# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The cluster resource manager: one round every ten seconds on the master node."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from . import ha_maintenance, outages
from .ha_arming import is_resting
from .ha_balance import rebalance
from .ha_data import Service
from .ha_migration import migrate_groups
from .ha_place import select_node

if TYPE_CHECKING:
    from .ha import Ha

FENCE_DELAY_SECONDS = 60.0
# A lock that is not renewed for so long is free: of a node to be fenced, of a lost master.
LOCK_SECONDS = 120.0
# A service that has no end of changes waits for the next round.
MOST_STEPS = 10
STOPPED_STATES = ("stopped", "disabled")
MOVES = ("migrate", "relocate")


def adopt(ha: Ha) -> None:
    """First look at the cluster: everything is already as it is wanted."""
    ha.master = next(iter(ha.world.nodes))
    ha.timestamp = ha.world.clock.now
    _look_at_nodes(ha)
    for resource in ha.resources.values():
        guest = ha.world.guests.get(resource.vmid)
        if guest is None or not resource.is_managed:
            continue
        state = "started" if resource.state in ("started", "enabled") else "stopped"
        ha.services[resource.sid] = Service(resource.sid, state, guest.node, ha.new_uid(), running=guest.is_running)


def round_of_manager(ha: Ha) -> None:
    """One round; without anything to look after, without quorum or master nothing happens."""
    if not (ha.resources or ha.services or ha_maintenance.is_under_way(ha)) or not _find_master(ha):
        return
    ha.timestamp = ha.world.clock.now
    _look_at_nodes(ha)
    migrate_groups(ha)
    if is_resting(ha):
        return
    ha_maintenance.take_requests(ha)
    _sync_services(ha)
    _take_commands(ha)
    _settle(ha)
    rebalance(ha)


def _settle(ha: Ha) -> None:
    """Let every service take its next steps until none changes its state any more."""
    for _unused in range(MOST_STEPS):
        before = {sid: service.state for sid, service in ha.services.items()}
        for sid in sorted(ha.services):
            service = ha.services[sid]
            service.running = _is_running(ha, service)
            _NEXT[service.state](ha, service)
        if before == {sid: service.state for sid, service in ha.services.items()}:
            return


def _find_master(ha: Ha) -> bool:
    """Whether a quorate node holds the manager lock; it passes on when the holder is gone for long."""
    world = ha.world
    if ha.master and world.nodes[ha.master].online and world.is_quorate(ha.master):
        return True
    if ha.master and world.clock.now - ha.timestamp < LOCK_SECONDS:
        return False
    ha.master = next((name for name in world.nodes if world.nodes[name].online and world.is_quorate(name)), ha.master)
    return ha.master is not None and world.nodes[ha.master].online and world.is_quorate(ha.master)


def _look_at_nodes(ha: Ha) -> None:
    for name, node in ha.world.nodes.items():
        if node.online:
            ha.node_status[name] = "maintenance" if ha.lrms[name].mode == "maintenance" else "online"
        elif ha.node_status.get(name) not in ("fence", "unknown", "gone"):
            ha.node_status[name] = "unknown"


def _sync_services(ha: Ha) -> None:
    """New resources get a service, removed ones lose it."""
    for sid in [sid for sid in ha.services if not _is_known(ha, sid)]:
        del ha.services[sid]
    for sid, resource in ha.resources.items():
        guest = ha.world.guests.get(resource.vmid)
        if sid in ha.services or guest is None or not resource.is_managed:
            continue
        state = "request_stop" if resource.state in STOPPED_STATES else "request_start"
        ha.services[sid] = Service(sid, state, guest.node, ha.new_uid(), running=guest.is_running)


def _is_known(ha: Ha, sid: str) -> bool:
    return ha.is_managed(sid) and ha.resources[sid].vmid in ha.world.guests


def _take_commands(ha: Ha) -> None:
    """Requests to move: refused ones vanish without a word, as the real manager only logs them."""
    queue, ha.queue = ha.queue, []
    for how, sid, target in queue:
        service = ha.services.get(sid)
        if service is None or ha.node_status.get(target) != "online" or ha.blocking(sid, target):
            continue
        for member in (sid, *ha.comigrated(sid)):
            if member in ha.services and ha.services[member].node != target:
                ha.services[member].command = (how, target)


def _when_started(ha: Ha, service: Service) -> None:
    if not ha.world.nodes[service.node].online:
        _fence_when_lost(ha, service)
        return
    if ha.resources[service.sid].state in STOPPED_STATES:
        ha.change_state(service, "request_stop")
        return
    if service.command is not None:
        how, target = service.command
        service.command = None
        ha.change_state(service, how, target=target)
        return
    if ha.result(service) not in (None, 0):
        _after_failed_start(ha, service)
        return
    if ha.result(service) == 0:
        service.restarts = service.relocations = 0
        service.failed_nodes.clear()
        # A new uid lets the local manager look after the guest again.
        service.uid = ha.new_uid()
    _move_if_wanted(ha, service)


def _move_if_wanted(ha: Ha, service: Service) -> None:
    """Follow rules, failback and maintenance."""
    if ha.node_status.get(service.node) == "maintenance" and service.maintenance_node is None:
        service.maintenance_node = service.node
    if service.maintenance_node == service.node and ha.node_status.get(service.node) == "online":
        service.maintenance_node = None
    node = select_node(ha, service)
    if node is None or node == service.node:
        return
    resource = ha.resources[service.sid]
    ha.change_state(service, "migrate" if resource.kind == "vm" else "relocate", target=node)


def _after_failed_start(ha: Ha, service: Service) -> None:
    """Try again here, then elsewhere, then give up."""
    resource = ha.resources[service.sid]
    if service.restarts < resource.max_restart:
        service.restarts += 1
        service.uid = ha.new_uid()
        return
    service.failed_nodes.append(service.node)
    node = select_node(ha, service, service.failed_nodes, is_start=True)
    if service.relocations >= resource.max_relocate or node in (None, service.node):
        ha.change_state(service, "error")
        return
    service.relocations += 1
    service.restarts = 0
    ha.change_state(service, "relocate", target=node)


def _when_moving(ha: Ha, service: Service) -> None:
    if not ha.world.nodes[service.node].online:
        _fence_when_lost(ha, service)
        return
    if ha.result(service) is None:
        return
    # Whatever the worker said, the config lies where it lies.
    ha.change_state(service, "started", node=ha.world.guests[ha.resources[service.sid].vmid].node)


def _when_request_start(ha: Ha, service: Service) -> None:
    if not ha.world.nodes[service.node].online:
        _fence_when_lost(ha, service)
        return
    node = select_node(ha, service, is_start=True) if ha.rebalances_on_start and not service.running else None
    if node in (None, service.node):
        ha.change_state(service, "started")
    else:
        ha.change_state(service, "request_start_balance", target=node)


def _when_frozen(ha: Ha, service: Service) -> None:
    """Held still while its node reboots; it goes on when the local manager is back at work."""
    is_back = service.node not in ha.restarting and ha.lrms[service.node].mode == "active"
    if is_back and ha.world.nodes[service.node].online:
        ha.change_state(service, "started")


def _when_request_stop(ha: Ha, service: Service) -> None:
    if ha.result(service) is not None or not service.running:
        ha.change_state(service, "stopped")


def _when_stopped(ha: Ha, service: Service) -> None:
    service.node = ha.world.guests[ha.resources[service.sid].vmid].node
    if ha.resources[service.sid].state not in STOPPED_STATES:
        ha.change_state(service, "request_start")
        return
    if service.command is not None:
        how, target = service.command
        service.command = None
        ha.change_state(service, how, target=target)


def _fence_when_lost(ha: Ha, service: Service) -> None:
    lost_for = ha.world.clock.now - ha.lrms[service.node].timestamp
    if lost_for > FENCE_DELAY_SECONDS:
        ha.node_status[service.node] = "fence"
        ha.change_state(service, "fence")


def _when_fenced(ha: Ha, service: Service) -> None:
    """The lock of the lost node must run out before its guests may start elsewhere."""
    if ha.world.nodes[service.node].online:
        ha.change_state(service, "started")
        return
    if ha.world.clock.now - ha.lrms[service.node].timestamp <= LOCK_SECONDS:
        return
    # By now its watchdog has reset a node that was only cut off.
    outages.node_down(ha.world, service.node)
    ha.node_status[service.node] = "unknown"
    ha.change_state(service, "recovery")
    _when_recovering(ha, service)


def _when_recovering(ha: Ha, service: Service) -> None:
    node = select_node(ha, service, (service.node,), is_start=True)
    if node is None:
        return
    guest = ha.world.guests[ha.resources[service.sid].vmid]
    if guest.lock == "migrate":
        ha.world.change_config(guest, {}, ("lock",))
    ha.world.place(guest, node)
    ha.change_state(service, "started", node=node)


def _when_in_error(ha: Ha, service: Service) -> None:
    if ha.resources[service.sid].state == "disabled":
        ha.change_state(service, "stopped")


def _is_running(ha: Ha, service: Service) -> bool:
    guest = ha.world.guests.get(ha.resources[service.sid].vmid)
    return guest is not None and guest.is_running


_NEXT: dict[str, Callable[[Ha, Service], None]] = {
    "started": _when_started,
    "migrate": _when_moving,
    "relocate": _when_moving,
    "request_start": _when_request_start,
    "request_stop": _when_request_stop,
    "stopped": _when_stopped,
    "request_start_balance": _when_moving,
    "freeze": _when_frozen,
    "fence": _when_fenced,
    "recovery": _when_recovering,
    "error": _when_in_error,
}
