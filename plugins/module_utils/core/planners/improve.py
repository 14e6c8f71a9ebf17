# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Even out the load, one best move after the other, until nothing triggers any more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop
from typing import NamedTuple

from ansible_collections.pve.drs.plugins.module_utils.core.benefit.worth import Scales
from ansible_collections.pve.drs.plugins.module_utils.core.hold import may_improve
from ansible_collections.pve.drs.plugins.module_utils.core.loads import is_uneven, load_of, loads
from ansible_collections.pve.drs.plugins.module_utils.core.metrics.variation import variation, variation_of_sums
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Proposal
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.planners.planner import Planner
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem, moves_to
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.balanciness import are_apart
from ansible_collections.pve.drs.plugins.module_utils.core.units import (
    Unit,
    is_active,
    is_known,
    is_split,
    is_unmoved,
    load_with,
    load_without,
    memory_to_send,
    units_on,
)

# Imbalances that agree to this many digits are equal; the cheaper move wins then (drs-model 6.1).
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Sums:
    """Number of loads, their sum and the sum of their squares: enough for the variation."""

    count: int
    total: float
    squares: float

    def after(self, before: tuple[float, float], now: tuple[float, float]) -> float:
        """The variation when the loads of two nodes change."""
        total = self.total - before[0] - before[1] + now[0] + now[1]
        squares = self.squares - before[0] ** 2 - before[1] ** 2 + now[0] ** 2 + now[1] ** 2
        return variation_of_sums(self.count, total, squares)


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
    """One best move after the other."""
    moves_left, scales = problem.policy.limits.max_moves, Scales(problem)
    while moves_left > 0:
        now = loads(problem, placement)
        is_done = not are_apart(now, problem.policy) and not is_uneven(problem, placement, now)
        candidate = None if is_done else _best(scales, placement, now, moves_left)
        if candidate is None:
            return
        imbalance = _sums(now)
        gain = variation_of_sums(imbalance.count, imbalance.total, imbalance.squares) - candidate.imbalance
        moves = moves_to(placement, candidate.unit, candidate.target)
        placement.apply_all(moves)
        moves_left -= len(moves)
        yield _proposal(problem, placement, moves, now, gain)


def _best(scales: Scales, placement: Placement, now: dict[str, float], most_moves: int) -> Candidate | None:
    """From the most loaded node that has a move which lowers the imbalance, and is worth it.

    What a move achieves is cheaper to tell than whether it is allowed, so that is asked last, best move first.
    """
    sums = _sums(now)
    current = round(variation_of_sums(sums.count, sums.total, sums.squares), DIGITS)
    for source in sorted(now, key=lambda node: (-round(now[node], 9), node)):
        units = [unit for unit in _movable(scales.problem, placement, source) if len(unit) <= most_moves]
        better = [
            c for unit in units for c in _candidates(scales.problem, placement, unit, now, sums) if c < (current,)
        ]
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


def _sums(now: dict[str, float]) -> Sums:
    return Sums(len(now), sum(now.values()), sum(load * load for load in now.values()))


def _candidates(
    problem: Problem, placement: Placement, unit: Unit, now: dict[str, float], sums: Sums
) -> Iterator[Candidate]:
    """To less loaded nodes on which every should-rule is kept at least as well, whether or not they may take it."""
    source, memory = placement.node_of[unit[0]], memory_to_send(placement, unit, "")
    here = now[source]
    lower = frozenset(node for node, load in now.items() if load < here)
    targets = problem.should_rules.kind(placement, unit, lower)
    left = load_without(problem, placement, unit, source)
    for target in targets:
        imbalance = sums.after((here, now[target]), (left, load_with(problem, placement, unit, target)))
        yield Candidate(round(imbalance, DIGITS), memory, unit, target)


def _movable(problem: Problem, placement: Placement, node: str) -> Iterator[Unit]:
    """Those that run, with figures of their own, that this plan has not moved yet; not a bundle that is apart."""
    for unit in units_on(problem, placement, node):
        is_whole = is_unmoved(placement, unit) and not is_split(placement, unit)
        if is_whole and is_active(placement, unit) and is_known(problem, placement, unit):
            yield unit


def _proposal(
    problem: Problem, placement: Placement, moves: tuple[Move, ...], before: dict[str, float], gain: float
) -> Proposal:
    changes = (
        f"{node} {100 * before[node]:.1f} % -> {100 * load_of(problem, placement, node):.1f} %"
        for node in (moves[0].source, moves[0].target)
    )
    return Proposal(
        moves=moves,
        category="improvement",
        reason=f"evens out {problem.method.describes}: {', '.join(changes)}",
        gain=gain,
    )


IMPROVE = Planner(name="improve", describes="evens out the load", propose=improve)
