# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Why guests stay where they are."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.loads import load_of, loads
from ansible_collections.pve.drs.plugins.module_utils.core.metrics.variation import variation
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Answer, Assessment, Move, Refusal
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem


def refusals(problem: Problem, before: Assessment, end: Placement) -> tuple[Refusal, ...]:
    """For the guests of troubled nodes that no node may take, as the plan leaves the cluster: why."""
    nodes = sorted(troubled(before))
    guests = (vmid for node in nodes for vmid in sorted(end.guests_on(node)))
    return tuple(found for vmid in guests if end.guest(vmid).is_active for found in _refusals_of(problem, end, vmid))


def answers(problem: Problem, start: Placement) -> tuple[Answer, ...]:
    """For each guest that the policy asks to explain: every other node, with the first reason against it."""
    unknown = [vmid for vmid in problem.policy.explain if vmid not in start.node_of]
    if unknown:
        raise BadPolicy(
            f"explain: no guest {', '.join(map(str, unknown))} is visible in cluster {problem.cluster.name}"
        )
    return tuple(
        _answer(problem, start, Move(vmid, start.node_of[vmid], target))
        for vmid in problem.policy.explain
        for target in sorted(start.other_nodes(vmid))
    )


def troubled(before: Assessment) -> set[str]:
    """Nodes with a violation, and the most loaded one when the load is uneven."""
    nodes = {violation.node for violation in before.violations}
    broken = {violation.constraint for violation in before.violations}
    if any(trigger.name not in broken for trigger in before.triggers):
        nodes.add(min(before.loads, key=lambda load: (-load.load, load.node)).node)
    return nodes


def _refusals_of(problem: Problem, end: Placement, vmid: int) -> Iterator[Refusal]:
    """One line when the same reason holds for every node, else one for each node."""
    if problem.targets(end, vmid):
        return
    source = end.node_of[vmid]
    found = [problem.refusal(end, Move(vmid, source, target)) for target in sorted(end.other_nodes(vmid))]
    reasons = [refusal for refusal in found if refusal]
    if len({(refusal.constraint, refusal.reason) for refusal in reasons}) == 1:
        first = reasons[0]
        yield Refusal(vmid=vmid, target=None, constraint=first.constraint, reason=first.reason)
    else:
        yield from reasons


def _answer(problem: Problem, start: Placement, move: Move) -> Answer:
    refusal = problem.refusal(start, move)
    return Answer(
        vmid=move.vmid,
        target=move.target,
        constraint=refusal.constraint if refusal else None,
        reason=refusal.reason if refusal else None,
        gain=0.0 if refusal else _gain(problem, start, move),
    )


def _gain(problem: Problem, start: Placement, move: Move) -> float:
    """How much of the imbalance (0..1) the move alone would take away; negative when it adds to it."""
    now, guest = loads(problem, start), start.guest(move.vmid)
    if not guest.is_active or move.target not in now:
        return 0.0
    after = dict(now)
    if move.source in now:
        after[move.source] = load_of(problem, start, move.source, leaving=guest)
    after[move.target] = load_of(problem, start, move.target, arriving=guest)
    return variation(tuple(now.values())) - variation(tuple(after.values()))
