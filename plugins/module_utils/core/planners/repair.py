# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Take away what is broken now, with as little memory to send as possible."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from ansible_collections.pve.drs.plugins.module_utils.core.goals import mended
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import IMPROVEMENT, Move, Proposal
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.planners.broken import (
    Broken,
    Repair,
    about,
    candidates,
    category_of,
    excess_after,
    excess_of,
    is_mandatory,
    is_merely_full,
    is_pressed,
    repair_by,
    to_mend,
)
from ansible_collections.pve.drs.plugins.module_utils.core.planners.ejection import Chain, Ejection
from ansible_collections.pve.drs.plugins.module_utils.core.planners.planner import Planner
from ansible_collections.pve.drs.plugins.module_utils.core.planners.unload import unloading
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem


def repair(problem: Problem, placement: Placement) -> Iterator[Proposal]:
    """What must be first, then nodes that are merely full, all together, then whatever is left."""
    found = {node.name: to_mend(problem, placement, node.name) for node in problem.cluster.nodes}
    stuck = set(_lost_one(problem, placement, found))
    yield from _mend(problem, placement, found, stuck, is_mandatory)
    for proposal in _unload(problem, placement, found, stuck):
        stuck -= {node for node in stuck if is_mandatory(found[node])}
        yield proposal
    yield from _mend(problem, placement, found, stuck, bool)
    placement.purpose = IMPROVEMENT


def _mend(
    problem: Problem,
    placement: Placement,
    found: dict[str, Broken],
    stuck: set[str],
    is_wanted: Callable[[Broken], bool],
) -> Iterator[Proposal]:
    """Worst node first; stops when nothing of the kind is broken or no allowed move makes it less."""
    while broken := _worst(found, stuck, is_wanted):
        ways = _ways(problem, placement, broken) if problem.budget.has_time() else ()
        if not ways:
            stuck.add(broken[0].node)
            continue
        _apply(problem, placement, found, ways)
        stuck -= {node for node in stuck if is_mandatory(found[node])}  # it may have been in their way
        if is_pressed(broken):
            stuck.add(broken[0].node)
        yield from _proposals(placement, broken, found[broken[0].node], ways)


def _unload(problem: Problem, placement: Placement, found: dict[str, Broken], stuck: set[str]) -> Iterator[Proposal]:
    full = [broken for node, broken in found.items() if is_merely_full(broken) and node not in stuck]
    ways = unloading(problem, placement, sorted(full, key=_severity)) if full and problem.budget.has_time() else ()
    _apply(problem, placement, found, [way for _broken, way in ways])
    for broken, way in ways:
        yield _proposal(broken, found[broken[0].node], way)


def _lost_one(problem: Problem, placement: Placement, found: dict[str, Broken]) -> Iterator[str]:
    """Nodes under pressure alone that an earlier round took a guest from."""
    for node, broken in found.items():
        homes = problem.cluster.guests if is_pressed(broken) else ()
        if any(guest.node == node != placement.node_of[guest.vmid] for guest in homes):
            yield node


def _worst(found: dict[str, Broken], stuck: set[str], is_wanted: Callable[[Broken], bool]) -> Broken:
    """The violations of the node with the most of them, mandatory ones before saturation."""
    ranked = (violations for node, violations in found.items() if is_wanted(violations) and node not in stuck)
    return min(ranked, key=_severity, default=())


def _severity(violations: Broken) -> tuple[bool, float, str]:
    return not is_mandatory(violations), -excess_of(violations), violations[0].node


def _ways(problem: Problem, placement: Placement, broken: Broken) -> tuple[Repair, ...]:
    """The move that mends most, else a chain that ends in one."""
    best = _best(problem, placement, broken)
    return (best,) if best else _chain(problem, placement, broken)


def _best(problem: Problem, placement: Placement, broken: Broken) -> Repair | None:
    """The move after which the least is broken on the node."""
    excess_now, best = excess_of(broken), None
    for unit in candidates(problem, placement, broken):
        found = repair_by(problem, placement, unit, broken)
        if found and found.excess < excess_now and (best is None or found < best):
            best = found
    return best


def _chain(problem: Problem, placement: Placement, broken: Broken) -> tuple[Repair, ...]:
    """For guests of the node that may go nowhere: others give way first."""
    units = tuple(candidates(problem, placement, broken))
    for unit in units if problem.budget.allows() and not is_pressed(broken) else ():
        placement.purpose = category_of(about(unit, broken))
        chains = () if problem.likely_targets(placement, unit) else Ejection(problem, placement).chains(unit)
        if found := next((chain for chain in chains if _helps(problem, placement, chain, broken)), None):
            return tuple(_link(problem, gone) for gone in found)
    return ()


def _helps(problem: Problem, placement: Placement, chain: Chain, broken: Broken) -> bool:
    moves = [move for gone in chain for move in gone]
    return excess_after(problem, placement, moves, broken[0].node) < excess_of(broken)


def _link(problem: Problem, moves: tuple[Move, ...]) -> Repair:
    return Repair(excess=0.0, wait=0.0, soft_cost=0.0, memory=0.0, moves=moves, unit=problem.unit_of(moves[0].vmid))


def _apply(problem: Problem, placement: Placement, found: dict[str, Broken], ways: Sequence[Repair]) -> None:
    """Look anew at the nodes that they change."""
    moves = [move for way in ways for move in way.moves]
    placement.apply_all(moves)
    for node in {end for move in moves for end in (move.source, move.target)}:
        found[node] = to_mend(problem, placement, node)


def _proposals(placement: Placement, broken: Broken, left: Broken, ways: Sequence[Repair]) -> Iterator[Proposal]:
    """The last of them mends something, those before it make room."""
    last = _proposal(broken, left, ways[-1])
    for way, other in pairwise(ways):
        names = ", ".join(placement.guest(vmid).label for vmid in other.unit)
        reason = f"makes room on {other.moves[0].target} for {names}"
        yield replace(last, moves=way.moves, reason=reason)
    yield last


def _proposal(broken: Broken, left: Broken, best: Repair) -> Proposal:
    """What the moves make less is the reason for them."""
    less = {name for name in {v.constraint for v in broken} if excess_of(left, name) < excess_of(broken, name)}
    named = about(best.unit, broken)
    return Proposal(
        moves=best.moves,
        category=category_of(named),
        reason="; ".join(violation.reason for violation in named if violation.constraint in less),
    )


REPAIR = Planner(name="repair", describes="removes violations", propose=repair, goal=mended)
