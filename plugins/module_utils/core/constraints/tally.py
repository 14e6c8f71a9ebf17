# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Sums over the running guests of a node, without counting all of them again after each move."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import fsum

from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement

NOBODY: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """`homes` and `sums` are by node as the cluster is, `amounts` by vmid; nothing for guests that do not run.

    `strays` are guests that somebody else is moving to nobody knows where: they count on every node but their own.
    """

    homes: Mapping[str, frozenset[int]]
    sums: Mapping[str, float]
    amounts: Mapping[int, float]
    strays: frozenset[int]

    def claimed(self, placement: Placement, node: str) -> float:
        """What is there, arrives, or may yet arrive."""
        notes = placement.notes_on(node)
        if id(self) not in notes:
            notes[id(self)] = self._claimed(placement, node)
        return notes[id(self)]

    def _claimed(self, placement: Placement, node: str) -> float:
        now, home = placement.guests_on(node), self.homes.get(node, NOBODY)
        total = self.sums.get(node, 0.0)
        if now != home:
            total += self._sum(now - home) - self._sum(home - now)
        return total + self._sum(self.strays - now) if self.strays else total

    def _sum(self, vmids: frozenset[int]) -> float:
        return fsum(self.amounts[vmid] for vmid in vmids)


def tally(cluster: Cluster, amount: Callable[[Guest], float]) -> Tally:
    """Count once, before anything moves."""
    amounts = {guest.vmid: amount(guest) if guest.is_active else 0.0 for guest in cluster.guests}
    homes: dict[str, set[int]] = defaultdict(set)
    for guest in cluster.guests:
        homes[guest.node].add(guest.vmid)
    lost = {migration.vmid for migration in cluster.migrations if migration.target not in cluster.node_by_name}
    return Tally(
        homes={node: frozenset(vmids) for node, vmids in homes.items()},
        sums={node: fsum(amounts[vmid] for vmid in vmids) for node, vmids in homes.items()},
        amounts=amounts,
        strays=frozenset(lost & amounts.keys()),
    )
