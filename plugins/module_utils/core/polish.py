# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Leave out of a plan what it does not need (drs-model 6.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import fsum

from ansible_collections.pve.drs.plugins.module_utils.core.collapse import repeated, units_of
from ansible_collections.pve.drs.plugins.module_utils.core.goals import Goal, GoalOf
from ansible_collections.pve.drs.plugins.module_utils.core.loads import loads
from ansible_collections.pve.drs.plugins.module_utils.core.metrics.variation import variation
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import IMPROVEMENT, Move, Proposal
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.plugins.module_utils.core.schedule import can_be_ordered, moves_of
from ansible_collections.pve.drs.plugins.module_utils.core.units import moved

Proposals = tuple[Proposal, ...]
# What is left of the proposals, and the moves that lead from the one end to the other.
Change = tuple[Proposals, tuple[Move, ...]]
# Pairs of so many moves are looked at, the costliest ones: in a long plan all pairs would take longer than the plan.
PAIRED = 32


def polished(problem: Problem, proposals: Proposals, goals: Sequence[GoalOf] | None) -> Proposals:
    """As good by every goal with fewer moves; nothing is left out where some goal is not known."""
    if goals is None or not proposals:
        return proposals
    polisher = Polisher(problem, proposals, goals)
    while (shorter := polisher.shorter(proposals)) is not None:
        proposals = shorter
    return proposals


class Polisher:
    """Knows what the plan achieves as it was found; what replaces it must achieve that, too."""

    def __init__(self, problem: Problem, proposals: Proposals, goals: Sequence[GoalOf]) -> None:
        self._problem, self._goals = problem, goals
        self._placement = problem.placement()
        self._at_first = self._imbalance()
        self._placement.apply_all(moves_of(proposals))
        self._achieved: list[Goal] = [goal(problem, self._placement) for goal in goals]
        self._is_evener = self._enough()

    def shorter(self, proposals: Proposals) -> Proposals | None:
        """With one move less, or None where each is needed; the costliest are tried first."""
        winding = repeated(self._problem, proposals)
        units = zip(proposals, units_of(self._problem, proposals), strict=True)
        single = sorted((p for p, unit in units if unit not in winding), key=self._cost, reverse=True)
        for rest, undone in (*_without_one(proposals, single), *self._with_one_for_two(proposals, single)):
            if self._is_as_good(undone) and can_be_ordered(self._problem, rest):
                self._placement.apply_all(undone)
                return rest
        return None

    def _cost(self, proposal: Proposal) -> tuple[bool, float, Move]:
        """Improvement before all else, then the most memory."""
        memory = fsum(self._problem.cluster.guest_by_vmid[move.vmid].demand.memory for move in proposal.moves)
        return proposal.category == IMPROVEMENT, memory, proposal.moves[0]

    def _with_one_for_two(self, proposals: Proposals, single: Sequence[Proposal]) -> Iterator[Change]:
        """The guests of the one go where those of the other went, which stay."""
        costliest = [proposal for proposal in single if proposal.category == IMPROVEMENT][:PAIRED]
        for pair in combinations(costliest, 2):
            for kept, left in (pair, pair[::-1]):
                yield from _diverted(proposals, kept, left)

    def _is_as_good(self, changes: Sequence[Move]) -> bool:
        if not self._problem.budget.allows(len(self._problem.cluster.nodes)):
            return False
        if self._is_needed_at_its_source(changes):
            return False
        with moved(self._placement, changes):
            pairs = zip(self._goals, self._achieved, strict=True)
            is_kept = all(_is_no_worse(goal(self._problem, self._placement), achieved) for goal, achieved in pairs)
            return is_kept and self._enough() >= self._is_evener

    def _is_needed_at_its_source(self, changes: Sequence[Move]) -> bool:
        """Quick to tell of guests that left a node in maintenance, and the like: there more is broken with them back."""
        nodes = {move.target for move in changes}
        before = self._broken(nodes)
        with moved(self._placement, changes):
            return self._broken(nodes) > before

    def _broken(self, nodes: set[str]) -> float:
        return round(fsum(v.excess for node in nodes for v in self._problem.violations(self._placement, node)), 9)

    def _imbalance(self) -> float:
        return round(variation(tuple(loads(self._problem, self._placement).values())), 6)

    def _enough(self) -> tuple[bool, bool]:
        """Whether it is more even than at first, and by as much as the policy asks for."""
        now, least = self._imbalance(), self._problem.policy.least_improvement
        return now < self._at_first, self._at_first - now >= least * self._at_first


def _without_one(proposals: Proposals, single: Sequence[Proposal]) -> Iterator[Change]:
    """The rest, and what takes the one back."""
    for left in single:
        yield tuple(p for p in proposals if p is not left), _back(left)


def _diverted(proposals: Proposals, kept: Proposal, left: Proposal) -> Iterator[Change]:
    target = left.moves[0].target
    moves = tuple(Move(move.vmid, move.source, target) for move in kept.moves if move.source != target)
    if target == kept.moves[0].target or len(moves) != len(kept.moves):
        return
    other = Proposal(moves=moves, category=kept.category, reason=kept.reason, tells_loads=kept.tells_loads)
    onward = tuple(Move(move.vmid, move.target, target) for move in kept.moves)
    yield tuple(other if p is kept else p for p in proposals if p is not left), (*_back(left), *onward)


def _back(proposal: Proposal) -> tuple[Move, ...]:
    return tuple(Move(move.vmid, move.target, move.source) for move in reversed(proposal.moves))


def _is_no_worse(goal: Goal, achieved: Goal) -> bool:
    return all(now <= before for now, before in zip(goal, achieved, strict=True))
