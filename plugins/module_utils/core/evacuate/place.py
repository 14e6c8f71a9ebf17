# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Targets for all guests of evacuated nodes together (drs-model 7.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.exact import Exact
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.ground import Ground, Moves
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.room import make_room
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit, is_active, load_with

Rank = tuple[float, ...]
# How good each of the nodes is for the unit; the lowest is the best.
Choose = Callable[[Ground, Unit, frozenset[str]], Mapping[str, Rank]]


def place(ground: Ground) -> list[Unit]:
    """Put as many as can be on targets; the others are returned.

    Even loads are tried first, then the tightest fit, then every combination; at last others give way.
    """
    hopeful, hopeless = by_difficulty(ground)
    left = first_complete(ground, hopeful, (_evenly, tightly))
    return make_room(ground, [*left, *hopeless])


def by_difficulty(ground: Ground) -> tuple[list[Unit], list[Unit]]:
    """Those with a target, the fewest targets and then the largest first; and those that no node may take."""
    units = ground.units()
    ways = {unit: ground.targets(unit) for unit in units}
    hopeful = [unit for unit in units if ways[unit]]
    hopeful.sort(key=lambda unit: (len(ways[unit]), -round(_size(ground.placement, unit), 9), unit))
    return hopeful, [unit for unit in units if not ways[unit]]


def first_complete(ground: Ground, units: Sequence[Unit], choices: Sequence[Choose]) -> list[Unit]:
    """Who is left by the first way to choose that places all, then by every combination, else by the way that places most."""
    best: dict[Unit, Moves] = {}
    fewest = list(units)
    for choose in choices:
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
    """Should-rules are kept wherever that is possible."""
    ranks = choose(ground, unit, nodes)
    return min((ground.unwished(unit, node), ranks[node], node) for node in nodes)[-1]


def _evenly(ground: Ground, unit: Unit, nodes: frozenset[str]) -> dict[str, Rank]:
    """The lowest load; guests that do not run add none, and are spread by their number."""
    runs = is_active(ground.placement, unit)
    found: dict[str, Rank] = {}
    for node in nodes:
        load = round(load_with(ground.problem, ground.placement, unit, node), 9)
        count = float(len(ground.placement.guests_on(node)))
        found[node] = (load, count) if runs else (count, load)
    return found


def tightly(ground: Ground, unit: Unit, nodes: frozenset[str]) -> dict[str, Rank]:
    """The fullest node that can take it."""
    return {node: (-round(share_with(ground.placement, unit, node), 9),) for node in nodes}


def share_with(placement: Placement, unit: Unit, node: str) -> float:
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
