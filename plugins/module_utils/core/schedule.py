# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Moves -> steps whose moves may run at the same time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Proposal
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem

Steps = tuple[tuple[Proposal, ...], ...]


def schedule(problem: Problem, proposals: Sequence[Proposal]) -> tuple[Steps, tuple[Proposal, ...]]:
    """Steps in order, and what could not be ordered safely.

    While a step runs, both ends hold every guest of it; no departure of the step is credited before
    the step has ended (drs-model 3.9, 6.9).
    """
    placement, waiting, steps = problem.placement(), list(proposals), []
    while waiting:
        step = _fill(problem, placement, waiting)
        if not step:
            break
        for proposal in step:
            placement.finish(proposal.move)
        steps.append(tuple(step))
        waiting = [proposal for proposal in waiting if proposal not in step]
    return tuple(steps), tuple(waiting)


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
    ends = (proposal.move.source, proposal.move.target)
    return len(step) < limits.max_parallel and all(busy[node] < limits.max_parallel_per_node for node in ends)
