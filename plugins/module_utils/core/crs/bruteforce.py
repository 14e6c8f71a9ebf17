# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The method `bruteforce`: the candidate after which the imbalance is lowest (proxmox-crs 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_DOWN, Decimal

from ansible_collections.pve.drs.plugins.module_utils.core.crs.after import change_of, imbalance_after
from ansible_collections.pve.drs.plugins.module_utils.core.crs.model import Candidate, CrsNode

Ranked = tuple[tuple[Candidate, float], ...]

# The short form of the imbalance is good to about this much; closer candidates are compared by the definition.
NOISE = 1e-9
DIGITS = Decimal("1e-15")


def ranked(nodes: Mapping[str, CrsNode], candidates: Sequence[Candidate], generation: str, best: int = 1) -> Ranked:
    """The `best` candidates, each with the imbalance that it leads to; ties by guest, source and target."""
    quick = _quick(nodes, candidates)
    limit = sorted(quick)[:best][-1] + NOISE if quick else 0.0
    exact = [
        (_truncated(imbalance_after(nodes, candidate, generation)), candidate)
        for value, candidate in zip(quick, candidates, strict=True)
        if value <= limit
    ]
    exact.sort(key=lambda found: (found[0], found[1].sid, found[1].source, found[1].target))
    return tuple((candidate, value) for value, candidate in exact[:best])


def _quick(nodes: Mapping[str, CrsNode], candidates: Sequence[Candidate]) -> list[float]:
    """Sum of squares / square of the sum: orders candidates as the imbalance does, in constant time for each."""
    loads = {name: node.load for name, node in nodes.items()}
    total, squares = sum(loads.values()), sum(load * load for load in loads.values())
    found = []
    for candidate in candidates:
        change = change_of(nodes, candidate)
        left, gained = sum(change.source) / 2, sum(change.target) / 2
        was_left, was_gained = loads[candidate.source], loads[candidate.target]
        sum_now = total - was_left - was_gained + left + gained
        squares_now = squares - was_left**2 - was_gained**2 + left**2 + gained**2
        found.append(squares_now / (sum_now * sum_now) if sum_now > 0.0 else 0.0)
    return found


def _truncated(value: float) -> float:
    """To 15 decimal places, so that noise does not decide."""
    return float(Decimal(value).quantize(DIGITS, rounding=ROUND_DOWN))
