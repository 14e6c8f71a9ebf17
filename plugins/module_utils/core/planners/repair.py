# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Take away what is broken now, with as little memory to send as possible."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ansible_collections.pve.drs.plugins.module_utils.core.constraints.together import join_rank
from ansible_collections.pve.drs.plugins.module_utils.core.goals import mended
from ansible_collections.pve.drs.plugins.module_utils.core.loads import load_of
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import (
    CONTENTION,
    IMPROVEMENT,
    MANDATORY,
    Move,
    Proposal,
    Violation,
)
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.planners.ejection import Chain, Ejection
from ansible_collections.pve.drs.plugins.module_utils.core.planners.planner import Planner
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem, moves_to
from ansible_collections.pve.drs.plugins.module_utils.core.units import (
    Unit,
    is_active,
    is_split,
    is_unmoved,
    load_with,
    load_without,
    memory_to_send,
    moved,
    units_on,
)

# Saturation is contention (priority 2); everything else that is broken is mandatory (drs-model 6.2).
SATURATION = ("memory_capacity", "cpu_capacity", "pressure")
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


def repair(problem: Problem, placement: Placement) -> Iterator[Proposal]:
    """Worst node first; stops when nothing is broken or no allowed move makes it less."""
    found = {node.name: _to_mend(problem, placement, node.name) for node in problem.cluster.nodes}
    stuck = set(_lost_one(problem, placement))
    while broken := _worst(found, stuck):
        best = _best(problem, placement, broken) if problem.budget.has_time() else None
        ways = (best,) if best else _chain(problem, placement, broken)
        if not ways:
            stuck.add(broken[0].node)
            continue
        for node in _apply(placement, ways):
            found[node] = _to_mend(problem, placement, node)
        stuck = {node for node in stuck if not _is_mandatory(found[node])}  # it may have been in their way
        if _is_pressed(broken):
            stuck.add(broken[0].node)
        yield from _proposals(placement, broken, found[broken[0].node], ways)
    placement.purpose = IMPROVEMENT


def _lost_one(problem: Problem, placement: Placement) -> Iterator[str]:
    """Nodes under pressure alone that an earlier round took a guest from."""
    for node in problem.cluster.nodes:
        broken = _to_mend(problem, placement, node.name)
        homes = problem.cluster.guests if broken and _is_pressed(broken) else ()
        if any(guest.node == node.name != placement.node_of[guest.vmid] for guest in homes):
            yield node.name


def _is_pressed(broken: Broken) -> bool:
    """It is in no other trouble."""
    return all(violation.constraint == ONE_MOVE for violation in broken)


def _to_mend(problem: Problem, placement: Placement, node: str) -> Broken:
    """What is broken on the node, without what the policy leaves alone, or what has not held for long enough."""
    found = problem.violations(placement, node)
    allowed, waits = problem.policy.categories, problem.waiting
    return tuple(v for v in found if category_of((v,)) in allowed and f"{v.constraint} {v.node}" not in waits)


def _worst(found: dict[str, Broken], stuck: set[str]) -> Broken:
    """The violations of the node with the most of them, mandatory ones before saturation."""
    ranked = (violations for node, violations in found.items() if violations and node not in stuck)
    return min(ranked, key=_severity, default=())


def _severity(violations: Broken) -> tuple[bool, float, str]:
    return not _is_mandatory(violations), -_excess(violations), violations[0].node


def _is_mandatory(violations: Broken) -> bool:
    return any(violation.constraint not in SATURATION for violation in violations)


def _excess(violations: Broken) -> float:
    return round(sum(violation.excess for violation in violations), 9)


def _best(problem: Problem, placement: Placement, broken: Broken) -> Repair | None:
    """The move after which the least is broken on the node."""
    excess_now, best = _excess(broken), None
    for unit in _candidates(problem, placement, broken):
        found = _repair_by(problem, placement, unit, broken)
        if found and found.excess < excess_now and (best is None or found < best):
            best = found
    return best


def _chain(problem: Problem, placement: Placement, broken: Broken) -> tuple[Repair, ...]:
    """For guests of the node that may go nowhere: others give way first."""
    units = tuple(_candidates(problem, placement, broken))
    for unit in units if problem.budget.allows() and not _is_pressed(broken) else ():
        placement.purpose = category_of(about(unit, broken))
        chains = () if problem.likely_targets(placement, unit) else Ejection(problem, placement).chains(unit)
        if found := next((chain for chain in chains if _helps(problem, placement, chain, broken)), None):
            return tuple(_link(problem, gone) for gone in found)
    return ()


def _helps(problem: Problem, placement: Placement, chain: Chain, broken: Broken) -> bool:
    moves = [move for gone in chain for move in gone]
    return _excess_after(problem, placement, moves, broken[0].node) < _excess(broken)


def _link(problem: Problem, moves: tuple[Move, ...]) -> Repair:
    return Repair(excess=0.0, wait=0.0, soft_cost=0.0, memory=0.0, moves=moves, unit=problem.unit_of(moves[0].vmid))


