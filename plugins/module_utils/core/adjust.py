# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What the figures of nodes and guests mean for this policy (drs-model 2.2, 2.5, 2.6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.merged import merged_bytes
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.processors import node_speeds, thread_shares

# ZFS keeps at least this share of the node's memory for its cache, by default.
LEAST_ARC_SHARE = 1 / 32


def adjusted(cluster: Cluster, policy: Policy) -> Cluster:
    """With cores of one speed, less cache, and what guests bring along beyond what they use.

    Raises BadPolicy, and NoMeasurement where the processors of a node are not known that the policy looks at.
    """
    cluster = _with_hugepages(cluster)
    speeds, shares = node_speeds(cluster, policy), thread_shares(cluster, policy)
    if not (speeds or shares or policy.reclaim_arc or policy.count_merged):
        return cluster
    merged = _merged(cluster) if policy.count_merged else {}
    return replace(
        cluster,
        nodes=tuple(
            _with_processors(_without_cache(node) if policy.reclaim_arc else node, speeds, shares)
            for node in cluster.nodes
        ),
        guests=tuple(
            _guest(guest, speeds.get(guest.node, 1.0), merged.get(guest.vmid, 0.0)) for guest in cluster.guests
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


def _with_processors(node: Node, speeds: Mapping[str, float], shares: Mapping[str, float]) -> Node:
    speed, share = speeds.get(node.name, 1.0), shares.get(node.name, 1.0)
    return replace(
        node,
        speed=speed,
        thread_share=share,
        capacity=_sped(node.capacity, speed * share) if node.capacity else None,
        usage=_sped(node.usage, speed) if node.usage else None,
        surge=_sped(node.surge, speed),
    )


def _without_cache(node: Node) -> Node:
    """ZFS gives its cache back when guests need the memory, down to a minimum."""
    if node.usage is None or node.capacity is None or node.details is None or node.details.arc_bytes is None:
        return node
    spare = max(0.0, node.details.arc_bytes - LEAST_ARC_SHARE * node.capacity.memory)
    return replace(node, usage=Resources(node.usage.cpu, max(0.0, node.usage.memory - spare)))


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
