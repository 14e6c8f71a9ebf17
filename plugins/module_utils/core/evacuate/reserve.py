# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What the other nodes can still take, and whether they could lose one more (drs-model 7; by memory and cpu alone)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import heapify, heapreplace

from ansible_collections.pve.drs.plugins.module_utils.core.constraints import memory_capacity
from ansible_collections.pve.drs.plugins.module_utils.core.constraints.capacity import Capacity
from ansible_collections.pve.drs.plugins.module_utils.core.loads import available_nodes
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.evacuation import Headroom, Reserve
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem

CPU_CAPACITY = "cpu_capacity"
ENOUGH_NODES = 2


def headroom(problem: Problem, placement: Placement) -> tuple[Headroom, ...]:
    """Of every node that is left, in order."""
    memory, cpu = _capacity(problem, memory_capacity.NAME), _capacity(problem, CPU_CAPACITY)
    return tuple(
        Headroom(node=node.name, cpu=_free(cpu, placement, node.name), memory=_free(memory, placement, node.name))
        for node in available_nodes(problem)
    )


def reserve(placement: Placement, rooms: tuple[Headroom, ...]) -> Reserve | None:
    """For the node whose loss would be the worst: what of its running guests would not fit on the others."""
    if len(rooms) < ENOUGH_NODES:
        return None
    found = (_lost(placement, room.node, {other.node: other for other in rooms if other is not room}) for room in rooms)
    return max(found, key=lambda lost: (lost.guests, lost.memory, lost.cpu))


def _capacity(problem: Problem, name: str) -> Capacity:
    return next(c for c in problem.constraints if isinstance(c, Capacity) and c.name == name)


def _free(capacity: Capacity, placement: Placement, node: str) -> float:
    return max(0.0, capacity.room.get(node, 0.0) - capacity.amount(placement.claimed(node)))


def _lost(placement: Placement, node: str, others: Mapping[str, Headroom]) -> Reserve:
    homeless = tuple(_homeless(placement, node, others))
    return Reserve(
        node=node,
        guests=len(homeless),
        memory=sum(guest.peak.memory for guest in homeless),
        cpu=sum(guest.peak.cpu for guest in homeless),
    )


def _homeless(placement: Placement, node: str, others: Mapping[str, Headroom]) -> Iterator[Guest]:
    """The largest first, each on the node with the most memory left."""
    guests = [placement.guest(vmid) for vmid in placement.guests_on(node) if placement.guest(vmid).is_active]
    heap = [(-room.memory, name, room.cpu) for name, room in others.items()]
    heapify(heap)
    for guest in sorted(guests, key=lambda guest: (-guest.peak.memory, guest.vmid)):
        most, name, cpu = heap[0]
        if guest.peak.memory <= -most and guest.peak.cpu <= cpu:
            heapreplace(heap, (most + guest.peak.memory, name, cpu - guest.peak.cpu))
        else:
            yield guest
