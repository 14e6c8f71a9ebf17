# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Carry a plan out, step by step, and account for every guest of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from ansible_collections.pve.drs.plugins.module_utils.core.errors import DrsError
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Plan
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import RUNNING, SKIPPED, Outcome
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.audience import Audience
from ansible_collections.pve.drs.plugins.module_utils.pve.clock import Clock
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import internal_error
from ansible_collections.pve.drs.plugins.module_utils.pve.follow import Surroundings
from ansible_collections.pve.drs.plugins.module_utils.pve.options import REPLAN, SKIP, ExecuteOptions
from ansible_collections.pve.drs.plugins.module_utils.pve.permissions import require_migrate
from ansible_collections.pve.drs.plugins.module_utils.pve.run import Run, guarded, seen_at_last
from ansible_collections.pve.drs.plugins.module_utils.pve.step import run_step
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.plugins.module_utils.pve.verify import LastLook, reconsider
from ansible_collections.pve.drs.plugins.module_utils.pve.watcher import Watcher

DEFAULTS = ExecuteOptions()
MOST_PLANS = 3


def execute(  # noqa: PLR0913 - who watches, and who plans again, is no part of what surrounds a run
    plan: Plan,
    api: Api,
    clock: Clock,
    stop: Stop,
    options: ExecuteOptions = DEFAULTS,
    *,
    watchers: Sequence[Watcher] = (),
    replan: Callable[[], Plan] | None = None,
) -> Outcome:
    """Each step begins with a fresh look at the cluster; a move that is no longer right is skipped.

    What becomes of the others then is for `options.on_drift` to say; where nobody can plan again the run stops.
    Watchers are told of what happens as it happens; one that raises is left out from then on, with a warning.

    Raises PermissionMissing and ApiError before anything was started. From then on nothing is
    raised: the outcome says what became of each move, and where its guest was last seen.
    """
    if plan.moves:
        vmids = list(dict.fromkeys(planned.move.vmid for planned in plan.moves))
        require_migrate(api.permissions(), vmids, api.client.connection.who)
    run = Run(plan, Surroundings(api, clock, stop, options), Audience(watchers, clock))
    run.audience.tell(lambda watcher, now: watcher.begins(plan, now))
    _carry_out(run)
    while replan and _may_plan_again(run) and _plans_again(run, replan):
        _carry_out(run)
    outcome = _outcome(run, seen_at_last(run) if plan.moves else None)
    run.audience.tell(lambda watcher, now: watcher.finishes(outcome, now))
    return replace(outcome, warnings=(*run.warnings, *run.audience.warnings))


def _carry_out(run: Run) -> None:
    """The steps of the present plan, or only those before the cluster turned out to have changed."""
    for step in run.plan.steps:
        if run.drift and run.around.options.on_drift != SKIP:
            run.skip(step.moves, f"not started: the cluster has changed since it was planned ({run.drift})")
            continue
        run.step += 1
        guarded(run, partial(run_step, run, step))
        run.give_account(step)


def _may_plan_again(run: Run) -> bool:
    is_wanted = run.around.options.on_drift == REPLAN and run.drift is not None
    return is_wanted and len(run.later_plans) < MOST_PLANS and not run.halt and not run.why_stopped


def _plans_again(run: Run, replan: Callable[[], Plan]) -> bool:
    """True when there is something new to do; otherwise the warnings say why not."""
    why = f"the cluster has changed since it was planned ({run.drift})"
    try:
        plan = replan()
    except DrsError as error:
        run.warnings.append(f"{why}, and no new plan could be made: {error}")
        return False
    except Exception as error:  # noqa: BLE001 - what was done has to be told all the same
        run.fault = internal_error(error)
        return False
    run.warnings.append(f"{why}; a new plan of {len(plan.moves)} moves has taken the place of what was left")
    if plan.moves:
        run.go_on_with(plan)
    return bool(plan.moves)


def _outcome(run: Run, found: LastLook | None) -> Outcome:
    moves = reconsider([*run.past, *run.known], found)
    is_cut_short = any(move.status in (SKIPPED, RUNNING) for move in moves)
    return Outcome(
        moves=moves,
        interrupted_by=run.fault or (run.around.stop.requested if is_cut_short else None),
        warnings=(*run.warnings, *run.audience.warnings),
        later_plans=tuple(run.later_plans),
    )
