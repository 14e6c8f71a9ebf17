# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors
"""Carry a plan out, step by step, and account for every guest of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from ansible_collections.pve.drs.plugins.module_utils.core.errors import ApiError, DrsError, PermissionMissing
from ansible_collections.pve.drs.plugins.module_utils.core.model.moves import Move, Plan, PlannedMove, Step
from ansible_collections.pve.drs.plugins.module_utils.core.model.outcome import (
    DONE,
    RUNNING,
    SKIPPED,
    MoveOutcome,
    Outcome,
)
from ansible_collections.pve.drs.plugins.module_utils.pve.api import Api
from ansible_collections.pve.drs.plugins.module_utils.pve.audience import Audience
from ansible_collections.pve.drs.plugins.module_utils.pve.clock import Clock
from ansible_collections.pve.drs.plugins.module_utils.pve.errors import AuthenticationFailed, internal_error
from ansible_collections.pve.drs.plugins.module_utils.pve.flight import Ending, Flight
from ansible_collections.pve.drs.plugins.module_utils.pve.follow import Surroundings, follow
from ansible_collections.pve.drs.plugins.module_utils.pve.launch import along, launch, prepared
from ansible_collections.pve.drs.plugins.module_utils.pve.options import ExecuteOptions
from ansible_collections.pve.drs.plugins.module_utils.pve.permissions import require_migrate
from ansible_collections.pve.drs.plugins.module_utils.pve.recheck import Recheck, fresh_recheck
from ansible_collections.pve.drs.plugins.module_utils.pve.stop import Stop
from ansible_collections.pve.drs.plugins.module_utils.pve.verify import (
    Places,
    landed,
    places,
    reconsider,
    refused,
    skipped,
)
from ansible_collections.pve.drs.plugins.module_utils.pve.watcher import Watcher

DEFAULTS = ExecuteOptions()
# So often following begins again after a bug.
TRIES = 3


@dataclass(slots=True)
class Run:
    """State of one execution. `halt` is why nothing more may be started, `fault` the bug that is to blame, if any."""

    plan: Plan
    around: Surroundings
    audience: Audience
    outcomes: dict[Move, MoveOutcome] = field(default_factory=dict)
    halt: str | None = None
    fault: str | None = None

    def note(self, moved: MoveOutcome) -> None:
        """The result of a move, which is told to whoever watches."""
        self.outcomes[moved.planned.move] = moved
        self.audience.tell(lambda watcher, now: watcher.ends(moved, now))


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
        _run_step(run, number, step)
    outcome = _outcome(run, _places(run) if plan.moves else None)
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


def _run_step(run: Run, number: int, step: Step) -> None:
    run.halt = run.halt or _why_stopped(run)
    if run.halt is None:
        run.audience.tell(lambda watcher, now: watcher.enters(number, step, now))
    recheck = None if run.halt else _look(run, step)
    if recheck is None:
        _skip(run, step, run.halt or "")
        return
    flights: list[Flight] = []
    endings: dict[int, Ending] = {}
    _guarded(run, lambda: _start_all(run, step, recheck, flights))
    _follow(run, flights, endings)
    _account(run, step, flights, endings)
    if any(run.outcomes[flight.move].status == DONE for flight in flights):
        _settle(run)


def _guarded(run: Run, work: Callable[[], None]) -> bool:
    """False when a bug ended it. What was started is accounted for, whatever goes wrong."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 - nobody else would follow what runs
        run.fault = run.fault or internal_error(error)
        return False
    return True


def _follow(run: Run, flights: list[Flight], endings: dict[int, Ending]) -> None:
    """To the end, also after a bug; one that comes back again and again leaves flights open."""
    for _unused in range(TRIES):
        if _guarded(run, lambda: _follow_down(run, flights, endings)):
            break
    run.fault = run.fault or next((flight.fault for flight in flights if flight.fault), None)


