# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Take away what is broken now, with as little memory to send as possible."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.pve.drs.plugins.module_utils.core.loads import load_of
from ansible_collections.pve.drs.plugins.module_utils.core.model.cluster import Guest
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Proposal, Violation
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.planners.planner import Planner
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem

# Saturation is contention (priority 2); everything else that is broken is mandatory (drs-model 6.2).
SATURATION = ("memory_capacity", "cpu_capacity", "pressure")
# How a move changes pressure is a rough guess: one at a time for each node, then measure again (drs-model 2.7.3).
ONE_MOVE = "pressure"


def repair(problem: Problem, placement: Placement) -> Iterator[Proposal]:
    """Worst node first; stops when nothing is broken or no allowed move makes it less."""
    stuck: set[str] = set()
    while broken := _worst(problem, placement, stuck):
        proposal = _best(problem, placement, broken)
        if proposal is None:
            stuck.add(broken[0].node)
            continue
        placement.apply_all(proposal.moves)
        if all(violation.constraint == ONE_MOVE for violation in broken):
            stuck.add(broken[0].node)
        yield proposal


def _worst(problem: Problem, placement: Placement, stuck: set[str]) -> tuple[Violation, ...]:
    """The violations of the node with the most of them, mandatory ones before saturation."""
    found = [problem.violations(placement, node.name) for node in problem.cluster.nodes if node.name not in stuck]
    ranked = sorted((violations for violations in found if violations), key=_severity)
    return ranked[0] if ranked else ()


def _severity(violations: tuple[Violation, ...]) -> tuple[bool, float, str]:
    only_saturated = all(violation.constraint in SATURATION for violation in violations)
    return only_saturated, -round(_excess(violations), 9), violations[0].node


def _excess(violations: tuple[Violation, ...]) -> float:
    return sum(violation.excess for violation in violations)


def _best(problem: Problem, placement: Placement, broken: tuple[Violation, ...]) -> Proposal | None:
    """The move after which the least is broken, or waited for; among equals the guest with the least memory."""
    node, excess_now = broken[0].node, round(_excess(broken), 9)
    best: tuple[tuple[float, float, float, int], Move] | None = None
    for vmid in sorted(placement.guests_on(node)):
        move = _move_of(problem, placement, vmid, node)
        if move is None:
            continue
        rest = _wait_after(problem, placement, move) if broken[0].constraint == ONE_MOVE else 0.0
        rank = (_excess_after(problem, placement, move), rest, placement.guest(vmid).demand.memory, vmid)
        if rank[0] < excess_now and (best is None or rank < best[0]):
            best = (rank, move)
    return _proposal(broken, best[1]) if best else None


def _move_of(problem: Problem, placement: Placement, vmid: int, node: str) -> Move | None:
    """The guest to the node that is least loaded with it on board."""
    guest = placement.guest(vmid)
    if not guest.is_active or guest.node != node or placement.node_of[vmid] != node:
        return None
    target = _least_loaded(problem, placement, guest)
    return Move(vmid, node, target) if target else None


def _least_loaded(problem: Problem, placement: Placement, guest: Guest) -> str | None:
    """No guest makes a node less loaded: one that is worse without it than another one with it need not be asked."""
    targets = problem.targets(placement, guest.vmid)
    best: tuple[float, str] | None = None
    for now in sorted((round(load_of(problem, placement, target), 9), target) for target in targets):
        if best and now > best:
            break
        loaded = (round(load_of(problem, placement, now[1], arriving=guest), 9), now[1])
        best = min(best or loaded, loaded)
    return best[1] if best else None


def _excess_after(problem: Problem, placement: Placement, move: Move) -> float:
    placement.apply(move)
    excess = _excess(problem.violations(placement, move.source))
    placement.undo(move)
    return round(excess, 9)


def _wait_after(problem: Problem, placement: Placement, move: Move) -> float:
    """One move has to do, so that it should help as much as it can."""
    return round(load_of(problem, placement, move.source, leaving=placement.guest(move.vmid)), 9)


def _proposal(broken: tuple[Violation, ...], move: Move) -> Proposal:
    saturated = all(violation.constraint in SATURATION for violation in broken)
    return Proposal(
        moves=(move,),
        category="contention" if saturated else "mandatory",
        reason="; ".join(violation.reason for violation in broken),
    )


REPAIR = Planner(name="repair", describes="removes violations", propose=repair)
