# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""How much it is worth to change what nodes carry: a board with the outlook of every node, and what moves would do to it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import sqrt
from typing import NamedTuple

from ansible_collections.pve.drs.plugins.module_utils.core.forecast.shortage import shortage
from ansible_collections.pve.drs.plugins.module_utils.core.model.demand import NO_DEMAND, Outlook
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit

GIB = 2.0**30
# GiB that may be sent to spare one node one cycle of shortage. In the next cycle: the least where the next cycle tells
# nothing about later ones, the most where demand stays as it is. In the long run: where guests are known for long
# (by half after LONG_LESSONS) and the present says nothing.
SOON_LEAST_GIB, SOON_MOST_GIB, LONG_GIB, LONG_LESSONS = 150.0, 250.0, 8000.0, 10.0
MOVE_GIB = 4.0  # what any move costs beside what it sends
USABLE = 0.97  # of the cores; the host needs some itself
# How many of the nodes that are least in danger are asked, to take a guest, and to exchange one.
MOST_TARGETS, MOST_PARTNERS, MOST_PAIRED = 12, 8, 3
STEP_SHARE, LEAST_STEP = 0.1, 1e-6


class Item(NamedTuple):
    """Guests that move as one: what they will demand, and what it costs to move them, in GiB."""

    unit: Unit
    outlook: Outlook
    cost: float


class Exchange(NamedTuple):
    """What to move from source to target, and back; `worth` is how many times its cost it is worth."""

    worth: float
    item: Item
    source: str
    target: str
    back: Item | None = None

    @property
    def journeys(self) -> tuple[tuple[Unit, str], ...]:
        """What goes where, in order."""
        there = (self.item.unit, self.target)
        return (there, (self.back.unit, self.source)) if self.back else (there,)

    @property
    def rank(self) -> tuple[float, Unit, str, Unit]:
        """Best first."""
        return (-round(self.worth, 9), self.item.unit, self.target, self.back.unit if self.back else ())


