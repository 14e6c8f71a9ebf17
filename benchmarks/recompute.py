# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The yardstick: a planner that adds up the whole cluster anew for every move it considers.

It looks at every guest and every target and takes the move with the lowest variation; it keeps the memory and cpu
limits and nothing else.
"""

from math import sqrt

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy

Loads = dict[str, float]


def moves_by_recomputing(cluster: Cluster, policy: Policy) -> tuple[list[tuple[int, str]], float]:
    """At most `max_moves` moves as (vmid, target), and the variation that they lead to."""
    homes = {guest.vmid: guest.node for guest in cluster.guests}
    best, moves = variation(loads(cluster, homes, policy.method)), []
    for _unused in range(policy.limits.max_moves):
        found = min(_candidates(cluster, homes, policy), default=None)
        if found is None or found[0] >= best:
            break
        best, vmid, target = found
        homes[vmid] = target
        moves.append((vmid, target))
    return moves, best


def _candidates(cluster: Cluster, homes: dict[int, str], policy: Policy) -> list[tuple[float, int, str]]:
    found = []
    for guest in cluster.guests:
        for node in cluster.nodes:
            if node.name != homes[guest.vmid]:
                tried = {**homes, guest.vmid: node.name}
                now = loads(cluster, tried, policy.method)
                if now[node.name] <= policy.memory_max:
                    found.append((variation(now), guest.vmid, node.name))
    return found


def loads(cluster: Cluster, homes: dict[int, str], method: str) -> Loads:
    """Share of its capacity that each node uses."""
    used = dict.fromkeys(cluster.node_by_name, 0.0)
    for guest in cluster.guests:
        used[homes[guest.vmid]] += guest.demand.cpu if method == "cpu" else guest.demand.memory
    return {node.name: used[node.name] / _size(cluster, node.name, method) for node in cluster.nodes}


def _size(cluster: Cluster, name: str, method: str) -> float:
    capacity = cluster.node_by_name[name].capacity
    if capacity is None:
        raise ValueError(f"{name} has no capacity")
    return capacity.cpu if method == "cpu" else capacity.memory


def variation(now: Loads) -> float:
    """Standard deviation / mean / root of (nodes - 1)."""
    mean = sum(now.values()) / len(now)
    deviation = sqrt(sum((load - mean) ** 2 for load in now.values()) / len(now))
    return deviation / mean / sqrt(len(now) - 1)
