# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Make room for a guest that nowhere may go: another one gives way to it, and a third one to that (drs-model 6.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem, moves_to
from ansible_collections.pve.drs.plugins.module_utils.core.units import (
    Unit,
    is_unmoved,
    memory_to_send,
    moved,
    units_on,
)

# Guests that move in one chain at most; what is asked about one of them counts for so many evaluations.
LONGEST = 3
COST = 20

Chain = tuple[tuple[Move, ...], ...]


class Ejection:
    """Looks for chains on one placement, for moves of one purpose; what each guest may do is asked once."""

    def __init__(self, problem: Problem, placement: Placement) -> None:
        self._problem, self._placement = problem, placement
        self._targets: dict[Unit, tuple[str, ...]] = {}
        self._nodes = tuple(sorted(placement.node_names, key=lambda node: (placement.used(node).memory, node)))

    def chains(self, unit: Unit) -> Iterator[Chain]:
        """Shortest first; the last moves of each are those of the unit, the ones before make room."""
        homes = {self._placement.node_of[vmid] for vmid in unit}
        targets = [node for node in self._nodes if node not in homes]
        for length in range(2, LONGEST + 1):
            found = (self._chain(unit, target, length, (unit,)) for target in targets)
            yield from (chain for chain in found if chain)

    def _chain(self, unit: Unit, target: str, length: int, taken: Sequence[Unit]) -> Chain | None:
        """Moves of so many units, after the last of which the unit is on the target."""
        moves = moves_to(self._placement, unit, target)
        for other in self._displaceable(target, taken):
            for node in self._ways(other, target, length - 1):
                if not self._problem.budget.allows(COST):
                    return None
                room = self._room(other, node, length - 1, (*taken, other))
                if room and self._is_allowed(room, moves):
                    return (*room, moves)
        return None

    def _room(self, other: Unit, node: str, length: int, taken: Sequence[Unit]) -> Chain | None:
        if length > 1:
            return self._chain(other, node, length, taken)
        return (moves_to(self._placement, other, node),)

    def _displaceable(self, node: str, taken: Sequence[Unit]) -> list[Unit]:
        """The cheapest first."""
        found = [u for u in units_on(self._problem, self._placement, node) if u not in taken]
        unmoved = [unit for unit in found if is_unmoved(self._placement, unit)]
        return sorted(unmoved, key=lambda unit: (memory_to_send(self._placement, unit, ""), unit))

    def _ways(self, unit: Unit, source: str, length: int) -> Iterable[str]:
        """Where it may go at once, which is all one to whom it makes room for; else each node, as room is made there."""
        if length > 1:
            return (node for node in self._nodes if node != source)
        if unit not in self._targets:
            targets = self._problem.joint_targets(self._placement, unit)
            self._targets[unit] = tuple(node for node in self._nodes if node in targets)[:1]
        return self._targets[unit]

    def _is_allowed(self, room: Chain, moves: Sequence[Move]) -> bool:
        """With the others gone."""
        with moved(self._placement, [move for gone in room for move in gone]):
            return self._problem.joint_refusal(self._placement, moves) is None