@dataclass(slots=True)
class Board:
    """Cores, outlook and items by node, and what a cycle of shortage is worth, in the next cycle and in the long run."""

    cores: Mapping[str, float]
    items: dict[str, list[Item]]
    outlook: dict[str, Outlook]
    danger: dict[str, float]
    soon_gib: float
    long_gib: float
    slopes: dict[str, Outlook] = field(default_factory=dict)

    def danger_with(self, node: str, outlook: Outlook) -> float:
        """In GiB that it would be worth to be rid of it."""
        usable = USABLE * self.cores[node]
        soon_mean, soon_variance, soon_third, long_mean, long_variance, long_third = outlook
        soon = shortage(usable - soon_mean, soon_variance, soon_third)
        return self.soon_gib * soon + self.long_gib * shortage(usable - long_mean, long_variance, long_third)

    def chance(self, node: str) -> float:
        """That the node runs short in the next cycle."""
        mean, variance, third = self.outlook[node][:3]
        return min(1.0, shortage(USABLE * self.cores[node] - mean, variance, third))

    def worst(self, settled: Container[str]) -> str | None:
        """The node most in danger, save the settled ones; None where none is worth a move."""
        waiting = [node for node, danger in self.danger.items() if node not in settled and danger > MOVE_GIB]
        return min(waiting, key=lambda node: (-round(self.danger[node], 9), node), default=None)

    def apply(self, exchange: Exchange) -> None:
        """Items that were moved do not move again."""
        source, target, back = exchange.source, exchange.target, exchange.back
        change = exchange.item.outlook.minus(back.outlook if back else NO_DEMAND)
        self.items[source].remove(exchange.item)
        if back:
            self.items[target].remove(back)
        for node, outlook in (
            (source, self.outlook[source].minus(change)),
            (target, self.outlook[target].plus(change)),
        ):
            self.outlook[node] = outlook
            self.danger[node] = self.danger_with(node, outlook)
            self.slopes.pop(node, None)

    def moves_from(self, source: str) -> Iterator[Exchange]:
        """Single moves that are worth what they cost."""
        targets = self._safest(source, MOST_TARGETS)
        for item in self.items[source]:
            freed = self._freed(source, item.outlook, item.cost)
            for target in targets if freed > item.cost else ():
                gained = self.danger_with(target, self.outlook[target].plus(item.outlook)) - self.danger[target]
                if freed - gained > item.cost:
                    yield Exchange((freed - gained) / item.cost, item, source, target)

    def exchanges_of(self, source: str) -> Iterator[Exchange]:
        """Pairs that swap their nodes, where that is worth what it costs; of the pairs only the most promising."""
        here = self._slope(source)
        for target in self._safest(source, MOST_PARTNERS):
            there = self._slope(target)
            steepness = tuple(ours - theirs for ours, theirs in zip(here, there, strict=True))
            away = sorted(self.items[source], key=lambda item: item.cost - _along(steepness, item.outlook))
            back = sorted(self.items[target], key=lambda item: item.cost + _along(steepness, item.outlook))
            for item, other in product(away[:MOST_PAIRED], back[:MOST_PAIRED]):
                exchange = self._exchange(source, target, item, other)
                if exchange.worth > 1.0:
                    yield exchange

    def _exchange(self, source: str, target: str, item: Item, back: Item) -> Exchange:
        change, cost = item.outlook.minus(back.outlook), item.cost + back.cost
        gain = self._freed(source, change, cost)
        if gain > cost:
            gain += self.danger[target] - self.danger_with(target, self.outlook[target].plus(change))
        return Exchange(gain / cost, item, source, target, back)

    def _slope(self, node: str) -> Outlook:
        """How the danger grows with each part of the outlook; known until the node changes."""
        if node not in self.slopes:
            outlook = self.outlook[node]
            steps = (_step(outlook, part) for part in range(len(outlook)))
            grown = ((step, self.danger_with(node, outlook.with_more(part, step))) for part, step in enumerate(steps))
            self.slopes[node] = Outlook(*((danger - self.danger[node]) / step for step, danger in grown))
        return self.slopes[node]

    def _freed(self, node: str, change: Outlook, cost: float) -> float:
        """What is gained at most, for whoever would pay the cost."""
        if self.danger[node] <= cost:
            return 0.0
        return self.danger[node] - self.danger_with(node, self.outlook[node].minus(change))

    def _safest(self, source: str, most: int) -> list[str]:
        others = (node for node in self.danger if node != source)
        return sorted(others, key=lambda node: (self.danger[node], -self._room(node), node))[:most]

    def _room(self, node: str) -> float:
        return self.cores[node] - self.outlook[node].long_mean


def board_of(
    cores: Mapping[str, float], items: Mapping[str, list[Item]], carried: Mapping[str, Outlook], lessons: float
) -> Board:
    """`carried` is the demand on each node with all of its guests, `lessons` how often most of them were seen to change."""
    lasting = _lasting_share(total(carried.values()))
    soon_gib = SOON_LEAST_GIB + (SOON_MOST_GIB - SOON_LEAST_GIB) * lasting
    long_gib = LONG_GIB * (1.0 - lasting) * lessons / (lessons + LONG_LESSONS)
    board = Board(cores, dict(items), dict(carried), {}, soon_gib, long_gib)
    board.danger = {node: board.danger_with(node, outlook) for node, outlook in carried.items()}
    return board


def _lasting_share(outlook: Outlook) -> float:
    """How much of what varies in the long run is known one cycle ahead: 0 for mere noise, 1 where nothing changes."""
    known = 1.0 - outlook.soon_variance / max(outlook.long_variance, LEAST_STEP)
    return min(max(known, 0.0), 1.0)


def total(outlooks: Iterable[Outlook]) -> Outlook:
    """Of all together."""
    whole = NO_DEMAND
    for outlook in outlooks:
        whole = whole.plus(outlook)
    return whole


def _along(steepness: Sequence[float], outlook: Outlook) -> float:
    """What the demand would add to a danger that went on growing as it does now."""
    return sum(slope * part for slope, part in zip(steepness, outlook, strict=True))


def _step(outlook: Outlook, part: int) -> float:
    """Means by a share of the deviation, the rest by a share of itself."""
    if part in (0, 3):
        return STEP_SHARE * sqrt(max(outlook[part + 1], LEAST_STEP))
    return max(STEP_SHARE * outlook[part], LEAST_STEP)
