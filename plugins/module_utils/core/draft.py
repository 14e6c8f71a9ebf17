# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Which part of a plan may be planned anew, without a change to what it is for."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.pve.drs.plugins.module_utils.core.collapse import repeated
from ansible_collections.pve.drs.plugins.module_utils.core.improver import Draft, Proposals
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import MANDATORY, Proposal
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.planners.broken import FULL, ONE_MOVE, to_mend
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit, is_split, movable


def draft_of(problem: Problem, proposals: Proposals) -> Draft:
    """What may change: who relieves full nodes, who evens out the load, and where those go that have to move."""
    placement, closed = problem.placement(), set(repeated(problem, proposals))
    units = {proposal: problem.unit_of(proposal.moves[0].vmid) for proposal in proposals}
    kept = tuple(p for p, u in units.items() if u in closed or not _is_open(problem, placement, p, u))
    bound = {units[p]: p for p in proposals if p not in kept and p.category == MANDATORY}
    closed.update(bound, (units[proposal] for proposal in kept))
    evens_out = any(proposal.tells_loads for proposal in proposals)
    return Draft(
        proposals=proposals,
        kept=kept,
        bound=bound,
        units=tuple(unit for unit in _units(problem, placement, everywhere=evens_out) if unit not in closed),
        evens_out=evens_out,
    )


def full_reasons(problem: Problem, placement: Placement, node: str) -> tuple[str, ...]:
    """Which limits of memory or cpu the node is above, if the policy relieves that."""
    return tuple(v.reason for v in to_mend(problem, placement, node) if v.constraint in FULL)


def _is_open(problem: Problem, placement: Placement, proposal: Proposal, unit: Unit) -> bool:
    """Not where it is made for something that only its planner knows, such as how guests are served."""
    source = proposal.moves[0].source
    is_known = proposal.category == MANDATORY or proposal.tells_loads or full_reasons(problem, placement, source)
    return bool(is_known) and _is_free(problem, placement, unit) and not _is_pressed(problem, placement, source)


def _units(problem: Problem, placement: Placement, *, everywhere: bool) -> Iterator[Unit]:
    for node in sorted(placement.node_names):
        may_lose = everywhere or full_reasons(problem, placement, node)
        if may_lose and not _is_pressed(problem, placement, node):
            units = movable(problem, placement, node)
            yield from (unit for unit in units if _is_free(problem, placement, unit))


def _is_pressed(problem: Problem, placement: Placement, node: str) -> bool:
    """Pressure is relieved bit by bit."""
    return any(violation.constraint == ONE_MOVE for violation in problem.violations(placement, node))


def _is_free(problem: Problem, placement: Placement, unit: Unit) -> bool:
    """It is on one node, and nothing is wished of it."""
    return not is_split(placement, unit) and not problem.should_rules.wishes(placement, unit).shares
