# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What planners want to be small: a plan is as good as another one when each of its goals is (drs-model 6.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import fsum

from ansible_collections.pve.drs.plugins.module_utils.core.loads import is_uneven, loads
from ansible_collections.pve.drs.plugins.module_utils.core.metrics.variation import variation
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Proposal
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.plugins.module_utils.core.soft import cost_of
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.balanciness import are_apart

# Imbalances that agree to this many digits are equal (drs-model 6.1).
DIGITS = 4
EXCESS_DIGITS = 9
# What any move takes beside the memory that it sends, so that a few guests are better than many small ones.
MOVE_BYTES = 0.5 * 2.0**30

Goal = tuple[float, ...]
GoalOf = Callable[[Problem, Placement], Goal]


def evenness(problem: Problem, placement: Placement) -> Goal:
    """Whether something still triggers, and how uneven the loads are in that case."""
    now = loads(problem, placement)
    is_restless = bool(problem.triggers) and is_restless_at(problem, placement, now)
    return (1.0, round(variation(tuple(now.values())), DIGITS)) if is_restless else (0.0, 0.0)


def is_restless_at(problem: Problem, placement: Placement, now: dict[str, float]) -> bool:
    """Further apart than the policy wants, or a trigger says so."""
    return are_apart(now, problem.policy) or is_uneven(problem, placement, now)


def wishes_kept(problem: Problem, placement: Placement) -> Goal:
    """What each should-rule costs."""
    return tuple(cost_of(placement, preference) for preference in problem.should_rules.ordered)


def mended(problem: Problem, placement: Placement) -> Goal:
    """What is broken, by constraint."""
    found: dict[str, float] = {constraint.name: 0.0 for constraint in problem.constraints}
    for node in problem.cluster.nodes:
        for violation in problem.violations(placement, node.name):
            found[violation.constraint] += violation.excess
    return tuple(round(excess, EXCESS_DIGITS) for excess in found.values())


def effort(problem: Problem, proposals: Iterable[Proposal]) -> float:
    """What moves take, in bytes: of plans that achieve the same, the one with less of it is better."""
    guests = problem.cluster.guest_by_vmid
    return fsum(guests[move.vmid].demand.memory + MOVE_BYTES for proposal in proposals for move in proposal.moves)
