# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What is in use of each node, in the two modes of Proxmox's balancer (proxmox-crs 2, 8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import reduce

from ansible_collections.pve.drs.plugins.module_utils.core.crs.model import CrsGuest, CrsNode
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement

Nodes = Mapping[str, CrsNode]


def static_nodes(nodes: Nodes, guests: Iterable[CrsGuest]) -> dict[str, CrsNode]:
    """Every guest counts as configured where it is, and on its target as well."""
    idle = {name: replace(node, usage=Resources(0.0, 0.0)) for name, node in nodes.items()}
    return _with_guests(idle, guests)


def static_loads(placement: Placement, nodes: Iterable[Node]) -> dict[str, float]:
    """Loads by node, of the guests that run where the placement has them, as configured."""
    empty = (CrsNode(name=node.name, capacity=node.capacity) for node in nodes if node.capacity)
    return {node.name: reduce(with_guest, _sizes_on(placement, node.name), node).load for node in empty}


def _sizes_on(placement: Placement, node: str) -> Iterator[Resources]:
    guests = map(placement.guest, sorted(placement.guests_on(node)))
    return (guest.assigned for guest in guests if guest.is_active)


def expecting_nodes(nodes: Nodes, guests: Iterable[CrsGuest]) -> dict[str, CrsNode]:
    """Looking for a place to start: guests assigned but not yet running count as configured."""
    return _with_guests(nodes, (guest for guest in guests if not guest.is_running))


def with_guest(node: CrsNode, maximum: Resources) -> CrsNode:
    """The node with one guest more; a container without a cpu limit takes all of its cores."""
    cores = maximum.cpu or node.capacity.cpu
    return replace(node, usage=node.usage + Resources(cores, maximum.memory))


def _with_guests(nodes: Nodes, guests: Iterable[CrsGuest]) -> dict[str, CrsNode]:
    found = dict(nodes)
    for guest in guests:
        for name in (guest.node, guest.target):
            if name in found:
                found[name] = with_guest(found[name], guest.maximum)
    return found
