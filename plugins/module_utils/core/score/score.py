# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How well every guest is served where a placement puts it, and the cluster as a whole (drs-model 4.3 to 4.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import fsum

from ansible_collections.pve.drs.plugins.module_utils.core.cpu_demand import cpu_demand
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest, Node
from ansible_collections.pve.drs.plugins.module_utils.core.model.score import ClusterScore, GuestScore
from ansible_collections.pve.drs.plugins.module_utils.core.network import NAME
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.pools.view import EVEN
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.plugins.module_utils.core.score.cpu import cpu_scores, cpu_unknown
from ansible_collections.pve.drs.plugins.module_utils.core.score.efficiency import network_efficiency
from ansible_collections.pve.drs.plugins.module_utils.core.score.memory import MemoryView, memory_scores, memory_unknown

Favours = Mapping[int, tuple[float, float]]
NO_FAVOURS: Favours = {}


def score(problem: Problem, placement: Placement) -> ClusterScore:
    """Running guests on nodes that are online and measured; without any the cluster is served perfectly."""
    found: dict[int, GuestScore] = {}
    for node in problem.cluster.measured_nodes:
        if node.usage is not None:
            found |= scores_on(problem, placement, node)
    guests = [placement.guest(vmid) for vmid in found]
    favours = problem.pools.favours if problem.pools else NO_FAVOURS
    return ClusterScore(value=weighted(found, weights(guests, favours)), guests=found)


def weighted(scores: Mapping[int, GuestScore], by: Mapping[int, float]) -> float:
    """Mean of the scores [Ex 4.5]; 1 for none."""
    total = fsum(by[vmid] for vmid in scores)
    return fsum(by[vmid] * found.value for vmid, found in scores.items()) / total if total else 1.0


def weights(guests: Iterable[Guest], favours: Favours | None = None) -> dict[int, float]:
    """Half by vCPUs and half by memory, as they are configured (drs-model 4.7); equal where no size is known.

    `favours` are factors for either, by vmid, of guests in pools.
    """
    known = favours or NO_FAVOURS
    sizes = {guest.vmid: _counted(guest, known.get(guest.vmid, EVEN)) for guest in guests}
    cpus, memory = (fsum(size[part] for size in sizes.values()) for part in (0, 1))
    if not cpus and not memory:
        return dict.fromkeys(sizes, 1.0)
    return {vmid: (size[0] / (cpus or 1.0) + size[1] / (memory or 1.0)) / 2 for vmid, size in sizes.items()}


def _counted(guest: Guest, favour: tuple[float, float]) -> tuple[float, float]:
    return guest.assigned.cpu * favour[0], guest.assigned.memory * favour[1]


def scores_on(problem: Problem, placement: Placement, node: Node) -> dict[int, GuestScore]:
    """Guests that are only on their way to a node take part of it, but are served where they run."""
    held = [placement.guest(vmid) for vmid in sorted(placement.guests_on(node.name))]
    running = [guest for guest in held if guest.is_active]
    view = MemoryView(
        node=node,
        used=placement.used(node.name).memory,
        most=problem.policy.memory_max,
        history=problem.cluster.history,
    )
    link = _link_load(problem, placement, node.name)
    pools, even = problem.pools, [1.0] * len(running)
    cpu_weights = [pools.weight(guest.vmid) for guest in running] if pools else even
    memory_weights = [pools.standing[guest.vmid] for guest in running] if pools else even
    cpu = cpu_scores(node, running, [cpu_demand(guest, node.speed) for guest in running], cpu_weights)
    memory = memory_scores(view, running, memory_weights)
    return {
        guest.vmid: GuestScore(
            cpu=cpu[guest.vmid],
            memory=memory[guest.vmid],
            network=network_efficiency(link),
            unknown=frozenset((*_unknown(guest, link), *cpu_unknown(node), *memory_unknown(view, guest))),
        )
        for guest in running
        if placement.node_of[guest.vmid] == node.name
    }


def _link_load(problem: Problem, placement: Placement, node: str) -> float | None:
    """Share of its network link that a node uses; None where speed or use are not known."""
    if problem.network is None or node not in problem.network.nodes:
        return None
    return max(0.0, placement.amount(NAME, node)) / problem.network.capacity[node]


def _unknown(guest: Guest, link: float | None) -> Iterable[str]:
    if link is None:
        yield "network"
    if guest.is_estimated:
        yield "demand"
