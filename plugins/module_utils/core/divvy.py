# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Share out what there is: fair by weight, with a floor and a cap for each (drs-model 5.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Gets at least `low` and at most `high`, and in between in proportion to `weight`; all at least 0."""

    weight: float = 1.0
    low: float = 0.0
    high: float = inf

    @property
    def floor(self) -> float:
        return min(self.low, self.high)

    def at(self, level: float) -> float:
        """What it gets when a weight of 1 gets `level`."""
        return min(max(self.weight * level, self.floor), self.high)


def divvy(capacity: float, claims: Sequence[Claim]) -> tuple[float, ...]:
    """Weighted max-min shares in the order of the claims [Ex 5.2-5.4].

    All floors together are more than there is: each gets the same fraction of its floor. Claims without
    weight get their floor, and equal parts of what the others leave.
    """
    floors = fsum(claim.floor for claim in claims)
    if floors >= capacity:
        return tuple(claim.floor * capacity / floors if floors else 0.0 for claim in claims)
    level = _level(capacity, claims)
    if level < inf or all(claim.weight for claim in claims):
        return tuple(claim.at(level) for claim in claims)
    return _with_leftovers(capacity, claims)


def _with_leftovers(capacity: float, claims: Sequence[Claim]) -> tuple[float, ...]:
    """The weighted have all they can take."""
    served = fsum(claim.high for claim in claims if claim.weight)
    idle = [Claim(low=claim.floor, high=claim.high) for claim in claims if not claim.weight]
    rest = iter(divvy(capacity - served, idle))
    return tuple(claim.high if claim.weight else next(rest) for claim in claims)


def _level(capacity: float, claims: Sequence[Claim]) -> float:
    """Where the weighted claims use up what the floors of the others leave; infinite when they never do."""
    weighted = [claim for claim in claims if claim.weight]
    starts = [(claim.floor / claim.weight, claim.weight) for claim in weighted]
    ends = [(claim.high / claim.weight, -claim.weight) for claim in weighted]
    total, slope, level = fsum(claim.floor for claim in claims), 0.0, 0.0
    for point, change in sorted(starts + ends):
        if slope > 0.0 and total + slope * (point - level) >= capacity:
            return level + (capacity - total) / slope
        total += slope * (point - level) if slope > 0.0 else 0.0
        slope, level = slope + change, point
    return inf
