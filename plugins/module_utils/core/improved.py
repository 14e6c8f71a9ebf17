# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Ask for a better plan than the one that was found, and take no worse (drs-model 6.1, 6.15)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from ansible_collections.pve.drs.plugins.module_utils.core.benefit.worth import Scales
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import PLANNERS
from ansible_collections.pve.drs.plugins.module_utils.core.draft import draft_of, full_reasons
from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.goals import GoalOf, effort
from ansible_collections.pve.drs.plugins.module_utils.core.improver import Answer, Draft, Improver, Proposals
from ansible_collections.pve.drs.plugins.module_utils.core.loads import loads
from ansible_collections.pve.drs.plugins.module_utils.core.metrics.variation import variation
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import CONTENTION, IMPROVEMENT, Proposal
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem, moves_to
from ansible_collections.pve.drs.plugins.module_utils.core.schedule import can_be_ordered, moves_of
from ansible_collections.pve.drs.plugins.module_utils.core.search import goals_of, search
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit, moved

# So many answers are looked at.
MOST_ANSWERS = 8
GIB = 2.0**30


def searched(problem: Problem, improver: Improver | None) -> tuple[Proposals, tuple[str, ...]]:
    """What the planners find, improved if there is an improver, and what it told. Raises BadPolicy."""
    if improver is None:
        return search(problem), ()
    goals = _goals(problem)
    return improved(problem, search(problem), improver, goals)


def _goals(problem: Problem) -> Sequence[GoalOf]:
    """Raises BadPolicy where a planner does not tell what it wants."""
    goals = goals_of(problem)
    if goals is None:
        mute = ", ".join(name for name in problem.policy.planners if PLANNERS[name].goal is None)
        raise BadPolicy(
            f"no exact search can improve plans of policy {problem.policy.name}: planner {mute} does not tell when one "
            "plan is better than another; choose a policy without it, or leave exact_seconds at 0"
        )
    return goals


def improved(
    problem: Problem, proposals: Proposals, improver: Improver, goals: Sequence[GoalOf]
) -> tuple[Proposals, tuple[str, ...]]:
    """The plan, or a better one, as one sentence then says; with what the improver told."""
    draft, notes = draft_of(problem, proposals), list[str]()
    for answer in islice(improver(problem, draft), MOST_ANSWERS):
        notes += [answer.note] if answer.note not in ("", *notes) else []
        other = _answered(problem, draft, answer)
        if other and _is_better(problem, proposals, other, goals) and _is_allowed(problem, other):
            return other, (*notes, _difference(problem, proposals, other))
    return proposals, tuple(notes)


def _answered(problem: Problem, draft: Draft, answer: Answer) -> Proposals:
    """The answer as a plan; nothing where it leaves out who has to move, or moves who may not, or nowhere."""
    targets, placement = dict(answer.journeys), problem.placement()
    goes_nowhere = any(placement.node_of.get(unit[0]) == target for unit, target in targets.items())
    if goes_nowhere or not draft.bound.keys() <= targets.keys() <= {*draft.bound, *draft.units}:
        return ()
    found = []
    for proposal in draft.proposals:
        unit = problem.unit_of(proposal.moves[0].vmid)
        if unit in draft.bound:
            found.append(replace(proposal, moves=moves_to(placement, unit, targets.pop(unit))))
        elif proposal in draft.kept:
            found.append(proposal)
    placement.apply_all(moves_of(found))
    return (*found, *_new(problem, placement, targets))


def _new(problem: Problem, placement: Placement, targets: dict[Unit, str]) -> Iterator[Proposal]:
    """Those who leave full nodes first, with that as the reason as long as it holds."""
    homes = {unit: placement.node_of[unit[0]] for unit in targets}
    full = {node for node in set(homes.values()) if full_reasons(problem, placement, node)}
    for unit in sorted(targets, key=lambda unit: (homes[unit] not in full, unit)):
        reasons, moves = full_reasons(problem, placement, homes[unit]), moves_to(placement, unit, targets[unit])
        if reasons:
            yield Proposal(moves=moves, category=CONTENTION, reason="; ".join(reasons))
        else:
            reason = f"evens out {problem.method.describes}"
            yield Proposal(moves=moves, category=IMPROVEMENT, reason=reason, tells_loads=True)
        placement.apply_all(moves)


def _is_better(problem: Problem, proposals: Proposals, other: Proposals, goals: Sequence[GoalOf]) -> bool:
    """As good by every goal, and better by one of them, or else with less effort."""
    before, after = (_worth(problem, found, goals) for found in (proposals, other))
    is_as_good = all(now <= was for now, was in zip(after, before, strict=True))
    return is_as_good and (after < before or effort(problem, other) < effort(problem, proposals))


def _worth(problem: Problem, proposals: Proposals, goals: Sequence[GoalOf]) -> tuple[float, ...]:
    placement = problem.placement()
    placement.apply_all(moves_of(proposals))
    return tuple(value for goal in goals for value in goal(problem, placement))


def _is_allowed(problem: Problem, proposals: Proposals) -> bool:
    """What evens out keeps to the number of moves and is worth it, and there is an order in which all may go."""
    evening = [proposal for proposal in proposals if proposal.category == IMPROVEMENT]
    is_short = len(moves_of(evening)) <= problem.policy.limits.max_moves
    return is_short and (not evening or _is_worth_it(problem, proposals)) and can_be_ordered(problem, proposals)


def _is_worth_it(problem: Problem, proposals: Proposals) -> bool:
    """Each move by what it gives, and all of them by how much they even out (drs-model 6.6)."""
    placement, scales, ratio = problem.placement(), Scales(problem), problem.policy.benefit_ratio
    first = before = _imbalance(problem, placement)
    for proposal in proposals:
        with moved(placement, proposal.moves):
            after = _imbalance(problem, placement)
        is_asked = bool(ratio) and proposal.category == IMPROVEMENT
        if is_asked and scales.weigh(placement, proposal.moves, before - after).refusal(ratio):
            return False
        placement.apply_all(proposal.moves)
        before = after
    return before < first and first - before >= problem.policy.least_improvement * first


def _imbalance(problem: Problem, placement: Placement) -> float:
    return variation(tuple(loads(problem, placement).values()))


def _difference(problem: Problem, proposals: Proposals, other: Proposals) -> str:
    now, was = (_amount(problem, found) for found in (other, proposals))
    return f"the exact search found a better plan: {now} instead of {was}"


def _amount(problem: Problem, proposals: Proposals) -> str:
    moves = moves_of(proposals)
    sent = sum(problem.cluster.guest_by_vmid[move.vmid].demand.memory for move in moves) / GIB
    return f"{len(moves)} move(s) of {sent:.1f} GiB"
