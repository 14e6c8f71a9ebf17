# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The cheapest of many that together take enough off a node."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from math import inf
from typing import NamedTuple

from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit

# So many choices are looked at; the best one so far is then very close to the best there is.
MOST_LOOKED_AT = 2_000
# How much more one of several resources may count.
FACTORS = (2.0, 5.0)
DIGITS = 9

Needs = tuple[float, ...]


class Offer(NamedTuple):
    """Guests that could leave: which share of what has to go each resource loses with them, 1 at most, and what they cost."""

    unit: Unit
    relief: Needs
    cost: float


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

    Branch and bound, the offers that look best first: the first choice found is the greedy one. What looks best depends
    on which resource counts more, so that one search for each follows another, and has to beat it.
    """
    best: tuple[Offer, ...] = ()
    for weights in _weightings(len(offers[0].relief) if offers else 0):
        best = _search(Bounds(offers, weights), best) or best
    return best


def _weightings(resources: int) -> Iterator[Needs]:
    """All alike, then each of several in turn above the others."""
    if resources:
        yield (1.0,) * resources
    for factor in FACTORS if resources > 1 else ():
        for favoured in range(resources):
            yield tuple(factor if resource == favoured else 1.0 for resource in range(resources))


def _search(bounds: Bounds, known: tuple[Offer, ...]) -> tuple[Offer, ...]:
    """What costs less than what is known, or nothing."""
    best: tuple[Offer, ...] = ()
    least = sum(offer.cost for offer in known) if known else inf
    states = [State(0, (1.0,) * len(bounds.weights), 0.0, ())]
    for _unused in range(MOST_LOOKED_AT):
        if not states:
            break
        state = states.pop()
        if round(state.cost + bounds.least(state), DIGITS) >= round(least, DIGITS):
            continue
        if state.is_enough:
            best, least = state.chosen, state.cost
        else:
            states += [state.skipping(), state.taking(bounds.ranked[state.at])]
    return best


class Bounds:
    """What more it costs at least, if guests could leave in part, and what one resource lacks helped another."""

    def __init__(self, offers: Sequence[Offer], weights: Needs) -> None:
        self.weights = weights
        helpful = [offer for offer in offers if sum(offer.relief) > 0.0]
        self.ranked = sorted(helpful, key=lambda offer: (offer.cost / self._weigh(offer.relief), offer.unit))
        self._reliefs = [0.0, *accumulate(self._weigh(offer.relief) for offer in self.ranked)]
        self._costs = [0.0, *accumulate(offer.cost for offer in self.ranked)]

    def least(self, state: State) -> float:
        """Infinite where all that is left is not enough."""
        if state.is_enough:
            return 0.0
        reliefs, costs, start = self._reliefs, self._costs, state.at
        wanted = reliefs[start] + self._weigh(state.needs)
        if start == len(reliefs) - 1 or round(wanted, DIGITS) > round(reliefs[-1], DIGITS):
            return inf
        last = min(bisect_left(reliefs, wanted, lo=start + 1), len(reliefs) - 1)
        share = (wanted - reliefs[last - 1]) / (reliefs[last] - reliefs[last - 1])
        return costs[last - 1] - costs[start] + share * (costs[last] - costs[last - 1])

    def _weigh(self, needs: Needs) -> float:
        return sum(need * weight for need, weight in zip(needs, self.weights, strict=True))
