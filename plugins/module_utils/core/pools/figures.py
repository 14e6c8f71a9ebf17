# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What guests have and want of each resource, and what nodes have for them: the figures that pools are judged by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import fsum, inf
from types import MappingProxyType

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.memory_capacity import usable_bytes
from ansible_collections.pve.drs.plugins.module_utils.core.cpu_demand import cpu_demands
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import CPU, MEMORY

NO_LIMITS: Mapping[int, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of one resource, in cores or bytes: by vmid of running guests, and by node; `limits` are of single guests.

    `capacity` is of the nodes that may run guests, `nodes` have others, too.
    """

    resource: str
    sizes: Mapping[int, float]
    demands: Mapping[int, float]
    nodes: Mapping[str, float]
    capacity: float
    limits: Mapping[int, float] = field(default_factory=lambda: NO_LIMITS)

    @property
    def saturated(self) -> Figures:
        """The same with every guest wanting all that it can use."""
        return replace(self, demands=self.sizes)

    def limit_of(self, vmid: int) -> float:
        return self.limits.get(vmid, inf)


def cpu_figures(
    cluster: Cluster, excluded: frozenset[str] = frozenset(), limits: Mapping[int, float] = NO_LIMITS
) -> Figures:
    """`limits` are cores that guests are limited to, by whoever else set them."""
    running = [guest for guest in cluster.guests if guest.is_active and not guest.is_template]
    demands = cpu_demands(cluster)
    nodes = {node.name: node.capacity.cpu for node in cluster.measured_nodes if node.capacity}
    return Figures(
        resource=CPU,
        sizes={guest.vmid: guest.assigned.cpu for guest in running},
        demands={guest.vmid: demands[guest.vmid] for guest in running},
        nodes=nodes,
        capacity=_available(cluster, nodes, excluded),
        limits=limits,
    )


def memory_figures(cluster: Cluster, excluded: frozenset[str] = frozenset()) -> Figures:
    """Nodes without what their host keeps for itself (drs-model 2.2)."""
    running = [guest for guest in cluster.guests if guest.is_active and not guest.is_template]
    nodes = {
        node.name: max(0.0, usable_bytes(node.capacity.memory)) for node in cluster.measured_nodes if node.capacity
    }
    return Figures(
        resource=MEMORY,
        sizes={guest.vmid: guest.assigned.memory for guest in running},
        demands={guest.vmid: guest.demand.memory for guest in running},
        nodes=nodes,
        capacity=_available(cluster, nodes, excluded),
    )


def _available(cluster: Cluster, rooms: Mapping[str, float], excluded: frozenset[str]) -> float:
    """Of nodes that may run guests (drs-model 1, 5.1)."""
    closed = excluded | {node.name for node in cluster.nodes if node.is_source_only}
    return fsum(room for name, room in rooms.items() if name not in closed)