def _apply(placement: Placement, ways: Sequence[Repair]) -> set[str]:
    """The nodes that they change."""
    moves = [move for way in ways for move in way.moves]
    placement.apply_all(moves)
    return {end for move in moves for end in (move.source, move.target)}


def _proposals(placement: Placement, broken: Broken, left: Broken, ways: Sequence[Repair]) -> Iterator[Proposal]:
    """The last of them mends something, those before it make room."""
    last = _proposal(broken, left, ways[-1])
    for way, other in pairwise(ways):
        names = ", ".join(placement.guest(vmid).label for vmid in other.unit)
        reason = f"makes room on {other.moves[0].target} for {names}"
        yield replace(last, moves=way.moves, reason=reason)
    yield last


def _candidates(problem: Problem, placement: Placement, broken: Broken) -> Iterator[Unit]:
    """Units that this plan has not moved yet: those that a violation names, else all that run."""
    named = {vmid for violation in broken for vmid in violation.vmids}
    are_all_named = all(violation.vmids for violation in broken)
    for unit in units_on(problem, placement, broken[0].node):
        is_named = not named.isdisjoint(unit)
        is_wanted = is_named or (not are_all_named and is_active(placement, unit))
        if is_wanted and is_unmoved(placement, unit):
            yield unit


def _repair_by(problem: Problem, placement: Placement, unit: Unit, broken: Broken) -> Repair | None:
    placement.purpose = category_of(about(unit, broken))
    node, target = broken[0].node, _target(problem, placement, unit)
    if target is None:
        return None
    moves = moves_to(placement, unit, target)
    only_one = broken[0].constraint == ONE_MOVE
    return Repair(
        excess=_excess_after(problem, placement, moves, node),
        wait=round(load_without(problem, placement, unit, node), 9) if only_one else 0.0,
        soft_cost=-problem.should_rules.wishes(placement, unit).gain(target),
        memory=memory_to_send(placement, unit, target),
        moves=moves,
        unit=unit,
    )


def _target(problem: Problem, placement: Placement, unit: Unit) -> str | None:
    """Where a bundle joins; else where should-rules are kept best, and the load is least with the unit on board."""
    likely = problem.likely_targets(placement, unit)
    if len(unit) == 1:
        return _least_loaded(problem, placement, unit, _kindest(problem, placement, unit, likely))
    if is_split(placement, unit):
        bundle = problem.rules.bundles[unit[0]]
        ordered = sorted(likely, key=lambda node: join_rank(placement, bundle, node))
    else:
        ordered = _by_load(problem, placement, unit, likely)
    allowed = (node for node in ordered if not problem.joint_refusal(placement, moves_to(placement, unit, node)))
    return next(allowed, None)


def _kindest(problem: Problem, placement: Placement, unit: Unit, targets: frozenset[str]) -> frozenset[str]:
    """Those of the targets on which the should-rules are kept best."""
    wishes = problem.should_rules.wishes(placement, unit)
    if not wishes.shares or not targets:
        return targets
    gains = {node: wishes.gain(node) for node in targets}
    return frozenset(node for node, gain in gains.items() if gain == max(gains.values()))


def _by_load(problem: Problem, placement: Placement, unit: Unit, targets: frozenset[str]) -> list[str]:
    wishes = problem.should_rules.wishes(placement, unit)
    return sorted(
        targets,
        key=lambda node: (
            -wishes.gain(node),
            round(load_with(problem, placement, unit, node), 9),
            node,
        ),
    )


def _least_loaded(problem: Problem, placement: Placement, unit: Unit, targets: frozenset[str]) -> str | None:
    """No guest makes a node less loaded: one that is worse without it than another one with it need not be asked."""
    best: tuple[float, str] | None = None
    for now in sorted((round(load_of(problem, placement, target), 9), target) for target in targets):
        if best and now > best:
            break
        loaded = (round(load_with(problem, placement, unit, now[1]), 9), now[1])
        best = min(best or loaded, loaded)
    return best[1] if best else None


def _excess_after(problem: Problem, placement: Placement, moves: Sequence[Move], node: str) -> float:
    with moved(placement, moves):
        return _excess(_to_mend(problem, placement, node))


def _proposal(broken: Broken, left: Broken, best: Repair) -> Proposal:
    """What the moves make less is the reason for them."""
    less = {name for name in {v.constraint for v in broken} if _excess(_of(left, name)) < _excess(_of(broken, name))}
    named = about(best.unit, broken)
    return Proposal(
        moves=best.moves,
        category=category_of(named),
        reason="; ".join(violation.reason for violation in named if violation.constraint in less),
    )


def about(vmids: Iterable[int], violations: Iterable[Violation]) -> Broken:
    """Those that name one of these guests, or none at all."""
    return tuple(v for v in violations if not v.vmids or not set(vmids).isdisjoint(v.vmids))


def category_of(violations: Broken) -> str:
    """Of moves that make them less (drs-model 6.2)."""
    return MANDATORY if _is_mandatory(violations) else CONTENTION


def _of(violations: Broken, constraint: str) -> Broken:
    return tuple(violation for violation in violations if violation.constraint == constraint)


REPAIR = Planner(name="repair", describes="removes violations", propose=repair, goal=mended)
