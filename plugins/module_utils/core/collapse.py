# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Guests that several rounds moved go straight to where they end, wherever that is allowed (drs-model 6.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import (
    CONTENTION,
    IMPROVEMENT,
    MANDATORY,
    Proposal,
)
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem, moves_to
from ansible_collections.pve.drs.plugins.module_utils.core.schedule import can_be_ordered
from ansible_collections.pve.drs.plugins.module_utils.core.units import Unit

# The reason that weighs most is the one that a move is made for.
CATEGORIES = (MANDATORY, CONTENTION, IMPROVEMENT)


def collapsed(problem: Problem, proposals: tuple[Proposal, ...]) -> tuple[Proposal, ...]:
    """One move instead of several of the same guests, or none where they come back; those that need a way round keep it."""
    for unit in repeated(problem, proposals):
        straight = tuple(_straight(problem, proposals, unit))
        if can_be_ordered(problem, straight):
            proposals = straight
    return proposals


def units_of(problem: Problem, proposals: Sequence[Proposal]) -> list[Unit]:
    """The guests of each proposal, as those that move as one."""
    return [problem.unit_of(proposal.moves[0].vmid) for proposal in proposals]


def repeated(problem: Problem, proposals: Sequence[Proposal]) -> list[Unit]:
    """Guests that more than one proposal moves."""
    units = units_of(problem, proposals)
    return sorted({unit for unit in units if units.count(unit) > 1}) if len(set(units)) < len(units) else []


def _straight(problem: Problem, proposals: Sequence[Proposal], unit: Unit) -> Iterator[Proposal]:
    """With one proposal for the unit, in place of its last one."""
    own = [p for p, moved in zip(proposals, units_of(problem, proposals), strict=True) if moved == unit]
    for proposal in proposals:
        if proposal is own[-1] and (merged := _merged(problem, own, unit)):
            yield merged
        elif all(proposal is not other for other in own):
            yield proposal


def _merged(problem: Problem, own: Sequence[Proposal], unit: Unit) -> Proposal | None:
    moves = moves_to(problem.placement(), unit, own[-1].moves[0].target)
    if not moves:
        return None
    category = min((proposal.category for proposal in own), key=CATEGORIES.index)
    reasons = dict.fromkeys(proposal.reason for proposal in own if proposal.category == category)
    tells_loads = all(proposal.tells_loads for proposal in own)
    return Proposal(moves=moves, category=category, reason="; ".join(reasons), tells_loads=tells_loads)
