# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Carry a plan out, step by step, and account for every guest of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Plan
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import RUNNING, SKIPPED, Outcome
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.audience import Audience
from ansible_collections.pve.drs.plugins.module_utils.pve.clock import Clock
from ansible_collections.pve.drs.plugins.module_utils.pve.follow import Surroundings
from ansible_collections.pve.drs.plugins.module_utils.pve.options import ExecuteOptions
from ansible_collections.pve.drs.plugins.module_utils.pve.permissions import require_migrate
from ansible_collections.pve.drs.plugins.module_utils.pve.run import Run, seen
from ansible_collections.pve.drs.plugins.module_utils.pve.step import run_step
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.plugins.module_utils.pve.verify import Places, reconsider
from ansible_collections.pve.drs.plugins.module_utils.pve.watcher import Watcher

DEFAULTS = ExecuteOptions()


def execute(  # noqa: PLR0913 - who watches is no part of what surrounds a run
    plan: Plan,
    api: Api,
    clock: Clock,
    stop: Stop,
    options: ExecuteOptions = DEFAULTS,
    *,
    watchers: Sequence[Watcher] = (),
) -> Outcome:
    """Each step begins with a fresh look at the cluster; a move that is no longer right is skipped.

    Watchers are told of what happens as it happens; one that raises is left out from then on, with a warning.

    Raises PermissionMissing and ApiError before anything was started. From then on nothing is
    raised: the outcome says what became of each move, and where its guest was last seen.
    """
    if plan.moves:
        vmids = list(dict.fromkeys(planned.move.vmid for planned in plan.moves))
        require_migrate(api.permissions(), vmids, api.client.connection.who)
    run = Run(plan, Surroundings(api, clock, stop, options), Audience(watchers, clock))
    run.audience.tell(lambda watcher, now: watcher.begins(plan, now))
    for number, step in enumerate(plan.steps, 1):
        run_step(run, number, step)
    outcome = _outcome(run, seen(run) if plan.moves else None)
    run.audience.tell(lambda watcher, now: watcher.finishes(outcome, now))
    return replace(outcome, warnings=tuple(run.audience.warnings))


def _outcome(run: Run, found: Places) -> Outcome:
    moves = reconsider([run.outcomes[planned.move] for planned in run.plan.moves], found)
    is_cut_short = any(move.status in (SKIPPED, RUNNING) for move in moves)
    return Outcome(
        moves=moves,
        interrupted_by=run.fault or (run.around.stop.requested if is_cut_short else None),
        warnings=tuple(run.audience.warnings),
    )
