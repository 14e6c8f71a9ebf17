# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Where the guests of evacuated nodes are tried: put on targets and taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import fsum

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.capacity import Capacity
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.draining import taken_back
from ansible_collections.pve.drs.plugins.module_utils.core.model.compiled import Preference
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem, moves_to
from ansible_collections.pve.drs.plugins.module_utils.core.soft import cost_of, where
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit, units_on

Moves = tuple[Move, ...]


@dataclass(slots=True)
class Ground:
    """`chosen` are the moves found so far, applied to the placement; `room` those of others that give way, with whom to.

    With `keeps_wishes` should-rules about guests among each other bind like must-rules. Those about nodes do not:
    a guest that should be on an evacuated node has to leave all the same (drs-model 7.2).
    """

    problem: Problem
    placement: Placement
    nodes: frozenset[str]
    keeps_wishes: bool = True
    chosen: dict[Unit, Moves] = field(default_factory=dict)
    room: list[tuple[Unit, Moves]] = field(default_factory=list)
    crowded_out: set[Unit] = field(default_factory=set)
    taken_back: dict[int, str] = field(default_factory=dict)
    _cost_before: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        preferences = self.problem.should_rules.ordered
        self.taken_back = taken_back(self.problem.cluster)
        self._cost_before = {id(wish): cost_of(self.placement, wish) for wish in preferences}

    def units(self) -> list[Unit]:
        """All that are to leave, each once, in order of vmid."""
        found = {unit for node in sorted(self.nodes) for unit in units_on(self.problem, self.placement, node)}
        return sorted(found)

    def put(self, unit: Unit, node: str) -> None:
        self.chosen[unit] = moves_to(self.placement, unit, node)
        self.placement.apply_all(self.chosen[unit])

    def take(self, unit: Unit) -> None:
        """Back to where it was."""
        for move in reversed(self.chosen.pop(unit)):
            self.placement.undo(move)

    def take_all(self) -> None:
        for unit in reversed(list(self.chosen)):
            self.take(unit)

    def restore(self, chosen: dict[Unit, Moves]) -> None:
        """The same targets again."""
        self.take_all()
        for unit, moves in chosen.items():
            self.put(unit, moves[0].target)

    def targets(self, unit: Unit) -> frozenset[str]:
        """The nodes that may take it as things stand."""
        return self.kept(unit, self.problem.joint_targets(self.placement, unit))

    def kept(self, unit: Unit, nodes: frozenset[str]) -> frozenset[str]:
        """Those of the nodes where no should-rule about guests among each other is kept less than before."""
        if not self.keeps_wishes:
            return nodes
        return frozenset(node for node in nodes if not self.breaks(unit, node))

    def breaks(self, unit: Unit, node: str) -> Preference | None:
        """The first should-rule that would be kept less with the unit there; guests that still wait do not count."""
        return next(
            (wish for wish in self._wishes(unit) if self._cost_with(wish, unit, node) > self._before(wish)), None
        )

    def unwished(self, unit: Unit, node: str) -> float:
        """What should-rules cost more with the unit there; negative where they are kept better."""
        rules = self.problem.should_rules
        if not any(vmid in rules.by_guest for vmid in unit):
            return 0.0
        return -round(rules.wishes(self.placement, unit).gain(node), 9)

    def lacks_room(self, units: Iterable[Unit]) -> bool:
        """Together the guests that are to leave need more than all other nodes have left; who gives way takes room, too."""
        vmids = [vmid for unit in units for vmid in unit if self.placement.node_of[vmid] in self.nodes]
        guests = [self.placement.guest(vmid) for vmid in vmids]
        capacities = (c for c in self.problem.constraints if isinstance(c, Capacity))
        return any(fsum(map(capacity.need, guests)) > self._room(capacity) for capacity in capacities)

    def _room(self, capacity: Capacity) -> float:
        others = (node for node in capacity.room if node not in self.nodes)
        amount, claimed = capacity.amount, self.placement.claimed
        return fsum(max(0.0, capacity.room[node] - amount(claimed(node))) for node in others)

    def _before(self, wish: Preference) -> float:
        return self._cost_before[id(wish)]

    def _wishes(self, unit: Unit) -> Iterable[Preference]:
        found = {id(w): w for vmid in unit for w in self.problem.should_rules.by_guest.get(vmid, ())}
        return (wish for wish in found.values() if wish.type != "run_on")

    def _cost_with(self, wish: Preference, unit: Unit, node: str) -> float:
        """What is sure to be amiss, whatever becomes of those that still wait."""
        others = where(self.placement, set(wish.vmids).difference(unit))
        settled = Counter({name: count for name, count in others.items() if name not in self.nodes})
        settled[node] += len(set(wish.vmids).intersection(unit))
        if wish.type == "separate":
            return wish.weight * sum(count * (count - 1) // 2 for count in settled.values())
        return wish.weight * (sum(settled.values()) - max(settled.values()))
