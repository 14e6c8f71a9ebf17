# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Two units of different nodes change places, over a third node where there is no other way (drs-model 6.3, 3.9)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop
from typing import NamedTuple

from ansible_collections.pve.drs.plugins.module_utils.core.benefit.worth import Scales
from ansible_collections.pve.drs.plugins.module_utils.core.goals import DIGITS
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import IMPROVEMENT, Move, Proposal
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.planners.sums import Sums, sums_of
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem, moves_to
from ansible_collections.pve.drs.plugins.module_utils.core.units import (
    Unit,
    load_with,
    load_without,
    memory_to_send,
    movable,
)

# So many of the best exchanges of a node are tried, whether they are allowed.
TRIED = 100

Route = tuple[tuple[Unit, str], ...]


class Exchange(NamedTuple):
    """Best first: lowest imbalance, then least memory to send, then identity."""

    imbalance: float
    memory: float
    leaving: Unit
    coming: Unit
    target: str


class Side(NamedTuple):
    """A unit, what its node loses without it, and what the other node gains with it."""

    unit: Unit
    less: float
    more: float


def exchange(scales: Scales, placement: Placement, now: dict[str, float], most_moves: int) -> tuple[Proposal, ...]:
    """The best one of the most loaded node that has any, as moves one after the other; they are not applied."""
    sums = sums_of(now)
    current = round(sums.variation, DIGITS)
    for source in sorted(now, key=lambda node: (-round(now[node], 9), node)):
        better = [e for e in _exchanges(scales.problem, placement, source, now, sums) if e.imbalance < current]
        heapify(better)
        for _unused in range(min(TRIED, len(better))):
            found = heappop(better)
            route = _route(scales, placement, found, current)
            if route and sum(map(len, route)) <= most_moves:
                return _proposals(scales.problem, placement, found, route)
        if scales.problem.budget.cut_short:
            break
    return ()


def _exchanges(
    problem: Problem, placement: Placement, source: str, now: dict[str, float], sums: Sums
) -> Iterator[Exchange]:
    """With each less loaded node, the least loaded first, as far as the budget goes."""
    leaving = tuple(movable(problem, placement, source))
    lower = [node for node in now if now[node] < now[source]] if leaving else []
    for target in sorted(lower, key=lambda node: (now[node], node)):
        coming = tuple(movable(problem, placement, target))
        if not problem.budget.allows(len(leaving) * len(coming)):
            return
        sides = (
            [_side(problem, placement, unit, source, target) for unit in leaving],
            [_side(problem, placement, unit, target, source) for unit in coming],
        )
        yield from _pairs(placement, sides, (now[source], now[target]), sums, target)


def _side(problem: Problem, placement: Placement, unit: Unit, home: str, other: str) -> Side:
    less = problem.gauge.load(placement, home) - load_without(problem, placement, unit, home)
    return Side(unit, less, load_with(problem, placement, unit, other) - problem.gauge.load(placement, other))


def _pairs(
    placement: Placement, sides: tuple[list[Side], list[Side]], now: tuple[float, float], sums: Sums, target: str
) -> Iterator[Exchange]:
    """Those after which neither node is as loaded as the first one is now."""
    here, there = now
    for leaving in sides[0]:
        for coming in sides[1]:
            after = (here - leaving.less + coming.more, there - coming.less + leaving.more)
            if max(after) < here:
                memory = memory_to_send(placement, (*leaving.unit, *coming.unit), "")
                imbalance = round(sums.after(now, after), DIGITS)
                yield Exchange(imbalance, memory, leaving.unit, coming.unit, target)


def _route(scales: Scales, placement: Placement, found: Exchange, current: float) -> tuple[tuple[Move, ...], ...]:
    """The first way that is allowed at every step and worth it; nothing where there is none."""
    for route in _routes(placement, found):
        steps = _walk(scales.problem, placement, route)
        if steps and _is_worth_it(scales, placement, steps, current - found.imbalance):
            return steps
    return ()


def _routes(placement: Placement, found: Exchange) -> Iterator[Route]:
    """Either of them first; then the one with less memory to send over each other node; then the other one."""
    source = placement.node_of[found.leaving[0]]
    go, come = (found.leaving, found.target), (found.coming, source)
    yield from ((go, come), (come, go))
    others = sorted(placement.node_names - {source, found.target}, key=lambda node: (placement.used(node).memory, node))
    ordered = sorted((go, come), key=lambda way: (memory_to_send(placement, way[0], ""), way))
    for winding, straight in (ordered, ordered[::-1]):
        yield from (((winding[0], node), straight, winding) for node in others)


def _walk(problem: Problem, placement: Placement, route: Route) -> tuple[tuple[Move, ...], ...]:
    """The moves of each step, or none where one is refused; nobody is moved in the end."""
    walked: list[tuple[Move, ...]] = []
    for unit, node in route:
        moves = moves_to(placement, unit, node)
        is_kind = problem.should_rules.kind(placement, unit, frozenset({node}))
        if not is_kind or problem.joint_refusal(placement, moves):
            break
        placement.apply_all(moves)
        walked.append(moves)
    for move in reversed([move for moves in walked for move in moves]):
        placement.undo(move)
    return tuple(walked) if len(walked) == len(route) else ()


def _is_worth_it(scales: Scales, placement: Placement, steps: Sequence[Sequence[Move]], evened: float) -> bool:
    ratio = scales.problem.policy.benefit_ratio
    moves = [move for step in steps for move in step]
    return not ratio or not scales.weigh(placement, moves, evened).refusal(ratio)


def _proposals(
    problem: Problem, placement: Placement, found: Exchange, steps: Sequence[tuple[Move, ...]]
) -> tuple[Proposal, ...]:
    """Each says with whom the guest changes places."""
    names = {unit: ", ".join(placement.guest(vmid).label for vmid in unit) for unit in (found.leaving, found.coming)}
    others = {found.leaving[0]: names[found.coming], found.coming[0]: names[found.leaving]}
    ends = {found.leaving[0]: found.target, found.coming[0]: placement.node_of[found.leaving[0]]}
    what = f"to even out {problem.method.describes}"
    found_proposals = []
    for moves in steps:
        first = problem.unit_of(moves[0].vmid)[0]
        is_way_round = moves[0].target != ends[first]
        way = f" (over {moves[0].target}, as there is no room to do so at once)" if is_way_round else ""
        reason = f"changes places with {others[first]} {what}{way}"
        found_proposals.append(Proposal(moves=moves, category=IMPROVEMENT, reason=reason, tells_loads=not way))
    return tuple(found_proposals)
