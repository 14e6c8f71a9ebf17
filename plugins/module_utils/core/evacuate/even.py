# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Local search among the guests that leave, so that no target is loaded more than need be (drs-model 7.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.ground import Ground
from ansible_collections.pve.drs.plugins.module_utils.core.loads import available_nodes
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit, is_active

# Loads that differ by less are the same.
LEAST = 1e-6
# So many changes for each guest that leaves.
CHANGES_OF_EACH = 3

Loads = dict[str, float]


def even_out(ground: Ground) -> None:
    """Other targets, and exchanges of two, as long as the highest load of those that change becomes less."""
    nodes = [node.name for node in available_nodes(ground.problem)]
    movable = [unit for unit in ground.chosen if is_active(ground.placement, unit) and unit not in ground.crowded_out]
    for _unused in range(CHANGES_OF_EACH * len(movable)):
        if not ground.problem.budget.has_time() or not _improved(ground, nodes, movable):
            return


def _improved(ground: Ground, nodes: Sequence[str], movable: Sequence[Unit]) -> bool:
    """The most loaded node first."""
    loads = {node: ground.problem.gauge.load(ground.placement, node) for node in nodes}
    by_node: dict[str, list[Unit]] = {}
    for unit in movable:
        by_node.setdefault(ground.chosen[unit][0].target, []).append(unit)
    hottest_first = sorted(by_node.keys() & loads.keys(), key=lambda name: (-loads[name], name))
    if any(_relocated(ground, node, by_node[node], loads) for node in hottest_first):
        return True
    return any(_exchanged(ground, node, by_node, loads) for node in hottest_first[:1])


def _relocated(ground: Ground, hot: str, units: Sequence[Unit], loads: Loads) -> bool:
    """The move after which the higher of both loads is the least."""
    ways = sorted(_relocations(ground, hot, units, loads))
    for _load, unit, node in ways:
        ground.take(unit)
        if node in ground.targets(unit):
            ground.put(unit, node)
            return True
        ground.put(unit, hot)
    return False


def _relocations(ground: Ground, hot: str, units: Sequence[Unit], loads: Loads) -> Iterator[tuple[float, Unit, str]]:
    gauge, placement = ground.problem.gauge, ground.placement
    for unit in units:
        without = gauge.load(placement, hot, unit)
        for node, load in loads.items():
            if node != hot and load < loads[hot]:
                higher = max(without, gauge.load(placement, node, (), unit))
                if higher < loads[hot] - LEAST:
                    yield round(higher, 9), unit, node


def _exchanged(ground: Ground, hot: str, by_node: dict[str, list[Unit]], loads: Loads) -> bool:
    """Two units change places; the first exchange that makes the higher load less is as good as any."""
    for _load, unit, other, node in sorted(_exchanges(ground, hot, by_node, loads)):
        ground.take(unit)
        ground.take(other)
        if _put_both(ground, (unit, node), (other, hot)):
            return True
        ground.put(unit, hot)
        ground.put(other, node)
    return False


def _exchanges(
    ground: Ground, hot: str, by_node: dict[str, list[Unit]], loads: Loads
) -> Iterator[tuple[float, Unit, Unit, str]]:
    gauge, placement = ground.problem.gauge, ground.placement
    cooler = [(node, other) for node in by_node if loads.get(node, 1.0) < loads[hot] for other in by_node[node]]
    for unit in by_node[hot]:
        for node, other in cooler:
            higher = max(gauge.load(placement, hot, unit, other), gauge.load(placement, node, other, unit))
            if higher < loads[hot] - LEAST:
                yield round(higher, 9), unit, other, node


def _put_both(ground: Ground, first: tuple[Unit, str], second: tuple[Unit, str]) -> bool:
    if first[1] not in ground.targets(first[0]):
        return False
    ground.put(*first)
    if second[1] in ground.targets(second[0]):
        ground.put(*second)
        return True
    ground.take(first[0])
    return False
