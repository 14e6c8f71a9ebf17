# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Take off full nodes what has to go, with the least memory to send; who needs most room chooses first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ansible_collections.pve.drs.plugins.module_utils.core.goals import MOVE_BYTES
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.planners.broken import (
    Broken,
    Repair,
    candidates,
    excess_of,
    repair_by,
    to_mend,
)
from ansible_collections.pve.drs.plugins.module_utils.core.planners.cover import Offer, cheapest
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit, moved

# What it costs to break a should-rule: more than any memory.
BROKEN_WISH_BYTES = 2.0**60
# So many choices of who leaves are tried, each without one more guest that found no place.
MOST_CHOICES = 32

Way = tuple[Broken, Repair]


def unloading(problem: Problem, placement: Placement, full: Sequence[Broken]) -> tuple[Way, ...]:
    """The moves one after the other, with what is broken where they begin; nobody is moved in the end.

    A node whose guests that may leave are not enough is left out.
    """
    offers = [{offer.unit: offer for offer in _offers(problem, placement, broken)} for broken in full]
    chosen = [cheapest(tuple(of_node.values())) for of_node in offers]
    for _unused in range(MOST_CHOICES):
        leaving = [(offer.unit, node) for node, found in enumerate(chosen) for offer in found]
        leaving.sort(key=lambda entry: (-round(_size(placement, entry[0]), 9), entry[::-1]))
        ways, nowhere = _placed(problem, placement, [(unit, full[node]) for unit, node in leaving])
        if nowhere is None:
            return ways
        [node] = [node for unit, node in leaving if unit == nowhere]
        del offers[node][nowhere]
        chosen[node] = cheapest(tuple(offers[node].values()))
        if not problem.budget.has_time():
            break
    return ()


def _offers(problem: Problem, placement: Placement, broken: Broken) -> Iterator[Offer]:
    """Those who may go anywhere, each as if it were the only one."""
    for unit in candidates(problem, placement, broken):
        found = repair_by(problem, placement, unit, broken)
        if found:
            with moved(placement, found.moves):
                left = to_mend(problem, placement, broken[0].node)
            relief = tuple(1.0 - excess_of(left, v.constraint) / excess_of((v,)) for v in broken)
            wish = BROKEN_WISH_BYTES * max(0.0, found.soft_cost)
            yield Offer(unit, relief, found.memory + MOVE_BYTES * len(found.moves) + wish)


def _size(placement: Placement, unit: Unit) -> float:
    """The share of all nodes' cores, or of all their memory, that it takes, whichever is more."""
    sizes = [node.capacity for node in placement.cluster.nodes if node.capacity]
    needs = [placement.guest(vmid).demand for vmid in unit]
    cpu = sum(need.cpu for need in needs) / sum(size.cpu for size in sizes)
    return max(cpu, sum(need.memory for need in needs) / sum(size.memory for size in sizes))


def _placed(
    problem: Problem, placement: Placement, leaving: Sequence[tuple[Unit, Broken]]
) -> tuple[tuple[Way, ...], Unit | None]:
    """Moves of all of them, or those before the first one that finds no place, and which one that is."""
    ways: list[Way] = []
    nowhere = None
    for unit, broken in leaving:
        way = repair_by(problem, placement, unit, broken)
        if way is None:
            nowhere = unit
            break
        placement.apply_all(way.moves)
        ways.append((broken, way))
    for move in reversed([move for _broken, way in ways for move in way.moves]):
        placement.undo(move)
    return tuple(ways), nowhere
