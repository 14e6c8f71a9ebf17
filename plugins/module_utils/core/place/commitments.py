# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests that were started a moment ago, and do not show yet what they will use (drs-model 8.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import exp

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import NOTHING, Resources
from ansible_collections.pve.drs.plugins.module_utils.core.model.start import Commitment

DECAY_SECONDS = 300.0
MEMORY_SECONDS = 300.0
# A guest that does not run so long after it was started will not come by itself any more.
STARTING_SECONDS = 120.0
# By then less than a hundredth of its cpu would count.
SPENT_SECONDS = 1500.0


def committed(expected: Resources, age_seconds: float) -> Resources:
    """What to count at least for a guest so long after its start [Ex 8.1]."""
    age = max(0.0, age_seconds)
    return Resources(expected.cpu * exp(-age / DECAY_SECONDS), expected.memory if age < MEMORY_SECONDS else 0.0)


def is_spent(commitment: Commitment, now: float) -> bool:
    """It says nothing any more that figures do not; one from the future is of a clock that was wrong."""
    return not -DECAY_SECONDS <= now - commitment.time < SPENT_SECONDS


def pending(cluster: Cluster, commitments: Iterable[Commitment], now: float) -> dict[int, Resources]:
    """By vmid, what to count for a guest beside what it shows; a guest counts where it is now."""
    found: dict[int, Resources] = {}
    for commitment in commitments:
        guest = cluster.guest_by_vmid.get(commitment.vmid)
        if guest is None or is_spent(commitment, now) or not _may_run(guest, commitment, now):
            continue
        shown = guest.demand if guest.is_active else NOTHING
        more = (committed(commitment.expected, now - commitment.time) - shown).positive
        if more != NOTHING:
            found[guest.vmid] = more
    return found


def with_commitments(cluster: Cluster, commitments: Iterable[Commitment], now: float) -> Cluster:
    """Nodes and guests use what they will; a guest whose start is under way runs already."""
    more = pending(cluster, commitments, now)
    if not more:
        return cluster
    guests = tuple(_with_more(guest, more.get(guest.vmid)) for guest in cluster.guests)
    by_node = _by_node(cluster, more)
    nodes = tuple(
        replace(node, usage=node.usage + by_node[node.name]) if node.usage and node.name in by_node else node
        for node in cluster.nodes
    )
    return replace(cluster, nodes=nodes, guests=guests)


def with_less_room(cluster: Cluster, commitments: Iterable[Commitment], now: float) -> Cluster:
    """The same as no room for others alone: it is no reason to move anybody."""
    more = pending(cluster, commitments, now)
    by_node = _by_node(cluster, more)
    if not more:
        return cluster
    nodes = tuple(
        replace(node, surge=node.surge.positive + by_node[node.name]) if node.name in by_node else node
        for node in cluster.nodes
    )
    guests = tuple(
        replace(guest, surge=guest.surge.positive + more[guest.vmid])
        if guest.vmid in more and guest.is_active
        else guest
        for guest in cluster.guests
    )
    return replace(cluster, nodes=nodes, guests=guests)


def _may_run(guest: Guest, commitment: Commitment, now: float) -> bool:
    """Now, or in a moment."""
    is_starting = now - commitment.time < STARTING_SECONDS and guest.node == commitment.node
    return guest.is_active or is_starting


def _with_more(guest: Guest, more: Resources | None) -> Guest:
    if more is None:
        return guest
    shown = guest.demand if guest.is_active else NOTHING
    return replace(guest, demand=shown + more, status=guest.status if guest.is_active else "running")


def _by_node(cluster: Cluster, more: Mapping[int, Resources]) -> dict[str, Resources]:
    found: dict[str, Resources] = {}
    for vmid, extra in sorted(more.items()):
        node = cluster.guest_by_vmid[vmid].node
        found[node] = found.get(node, NOTHING) + extra
    return found
