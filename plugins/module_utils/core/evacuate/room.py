# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Other guests give way to those that found no target (drs-model 7.2)."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.ground import Ground
from ansible_collections.pve.drs.plugins.module_utils.core.planners.ejection import Chain, Ejection
from ansible_collections.pve.drs.plugins.module_utils.core.problem import moves_to
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit

# Reasons that end when another guest leaves.
ENDED_BY_LEAVING = frozenset(
    ("memory_capacity", "memory_overcommit", "cpu_capacity", "cpu_overcommit", "max_guests", "separate", "network")
)


def make_room(ground: Ground, units: Sequence[Unit]) -> list[Unit]:
    """At most two others move for each of them; who stays all the same is returned."""
    left, ejection = [], Ejection(ground.problem, ground.placement)
    for unit in units:
        if not ground.problem.budget.has_time() or not _moved(ground, unit, ejection):
            left.append(unit)
        else:
            ejection = Ejection(ground.problem, ground.placement)  # what it knows of targets is not true any more
    return left


def _moved(ground: Ground, unit: Unit, ejection: Ejection) -> bool:
    if nodes := ground.targets(unit):
        ground.put(unit, min(nodes))
        return True
    if ground.lacks_room([unit]) or not _is_crowded_out(ground, unit):
        return False
    chain = next(_chains(ground, unit, ejection), None)
    if chain:
        _apply(ground, unit, chain)
    return chain is not None


def _chains(ground: Ground, unit: Unit, ejection: Ejection) -> filter[Chain]:
    """Those that break no should-rule about guests among each other."""
    return filter(lambda chain: bool(ground.kept(unit, frozenset({chain[-1][0].target}))), ejection.chains(unit))


def _is_crowded_out(ground: Ground, unit: Unit) -> bool:
    """Somewhere nothing stands against it but what is there."""
    open_nodes = sorted(ground.placement.node_names - ground.nodes)
    moves = (moves_to(ground.placement, unit, node) for node in open_nodes)
    refusals = (ground.problem.joint_refusal(ground.placement, towards) for towards in moves if towards)
    return any(refused and refused.constraint in ENDED_BY_LEAVING for refused in refusals)


def _apply(ground: Ground, unit: Unit, chain: Chain) -> None:
    *room, last = chain
    for moves in room:
        ground.placement.apply_all(moves)
        ground.room.append((unit, moves))
    ground.placement.apply_all(last)
    ground.chosen[unit] = last
    ground.crowded_out.add(unit)
