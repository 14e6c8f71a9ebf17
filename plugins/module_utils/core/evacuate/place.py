# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Targets for all guests of evacuated nodes together (drs-model 7.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.exact import Exact
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.ground import Ground, Moves
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.room import make_room
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit, is_active, load_with

Rank = tuple[float, ...]
Choose = Callable[[Ground, Unit, str], Rank]


def place(ground: Ground) -> list[Unit]:
    """Put as many as can be on targets; the others are returned.

    Even loads are tried first, then the tightest fit, then every combination; at last others give way.
    """
    units = ground.units()
    ways = {unit: ground.targets(unit) for unit in units}
    hopeful = [unit for unit in units if ways[unit]]
    hopeful.sort(key=lambda unit: (len(ways[unit]), -round(_size(ground.placement, unit), 9), unit))
    left = _first_complete(ground, hopeful)
    return make_room(ground, [*left, *(unit for unit in units if not ways[unit])])


def _first_complete(ground: Ground, units: Sequence[Unit]) -> list[Unit]:
    """Who is left by the first way that places all, else by the one that places most."""
    best: dict[Unit, Moves] = {}
    fewest = list(units)
    for choose in (_evenly, _tightly):
        left = _fill(ground, units, choose)
        if not left:
            return left
        if len(left) < len(fewest):
            best, fewest = dict(ground.chosen), left
        ground.take_all()
    if units and Exact(ground).place(tuple(units)):
        return []
    ground.restore(best)
    return fewest


def _fill(ground: Ground, units: Sequence[Unit], choose: Choose) -> list[Unit]:
    """One after the other; those that found no target any more are returned."""
    left = []
    for unit in units:
        nodes = ground.targets(unit)
        if nodes:
            ground.put(unit, _best(ground, unit, nodes, choose))
        else:
            left.append(unit)
    return left


def _best(ground: Ground, unit: Unit, nodes: frozenset[str], choose: Choose) -> str:
    ranked = ((_unwished(ground, unit, node), choose(ground, unit, node), node) for node in nodes)
    return min(ranked)[-1]


def _unwished(ground: Ground, unit: Unit, node: str) -> float:
    """Should-rules are kept wherever that is possible."""
    rules = ground.problem.should_rules
    if not any(vmid in rules.by_guest for vmid in unit):
        return 0.0
    return -round(rules.wishes(ground.placement, unit).gain(node), 9)


def _evenly(ground: Ground, unit: Unit, node: str) -> Rank:
    """The lowest load; guests that do not run add none, and are spread by their number."""
    load = round(load_with(ground.problem, ground.placement, unit, node), 9)
    count = float(len(ground.placement.guests_on(node)))
    return (load, count) if is_active(ground.placement, unit) else (count, load)


def _tightly(ground: Ground, unit: Unit, node: str) -> Rank:
    """The fullest node that can take it."""
    return (-round(_share(ground.placement, unit, node), 9),)


def _share(placement: Placement, unit: Unit, node: str) -> float:
    """Of the cores or memory of the node, whichever is more, that are used with the unit there."""
    capacity, used = placement.cluster.node_by_name[node].capacity, placement.claimed(node)
    if capacity is None:  # no node without figures is a target
        return 0.0
    guests = [placement.guest(vmid) for vmid in unit if placement.guest(vmid).is_active]
    cpu, memory = used.cpu + sum(g.peak.cpu for g in guests), used.memory + sum(g.peak.memory for g in guests)
    return max(cpu / capacity.cpu, memory / capacity.memory)


def _size(placement: Placement, unit: Unit) -> float:
    """The share of all nodes' cores or memory that it takes, whichever is more."""
    sizes = [node.capacity for node in placement.cluster.measured_nodes if node.capacity]
    guests = [placement.guest(vmid) for vmid in unit if placement.guest(vmid).is_active]
    cpu = sum(guest.peak.cpu for guest in guests) / sum(size.cpu for size in sizes)
    return max(cpu, sum(guest.peak.memory for guest in guests) / sum(size.memory for size in sizes))
