# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""A cluster as other balancers see it: sums of cpu and memory on each node, and where guests are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import NOTHING, Resources

Weight = Callable[[Resources, Resources], float]
LIMIT = 0.90  # of cpu and of memory, on a node that takes a guest
GIB = 2.0**30


def memory_share(used: Resources, size: Resources) -> float:
    return used.memory / size.memory


def mean_share(used: Resources, size: Resources) -> float:
    """Cpu and memory, half and half."""
    return (used.cpu / size.cpu + used.memory / size.memory) / 2


@dataclass(frozen=True, slots=True)
class Goal:
    """Moves until no two nodes are farther apart than `gap` (0 to 1), but at most so many."""

    gap: float
    most_moves: int


class Board:
    """What a balancer works on; `share` says how full a node is, a fraction."""

    def __init__(self, cluster: Cluster, weight: Weight) -> None:
        self.sizes = {node.name: node.capacity or NOTHING for node in cluster.nodes}
        self.needs = {guest.vmid: guest.demand for guest in cluster.guests}
        self.home = {guest.vmid: guest.node for guest in cluster.guests}
        self.used = {node.name: node.usage or NOTHING for node in cluster.nodes}
        self.guests: dict[str, set[int]] = defaultdict(set)
        for vmid, node in self.home.items():
            self.guests[node].add(vmid)
        self.moves: list[tuple[int, str]] = []
        self._weight = weight

    def share(self, node: str, *, less: Resources = NOTHING, more: Resources = NOTHING) -> float:
        return self._weight(self.used[node] - less + more, self.sizes[node])

    def shares(self) -> dict[str, float]:
        return {node: self.share(node) for node in self.sizes}

    def has_room(self, node: str, need: Resources, limit: float = LIMIT) -> bool:
        size, used = self.sizes[node], self.used[node]
        return used.cpu + need.cpu <= limit * size.cpu and used.memory + need.memory <= limit * size.memory

    def move(self, vmid: int, target: str) -> None:
        source, need = self.home[vmid], self.needs[vmid]
        self.used[source] -= need
        self.used[target] += need
        self.guests[source].discard(vmid)
        self.guests[target].add(vmid)
        self.home[vmid] = target
        self.moves.append((vmid, target))

    def is_done(self, goal: Goal) -> bool:
        now = self.shares().values()
        return len(self.moves) >= goal.most_moves or max(now) - min(now) <= goal.gap

    def apply(self, moves: Iterable[tuple[int, str]]) -> Board:
        for vmid, target in moves:
            self.move(vmid, target)
        return self

    @property
    def gap(self) -> float:
        """From the emptiest to the fullest node, in points."""
        now = self.shares().values()
        return 100 * (max(now) - min(now))

    @property
    def sent(self) -> float:
        """GiB of memory that the moves send."""
        return sum(self.needs[vmid].memory for vmid, _unused in self.moves) / GIB
