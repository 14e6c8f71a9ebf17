# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Nodes for all guests that are to be started, together (drs-model 8.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import fsum

from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.even import even_out
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.ground import Ground
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.place import (
    Rank,
    by_difficulty,
    first_complete,
    share_with,
    tightly,
)
from ansible_collections.pve.drs.plugins.module_utils.core.loads import loads
from ansible_collections.pve.drs.plugins.module_utils.core.place.figure import DIGITS, Figure
from ansible_collections.pve.drs.plugins.module_utils.core.soft import cost_of
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit, load_with


@dataclass(frozen=True, slots=True)
class Chooser:
    """Ranks nodes by a figure, then by load and use; `homes` are where guests are: whoever need not move does not."""

    figure: Figure
    homes: Mapping[int, str]

    def ranks(self, ground: Ground, unit: Unit, nodes: frozenset[str]) -> dict[str, Rank]:
        """The lowest is the best."""
        found = self.figure.of(ground, unit, nodes)
        return {node: (self.figure.rank(found[node]), *self._then(ground, unit, node)) for node in nodes}

    def homecomers(self, ground: Ground, unit: Unit, other: Unit) -> int:
        """How many guests more would be at home, were two units on each other's nodes."""
        here, there = ground.chosen[unit][0].target, ground.chosen[other][0].target
        now = self._at_home(unit, here) + self._at_home(other, there)
        return self._at_home(unit, there) + self._at_home(other, here) - now

    def _at_home(self, unit: Unit, node: str) -> int:
        return sum(self.homes.get(vmid) == node for vmid in unit)

    def _then(self, ground: Ground, unit: Unit, node: str) -> Rank:
        """Proxmox goes by the name of the node where its scores are equal."""
        if self.figure.overall is None:
            return ()
        load = round(load_with(ground.problem, ground.placement, unit, node), 9)
        return load, round(share_with(ground.placement, unit, node), 9), -float(self._at_home(unit, node))


def place_together(ground: Ground, chooser: Chooser) -> None:
    """Puts as many as can be on nodes of the ground. Should-rules give way where they would leave some out."""
    hopeful, _hopeless = by_difficulty(ground)
    choices = (chooser.ranks, tightly)
    left = first_complete(ground, hopeful, choices)
    if left and ground.problem.should_rules.ordered:
        strict = dict(ground.chosen)
        ground.take_all()
        ground.keeps_wishes = False
        if len(first_complete(ground, hopeful, choices)) >= len(left):
            ground.restore(strict)
            ground.keeps_wishes = True
    if chooser.figure.overall:
        _smooth(ground, chooser, chooser.figure.overall)


def _smooth(ground: Ground, chooser: Chooser, overall: Callable[[Ground], float]) -> None:
    """Other nodes for single guests, and exchanges, as long as that serves the figure; then as few moves as it takes."""

    def goal() -> tuple[float, ...]:
        now = loads(ground.problem, ground.placement)
        wishes = fsum(cost_of(ground.placement, wish) for wish in ground.problem.should_rules.ordered)
        highest = round(max(now.values(), default=0.0), DIGITS)
        return round(wishes, 9), chooser.figure.rank(overall(ground)), highest

    before, chosen = goal(), dict(ground.chosen)
    even_out(ground)
    if goal() > before:
        ground.restore(chosen)
    for unit, other in combinations(sorted(ground.chosen), 2):
        if not ground.problem.budget.has_time():
            return
        if chooser.homecomers(ground, unit, other) > 0:
            _exchange(ground, unit, other, goal)


def _exchange(ground: Ground, unit: Unit, other: Unit, goal: Callable[[], tuple[float, ...]]) -> None:
    """Both on each other's node, where they may be and nothing becomes worse."""
    before, chosen = goal(), dict(ground.chosen)
    here, there = chosen[unit][0].target, chosen[other][0].target
    ground.take(unit)
    ground.take(other)
    for one, node in ((unit, there), (other, here)):
        if node in ground.targets(one):
            ground.put(one, node)
    if len(ground.chosen) < len(chosen) or goal() > before:
        ground.restore(chosen)
