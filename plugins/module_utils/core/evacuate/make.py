# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Plan an evacuation: targets, waves, who stays, and what room is left."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from ansible_collections.pve.drs.plugins.module_utils.core.budget import Budget, never
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.errors import NoQuorum
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.draft import drafted
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.even import even_out
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.ground import Ground, Moves
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.leftovers import can_be_shut_down, left_behind
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.place import place
from ansible_collections.pve.drs.plugins.module_utils.core.evacuate.waves import (
    MOST_OFFLINE,
    Departures,
    Waves,
    waves,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster, Precondition
from ansible_collections.pve.drs.plugins.module_utils.core.model.evacuation import (
    EXPLICIT,
    RELAX,
    SHUT_DOWN,
    SHUTDOWN,
    SHUTDOWN_FIRST,
    SKIP,
    Evacuating,
    EvacuationPlan,
    Left,
)
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import MANDATORY, Proposal, Step
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.plan import Make
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.plugins.module_utils.core.soft import complaint, cost_of

NOBODY: frozenset[int] = frozenset()
LEFT_TO_HA = "the HA manager moves it when its node is in maintenance (ha_mode is manager)"


@dataclass(frozen=True, slots=True)
class Found:
    """What the search came to: the ground, waves in order, who stays, and who is shut down and stays so."""

    ground: Ground
    waves: Waves
    left: tuple[Left, ...]
    down: frozenset[int] = NOBODY


def evacuating_policy(policy: Policy, wanted: Evacuating) -> Policy:
    """The same limits and rules for emptying nodes; templates go along, and containers as is wanted."""
    return replace(
        policy,
        evacuated_nodes=policy.evacuated_nodes | wanted.nodes,
        moves_templates=True,
        restart_containers=wanted.containers != SKIP,
        limits=replace(policy.limits, max_parallel_offline=MOST_OFFLINE),
    )


def evacuation(wanted: Evacuating) -> Make:
    """Plans by policies that `evacuating_policy` made; the same cluster always gives the same plan."""

    def make(cluster: Cluster, policy: Policy, is_time_up: Callable[[], bool] = never) -> EvacuationPlan:
        """Raises NoQuorum, NoMeasurement and BadPolicy."""
        if not cluster.is_quorate:
            raise NoQuorum(f"cluster {cluster.name} has no quorum: PVE refuses every migration; restore quorum first")
        found = _found(cluster, policy, wanted, NOBODY, is_time_up)
        if wanted.on_blocked != SHUTDOWN:
            return _plan(cluster, found, wanted)
        down = frozenset(left.vmid for left in found.left if _runs(cluster, left.vmid) and can_be_shut_down(left))
        found = _found(cluster, policy, wanted, down, is_time_up) if down else found
        left = tuple(replace(one, kind=SHUT_DOWN) if one.vmid in down else one for one in found.left)
        return _plan(cluster, replace(found, left=left, down=down), wanted)

    return make


def _runs(cluster: Cluster, vmid: int) -> bool:
    return cluster.guest_by_vmid[vmid].is_active


def _found(
    cluster: Cluster, policy: Policy, wanted: Evacuating, down: Collection[int], is_time_up: Callable[[], bool]
) -> Found:
    """With guests taken for shut down that will be."""
    problem = make_problem(_imagined(cluster, wanted, down), policy)
    problem = replace(problem, budget=Budget(is_time_up))
    placement = problem.placement()
    placement.purpose = MANDATORY
    ground = Ground(problem, placement, wanted.nodes, keeps_wishes=wanted.on_rule_block != RELAX)
    staying = place(ground)
    even_out(ground)
    found = waves(problem, wanted.ha_workers, _departures(ground))
    return Found(ground, found, left=left_behind(ground, wanted, sorted(staying)))


def _imagined(cluster: Cluster, wanted: Evacuating, down: Collection[int]) -> Cluster:
    guests = (
        tuple(replace(g, status="stopped") if g.vmid in down else g for g in cluster.guests) if down else cluster.guests
    )
    cluster = replace(cluster, guests=guests) if down else cluster
    if wanted.ha_mode == EXPLICIT:
        return cluster
    left = (guest.vmid for guest in cluster.guests if guest.is_ha and guest.node in wanted.nodes)
    return cluster.with_preconditions({vmid: Precondition(anywhere=LEFT_TO_HA) for vmid in left})


def _departures(ground: Ground) -> Departures:
    names = ground.placement.cluster.guest_by_vmid
    crowded = [unit for unit in ground.chosen if unit in ground.crowded_out]
    room = [_proposal(moves, f"makes room for {names[unit[0]].label}") for unit, moves in ground.room]
    return Departures(
        proposals=[_proposal(moves, _leaving(ground, moves)) for u, moves in ground.chosen.items() if u not in crowded],
        room=room,
        crowded_out=[_proposal(ground.chosen[unit], _leaving(ground, ground.chosen[unit])) for unit in crowded],
    )


def _leaving(ground: Ground, moves: Moves) -> str:
    sources = sorted({move.source for move in moves} & ground.nodes)
    return f"{', '.join(sources)} is to be empty"


def _proposal(moves: Moves, reason: str) -> Proposal:
    return Proposal(moves=moves, category=MANDATORY, reason=reason)


def _plan(cluster: Cluster, found: Found, wanted: Evacuating) -> EvacuationPlan:
    draft = drafted(found.ground.problem, found.waves, found.left)
    restarted = _restarted(draft.steps) if wanted.containers == SHUTDOWN_FIRST else NOBODY
    return replace(
        draft,
        fingerprint=cluster.fingerprint,
        steps=tuple(_shut_down_before(step, restarted) for step in draft.steps),
        notices=(*draft.notices, *_notices(found.ground.problem, found)),
        shut_down=tuple(sorted(found.down | restarted)),
        starts=tuple(sorted(restarted)),
    )


def _restarted(steps: tuple[Step, ...]) -> frozenset[int]:
    """Containers that run and move."""
    return frozenset(planned.move.vmid for step in steps for planned in step.moves if planned.mode == "restart")


def _shut_down_before(step: Step, vmids: Collection[int]) -> Step:
    """Their moves find these guests off."""
    return Step(tuple(replace(p, mode="offline") if p.move.vmid in vmids else p for p in step.moves))


def _notices(problem: Problem, found: Found) -> Iterator[str]:
    if problem.budget.cut_short:
        yield f"the search for targets ended early, and there may be better ones: {problem.budget.cut_short}"
    start, end = problem.placement(), found.ground.placement
    for wish in problem.should_rules.ordered:
        if cost_of(end, wish) > cost_of(start, wish):
            yield f"is kept less afterwards: {complaint(end, wish)}"
    if not found.waves:
        yield "no guest has to be moved" if not found.left else "no guest that is left can be moved"
