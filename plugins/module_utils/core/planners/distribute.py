# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Even out the number of guests, where that serves nobody worse (drs-model 6.10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ansible_collections.pve.drs.plugins.module_utils.core.benefit.worth import LEAST_SCORE_GAIN, Scales
from ansible_collections.pve.drs.plugins.module_utils.core.distribution import counts, most_guests, surplus
from ansible_collections.pve.drs.plugins.module_utils.core.goals import Goal
from ansible_collections.pve.drs.plugins.module_utils.core.hold import may_improve
from ansible_collections.pve.drs.plugins.module_utils.core.loads import available_nodes, loads
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import IMPROVEMENT, Proposal
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.planners.planner import Planner
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem, moves_to
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.balanciness import are_apart
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.distribution import DISTRIBUTION
from ansible_collections.pve.drs.plugins.module_utils.core.units import (
    Unit,
    is_active,
    is_split,
    is_unmoved,
    memory_to_send,
    moved,
    units_on,
)


class Candidate(NamedTuple):
    """Best first: to the node that is shortest of guests, then least memory to send, then identity."""

    missing: int
    memory: float
    unit: Unit
    target: str


def distribute(problem: Problem, placement: Placement) -> Iterator[Proposal]:
    """At most `max_moves`; none on weak figures, or while somebody else's migration is under way."""
    if DISTRIBUTION not in problem.triggers or not may_improve(problem, DISTRIBUTION.name):
        return
    if problem.unsure or problem.cluster.migrations:
        return
    scales, moves_left = Scales(problem), problem.policy.limits.max_moves
    while moves_left > 0 and (best := _best(scales, placement, moves_left)):
        source = placement.node_of[best.unit[0]]
        before = placement.active_guests_on(source)
        moves = moves_to(placement, best.unit, best.target)
        placement.apply_all(moves)
        moves_left -= len(moves)
        after = placement.active_guests_on(source)
        reason = f"{source} runs more guests than its share: {before} -> {after}"
        yield Proposal(moves=moves, category=IMPROVEMENT, reason=reason)


def _best(scales: Scales, placement: Placement, most_moves: int) -> Candidate | None:
    """From the node with the largest surplus that has a move which harms no other goal."""
    found = surplus(placement, available_nodes(scales.problem))
    for source in sorted(found, key=lambda node: (-found[node], node)):
        ranked = sorted(_candidates(scales.problem, placement, source, found[source], most_moves))
        best = next((candidate for candidate in ranked if _is_harmless(scales, placement, candidate)), None)
        if best:
            return best
    return None


def _candidates(
    problem: Problem, placement: Placement, source: str, surplus_there: int, most_moves: int
) -> Iterator[Candidate]:
    nodes = available_nodes(problem)
    most = most_guests(placement, nodes)
    room = {node: most[node] - number for node, number in counts(placement, nodes).items() if number < most[node]}
    for unit in units_on(problem, placement, source):
        size = sum(placement.guest(vmid).is_active for vmid in unit)
        if not 0 < size <= min(surplus_there, most_moves) or not _may_move(placement, unit):
            continue
        likely = problem.should_rules.kind(placement, unit, problem.likely_targets(placement, unit))
        for target in likely & room.keys():
            if room[target] >= size:
                yield Candidate(-room[target], memory_to_send(placement, unit, target), unit, target)


def _may_move(placement: Placement, unit: Unit) -> bool:
    return is_active(placement, unit) and is_unmoved(placement, unit) and not is_split(placement, unit)


def _is_harmless(scales: Scales, placement: Placement, candidate: Candidate) -> bool:
    """Allowed as a whole, nobody is served worse, and the nodes are no further apart than the policy wants them."""
    problem, moves = scales.problem, moves_to(placement, candidate.unit, candidate.target)
    if problem.joint_refusal(placement, moves):
        return False
    were_apart = are_apart(loads(problem, placement), problem.policy)
    with moved(placement, moves):
        if not were_apart and are_apart(loads(problem, placement), problem.policy):
            return False
    return scales.weigh(placement, moves, evened=0.0).score_gain >= LEAST_SCORE_GAIN


def spread(problem: Problem, placement: Placement) -> Goal:
    """How many guests are on nodes that have more than their share; nothing where the policy does not ask."""
    asks = DISTRIBUTION in problem.triggers
    return (float(sum(surplus(placement, available_nodes(problem)).values())),) if asks else ()


DISTRIBUTE = Planner(name="distribute", describes="evens out the number of guests", propose=distribute, goal=spread)
