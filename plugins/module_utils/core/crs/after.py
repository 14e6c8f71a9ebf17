# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What a candidate makes of the nodes: sums for all, exact values for a few (proxmox-crs 3, 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ansible_collections.pve.drs.plugins.module_utils.core.crs.imbalance import imbalance
from ansible_collections.pve.drs.plugins.module_utils.core.crs.model import Candidate, CrsNode


def nodes_after(nodes: Mapping[str, CrsNode], candidate: Candidate) -> dict[str, CrsNode]:
    """The source never falls below nothing."""
    source, target = nodes[candidate.source], nodes[candidate.target]
    return {
        **nodes,
        candidate.source: replace(source, usage=(source.usage - candidate.need).positive),
        candidate.target: replace(target, usage=target.usage + candidate.need),
    }


def imbalance_after(nodes: Mapping[str, CrsNode], candidate: Candidate, generation: str) -> float:
    """By the definition, over all nodes."""
    return imbalance(nodes_after(nodes, candidate).values(), generation)


@dataclass(frozen=True, slots=True)
class Change:
    """Shares of cpu and memory on the source and on the target once a candidate has moved."""

    source: tuple[float, float]
    target: tuple[float, float]


def change_of(nodes: Mapping[str, CrsNode], candidate: Candidate) -> Change:
    """In time that does not grow with the cluster."""
    source, target, need = nodes[candidate.source], nodes[candidate.target], candidate.need
    left, gained = source.usage, target.usage
    return Change(
        (
            max(0.0, left.cpu - need.cpu) / source.capacity.cpu,
            max(0.0, left.memory - need.memory) / source.capacity.memory,
        ),
        (
            (gained.cpu + need.cpu) / target.capacity.cpu,
            (gained.memory + need.memory) / target.capacity.memory,
        ),
    )


@dataclass(frozen=True, slots=True)
class Column:
    """One share of every node: sum of the squares, and the highest ones with their nodes."""

    squares: float
    highest: tuple[tuple[float, str], ...]

    def squares_after(self, before: Sequence[float], now: Sequence[float]) -> float:
        return max(0.0, self.squares - sum(x * x for x in before) + sum(x * x for x in now))

    def highest_after(self, changed: Sequence[str], now: Sequence[float]) -> float:
        """The highest of the nodes that stay as they are, and of the two that change."""
        rest = next((share for share, name in self.highest if name not in changed), 0.0)
        return max(rest, *now)


def column_of(shares: Mapping[str, float]) -> Column:
    """Two nodes change, so three of the highest are enough."""
    ranked = sorted(((share, name) for name, share in shares.items()), reverse=True)
    return Column(sum(share * share for share in shares.values()), tuple(ranked[:3]))
