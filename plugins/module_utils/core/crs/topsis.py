# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The method `topsis`: closest to the best and farthest from the worst by four weighted criteria (proxmox-crs 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum, sqrt

from ansible_collections.pve.drs.plugins.module_utils.core.crs.after import change_of, column_of, imbalance_after
from ansible_collections.pve.drs.plugins.module_utils.core.crs.bruteforce import Ranked
from ansible_collections.pve.drs.plugins.module_utils.core.crs.model import Candidate, CrsNode

# Mean and highest cpu, mean and highest memory; all are to be small.
WEIGHTS = tuple(weight / 18 for weight in (1, 2, 5, 10))
Criteria = tuple[float, float, float, float]


def ranked(nodes: Mapping[str, CrsNode], candidates: Sequence[Candidate], generation: str, best: int = 1) -> Ranked:
    """The `best` candidates, each with the imbalance that it leads to; equal ones keep their order."""
    scores = scores_of(candidate_criteria(nodes, candidates))
    order = sorted(range(len(candidates)), key=lambda index: -scores[index])
    chosen = (candidates[index] for index in order[:best])
    return tuple((candidate, imbalance_after(nodes, candidate, generation)) for candidate in chosen)


def candidate_criteria(nodes: Mapping[str, CrsNode], candidates: Sequence[Candidate]) -> list[Criteria]:
    """For each candidate, in constant time."""
    shares = {name: node.shares for name, node in nodes.items()}
    columns = [column_of({name: pair[which] for name, pair in shares.items()}) for which in (0, 1)]
    found = []
    for candidate in candidates:
        change, ends = change_of(nodes, candidate), (candidate.source, candidate.target)
        values = []
        for which, column in enumerate(columns):
            now = (change.source[which], change.target[which])
            squares = column.squares_after([shares[end][which] for end in ends], now)
            values += [1.0 + sqrt(squares / len(nodes)), 1.0 + column.highest_after(ends, now)]
        found.append((values[0], values[1], values[2], values[3]))
    return found


def criteria_of(nodes: Sequence[CrsNode]) -> Criteria:
    """1 + root mean square and 1 + highest, of cpu and of memory."""
    cpu, memory = zip(*(node.shares for node in nodes), strict=True)
    return (1.0 + _mean_square(cpu), 1.0 + max(cpu), 1.0 + _mean_square(memory), 1.0 + max(memory))


def scores_of(alternatives: Sequence[Criteria]) -> list[float]:
    """Closeness to the ideal, 0 to 1, higher is better; all 0 where they do not differ."""
    if not alternatives:
        return []
    columns = [
        _weighted(column, weight) for column, weight in zip(zip(*alternatives, strict=True), WEIGHTS, strict=True)
    ]
    best, worst = [min(column) for column in columns], [max(column) for column in columns]
    return [_closeness(row, best, worst) for row in zip(*columns, strict=True)]


def _weighted(column: Sequence[float], weight: float) -> list[float]:
    norm = sqrt(fsum(value * value for value in column))
    return [weight * value / norm for value in column]


def _closeness(row: Sequence[float], best: Sequence[float], worst: Sequence[float]) -> float:
    to_best, to_worst = _distance(row, best), _distance(row, worst)
    return to_worst / (to_worst + to_best) if to_best or to_worst else 0.0


def _distance(row: Sequence[float], other: Sequence[float]) -> float:
    return sqrt(fsum((value - ideal) ** 2 for value, ideal in zip(row, other, strict=True)))


def _mean_square(shares: Sequence[float]) -> float:
    return sqrt(fsum(share * share for share in shares) / len(shares))
