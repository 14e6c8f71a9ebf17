# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Decide what to move: a plan from a cluster and a policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from ansible_collections.pve.drs.plugins.module_utils.core.alternatives import alternatives
from ansible_collections.pve.drs.plugins.module_utils.core.assess import assess
from ansible_collections.pve.drs.plugins.module_utils.core.budget import Budget, evaluations_for, never
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.cost import move_cost
from ansible_collections.pve.drs.plugins.module_utils.core.crs.settings import settings_notices
from ansible_collections.pve.drs.plugins.module_utils.core.division import Division, divide, id_of, unknown_approvals
from ansible_collections.pve.drs.plugins.module_utils.core.errors import NoMeasurement, NoQuorum
from ansible_collections.pve.drs.plugins.module_utils.core.explain import answers, obstruction
from ansible_collections.pve.drs.plugins.module_utils.core.ha.coexistence import coexistence_notices
from ansible_collections.pve.drs.plugins.module_utils.core.hold import counted, left, waiting, waiting_reasons
from ansible_collections.pve.drs.plugins.module_utils.core.hours import pause_of
from ansible_collections.pve.drs.plugins.module_utils.core.improved import searched
from ansible_collections.pve.drs.plugins.module_utils.core.improver import Improver
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import (
    Alternatives,
    Assessment,
    Move,
    Plan,
    PlannedMove,
    Proposal,
    Recommendation,
    Step,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.pressure.notices import pressure_notices
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.plugins.module_utils.core.schedule import moves_of, schedule
from ansible_collections.pve.drs.plugins.module_utils.core.search import told_on
from ansible_collections.pve.drs.plugins.module_utils.core.verdict import why_empty

# From a cluster and a policy, until the time is up.
Make: TypeAlias = Callable[[Cluster, Policy, Callable[[], bool]], Plan]


def make_plan(
    cluster: Cluster, policy: Policy, is_time_up: Callable[[], bool] = never, improver: Improver | None = None
) -> Plan:
    """The same cluster and policy always give the same plan, as long as there is time; neither is changed.

    The best plan known when `is_time_up` says so is the one that is returned, with a notice; then an improver may know
    a better one.

    Raises NoQuorum, NoMeasurement (drs-model 2.9) and BadPolicy.
    """
    _require_basis(cluster)
    problem = make_problem(cluster, policy)
    policy = problem.policy
    before = assess(problem, problem.placement())
    holds = counted(policy, waiting_reasons(before), cluster.history.holds, cluster.history.now)
    budget = Budget(is_time_up, evaluations_for(policy.limits.max_moves))
    problem = replace(problem, waiting=waiting(policy, holds), budget=budget)
    proposals, told = searched(problem, improver)
    division = _told(problem, divide(problem, proposals))
    plan = _with_alternatives(problem, _plan(problem, before, division), division)
    stale = tuple(f"approved {given} is not recommended any more" for given in unknown_approvals(problem, proposals))
    only_recommends = plan.recommended and not plan.steps
    return replace(
        plan, holds=holds if only_recommends else left(policy, holds), notices=(*plan.notices, *told, *stale)
    )


def _require_basis(cluster: Cluster) -> None:
    """Raises NoQuorum, and NoMeasurement where nothing can be told of any node; single ones are left out (drs-model 9.2)."""
    if not cluster.is_quorate:
        raise NoQuorum(f"cluster {cluster.name} has no quorum: PVE refuses every migration; restore quorum first")
    online = [node.name for node in cluster.nodes if node.is_online]
    if online and not cluster.measured_nodes:
        raise NoMeasurement(
            f"no node of cluster {cluster.name} reports its cpus and memory ({', '.join(online)}); "
            "does pvestatd run, is Sys.Audit granted there?"
        )


def _told(problem: Problem, division: Division) -> Division:
    """What is recommended is told of as it would be after what is applied."""
    placement = problem.placement()
    applied = told_on(placement, problem, division.applied)
    held = told_on(placement, problem, [proposal for proposal, _why in division.held])
    return Division(applied, tuple(zip(held, (why for _proposal, why in division.held), strict=True)))


def _plan(problem: Problem, before: Assessment, division: Division) -> Plan:
    ordered = schedule(problem, division.applied)
    start, end = problem.placement(), problem.placement()
    for step in ordered:
        for proposal in step:
            end.apply_all(proposal.moves)
    after, blocked = assess(problem, end), obstruction(problem, before, end)
    reached = dict(end.node_of)
    return Plan(
        policy=problem.policy,
        fingerprint=problem.cluster.fingerprint,
        before=before,
        after=after,
        steps=tuple(planned_step(problem, step) for step in ordered),
        refusals=blocked.refusals,
        answers=answers(problem, start),
        notices=(*_notices(problem, after, division), *blocked.notices),
        placement_before=dict(start.node_of),
        placement_after=reached,
        disabled_rules=problem.rules.disabled,
        recommended=tuple(_recommendation(problem, proposal, why) for proposal, why in division.held),
        after_recommended=_assess_with(problem, end, division) if division.held else None,
    )


def _with_alternatives(problem: Problem, plan: Plan, division: Division) -> Plan:
    """In what is left of the time."""
    if not problem.policy.alternatives:
        return plan
    asking = replace(problem, budget=problem.budget.again())
    found, why = tuple(_alternatives(asking, division)), asking.budget.cut_short
    notice = (f"the search for alternatives ended early: {why}",) if why else ()
    return replace(plan, alternatives=found, notices=(*plan.notices, *notice))


def _alternatives(problem: Problem, division: Division) -> Iterator[Alternatives]:
    """To what is applied, then to what is recommended."""
    proposals = (*division.applied, *(proposal for proposal, _why in division.held))
    for proposal, others in zip(proposals, alternatives(problem, proposals), strict=True):
        ranked = tuple(planned_step(problem, (other,)).moves for other in others)
        yield Alternatives(instead_of=planned_step(problem, (proposal,)).moves, ranked=ranked)


def _assess_with(problem: Problem, end: Placement, division: Division) -> Assessment:
    """How the cluster would stand with all that is recommended, too; moves the placement."""
    for proposal, _why in division.held:
        end.apply_all(proposal.moves)
    return assess(problem, end)


def _recommendation(problem: Problem, proposal: Proposal, why: str) -> Recommendation:
    return Recommendation(id=id_of(problem, proposal), moves=planned_step(problem, (proposal,)).moves, why=why)


def planned_step(problem: Problem, proposals: Sequence[Proposal]) -> Step:
    """What runs at the same time, with what each move costs then."""
    busy = Counter(node for move in moves_of(proposals) for node in (move.source, move.target))
    return Step(tuple(_planned(problem, p, move, busy) for p in proposals for move in p.moves))


def _planned(problem: Problem, proposal: Proposal, move: Move, busy: Counter[str]) -> PlannedMove:
    guest, bundle = problem.cluster.guest_by_vmid[move.vmid], problem.rules.bundles.get(move.vmid)
    return PlannedMove(
        move=move,
        guest_name=guest.name,
        guest_type=guest.type,
        memory_bytes=guest.demand.memory if guest.is_active else 0.0,
        mode=mode_of(guest),
        category=proposal.category,
        reason=proposal.reason,
        gain=proposal.gain,
        cost=move_cost(problem.cluster, problem.policy, move, max(busy[move.source], busy[move.target])),
        group=bundle.source if bundle and len(proposal.moves) > 1 else "",
    )


def mode_of(guest: Guest) -> str:
    """How this guest moves (pve-api 6): live, offline, or by a restart."""
    if not guest.is_active:
        return "offline"
    return "restart" if guest.type == "lxc" else "live"


def _notices(problem: Problem, after: Assessment, division: Division) -> Iterator[str]:
    yield from problem.cluster.warnings
    yield from problem.rules.ineffective
    yield from problem.rules.warnings
    yield from coexistence_notices(problem.cluster, problem.policy)
    yield from settings_notices(problem.policy, problem.cluster)
    yield from pressure_notices(problem)
    if problem.budget.cut_short:
        yield f"the search for moves ended early, and there may be better ones: {problem.budget.cut_short}"
    for key, runs in problem.waiting.items():
        yield f"nothing is done about {key} yet: it was so in {runs} of {problem.policy.hold} runs in a row"
    pause = pause_of(problem.policy, problem.cluster)
    if pause:
        yield str(pause)
    if division.held:
        yield f"{len(moves_of([held for held, _why in division.held]))} move(s) are recommended and not carried out"
    elif not division.applied:
        yield why_empty(problem, after)
    if division.applied and after.triggers:
        yield f"still open after these moves: {'; '.join(trigger.reason for trigger in after.triggers)}"