def _follow_down(run: Run, flights: Sequence[Flight], endings: dict[int, Ending]) -> None:
    for ended in follow(flights, run.around, endings):
        _land(run, ended, endings)


def _why_stopped(run: Run) -> str | None:
    why = run.fault or (f"stopped by {run.around.stop.requested}" if run.around.stop.requested else None)
    return f"not started: {why}" if why else None


def _look(run: Run, step: Step) -> Recheck | None:
    """A fresh look, tried for a while; None when there is none to be had, with the reason in `halt`."""
    try:
        return _patiently(run, lambda: fresh_recheck(run.around.api, run.plan, step))
    except DrsError as error:
        run.halt = f"not started: {error}"
        return None


def _patiently(run: Run, ask: Callable[[], Recheck]) -> Recheck:
    """Raises DrsError at last."""
    clock, options = run.around.clock, run.around.options
    deadline = clock.now() + options.lost_seconds
    while True:
        try:
            return ask()
        except (AuthenticationFailed, PermissionMissing):
            raise
        except ApiError:
            if clock.now() >= deadline or run.around.stop.requested:
                raise
        clock.sleep(options.poll_seconds)


def _start_all(run: Run, step: Step, recheck: Recheck, flights: list[Flight]) -> None:
    """Flights are added as they start, so that none is lost when something goes wrong."""
    for together in step.groups:
        reason = _why_stopped(run) or recheck.refusal(together)
        for planned in together:
            flight = None if reason else _start(run, planned, recheck, flights)
            if flight:
                recheck.accept(planned)
                flights.append(flight)
            elif planned.move not in run.outcomes:
                run.note(skipped(planned, reason or "", recheck.guests))
            else:
                reason = f"guest {planned.move.vmid}, with which it moves together, could not be started"


def _start(run: Run, planned: PlannedMove, recheck: Recheck, flights: Sequence[Flight]) -> Flight | None:
    guest = recheck.guests[planned.move.vmid]
    try:
        flight = prepared(run.around.api, planned, guest, run.around.clock)
        run.audience.tell(lambda watcher, now: watcher.launches(planned, now))
        launch(run.around.api, flight, guest, run.plan.policy)
    except ApiError as error:
        if not recheck.comes_along(planned, flights):
            run.note(refused(planned, str(error), recheck.guests))
            return None
        flight = along(planned, guest, run.around.clock)
    run.fault = run.fault or flight.fault
    run.audience.tell(lambda watcher, now: watcher.flies(flight, now))
    return flight


def _land(run: Run, flights: Iterable[Flight], endings: dict[int, Ending]) -> None:
    """Verify where they are, with one listing."""
    found, now = _places(run), run.around.clock.now()
    for flight in flights:
        ending = endings.get(flight.move.vmid) or Ending(problem=run.fault, is_open=True)
        run.note(landed(flight, ending, found, now))


def _account(run: Run, step: Step, flights: Iterable[Flight], endings: dict[int, Ending]) -> None:
    """What is left of a step when following has ended: flights left open, and moves that a bug kept from starting."""
    if open_flights := [flight for flight in flights if flight.move not in run.outcomes]:
        _land(run, open_flights, endings)
    for planned in step.moves:
        if planned.move not in run.outcomes:
            run.note(skipped(planned, f"not started: {run.fault}", None))


def _skip(run: Run, step: Step, reason: str) -> None:
    """The places are looked up once, at the end of the run."""
    for planned in step.moves:
        run.note(skipped(planned, reason, None))


def _places(run: Run) -> Places:
    try:
        return places(run.around.api)
    except DrsError:
        return None


def _settle(run: Run) -> None:
    """Wait until every node has published figures that know of the moves; cut short by a stop."""
    clock, options = run.around.clock, run.around.options
    until = clock.now() + options.settle_seconds
    while clock.now() < until and not run.around.stop.requested:
        clock.sleep(min(options.poll_seconds, until - clock.now()))
