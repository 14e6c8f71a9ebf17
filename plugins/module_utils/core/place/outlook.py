# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What speaks for and against each node, for one guest that is to be started."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.ground import Ground
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Refusal
from ansible_collections.pve.drs.plugins.module_utils.core.model.start import Ranked
from ansible_collections.pve.drs.plugins.module_utils.core.place.batch import Chooser
from ansible_collections.pve.drs.plugins.module_utils.core.place.ground import StartGround
from ansible_collections.pve.drs.plugins.module_utils.core.problem import moves_to
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit, load_with, moved


@dataclass(frozen=True, slots=True)
class Outlook:
    """Nodes that may take a unit, the best first, and the first reason against each of the others."""

    ranked: tuple[Ranked, ...]
    refusals: tuple[Refusal, ...]

    @property
    def is_ignored(self) -> bool:
        """Nobody is to touch it."""
        return bool(self.refusals) and all(refusal.constraint == "ignored" for refusal in self.refusals)


def outlook(ground: StartGround, chooser: Chooser, unit: Unit) -> Outlook:
    """With all other guests of the batch where they have been put."""
    chosen = ground.chosen.get(unit)
    if chosen:
        ground.take(unit)
    refusals = {node: ground.refusal(unit, node) for node in sorted(ground.placement.node_names)}
    nodes = frozenset(node for node, refused in refusals.items() if refused is None)
    ranks, figures = chooser.ranks(ground, unit, nodes), chooser.figure.of(ground, unit, nodes)
    best_first = sorted(nodes, key=lambda node: (ground.unwished(unit, node), ranks[node], node))
    ranked = tuple(_ranked(ground, unit, node, figures[node]) for node in best_first)
    if chosen:
        ground.put(unit, chosen[0].target)
    return Outlook(ranked, tuple(refused for refused in refusals.values() if refused))


def _ranked(ground: Ground, unit: Unit, node: str, figure: float) -> Ranked:
    problem, placement = ground.problem, ground.placement
    load = load_with(problem, placement, unit, node)
    capacity = problem.cluster.node_by_name[node].capacity
    with moved(placement, moves_to(placement, unit, node)):
        used = placement.used(node)
    cpu, memory = (used.cpu / capacity.cpu, used.memory / capacity.memory) if capacity else (0.0, 0.0)
    return Ranked(node=node, load=load, cpu=cpu, memory=memory, figure=figure)
