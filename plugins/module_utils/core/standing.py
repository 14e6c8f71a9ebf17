# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What to do with the rest of a plan when some of its moves did not come about (drs-model 6.9, 7.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.catalog import PLANNERS
from ansible_collections.pve.drs.plugins.module_utils.core.goals import DIGITS, Goal, mended
from ansible_collections.pve.drs.plugins.module_utils.core.loads import loads
from ansible_collections.pve.drs.plugins.module_utils.core.metrics.variation import variation
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import MANDATORY, Move
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem, moves_to
from ansible_collections.pve.drs.plugins.module_utils.core.units import moved


@dataclass(frozen=True, slots=True)
class Choice:
    """Where guests go instead, and the imbalance that it takes away (0..1)."""

    target: str
    gain: float


def standing(problem: Problem, placement: Placement) -> tuple[Goal, ...]:
    """What the planners of the policy want to be small, in their order, and at last how uneven the loads are."""
    goals = [goal for name in problem.policy.planners if (goal := PLANNERS[name].goal)]
    return (*(goal(problem, placement) for goal in goals), (round(_unevenness(problem, placement), DIGITS),))


def is_harmful(problem: Problem, rest: Sequence[Move], moves: Iterable[Move]) -> bool:
    """Whether the rest of a plan, of which these moves are a part, leads to something better without them."""
    left_out = frozenset(moves)
    without = [move for move in rest if move not in left_out]
    return standing(problem, _after(problem, without)) < standing(problem, _after(problem, rest))


def next_best(problem: Problem, placement: Placement, moves: Sequence[Move], category: str) -> Choice | None:
    """Where guests whose move failed had better go; to the same node again only where no other one will do.

    None where nothing is allowed, or where it is no better than to stay. Moves that have to be go to another node only
    if that mends something as well: a guest that was on its way home goes nowhere else.
    """
    failed, vmids = moves[0].target, [move.vmid for move in moves]
    placement.purpose = category
    now, uneven = _wanted(problem, placement, category), _unevenness(problem, placement)
    found: list[tuple[bool, tuple[Goal, ...], str, float]] = []
    for node in sorted(_open_to(problem, placement, vmids)):
        with moved(placement, moves_to(placement, vmids, node)):
            then, gain = _wanted(problem, placement, category), uneven - _unevenness(problem, placement)
            rank = standing(problem, placement)
        if then < now or (node == failed and category == MANDATORY):
            found.append((node == failed, rank, node, gain))
    return Choice(min(found)[2], min(found)[3]) if found else None


def _wanted(problem: Problem, placement: Placement, category: str) -> tuple[Goal, ...]:
    """What has to become better for a move of that category."""
    return (mended(problem, placement),) if category == MANDATORY else standing(problem, placement)


def _open_to(problem: Problem, placement: Placement, vmids: Sequence[int]) -> frozenset[str]:
    """Where partners of theirs are already, they go as well."""
    partners = [vmid for vmid in problem.unit_of(vmids[0]) if vmid not in vmids]
    nodes = frozenset(placement.node_of[vmid] for vmid in partners) if partners else placement.node_names
    return problem.joint_targets(placement, vmids) & nodes


def _after(problem: Problem, moves: Iterable[Move]) -> Placement:
    """As far as the guests are where the moves begin; what others have under way has ended."""
    placement = problem.placement()
    placement.land_foreign()
    for move in moves:
        if placement.node_of.get(move.vmid) == move.source:
            placement.apply(move)
    return placement


def _unevenness(problem: Problem, placement: Placement) -> float:
    return variation(tuple(loads(problem, placement).values()))
