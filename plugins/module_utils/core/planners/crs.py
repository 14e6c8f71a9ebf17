# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""The one move that Proxmox's own balancer would make, if no limit of ours forbids it (drs-model 6.12)."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.pve.drs.plugins.module_utils.core.benefit.worth import Scales
from ansible_collections.pve.drs.plugins.module_utils.core.crs.imbalance import imbalance
from ansible_collections.pve.drs.plugins.module_utils.core.crs.model import Candidate
from ansible_collections.pve.drs.plugins.module_utils.core.crs.picture import Picture, picture
from ansible_collections.pve.drs.plugins.module_utils.core.crs.rounds import CRS_METHODS, Choice
from ansible_collections.pve.drs.plugins.module_utils.core.hold import may_improve
from ansible_collections.pve.drs.plugins.module_utils.core.loads import is_uneven, loads
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import IMPROVEMENT, Move, Proposal
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.planners.planner import Planner
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem

# So many of the best candidates are tried when limits that Proxmox does not have forbid the first ones.
TRIED = 100


def crs(problem: Problem, placement: Placement) -> Iterator[Proposal]:
    """At most one bundle, of at most `max_moves` guests; none while the HA manager moves anything, or while the imbalance is low enough."""
    seen = _seen(problem)
    if (
        problem.unsure
        or seen.is_in_motion
        or not may_improve(problem)
        or not is_uneven(problem, placement, loads(problem, placement))
    ):
        return
    choice = _choice(problem, placement, seen)
    if choice:
        moves = _moves(problem, choice.candidate)
        placement.apply_all(moves)
        yield Proposal(moves=moves, category=IMPROVEMENT, reason=_reason(choice), gain=choice.before - choice.after)


def _seen(problem: Problem) -> Picture:
    """What Proxmox would see if the cluster had only those nodes whose loads are compared."""
    cluster, policy = problem.cluster, problem.policy
    closed = policy.excluded_nodes | {node.name for node in cluster.nodes if policy.leaves_alone(node.name)}
    return picture(cluster, policy.crs_mode, with_others=policy.crs_scope == "all", without=closed)


def _choice(problem: Problem, placement: Placement, seen: Picture) -> Choice | None:
    """The best candidate that may be moved, if it is better by the margin."""
    policy, scales = problem.policy, Scales(problem)
    before = imbalance(seen.nodes.values(), policy.crs_generation)
    ranked = CRS_METHODS[policy.crs_method](seen.nodes, seen.candidates(), policy.crs_generation, TRIED)
    for candidate, after in ranked:
        choice, moves = Choice(candidate, before, after), _moves(problem, candidate)
        is_better = choice.improvement >= policy.crs_margin and len(moves) <= policy.limits.max_moves
        is_better = is_better and _is_kind(problem, placement, moves)
        if is_better and not problem.joint_refusal(placement, moves) and _is_worth_it(scales, placement, moves, choice):
            return choice
    return None


def _is_kind(problem: Problem, placement: Placement, moves: tuple[Move, ...]) -> bool:
    """Proxmox knows no should-rules; nothing that only evens out breaks one here."""
    vmids, target = [move.vmid for move in moves], frozenset({moves[0].target})
    return problem.should_rules.kind(placement, vmids, target) == target


def _is_worth_it(scales: Scales, placement: Placement, moves: tuple[Move, ...], choice: Choice) -> bool:
    """Proxmox does not ask that; with a benefit_ratio we do."""
    threshold = scales.problem.policy.benefit_ratio
    return not threshold or not scales.weigh(placement, moves, choice.before - choice.after).refusal(threshold)


def _moves(problem: Problem, candidate: Candidate) -> tuple[Move, ...]:
    """All that belong together, also those that do not run (proxmox-crs 4, 7)."""
    vmids = {int(sid.partition(":")[2]) for sid in candidate.members}
    bound = sorted({other for vmid in vmids for other in problem.unit_of(vmid)})
    node_of = {vmid: problem.cluster.guest_by_vmid[vmid].node for vmid in bound}
    return tuple(Move(vmid, node_of[vmid], candidate.target) for vmid in bound if node_of[vmid] != candidate.target)


def _reason(choice: Choice) -> str:
    return f"lowers Proxmox's imbalance from {choice.before:.2f} to {choice.after:.2f}"


CRS = Planner(
    name="crs", describes="the one move that Proxmox's own balancer would make", propose=crs, is_repeated=False
)
