# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Nodes that are shut down in an orderly way and start again, and what the HA manager makes of that (pve-api.md 8.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import outages

if TYPE_CHECKING:
    from .ha import Ha
    from .world import World

SHUTDOWN_SECONDS = 5.0
LOOK_SECONDS = 5.0
# Policies under which resources wait for the return of a node that reboots.
FREEZING = ("freeze", "conditional")


def reboot_node(world: World, node: str) -> None:
    """Guests are shut down and the node starts again; guests under HA wait, move away before, or are fenced."""
    world.require_node(node)
    policy = shutdown_policy(world)
    if policy == "migrate" and _has_services(world.ha, node):
        world.ha.request_maintenance(node, on=True)
        _leave_when_empty(world, node)
        return
    if policy in FREEZING:
        _freeze(world.ha, node)
    _go(world, node)


def shutdown_policy(world: World) -> str:
    """What the datacenter option `ha` wants of the HA manager."""
    option = world.options.get("ha")
    return str(option.get("shutdown_policy", "conditional")) if isinstance(option, dict) else "conditional"


def _leave_when_empty(world: World, node: str) -> None:
    """Maintenance that came with the reboot ends with it."""
    if _has_services(world.ha, node):
        world.clock.call_later(LOOK_SECONDS, lambda: _leave_when_empty(world, node))
        return
    _go(world, node)
    back = SHUTDOWN_SECONDS + outages.BOOT_SECONDS
    world.clock.call_later(back, lambda: world.ha.request_maintenance(node, on=False))


def _has_services(ha: Ha, node: str) -> bool:
    return any(service.node == node for service in ha.services.values())


def _freeze(ha: Ha, node: str) -> None:
    ha.restarting.add(node)
    for service in ha.services.values():
        if service.node == node and service.state == "started":
            ha.change_state(service, "freeze")


def _go(world: World, node: str) -> None:
    for guest in list(world.guests_on[node].values()):
        if guest.is_running:
            world.set_running(guest, running=False)

    def off() -> None:
        outages.node_down(world, node)
        outages.node_up(world, node)

    world.clock.call_later(SHUTDOWN_SECONDS, off)
