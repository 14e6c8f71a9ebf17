# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Moves -> steps whose moves may run at the same time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Proposal
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem

Steps = tuple[tuple[Proposal, ...], ...]


def schedule(problem: Problem, proposals: Sequence[Proposal]) -> Steps:
    """Steps in order that hold every proposal once.

    While a step runs, both ends hold every guest of it; no departure of the step is credited before
    the step has ended (drs-model 3.9, 6.9). Moves that overtook others may leave no room for them; then
    all go one at a time in the planners' order, in which each was found to be allowed.
    """
    steps = tuple(_side_by_side(problem, proposals))
    is_complete = sum(map(len, steps)) == len(proposals)
    return steps if is_complete else tuple((proposal,) for proposal in proposals)


def _side_by_side(problem: Problem, proposals: Sequence[Proposal]) -> Iterator[tuple[Proposal, ...]]:
    """As many moves at once as fit; ends early when nothing that waits fits any more."""
    placement, waiting = problem.placement(), list(proposals)
    while step := _fill(problem, placement, waiting):
        for proposal in step:
            placement.finish(proposal.move)
        yield tuple(step)
        waiting = [proposal for proposal in waiting if proposal not in step]


def _fill(problem: Problem, placement: Placement, waiting: Sequence[Proposal]) -> list[Proposal]:
    """The moves, in their order, that fit beside those already in the step."""
    step: list[Proposal] = []
    busy: Counter[str] = Counter()
    for proposal in waiting:
        move = proposal.move
        if _has_slot(problem.policy.limits, step, busy, proposal) and problem.refusal(placement, move) is None:
            placement.start(move)
            busy.update((move.source, move.target))
            step.append(proposal)
    return step


def _has_slot(limits: Limits, step: Sequence[Proposal], busy: Counter[str], proposal: Proposal) -> bool:
    """A node that gains in a step does not lose in it as well: sending takes a core that the arrival counted on."""
    ends = (proposal.move.source, proposal.move.target)
    is_gaining = any(proposal.move.source == beside.move.target for beside in step)
    has_room = len(step) < limits.max_parallel and all(busy[node] < limits.max_parallel_per_node for node in ends)
    return has_room and not is_gaining
