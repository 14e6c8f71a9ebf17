# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Pools as a planner sees them: what guests are entitled to wherever they are, and what they get where a placement puts them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.pools import RESOURCES, Pool
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.pools.entitle import (
    Entitled,
    cpu_shares_on,
    entitle,
    gap,
    memory_shares_on,
)
from ansible_collections.pve.drs.plugins.module_utils.core.pools.figures import Figures, cpu_figures, memory_figures
from ansible_collections.pve.drs.plugins.module_utils.core.pools.flatten import ANCHOR, cpu_weights
from ansible_collections.pve.drs.plugins.module_utils.core.pools.promises import broken_promises
from ansible_collections.pve.drs.plugins.module_utils.core.pools.shares import guest_level, level_of
from ansible_collections.pve.drs.plugins.module_utils.core.pools.tree import PoolTree, tree_of

# A guest that nobody favours counts as much as any other.
EVEN = (1.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolView:
    """By vmid of running guests. `weights` are cpuunits as pools call for them, `standing` the same for memory.

    `favours` are how much a guest counts for its cpu and its memory, by the level of its shares (drs-model 4.7).
    """

    cpu: Entitled
    memory: Entitled
    weights: Mapping[int, float]
    favours: Mapping[int, tuple[float, float]]
    warnings: tuple[str, ...] = ()

    @property
    def standing(self) -> Mapping[int, float]:
        return self.memory.standing

    def weight(self, vmid: int) -> float:
        """Of a guest among others of its node."""
        return self.weights.get(vmid, ANCHOR)

    def gaps_on(self, node: str, guests: Iterable[Guest]) -> dict[int, float]:
        """Share of what it is entitled to that each guest lacks on the node, of cpu or memory, whichever is more."""
        held = list(guests)
        cores, room = (entitled.figures.nodes.get(node) for entitled in (self.cpu, self.memory))
        if cores is None or room is None:
            return {}
        found = cpu_shares_on(cores, held, self.cpu.figures, self.weights)
        memory = memory_shares_on(room, held, self.memory.figures, self.standing)
        return {
            vmid: max(gap(self.cpu.now.guests[vmid], found[vmid]), gap(self.memory.now.guests[vmid], memory[vmid]))
            for vmid in found
        }


def view_of(cluster: Cluster, pools: Sequence[Pool], excluded: frozenset[str]) -> PoolView:
    """What the cluster has against the declaration becomes warnings: loads have to be balanced all the same."""
    tree = tree_of(pools, cluster)
    cpu, memory = entitle(tree, cpu_figures(cluster, excluded)), entitle(tree, memory_figures(cluster, excluded))
    weights = cpu_weights({vmid: cpu.busy.guests[vmid] for vmid in cpu.figures.sizes if vmid in tree.pool_of})
    told = (*tree.problems, *tree.notes, *broken_promises(cluster, tree))
    return PoolView(
        cpu=cpu,
        memory=memory,
        weights=dict(weights),
        favours={vmid: _favours(tree, vmid, (cpu.figures, memory.figures)) for vmid in cpu.figures.sizes},
        warnings=tuple(f"pools: {text}" for text in told),
    )


def _favours(tree: PoolTree, vmid: int, figures: tuple[Figures, Figures]) -> tuple[float, float]:
    """By terms of its own, or else those of its pool."""
    if vmid in tree.terms:
        own = tree.terms[vmid]
        cpu, memory = (guest_level(own[part.resource].shares, part.resource, part.sizes[vmid]) for part in figures)
        return cpu, memory
    if vmid not in tree.pool_of:
        return EVEN
    terms = tree.pools[tree.pool_of[vmid]].terms
    cpu, memory = (level_of(terms[resource].shares, resource) for resource in RESOURCES)
    return cpu, memory


def gaps(view: PoolView, placement: Placement, nodes: Iterable[str]) -> dict[int, float]:
    """By vmid, of running guests where the placement puts them."""
    found: dict[int, float] = {}
    for node in nodes:
        held = (placement.guest(vmid) for vmid in sorted(placement.guests_on(node)))
        here = [guest for guest in held if guest.is_active and placement.node_of[guest.vmid] == node]
        found |= view.gaps_on(node, here)
    return found
