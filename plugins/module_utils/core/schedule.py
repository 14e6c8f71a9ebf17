# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Moves -> steps whose moves may run at the same time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, PlannedMove, Proposal
from ansible_collections.pve.drs.plugins.module_utils.core.model.policy import Limits
from ansible_collections.pve.drs.plugins.module_utils.core.placement import Placement
from ansible_collections.pve.drs.plugins.module_utils.core.problem import Problem

Steps = tuple[tuple[Proposal, ...], ...]
Group = tuple[PlannedMove, ...]


def schedule(problem: Problem, proposals: Sequence[Proposal]) -> Steps:
    """Steps in order that hold every proposal once.

    While a step runs, both ends hold every guest of it; no departure of the step is credited before
    the step has ended (drs-model 3.9, 6.9). Moves that overtook others may leave no room for them; then
    all go one at a time in the planners' order, in which each was found to be allowed.
    """
    return _together(problem, proposals) or _one_by_one(proposals)


def can_be_ordered(problem: Problem, proposals: Sequence[Proposal]) -> bool:
    """Whether there is an order in which all of them are allowed."""
    if not proposals or _together(problem, proposals):
        return True
    placement = problem.placement()
    for proposal in proposals:
        placement.purpose = proposal.category
        if not _is_at_its_source(placement, proposal) or problem.joint_refusal(placement, proposal.moves):
            return False
        placement.apply_all(proposal.moves)
    return True


def _together(problem: Problem, proposals: Sequence[Proposal]) -> Steps | None:
    """As many moves side by side as fit, or None where some are left over."""
    steps = tuple(_side_by_side(problem, proposals))
    return steps if sum(map(len, steps)) == len(proposals) else None


def _one_by_one(proposals: Sequence[Proposal]) -> Steps:
    return tuple((proposal,) for proposal in proposals)


def _is_at_its_source(placement: Placement, proposal: Proposal) -> bool:
    """The guests are where the moves begin: an earlier move of theirs has ended."""
    return all(
        placement.node_of[move.vmid] == move.source and move.vmid not in placement.arriving for move in proposal.moves
    )


def _side_by_side(problem: Problem, proposals: Sequence[Proposal]) -> Iterator[tuple[Proposal, ...]]:
    """As many moves at once as fit; ends early when nothing that waits fits any more."""
    placement, waiting = problem.placement(), list(proposals)
    while step := _fill(problem, placement, waiting):
        for move in moves_of(step):
            placement.finish(move)
        yield tuple(step)
        waiting = [proposal for proposal in waiting if proposal not in step]


def moves_of(proposals: Sequence[Proposal]) -> tuple[Move, ...]:
    """All moves, in order."""
    return tuple(move for proposal in proposals for move in proposal.moves)


def _fill(problem: Problem, placement: Placement, waiting: Sequence[Proposal]) -> list[Proposal]:
    """The moves, in their order, that fit beside those already in the step."""
    step: list[Proposal] = []
    for proposal in waiting:
        placement.purpose = proposal.category
        is_ready = _is_at_its_source(placement, proposal) and _has_slot(problem.policy.limits, step, proposal)
        if is_ready and not problem.joint_refusal(placement, proposal.moves):
            for move in proposal.moves:
                placement.start(move)
            step.append(proposal)
    return step


def _has_slot(limits: Limits, step: Sequence[Proposal], proposal: Proposal) -> bool:
    """A node that gains in a step does not lose in it as well: sending takes a core that the arrival counted on.

    Guests that have to move together do so, however few moves at once the limits allow; then nothing else moves.
    """
    if not step:
        return True
    beside, moves = moves_of(step), (*moves_of(step), *proposal.moves)
    is_gaining = not {move.source for move in proposal.moves}.isdisjoint(move.target for move in beside)
    return fits(limits, moves) and not is_gaining


def fits(limits: Limits, moves: Sequence[Move]) -> bool:
    """Whether so many may be under way at once, in all and at each node."""
    leaving, coming = Counter(move.source for move in moves), Counter(move.target for move in moves)
    return (
        len(moves) <= limits.max_parallel
        and _most(leaving + coming) <= limits.max_parallel_per_node
        and _most(leaving) <= (limits.max_parallel_per_source or limits.max_parallel)
        and _most(coming) <= (limits.max_parallel_per_target or limits.max_parallel)
    )


def _most(found: Counter[str]) -> int:
    return max(found.values())


def _fit(limits: Limits, moves: Sequence[PlannedMove]) -> bool:
    counted = [planned.move for planned in moves if planned.mode != "offline" or limits.max_parallel_offline is None]
    is_enough = len(moves) - len(counted) <= (limits.max_parallel_offline or 0)
    return is_enough and (not counted or fits(limits, counted))


def within_limits(limits: Limits, groups: Iterable[Group]) -> Iterator[tuple[Group, ...]]:
    """Groups of moves one batch after the other, each as large as the limits allow, in order; a group stays whole."""
    batch: tuple[Group, ...] = ()
    for group in groups:
        if batch and not _fit(limits, [planned for together in (*batch, group) for planned in together]):
            yield batch
            batch = ()
        batch = (*batch, group)
    if batch:
        yield batch
