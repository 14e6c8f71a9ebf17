# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Ask the planners of a policy, round after round, until none of them finds anything more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import PLANNERS
from ansible_collections.pve.drs.plugins.module_utils.core.collapse import collapsed
from ansible_collections.pve.drs.plugins.module_utils.core.goals import GoalOf
from ansible_collections.pve.drs.plugins.module_utils.core.loads import load_of, loads
from ansible_collections.pve.drs.plugins.module_utils.core.metrics.variation import variation
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import (
    CONTENTION,
    IMPROVEMENT,
    Proposal,
    Violation,
)
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.planners.broken import SATURATION
from ansible_collections.pve.drs.plugins.module_utils.core.polish import polished
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.plugins.module_utils.core.schedule import moves_of

# What planners find makes something better every time, so they come to an end; this is far beyond it.
MOST_ROUNDS = 20

Proposals = tuple[Proposal, ...]


def search(problem: Problem) -> Proposals:
    """What is left of all rounds: each guest in as few moves as can be, and no move that nothing needs.

    Whoever plans again from where it ends finds nothing (drs-model 9.1.8), unless there was no more time, or
    `max_moves` were enough.
    """
    goals = goals_of(problem)
    found: Proposals = ()
    for number in range(MOST_ROUNDS):
        new = _round(problem, found, is_first=number == 0)
        shorter = polished(problem, collapsed(problem, (*found, *new)), goals) if new else found
        if shorter == found:
            break
        found = shorter
    return _with_purpose(problem, found)


def goals_of(problem: Problem) -> Sequence[GoalOf] | None:
    """Of all planners, the last ones first: theirs are the cheapest to tell."""
    goals = [PLANNERS[name].goal for name in reversed(problem.policy.planners)]
    return None if None in goals else [goal for goal in goals if goal]


def _round(problem: Problem, found: Proposals, *, is_first: bool) -> Proposals:
    """Every planner starts where the one before it left off."""
    placement, new = placed(problem, found), list[Proposal]()
    placement.begin_round()
    for name in problem.policy.planners:
        planner = PLANNERS[name]
        if is_first or planner.is_repeated:
            new.extend(planner.propose(_with_moves_left(problem, (*found, *new)), placement))
    return tuple(new)


def placed(problem: Problem, proposals: Proposals) -> Placement:
    """The cluster after these moves."""
    placement = problem.placement()
    placement.apply_all(moves_of(proposals))
    return placement


def _with_moves_left(problem: Problem, found: Proposals) -> Problem:
    """`max_moves` is for all improvement, whichever planner proposes it."""
    limits = problem.policy.limits
    done = len(moves_of([proposal for proposal in found if proposal.category == IMPROVEMENT]))
    left = replace(limits, max_moves=max(0, limits.max_moves - done))
    return replace(problem, policy=replace(problem.policy, limits=left)) if done else problem


def told_on(placement: Placement, problem: Problem, proposals: Sequence[Proposal]) -> Proposals:
    """With what each of them does to the loads, now that it is known which ones stay; moves the placement."""
    return tuple(_told(problem, placement, proposal) for proposal in proposals)


def _told(problem: Problem, placement: Placement, proposal: Proposal) -> Proposal:
    before = loads(problem, placement) if proposal.tells_loads else {}
    placement.apply_all(proposal.moves)
    return _with_loads(problem, placement, proposal, before) if before else proposal


def _with_purpose(problem: Problem, proposals: Sequence[Proposal]) -> Proposals:
    placement, found = problem.placement(), list[Proposal]()
    for proposal in proposals:
        found.append(purposeful(problem, placement, proposal))
        placement.apply_all(proposal.moves)
    return tuple(found)


def purposeful(problem: Problem, placement: Placement, proposal: Proposal) -> Proposal:
    """A move that evens out, and leaves a node that is above its limit, is made for that above all."""
    full = _full(problem, placement, proposal) if proposal.tells_loads else ()
    reason = "; ".join([*(violation.reason for violation in full), proposal.reason])
    return replace(proposal, category=CONTENTION, reason=reason) if full else proposal


def _full(problem: Problem, placement: Placement, proposal: Proposal) -> Sequence[Violation]:
    """What is above its limit where the guests come from, if the policy relieves that."""
    if CONTENTION not in problem.policy.categories:
        return ()
    found = problem.violations(placement, proposal.moves[0].source)
    return [v for v in found if v.constraint in SATURATION and f"{v.constraint} {v.node}" not in problem.waiting]


def _with_loads(problem: Problem, placement: Placement, proposal: Proposal, before: dict[str, float]) -> Proposal:
    ends = (proposal.moves[0].source, proposal.moves[0].target)
    changes = (f"{end} {_percent(before[end])} -> {_percent(load_of(problem, placement, end))}" for end in ends)
    gain = variation(tuple(before.values())) - variation(tuple(loads(problem, placement).values()))
    return replace(proposal, reason=f"{proposal.reason}: {', '.join(changes)}", gain=gain)


def _percent(load: float) -> str:
    return f"{100 * load:.1f} %"
