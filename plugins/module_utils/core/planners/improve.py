# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Even out the load, one best move after the other, until nothing triggers any more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop
from typing import NamedTuple

from ansible_collections.pve.drs.plugins.module_utils.core.benefit.worth import Scales
from ansible_collections.pve.drs.plugins.module_utils.core.goals import DIGITS, evenness, is_restless_at
from ansible_collections.pve.drs.plugins.module_utils.core.hold import may_improve
from ansible_collections.pve.drs.plugins.module_utils.core.loads import is_uneven, loads
from ansible_collections.pve.drs.plugins.module_utils.core.metrics.variation import variation
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import IMPROVEMENT, Proposal
from ansible_collections.pve.drs.plugins.module_utils.core.model.resources import Resources
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.planners.exchange import exchange
from ansible_collections.pve.drs.plugins.module_utils.core.planners.planner import Planner
from ansible_collections.pve.drs.plugins.module_utils.core.planners.sums import Sums, sums_of
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem, moves_to
from ansible_collections.pve.drs.plugins.module_utils.core.units import (
    Unit,
    load_with,
    load_without,
    memory_to_send,
    movable,
)

# Of each size of nodes so many are tried as targets, before all others are.
TARGETS_TRIED = 6


class Candidate(NamedTuple):
    """Guests that move as one; best first: lowest imbalance, then least memory to send, then identity."""

    imbalance: float
    memory: float
    unit: Unit
    target: str


def improve(problem: Problem, placement: Placement) -> Sequence[Proposal]:
    """At most `max_moves`; none on weak figures, or while somebody else's migration is under way (drs-model 2.9, 6.8).

    Once something triggered, until nothing does and the loads are as close as the policy wants them; nothing at
    all where that would take less of the imbalance away than the policy asks for (6.6).
    """
    if problem.unsure or problem.cluster.migrations or not may_improve(problem):
        return ()
    if not is_uneven(problem, placement, loads(problem, placement)):
        return ()
    before = _variation(problem, placement)
    found = tuple(_moves(problem, placement))
    if before - _variation(problem, placement) >= problem.policy.least_improvement * before:
        return found
    for move in reversed([move for proposal in found for move in proposal.moves]):
        placement.undo(move)
    return ()


def _variation(problem: Problem, placement: Placement) -> float:
    return variation(tuple(loads(problem, placement).values()))


def _moves(problem: Problem, placement: Placement) -> Iterator[Proposal]:
    """One best move after the other; two guests change places where no single move makes it better."""
    moves_left, scales = problem.policy.limits.max_moves, Scales(problem)
    while moves_left > 0:
        now = loads(problem, placement)
        found = _next(scales, placement, now, moves_left) if is_restless_at(problem, placement, now) else ()
        if not found:
            return
        for proposal in found:
            placement.apply_all(proposal.moves)
            moves_left -= len(proposal.moves)
            yield proposal


def _next(scales: Scales, placement: Placement, now: dict[str, float], most_moves: int) -> Sequence[Proposal]:
    candidate = _best(scales, placement, now, most_moves)
    if candidate is None:
        return exchange(scales, placement, now, most_moves)
    moves = moves_to(placement, candidate.unit, candidate.target)
    reason = f"evens out {scales.problem.method.describes}"
    return (Proposal(moves=moves, category=IMPROVEMENT, reason=reason, tells_loads=True),)


def _best(scales: Scales, placement: Placement, now: dict[str, float], most_moves: int) -> Candidate | None:
    """From the most loaded node that has a move which lowers the imbalance, and is worth it.

    The emptiest nodes are tried as targets first, all others where none of them will do.
    """
    sums, emptiest = sums_of(now), _emptiest(scales.problem, now)
    for source in sorted(now, key=lambda node: (-round(now[node], 9), node)):
        units = [unit for unit in movable(scales.problem, placement, source) if len(unit) <= most_moves]
        for targets in (emptiest, now.keys() - emptiest):
            if not scales.problem.budget.allows(len(units) * len(targets)):
                return None
            lower = frozenset(node for node in targets if now[node] < now[source])
            best = _best_from(scales, placement, units, Look(now, sums, lower)) if lower else None
            if best:
                return best
    return None


def _emptiest(problem: Problem, now: dict[str, float]) -> frozenset[str]:
    """The least loaded nodes of each size."""
    sizes: dict[Resources | None, list[str]] = {}
    for node in sorted(now, key=lambda name: (round(now[name], 9), name)):
        sizes.setdefault(problem.cluster.node_by_name[node].capacity, []).append(node)
    return frozenset(node for nodes in sizes.values() for node in nodes[:TARGETS_TRIED])


class Look(NamedTuple):
    """Loads of all nodes, their sums, and the less loaded nodes that are tried as targets."""

    now: dict[str, float]
    sums: Sums
    targets: frozenset[str]


def _best_from(scales: Scales, placement: Placement, units: list[Unit], look: Look) -> Candidate | None:
    """What a move achieves is cheaper to tell than whether it is allowed, so that is asked last, best move first."""
    current = round(look.sums.variation, DIGITS)
    better = [c for unit in units for c in _candidates(scales.problem, placement, unit, look) if c < (current,)]
    heapify(better)
    allowed = Allowed(scales.problem, placement)
    while better:
        candidate = heappop(better)
        if candidate.target in allowed.targets(candidate.unit) and _fits(scales, placement, candidate, current):
            return candidate
    return None


class Allowed:
    """Where each unit may go by constraints, asked once for each."""

    def __init__(self, problem: Problem, placement: Placement) -> None:
        self._problem, self._placement = problem, placement
        self._known: dict[Unit, frozenset[str]] = {}

    def targets(self, unit: Unit) -> frozenset[str]:
        if unit not in self._known:
            self._known[unit] = self._problem.likely_targets(self._placement, unit)
        return self._known[unit]


def _fits(scales: Scales, placement: Placement, candidate: Candidate, imbalance: float) -> bool:
    """Of guests that move together, so far each by itself was allowed to; nobody asked yet what it gives."""
    moves = moves_to(placement, candidate.unit, candidate.target)
    if len(candidate.unit) > 1 and scales.problem.joint_refusal(placement, moves):
        return False
    ratio = scales.problem.policy.benefit_ratio
    return not ratio or not scales.weigh(placement, moves, imbalance - candidate.imbalance).refusal(ratio)


def _candidates(problem: Problem, placement: Placement, unit: Unit, look: Look) -> Iterator[Candidate]:
    """To nodes on which every should-rule is kept at least as well, whether or not they may take it."""
    source, memory = placement.node_of[unit[0]], memory_to_send(placement, unit, "")
    left = load_without(problem, placement, unit, source)
    for target in problem.should_rules.kind(placement, unit, look.targets):
        after = (left, load_with(problem, placement, unit, target))
        imbalance = look.sums.after((look.now[source], look.now[target]), after)
        yield Candidate(round(imbalance, DIGITS), memory, unit, target)


IMPROVE = Planner(name="improve", describes="evens out the load", propose=improve, goal=evenness)
