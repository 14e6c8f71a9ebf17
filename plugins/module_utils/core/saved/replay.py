# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""A plan of the moves that somebody chose before, each judged anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ansible_collections.pve.drs.plugins.module_utils.core.assess import assess
from ansible_collections.pve.drs.plugins.module_utils.core.catalog import make_problem
from ansible_collections.pve.drs.plugins.module_utils.core.cost import move_cost
from ansible_collections.pve.drs.plugins.module_utils.core.errors import NoQuorum
from ansible_collections.pve.drs.plugins.module_utils.core.explain import answers
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Cluster
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Plan, PlannedMove, Refusal, Step
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Policy
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.plugins.module_utils.core.saved.model import SavedMove, SavedStep


def replay(cluster: Cluster, policy: Policy, steps: Sequence[SavedStep], notices: Sequence[str] = ()) -> Plan:
    """The same moves in the same steps. `refusals` are moves of it that are not allowed any more, and why.

    Raises NoQuorum, NoMeasurement and BadPolicy.
    """
    if not cluster.is_quorate:
        raise NoQuorum(f"cluster {cluster.name} has no quorum: PVE refuses every migration; restore quorum first")
    problem = make_problem(cluster, policy)
    start, end = problem.placement(), problem.placement()
    planned = tuple(_step(problem, step) for step in steps)
    refusals = tuple(refusal for step in planned for refusal in _judged(problem, end, step))
    return Plan(
        policy=policy,
        fingerprint=cluster.fingerprint,
        before=assess(problem, start),
        after=assess(problem, end),
        steps=planned,
        refusals=refusals,
        answers=answers(problem, start),
        notices=(*problem.cluster.warnings, *problem.rules.warnings, *notices),
        placement_before=dict(start.node_of),
        placement_after=dict(end.node_of),
        disabled_rules=problem.rules.disabled,
        cluster=cluster,
    )


def _judged(problem: Problem, placement: Placement, step: Step) -> Iterator[Refusal]:
    """While the step runs, both ends hold every guest of it; moves that are refused do not start."""
    started: list[Move] = []
    for together in step.groups:
        moves = [planned.move for planned in together]
        placement.purpose = together[0].category
        if refused := _stranded(placement, moves) or problem.joint_refusal(placement, moves):
            yield refused
            continue
        for move in moves:
            placement.start(move)
        started += moves
    for move in started:
        placement.finish(move)


def _stranded(placement: Placement, moves: Sequence[Move]) -> Refusal | None:
    """A guest that goes on only after a move that was refused."""
    for move in moves:
        if placement.node_of[move.vmid] != move.source:
            reason = f"it would not be on {move.source} by then"
            return Refusal(vmid=move.vmid, target=move.target, constraint="plan", reason=reason)
    return None


def _step(problem: Problem, step: SavedStep) -> Step:
    busy = Counter(node for saved in step for node in (saved.move.source, saved.move.target))
    return Step(tuple(_planned(problem, saved, busy) for saved in step))


def _planned(problem: Problem, saved: SavedMove, busy: Counter[str]) -> PlannedMove:
    guest, move = problem.cluster.guest_by_vmid[saved.move.vmid], saved.move
    return PlannedMove(
        move=move,
        guest_name=guest.name,
        guest_type=guest.type,
        memory_bytes=guest.demand.memory if guest.is_active else 0.0,
        mode=saved.mode,
        category=saved.category,
        reason=saved.reason,
        gain=saved.gain,
        cost=move_cost(problem.cluster, problem.policy, move, max(busy[move.source], busy[move.target])),
        group=saved.group,
    )
