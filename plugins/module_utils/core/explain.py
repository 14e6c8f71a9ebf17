# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Why guests stay where they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ansible_collections.pve.drs.plugins.module_utils.core.errors import BadPolicy
from ansible_collections.pve.drs.plugins.module_utils.core.loads import loads
from ansible_collections.pve.drs.plugins.module_utils.core.metrics.variation import variation
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import (
    IMPROVEMENT,
    MANDATORY,
    Answer,
    Assessment,
    Move,
    Refusal,
)
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.planners.broken import about, category_of
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem, moves_to
from ansible_collections.pve.drs.plugins.module_utils.core.soft import NAME, is_kept
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit, is_active, moved, units_on

# So many nodes are asked one by one before all are asked at once.
LIKELY = 3
# Guests that have to stay, by node: of so many troubled nodes together this many are told of, but some of each.
STAYING, STAYING_OF_EACH = 100, 3


@dataclass(frozen=True, slots=True)
class Obstruction:
    """Why nothing helps; `notices` tell of guests that nobody looked at because enough others have to stay."""

    refusals: tuple[Refusal, ...]
    notices: tuple[str, ...] = ()


def obstruction(problem: Problem, before: Assessment, end: Placement) -> Obstruction:
    """As the plan leaves the cluster: guests that no node may take, and should-rules not kept."""
    found, skipped = _staying(problem, before, end)
    broken = [preference for preference in problem.should_rules.ordered if not is_kept(end, preference)]
    units = sorted({problem.unit_of(vmid) for preference in broken for vmid in preference.vmids})
    wished = [refusal for unit in units for refusal in _not_better(problem, end, unit)]
    notices = (
        f"{node}: why {count} more guests or bundles stay there was not looked into" for node, count in skipped.items()
    )
    return Obstruction(tuple(dict.fromkeys((*found, *wished))), tuple(notices))


def _staying(problem: Problem, before: Assessment, end: Placement) -> tuple[list[Refusal], Counter[str]]:
    """All that have to move and cannot, and of those that only would help as many as fit; how many were left out, by node."""
    most = max(STAYING_OF_EACH, STAYING // max(1, len(troubled(before))))
    found, told, skipped = list[Refusal](), Counter[str](), Counter[str]()
    for node, unit, purpose in concerned(problem, before, end):
        if purpose != MANDATORY and told[node] >= most:
            skipped[node] += 1
        else:
            reasons = tuple(_stays(problem, end, unit, purpose))
            told[node] += bool(reasons)
            found += reasons
    return found, skipped


def concerned(problem: Problem, before: Assessment, end: Placement) -> Iterator[tuple[str, Unit, str]]:
    """Troubled nodes and their guests, with the purpose of moving them: those that a violation names, else all that run."""
    uneven = _most_loaded(before)
    for node in sorted(troubled(before)):
        general = [v for v in before.violations if v.node == node and not v.vmids]
        named = [v for v in problem.violations(end, node) if v.vmids]
        for unit in units_on(problem, end, node):
            reasons = about(unit, (*(general if is_active(end, unit) else ()), *named))
            if reasons:
                yield node, unit, category_of(reasons)
            elif node == uneven and is_active(end, unit):
                yield node, unit, IMPROVEMENT


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
    uneven = _most_loaded(before)
    return nodes | {uneven} if uneven else nodes


def _most_loaded(before: Assessment) -> str | None:
    """None where the load is no reason to act."""
    others = {violation.constraint for violation in before.violations} | {NAME}
    if all(trigger.name in others for trigger in before.triggers):
        return None
    return min(before.loads, key=lambda load: (-load.load, load.node)).node


def _stays(problem: Problem, end: Placement, unit: Unit, purpose: str) -> Iterator[Refusal]:
    """One line when the same reason holds for every node, else one for each node; none where a node may take it."""
    end.purpose = purpose
    if has_way_out(problem, end, unit):
        return
    reasons = [refusal for node in sorted(end.node_names) if (refusal := _refusal(problem, end, unit, node))]
    if len({(refusal.vmid, refusal.constraint, refusal.reason) for refusal in reasons}) == 1:
        yield replace(reasons[0], target=None)
    else:
        yield from reasons


def has_way_out(problem: Problem, placement: Placement, unit: Unit) -> bool:
    """Some node may take it; the emptiest ones are asked first, as it is most often one of them."""
    ordered = sorted(placement.node_names, key=lambda node: (placement.used(node).memory, node))
    tried = (moves_to(placement, unit, node) for node in ordered[:LIKELY])
    is_likely = any(moves and not problem.joint_refusal(placement, moves) for moves in tried)
    return is_likely or bool(problem.joint_targets(placement, unit))


def _not_better(problem: Problem, end: Placement, unit: Unit) -> Iterator[Refusal]:
    """Why not where should-rules would be kept better."""
    end.purpose, wishes = IMPROVEMENT, problem.should_rules.wishes(end, unit)
    better = (node for node in sorted(wishes.kind(end.node_names)) if wishes.gain(node) > 0.0)
    yield from (refusal for node in better if (refusal := _refusal(problem, end, unit, node)))


def _refusal(problem: Problem, placement: Placement, unit: Unit, node: str) -> Refusal | None:
    """Of guests that move together, with whom."""
    moves = moves_to(placement, unit, node)
    refused = problem.joint_refusal(placement, moves)
    if refused is None or len(moves) == 1:
        return refused
    others = ", ".join(str(vmid) for vmid in unit if vmid != refused.vmid)
    source = problem.rules.bundles[refused.vmid].source
    return replace(refused, reason=f"{refused.reason} (it moves with {others}: {source})")


def _answer(problem: Problem, start: Placement, move: Move) -> Answer:
    unit = problem.unit_of(move.vmid)
    refusal = _refusal(problem, start, unit, move.target)
    return Answer(
        vmid=move.vmid,
        target=move.target,
        constraint=refusal.constraint if refusal else None,
        reason=refusal.reason if refusal else None,
        gain=0.0 if refusal else _gain(problem, start, unit, move.target),
    )


def _gain(problem: Problem, start: Placement, unit: Unit, target: str) -> float:
    """How much of the imbalance (0..1) the move alone would take away; negative when it adds to it."""
    before = loads(problem, start)
    if not is_active(start, unit) or target not in before:
        return 0.0
    with moved(start, moves_to(start, unit, target)):
        after = loads(problem, start)
    return variation(tuple(before.values())) - variation(tuple(after.values()))
