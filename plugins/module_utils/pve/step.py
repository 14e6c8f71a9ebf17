# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""One step of a plan: within the limits, after others have let go, and once more where it failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import MANDATORY, Move, PlannedMove, Step
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import FAILED, SKIPPED
from ansible_collections.pve.drs.plugins.module_utils.core.schedule import within_limits
from ansible_collections.pve.drs.plugins.module_utils.core.standing import Choice
from ansible_collections.pve.drs.plugins.module_utils.pve.batch import Batch, Group, run_batch
from ansible_collections.pve.drs.plugins.module_utils.pve.options import SKIP
from ansible_collections.pve.drs.plugins.module_utils.pve.recheck import Recheck
from ansible_collections.pve.drs.plugins.module_utils.pve.run import Run, look, pause

LOOK_SECONDS = 5.0


def run_step(run: Run, step: Step) -> None:
    """Every move of it has a result afterwards."""
    run.halt = run.halt or run.why_stopped
    if run.halt is None:
        run.audience.tell(lambda watcher, now: watcher.enters(run.step, step, now))
    limits, wait = run.plan.policy.limits, run.around.options.wait_foreign_seconds
    held: list[Group] = []
    for groups in within_limits(limits, step.groups):
        held += run_batch(run, Batch(groups, may_wait=wait > 0))
    waited = _wait_for_others(run, held) if held else 0.0
    for groups in within_limits(limits, held):
        run_batch(run, Batch(groups, waited))
    if run.around.options.retries:
        _try_again(run, step)


def _wait_for_others(run: Run, held: Sequence[Group]) -> float:
    """Until none of the groups is held up any more, or for as long as we may; gives the seconds."""
    clock, began = run.around.clock, run.around.clock.now()
    step = Step(tuple(planned for group in held for planned in group))
    until = began + run.around.options.wait_foreign_seconds
    while clock.now() < until:
        pause(run, min(LOOK_SECONDS, until - clock.now()))
        recheck = look(run, step)
        if recheck is None or not recheck.held_up(held):
            break
    return clock.now() - began


def _try_again(run: Run, step: Step) -> None:
    """On the next-best node (drs-model 7.3)."""
    failed = [group for together in step.groups if (group := _failed(run, together))]
    if not failed or run.halt or run.why_stopped:
        return
    if any(_was_started(run, group) for group in failed):
        pause(run, run.around.options.retry_seconds)
    moves = Step(tuple(planned for group in failed for planned in group))
    recheck = look(run, moves, everywhere=True)
    if recheck is None:
        return
    again = [choice for group in failed if (choice := _elsewhere(run, recheck, group))]
    for groups in within_limits(run.plan.policy.limits, again):
        run_batch(run, Batch(groups, is_second=True))


def _failed(run: Run, together: Group) -> Group:
    """Guests that are where they were, and of which nobody wanted that; those that stayed because of one as well."""
    known = [run.outcomes[planned.move] for planned in together]
    is_wanted = _was_started(run, together) or _has_to_be(run, together)
    if not is_wanted or any(moved.was_cancelled for moved in known):
        return ()
    left = (moved for moved in known if moved.status in (FAILED, SKIPPED))
    return tuple(moved.planned for moved in left if moved.node == moved.planned.move.source)


def _was_started(run: Run, group: Group) -> bool:
    """One of it at least, and failed."""
    return any(run.outcomes[planned.move].status == FAILED for planned in group)


def _has_to_be(run: Run, group: Group) -> bool:
    """Where its target is no longer right, and no new plan or end of the run is wanted then, it goes to another one."""
    return group[0].category == MANDATORY and run.around.options.on_drift == SKIP


def _elsewhere(run: Run, recheck: Recheck, group: Group) -> Group:
    """The same guests to another node; empty where there is none, with the reason in the outcomes of those that failed."""
    choice, was_started = recheck.next_best(group), _was_started(run, group)
    if isinstance(choice, str):
        run.skip(group if was_started else (), choice)
        return ()
    why = "failed" if was_started else "could not be started"
    again = tuple(_again(planned, choice, why) for planned in group)
    for first, second in zip(group, again, strict=True):
        run.origin[second.move] = first.move
        recheck.accept(second)
    return again


def _again(planned: PlannedMove, choice: Choice, why: str) -> PlannedMove:
    move = Move(planned.move.vmid, planned.move.source, choice.target)
    reason = f"in place of {planned.move}, which {why}: {planned.reason}"
    return replace(planned, move=move, gain=choice.gain, reason=reason)
