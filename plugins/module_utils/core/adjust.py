# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What the figures of nodes and guests mean for this policy (drs-model 2.2, 2.5, 2.6)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.merged import merged_bytes
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources

# ZFS keeps at least this share of the node's memory for its cache, by default.
LEAST_ARC_SHARE = 1 / 32


def adjusted(cluster: Cluster, policy: Policy) -> Cluster:
    """With cores of one speed, less cache, and what guests bring along beyond what they use. Raises BadPolicy."""
    cluster = _with_hugepages(cluster)
    if not (policy.cpu_speeds or policy.reclaim_arc or policy.count_merged):
        return cluster
    unknown = sorted(policy.cpu_speeds.keys() - cluster.node_by_name.keys())
    if unknown:
        raise BadPolicy(f"cpu_speeds names {', '.join(unknown)}, but there are only {', '.join(cluster.node_by_name)}")
    merged = _merged(cluster) if policy.count_merged else {}
    return replace(
        cluster,
        nodes=tuple(_node(node, policy) for node in cluster.nodes),
        guests=tuple(
            _guest(guest, _speed(policy, guest.node), merged.get(guest.vmid, 0.0)) for guest in cluster.guests
        ),
    )


def adjusts_memory(policy: Policy) -> bool:
    """That takes details of every node."""
    return policy.reclaim_arc or policy.count_merged


def _with_hugepages(cluster: Cluster) -> Cluster:
    """Whatever such a guest makes of its memory, its host has none of it left for others."""
    if not any(guest.has_hugepages for guest in cluster.guests):
        return cluster
    return replace(cluster, guests=tuple(map(_all_held, cluster.guests)))


def _all_held(guest: Guest) -> Guest:
    if not (guest.has_hugepages and guest.is_active):
        return guest
    demand, surge = Resources(guest.demand.cpu, guest.size.memory), Resources(guest.surge.cpu, 0.0)
    return replace(guest, demand=demand, surge=surge)


def _speed(policy: Policy, node: str) -> float:
    return policy.cpu_speeds.get(node, 1.0)


def _node(node: Node, policy: Policy) -> Node:
    speed = _speed(policy, node.name)
    usage = _without_cache(node) if policy.reclaim_arc else node.usage
    return replace(
        node,
        speed=speed,
        capacity=_sped(node.capacity, speed) if node.capacity else None,
        usage=_sped(usage, speed) if usage else None,
        surge=_sped(node.surge, speed),
    )


def _without_cache(node: Node) -> Resources | None:
    """ZFS gives its cache back when guests need the memory, down to a minimum."""
    if node.usage is None or node.capacity is None or node.details is None or node.details.arc_bytes is None:
        return node.usage
    spare = max(0.0, node.details.arc_bytes - LEAST_ARC_SHARE * node.capacity.memory)
    return Resources(node.usage.cpu, max(0.0, node.usage.memory - spare))


def _guest(guest: Guest, speed: float, merged: float) -> Guest:
    surge = _sped(guest.surge, speed)
    more = Resources(surge.cpu, max(0.0, surge.memory) + merged) if merged else surge
    return replace(guest, demand=_sped(guest.demand, speed), surge=more)


def _sped(amount: Resources, speed: float) -> Resources:
    """In cores of speed 1 [Ex 2.6]."""
    return Resources(amount.cpu * speed, amount.memory)


def _merged(cluster: Cluster) -> dict[int, float]:
    """Of the running guests."""
    guests: dict[str, list[Guest]] = defaultdict(list)
    for guest in cluster.guests:
        if guest.is_active:
            guests[guest.node].append(guest)
    found = (merged_bytes(node, guests[node.name]) for node in cluster.nodes)
    return {vmid: amount for of_node in found for vmid, amount in of_node.items()}
