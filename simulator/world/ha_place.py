# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""Where the cluster resource manager wants a resource to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from .ha_data import HaResource, Service

if TYPE_CHECKING:
    from .ha import Ha

HOMELESS = ("stopped", "request_start")


def select_node(ha: Ha, service: Service, avoid: Iterable[str] = (), *, is_start: bool = False) -> str | None:
    """The node for a service: its present one unless rules, failback or maintenance speak against it.

    Only nodes of the highest priority that are online are looked at, whatever other rules leave of them.
    """
    resource = ha.resources[service.sid]
    priorities = ha.rules.priorities(resource, ha.online_nodes())
    stays = not _fails_back(ha, resource) and not is_start
    if stays and service.node in _with_partners(ha, service, set(priorities)):
        return service.node
    best = _with_partners(ha, service, preferred(priorities) - set(avoid))
    if not best:
        return None
    if service.maintenance_node in best:
        return service.maintenance_node
    if service.node in best and not is_start:
        return service.node
    return min(best, key=lambda node: (round(node_score(ha, node), 6), node))


def _fails_back(ha: Ha, resource: HaResource) -> bool:
    """Whether a resource returns to a better node: its own option, or its group's before PVE 9."""
    group = ha.rules.groups.get(resource.group or "")
    return resource.failback and not (group and group.nofailback)


def node_score(ha: Ha, node: str) -> float:
    """How busy a node is in the eyes of the configured scheduler; lower is better."""
    mode = ha.scheduler()
    world = ha.world
    if mode == "basic":
        return sum((service.target or service.node) == node for service in ha.services.values()) + _others(ha, node)
    if mode == "static":
        guests = [guest for guest in world.guests_on[node].values() if guest.is_running]
        cpu = sum(guest.cores for guest in guests) / world.nodes[node].cores
        return (cpu + sum(guest.memory for guest in guests) / world.nodes[node].memory) / 2
    figures = world.statistics.node(node)
    return (figures.cpu + figures.mem / figures.maxmem) / 2 if figures else 1.0


def _others(ha: Ha, node: str) -> int:
    """Running guests without HA; they count since pve-ha-manager 5.1.2."""
    if ha.world.profile != "9.2":
        return 0
    return sum(guest.is_running and not ha.is_managed(guest.sid) for guest in ha.world.guests_on[node].values())


def place_of(service: Service) -> str:
    """Where a service is or is going."""
    return service.target or service.node


def _with_partners(ha: Ha, service: Service, nodes: set[str]) -> set[str]:
    """Nodes left when affinity to other resources is obeyed."""
    left = nodes - {place for other in _users(ha, ha.rules.apart(service.sid)) for place in (other.node, other.target)}
    together = Counter(place_of(other) for other in _users(ha, ha.rules.together(service.sid)))
    usable = {node: count for node, count in together.items() if node in left}
    if not usable:
        return left
    most = max(usable.values())
    return {min(node for node, count in usable.items() if count == most)}


def _users(ha: Ha, sids: Iterable[str]) -> list[Service]:
    """Those of the resources that take up a node; stopped ones do not."""
    found = (ha.services[sid] for sid in sorted(sids) if sid in ha.services)
    return [service for service in found if service.state not in HOMELESS]


def preferred(priorities: dict[str, int]) -> set[str]:
    """The nodes of the highest priority."""
    return {node for node in priorities if priorities[node] == max(priorities.values())}
