# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A plan as a mixed-integer linear program: who goes where, within which limits, at what cost (drs-model 6.15)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.capacity import Capacity
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import IMPROVEMENT
from ansible_collections.pve.drs.plugins.module_utils.core.placement import MIGRATION_CPU
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit, load_with, load_without
from ansible_collections.pve.drs.plugins.module_utils.exact.question import Journey, Question

GIB = 2.0**30
INFINITY = float("inf")
# Sums of the solver differ from ours by less.
SLACK = 1e-6
# Where not all can be evened out, a point of a node's load counts as much as so many GiB.
EVENNESS_GIB = 10_000.0

Coefficients = dict[int, float]


@dataclass(frozen=True, slots=True)
class Row:
    """What the sum of the coefficients times the columns may be."""

    coefficients: Coefficients
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Model:
    """Minimise `costs`. The first columns say yes (1) or no (0) to `journeys`, the others are numbers from 0 to 10.

    `first` are the journeys of the plan that is to be improved, `worth` is what it costs.
    """

    journeys: tuple[Journey, ...]
    costs: tuple[float, ...]
    rows: tuple[Row, ...]
    first: tuple[int, ...]
    worth: float


def model_of(question: Question) -> Model:
    """Limits of memory and cpu, separate rules and evenness are in it; all else is asked afterwards."""
    columns = Columns(question)
    journeys = question.journeys
    costs = [question.effort(unit) / GIB for unit, _target in journeys]
    first = tuple(place for place, (unit, node) in enumerate(journeys) if question.planned.get(unit) == node)
    worth = sum(costs[place] for place in first)
    rows = [*columns.once(), *columns.within_limits(), *columns.apart(), *columns.few()]
    if question.wants_evenness:
        more, evening = columns.close_together() if question.is_calm else columns.even()
        costs, rows = costs + more, rows + evening
        worth += 0.0 if question.is_calm else EVENNESS_GIB * question.unevenness
    return Model(journeys, tuple(costs), tuple(rows), first, worth)


class Columns:
    """Rows about the journeys of a question; a column is a journey's place among them."""

    def __init__(self, question: Question) -> None:
        self._question, self._problem = question, question.problem
        self._by_unit: dict[Unit, list[int]] = defaultdict(list)
        self._arriving: dict[str, list[int]] = defaultdict(list)
        self._leaving: dict[str, list[int]] = defaultdict(list)
        for place, (unit, target) in enumerate(question.journeys):
            self._by_unit[unit].append(place)
            self._arriving[target].append(place)
            self._leaving[question.home(unit)].append(place)

    def once(self) -> Iterator[Row]:
        """Each unit goes to one node at most, and has to where the plan says so."""
        for unit, places in self._by_unit.items():
            yield Row(dict.fromkeys(places, 1.0), float(unit in self._question.draft.bound), 1.0)

    def few(self) -> Iterator[Row]:
        """No more guests than the policy allows to even out the load; no more than now where that is not enough."""
        units = self._question.journeys
        evening = {place: float(len(unit)) for place, (unit, _to) in enumerate(units) if self._question.evens(unit)}
        kept = self._question.draft.kept
        done = sum(len(proposal.moves) for proposal in kept if proposal.category == IMPROVEMENT)
        if evening:
            yield Row(evening, 0.0, float(self._problem.policy.limits.max_moves - done))
        if self._question.wants_evenness and not self._question.is_calm:
            all_of_them = {place: float(len(unit)) for place, (unit, _to) in enumerate(units)}
            yield Row(all_of_them, 0.0, float(sum(map(len, self._question.planned))))

    def within_limits(self) -> Iterator[Row]:
        """Memory and cpu of each node that any journey touches, as shares of the limit."""
        for limit in self._problem.constraints:
            if isinstance(limit, Capacity):
                for node in sorted(self._arriving.keys() | self._leaving.keys()):
                    yield from self._within(limit, node)

    def _within(self, limit: Capacity, node: str) -> Iterator[Row]:
        room = limit.room.get(node, 0.0)
        if room <= 0.0:
            return
        now, end = (limit.amount(placement.used(node)) for placement in (self._question.start, self._question.end))
        stream = limit.amount(MIGRATION_CPU)
        # While the last guest arrives, its migration takes a share as well.
        high = room - stream if now <= room - stream else room
        shares = self._signed(node, lambda unit: limit.amount(self._question.demand(unit)) / room)
        yield Row(shares, -INFINITY, max(high * (1.0 - SLACK), end) / room - now / room)

    def apart(self) -> Iterator[Row]:
        """On each node one of those who may not meet, at most."""
        separations = {
            s for unit in self._by_unit for vmid in unit for s in self._problem.rules.separations.get(vmid, ())
        }
        for separation in sorted(separations, key=lambda s: (s.source, sorted(s.vmids))):
            mine = [unit for unit in self._by_unit if not separation.vmids.isdisjoint(unit)]
            places = {place for unit in mine for place in self._by_unit[unit]}
            for node in sorted({self._question.journeys[place][1] for place in places}):
                yield self._alone(node, places, separation.vmids)

    def _alone(self, node: str, places: set[int], vmids: frozenset[int]) -> Row:
        here = {self._problem.unit_of(vmid) for vmid in vmids if self._question.start.node_of[vmid] == node}
        coming = dict.fromkeys(places.intersection(self._arriving[node]), 1.0)
        going = dict.fromkeys(places.intersection(self._leaving[node]), -1.0)
        return Row(coming | going, -INFINITY, max(1.0 - len(here), 0.0))

    def close_together(self) -> tuple[list[float], list[Row]]:
        """All loads stay between two numbers that are no further apart than the policy allows."""
        low, high = (len(self._question.journeys) + more for more in range(2))
        rows = [Row({high: 1.0, low: -1.0}, 0.0, self._problem.policy.balanciness - SLACK)]
        for node, now in self._question.loads.items():
            shares = self._shares(node)
            rows.append(Row({**shares, high: -1.0}, -INFINITY, -now))
            rows.append(Row({**shares, low: -1.0}, -now, INFINITY))
        return [0.0, 0.0], rows

    def even(self) -> tuple[list[float], list[Row]]:
        """A column for each node: how far it is from the mean of all nodes at the end of the plan."""
        mean, rows = self._question.mean, []
        for place, (node, now) in enumerate(self._question.loads.items(), start=len(self._question.journeys)):
            shares = self._shares(node)
            rows.append(Row({**shares, place: -1.0}, -INFINITY, mean - now))
            rows.append(Row({**shares, place: 1.0}, mean - now, INFINITY))
        return [EVENNESS_GIB] * len(self._question.loads), rows

    def _shares(self, node: str) -> Coefficients:
        """What each journey does to the load of a node."""
        question, now = self._question, self._question.loads[node]
        journeys = question.journeys
        arriving = {
            p: load_with(self._problem, question.start, journeys[p][0], node) - now for p in self._arriving[node]
        }
        leaving = {
            p: load_without(self._problem, question.start, journeys[p][0], node) - now for p in self._leaving[node]
        }
        return arriving | leaving

    def _signed(self, node: str, amount: Callable[[Unit], float]) -> Coefficients:
        """More by whoever arrives, less by whoever leaves."""
        journeys = self._question.journeys
        arriving = {place: amount(journeys[place][0]) for place in self._arriving[node]}
        return arriving | {place: -amount(journeys[place][0]) for place in self._leaving[node]}
