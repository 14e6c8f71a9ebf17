# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Move guests away from nodes where some do not get what they want (drs-model 4.3, 6.1, policy score)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ansible_collections.pve.drs.plugins.module_utils.core.benefit.worth import Scales
from ansible_collections.pve.drs.plugins.module_utils.core.goals import Goal
from ansible_collections.pve.drs.plugins.module_utils.core.hold import may_mend
from ansible_collections.pve.drs.plugins.module_utils.core.loads import entitlement_gaps
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import CONTENTION, IMPROVEMENT, Move, Proposal
from ansible_collections.pve.drs.plugins.module_utils.core.model.score import ClusterScore
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.planners.planner import Planner
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem, moves_to
from ansible_collections.pve.drs.plugins.module_utils.core.score.score import score
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.entitlement import ENTITLEMENT, is_lacking
from ansible_collections.pve.drs.plugins.module_utils.core.triggers.score import SCORE
from ansible_collections.pve.drs.plugins.module_utils.core.units import (
    Unit,
    is_active,
    is_known,
    is_split,
    is_unmoved,
    memory_to_send,
    units_on,
)

DIGITS = 4
# Scoring a move takes a look at all guests of two nodes: the largest guests and the emptiest targets are tried.
REASONS = (SCORE, ENTITLEMENT)
UNITS_TRIED, TARGETS_TRIED = 24, 4


class Candidate(NamedTuple):
    """Best first: most score gained, then least memory to send, then identity."""

    loss: float
    memory: float
    moves: tuple[Move, ...]


def serve(problem: Problem, placement: Placement) -> Sequence[Proposal]:
    """At most `max_moves`, until every guest is served well enough or nothing helps; none on weak figures."""
    if not _asks(problem):
        return ()
    if problem.unsure or problem.cluster.migrations:
        return ()
    placement.purpose = CONTENTION
    found = tuple(_moves(problem, placement))
    placement.purpose = IMPROVEMENT
    return found


def _moves(problem: Problem, placement: Placement) -> Iterator[Proposal]:
    scales, moves_left, stuck = Scales(problem), problem.policy.limits.max_moves, set[str]()
    while moves_left > 0:
        now = score(problem, placement)
        worst = _worst(problem, placement, now, stuck)
        if worst is None:
            return
        best = _best(scales, placement, worst, moves_left)
        if best is None:
            stuck.add(worst)
            continue
        placement.apply_all(best.moves)
        moves_left -= len(best.moves)
        after = score(problem, placement)
        reason = (
            f"guests on {worst} do not get what they want: "
            f"the score of the cluster {100 * now.value:.1f} % -> {100 * after.value:.1f} %"
        )
        yield Proposal(moves=best.moves, category=CONTENTION, reason=reason, gain=after.value - now.value)


def _asks(problem: Problem) -> bool:
    """For either reason, once it has held for long enough."""
    return any(reason in problem.triggers and may_mend(problem, reason.name) for reason in REASONS)


def _worst(problem: Problem, placement: Placement, now: ClusterScore, stuck: set[str]) -> str | None:
    """The node of the guest that is served worst, if that is below what the policy, or its pool, wants."""
    lacking = _lacking(problem, placement)
    least = problem.policy.score_min if SCORE in problem.triggers else 0.0
    badly = (
        (round(found.value, DIGITS), placement.node_of[vmid], vmid)
        for vmid, found in now.guests.items()
        if round(found.value, 9) < least or vmid in lacking
    )
    return min((entry for entry in badly if entry[1] not in stuck), default=(0.0, None, 0))[1]


def _lacking(problem: Problem, placement: Placement) -> frozenset[int]:
    """Guests that get much less than their pools entitle them to."""
    if ENTITLEMENT not in problem.triggers:
        return frozenset()
    return frozenset(vmid for vmid, gap in entitlement_gaps(problem, placement).items() if is_lacking(gap))


def _best(scales: Scales, placement: Placement, source: str, most_moves: int) -> Candidate | None:
    """The most score for the cluster, of moves that are worth it."""
    ratio, best = scales.problem.policy.benefit_ratio, None
    for unit in _largest(scales.problem, placement, source, most_moves):
        for target in _emptiest(scales.problem, placement, unit):
            moves = moves_to(placement, unit, target)
            worth = scales.weigh(placement, moves, evened=0.0)
            found = Candidate(-round(worth.score_gain, DIGITS), memory_to_send(placement, unit, target), moves)
            is_better = found.loss < 0.0 and (best is None or found < best)
            if is_better and not worth.refusal(ratio) and not scales.problem.joint_refusal(placement, moves):
                best = found
    return best


def _largest(problem: Problem, placement: Placement, source: str, most_moves: int) -> list[Unit]:
    """By what they want of cpu; then by memory."""
    units = [
        unit
        for unit in units_on(problem, placement, source)
        if len(unit) <= most_moves and is_unmoved(placement, unit) and not is_split(placement, unit)
    ]
    known = [unit for unit in units if is_active(placement, unit) and is_known(problem, placement, unit)]
    return sorted(known, key=lambda unit: (*(-part for part in _wanted(placement, unit)), unit))[:UNITS_TRIED]


def _wanted(placement: Placement, unit: Unit) -> tuple[float, float]:
    demands = [placement.guest(vmid).demand for vmid in unit]
    return sum(demand.cpu for demand in demands), sum(demand.memory for demand in demands)


def _emptiest(problem: Problem, placement: Placement, unit: Unit) -> list[str]:
    nodes = problem.cluster.node_by_name

    def share(name: str) -> tuple[float, str]:
        capacity = nodes[name].capacity
        return (round(placement.used(name).cpu / capacity.cpu, 9) if capacity else 1.0, name)

    return sorted(problem.likely_targets(placement, unit), key=share)[:TARGETS_TRIED]


def served(problem: Problem, placement: Placement) -> Goal:
    """How far the cluster is from serving everybody in full; nothing where the policy does not ask."""
    asks = any(reason in problem.triggers for reason in REASONS)
    return (-round(score(problem, placement).value, DIGITS),) if asks else ()


SERVE = Planner(
    name="serve",
    describes="moves guests to where they get what they want",
    propose=serve,
    goal=served,
    is_repeated=False,
)
