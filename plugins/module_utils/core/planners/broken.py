# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""What is broken on a node, and single moves that make it less."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import CONTENTION, MANDATORY, Move, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.planners.target import best_target
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem, moves_to
from ansible_collections.pve.drs.plugins.module_utils.core.units import (
    Unit,
    is_active,
    is_unmoved,
    load_without,
    memory_to_send,
    moved,
    units_on,
)

# Saturation is contention (priority 2); everything else that is broken is mandatory (drs-model 6.2).
FULL = ("memory_capacity", "cpu_capacity")
SATURATION = (*FULL, "pressure")
# How a move changes pressure is a rough guess: one at a time for each node, then measure again (drs-model 2.7.3).
ONE_MOVE = "pressure"

Broken = tuple[Violation, ...]


@dataclass(frozen=True, slots=True, order=True)
class Repair:
    """Best first: least left broken, or waited for, then should-rules kept best, least memory to send, identity."""

    excess: float
    wait: float
    soft_cost: float
    memory: float
    moves: tuple[Move, ...]
    unit: Unit


def to_mend(problem: Problem, placement: Placement, node: str) -> Broken:
    """What is broken on the node, without what the policy leaves alone, or what has not held for long enough."""
    found = problem.violations(placement, node)
    allowed, waits = problem.policy.categories, problem.waiting
    return tuple(v for v in found if category_of((v,)) in allowed and f"{v.constraint} {v.node}" not in waits)


def is_mandatory(violations: Broken) -> bool:
    """Some of it is no saturation."""
    return any(violation.constraint not in SATURATION for violation in violations)


def is_merely_full(violations: Broken) -> bool:
    """Memory or cpu is above its limit, and nothing else is broken."""
    return bool(violations) and all(violation.constraint in FULL for violation in violations)


def is_pressed(violations: Broken) -> bool:
    """It is in no other trouble."""
    return bool(violations) and all(violation.constraint == ONE_MOVE for violation in violations)


def excess_of(violations: Broken, constraint: str | None = None) -> float:
    """How badly, by one constraint or all."""
    return round(sum(v.excess for v in violations if constraint in (None, v.constraint)), 9)


def excess_after(problem: Problem, placement: Placement, moves: Sequence[Move], node: str) -> float:
    with moved(placement, moves):
        return excess_of(to_mend(problem, placement, node))


def candidates(problem: Problem, placement: Placement, broken: Broken) -> Iterator[Unit]:
    """Units that this plan has not moved yet: those that a violation names, else all that run."""
    named = {vmid for violation in broken for vmid in violation.vmids}
    are_all_named = all(violation.vmids for violation in broken)
    for unit in units_on(problem, placement, broken[0].node):
        is_named = not named.isdisjoint(unit)
        is_wanted = is_named or (not are_all_named and is_active(placement, unit))
        if is_wanted and is_unmoved(placement, unit):
            yield unit


def repair_by(problem: Problem, placement: Placement, unit: Unit, broken: Broken) -> Repair | None:
    """What it brings to move this unit to its best target, or None where it may go nowhere."""
    placement.purpose = category_of(about(unit, broken))
    node, target = broken[0].node, best_target(problem, placement, unit)
    if target is None:
        return None
    moves = moves_to(placement, unit, target)
    only_one = broken[0].constraint == ONE_MOVE
    return Repair(
        excess=excess_after(problem, placement, moves, node),
        wait=round(load_without(problem, placement, unit, node), 9) if only_one else 0.0,
        soft_cost=-problem.should_rules.wishes(placement, unit).gain(target),
        memory=memory_to_send(placement, unit, target),
        moves=moves,
        unit=unit,
    )


def about(vmids: Iterable[int], violations: Iterable[Violation]) -> Broken:
    """Those that name one of these guests, or none at all."""
    return tuple(v for v in violations if not v.vmids or not set(vmids).isdisjoint(v.vmids))


def category_of(violations: Broken) -> str:
    """Of moves that make them less (drs-model 6.2)."""
    return MANDATORY if is_mandatory(violations) else CONTENTION
