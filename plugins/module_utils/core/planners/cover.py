# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The cheapest of many that together take enough off a node."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from math import inf
from typing import NamedTuple

from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit

# So many choices are looked at; the best one so far is then very close to the best there is.
MOST_LOOKED_AT = 4_000
DIGITS = 9

Needs = tuple[float, ...]


class Offer(NamedTuple):
    """Guests that could leave: which share of what has to go each resource loses with them, 1 at most, and what they cost."""

    unit: Unit
    relief: Needs
    cost: float

    @property
    def rank(self) -> tuple[float, Unit]:
        """Cheapest for what it takes off first."""
        return self.cost / sum(self.relief), self.unit


class State(NamedTuple):
    """What was decided of the offers before `at`: what is still needed, and who leaves at what cost."""

    at: int
    needs: Needs
    cost: float
    chosen: tuple[Offer, ...]

    @property
    def is_enough(self) -> bool:
        return not any(round(need, DIGITS) > 0.0 for need in self.needs)

    def skipping(self) -> State:
        return self._replace(at=self.at + 1)

    def taking(self, offer: Offer) -> State:
        needs = tuple([max(0.0, need - less) for need, less in zip(self.needs, offer.relief, strict=True)])
        return State(self.at + 1, needs, self.cost + offer.cost, (*self.chosen, offer))


def cheapest(offers: Sequence[Offer]) -> tuple[Offer, ...]:
    """Those that are enough for every resource, at the least cost; none where all of them are not enough.

    Branch and bound, the offers that look best first: the first choice found is the greedy one.
    """
    ranked = sorted((offer for offer in offers if sum(offer.relief) > 0.0), key=lambda offer: offer.rank)
    if not ranked:
        return ()
    least, bounds = inf, Bounds(ranked)
    best: tuple[Offer, ...] = ()
    states = [State(0, (1.0,) * len(ranked[0].relief), 0.0, ())]
    for _unused in range(MOST_LOOKED_AT):
        if not states:
            break
        state = states.pop()
        if round(state.cost + bounds.least(state), DIGITS) >= round(least, DIGITS):
            continue
        if state.is_enough:
            best, least = state.chosen, state.cost
        else:
            states += [state.skipping(), state.taking(ranked[state.at])]
    return best


class Bounds:
    """What more it costs at least, if guests could leave in part, and what one resource lacks helped another."""

    def __init__(self, ranked: Sequence[Offer]) -> None:
        self._reliefs = [0.0, *accumulate(sum(offer.relief) for offer in ranked)]
        self._costs = [0.0, *accumulate(offer.cost for offer in ranked)]

    def least(self, state: State) -> float:
        """Infinite where all that is left is not enough."""
        if state.is_enough:
            return 0.0
        reliefs, costs, start = self._reliefs, self._costs, state.at
        wanted = reliefs[start] + sum(state.needs)
        if start == len(reliefs) - 1 or round(wanted, DIGITS) > round(reliefs[-1], DIGITS):
            return inf
        last = min(bisect_left(reliefs, wanted, lo=start + 1), len(reliefs) - 1)
        share = (wanted - reliefs[last - 1]) / (reliefs[last] - reliefs[last - 1])
        return costs[last - 1] - costs[start] + share * (costs[last] - costs[last - 1])
